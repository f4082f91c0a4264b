"""Requests without the SDK whose refusal is taken for something missing: what is made instead is refused as well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from lint_langsmith.analysis.credentials.http_requests import Request
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, last_name, within
from lint_langsmith.analysis.values.bindings import lookup

_ASKING: Final = frozenset({"get", "head"})
_MAKING: Final = frozenset({"post", "put", "patch"})
# Statuses that are told apart by `>= 400` and the like; a single 404 is what is meant.
_NARROW: Final = frozenset({"404", "409"})


class Made(NamedTuple):
    """A request that makes what another one, `asked`, did not find, because its status was any but 200."""

    asked: Request
    made: Request


def made_after_status(file: File, requests: Sequence[Request]) -> Iterator[Made]:
    """`if response.status_code != 200:` behind a GET, and a POST to the same address under it."""
    for asked, block in _refusals(file, requests):
        made = made_in(file, frozenset(within(file, block)), asked, requests)
        if made is not None:
            yield Made(asked, made)


def emptied_after_status(
    file: File, requests: Sequence[Request]
) -> Iterator[tuple[Request, str]]:
    """`if response.status_code >= 400: return None` behind a GET: the request, and what stands for its refusal."""
    for asked, block in _refusals(file, requests):
        inside = tuple(within(file, block))
        rows = file.rows_by_block
        returned = [row.value for row in rows.returns(inside)]
        does_more = rows.sites(inside) or rows.raises(inside)
        if len(returned) != 1 or does_more or returned[0] not in _NOTHING:
            continue
        function = file.function_of(file.model.blocks[block].scope)
        # Where nothing is ever given back, nobody takes it for an answer.
        if any(row.value not in _NOTHING for row in file.returns_by_scope.get(function, ())):
            yield asked, "None" if returned[0] is None else returned[0].literal


# What a function gives back where there is nothing.
_NOTHING: Final = (None, ir.Constant("None"), ir.Constant("False"))


def _refusals(file: File, requests: Sequence[Request]) -> Iterator[tuple[Request, int]]:
    """The requests that ask, each with a block that runs where they were refused, whatever the reason."""
    asking = [found for found in requests if _method(file, found) in _ASKING]
    for branch in file.model.branches if asking else ():
        response = _refused(branch.test)
        if response is None or branch.body < 0:
            continue
        asked = next((found for found in asking if _gives(file, found, response)), None)
        if asked is not None:
            yield asked, branch.body


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


def _refused(test: ir.Expr | None) -> ir.Name | None:
    """The response of which a test asks whether it is any error; None for other tests."""
    if isinstance(test, ir.Unary) and test.op == "Not":
        return _response(test.operand, "ok")
    if not isinstance(test, ir.Comparison) or len(test.rights) != 1:
        return None
    right = test.rights[0]
    is_any = isinstance(right, ir.Constant) and right.literal not in _NARROW
    broad = test.ops[0] in {"NotEqual", "GreaterThan", "GreaterThanEqual"}
    return _response(test.left, "status_code") if is_any and broad else None


def _response(expr: ir.Expr, attribute: str) -> ir.Name | None:
    if not isinstance(expr, ir.Attribute) or expr.name != attribute:
        return None
    return expr.value if isinstance(expr.value, ir.Name) else None


def _gives(file: File, request: Request, response: ir.Name) -> bool:
    """Whether a name stands for what a request gave."""
    load = next((row for row in file.model.loads if _root(row.expr) == response), None)
    found = lookup(file, response.id, file.place(load)) if load is not None else ()
    return bool(found) and all(row.value == ir.CallRef(request.site) for row in found)


def _root(expr: ir.Expr) -> ir.Expr:
    while isinstance(expr, (ir.Attribute, ir.Subscript)):
        expr = expr.value
    return expr
