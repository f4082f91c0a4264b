"""LS702: a client that masks, and traces that another client sends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, last_name
from lint_langsmith.analysis.sdk_use.sdk_calls import Construction
from lint_langsmith.analysis.values.abstract import ExternalName, FunctionRef, Instance, Table
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.findings import (
    Applicability,
    Edit,
    Fix,
    Persona,
    Related,
    Severity,
    Violation,
)
from lint_langsmith.rules.fixes.traced import traceable_edits
from lint_langsmith.rules.registry import rule

_MASKS: Final = ("anonymizer", "hide_inputs", "hide_outputs", "hide_metadata")
_OFF: Final = (ir.Constant("None"), ir.Constant("False"))
# What a call takes for its own trace: a client among other things.
_EXTRA: Final = "langsmith_extra"
_CLIENT: Final = "client"
_WRAPPER: Final = "langsmith.wrappers."
# What is called: a traced function, or a method of a wrapped model (where it was wrapped, and the path to the method).
_Traced: TypeAlias = "FunctionRef | tuple[int, str]"
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
    projects whose functions are traced by `@traceable` without `client=`. For the persona `pedantic`, also reports
    calls of a traced function, or of a method of a model wrapped by `wrap_openai` and the like, that pass no client,
    where another call of the same in the file passes such a client by `langsmith_extra`.

    ## Why it matters
    `@traceable` creates its own client, which masks nothing. Inputs and outputs are uploaded in full, although the code
    seems to mask them. `langsmith_extra` holds for one call: the next call of the same model is uploaded in full.

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
    experiments or send runs themselves; tests. Of calls: those whose `langsmith_extra` is passed, or may be; functions
    and models that have a client from `@traceable(client=…)` or `tracing_extra`; files with
    `tracing_context(client=…)`.

    ## Fix safety
    The fix passes `client=` to each `@traceable` of the file, if no other file traces anything. It is unsafe: the
    traces are sent with this client's key and to its address.

    ## References
    - Executed on langsmith 0.15.1.
    - [Prevent logging of sensitive data](https://docs.langchain.com/langsmith/mask-inputs-outputs)
    """
    for client in analysis.clients.constructions(file) if not file.is_test else ():
        masks = _mask(client)
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
    if _EXTRA in file.code and not file.is_test:
        yield from _unmasked_calls(file, analysis)


class _Masked(NamedTuple):
    """A call that is handed a client which masks, by the argument `mask` of the client."""

    site: int
    mask: str


def _unmasked_calls(file: File, analysis: Analysis) -> Iterator[Violation]:
    """Calls that hand no client over, of what another call in the file hands a masking client to."""
    masked: dict[_Traced, _Masked] = {}
    for site, call in enumerate(file.model.calls):
        mask = _handed_mask(file, call, analysis)
        for traced in _traced_by_call(file, site, analysis) if mask is not None else ():
            masked.setdefault(traced, _Masked(site, mask or ""))
    if not masked or _sets_client(file):
        return
    for site, call in enumerate(file.model.calls):
        if any(arg.keyword == _EXTRA or arg.stars for arg in call.args):
            continue
        found = [masked[key] for key in _traced_by_call(file, site, analysis) if key in masked]
        if found:
            other = file.model.calls[found[0].site].callee_span
            yield Violation(
                at=call.callee_span,
                message=(
                    f"this call passes no client, and another call of the same passes one with `{found[0].mask}`;"
                    " this one is uploaded unmasked"
                ),
                help="pass the client to `@traceable`, or to the wrapper as `tracing_extra`: it holds for each call",
                persona=Persona.PEDANTIC,
                related=(Related(file.relative, other, "masked here"),),
            )


def _handed_mask(file: File, call: ir.Call, analysis: Analysis) -> str | None:
    """The argument by which a client masks that a call hands over for its own trace."""
    extra = next((arg.value for arg in call.args if arg.keyword == _EXTRA), None)
    if extra is None:
        return None
    for value in analysis.values.of(file, extra, file.place(call)):
        for key, clients in value.items if isinstance(value, Table) else ():
            for client in clients if key == _CLIENT else ():
                if isinstance(client, Instance) and client.origin is not None:
                    return _mask_of(*client.origin, analysis)
    return None


def _mask_of(file: File, site: int, analysis: Analysis) -> str | None:
    built = analysis.clients.construction(file, site)
    return None if built is None else _mask(built)


def _mask(client: Construction) -> str | None:
    return next((name for name in _MASKS if client.argument(name) not in {None, *_OFF}), None)


def _traced_by_call(file: File, site: int, analysis: Analysis) -> Iterator[_Traced]:
    """The function that a call runs, if it is traced without a client of its own, or the method of a wrapped model."""
    call = file.model.calls[site]
    model = _wrapped_at(file, call, analysis)
    if model is not None:
        yield model
        return
    for value in analysis.values.relevant_only.callee(file, site):
        given = analysis.tracing.arguments(value) if isinstance(value, FunctionRef) else None
        if given is not None and not any(arg.stars or arg.keyword == _CLIENT for arg in given):
            assert isinstance(value, FunctionRef)
            yield value


def _wrapped_at(file: File, call: ir.Call, analysis: Analysis) -> tuple[int, str] | None:
    """The call that wrapped the model whose method is called, without a client, and the path to the method."""
    path: list[str] = []
    expr = call.func
    while isinstance(expr, ir.Attribute):
        path.append(expr.name)
        expr = expr.value
        wrapped = _wrapping(file, expr, call, analysis)
        if wrapped is not None:
            return wrapped, ".".join(reversed(path))
    return None


def _wrapping(file: File, expr: ir.Expr, call: ir.Call, analysis: Analysis) -> int | None:
    """The site of the one call of a wrapper that a name, or an attribute of an object, stands for."""
    given: list[ir.Expr | None] = []
    if isinstance(expr, ir.Name):
        given = [binding.value for binding in lookup(file, expr.id, call)]
    elif isinstance(expr, ir.Attribute):
        given = [store.value for store in file.stores_by_attribute.get(expr.name, ())]
    if len(given) != 1 or not isinstance(given[0], ir.CallRef):
        return None
    site = given[0].site
    has_extra = any(
        arg.stars or arg.keyword == "tracing_extra" for arg in file.model.calls[site].args
    )
    callees = () if has_extra else analysis.values.relevant_only.callee(file, site)
    names = [value.name for value in callees if isinstance(value, ExternalName)]
    return site if names and all(name.startswith(_WRAPPER) for name in names) else None


def _sets_client(file: File) -> bool:
    """Whether a file hands a client to all that is traced in a block: `tracing_context(client=…)`."""
    return any(
        last_name(call.func) == "tracing_context" and _may_hand_client(call)
        for call in file.model.calls
    )


def _may_hand_client(call: ir.Call) -> bool:
    return any(arg.stars or arg.keyword == _CLIENT for arg in call.args)


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
