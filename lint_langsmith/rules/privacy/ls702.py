"""LS702: a client that masks, and traces that another client sends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.clients import Construction
from lint_langsmith.analysis.values.evaluator import FunctionRef
from lint_langsmith.findings import (
    Applicability,
    Edit,
    Fix,
    Related,
    Severity,
    Violation,
)
from lint_langsmith.rules.fixes.traced import traceable_edits
from lint_langsmith.rules.registry import rule

_MASKS: Final = ("anonymizer", "hide_inputs", "hide_outputs", "hide_metadata")
_OFF: Final = (ir.Constant("None"), ir.Constant("False"))
# What sends runs by the client itself.
_SENDING: Final = frozenset(
    {
        "evaluate",
        "aevaluate",
        "create_run",
        "update_run",
        "batch_ingest_runs",
        "multipart_ingest",
    },
)


@rule("LS702", "masking-client-unused", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A client masks or hides data, but the traces are not sent by it.

    ## What it does
    Reports clients with `anonymizer=`, `hide_inputs=`, `hide_outputs=` or `hide_metadata=` that are passed nowhere, in
    projects whose functions are traced by `@traceable` without `client=`.

    ## Why it matters
    `@traceable` creates its own client, which masks nothing. Inputs and outputs are uploaded in full, although the code
    seems to mask them.

    ## Example
    ```python
    import os

    from langsmith import Client, traceable

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"], hide_inputs=True)


    @traceable
    def answer(question: str) -> str:
        return question.upper()
    ```

    ## Use instead
    ```python
    import os

    from langsmith import Client, traceable

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"], hide_inputs=True)


    @traceable(client=client)
    def answer(question: str) -> str:
        return question.upper()
    ```

    ## Not flagged
    Clients that are passed as arguments, returned, stored in an attribute or imported elsewhere; clients that run
    experiments or send runs themselves; tests.

    ## Fix safety
    The fix passes `client=` to each `@traceable` of the file, if no other file traces anything. It is unsafe: the
    traces are sent with this client's key and to its address.

    ## References
    - Executed on langsmith 0.15.1.
    - [Prevent logging of sensitive data](https://docs.langchain.com/langsmith/mask-inputs-outputs)
    """
    for client in analysis.clients.constructions(file) if not file.is_test else ():
        masks = next(
            (name for name in _MASKS if client.argument(name) not in {None, *_OFF}), None
        )
        if masks is None or client.unpacks or not _is_kept_here(client, analysis):
            continue
        traced = next(_traced(file, analysis), None)
        if traced is not None:
            scope = traced.file.model.scopes[traced.scope]
            yield Violation(
                at=client.call.callee_span,
                message=f"no trace uses this client with `{masks}`; `@traceable` creates its own, which masks nothing",
                help="pass it with `@traceable(client=client)` or `tracing_context(client=client)`",
                related=(
                    Related(
                        traced.file.relative,
                        scope.span,
                        f"`{scope.name}()` is traced without it",
                    ),
                ),
                fix=_fix(client, list(_traced(file, analysis)), analysis),
            )


def _fix(client: Construction, traced: Sequence[FunctionRef], analysis: Analysis) -> Fix | None:
    """The client for all functions that are traced without it, where they stand behind it in its file."""
    file, call = client.file, client.call
    if call.scope or call.block or call.use.kind != "assign" or len(call.use.names) != 1:
        return None
    (name,) = call.use.names
    if len(file.bindings[0, name]) != 1:
        return None
    edits: list[Edit] = []
    for function in traced:
        is_behind = function.file is file and file.model.scopes[function.scope].span > call.span
        added = traceable_edits(function, f"client={name}", analysis) if is_behind else ()
        if not added:
            return None
        edits += added
    return Fix(f"Trace with `{name}`", Applicability.UNSAFE, tuple(edits))


def _is_kept_here(client: Construction, analysis: Analysis) -> bool:
    """Whether nothing gets the client: its name is not passed on, and no other file imports it."""
    file, use = client.file, client.call.use
    if use.kind == "statement":
        return True
    if use.kind not in {"assign", "with"} or not use.names:
        return False
    for name in use.names:
        called = {file.model.calls[site].func for site in file.sites_by_base.get(name, ())}
        sends = any(isinstance(func, ir.Attribute) and func.name in _SENDING for func in called)
        if name in file.reads_by_name or sends:
            return False
        if any(
            analysis.project.mentions(other, name)
            for other in analysis.project.imports.importers(file.relative)
        ):
            return False
    return True


def _traced(where: File, analysis: Analysis) -> Iterator[FunctionRef]:
    """The functions that are traced by a client of `@traceable`'s own: a notebook's, or those of the other files."""
    is_notebook = where.kind == "notebook"
    for traced in analysis.tracing.of(where) if is_notebook else analysis.traced_functions():
        is_elsewhere = not is_notebook and traced.function.file.kind == "notebook"
        if not is_elsewhere and not any(
            arg.stars or arg.keyword == "client" for arg in traced.arguments
        ):
            yield traced.function
