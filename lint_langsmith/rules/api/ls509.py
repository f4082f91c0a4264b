"""LS509: something is created under a fixed name, so that the second run fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.outcome import Escape
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, main_block
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.findings import Severity, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.added_again import added_again
from lint_langsmith.rules.shared.certain import is_certain

_CONFLICT: Final = "langsmith.utils.LangSmithConflictError"
# What is created under a name of its own in a workspace, with the parameter that has the name.
_NAMED: Final = {"create_dataset": "dataset_name", "create_project": "project_name"}
# By what is created, the methods that tell whether it is there, or make room for it.
_PREPARING: Final = ("has_{}", "read_{}", "list_{}s", "delete_{}", "update_{}")
# Where a second run is of the same code: a route or a task is run with other arguments, and has its own handler.
_RUN_AGAIN: Final = frozenset({"script", "cli", "notebook"})


@rule("LS509", "created-once", severity=Severity.WARNING, since="0.3")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A script creates a dataset or project under a fixed name, which fails from the second run on.

    ## What it does
    Reports `create_dataset` and `create_project` in scripts, commands and notebooks if the name is a constant, the call
    runs each time, no handler catches the conflict, and nothing asks before whether the name exists or deletes what has
    it. In notebooks it is an info. Also reports examples from the source that such a script adds in each run, whether
    it has created the dataset or has found it there, or before each evaluation.

    ## Why it matters
    Names are unique in a workspace. The second run ends with `LangSmithConflictError` before it does anything else,
    also if the first one failed halfway: then the dataset is there, and has no examples. Examples get a new id each
    time they are added, and an evaluation runs and counts each of them as often as the script ran.

    ## Example
    ```python
    import os

    from langsmith import Client

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])
    client.create_dataset("questions")  # lint-langsmith: ignore[LS301] whoever runs this reads the traceback
    ```

    ## Use instead
    ```python
    import os

    from langsmith import Client
    from langsmith.utils import LangSmithError

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])
    try:
        if not client.has_dataset(dataset_name="questions"):
            client.create_dataset("questions")
    except LangSmithError as error:
        print(f"LangSmith refused: {error}")
    ```

    ## Not flagged
    Names that are computed or passed; calls under an `if`, in a loop or in a handler; `create_project(…, upsert=True)`;
    calls whose conflict is caught by a handler, in the function or a caller; files that call `has_dataset`,
    `read_dataset` or `list_datasets` before, or `delete_dataset` anywhere; routes, tasks and tests. Examples with ids,
    from elsewhere than the source, or under a condition; files that ask for examples or their count, or delete them.

    ## Fix safety
    There is no automatic fix: only the author knows whether the examples are to be replaced or kept.

    ## References
    - Executed on langsmith 0.15.1: a 409 raises `LangSmithConflictError`; `create_dataset` has no way to take what
      exists; `create_example` makes a `uuid4()` for each call without `example_id`. That LangSmith answers 409 for a
      name that exists is how its documentation describes it.
    """
    if file.is_test:
        return
    for call in analysis.clients.api_calls(file):
        parameter = _NAMED.get(call.name)
        if parameter is None or not _is_named(call, parameter, analysis):
            continue
        escapes = [
            escape
            for escape in analysis.outcomes.fate(call).escapes
            if escape.entry.kind in _RUN_AGAIN
        ]
        if escapes and _fails_again(call, escapes, analysis):
            yield _violation(call, escapes)
    for call in added_again(file, analysis):
        yield Violation(
            at=call.span,
            message=f"`{call.label}` adds the same examples in each run, also to the dataset that is there already; "
            "from the second run on each is there several times",
            help="add them only where the dataset is created, or pass ids that stay the same",
            severity=Severity.INFO if file.kind == "notebook" else None,
        )


def _is_named(call: ApiCall, parameter: str, analysis: Analysis) -> bool:
    """Whether a call creates something under a constant name, and does not take what exists."""
    if not call.owner or not is_certain(call, analysis):
        return False
    arguments = {arg.keyword: arg.value for arg in call.call.args if not arg.stars}
    first = call.call.args[:1]
    name = arguments.get(parameter) or (
        first[0].value if first and first[0].keyword is None else None
    )
    upsert = arguments.get("upsert", ir.Constant("False")) != ir.Constant("False")
    if name is None or upsert or len(arguments) < len(call.call.args):
        return False
    place = call.file.place(call.call)
    return analysis.values.texts(call.file, name, place) is not None


def _fails_again(call: ApiCall, escapes: list[Escape], analysis: Analysis) -> bool:
    fate = analysis.outcomes.fate(call)
    conflict = analysis.sdk.error_mro(_CONFLICT)
    caught = analysis.outcomes.local(call.file, call.call.block, conflict).verdict
    return (
        not fate.unsure
        and caught == "no"
        and all(_runs_always(escape) for escape in escapes)
        and not _is_prepared(call, escapes, analysis)
    )


def _runs_always(escape: Escape) -> bool:
    """Whether each step of a path stands in no branch, loop or handler of its function."""
    for step in escape.path:
        for block in step.file.block_chain(step.block) if step.block >= 0 else ():
            row = step.file.model.blocks[block]
            if row.kind == "scope":
                break
            is_choice = row.kind in {"if", "else"}
            guards = is_choice and main_block(step.file.model.branches[row.owner]) == block
            if row.kind not in {"with", "try", "try-else"} and not guards:
                return False
    return True


def _is_prepared(call: ApiCall, escapes: list[Escape], analysis: Analysis) -> bool:
    """Whether a file on the way asks before what is there, or deletes it."""
    thing = call.name.removeprefix("create_")
    names = {method.format(thing) for method in _PREPARING}
    files = {step.file for escape in escapes for step in escape.path} | {call.file}
    return any(
        other.name in names
        and (
            other.file is not call.file
            or other.name.startswith("delete")
            or other.span < call.span
        )
        for file in files
        for other in analysis.clients.api_calls(file)
    )


def _violation(call: ApiCall, escapes: list[Escape]) -> Violation:
    thing = call.name.removeprefix("create_")
    shown = call.label.removesuffix("()").rpartition(".")[0]
    in_notebook = all(escape.entry.kind == "notebook" for escape in escapes)
    asked = (
        f"ask `{shown}.has_dataset(dataset_name=…)` before"
        if thing == "dataset"
        else "pass `upsert=True`"
    )
    return Violation(
        at=call.span,
        message=f"`{call.label}` creates the same {thing} in each run; from the second on it raises"
        " `LangSmithConflictError`",
        help=f"{asked}, or catch `langsmith.utils.LangSmithConflictError`",
        severity=Severity.INFO if in_notebook else None,
    )
