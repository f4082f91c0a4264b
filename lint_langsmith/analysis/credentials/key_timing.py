"""When a key gets into the environment, and when a program looks for it there: the order of the two.

Executed on 0.1.147 to 0.15.0: importing langsmith and decorating functions look at nothing; building a client reads the
key, and that client never looks again.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.environment.variables import EVERYTHING
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.values.abstract import (
    ClassRef,
    Environment,
    FunctionRef,
    blank_defaults,
)
from lint_langsmith.analysis.values.call_graph import RUNS
from lint_langsmith.findings import Span
from lint_langsmith.remembered import remembered
from lint_langsmith.sdk.variables import KEYS

if TYPE_CHECKING:
    from lint_langsmith.analysis.credentials.evidence import Evidence
    from lint_langsmith.analysis.entry_points.entry_points import EntryPoints
    from lint_langsmith.analysis.environment.variables import Environment as Variables
    from lint_langsmith.analysis.environment.writes import Setting
    from lint_langsmith.analysis.sdk_use.clients import Clients
    from lint_langsmith.analysis.values.evaluator import Evaluator


_HEADERS: Final = frozenset({"x-api-key", "authorization"})


class KeySupply(NamedTuple):
    """A point at which a key gets into the environment, or may: `label` is what does it.

    `is_load` where variables come from elsewhere; `calls` are the functions of the project that do it there.
    """

    file: File
    scope: int
    block: int
    span: Span
    label: str
    is_load: bool = False
    calls: tuple[FunctionRef, ...] = ()


class Demand(NamedTuple):
    """A point at which a key is looked for in the environment: a client is built, or the variable is read.

    `span` is where a finding goes, `label` what happens there; `source` is the place in an imported module that does
    it when the statement at `span` imports that module.
    """

    file: File
    scope: int
    block: int
    span: Span
    label: str
    source: tuple[File, Span] | None = None


class KeyTiming:
    """The supplies and demands of one project."""

    def __init__(
        self,
        values: Evaluator,
        clients: Clients,
        environment: Variables,
        evidence: Evidence,
        entry_points: EntryPoints,
    ) -> None:
        """`project` has the environment and the clients."""
        self._project = values.project
        self._view = values.view
        self._values = values
        self._clients = clients
        self._environment = environment
        self._evidence = evidence
        self._entry_points = entry_points
        self._supplies: dict[str, tuple[KeySupply, ...]] = {}

    def of(self, file: File) -> tuple[KeySupply, ...]:
        """The supplies of a file, wherever in it, in order of place."""
        known = self._supplies.get(file.relative)
        if known is None:
            self._supplies[file.relative] = ()
            known = self._project.faults.contained(
                file.relative,
                (),
                lambda: tuple(sorted(self._find(file), key=lambda supply: supply.span)),
            )
            self._supplies[file.relative] = known
        return known

    def by_package(self, file: File) -> bool:
        """Whether a package that a module is in brings the key in when it is imported."""
        parts = file.module.split(".")[:-1]
        for size in range(1, len(parts) + 1):
            dotted = ".".join(parts[:size])
            package = self._project.find_module(dotted, within=self._environment.active_modules)
            if package is None or package is file:
                continue
            if _supplies_key(self._environment.on_import(package)):
                return True
        return False

    def _find(self, file: File) -> Iterator[KeySupply]:
        environment = self._environment
        for setting in environment.settings(file):
            if setting.name not in KEYS or setting.how not in {"set", "default", "define"}:
                continue
            if setting.place is not None:
                if self._is_its_own_value(setting):
                    continue
                yield KeySupply(
                    file,
                    setting.place.scope,
                    setting.place.block,
                    setting.span,
                    f"the assignment of `{setting.name}`",
                )
            elif setting.group in {"%env", "%set_env"}:
                yield KeySupply(file, 0, 0, setting.span, f"`{setting.group} {setting.name}`")
        for load in environment.loads(file):
            # What writes names that are not in the source may load a file, or do anything else.
            is_load = load.name != "os.environ"
            yield KeySupply(
                file, load.place.scope, load.place.block, load.span, _call(load.name), is_load
            )
        for row in file.model.environment_files if file.kind == "notebook" else ():
            yield KeySupply(file, 0, 0, row.span, f"`{row.group}`")
        for site, call in enumerate(file.model.calls):
            effects = environment.of_call(file, site)
            if _supplies_key(effects):
                label = _call(file.source(call.callee_span))
                is_load = EVERYTHING in effects
                functions = tuple(self._functions(file, site))
                yield KeySupply(
                    file, call.scope, call.block, call.span, label, is_load, functions
                )
        for binding, module in environment.imported(file, within=environment.active_modules):
            if _supplies_key(environment.on_import(module)):
                label = f"the import of {module.relative}"
                yield KeySupply(file, binding.scope, binding.block, binding.span, label)

    def _is_its_own_value(self, setting: Setting) -> bool:
        """Whether a variable is set to what it has already, which brings nothing in."""
        if setting.expr is None or setting.place is None:
            return False
        found = self._values.of(setting.file, setting.expr, setting.place)
        return bool(found) and all(
            blank_defaults(value, setting.name) is not None for value in found
        )

    def _functions(self, file: File, site: int) -> Iterator[FunctionRef]:
        return (
            edge.callee
            for edge in self._values.call_graph.calls(file, site)
            if edge.kind in RUNS
        )

    # -- demands -----------------------------------------------------------------------------------------------------

    def demands(self, file: File) -> Iterator[Demand]:
        """Where a file itself looks for a key, or imports a module that does so at once."""
        yield from self._own(file)
        yield from self._kept_by_calls(file)
        # What builds clients or names the key's variable has to do with LangSmith.
        for binding, module in self._environment.imported(file, within=self._view.in_scope):
            for demand in self._at_import(module):
                yield Demand(
                    file,
                    binding.scope,
                    binding.block,
                    binding.span,
                    f"{demand.label} by the import of {module.relative}",
                    (demand.file, demand.span),
                )

    def _own(self, file: File) -> Iterator[Demand]:
        evidence = self._evidence
        for client in self._clients.constructions(file):
            call = client.call
            value = client.argument("api_key")
            if value is not None and self._is_read_here(file, value, call):
                yield Demand(file, call.scope, call.block, call.callee_span, "the key is read")
            elif not evidence.arguments.carry_key(client) and value is None:
                yield Demand(
                    file,
                    call.scope,
                    call.block,
                    call.callee_span,
                    f"`{client.written}()` is created",
                )
        yield from self._kept(file)

    def _kept_by_calls(self, file: File) -> Iterator[Demand]:
        """Calls at the top of a module of what keeps the key, as `self.key = os.getenv("LANGSMITH_API_KEY")`."""
        if not self._keepers:
            return
        for site, call in enumerate(file.model.calls):
            if file.function_of(call.scope) or not self._runs_at_import(file, call.block):
                continue
            edges = self._values.call_graph.calls(file, site)
            roots = [edge.callee for edge in edges if edge.kind in RUNS]
            reached = self._values.call_graph.reachable(roots, RUNS)
            if any(function in self._keepers for function in reached):
                label = f"`{file.source(call.callee_span)}()` reads the key"
                yield Demand(file, call.scope, call.block, call.callee_span, label)

    @functools.cached_property
    def _keepers(self) -> frozenset[FunctionRef]:
        """The functions that read the key into an attribute of an object."""
        found: set[FunctionRef] = set()
        for name in sorted(frozenset().union(*self._project.holding(KEYS).values())):
            file = self._project.try_load(name)
            for store in file.model.stores if file is not None and not file.is_test else ():
                scope = file.function_of(store.scope) if file is not None else 0
                if file is None or not scope or not isinstance(store.target, ir.Attribute):
                    continue
                value = store.value
                if isinstance(value, (ir.CallRef, ir.Subscript)) and self._is_key(
                    file, value, store
                ):
                    found.add(FunctionRef(file, scope))
        return frozenset(found)

    def _is_read_here(self, file: File, value: ir.Expr, call: ir.Call) -> bool:
        """`Client(api_key=os.getenv("LANGSMITH_API_KEY"))`."""
        return isinstance(value, (ir.CallRef, ir.Subscript)) and self._is_key(file, value, call)

    def _is_key(self, file: File, value: ir.Expr, row: ir.Call | ir.Binding | ir.Store) -> bool:
        # Asked of every constant; whatever reads a key names its variable, and so is near LangSmith.
        values = self._values.relevant_only.of(file, value, row)
        return any(isinstance(item, Environment) and item.variable in KEYS for item in values)

    def _kept(self, file: File) -> Iterator[Demand]:
        """A module's constant that keeps the key, and that a client or requests get."""
        for binding in file.model.bindings:
            if (
                binding.kind != "assign"
                or file.function_of(binding.scope)
                or binding.value is None
            ):
                continue
            if isinstance(binding.value, ir.Mapping):
                is_kept = self._is_in_headers(file, binding.value, binding)
            elif isinstance(binding.value, (ir.CallRef, ir.Subscript)):
                is_kept = self._is_key(file, binding.value, binding) and self._reaches_client(
                    file, binding.name
                )
            else:
                continue
            if is_kept:
                label = f"the key is read into `{binding.name}`"
                yield Demand(file, binding.scope, binding.block, binding.span, label)

    def _is_in_headers(self, file: File, mapping: ir.Mapping, binding: ir.Binding) -> bool:
        """Whether a dict holds the key as the header of requests to LangSmith."""
        return any(
            isinstance(key, ir.Text)
            and key.value.lower() in _HEADERS
            and isinstance(value, (ir.CallRef, ir.Subscript))
            and self._is_key(file, value, binding)
            for key, value in zip(mapping.keys, mapping.values, strict=True)
        )

    def _reaches_client(self, file: File, name: str) -> bool:
        return any(name in self._given(other) for other in self._environment.users(file, name))

    @remembered
    def _given(self, file: File) -> frozenset[str]:
        """The last names of what the clients of a file get as their keys."""
        values = [client.argument("api_key") for client in self._clients.constructions(file)]
        names = {value.id for value in values if isinstance(value, ir.Name)}
        names |= {value.name for value in values if isinstance(value, ir.Attribute)}
        return frozenset(names)

    def _at_import(self, module: File) -> Iterator[Demand]:
        """What a module looks for while it is imported, before anything in it supplies a key."""
        demands = [*self._own(module)]
        if not demands:
            return  # most modules: what they supply need not be known, which takes long
        first = min(
            (
                supply.span
                for supply in self.of(module)
                if module.function_of(supply.scope) == 0
            ),
            default=None,
        )
        for demand in demands:
            at = self._reached_at_import(module, demand)
            if at is not None and (first is None or at < first):
                yield demand

    def _reached_at_import(self, module: File, demand: Demand) -> Span | None:
        """Where the import of a module comes to a demand: at it, or at a call of the function that it stands in."""
        scope = module.function_of(demand.scope)
        if scope == 0:
            return demand.span if self._runs_at_import(module, demand.block) else None
        calls = (
            call.span
            for site, call in enumerate(module.model.calls)
            if module.function_of(call.scope) == 0
            and self._runs_at_import(module, call.block)
            and self._runs(module, site, scope)
        )
        return min(calls, default=None)

    def _runs_at_import(self, module: File, block: int) -> bool:
        guards = self._entry_points.main_guards(module)
        return not set(guards).intersection(module.block_chain(block))

    def _runs(self, module: File, site: int, scope: int) -> bool:
        """Whether a call runs a function of the same module, or makes an object of the class whose `__init__` it is."""
        row = module.model.scopes[scope]
        owner = module.model.scopes[row.parent]
        for callee in self._values.callee(module, site):
            if isinstance(callee, ClassRef) and callee.file is module:
                if (
                    callee.scope == row.parent
                    and owner.kind == "class"
                    and row.name == "__init__"
                ):
                    return True
            elif (
                isinstance(callee, FunctionRef)
                and callee.file is module
                and callee.scope == scope
            ):
                return True
        return False


def _supplies_key(effects: frozenset[str]) -> bool:
    return EVERYTHING in effects or not effects.isdisjoint(KEYS)


def _call(name: str) -> str:
    return f"`{name}()`" if name != "os.environ" else "`os.environ[…] = …`"
