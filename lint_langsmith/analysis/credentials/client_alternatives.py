"""Clients that the program goes without, or for which it takes another: a caller brings one, or tracing is off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.credentials.key_arguments import KeyArguments
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import alternatives, descend
from lint_langsmith.analysis.project.file import File, Placed, last_name
from lint_langsmith.analysis.values.abstract import Parameter
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.analysis.sdk_use.clients import Clients
    from lint_langsmith.analysis.sdk_use.sdk_calls import Construction
    from lint_langsmith.analysis.values.evaluator import Evaluator

_NO_SIDES: Final[frozenset[str]] = frozenset()


class ClientAlternatives:
    """What stands beside the construction of a client."""

    def __init__(self, values: Evaluator, clients: Clients, arguments: KeyArguments) -> None:
        """`arguments` tells which clients are passed a key."""
        self._values = values
        self._clients = clients
        self._arguments = arguments
        self._passed_in: dict[tuple[str, str], Sequence[ir.Store]] = {}

    def is_optional(self, client: Construction) -> bool:
        """Whether the program goes without the client, or with another: a caller brings one, or tracing is off."""
        return self.is_injectable_default(client) or self._is_under_tracing(client)

    def _is_under_tracing(self, client: Construction) -> bool:
        """`if tracing_is_enabled():`, which only an environment that is set up for LangSmith makes true."""
        file = client.file
        for block in file.block_chain(client.call.block):
            row = file.model.blocks[block]
            if row.kind == "if":
                test = file.model.branches[row.owner].test
                calls = descend(test, through=(ir.Boolean, ir.Comparison))
                if any(_is_call_of(file, part, "tracing_is_enabled") for part in calls):
                    return True
        return False

    def is_injectable_default(self, client: Construction) -> bool:
        """`client or Client()`, `Client() if client is None else client`, `if client is None: client = Client()`."""
        file, reference = client.file, ir.CallRef(client.site)
        for expr in self._defaults(file).alternatives.get(client.site, ()):
            if not isinstance(expr, ir.Conditional):
                return True
            other = expr.orelse if expr.body == reference else expr.body
            given = other != ir.Constant("None") and not isinstance(other, ir.CallRef)
            if given or self._asks_parameter(file, expr.test, file.place(client.call)):
                return True
        return self._replaces_parameter(client) or self._is_other_branch(client)

    @remembered
    def _defaults(self, file: File) -> _Defaults:
        return _Defaults.of(file)

    def _is_other_branch(self, client: Construction) -> bool:
        """`Client(api_key=key)` under an `if`, and this one under its `else`, or the other way round."""
        sides = self._sides_with_key(client.file)
        return any(
            bool(sides.get(owner, _NO_SIDES) - {kind})
            for owner, kind in dict(_branches(client.file, client.call.block)).items()
        )

    @remembered
    def _sides_with_key(self, file: File) -> Mapping[int, frozenset[str]]:
        """The sides of each `if` on which a client is built that gets a key."""
        sides: dict[int, frozenset[str]] = {}
        for client in self._clients.constructions(file):
            for owner, kind in (
                _branches(file, client.call.block) if self._arguments.carry_key(client) else ()
            ):
                sides[owner] = sides.get(owner, _NO_SIDES) | {kind}
        return sides

    def _asks_parameter(self, file: File, test: ir.Expr, place: Placed) -> bool:
        """Whether a test is about a parameter, so that a caller decides."""
        for part in descend(test, through=(ir.Comparison, ir.Unary)):
            if isinstance(part, ir.Name):
                values = self._values.name(file, part.id, place)
                if any(isinstance(value, Parameter) for value in values):
                    return True
        return False

    def _replaces_parameter(self, client: Construction) -> bool:
        file, defaults = client.file, self._defaults(client.file)
        if client.site in defaults.of_parameters:
            return True
        return any(
            self._guarded_by_parameter(file, store) or self._also_passed_in(file, store)
            for store in defaults.stores.get(client.site, ())
        )

    def _also_passed_in(self, file: File, store: ir.Store) -> bool:
        """An attribute that the constructor sets from a parameter, and that is filled later if it was left out."""
        name = store.target.name if isinstance(store.target, ir.Attribute) else ""
        known = self._passed_in.get((file.relative, name))
        if known is None:
            stores = file.stores_by_attribute.get(name, ())
            known = self._passed_in[file.relative, name] = [
                other for other in stores if self._is_passed(file, other)
            ]
        return any(other is not store for other in known[:2])

    def _is_passed(self, file: File, store: ir.Store) -> bool:
        """Whether an attribute may be set to a parameter."""
        values = (
            self._values.of(file, store.value, file.place(store))
            if store.value is not None
            else ()
        )
        return any(isinstance(value, Parameter) for value in values)

    def _guarded_by_parameter(self, file: File, store: ir.Store) -> bool:
        """`if client is None: self.client = Client()` with `client` a parameter."""
        for block in file.block_chain(store.block):
            row = file.model.blocks[block]
            if row.kind in {"if", "else"} and self._asks_parameter(
                file, file.model.branches[row.owner].test, file.place(store)
            ):
                return True
            if row.kind == "scope":
                return False
        return False


class _Defaults(NamedTuple):
    """Where calls of a file stand in the place of something else, by their sites: told once for all of its clients.

    `alternatives` are the expressions of which a call is one side, `of_parameters` the calls that are bound to the name
    of a parameter, `stores` those that are stored in an attribute or item.
    """

    alternatives: Mapping[int, Sequence[ir.Expr]]
    of_parameters: frozenset[int]
    stores: Mapping[int, Sequence[ir.Store]]

    @classmethod
    def of(cls, file: File) -> _Defaults:
        """Those of one file."""
        alternatives: dict[int, list[ir.Expr]] = defaultdict(list)
        for expr in _valued(file):
            sides: Sequence[ir.Expr] = ()
            if isinstance(expr, ir.Boolean) and expr.op == "or":
                sides = expr.values[1:]
            elif isinstance(expr, ir.Conditional):
                sides = (expr.body, expr.orelse)
            for side in sides:
                if isinstance(side, ir.CallRef):
                    alternatives[side.site].append(expr)
        parameters = {
            (row.scope, row.name) for row in file.model.bindings if row.kind == "parameter"
        }
        of_parameters = {
            site
            for row in file.model.bindings
            if row.kind in {"assign", "walrus"} and (row.scope, row.name) in parameters
            for site in _may_be(row.value)
        }
        stores: dict[int, list[ir.Store]] = defaultdict(list)
        for store in file.model.stores:
            for site in _may_be(store.value):
                stores[site].append(store)
        return cls(alternatives, frozenset(of_parameters), stores)


def _may_be(expr: ir.Expr | None) -> Iterator[int]:
    """The calls that an expression is, or may be: `Client(api_key=key) if key else Client()`."""
    for part in alternatives(expr):
        if isinstance(part, ir.CallRef):
            yield part.site


def _is_call_of(file: File, expr: ir.Expr, name: str) -> bool:
    return isinstance(expr, ir.CallRef) and last_name(file.model.calls[expr.site].func) == name


def _branches(file: File, block: int) -> Iterator[tuple[int, str]]:
    """The `if` statements that a block lies under, within its function, each with the side on which it lies."""
    for current in file.block_chain(block):
        row = file.model.blocks[current]
        if row.kind == "scope":
            return
        if row.kind in {"if", "else"}:
            yield row.owner, row.kind


def _valued(file: File) -> Iterator[ir.Expr]:
    """The expressions that give a value to something: bound, stored, returned, passed."""
    yield from (row.value for row in file.model.bindings if row.value is not None)
    yield from (row.value for row in file.model.stores if row.value is not None)
    yield from (row.value for row in file.model.returns if row.value is not None)
    for call in file.model.calls:
        yield call.func
        if isinstance(call.func, ir.Attribute):
            yield call.func.value
        yield from (arg.value for arg in call.args)
