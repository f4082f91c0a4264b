"""LS504: arguments that LangSmith does not take."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.hiding import expects_type_error
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, last_name
from lint_langsmith.analysis.sdk_use.arguments import missing_arguments, unknown_keywords
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall, Construction
from lint_langsmith.analysis.values.abstract import ExternalName, Instance, Value
from lint_langsmith.findings import Severity, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.certain import is_certain
from lint_langsmith.rules.shared.evaluator_results import wrong_results
from lint_langsmith.rules.shared.experiment_names import asked_by_prefix
from lint_langsmith.rules.shared.keyword_names import (
    PassedKeyword,
    is_ignored,
    raises_type_error,
)
from lint_langsmith.rules.shared.no_uuids import no_uuid
from lint_langsmith.rules.shared.result_fields import wrong_fields
from lint_langsmith.rules.shared.run_types import (
    unknown_run_type,
    unknown_run_type_of_traceable,
)
from lint_langsmith.rules.shared.swallowed import lost_arguments
from lint_langsmith.rules.shared.unended_runs import never_ended

_TRACING: Final = ("traceable", "trace", "tracing_context")
_RUN: Final = "langsmith.run_trees.RunTree"


@rule("LS504", "wrong-langsmith-argument", severity=Severity.ERROR, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A call passes an argument that LangSmith does not take, lacks one, or names a run type that does not exist.

    ## What it does
    Compares the keyword arguments of LangSmith's clients, their methods, `evaluate`, `traceable`, `trace`,
    `tracing_context`, and the tracers, the loader and the hub of langchain's packages with the signatures of the
    project's releases. Compares the run types that are passed to
    `traceable`, `trace`, `create_run`, `RunTree` and its `create_child` with the existing run types: the first argument
    of `@traceable("my step")` is the run type, not the name.
    Also reports methods that are called without an argument that every release requires, and evaluators, evaluation
    results and examples that are created without a required field. Some methods take any keyword: reported are those
    that they do not use (`create_feedback(source=…)`, `list_runs(project=…)`). Further values that fail or are lost: a
    text as `data_type`, or as `start_time` of `list_runs`; `update_run(end_time=True)`; a tuple as a `description`;
    `experiment=` with a name that is new each time, where only an existing experiment is found; feedback without a
    `key`, or on no run (`run_id=None`); an id that is no UUID (`job_id or "unknown"`); names in place of evaluators;
    evaluators with parameters for which `evaluate()` has nothing, or something else than their name says; fields in an
    evaluator's dict that an evaluation result does not have, and dicts of evaluators that
    have no score. `create_run(outputs=…)` without an `end_time` is a run that stays pending, unless `update_run()` may
    end it. `read_project(project_name=…)` by the new name that `evaluate()` got as `experiment_prefix` finds nothing:
    the experiment's name has a random ending.

    ## Why it matters
    A client or method raises `TypeError` for an unknown keyword. If a handler catches it, LangSmith is silently off.
    `traceable` ignores the keyword with a warning that is easily missed, and the traces get another project or
    another name.

    ## Example
    ```python
    from langsmith import traceable


    @traceable("summarise")
    def summarise(text):
        return text[:100]
    ```

    ## Use instead
    ```python
    from langsmith import traceable


    @traceable(name="summarise")
    def summarise(text):
        return text[:100]
    ```

    ## Not flagged
    `**arguments`; methods that store any keyword (`create_run`); keywords that the project's release takes;
    subclasses of the clients; calls with an `except TypeError` around them, which try whether the keyword is taken.

    ## Fix safety
    A keyword with exactly one known replacement (`url` for `api_url`) is renamed. The fix is safe if the call can only
    raise `TypeError` today and no handler catches it. It is unsafe if the value may be of another kind (`timeout` in
    seconds for `timeout_ms`, `workspace` for `workspace_id`), if the replacement is only the nearest name
    (`datasetname` for `dataset_name`), and for a keyword that `traceable` ignores today, because it takes effect after
    the fix. A run type that is nearly one (`"Chain"`) is corrected; that is unsafe, because the runs are shown
    otherwise.

    ## References
    - Signatures were read from the wheels of all releases; warnings, and what becomes of keywords that only `**` takes,
      were recorded by running releases.
    - The run types are those that `traceable` accepts without a warning. They are the same as `RunTypeEnum` in
      `langsmith.types`, the schema of the API.
    - What becomes of further keywords, `data_type`, `experiment` and the fields of results was read from the source of
      langsmith 0.1.77 to 0.15.1, and executed on 0.15.1; that `list_runs` asks `start_time` for its `isoformat()`, in
      0.1.147 and 0.15.1. Feedback on no run and evaluators by name were executed on 0.1.77 to 0.15.1, ids that
      are no UUID on 0.15.1.
    - [`end_time`](https://reference.langchain.com/python/langsmith/types/run/Run/end_time) is null while a run has not
      finished. Executed on 0.15.1: `create_run()` sends none and returns nothing, `update_run()` sends that of now.
    - `evaluate()` appends `-` and eight random digits to `experiment_prefix` (read in 0.15.1, `evaluation/_runner.py`).
    """
    for client in analysis.clients.constructions(file):
        yield from _construction(client, analysis)
    for call in analysis.clients.api_calls(file):
        yield from _method(call, analysis)
        yield from lost_arguments(call, analysis)
        yield from _run_type(call, analysis)
        if not file.is_test:
            yield from no_uuid(call, analysis)
    for site in range(len(file.model.calls)):
        yield from wrong_fields(file, site, analysis)
        yield from _of_langchain(file, site, analysis)
        yield from _of_tracing(file, site, analysis)
    if not file.is_test:
        yield from wrong_results(file, analysis)
        yield from never_ended(file, analysis)
        yield from asked_by_prefix(file, analysis)


def _unknown_keywords(call: ir.Call, known: Collection[str]) -> Iterator[str]:
    """The keywords of a call that are none of the known ones."""
    for arg in call.args:
        if arg.keyword is not None and arg.keyword not in known:
            yield arg.keyword


# -- clients and methods ---------------------------------------------------------------------------------------------


def _construction(client: Construction, analysis: Analysis) -> Iterator[Violation]:
    signature = analysis.sdk.constructor(client.cls)
    unknown = unknown_keywords(client, analysis.sdk)
    if signature is None or not unknown or not _is_sdk_class(client, analysis):
        return
    label = f"{client.written}()"
    for keyword in unknown:
        passed = PassedKeyword(client.file, client.call, keyword, label, client.cls)
        yield from _refused(passed, signature.keywords, analysis)


def _refused(
    passed: PassedKeyword, known: Sequence[str], analysis: Analysis
) -> Iterator[Violation]:
    """A keyword that raises TypeError, unless the program tries whether its release takes it."""
    if not expects_type_error(passed.file, passed.call.block, analysis.outcomes):
        yield raises_type_error(passed, known, analysis)


def _is_sdk_class(client: Construction, analysis: Analysis) -> bool:
    """Whether the class of the SDK itself is called, and no subclass or function of the program."""
    values = analysis.values.call(client.file, client.site)
    if not any(
        isinstance(value, Instance) and isinstance(value.cls, ExternalName) for value in values
    ):
        return False
    if client.cls.rpartition(".")[2] == client.written:
        return True
    callees = analysis.values.relevant_only.callee(client.file, client.site)
    return any(
        isinstance(value, ExternalName) and analysis.sdk.made_by(value.name) == client.cls
        for value in callees
    )


def _method(call: ApiCall, analysis: Analysis) -> Iterator[Violation]:
    if call.method is None or call.handed is not None:
        return
    known, is_open = _taken(call, analysis)
    unknown = () if is_open else tuple(_unknown_keywords(call.call, known))
    if not unknown:
        # What is passed under a wrong name is most likely what is missing.
        yield from _missing(call, analysis)
    for keyword in unknown:
        passed = PassedKeyword(call.file, call.call, keyword, call.label, call.owner)
        yield from _refused(passed, known, analysis)


def _run_type(call: ApiCall, analysis: Analysis) -> Iterator[Violation]:
    method = call.method
    if method is not None and call.handed is None and "run_type" in method.parameters:
        yield from unknown_run_type(
            call.file, call.call, call.label, method.positional, analysis
        )


def _taken(call: ApiCall, analysis: Analysis) -> tuple[tuple[str, ...], bool]:
    """The keywords that a method takes, and whether it takes any other: of the very release where its wheel tells."""
    exact = analysis.sdk.signature(f"{call.owner}.{call.name}") if call.owner else None
    if exact is not None:
        return exact.keywords, exact.unknown != "TypeError"
    assert call.method is not None
    ways = (call.method, *call.method.others)
    known = tuple(dict.fromkeys(name for method in ways for name in method.parameters))
    return known, any(method.open_keywords for method in ways)


def _of_langchain(file: File, site: int, analysis: Analysis) -> Iterator[Violation]:
    """What is passed to the tracers, loaders and functions of langchain's packages."""
    call = file.model.calls[site]
    if all(arg.keyword is None for arg in call.args):
        return
    owner = _langchain_name(file, site, analysis)
    known = analysis.sdk.closed_keywords(owner) if owner is not None else None
    if owner is None or known is None:
        return
    label = f"{last_name(call.func)}()"
    for keyword in _unknown_keywords(call, known):
        yield from _refused(PassedKeyword(file, call, keyword, label, owner), known, analysis)


def _langchain_name(file: File, site: int, analysis: Analysis) -> str | None:
    """The canonical name of what a call runs, if that is part of langchain's packages and can be nothing else."""
    callees = analysis.values.relevant_only.callee(file, site)
    if len(callees) != 1:
        return None
    callee = next(iter(callees))
    if not isinstance(callee, ExternalName) or not callee.name.startswith("langchain"):
        return None
    return analysis.sdk.canonical(callee.name) if analysis.sdk.owns(callee.name) else None


def _missing(call: ApiCall, analysis: Analysis) -> Iterator[Violation]:
    missing = missing_arguments(call)
    if missing and is_certain(call, analysis):
        named = " and ".join(f"`{name}`" for name in missing)
        yield Violation(
            at=call.span,
            message=f"`{call.label}` is called without {named}; it raises TypeError, and no request is sent",
            help=f"pass {named}",
        )


# -- tracing ---------------------------------------------------------------------------------------------------------


def _of_tracing(file: File, site: int, analysis: Analysis) -> Iterator[Violation]:
    """What is passed to the functions that trace, and to `RunTree`."""
    for value in analysis.values.relevant_only.callee(file, site):
        name = _tracing_name(value, analysis)
        if name is not None:
            yield from _tracing(file, file.model.calls[site], name, analysis)
            return


def _tracing_name(value: Value, analysis: Analysis) -> str | None:
    if not isinstance(value, ExternalName) or not value.name.startswith("langsmith."):
        return None
    canonical = analysis.sdk.canonical(value.name) or ""
    name = canonical.removeprefix("langsmith.run_helpers.")
    return name if name in _TRACING or name == _RUN else None


def _tracing(file: File, call: ir.Call, name: str, analysis: Analysis) -> Iterator[Violation]:
    if name == _RUN:
        yield from unknown_run_type(file, call, "RunTree()", (), analysis)
    known = analysis.sdk.tracing(name)
    if known is None:
        return
    if name == "trace":
        yield from unknown_run_type(file, call, name, tuple(known.keywords), analysis)
    if known.unknown:
        for keyword in _unknown_keywords(call, known.keywords):
            yield is_ignored(PassedKeyword(file, call, keyword, name), known.keywords)
    if name == "traceable" and known.unknown_run_type:
        yield from unknown_run_type_of_traceable(file, call, known.run_types, analysis)
