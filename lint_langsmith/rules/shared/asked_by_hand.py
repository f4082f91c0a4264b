"""Requests without the SDK whose refusal is taken for something missing: what is made instead is refused as well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from lint_langsmith.analysis.credentials.http_requests import Request
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import descend
from lint_langsmith.analysis.project.file import File, last_name, within
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.rules.shared.access_checks import checks_access
from lint_langsmith.rules.shared.empty_values import is_empty, spelled_empty
from lint_langsmith.rules.shared.handlers import root, texts_of
from lint_langsmith.rules.shared.missing_words import words_in

_ASKING: Final = frozenset({"get", "head"})
_MAKING: Final = frozenset({"post", "put", "patch"})
# Attributes of answers of requests, httpx, aiohttp and urllib.
_SUCCEEDED: Final = frozenset({"ok", "is_success"})
_FAILED: Final = frozenset({"is_error", "is_client_error"})
_STATUS: Final = frozenset({"status_code", "status"})
_OPERATORS: Final = (ir.Boolean, ir.Comparison, ir.Unary)
# What a status is compared with that means that all went well, by the comparison.
_SUCCESSES: Final[Mapping[str, frozenset[str]]] = {
    "Equal": frozenset({"200", "201"}),
    "LessThan": frozenset({"300", "400"}),
    "LessThanEqual": frozenset({"299", "399"}),
}
# Statuses that are told apart by `>= 400` and the like; a single 404 is what is meant.
_NARROW: Final = frozenset({"404", "409"})


class Made(NamedTuple):
    """A request that makes what another one, `asked`, did not find, because its status was any but 200."""

    asked: Request
    made: Request


class _Refusal(NamedTuple):
    """Where the program is when a request was refused, whatever the reason: what stands in `block` behind `order`.

    `response` is the name of its answer; `is_only` tells that an accepted request does not get there.
    """

    asked: Request
    response: str
    block: int
    order: int = -1
    is_only: bool = True


def made_after_status(file: File, requests: Sequence[Request]) -> Iterator[Made]:
    """`if response.status_code != 200:` behind a GET, and a POST to the same address under it."""
    for refusal in _refusals(file, requests):
        blocks = frozenset(within(file, refusal.block)) if refusal.order < 0 else frozenset()
        made = made_in(file, blocks, refusal.asked, requests)
        if made is not None:
            yield Made(refusal.asked, made)


def emptied_after_status(
    file: File, requests: Sequence[Request]
) -> Iterator[tuple[Request, str]]:
    """`if response.status_code >= 400: return None` behind a request: it, and what stands for its refusal, as written.

    So does `return None` behind `if response.status_code == 200: return response.json()`.
    """
    for refusal in _refusals(file, requests):
        returned = _only_return(file, refusal)
        is_emptied = returned is not None and is_empty(returned.value)
        if returned is None or not is_emptied or checks_access(file, refusal.block):
            continue
        function = file.function_of(file.model.blocks[refusal.block].scope)
        # Where nothing is ever given back, nobody takes it for an answer.
        if not all(is_empty(row.value) for row in file.returns_by_scope.get(function, ())):
            yield refusal.asked, spelled_empty(returned.value)


def said_after_status(file: File, requests: Sequence[Request]) -> Iterator[tuple[Request, str]]:
    """The requests whose refusal, whatever its status, the program calls something missing: `print("not found")`.

    It may as well show the answer, ask once more or speak of a refusal: then there is none, nor behind further tests.
    """
    sites = {found.site for found in requests}
    for refusal in _refusals(file, requests):
        calls = _calls_after(file, refusal)
        asks_more = any(site in sites for site in calls)
        if asks_more or not refusal.is_only or _is_read(file, refusal):
            continue
        texts = [text for site in calls for text in texts_of(file, site)]
        said = words_in(texts, is_made=makes(file, refusal.asked))
        if said is not None and not checks_access(file, refusal.block):
            yield refusal.asked, said


def _calls_after(file: File, refusal: _Refusal) -> list[int]:
    """The calls where a request was refused: of all that is in its branch, or of what stands plainly behind it."""
    blocks = tuple(within(file, refusal.block)) if refusal.order < 0 else (refusal.block,)
    sites = file.rows_by_block.sites(blocks)
    return [site for site in sites if file.model.calls[site].order > refusal.order]


def _is_read(file: File, refusal: _Refusal) -> bool:
    """Whether anything of the answer is read where the request was refused."""
    inside, rows = tuple(within(file, refusal.block)), file.rows_by_block
    read = [row.order for row in rows.reads(inside) if row.name == refusal.response]
    read += [row.order for row in rows.loads(inside) if root(row.expr) == refusal.response]
    return any(order > refusal.order for order in read)


def _only_return(file: File, refusal: _Refusal) -> ir.Return | None:
    """The return that is all that the program does where a request was refused."""
    inside, rows = tuple(within(file, refusal.block)), file.rows_by_block
    orders = [file.model.calls[site].order for site in rows.sites(inside)]
    orders += [row.order for row in rows.raises(inside)]
    done = any(order > refusal.order for order in orders)
    returned = [row for row in rows.returns(inside) if row.order > refusal.order]
    return returned[0] if len(returned) == 1 and not done else None


def _refusals(file: File, requests: Sequence[Request]) -> Iterator[_Refusal]:
    """The requests that ask, each with the place that the program gets to where they were refused."""
    asking = {found.site: found for found in requests if _asks(file, found)}
    loads = {_root(row.expr): row for row in file.model.loads} if asking else {}
    for branch in file.model.branches if asking else ():
        refused, accepted = _tested(branch.test)
        response = refused or accepted
        load = loads.get(response) if response is not None else None
        asked = asking.get(_site_of(file, load)) if load is not None else None
        if asked is None or response is None:
            continue
        block = branch.body if refused is not None else branch.orelse
        refusal = _Refusal(asked, response.id, block)
        if block < 0 and accepted is not None:
            body = file.model.blocks[branch.body]
            is_only = body.ends in {"return", "raise"}
            refusal = _Refusal(asked, response.id, body.parent, branch.end, is_only)
        since = max(refusal.order, branch.order)
        if refusal.block >= 0 and not _is_asked_again(file, refusal.block, since, response):
            yield refusal


def _is_asked_again(file: File, block: int, since: int, response: ir.Name) -> bool:
    """Whether a later test in a block is about the response: `elif response.status_code == 404`."""
    further = file.rows_by_block.branches(within(file, block))
    tests = [branch.test for branch in further if branch.order > since]
    parts = (part for test in tests for part in descend(test, through=_OPERATORS))
    return any(root(part) == response.id for part in parts)


def _site_of(file: File, load: ir.Load) -> int:
    """The call whose result, awaited or not, is under the name with which a read begins; -1 for any other."""
    name = _root(load.expr)
    rows = lookup(file, name.id, file.place(load)) if isinstance(name, ir.Name) else ()
    values = {row.value.value if isinstance(row.value, ir.Await) else row.value for row in rows}
    value = values.pop() if len(values) == 1 else None
    return value.site if isinstance(value, ir.CallRef) else -1


def _tested(test: ir.Expr) -> tuple[ir.Name | None, ir.Name | None]:
    """The response of which a test asks whether it is an error, or the one of which it asks whether it is none.

    `response is None or not response.ok` is true of each error, `response is not None and response.ok` of none.
    """
    op = test.op if isinstance(test, ir.Boolean) else ""
    parts = test.values if isinstance(test, ir.Boolean) else (test,)
    refused = () if op == "and" else map(_refused, parts)
    accepted = () if op == "or" else map(_accepted, parts)
    return next(filter(None, refused), None), next(filter(None, accepted), None)


def _asks(file: File, request: Request) -> bool:
    """Whether a request changes nothing: a GET, or a POST of a query."""
    is_query = request.url.split("?")[0].rstrip("/").endswith("/query")
    return _method(file, request) in _ASKING or is_query


def made_in(
    file: File, blocks: frozenset[int], asked: Request, requests: Sequence[Request]
) -> Request | None:
    """A request in some blocks that makes what another one asked for, or asks for what another one did not make."""
    wanted = _ASKING if makes(file, asked) else _MAKING
    return next(
        (
            found
            for found in requests
            if _method(file, asked) in _ASKING | _MAKING
            and _method(file, found) in wanted
            and file.model.calls[found.site].block in blocks
            and _same(asked, found)
        ),
        None,
    )


def makes(file: File, request: Request) -> bool:
    """Whether a request makes or changes something, by its method."""
    return _method(file, request) in _MAKING


def _method(file: File, request: Request) -> str:
    return last_name(file.model.calls[request.site].func)


def _same(asked: Request, made: Request) -> bool:
    """Whether two requests go to one resource: `/datasets` and `/datasets?name=…`."""
    first, second = (found.url.split("?")[0].rstrip("/") for found in (asked, made))
    return bool(second) and (first == second or first.startswith(f"{second}/"))


def _refused(test: ir.Expr) -> ir.Name | None:
    """The response of which a test asks whether it is any error; None for other tests."""
    if isinstance(test, ir.Unary) and test.op == "Not":
        return _response(test.operand, _SUCCEEDED)
    if not isinstance(test, ir.Comparison):
        return _response(test, _FAILED)
    right = test.rights[0]
    is_any = isinstance(right, ir.Constant) and right.literal not in _NARROW
    broad = test.ops in {("NotEqual",), ("GreaterThan",), ("GreaterThanEqual",)}
    return _response(test.left, _STATUS) if is_any and broad else None


def _accepted(test: ir.Expr) -> ir.Name | None:
    """The response of which a test asks whether it is no error: `response.ok`, `response.status_code == 200`."""
    if not isinstance(test, ir.Comparison):
        return _response(test, _SUCCEEDED)
    right = test.rights[0]
    is_success = isinstance(right, ir.Constant) and right.literal in _SUCCESSES.get(
        test.ops[0], ()
    )
    return _response(test.left, _STATUS) if is_success and len(test.ops) == 1 else None


def _response(expr: ir.Expr, attributes: frozenset[str]) -> ir.Name | None:
    if not isinstance(expr, ir.Attribute) or expr.name not in attributes:
        return None
    return expr.value if isinstance(expr.value, ir.Name) else None


def _root(expr: ir.Expr) -> ir.Expr:
    while isinstance(expr, (ir.Attribute, ir.Subscript)):
        expr = expr.value
    return expr
