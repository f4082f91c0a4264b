"""LS305: a handler that takes a 403 for something that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final, NamedTuple

from lint_langsmith.findings import Related, Severity, Violation
from lint_langsmith.model import data
from lint_langsmith.model.clients import ApiCall
from lint_langsmith.model.file import File, last_name
from lint_langsmith.model.flow import Missed
from lint_langsmith.model.project import Project
from lint_langsmith.model.values import Bound, FunctionRef, Symbol
from lint_langsmith.rules.handlers import contents, related_calls, root, uses_error, within
from lint_langsmith.rules.registry import rule

_SAYS_MISSING: Final = re.compile(
    r"(?i)\b(?:not found|(?:does|do|did)(?: not|n.t) (?:yet )?exist|no such|(?:is|was) missing|not (?:yet )?created"
    r"|creating(?: a| the)?(?: new)?|already exists?|upload \w+ first"
    r"|não (?:foi )?encontrad[oa]s?|não existe|no (?:fue |se )?(?:encontrad[oa]s?|encontró|existe)"
    r"|introuvable|n.existe pas|nicht gefunden|existiert nicht)\b"
    r"|不存在|未找到|找不到|見つかりません|見つからない|存在しません|찾을 수 없|존재하지 않",
)
_ASKS: Final = ("read_", "get_", "has_", "list_", "pull_", "retrieve", "query")
_MAX_FUNCTIONS: Final = 40
_MAKES: Final = ("create", "push", "clone", "upload")


class _Finding(NamedTuple):
    """What a handler takes the 403 for, in words, and the places that show it."""

    message: str
    related: tuple[Related, ...] = ()


@rule("LS305", "forbidden-taken-for-missing", severity=Severity.WARNING, since="0.1")
def check(file: File, project: Project) -> Iterator[Violation]:
    """A handler takes a 403 for something that is not there, or is there already.

    ## What it does
    Reports handlers that catch the 403 of an API call, because they catch `LangSmithError`, `Exception` or everything,
    and then behave as after a 404 or a 409: they make what they did not find with another call of the API, there, in a
    function of the project that they call or behind the `try`, say that it does not exist, answer 404, or return
    `False` where the body returns `True`.

    ## Why it matters
    With a key that may not read, the second call is refused too, and its error hides the first one; or the user is told
    to upload a data set that is there. Lookups do not turn a 403 into `False`: `has_dataset` raises.

    ## Example
    ```python
    import os

    from langsmith import Client
    from langsmith.utils import LangSmithError

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    def questions():
        try:
            try:
                return client.read_dataset(dataset_name="questions")
            except LangSmithError:
                return client.create_dataset("questions")
        except LangSmithError as error:
            print(f"LangSmith refused: {error}")
            return None
    ```

    ## Use instead
    ```python
    import os

    from langsmith import Client
    from langsmith.utils import LangSmithError, LangSmithNotFoundError

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    def questions():
        try:
            try:
                return client.read_dataset(dataset_name="questions")
            except LangSmithNotFoundError:
                return client.create_dataset("questions")
        except LangSmithError as error:
            print(f"LangSmith refused: {error}")
            return None
    ```

    ## Not flagged
    `LangSmithNotFoundError` and `LangSmithConflictError`, alone or in a handler before the wide one; handlers that look
    at the error before they decide, show it, or raise it again; a second call that has a handler of its own; tests.

    ## Fix safety
    There is no automatic fix: the 403 needs a handler of its own, and what to do there is the program's decision.

    ## References
    - Measured on langsmith 0.1.0 to 0.15.0: a missing object is `LangSmithNotFoundError` (404), one that is there
      already `LangSmithConflictError` (409), a refusal `LangSmithError` itself; `has_*` and `*_exists` raise on a 403.
    """
    for caught, calls in project.flow.caught_by_file.get(file.relative, {}).items():
        asked = [call for call in calls if call.file is file and _stands_in(call, caught)]
        if not asked or _is_told_apart(caught):
            continue
        found = _second_call(caught, asked, project) or _wrong_answer(caught, asked, project)
        if found is not None:
            yield Violation(
                at=caught.handler.span,
                message=found.message,
                help=_help(asked[0], project),
                related=(*related_calls(asked), *found.related),
            )


def _stands_in(call: ApiCall, caught: Missed) -> bool:
    """Whether the call stands in the body of the handler's own `try`."""
    return caught.file.model.tries[caught.owner].body in call.file.block_chain(call.call.block)


def _is_told_apart(caught: Missed) -> bool:
    """Whether what is missing has a handler of its own before this one, or the handler looks at the error."""
    file, handler = caught.file, caught.handler
    earlier = (other for other in file.model.tries[caught.owner].handlers if other.block < handler.block)
    if any("NotFound" in name or "Conflict" in name for other in earlier for name in _spelled(other.type)):
        return True
    inside = set(within(file, handler.block))
    tests = [branch.test for branch in file.model.branches if {branch.body, branch.orelse} & inside]
    conditional = bool(tests) or any(file.model.blocks[block].kind == "case" for block in inside)
    return conditional and handler.name is not None and _is_read(file, handler)


def _is_read(file: File, handler: data.Handler) -> bool:
    found = contents(file, handler.block)
    return any(isinstance(row, data.Read) and row.name == handler.name for row in found.reads) or any(
        isinstance(row, data.Load) and root(row.expr) == handler.name for row in found.reads
    )


def _spelled(expr: data.Expr | None) -> Iterator[str]:
    items = expr.items if isinstance(expr, data.Sequence) else (expr,)
    for item in items:
        if item is not None:
            yield last_name(item)


def _second_call(caught: Missed, asked: Sequence[ApiCall], project: Project) -> _Finding | None:
    """Another call of the API in the handler or behind it, which a key that was refused will be refused as well."""
    file = caught.file
    inside = set(within(file, caught.handler.block))
    guarded = {
        block
        for block in inside
        if any(file.model.blocks[outer].kind == "try" for outer in _up_to(file, block, caught.handler.block))
    }
    blocks = frozenset(inside - guarded) | _taken_for_missing(caught, asked)
    further = [(first, call) for call in _made_in(file, blocks, project, set()) for first in asked]
    further += [pair for pair in product(asked, _made_behind(caught, project)) if _is_made_for(*pair)]
    for first, call in further:
        if _is_get_or_create(first, call):
            what = "there already" if first.name.startswith(_MAKES) else "missing"
            return _Finding(
                f"a 403 of `{first.label}` is taken for something {what}: then `{call.label}` is refused as well",
                (Related(call.file.relative, call.span, f"`{call.label}` is refused here"),),
            )
    return None


def makes_what_is_missing(caught: Missed, calls: Sequence[ApiCall], project: Project) -> bool:
    """Whether the code makes what it did not find because of a handler: LS305 says so."""
    asked = [call for call in calls if call.file is caught.file and _stands_in(call, caught)]
    return bool(asked) and not _is_told_apart(caught) and _second_call(caught, asked, project) is not None


def _behind(caught: Missed) -> int:
    """The block that goes on behind the `try` when the handler is done; -1 where it tells of the error, or leaves."""
    file, handler = caught.file, caught.handler
    if file.model.blocks[handler.block].ends != "falls" or uses_error(file, handler):
        return -1
    return file.model.blocks[file.model.tries[caught.owner].body].parent


def _made_behind(caught: Missed, project: Project) -> Iterator[ApiCall]:
    """The calls of the API that can be refused behind the `try`, in no branch."""
    block = _behind(caught)
    for call in project.clients.api_calls(caught.file) if block >= 0 else ():
        is_there = call.call.block == block and call.span > caught.handler.span
        if is_there and call.method is not None and _raises(call, project):
            yield call


def _is_made_for(first: ApiCall, second: ApiCall) -> bool:
    """Whether a call makes what another one asked for by their arguments: `read_dataset(name)`, `create_dataset(name)`.

    What is read in the end may be read by a key that may make nothing.
    """
    named, wanted = ({_told(arg.value) for arg in call.call.args} - {""} for call in (first, second))
    return second.name.startswith(_MAKES) and not named.isdisjoint(wanted)


def _told(expr: data.Expr) -> str:
    """How a name, an attribute or a text is written; empty for other expressions."""
    if isinstance(expr, data.Attribute):
        owner = _told(expr.value)
        return owner and f"{owner}.{expr.name}"
    return expr.id if isinstance(expr, data.Name) else repr(expr.value) if isinstance(expr, data.Text) else ""


def _taken_for_missing(caught: Missed, asked: Sequence[ApiCall]) -> frozenset[int]:
    """The blocks behind the `try` that run where what was asked for is still empty: `if found is None:`.

    None where the handler tells of the error, or does not get there.
    """
    file, handler = caught.file, caught.handler
    body = file.model.tries[caught.owner].body
    if _behind(caught) < 0:
        return frozenset()
    sites = [data.CallRef(call.site) for call in asked]
    bound = contents(file, body).bindings
    # What was found, or a flag that says that it was: `found = True`.
    telling = (*sites, data.Constant("True"))
    names = {row.name for row in bound if row.value in telling or _awaited(row.value) in sites}
    found: set[int] = set()
    for branch in file.model.branches:
        block = _where_empty(branch, names)
        beside = block >= 0 and file.model.blocks[block].parent == file.model.blocks[body].parent
        if beside and block > handler.block:
            found |= {
                inner
                for inner in within(file, block)
                if all(file.model.blocks[outer].kind != "try" for outer in _up_to(file, inner, block))
            }
    return frozenset(found)


def _awaited(expr: data.Expr | None) -> data.Expr | None:
    return expr.value if isinstance(expr, data.Await) else None


def _where_empty(branch: data.Branch, names: set[str]) -> int:
    """The block of an `if` that runs where one of the names is empty; -1 for other tests, and where there is none."""
    test, body, orelse = branch.test, branch.body, branch.orelse
    if isinstance(test, data.Comparison) and test.rights == (data.Constant("None"),) and test.ops[0] in {"Is", "IsNot"}:
        test, body, orelse = test.left, *((orelse, body) if test.ops[0] == "Is" else (body, orelse))
    elif isinstance(test, data.Unary) and test.op == "Not":
        test, body, orelse = test.operand, orelse, body
    return orelse if isinstance(test, data.Name) and test.id in names else -1


def _made_in(file: File, blocks: frozenset[int], project: Project, seen: set[FunctionRef]) -> Iterator[ApiCall]:
    """The calls of the API that can be refused in some blocks, and in the project's functions that are called there."""
    for call in project.clients.api_calls(file):
        if call.call.block in blocks and call.method is not None and _raises(call, project):
            yield call
    for site, row in enumerate(file.model.calls):
        for callee in project.scout.values.callee(file, site) if row.block in blocks else ():
            function = callee.function if isinstance(callee, Bound) else callee
            if isinstance(function, FunctionRef) and function not in seen and len(seen) < _MAX_FUNCTIONS:
                seen.add(function)
                yield from _made_in(function.file, frozenset(_open_blocks(function)), project, seen)


def _open_blocks(function: FunctionRef) -> Iterator[int]:
    """The blocks of a function that stand in no `try` of it."""
    file = function.file
    body = file.model.scopes[function.scope].block
    for block in within(file, body):
        if all(file.model.blocks[outer].kind != "try" for outer in _up_to(file, block, body)):
            yield block


def _up_to(file: File, block: int, last: int) -> Iterator[int]:
    for current in file.block_chain(block):
        if current == last:
            return
        yield current


def _raises(call: ApiCall, project: Project) -> bool:
    return bool(tuple(project.flow.points(call)))


def _is_get_or_create(first: ApiCall, second: ApiCall) -> bool:
    """Whether one call asks for something and the other one makes it: `read_dataset` and `create_dataset`."""
    things = _thing(first), _thing(second)
    if things[0] not in things[1] and things[1] not in things[0]:
        return False
    asks, makes = first.name.startswith(_ASKS), first.name.startswith(_MAKES)
    return (asks and second.name.startswith(_MAKES)) or (makes and second.name.startswith((*_ASKS, "update", "delete")))


def _thing(call: ApiCall) -> str:
    """What a call is about: `dataset` for `read_dataset` and `list_datasets`, the resource for `retrieve`."""
    _, found, thing = call.name.removesuffix("_exists").partition("_")
    return thing.rstrip("s") if found else call.owner


def _wrong_answer(caught: Missed, asked: Sequence[ApiCall], project: Project) -> _Finding | None:
    """A message, a status or a result that says that something is not there."""
    file, handler = caught.file, caught.handler
    label = asked[0].label
    if _answers_404(file, handler, project):
        return _Finding(f"a 403 of `{label}` is answered with 404: the caller is told that it does not exist")
    if uses_error(file, handler):
        return None
    said = next((text for text in _texts(file, handler) if _SAYS_MISSING.search(text)), None)
    if said is not None:
        match = _SAYS_MISSING.search(said)
        quoted = match[0] if match is not None else said
        return _Finding(f'a 403 of `{label}` is reported as "{quoted}", and the error itself is not shown')
    if _returns_false(file, handler) and _returns_true(file, caught.owner, asked):
        return _Finding(f"a 403 of `{label}` becomes `False`: refused and missing are the same to the caller")
    return None


def _answers_404(file: File, handler: data.Handler, project: Project) -> bool:
    """`HTTPException(404)`, `abort(404)`, `JSONResponse(…, status_code=404)`."""
    for site in contents(file, handler.block).calls:
        call = file.model.calls[site]
        status = [arg.value for arg in call.args if arg.keyword in {"status_code", "status"}]
        leading = [arg.value for arg in call.args[:1] if arg.keyword is None]
        if last_name(call.func) in {"HTTPException", "abort", "HTTPError"}:
            status += leading
        values = [value for expr in status for value in project.values.of(file, expr, file.place(call))]
        named = any(isinstance(value, Symbol) and value.name.endswith("HTTP_404_NOT_FOUND") for value in values)
        if named or data.Constant("404") in status or last_name(call.func) in {"Http404", "HTTPNotFound"}:
            return True
    return False


def _texts(file: File, handler: data.Handler) -> Iterator[str]:
    """The texts of a handler: what it prints, logs or raises, at once or by a name."""
    for site in contents(file, handler.block).calls:
        for arg in file.model.calls[site].args:
            yield from _literal(arg.value)
    for row in contents(file, handler.block).bindings:
        if row.value is not None:
            yield from _literal(row.value)


def _literal(expr: data.Expr) -> Iterator[str]:
    if isinstance(expr, data.Text):
        yield expr.value
    elif isinstance(expr, data.Template):
        for part in expr.parts:
            yield from _literal(part)
    elif isinstance(expr, data.Binary):
        yield from _literal(expr.left)
        yield from _literal(expr.right)


def _returns_false(file: File, handler: data.Handler) -> bool:
    """Whether a handler does nothing but return `False`."""
    found = contents(file, handler.block)
    nothing_else = not (found.calls or found.raises or found.stores or found.bindings or found.reads)
    return nothing_else and [row.value for row in found.returns] == [data.Constant("False")]


def _returns_true(file: File, owner: int, asked: Sequence[ApiCall]) -> bool:
    """Whether the body of the `try` says that something exists: it returns `True`, or what a `has_…` call gives."""
    row = file.model.tries[owner]
    blocks = (row.body, row.orelse) if row.orelse >= 0 else (row.body,)
    returned = [value.value for block in blocks for value in contents(file, block).returns]
    lookups = {call.site for call in asked if call.name.startswith("has_") or call.name.endswith("_exists")}
    only_read = all(call.name.startswith(_ASKS) or call.name.endswith("_exists") for call in asked)
    if any(isinstance(value, data.CallRef) and value.site in lookups for value in returned):
        return True
    return only_read and len(asked) == 1 and data.Constant("True") in returned


def _help(call: ApiCall, project: Project) -> str:
    error = project.flow.error_mro(call)[0]
    name = "Conflict" if call.name.startswith(_MAKES) else "NotFound"
    if error.startswith("langsmith.utils."):
        return f"catch `langsmith.utils.LangSmith{name}Error` for that, and treat a refusal by itself"
    return f"catch `langsmith.{name}Error` for that, and treat a refusal by itself"
