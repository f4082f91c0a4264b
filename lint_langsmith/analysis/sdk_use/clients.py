"""Which expressions are LangSmith clients, where they are built, and what is called on them."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed, last_name
from lint_langsmith.analysis.project.view import in_scope_files
from lint_langsmith.analysis.sdk_use.addresses import Addresses
from lint_langsmith.analysis.sdk_use.bound_names import (
    BoundNames,
    bound_names,
    is_mere_parameter,
    may_be_method,
)
from lint_langsmith.analysis.sdk_use.partials import held_arguments, is_partial
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall, Construction, written
from lint_langsmith.analysis.values.abstract import (
    UNKNOWN,
    ClassRef,
    ExternalAttribute,
    ExternalName,
    Instance,
    Value,
    Values,
    function_of,
)
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.findings import Span
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluator import Evaluator
    from lint_langsmith.sdk.table import SdkTable


class Clients:
    """Clients and their calls in one project."""

    def __init__(self, values: Evaluator) -> None:
        """`values` evaluates expressions."""
        self._project = values.project
        self._view = values.view
        self._values = values
        self.sdk_types = values.sdk_types
        self.addresses = Addresses(values, self.of_project)

    @property
    def _sdk(self) -> SdkTable:
        return self._project.sdk

    # -- classes -----------------------------------------------------------------------------------------------------

    def client_class(self, cls: ExternalName | ClassRef) -> str | None:
        """The canonical name of the client class that `cls` is, derives from, or is a made-up name of."""
        return self.sdk_types.client_class(cls)

    def is_client(self, value: Value) -> bool:
        """Whether a value is a LangSmith client."""
        return self.sdk_types.is_client(value)

    # -- constructions -----------------------------------------------------------------------------------------------

    @remembered
    def constructions(self, file: File) -> Sequence[Construction]:
        """The calls in a file that build a client."""
        return self._project.faults.contained(
            file.relative, (), lambda: tuple(self._find_constructions(file))
        )

    def construction(self, file: File, site: int) -> Construction | None:
        """The client that the call at `site` builds; None where it builds none."""
        return self._constructions_by_site(file).get(site)

    @remembered
    def _constructions_by_site(self, file: File) -> Mapping[int, Construction]:
        return {built.site: built for built in self.constructions(file)}

    def _find_constructions(self, file: File) -> Iterator[Construction]:
        for site in range(len(file.model.calls)):
            for value in self._values.relevant_only.call(file, site):
                if type(value) is Instance and value.origin == (file, site):
                    cls = self.client_class(value.cls)
                    if cls is not None:
                        yield Construction(
                            file, site, cls, self._written(file, site, value.cls)
                        )
                        break

    def _written(self, file: File, site: int, cls: ExternalName | ClassRef) -> str:
        """What a program calls to build a client: its class, or a function of the SDK."""
        for callee in self._values.relevant_only.callee(file, site):
            if isinstance(callee, ExternalName) and self.sdk_types.built_by(callee) is not None:
                return callee.name.rpartition(".")[2]
        return _class_name(cls)

    def factories(self, file: File) -> Iterator[tuple[Construction, Span]]:
        """Where a client class is handed over to be called, and the place of the class there.

        What a thread or an executor is to pass on stands behind the class, as in a call of it.
        """
        for site, call in enumerate(file.model.calls):
            name = last_name(call.func)
            for number, arg in enumerate(call.args):
                is_named = arg.keyword in _FACTORY_KEYWORDS or name in _FACTORY_CALLS
                is_run = arg.keyword is None and number == _RUNNING.get(name, -1)
                if not (is_named or is_run) or not isinstance(
                    arg.value, (ir.Name, ir.Attribute)
                ):
                    continue
                classes = [
                    (cls, value)
                    for value in self._values.of(file, arg.value, call)
                    if isinstance(value, (ExternalName, ClassRef))
                    and (cls := self.client_class(value)) is not None
                ]
                is_known = is_run and (
                    self.construction(file, site) or self._is_own(file, site)
                )
                if classes and not is_known:
                    cls, value = classes[0]
                    yield Construction(file, site, cls, _class_name(value)), arg.value.span

    def _is_own(self, file: File, site: int) -> bool:
        """Whether a call may run a function of the project."""
        return any(
            function_of(callee) is not None for callee in self._values.callee(file, site)
        )

    # -- calls -------------------------------------------------------------------------------------------------------

    @remembered
    def api_calls(self, file: File) -> tuple[ApiCall, ...]:
        """The calls of SDK methods and functions in a file, in order."""
        return self._project.faults.contained(
            file.relative, (), lambda: tuple(self._find_calls(file))
        )

    def api_calls_at(self, file: File, site: int) -> Sequence[ApiCall]:
        """The calls of the SDK that one call is: a function that is handed over may be called as well."""
        return self._calls_by_site(file).get(site, ())

    @remembered
    def _calls_by_site(self, file: File) -> Mapping[int, Sequence[ApiCall]]:
        found: dict[int, list[ApiCall]] = defaultdict(list)
        for call in self.api_calls(file):
            found[call.site].append(call)
        return found

    def api_calls_with(self, file: File, block: int, argument: str) -> Sequence[ApiCall]:
        """The calls of the SDK in a block, in order, that get an argument which is written so (`written`)."""
        return self._calls_by_argument(file).get((block, argument), ())

    @remembered
    def _calls_by_argument(self, file: File) -> Mapping[tuple[int, str], Sequence[ApiCall]]:
        found: dict[tuple[int, str], list[ApiCall]] = defaultdict(list)
        for call in sorted(self.api_calls(file), key=lambda call: call.span):
            for name in {written(arg.value) for arg in call.call.args}:
                found[call.call.block, name].append(call)
        return found

    def of_project(self) -> Iterator[Construction]:
        """The calls of all files of the project that are not tests which build a client."""
        for file in in_scope_files(self._project, self._view):
            yield from self.constructions(file)

    def api_calls_of_project(self) -> Iterator[ApiCall]:
        """The API calls of all files of the project that are not tests."""
        for file in in_scope_files(self._project, self._view):
            yield from self.api_calls(file)

    @remembered
    def sites(self, file: File) -> frozenset[int]:
        """The sites of the calls of the SDK and of the constructions of clients in a file."""
        calls = {found.site for found in self.api_calls(file)}
        return frozenset(calls.union(built.site for built in self.constructions(file)))

    def _find_calls(self, file: File) -> Iterator[ApiCall]:
        for site, call in enumerate(file.model.calls):
            # A method that is called by the name of a parameter counts where it is handed over.
            if not self._calls_parameter(file, call):
                for callee in self._asked(file, call.func, call):
                    found = self._api_call(file, site, callee)
                    if found is not None:
                        yield found
                        break
            yield from self._handed_over(file, site)
            yield from self._remote_nodes(file, site)

    def _remote_nodes(self, file: File, site: int) -> Iterator[ApiCall]:
        """`builder.add_node("child", RemoteGraph(…))`: the graph is invoked wherever the one around it runs."""
        call = file.model.calls[site]
        if last_name(call.func) != "add_node":
            return
        for arg in call.args:
            for value in self._values.relevant_only.of(file, arg.value, call):
                if isinstance(value, Instance) and value.cls == _REMOTE_GRAPH:
                    invoked = ExternalAttribute(value, "invoke")
                    found = self._api_call(file, site, invoked)
                    if found is not None and found.method is not None:
                        yield found._replace(handed=arg.value, by_object=True)

    def _calls_parameter(self, file: File, call: ir.Call) -> bool:
        if not isinstance(call.func, ir.Name):
            return False
        if call.func.id not in self.names(file).parameters:
            return False
        found = lookup(file, call.func.id, call)
        return bool(found) and all(map(is_mere_parameter, found))

    @remembered
    def names(self, file: File) -> BoundNames:
        """What the names of a file may stand for, by their bindings alone."""
        return bound_names(file)

    def _asked(self, file: File, expr: ir.Expr, place: Placed) -> Values:
        """The values of what may be an SDK method: what the files near LangSmith tell, for its names what all tell."""
        found = self._values.relevant_only.of(file, expr, place)
        if self._method_name(file, expr) in self._sdk_names and UNKNOWN in found:
            return self._values.of(file, expr, place)
        return found

    def _method_name(self, file: File, expr: ir.Expr) -> str:
        """The last name of an expression, of a partial that of what it holds."""
        if isinstance(expr, ir.CallRef) and is_partial(file, expr):
            return last_name(file.model.calls[expr.site].args[0].value)
        return last_name(expr)

    @functools.cached_property
    def _sdk_names(self) -> frozenset[str]:
        """The methods of clients whose names are not everybody's."""
        return frozenset(
            name
            for cls in self._sdk.langsmith_clients
            for name in self._sdk.methods(cls)
            if "_" in name
        )

    def _handed_over(self, file: File, site: int) -> Iterator[ApiCall]:
        """Methods passed to another call, which makes the call: a thread, an executor, a retry helper."""
        call = file.model.calls[site]
        methods = [arg.value for arg in call.args if self._may_be_method(file, arg.value, call)]
        callees = self._values.relevant_only.callee(file, site) if methods else ()
        if any(
            isinstance(callee, ExternalName) and callee.name in _KEEPERS for callee in callees
        ):
            return
        for method in methods:
            for value in self._asked(file, method, call):
                found = (
                    self._api_call(file, site, value)
                    if isinstance(value, (ExternalAttribute, ExternalName))
                    else None
                )
                if found is not None and found.method is not None:
                    yield found._replace(handed=method)
                    break

    def _may_be_method(self, file: File, expr: ir.Expr, call: ir.Call) -> bool:
        """Whether an argument has the form of a method that is passed on: `client.read_run`, a name, a partial."""
        if isinstance(expr, ir.Attribute):
            return True
        if isinstance(expr, ir.CallRef):
            return is_partial(file, expr)
        if not isinstance(expr, ir.Name) or expr.id not in self.names(file).methods:
            return False
        return any(may_be_method(file, binding) for binding in lookup(file, expr.id, call))

    def arguments(self, call: ApiCall) -> tuple[ir.Argument, ...]:
        """The arguments that a method gets: those of the call, and those that a `functools.partial` of it holds."""
        return (
            *call.call.args,
            *held_arguments(call.file, call.handed or call.call.func, call.call),
        )

    def _api_call(self, file: File, site: int, callee: Value) -> ApiCall | None:
        if isinstance(callee, ExternalAttribute):
            owner = self.sdk_types.sdk_class(callee.receiver)
            if owner is None:
                return None
            return ApiCall(
                file,
                site,
                owner,
                callee.name,
                self.sdk_types.method(callee),
                callee.receiver.origin,
            )
        if isinstance(callee, ExternalName) and callee.name.startswith("lang"):
            function = self._sdk.function(callee.name)
            if function is not None:
                return ApiCall(file, site, "", callee.name.rpartition(".")[2], function, None)
        return None


# What calls a class that it is given: fields of data classes, containers of dependencies, threads.
_FACTORY_KEYWORDS: Final = frozenset({"default_factory", "factory"})
_FACTORY_CALLS: Final = frozenset(
    {"Singleton", "ThreadSafeSingleton", "Factory", "ThreadLocalSingleton"}
)
# Calls that run in a thread or a process what they get, by its position among their arguments.
_RUNNING: Final = {
    **dict.fromkeys(("submit", "to_thread", "map", "imap", "apply", "apply_async"), 0),
    "run_in_executor": 1,
}
_REMOTE_GRAPH: Final = ExternalName("langgraph.pregel.remote.RemoteGraph")
# Calls that keep a method for later, or only look at it: what they give is called elsewhere.
_KEEPERS: Final = frozenset(
    {
        *(
            "functools.partial",
            "functools.partialmethod",
            "functools.wraps",
            "functools.update_wrapper",
        ),
        *("builtins.print", "builtins.repr", "builtins.callable", "builtins.isinstance"),
        *("inspect.signature", "inspect.iscoroutinefunction", "unittest.mock.patch.object"),
    },
)


def _class_name(cls: ExternalName | ClassRef) -> str:
    if isinstance(cls, ExternalName):
        return cls.name.rpartition(".")[2]
    return cls.file.model.scopes[cls.scope].name
