"""LS503: names that LangSmith has announced to remove."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.analysis.sdk_use.sdk_names import imports, spoken
from lint_langsmith.findings import (
    Applicability,
    Edit,
    Fix,
    Related,
    Severity,
    Span,
    Violation,
)
from lint_langsmith.rules.fixes.keywords import keyword_span
from lint_langsmith.rules.registry import rule

if TYPE_CHECKING:
    from lint_langsmith.sdk.facts import Method

_REMOVAL = lazy_re.compile(r"removed (?:after|in|on) ([A-Z][a-z]+ \d{1,2}, \d{4})")
_OTHER_KEYWORD = lazy_re.compile(r"'(?P<old>\w+)' is deprecated\. Use '(?P<new>\w+)' instead\.")
_ADVICE = lazy_re.compile(
    r"\b(Use .+?|There is no replacement: .+?)(?:\s+instead)?\.(?:\s*See|\s*Will be|\s|$)"
)

# In a warning, what is to be used instead: `client.runs.query()`.
_RESOURCE = lazy_re.compile(r"Use client\.([a-z_]+(?:\.[a-z_]+)+)\(")
# Methods of resources that give pages, which `async for` goes through.
_PAGED: Final = frozenset({"list", "query", "list_traces"})


@rule("LS503", "deprecated-langsmith-api", severity=Severity.INFO, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """Code uses a method that is deprecated in the project's version of LangSmith.

    ## What it does
    Reports methods and imports that emit a `DeprecationWarning`, or whose documentation says `deprecated`, in all
    releases that the project may use, or in the newest release that its range admits. The finding gives the
    replacement that the SDK names and the date of the removal. Also reports keyword arguments that are deprecated in
    all of these releases (`create_example(outputs=…)`). A file gets one finding for each such method or keyword; its
    other calls are related places.

    ## Why it matters
    Python hides deprecation warnings outside of `__main__`. The removal announced for 31 January 2027 affects
    `list_runs`, `read_run` and a dozen other methods. Their successors are asynchronous and raise exceptions of another
    class hierarchy.

    ## Example
    ```python
    import os

    from langsmith import Client

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])
    try:
        print(client.read_run("11111111-1111-4111-8111-111111111111").error)
    except Exception as error:
        print("no run:", error)
    ```

    ## Use instead
    ```python
    import asyncio
    import os

    from langsmith import Client

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    async def show(project_id):
        try:
            run = await client.runs.retrieve("11111111-1111-4111-8111-111111111111", project_id=project_id)
            print(run.error)
        except Exception as error:
            print("no run:", error)


    asyncio.run(show("22222222-2222-4222-8222-222222222222"))
    ```

    ## Not flagged
    Methods that are not deprecated in your release yet; names that the newest release does not have (LS502).

    ## Fix safety
    A deprecated keyword is renamed if the SDK names another one for the same value, and all releases that the project
    may use have it (`create_example(reference_outputs=…)`). The fix is unsafe: other releases lack that keyword. There
    is none for methods: their successors are asynchronous or take other arguments.

    ## References
    - The warnings were recorded by calling the methods of langsmith 0.1.0 to 0.15.0.
    - https://docs.langchain.com/langsmith/smithdb-sdk-migration
    """
    found: dict[str, list[ApiCall]] = defaultdict(list)
    for call in analysis.clients.api_calls(file):
        if (
            call.method is not None
            and call.method.deprecated is not None
            and not call.method.gone
        ):
            name = f"{call.owner}.{call.name}"
            where = analysis.sdk.availability(name)
            if where is None or where.in_newest:
                found[name].append(call)
    for calls in found.values():
        yield _violation(calls, analysis)
    yield from _keywords(file, analysis)
    for imported in imports(file, analysis.project):
        text = analysis.sdk.deprecated_name(imported.names[-1]) if imported.names else None
        if text is not None:
            name = spoken(imported.names[-1])
            yield Violation(
                at=imported.binding.span,
                message=f"`{name}` is deprecated in {analysis.project.version.spoken}{_end(text)}",
                help=_said(text),
            )


class _Keyword(NamedTuple):
    """A keyword of which the SDK warns. `label` is what it is passed to, `text` the warning."""

    label: str
    name: str
    text: str


class _Place(NamedTuple):
    """A call that passes a deprecated keyword; `at` is its place, `method` what it calls, if that is no class."""

    call: ir.Call
    at: Span
    method: Method | None


def _keywords(file: File, analysis: Analysis) -> Iterator[Violation]:
    places: dict[_Keyword, list[_Place]] = defaultdict(list)
    for call in analysis.clients.api_calls(file):
        told = (
            dict(call.method.deprecated_keywords)
            if call.method is not None and call.handed is None
            else {}
        )
        for arg in call.call.args if told else ():
            name = arg.keyword or ""
            if name in told:
                found = _Keyword(f"{call.name}()", name, told[name])
                places[found].append(_Place(call.call, call.span, call.method))
    for made in analysis.clients.constructions(file):
        signature = analysis.sdk.constructor(made.cls)
        told = dict(signature.deprecated) if signature is not None else {}
        for arg in made.call.args if told else ():
            name = arg.keyword or ""
            if name in told:
                found = _Keyword(f"{made.written}()", name, told[name])
                places[found].append(_Place(made.call, made.call.callee_span, None))
    ours = analysis.project.version.spoken
    for found, (first, *others) in places.items():
        yield Violation(
            at=first.at,
            message=f"`{found.name}=` of `{found.label}` is deprecated in {ours}{_end(found.text)}",
            help=_said(found.text),
            related=tuple(
                Related(file.relative, place.at, "passed here, too") for place in others
            ),
            fix=_renamed(file, found, (first, *others)),
        )


def _renamed(file: File, found: _Keyword, places: Sequence[_Place]) -> Fix | None:
    """The keyword under the name that the warning gives, in all calls of the file; none unless each can be renamed."""
    match = _OTHER_KEYWORD.fullmatch(found.text)
    if match is None or match["old"] != found.name:
        return None
    edits: list[Edit] = []
    for place in places:
        span = keyword_span(file, place.call, found.name)
        passed = {arg.keyword for arg in place.call.args}
        if span is None or not _takes(place.method, match["new"]) or match["new"] in passed:
            return None
        edits.append(Edit(span, match["new"]))
    return Fix(f"use `{match['new']}`", Applicability.UNSAFE, tuple(edits))


def _takes(method: Method | None, keyword: str) -> bool:
    """Whether a method has a keyword in all releases."""
    return method is not None and all(
        keyword in way.parameters for way in (method, *method.others)
    )


def _violation(calls: list[ApiCall], analysis: Analysis) -> Violation:
    first, *others = calls
    method = first.method
    assert method is not None
    assert method.deprecated is not None
    everywhere = all(other.deprecated is not None for other in method.others)
    ours = analysis.project.version_for(first.owner)
    newest = analysis.sdk.version_for(first.owner)
    where = (
        analysis.project.release_for(first.owner)
        if everywhere
        else f"{ours.distribution} {newest}, which {ours.spoken} admits"
    )
    return Violation(
        at=first.span,
        message=f"`{first.label}` is deprecated in {where}{_end(method.deprecated)}",
        help=f"{_said(method.deprecated)}{_line(first, method.deprecated, analysis)}",
        related=tuple(
            Related(call.file.relative, call.span, "called here, too") for call in others
        ),
    )


def _line(call: ApiCall, text: str, analysis: Analysis) -> str:
    """The line to write for a replacement on a resource, which is asynchronous for every client."""
    found = _RESOURCE.search(text)
    if found is None or call.owner not in analysis.sdk.langsmith_clients:
        return ""
    func = call.call.func
    receiver = "client"
    if isinstance(func, ir.Attribute) and isinstance(func.value, (ir.Name, ir.Attribute)):
        receiver = call.file.source(func.value.span)
    asked = f"{receiver}.{found[1]}(…)"
    # What is shared with everybody comes in one piece.
    is_paged = found[1].rpartition(".")[2] in _PAGED and not found[1].startswith("public.")
    written = f"async for item in {asked}" if is_paged else f"await {asked}"
    return f"; it is asynchronous: write `{written}` in an `async def`"


def _end(text: str) -> str:
    """When it will be gone, as far as the warning says."""
    found = _REMOVAL.search(text)
    return (
        f", and will be removed {found[0].removeprefix('removed ')}"
        if found is not None
        else ""
    )


def _said(text: str) -> str:
    """The part of a warning that tells what to do."""
    found = _ADVICE.search(text)
    advice = found[1] if found is not None else text.rstrip(".")
    return advice[0].lower() + advice[1:]
