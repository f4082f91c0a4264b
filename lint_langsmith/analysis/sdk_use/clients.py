"""Which expressions are LangSmith clients, where they are built, and what is called on them."""

from __future__ import annotations

import functools
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed, is_test, last_name, parts
from lint_langsmith.analysis.project.view import in_scope_files
from lint_langsmith.analysis.project.words import LOADERS
from lint_langsmith.analysis.sdk_use.addresses import Addresses
from lint_langsmith.analysis.sdk_use.bound_names import (
    BoundNames,
    bound_names,
    is_mere_parameter,
    may_be_code,
    may_be_method,
)
from lint_langsmith.analysis.sdk_use.partials import held_arguments, is_partial
from lint_langsmith.analysis.values import objects
from lint_langsmith.analysis.values.abstract import (
    UNKNOWN,
    Bound,
    ClassRef,
    ExternalAttribute,
    ExternalName,
    FunctionRef,
    Group,
    Instance,
    Parameter,
    Table,
    Unknown,
    Value,
    Values,
    function_of,
)
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.findings import Span
from lint_langsmith.remembered import remembered
from lint_langsmith.sdk.variables import KEYS

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluator import Evaluator
    from lint_langsmith.sdk.table import Method, SdkTable


# What builds a client of its own accord: LangChain's tracer and its hub, the SDK's evaluation and its `RunTree`.
Builder: TypeAlias = Literal["tracer", "hub", "evaluation", "run tree"]


class Construction(NamedTuple):
    """A call that builds a client. `cls` is the SDK's class by canonical name; `written` is what the source names.

    `builder` says what builds it, where that is not the call itself.
    """

    file: File
    site: int
    cls: str
    written: str
    builder: Builder | None = None

    @property
    def call(self) -> ir.Call:
        """The call itself."""
        return self.file.model.calls[self.site]

    @property
    def arguments(self) -> tuple[ir.Argument, ...]:
        """Its arguments, those of a dict that stands in it (`**{"api_key": key}`), and of the partial that it calls."""
        own = itertools.chain.from_iterable(map(_unpacked, self.call.args))
        return (*own, *held_arguments(self.file, self.call.func, self.call))

    def argument(self, *names: str) -> ir.Expr | None:
        """The value passed for the first of the keywords that is passed."""
        for arg in self.arguments:
            if arg.keyword in names:
                return arg.value
        return None

    @property
    def unpacks(self) -> bool:
        """Whether arguments are passed as `*args` or `**kwargs`, so that any may be among them."""
        return any(arg.stars for arg in self.arguments)


def _unpacked(arg: ir.Argument) -> Iterator[ir.Argument]:
    """What a dict that stands in a call passes; the argument itself where it is none, or its keys are not known."""
    shown = arg.value
    if arg.stars != 2 or not isinstance(shown, ir.Mapping):
        yield arg
        return
    for key, value in zip(shown.keys, shown.values, strict=True):
        if isinstance(key, ir.Text):
            yield ir.Argument(value, key.value, 0)
        else:
            yield arg


class ApiCall(NamedTuple):
    """A call of an SDK method or function. `method` is None for one that the SDK does not have.

    `owner` is the canonical class, empty for a function; `origin` where the client was built, if that is known.
    `handed` is the method as it is passed, when the call at `site` gets it to call it: `to_thread(client.read_run)`;
    with `by_object` the object of which a method is called: `add_node("child", remote_graph)`.
    """

    file: File
    site: int
    owner: str
    name: str
    method: Method | None
    origin: tuple[File, int] | None
    handed: ir.Expr | None = None
    by_object: bool = False

    @property
    def call(self) -> ir.Call:
        """The call itself."""
        return self.file.model.calls[self.site]

    @property
    def _named(self) -> ir.Expr:
        """What is called, as its author reads it: of a partial what it holds, of an object made here its class."""
        if not isinstance(self.handed, ir.CallRef):
            return self.handed or self.call.func
        made = self.file.model.calls[self.handed.site]
        return made.func if self.by_object else made.args[0].value

    @property
    def span(self) -> Span:
        """The called name: a region short enough to lie on one line of a pull request."""
        func = self._named
        if self.handed is not None and isinstance(func, (ir.Attribute, ir.Name)):
            return func.span
        if isinstance(func, ir.Attribute) and func.span.line != func.span.end_line:
            return func.name_span
        return self.call.callee_span

    @property
    def takes_share_token(self) -> bool:
        """Whether the method reads what is shared by a link, for which no key and no permission is asked."""
        return self.name.startswith(("read_shared_", "list_shared_"))

    @property
    def label(self) -> str:
        """The call as its author reads it, without arguments."""
        func = self._named
        if self.by_object and isinstance(func, (ir.Attribute, ir.Name)):
            return f"{_spelled(func, self.file)}.{self.name}()"
        # A function goes by the name that the file has for it; a method under another name by its own.
        is_spelled = isinstance(func, ir.Attribute) or (
            not self.owner and isinstance(func, ir.Name)
        )
        return f"{_spelled(func, self.file)}()" if is_spelled else f"{self.name}()"


class Clients:
    """Clients and their calls in one project."""

    def __init__(self, values: Evaluator, whole_values: Evaluator) -> None:
        """`values` evaluates expressions; `whole_values` may look into every file."""
        self._project = values.project
        self._view = values.view
        self._values = values
        self._whole_values = whole_values
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
        if call.func.id not in self._names(file).parameters:
            return False
        found = lookup(file, call.func.id, call)
        return bool(found) and all(map(is_mere_parameter, found))

    @remembered
    def _names(self, file: File) -> BoundNames:
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
        if not isinstance(expr, ir.Name) or expr.id not in self._names(file).methods:
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

    # -- what others get from a file ---------------------------------------------------------------------------------

    def carried_names(self, file: File) -> Iterator[str]:
        """Names of a module through which an importer comes by a client."""
        values = self._values
        idle = _Idle(set(), set())
        for (scope, name), bindings in file.bindings.items():
            if scope != 0 or bindings[0].kind in {"import", "star-import"}:
                continue
            if all(map(_binds_data, bindings)):
                continue
            if self._carries(values.exported(file, name), idle):
                yield name
        for cls in range(len(file.model.scopes)):
            if file.model.scopes[cls].kind == "class":
                yield from self._carrying_attributes(ClassRef(file, cls))

    def indirectly_relevant(self) -> frozenset[str]:
        """The files that use what the files in scope carry and are not among them yet.

        Of tests only those matter that have to do with LangSmith themselves: they use everything, and may fail.
        """
        project, in_scope = self._project, self._view.in_scope
        found: set[str] = set()
        for carrier in in_scope_files(project, self._view):
            importers = [
                other
                for other in project.imports.importers(carrier.relative)
                if other not in in_scope and not is_test(other)
            ]
            words = tuple(self.carried_names(carrier)) if importers else ()
            for other in importers:
                if any(project.mentions(other, word) for word in words):
                    found.add(other)
            found.update(self._loading_later(carrier.relative))
            found.update(file.relative for file in self.receivers(carrier) if not file.is_test)
            readers = project.holding(tuple(self.kept_as(carrier))).values()
            found.update(other for names in readers for other in names if not is_test(other))
        return frozenset(found - in_scope)

    def _loading_later(self, name: str) -> Iterator[str]:
        """The programs that load variables and import a file that may look for the key when it is imported."""
        project = self._project
        if any(project.mentions(name, word) for word in ("Client", *KEYS)):
            for other in project.imports.importers(name):
                if not is_test(other) and any(
                    project.mentions(other, word) for word in LOADERS
                ):
                    yield other

    def kept_as(self, file: File) -> Iterator[str]:
        """What stands in code that reads a client which a file puts into the state of a framework."""
        values = self._values
        for name, rows in values.kept_by_name.items():
            own = [row for row in rows if row.file is file]
            if any(map(self.is_client, values.in_states(own))):
                yield from objects.spellings(name)

    def receivers(self, file: File) -> Iterator[File]:
        """The files of the functions and classes that a file hands a client to, itself or by a pool or partial."""
        for call in file.model.calls:
            given = [part for arg in call.args for part in parts(arg.value)]
            if not given:
                continue
            # Most calls are of what is known: what they are given need not be.
            elsewhere = [
                expr
                for expr in self._code_of(file, call, given)
                if self._may_be_elsewhere(file, expr, call)
            ]
            if elsewhere and any(
                self._is_client_expression(file, part, call) for part in given
            ):
                for expr in elsewhere:
                    yield from self._homes(file, expr, call)

    def _code_of(
        self, file: File, call: ir.Call, given: Iterable[ir.Expr]
    ) -> Iterator[ir.Expr]:
        """What a call may run: what is called, and what that is given, unless it is the project's and says itself."""
        yield call.func
        found = self._values.of(file, call.func, call)
        if not all(isinstance(value, (FunctionRef, ClassRef)) for value in found):
            yield from (part for part in given if self._may_be_code(file, part, call))

    def _may_be_code(self, file: File, expr: ir.Expr, call: ir.Call) -> bool:
        """Whether an argument may be a function or class: most names are of data, for which callers lead far away."""
        if not isinstance(expr, ir.Name):
            return isinstance(expr, ir.Attribute)
        return expr.id in self._names(file).code and any(
            map(may_be_code, lookup(file, expr.id, call))
        )

    def _is_client_expression(self, file: File, expr: ir.Expr, call: ir.Call) -> bool:
        plain = isinstance(expr, (ir.Name, ir.Attribute, ir.CallRef))
        return plain and any(map(self.is_client, self._values.of(file, expr, call)))

    def _homes(self, file: File, expr: ir.Expr, call: ir.Call) -> Iterator[File]:
        for value in self._whole_values.of(file, expr, call):
            target = value.function if isinstance(value, Bound) else value
            if isinstance(target, (FunctionRef, ClassRef)) and target.file is not file:
                yield target.file

    def _may_be_elsewhere(self, file: File, expr: ir.Expr, call: ir.Call) -> bool:
        """Whether the files near LangSmith do not say themselves what an expression is."""
        if not isinstance(expr, (ir.Name, ir.Attribute)):
            return False
        found = self._values.of(file, expr, call)
        return any(isinstance(value, (Parameter, Unknown)) for value in found)

    def _carries(self, found: Values, idle: _Idle) -> bool:
        """Whether values bring a client, or an exception of the SDK: a handler elsewhere may name it."""
        for value in found:
            if value in idle.values:
                continue
            if self._brings(value, idle):
                return True
            idle.values.add(value)
        return False

    def _brings(self, value: Value, idle: _Idle) -> bool:
        if isinstance(value, FunctionRef):
            return any(map(self.is_client, self._values.results(value)))
        if isinstance(value, (ClassRef, ExternalName)) and self.client_class(value) is not None:
            return True
        contents = _contents(value).difference(idle.contents)
        if any(self.is_client(item) or _is_error(item) for item in contents):
            return True
        idle.contents.update(contents)
        return any(map(self.is_client, self._values.held_by(value)))

    def _carrying_attributes(self, cls: ClassRef) -> Iterator[str]:
        """Attributes of a class of the project that hold or give a client."""
        file = cls.file
        names = {*file.stores_by_attribute, *file.names_by_scope.get(cls.scope, ())}
        for name in names & self._values.attribute_names(cls):
            found = self._values.attribute(Instance(cls), name)
            functions = [value.function for value in found if isinstance(value, Bound)]
            results = [
                result for function in functions for result in self._values.results(function)
            ]
            if any(map(self.is_client, (*found, *results))):
                yield name


_ERRORS_OF: Final = ("langsmith.", "langgraph_sdk.")
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


class _Idle(NamedTuple):
    """Values that are known to bring no client, and those that are none, of collections.

    Each of thousands of names may stand for the same hundreds of values.
    """

    values: set[Value]
    contents: set[Value]


def _binds_data(row: ir.Binding) -> bool:
    """Whether a binding gives its name a text or a number: most names of a large module have nothing else."""
    return row.kind == "assign" and row.annotation is None and ir.is_data(row.value)


def _contents(value: Value) -> set[Value]:
    """What is in a collection; any other value itself."""
    if isinstance(value, Group):
        return set(itertools.chain.from_iterable(value.items))
    return (
        {found for _, values in value.items for found in values}
        if isinstance(value, Table)
        else {value}
    )


def _is_error(value: Value) -> bool:
    """Whether a value is an exception class of the SDK, or has one in it."""
    if isinstance(value, Group):
        return any(_is_error(item) for items in value.items for item in items)
    return (
        isinstance(value, ExternalName)
        and value.name.startswith(_ERRORS_OF)
        and value.name.endswith("Error")
    )


def written(expr: ir.Expr) -> str:
    """How a name, an attribute or a text is written; empty for other expressions."""
    if isinstance(expr, ir.Attribute):
        owner = written(expr.value)
        return owner and f"{owner}.{expr.name}"
    if isinstance(expr, ir.Name):
        return expr.id
    return repr(expr.value) if isinstance(expr, ir.Text) else ""


def _class_name(cls: ExternalName | ClassRef) -> str:
    if isinstance(cls, ExternalName):
        return cls.name.rpartition(".")[2]
    return cls.file.model.scopes[cls.scope].name


def _spelled(expr: ir.Expr, file: File) -> str:
    """The dotted spelling of an expression, calls and items without their insides; `…` for other parts."""
    if isinstance(expr, ir.Name):
        return expr.id
    if isinstance(expr, ir.Attribute):
        return f"{_spelled(expr.value, file)}.{expr.name}"
    if isinstance(expr, ir.CallRef):
        return f"{_spelled(file.model.calls[expr.site].func, file)}()"
    if isinstance(expr, ir.Subscript):
        return f"{_spelled(expr.value, file)}[…]"
    return "…"
