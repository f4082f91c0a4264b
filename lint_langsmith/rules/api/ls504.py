"""LS504: arguments that LangSmith does not take."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.fix_safety import sure_unless_tried
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, last_name
from lint_langsmith.analysis.sdk_use.arguments import missing_arguments
from lint_langsmith.analysis.sdk_use.clients import ApiCall, Construction
from lint_langsmith.analysis.values.evaluator import ExternalName, Instance
from lint_langsmith.findings import Applicability, Edit, Fix, Severity, Span, Violation
from lint_langsmith.rules.fixes.keywords import keyword_span
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.certain import is_certain
from lint_langsmith.rules.shared.evaluator_results import unknown_fields
from lint_langsmith.rules.shared.swallowed import lost_arguments
from lint_langsmith.sdk.results import attributes, required

# What programs write for another keyword; each is offered only where the callee has it.
_MEANT: Final[dict[str, tuple[str, ...]]] = {
    "url": ("api_url", "base_url"),
    "endpoint": ("api_url", "base_url", "api_endpoint"),
    "base_url": ("api_url", "api_endpoint"),
    "api_base": ("api_url", "base_url"),
    "api_endpoint": ("api_url", "base_url"),
    "api_url": ("base_url", "api_endpoint"),
    "key": ("api_key",),
    "token": ("api_key",),
    "timeout": ("timeout_ms",),
    "workspace": ("workspace_id",),
    "tenant_id": ("workspace_id",),
    "project": ("project_name",),
    "session_name": ("project_name",),
    "dataset": ("dataset_name", "data"),
    "name": ("dataset_name", "project_name"),
}
_BUILT_NAMES: Final = frozenset({"EvaluationResult", "StringEvaluator"})
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
    Also reports methods that are called without an argument that every release requires, and evaluators and evaluation
    results that are created without a required field. Some methods take any keyword: reported are those that they do
    not use (`create_feedback(source=…)`, `list_runs(project=…)`). Further values that fail or are lost: a text as
    `data_type`, or as `start_time` of `list_runs`; `experiment=` with a name that is new each time, where only an
    existing experiment is found; feedback without a `key`; fields in an evaluator's dict that an evaluation result does
    not have.

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
    subclasses of the clients.

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
      0.1.147 and 0.15.1.
    """
    for client in analysis.clients.constructions(file):
        yield from _construction(client, analysis)
    for call in analysis.clients.api_calls(file):
        yield from _method(call, analysis)
        yield from lost_arguments(call, analysis)
        if (
            call.method is not None
            and call.handed is None
            and "run_type" in call.method.parameters
        ):
            yield from _kind_of_run(
                call.call, call.label, call.method.positional, analysis, file
            )
    for site in range(len(file.model.calls)):
        yield from _built(file, site, analysis)
        yield from _of_langchain(file, site, analysis)
        for value in analysis.values.relevant_only.callee(file, site):
            name = _tracing_name(value, analysis)
            if name is not None:
                yield from _tracing(file, site, name, analysis)
                break
    if not file.is_test:
        yield from unknown_fields(file, analysis)


# -- clients and methods ---------------------------------------------------------------------------------------------


def _construction(client: Construction, analysis: Analysis) -> Iterator[Violation]:
    values = analysis.values.call(client.file, client.site)
    direct = any(
        isinstance(value, Instance) and isinstance(value.cls, ExternalName) for value in values
    )
    signature = analysis.sdk.constructor(client.cls)
    callees = analysis.values.relevant_only.callee(client.file, client.site)
    built = any(
        isinstance(value, ExternalName) and analysis.sdk.made_by(value.name) == client.cls
        for value in callees
    )
    real = built or client.cls.rpartition(".")[2] == client.written
    if signature is None or not direct or not real or signature.unknown != "TypeError":
        return
    for arg in client.call.args:
        if arg.keyword is not None and arg.keyword not in signature.keywords:
            passed = _Passed(client.file, client.call, arg, f"{client.written}()", client.cls)
            yield _unknown(passed, signature.keywords, analysis)


def _method(call: ApiCall, analysis: Analysis) -> Iterator[Violation]:
    if call.method is None or call.handed is not None:
        return
    known, is_open = _taken(call, analysis)
    if is_open or all(arg.keyword is None or arg.keyword in known for arg in call.call.args):
        # What is passed under a wrong name is most likely what is missing.
        yield from _missing(call, analysis)
    if is_open:
        return
    for arg in call.call.args:
        if arg.keyword is not None and arg.keyword not in known:
            yield _unknown(
                _Passed(call.file, call.call, arg, call.label, call.owner), known, analysis
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
    names = [arg.keyword for arg in call.args if arg.keyword is not None]
    callees = analysis.values.relevant_only.callee(file, site) if names else ()
    if len(callees) != 1:
        return
    callee = next(iter(callees))
    if not isinstance(callee, ExternalName) or not callee.name.startswith("langchain"):
        return
    canonical = analysis.sdk.canonical(callee.name) if analysis.sdk.owns(callee.name) else None
    known = analysis.sdk.closed_keywords(canonical) if canonical is not None else None
    if canonical is None or known is None:
        return
    for arg in call.args:
        if arg.keyword is not None and arg.keyword not in known:
            label = f"{last_name(call.func)}()"
            yield _unknown(_Passed(file, call, arg, label, canonical), known, analysis)


def _missing(call: ApiCall, analysis: Analysis) -> Iterator[Violation]:
    missing = missing_arguments(call)
    if missing and is_certain(call, analysis):
        named = " and ".join(f"`{name}`" for name in missing)
        yield Violation(
            at=call.span,
            message=f"`{call.label}` is called without {named}; it raises TypeError, and no request is sent",
            help=f"pass {named}",
        )


def _built(file: File, site: int, analysis: Analysis) -> Iterator[Violation]:
    """Evaluators and their results that are built without what they need."""
    call = file.model.calls[site]
    if last_name(call.func) not in _BUILT_NAMES or any(
        arg.stars or arg.keyword is None for arg in call.args
    ):
        return
    values = analysis.values.callee(file, site)
    names = {
        analysis.sdk.canonical(value.name)
        for value in values
        if isinstance(value, ExternalName)
    }
    if len(values) != 1 or not names or None in names:
        return
    cls = str(names.pop())
    passed = {arg.keyword for arg in call.args}
    for name in required(cls):
        if name not in passed:
            yield Violation(
                at=call.callee_span,
                message=f"`{last_name(call.func)}()` is created without `{name}`; it raises ValidationError",
                help=f"pass `{name}`",
            )
    known = attributes(cls)
    for arg in call.args:
        if (
            known
            and arg.keyword is not None
            and arg.keyword not in known
            and not cls.endswith("StringEvaluator")
        ):
            span = _keyword_span(_Passed(file, call, arg, ""))
            yield Violation(
                at=span or call.callee_span,
                message=(
                    f"`{last_name(call.func)}` has no field `{arg.keyword}`;"
                    " newer releases raise ValidationError, older ones drop it"
                ),
                help="use `comment` for a text" if "comment" in known else "remove it",
            )


class _Passed(NamedTuple):
    """An argument of a call that `label` names; `owner` is the class or module that decides what it takes."""

    file: File
    call: ir.Call
    arg: ir.Argument
    label: str
    owner: str = ""

    @property
    def keyword(self) -> str:
        return self.arg.keyword or ""


def _unknown(passed: _Passed, known: Sequence[str], analysis: Analysis) -> Violation:
    taken = {other.keyword for other in passed.call.args}
    meant = _meant(passed.keyword, [name for name in known if name not in taken])
    span = _keyword_span(passed)
    takes = (
        f"it takes {', '.join(f'`{name}`' for name in known)}"
        if 0 < len(known) <= _FEW
        else "see its signature"
    )
    release = analysis.project.version_for(passed.owner).spoken
    return Violation(
        at=span or passed.call.callee_span,
        message=f"`{passed.label}` takes no `{passed.keyword}` in {release}; the call raises TypeError",
        help=f"use `{meant}`" if meant is not None else takes,
        fix=_renaming(span, meant, _safety(passed, meant)),
    )


# What is passed under these may be of another unit or another kind (seconds, a name for an id, an object for a name).
_OF_ANOTHER_KIND: Final = frozenset({"timeout", "workspace", "project", "dataset", "name"})


def _safety(passed: _Passed, meant: str | None) -> Applicability:
    sure = meant in _MEANT.get(passed.keyword, ()) and passed.keyword not in _OF_ANOTHER_KIND
    return sure_unless_tried(passed.file, passed.call.block) if sure else Applicability.UNSAFE


_FEW: Final = 8


def _meant(keyword: str, known: Sequence[str]) -> str | None:
    for candidate in _MEANT.get(keyword, ()):
        if candidate in known:
            return candidate
    near = difflib.get_close_matches(keyword, known, n=1, cutoff=0.8)
    return near[0] if near else None


def _renaming(span: Span | None, meant: str | None, applicability: Applicability) -> Fix | None:
    if span is None or meant is None:
        return None
    return Fix(f"use `{meant}`", applicability, (Edit(span, meant),))


def _keyword_span(passed: _Passed) -> Span | None:
    return keyword_span(passed.file, passed.call, passed.keyword)


# -- tracing ---------------------------------------------------------------------------------------------------------


def _tracing_name(value: object, analysis: Analysis) -> str | None:
    if not isinstance(value, ExternalName) or not value.name.startswith("langsmith."):
        return None
    canonical = analysis.sdk.canonical(value.name) or ""
    name = canonical.removeprefix("langsmith.run_helpers.")
    return name if name in _TRACING or name == _RUN else None


def _tracing(file: File, site: int, name: str, analysis: Analysis) -> Iterator[Violation]:
    call = file.model.calls[site]
    if name == _RUN:
        yield from _kind_of_run(call, "RunTree()", (), analysis, file)
    known = analysis.sdk.tracing(name)
    if known is None:
        return
    if name == "trace":
        yield from _kind_of_run(call, "trace", tuple(known.keywords), analysis, file)
    for arg in call.args:
        if arg.keyword is not None and arg.keyword not in known.keywords and known.unknown:
            yield _ignored(_Passed(file, call, arg, name), known.keywords)
    if name == "traceable" and known.unknown_run_type:
        yield from _run_type(file, call, known.run_types, analysis)


def _ignored(passed: _Passed, known: Sequence[str]) -> Violation:
    meant = _meant(passed.keyword, known)
    span = _keyword_span(passed)
    return Violation(
        at=span or passed.call.callee_span,
        message=f"`{passed.label}` takes no `{passed.keyword}`; it is ignored with a warning",
        help=f"use `{meant}`"
        if meant is not None
        else f"it takes {', '.join(f'`{word}`' for word in known)}",
        fix=_renaming(span, meant, Applicability.UNSAFE),
    )


def _kind_of_run(
    call: ir.Call, label: str, positional: Sequence[str], analysis: Analysis, file: File
) -> Iterator[Violation]:
    """A run type that LangSmith does not have, where nothing of the SDK looks at it."""
    by_position = dict(
        zip(positional, [arg for arg in call.args if arg.keyword is None], strict=False)
    )
    passed = next(
        (arg for arg in call.args if arg.keyword == "run_type"), by_position.get("run_type")
    )
    if passed is None or any(arg.stars for arg in call.args):
        return
    written = analysis.values.texts(file, passed.value, file.place(call))
    known = analysis.sdk.run_types()
    if written is None or written in known:
        return
    near = difflib.get_close_matches(written.lower(), known, n=1, cutoff=0.8)
    listed = ", ".join(known)
    yield Violation(
        at=passed.value.span if isinstance(passed.value, ir.Text) else call.callee_span,
        message=f"`{label}` is passed a run type that LangSmith does not have",
        help=f"did you mean `{near[0]}`? The run types are {listed}"
        if near
        else f"the run types are {listed}",
        fix=_right_run_type(file, passed.value, near),
    )


def _run_type(
    file: File, call: ir.Call, run_types: Sequence[str], analysis: Analysis
) -> Iterator[Violation]:
    first = (
        call.args[0]
        if call.args and call.args[0].keyword is None and not call.args[0].stars
        else None
    )
    passed = first or next((arg for arg in call.args if arg.keyword == "run_type"), None)
    if passed is None:
        return
    written = analysis.values.texts(file, passed.value, file.place(call))
    if written is None or written in run_types:
        return
    span = passed.value.span if isinstance(passed.value, ir.Text) else call.callee_span
    near = difflib.get_close_matches(written.lower(), run_types, n=1, cutoff=0.8)
    listed = ", ".join(run_types)
    if passed is first and not near:
        named = any(arg.keyword == "name" for arg in call.args)
        edit = Edit(Span(span.line, span.column, span.line, span.column), "name=")
        can_fix = isinstance(passed.value, ir.Text) and not named
        yield Violation(
            at=span,
            message="the first argument of `traceable` is the run type, not the name, and this is not a run type",
            help=f"write `name=` before it if it is the name; the run types are {listed}",
            fix=Fix("pass it as `name`", Applicability.UNSAFE, (edit,)) if can_fix else None,
        )
        return
    yield Violation(
        at=span,
        message="`traceable` is passed a run type that LangSmith does not have",
        help=f"did you mean `{near[0]}`? The run types are {listed}"
        if near
        else f"the run types are {listed}",
        fix=_right_run_type(file, passed.value, near),
    )


def _right_run_type(file: File, value: ir.Expr, near: Sequence[str]) -> Fix | None:
    """The nearest run type in the quotes of a literal."""
    if not near or not isinstance(value, ir.Text):
        return None
    source = file.source(value.span)
    quote = source[:1]
    if source != f"{quote}{value.value}{quote}" or quote not in {'"', "'"}:
        return None
    edit = Edit(value.span, f"{quote}{near[0]}{quote}")
    return Fix(f"use `{near[0]}`", Applicability.UNSAFE, (edit,))
