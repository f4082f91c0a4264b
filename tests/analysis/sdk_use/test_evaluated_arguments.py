"""What `evaluate()` passes to targets and evaluators, asked of the installed langsmith."""

from __future__ import annotations

import datetime as dt
import typing
import uuid
from pathlib import Path
from typing import Any

import pytest
from langsmith import Client
from langsmith.run_trees import RunTree
from langsmith.schemas import Example, Run

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.analysis.sdk_use.evaluated_arguments import passed
from lint_langsmith.config.settings import Settings
from lint_langsmith.sdk.results import DICT_FIELDS
from lint_langsmith.source import discover

# Hands functions to `evaluate()`, each with other parameters; `show` is told what they get.
PROGRAM = """
from langsmith import evaluate


def target(question):
    show("target", locals())
    return {"a": 1}


def by_target_name(inputs, attachments, metadata):
    show("by_target_name", locals())
    return {"a": 1}


def all_dicts(inputs, outputs, reference_outputs, attachments):
    show("all_dicts", locals())
    return {"score": 1}


def by_name(outputs, run, inputs, reference_outputs, example):
    show("by_name", locals())
    return {"score": 1}


def in_order(produced, wanted):
    show("in_order", locals())
    return {"score": 1}


def turned(example, run, weight=1):
    show("turned", locals())
    return {"score": 1}


def listed(runs, examples):
    show("listed", locals())
    return {"score": 1, "key": "k"}


def listed_dicts(outputs, reference_outputs):
    show("listed_dicts", locals())
    return {"score": 1, "key": "k"}


def listed_inputs(inputs, outputs):
    show("listed_inputs", locals())
    return {"score": 1, "key": "k"}


def listed_in_order(these, those):
    show("listed_in_order", locals())
    return {"score": 1, "key": "k"}


def main(**options):
    evaluate(
        target,
        evaluators=[by_name, in_order, turned, all_dicts],
        summary_evaluators=[listed, listed_dicts, listed_inputs, listed_in_order],
        upload_results=False,
        **options,
    )
    evaluate(by_target_name, upload_results=False, **options)
"""


@pytest.mark.filterwarnings("ignore:'upload_runs':UserWarning")
def test_what_is_passed_is_what_the_installed_release_passes(tmp_path: Path) -> None:
    asked = _asked_of_release()
    (tmp_path / "main.py").write_text(PROGRAM)
    told = {}
    analysis = Analysis(Project(tmp_path, Settings(), discover.walk(tmp_path).files))
    for function, evaluated in analysis.evaluated.by_function.items():
        name = function.file.model.scopes[function.scope].name
        for parameter, found in passed(function, evaluated).items():
            classes = {cls.rpartition(".")[2] for cls in found.classes}
            told[name, parameter] = (classes, found.each)
    assert set(told) == set(asked)
    for key, (cls, each) in asked.items():
        assert cls in told[key][0], key
        assert each is told[key][1], key


def _asked_of_release() -> dict[tuple[str, str], tuple[str, bool]]:
    """The class of what each parameter gets, and whether it gets a list of such."""
    got: dict[tuple[str, str], tuple[str, bool]] = {}

    def show(name: str, values: dict[str, Any]) -> None:
        for parameter, value in values.items():
            if parameter != "weight":
                one = value[0] if isinstance(value, list) else value
                got[name, parameter] = (type(one).__name__, isinstance(value, list))

    space: dict[str, Any] = {"show": show}
    exec(compile(PROGRAM, "main.py", "exec"), space)
    example = Example(
        id=uuid.uuid4(),
        inputs={"question": "?"},
        outputs={"a": 2},
        attachments={},
        metadata={"split": "base"},
        dataset_id=uuid.uuid4(),
        created_at=dt.datetime.now(dt.timezone.utc),
    )
    # Nothing listens there, and nothing is uploaded.
    client = Client(api_url="http://127.0.0.1:9", api_key="none", info={})
    space["main"](data=[example], client=client)
    return got


@pytest.mark.parametrize("cls", [Run, RunTree, Example])
def test_fields_that_are_dicts(cls: type) -> None:
    hints = typing.get_type_hints(cls, include_extras=False)
    for name in DICT_FIELDS:
        hint = hints.get(name) or typing.get_type_hints(getattr(cls, name).fget)["return"]
        parts = {typing.get_origin(part) or part for part in typing.get_args(hint) or (hint,)}
        kinds = {dict, type(None)} if typing.get_origin(hint) is not dict else None
        assert kinds is None or parts <= kinds, (cls, name, hint)
