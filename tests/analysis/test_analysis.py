"""What rules may ask of a project: that each answer is of one view, and what is known of files out of scope."""

from __future__ import annotations

import re
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

import pytest

from lint_langsmith.analysis import analysis
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.analysis.project.view import View
from lint_langsmith.analysis.values.abstract import Constant, ExternalName
from lint_langsmith.config.options import Options
from lint_langsmith.config.settings import Settings
from lint_langsmith.config.targets import find_targets
from lint_langsmith.findings import Severity, Violation
from lint_langsmith.rules import registry
from lint_langsmith.rules.registry import Rule, rule
from lint_langsmith.run import engine
from lint_langsmith.source import discover

TRACING = "from langsmith import Client, traceable\n\nclient = Client()\ntraced = traceable\n"
STEPS = "from app.tracing import traced\n\n\n@traced\ndef step(): ...\n\n\ndef plain(): ...\n"
MAIN = "import os\n\nfrom app import steps\n\nsteps.step()\nos._exit(0)\n"


def analysis_of(root: Path, files: dict[str, str]) -> Analysis:
    for name, text in {"pyproject.toml": "[project]\nname = 'app'\n", **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return Analysis(Project(root, Settings(), discover.walk(root).files))


@pytest.fixture
def app(tmp_path: Path) -> Analysis:
    files = {
        "app/__init__.py": "",
        "app/tracing.py": TRACING,
        "app/steps.py": STEPS,
        "main.py": MAIN,
    }
    return analysis_of(tmp_path, {**files, "other.py": "import os\n\nos._exit(0)\n"})


def test_nothing_is_analysed_before_it_is_asked(app: Analysis) -> None:
    assert set(vars(app)) == {"project", "_view", "_shared", "_relevant_only", "_by_installed"}


def test_traced_functions_are_found_where_another_file_gives_the_decorator(
    app: Analysis,
) -> None:
    names = [
        (
            traced.function.file.relative,
            traced.function.file.model.scopes[traced.function.scope].name,
        )
        for traced in app.traced_functions()
    ]
    assert names == [("app/steps.py", "step")]


def test_clients_of_project(app: Analysis) -> None:
    assert [made.file.relative for made in app.clients_of_project()] == ["app/tracing.py"]


def test_a_view_is_a_value_and_decides_what_is_looked_into(tmp_path: Path) -> None:
    whole = analysis_of(
        tmp_path, {"one.py": "import two\n\nanswer = two.number\n", "two.py": "number = 42\n"}
    )
    narrow = Analysis(whole.project, View(frozenset({"one.py"}), frozenset({"one.py"})))
    file = whole.project.try_load("one.py")
    assert file is not None
    assert whole.values.exported(file, "answer") == (Constant("42"),)
    assert narrow.values.exported(file, "answer") == (
        ExternalName("two.number"),
    )  # as of what is not there
    assert narrow.whole.values.exported(file, "answer") == (Constant("42"),)
    assert narrow.relevant_only is narrow
    assert narrow.view == View(frozenset({"one.py"}), frozenset({"one.py"}))


def test_a_rule_with_words_sees_files_that_lead_into_scope(
    app: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    @rule("LS998", "ends-the-process", severity=Severity.INFO, since="0.1", words=("os._exit",))
    def with_words(file: File, _analysis: Analysis) -> Iterator[Violation]:
        seen.append(file.relative)
        yield from ()

    def running(*_arguments: object) -> list[Rule]:
        return [with_words]

    monkeypatch.setattr(registry, "all_rules", lambda: (with_words,))
    monkeypatch.setattr(engine, "rules_of", running)
    root = app.project.root
    options = Options(paths=(str(root),), cache=False)
    engine.check(options, find_targets(options, root), root, {})
    assert sorted(seen) == ["app/tracing.py", "main.py"]


def test_the_page_has_every_question() -> None:
    page = analysis.__doc__ or ""
    questions = {name for name in vars(Analysis) if not name.startswith("_")}
    assert {name for name in questions if f"`{name}" not in page} == set()


def test_every_question_of_the_page_can_be_asked(app: Analysis) -> None:
    rows = [
        line.split(" | ")[1]
        for line in (analysis.__doc__ or "").splitlines()
        if line.startswith("| ")
    ]
    asked = [question for row in rows for question in re.findall(r"`([a-z_.]+)", row)]
    assert len(asked) > 30
    owner = ""
    for question in asked:
        path = question if not question.startswith(".") else f"{owner}{question}"
        owner = path.rpartition(".")[0]
        assert attrgetter(path)(app) is not None
