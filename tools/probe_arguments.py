"""Arguments for the calls of a probe, made from signatures."""

from __future__ import annotations

import contextlib
import functools
import inspect
import io
import tempfile
import typing
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from importlib import import_module
from pathlib import Path
from typing import Any, Final

_ID: Final = "11111111-1111-4111-8111-111111111111"
_OTHER_ID: Final = "22222222-2222-4222-8222-222222222222"
_MOMENT: Final = datetime(2026, 1, 1, tzinfo=timezone.utc)

# Optional parameters without which some methods make no request.
_HELPFUL: Final = frozenset(
    {
        "run_id",
        "run_ids",
        "dataset_id",
        "dataset_name",
        "project_name",
        "example_id",
        "queue_id",
    }
)
_NOT_WITH: Final = (
    ("dataset_id", "dataset_name"),
    ("run_id", "run_ids"),
    ("run_id", "trace_id"),
)


async def _async_target(inputs: dict[str, Any]) -> dict[str, Any]:
    return inputs


def _evaluator(run: Any, example: Any) -> dict[str, Any]:
    return {"key": "score", "score": bool(run and example)}


# What makes some methods behave otherwise: recorded as a condition when it changes the outcome.
VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "create_run": {
        "trace_id": uuid.UUID(_ID),
        "dotted_order": f"20260101T000000000000Z{_ID}",
        "id": uuid.UUID(_ID),
    },
    "update_run": {"trace_id": uuid.UUID(_ID), "dotted_order": f"20260101T000000000000Z{_ID}"},
    "create_feedback": {"trace_id": uuid.UUID(_ID)},
}
# What leads a method to the new store of runs, where a backend has no other.
NEW_STORE: Final[dict[str, Any]] = {"project_id": _ID, "session_id": _ID, "start_time": _MOMENT}


def _frame() -> Any:
    return import_module("pandas").DataFrame({"a": [1], "b": [2]})


def _upsert() -> Any:
    return import_module("langsmith.schemas").ExampleUpsertWithAttachments(
        id=uuid.UUID(_ID), dataset_id=uuid.UUID(_ID), inputs={"a": 1}, outputs={"b": 1}
    )


def _options() -> Any:
    return import_module("langsmith._models").FinalRequestOptions(method="get", url="/x")


@functools.cache
def _docker_context() -> Path:
    folder = Path(tempfile.mkdtemp())
    (folder / "Dockerfile").write_text("FROM scratch\n")
    return folder


def _run() -> dict[str, Any]:
    return {
        "id": _ID,
        "trace_id": _ID,
        "dotted_order": f"20260101T000000000000Z{_ID}",
        "run_type": "chain",
        "name": "name",
        "inputs": {},
        "outputs": {},
        "start_time": _MOMENT.isoformat(),
        "extra": {},
    }


def traced() -> Any:
    """A run as the server gives it."""
    return import_module("langsmith.schemas").Run(**_run(), session_id=_ID)


def _formula() -> dict[str, Any]:
    part = {"part_type": "weighted_key", "key": "score", "weight": 1.0}
    return {"feedback_key": "score", "aggregation_type": "sum", "formula_parts": [part]}


# Arguments that no signature tells.
BY_METHOD: Final[dict[str, Callable[[], dict[str, Any]]]] = {
    "evaluate": lambda: {
        "target": lambda inputs: inputs,
        "data": "dataset",
        "evaluators": [_evaluator],
    },
    "aevaluate": lambda: {
        "target": _async_target,
        "data": "dataset",
        "evaluators": [_evaluator],
    },
    "evaluate_existing": lambda: {"experiment": _ID, "evaluators": [_evaluator]},
    "aevaluate_existing": lambda: {"experiment": _ID, "evaluators": [_evaluator]},
    "evaluate_comparative": lambda: {
        "experiments": (_ID, _OTHER_ID),
        "evaluators": [_evaluator],
    },
    "compute_test_metrics": lambda: {"project_name": "project", "evaluators": [_evaluator]},
    "convert_runs_to_test": lambda: {"runs": [traced()], "dataset_name": "dataset"},
    "get_test_results": lambda: {"project_id": _ID},
    "list_shared_projects": lambda: {"dataset_share_token": _ID},
    "get_insights_report": lambda: {"id": _ID, "project_id": _ID},
    "poll_insights": lambda: {"id": _ID, "project_id": _ID, "timeout": 1},
    "arun_on_dataset": lambda: {
        "dataset_name": "dataset",
        "llm_or_chain_factory": _async_target,
    },
    "run_on_dataset": lambda: {"dataset_name": "dataset", "llm_or_chain_factory": len},
    "upload_dataframe": lambda: {
        "df": _frame(),
        "name": "name",
        "input_keys": ["a"],
        "output_keys": ["b"],
    },
    "upsert_examples_multipart": lambda: {"upserts": [_upsert()]},
    "batch_ingest_runs": lambda: {"create": [_run()]},
    "multipart_ingest": lambda: {"create": [_run()]},
    "multipart_ingest_runs": lambda: {"create": [_run()]},
    "request_with_retries": lambda: {"method": "GET", "pathname": "/x"},
    "request": lambda: {"cast_to": object, "options": _options()},
    "update_metadata": lambda: {"dataset_id": _ID, "example_ids": [_ID], "operations": []},
    "create_feedback_formula": lambda: {**_formula(), "dataset_id": _ID},
    "update_feedback_formula": lambda: {**_formula(), "feedback_formula_id": _ID},
    "create_batch": lambda: {
        "payloads": [{"thread_id": _ID, "assistant_id": _ID, "input": {}}]
    },
    "create_snapshot_from_dockerfile": lambda: {
        "name": "name",
        "dockerfile": "Dockerfile",
        "context": _docker_context(),
    },
}
_BY_NAME: Final[dict[str, Callable[[], Any]]] = {
    "inputs": lambda: {"a": 1},
    "outputs": lambda: {"a": 1},
    "metadata": lambda: {"a": 1},
    "kwargs": dict,
    "key": lambda: "score",
    "score": lambda: 1,
    "run_type": lambda: "chain",
    "name": lambda: "name",
    "url": lambda: "https://smith.langchain.com/public/11111111-1111-4111-8111-111111111111/d",
    "token_or_url": lambda: _ID,
    "token_or_dataset_id": lambda: _ID,
    "share_token": lambda: _ID,
    "prompt_identifier": lambda: "prompt",
    "prompt": lambda: "prompt",
    "identifier": lambda: "agent",
    "object": lambda: {"lc": 1, "type": "constructor", "id": ["x"], "kwargs": {}},
    "examples": lambda: [{"inputs": {"a": 1}}],
    "updates": lambda: [{"id": _ID, "inputs": {"a": 1}}],
    "uploads": lambda: [{"inputs": {"a": 1}}],
    "run_ids": lambda: [uuid.UUID(_ID)],
    "runs": list,
    "example_ids": lambda: [uuid.UUID(_ID)],
    "experiments": lambda: [_ID, _OTHER_ID],
    "splits": lambda: "train",
    "as_of": lambda: _MOMENT,
    "read_at": lambda: _MOMENT,
    "start_time": lambda: _MOMENT,
    "expiration": lambda: timedelta(hours=1),
    "tag": lambda: "latest",
    "llm_inputs": list,
    "messages": list,
    "evaluators": lambda: [len],
    "csv_file": lambda: ("a.csv", io.BytesIO(b"a,b\n1,2\n")),
    "input_keys": lambda: ["a"],
    "output_keys": lambda: ["b"],
    "feedback_configs": dict,
    "timeout": lambda: 1,
    "offset": lambda: 0,
    "content": lambda: "text",
    "dotted_order": lambda: f"20260101T000000000000Z{_ID}",
}


def value_for(name: str, hint: Any) -> Any:
    """A plausible value for a parameter by its name, else by its type."""
    if name in _BY_NAME:
        return _BY_NAME[name]()
    text = str(hint)
    if name.endswith("_ids") or text.startswith(
        ("list", "typing.List", "typing.Sequence", "typing.Iterable")
    ):
        return [_ID]
    if name.endswith("id") or "UUID" in text:
        return _ID
    for word, value in (("datetime", _MOMENT), ("int", 1), ("bool", True)):
        if word in text and "str" not in text:
            return value
    if "ict" in text or "Mapping" in text:
        return {"a": 1}
    return "name"


def hints(function: Callable[..., Any]) -> dict[str, Any]:
    """The evaluated annotations of a function; empty where they can't be evaluated."""
    try:
        return typing.get_type_hints(function)
    except Exception:
        return {}


def keywords(function: Callable[..., Any]) -> list[str]:
    """The parameters that can be passed by keyword."""
    kinds = {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}
    return [
        name
        for name, item in inspect.signature(function).parameters.items()
        if item.kind in kinds and name != "self"
    ]


def positional(function: Callable[..., Any]) -> int:
    """How many of `keywords` can be passed by position as well."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = inspect.signature(function).parameters
    return sum(parameters[name].kind is kind for name in keywords(function))


def is_open(function: Callable[..., Any]) -> bool:
    """Whether a function takes any keyword."""
    return any(
        item.kind is item.VAR_KEYWORD
        for item in inspect.signature(function).parameters.values()
    )


def _arguments(function: Callable[..., Any]) -> dict[str, Any]:
    """Values for the parameters that have no default, and for the few that decide whether a request is made."""
    known = hints(function)
    chosen: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name == "self" or parameter.kind in {
            parameter.VAR_POSITIONAL,
            parameter.VAR_KEYWORD,
        }:
            continue
        if parameter.default is parameter.empty or name in _HELPFUL:
            chosen[name] = value_for(name, known.get(name, parameter.annotation))
    for first, second in _NOT_WITH:
        if first in chosen and second in chosen:
            del chosen[second]
    return chosen


def candidates(function: Callable[..., Any]) -> Iterator[dict[str, Any]]:
    """Argument sets to try until one makes a request: the plain one, then with optional ones added or left out."""
    special = BY_METHOD.get(getattr(function, "__name__", ""))
    if special is not None:
        with contextlib.suppress(
            ImportError, AttributeError
        ):  # a version without the class of an argument
            yield special()
    base = _arguments(function)
    yield base
    parameters = inspect.signature(function).parameters
    required = {name for name, item in parameters.items() if item.default is item.empty}
    yield {name: value for name, value in base.items() if name in required}
    for extra in keywords(function):
        if extra not in base and extra not in {
            "timeout",
            "extra_headers",
            "extra_query",
            "extra_body",
        }:
            yield {**base, extra: value_for(extra, parameters[extra].annotation)}


def passed(function: Callable[..., Any], chosen: dict[str, Any]) -> Any:
    """Call with arguments by name, those that can only be passed by position by position."""
    parameters = inspect.signature(function).parameters
    first = [
        name
        for name in chosen
        if name in parameters and parameters[name].kind is inspect.Parameter.POSITIONAL_ONLY
    ]
    return function(
        *(chosen[name] for name in first),
        **{name: chosen[name] for name in chosen if name not in first},
    )
