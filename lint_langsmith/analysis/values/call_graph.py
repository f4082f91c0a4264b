"""The call graph of one project: which function runs which, by which kind of edge, and what can be reached along them.

Nodes are functions; the function with scope 0 of a file is its module, whose statements run when it is imported. An
edge is a place in one function that runs another, and has one of these kinds:

- *direct*: a call of a function by a name that stands for it;
- *method*: a call of a method on a receiver whose class has it, or inherits it;
- *override*: a call of a method in whose place a derived class may have the one that is run;
- *constructor*: a call of a class, which runs its `__init__` and the like;
- *callback*: a call that gets the function as an argument, and may run it or have it run: a thread, a task, an
  executor, a retry mechanism, a function of the project.

What runs a function without any call of the project (a route, a task queue, a test) is an entry point, which
`entry_points/` knows. The *callees* of a function are what it calls, its *callers* what calls it; what is *reachable*
is the closure of either.
"""

from __future__ import annotations

import functools
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.fixed_point import closure
from lint_langsmith.analysis.ir.model import (
    Argument,
    Attribute,
    Call,
    Expr,
    Lambda,
    Load,
    Name,
    Read,
    Subscript,
    Use,
)
from lint_langsmith.analysis.ir.model import Sequence as Display
from lint_langsmith.analysis.project.file import (
    AttributeRead,
    File,
    Place,
    is_test,
    last_name,
    parts,
)
from lint_langsmith.analysis.project.view import in_scope_files
from lint_langsmith.analysis.values.abstract import (
    UNKNOWN,
    Bound,
    ClassRef,
    ExternalAttribute,
    FunctionRef,
    Instance,
    Value,
    function_of,
)
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluator import Evaluator

EdgeKind: TypeAlias = Literal["direct", "method", "override", "constructor", "callback"]
# The kinds of edges where a function is called by its name.
CALLS: Final[frozenset[EdgeKind]] = frozenset({"direct", "method", "override"})
# Those where it surely runs when the call does.
RUNS: Final[frozenset[EdgeKind]] = CALLS | {"constructor"}
# The calls that surely run a function, and those that may.
_Sites: TypeAlias = "tuple[Sequence[tuple[File, int]], Sequence[tuple[File, int]]]"
# What of a project can be called.
_CODE: Final = frozenset({ClassRef, Bound, FunctionRef})
# Methods that run when the class is called.
CONSTRUCTORS: Final = ("__init__", "__post_init__", "model_post_init", "__new__")


class Edge(NamedTuple):
    """One function runs another: `site` is the row of the call in the file of the caller."""

    kind: EdgeKind
    caller: FunctionRef
    site: int
    callee: FunctionRef


class Reference(NamedTuple):
    """A place where a function is a value, and what the program does with it there."""

    file: File
    expr: Name | Attribute | Subscript
    place: Place
    use: Use


def class_of(function: FunctionRef) -> ClassRef | None:
    """The class in whose body a function is defined."""
    parent = function.file.model.scopes[function.scope].parent
    if parent < 0 or function.file.model.scopes[parent].kind != "class":
        return None
    return ClassRef(function.file, parent)


def name_of(function: FunctionRef) -> str:
    """The name in the function's definition."""
    return function.file.model.scopes[function.scope].name


def is_constructor(function: FunctionRef) -> bool:
    """Whether a function runs when its class is called."""
    return name_of(function) in CONSTRUCTORS and class_of(function) is not None


def reaches(callee: Value, function: FunctionRef, values: Evaluator) -> bool:
    """Whether a call of `callee` runs `function`: itself, as a constructor, or where a subclass has overridden it."""
    if isinstance(callee, ClassRef):
        return is_constructor(function) and _is_method_of(function, callee, values)
    if isinstance(callee, Bound):
        return callee.function == function or _overrides(function, callee, values)
    return callee == function


def _is_method_of(function: FunctionRef, cls: ClassRef, values: Evaluator) -> bool:
    found = values.attribute(Instance(cls), name_of(function))
    return any(isinstance(value, Bound) and value.function == function for value in found)


def _overrides(function: FunctionRef, callee: Bound, values: Evaluator) -> bool:
    """Whether a method may stand in for the one that a call names: it has its name, in a class derived from its own."""
    own, named = class_of(function), class_of(callee.function)
    if (
        own is None
        or named is None
        or own == named
        or name_of(function) != name_of(callee.function)
    ):
        return False
    if callee.receiver == Instance(named) and name_of(function) in CONSTRUCTORS:
        return False  # `super().__init__()` means the one that it names
    return values.is_derived(own, named) and _may_be(own, callee.receiver, values)


def _may_be(own: ClassRef, receiver: Instance | ClassRef, values: Evaluator) -> bool:
    """Whether a receiver of a declared class may be of the subclass `own`: not where its construction is in sight."""
    if isinstance(receiver, ClassRef) or receiver.origin is not None:
        cls = receiver if isinstance(receiver, ClassRef) else receiver.cls
        return isinstance(cls, ClassRef) and values.is_derived(cls, own)
    return True


def constructor_names(function: FunctionRef, values: Evaluator) -> Iterator[str]:
    """The names by which a constructor is called: those of its class and of the classes derived from it."""
    own = class_of(function)
    if own is not None:
        yield from (name_of(function), "cls")
        yield from (name for name, _ in values.call_graph.derived(own))


def instances(method: FunctionRef, values: Evaluator) -> Iterator[tuple[File, int]]:
    """The calls that make an instance of a class for which `method` is the method of its name."""
    own = class_of(method)
    names = (
        dict.fromkeys(name for name, _ in values.call_graph.derived(own))
        if own is not None
        else ()
    )
    for name in names:
        for file in values.call_graph.possible(method.file, name):
            for site in file.calls_by_name.get(name, ()):
                callees = values.callee(file, site)
                if any(
                    isinstance(made, ClassRef) and _is_method_of(method, made, values)
                    for made in callees
                ):
                    yield file, site


def property_reads(
    function: FunctionRef, values: Evaluator
) -> list[tuple[File, AttributeRead]]:
    """Where the project reads a property that `function` computes; may read it, if no receiver is known."""
    own, name = class_of(function), name_of(function)
    if own is None:
        return []
    graph = values.call_graph
    sure: list[tuple[File, AttributeRead]] = []
    maybe: list[tuple[File, AttributeRead]] = []
    for file in graph.readers(function.file, name, graph.derived_in(function)):
        for read in file.attribute_reads.get(name, ()):
            found = values.of(file, read.expr.value, Place(read.scope, read.block, read.order))
            if any(is_of(value, own, values) for value in found):
                sure.append((file, read))
            elif UNKNOWN in found:
                maybe.append((file, read))
    return sure or maybe


def is_of(value: Value, own: ClassRef, values: Evaluator) -> bool:
    """Whether a value is an object of a class, or of one above or below it."""
    if not isinstance(value, Instance) or not isinstance(value.cls, ClassRef):
        return False
    return values.is_derived(value.cls, own) or values.is_derived(own, value.cls)


def _is_asked(name: str) -> bool:
    """Whether code calls a function by its name: not one that Python itself calls."""
    return bool(name) and (not name.startswith("__") or name == "__init__")


class CallGraph:
    """Who calls the functions of one project, as far as names and values tell, and with what."""

    def __init__(self, values: Evaluator) -> None:
        """`values` has the files and evaluates what is called."""
        self._values = values
        self._project = values.project
        self._view = values.view
        self._derived: dict[tuple[str, str], Sequence[tuple[str, str]]] = {}
        self._far_files: dict[tuple[str, str, tuple[str, ...]], Sequence[str]] = {}

    def sites(self, function: FunctionRef) -> Sequence[tuple[File, int]]:
        """Where the project calls a function of its own, as far as the callee is known."""
        return self.of(function)[0]

    def of(self, function: FunctionRef) -> _Sites:
        """The call sites that surely call a function, and those that may: same name, receiver not known."""
        # What calls itself has no callers on the way to its own.
        found: _Sites = self._values.memo.ask(
            ("callers", function), ((), ()), self._find_callers, function
        )
        return found

    def _find_callers(self, function: FunctionRef) -> _Sites:
        self._depends_on_view()
        sure: list[tuple[File, int]] = []
        maybe: list[tuple[File, int]] = []
        values = self._values
        for file, site in self._candidates(function):
            callees = values.callee(file, site)
            code = [callee for callee in callees if type(callee) in _CODE]
            if code and any(reaches(callee, function, self._values) for callee in code):
                sure.append((file, site))
            elif UNKNOWN not in callees or any(
                isinstance(callee, ExternalAttribute) for callee in callees
            ):
                continue  # `self.client = client or Client()`: what is not known is most likely of the same class
            elif self._may_be(function, file.model.calls[site]):
                maybe.append((file, site))
        return tuple(sure), tuple(maybe)

    def _may_be(self, function: FunctionRef, call: Call) -> bool:
        """Whether a call of something unknown, with the right name, may be one of the function.

        Methods are called on receivers that can't be told; functions of a module on a module that can't be, which is a
        plain name (`module.seed(client)` in a loop over modules).
        """
        if self._is_method(function):
            return not is_constructor(function)
        is_plain = isinstance(call.func, Attribute) and isinstance(call.func.value, Name)
        return is_plain and function.file.model.scopes[function.scope].parent == 0

    def _candidates(self, function: FunctionRef) -> Iterator[tuple[File, int]]:
        """The calls of the names by which a function is called, also of those that a file has for one of them.

        What a package gives another name (`from .routes import init as init_routes`), its importers know by that alone.
        """
        seen: set[tuple[File, int]] = set()
        derived = self.derived_in(function)
        pending = [(function.file, name) for name in self.names_of(function)]
        asked = set(pending)
        while pending:
            home, name = pending.pop(0)
            for file in self.possible(home, name, derived):
                others = sorted(file.other_names.get(name, ()))
                for site in (
                    site
                    for known_as in (name, *others)
                    for site in file.calls_by_name.get(known_as, ())
                ):
                    if (file, site) not in seen:
                        seen.add((file, site))
                        yield file, site
                again = (
                    {(file, other) for other in others} - asked
                    if file.path.stem == "__init__"
                    else set()
                )
                asked |= again
                pending.extend(sorted(again, key=lambda row: row[1]))

    def derived_in(self, function: FunctionRef) -> Sequence[str]:
        """The files with classes that inherit a method: who imports one of them may call it, and know no other."""
        own = class_of(function)
        if own is None:
            return ()
        found: Sequence[str] = self._values.memo.ask(
            ("derived in", own), (), self._find_derived_in, own
        )
        return found

    def _find_derived_in(self, cls: ClassRef) -> Sequence[str]:
        self._depends_on_view()
        derived = {relative for _, relative in self.derived(cls)}
        return tuple(sorted(derived - {cls.file.relative}))

    def _depends_on_view(self) -> None:
        """Tell the evaluation that asks: who calls depends on which files may be looked into, and so does its value."""
        self._values.memo.depend_on_view()

    # -- edges -------------------------------------------------------------------------------------------------------

    def calls(self, file: File, site: int) -> Iterator[Edge]:
        """What a call runs: the functions and methods that the callee may be, and the constructors of classes."""
        caller = FunctionRef(file, file.function_of(file.model.calls[site].scope))
        for callee in self._values.callee(file, site):
            function = function_of(callee)
            if function is not None:
                yield Edge(
                    "method" if isinstance(callee, Bound) else "direct", caller, site, function
                )
            elif isinstance(callee, ClassRef):
                yield from (
                    Edge("constructor", caller, site, made)
                    for made in self._constructors(callee)
                )

    def _constructors(self, cls: ClassRef) -> Iterator[FunctionRef]:
        for name in CONSTRUCTORS:
            for value in self._values.attribute(Instance(cls), name):
                if isinstance(value, Bound):
                    yield value.function

    def callees(self, function: FunctionRef) -> Iterator[Edge]:
        """What the statements of a function run, in their order."""
        for site in function.file.sites_by_function.get(function.scope, ()):
            yield from self.calls(function.file, site)

    def callers(self, function: FunctionRef) -> Sequence[Edge]:
        """What surely runs a function by its name: the calls of it, as a constructor those of its class.

        The module has none: it is run by whoever imports it. Asked once for each function: what many functions lead to
        may be called from as many places.
        """
        found: Sequence[Edge] = self._values.memo.ask(
            ("edges", function), (), self._find_edges, function
        )
        return found

    def _find_edges(self, function: FunctionRef) -> Sequence[Edge]:
        return tuple(
            Edge(self._kind(file, site, function), _around(file, site), site, function)
            for file, site in (self.sites(function) if function.scope else ())
        )

    def takers(self, function: FunctionRef) -> Iterator[Edge]:
        """The calls that get a function as an argument, and may run it or have it run."""
        for file, site in self.hand_overs(function):
            yield Edge("callback", _around(file, site), site, function)

    def _kind(self, file: File, site: int, function: FunctionRef) -> EdgeKind:
        """By which kind of edge a call runs a function."""
        if is_constructor(function):
            return "constructor"
        called = [function_of(callee) for callee in self._values.callee(file, site)]
        if function not in called:
            return "override"
        return "method" if class_of(function) is not None else "direct"

    def reachable(
        self, functions: Iterable[FunctionRef], kinds: frozenset[EdgeKind] = CALLS
    ) -> Iterator[FunctionRef]:
        """Some functions and what they run by edges of these kinds, directly or through others, the nearest first."""

        def successors(function: FunctionRef) -> Iterator[FunctionRef]:
            return (edge.callee for edge in self.callees(function) if edge.kind in kinds)

        return closure(functions, successors, limits.FUNCTIONS)

    def reaching(
        self, functions: Iterable[FunctionRef], kinds: frozenset[EdgeKind] = CALLS
    ) -> Iterator[FunctionRef]:
        """Some functions and what runs them by edges of these kinds, directly or through others, the nearest first.

        Tests run everything and are left out: what they reach says nothing of the program.
        """

        def predecessors(function: FunctionRef) -> Iterator[FunctionRef]:
            edges = chain(
                self.callers(function), self.takers(function) if "callback" in kinds else ()
            )
            return (
                edge.caller
                for edge in edges
                if edge.kind in kinds and not edge.caller.file.is_test
            )

        return closure(functions, predecessors, limits.FUNCTIONS)

    # -- classes -----------------------------------------------------------------------------------------------------

    def derived(self, cls: ClassRef) -> Sequence[tuple[str, str]]:
        """The names and files of a class and of those that are derived from it, as far as names tell."""
        self._depends_on_view()
        key = (cls.file.model.scopes[cls.scope].name, cls.file.relative)
        known = self._derived.get(key)
        if known is None:
            pending, found = [key], dict.fromkeys([key])
            while pending:
                new = self._directly_derived(*pending.pop()) - found.keys()
                found.update(dict.fromkeys(sorted(new)))
                pending.extend(sorted(new))
            known = tuple(found)
            self._derived[key] = known
        return known

    def _directly_derived(self, name: str, relative: str) -> frozenset[tuple[str, str]]:
        """The classes near LangSmith, or in what imports the class, that name it among their bases."""
        found = set(self.subclasses.get(name, ()))
        for importer in (
            self._importers_that_read(relative, name) if not self._view.is_narrow else ()
        ):
            if not is_test(importer):
                found.update(
                    (derived, importer) for derived in self._derived_there(importer, name)
                )
        return frozenset(found)

    def _derived_there(self, relative: str, name: str) -> Iterator[str]:
        """The classes of a file that name a class among their bases."""
        known = self._project.derived(relative, name)
        if known is not None:
            yield from known
            return
        file = self._project.try_load(relative)
        for scope in file.model.scopes if file is not None else ():
            if any(last_name(base) == name for base in scope.bases):
                yield scope.name

    @functools.cached_property
    def subclasses(self) -> Mapping[str, frozenset[tuple[str, str]]]:
        """The classes that name a class among their bases, by its name: each with the path of its file."""
        table: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for file in in_scope_files(self._project, self._view):
            for scope in file.model.scopes:
                for base in scope.bases:
                    table[last_name(base)].add((scope.name, file.relative))
        return {name: frozenset(found) for name, found in table.items()}

    def readers(self, file: File, name: str, derived: Sequence[str] = ()) -> Iterator[File]:
        """The files that may read an attribute of that name of an object whose class `file` defines; no tests.

        They are the file itself, those near LangSmith, and those that import it or a file of `derived`, which has a
        class that inherits the attribute.
        """
        self._depends_on_view()
        yield file
        for other in in_scope_files(self._project, self._view):
            if other is not file and name in other.attribute_reads:
                yield other
        far = self._far(file, name, derived)
        if len(far) <= limits.CALLING_FILES:
            yield from self._project.try_load_together(far)

    def names_of(self, function: FunctionRef) -> tuple[str, ...]:
        """The names by which a function is called: its own, those of a constructor's class, or what binds a lambda."""
        model = function.file.model
        scope = model.scopes[function.scope]
        if is_constructor(function):
            return tuple(dict.fromkeys(constructor_names(function, self._values)))
        if scope.kind != "lambda":
            return (scope.name,)
        return tuple(
            binding.name
            for binding in model.bindings
            if isinstance(binding.value, Lambda) and binding.value.scope == function.scope
        )

    def _is_method(self, function: FunctionRef) -> bool:
        scope = function.file.model.scopes[function.scope]
        return scope.parent >= 0 and function.file.model.scopes[scope.parent].kind == "class"

    def possible(self, file: File, name: str, derived: Sequence[str] = ()) -> Iterator[File]:
        """The file itself, and those that use the name and either import the module or have to do with LangSmith.

        `derived` are the paths of modules that stand for the file as well.

        Tests call everything, catch nothing and pass fakes: they say of the program neither who calls a function nor
        with what.
        """
        self._depends_on_view()
        yield file
        if not _is_asked(name):
            return
        near = self._near_tests_by_name if file.is_test else self._near_by_name
        yield from (other for other in near.get(name, ()) if other is not file)
        far = self._far(file, name, derived)
        if len(far) <= limits.CALLING_FILES:
            yield from self._project.try_load_together(far)

    def far_callers(self, function: FunctionRef) -> Sequence[str]:
        """The files out of scope that may call a function, by what their bytes tell.

        Where they are more than `limits.CALLING_FILES`, they are not looked into, and who calls it is not known.
        """
        derived = self.derived_in(function)
        names = self.names_of(function)
        return list(
            dict.fromkeys(
                itertools.chain.from_iterable(
                    self._far(function.file, name, derived) for name in names
                )
            )
        )

    def _far(self, file: File, name: str, derived: Sequence[str]) -> Sequence[str]:
        """The files out of scope that import a file or what stands for it, and use a name."""
        if self._view.is_narrow or not _is_asked(name):
            return ()
        key = (file.relative, name, tuple(derived))
        known = self._far_files.get(key)
        if known is None:
            known = self._far_files[key] = tuple(self._found_far(file, name, derived))
        return known

    def _found_far(self, file: File, name: str, derived: Sequence[str]) -> Iterable[str]:
        found: dict[str, None] = {}
        for home in (file.relative, *derived):
            for importer in self._reading(home, name):
                if file.is_test or not is_test(importer):
                    found[importer] = None
                if len(found) > limits.CALLING_FILES:
                    return found  # one too many is enough to know that they are too many
        return found

    def _reading(self, relative: str, name: str) -> Iterator[str]:
        """The files out of scope that import a file, and whose code may read a name."""
        return (
            item
            for item in self._project.imports.importers(relative)
            if item not in self._view.in_scope and self._project.may_read(item, name)
        )

    @remembered
    def _importers_that_read(self, relative: str, name: str) -> Sequence[str]:
        """The files out of scope that import a file, and whose code may read a name."""
        return tuple(self._reading(relative, name))

    @functools.cached_property
    def _near_by_name(self) -> Mapping[str, Sequence[File]]:
        """Those files by the names that they call or pass, without tests."""
        return self._by_name(name for name in sorted(self._view.in_scope) if not is_test(name))

    @functools.cached_property
    def _near_tests_by_name(self) -> Mapping[str, Sequence[File]]:
        """The same with tests."""
        return self._by_name(sorted(self._view.in_scope))

    def _by_name(self, names: Iterable[str]) -> Mapping[str, Sequence[File]]:
        table: dict[str, list[File]] = defaultdict(list)
        for relative in names:
            file = self._project.try_load(relative)
            if file is None:
                continue
            for name in file.named_code:
                table[name].append(file)
        return dict(table)

    def argument(
        self, caller: File, site: int, function: FunctionRef, name: str
    ) -> Expr | None:
        """The expression that a call passes for a parameter; None where it passes none or it can't be told."""
        scope = function.file.model.scopes[function.scope]
        args = caller.model.calls[site].args
        for arg in args:
            if arg.keyword == name:
                return arg.value
        names = [
            param.name for param in scope.params if not param.keyword_only and not param.stars
        ]
        if name not in names:
            return None
        position = names.index(name) - (
            1 if self._is_method(function) and not self._is_static(function) else 0
        )
        return _positional(args, position)

    def references(self, function: FunctionRef) -> Iterator[Reference]:
        """Where a named function is a value: passed on, named anew, put into a collection; not where it is called."""
        name = name_of(function)
        for file in self.possible(function.file, name):
            rows: list[tuple[Name | Attribute | Subscript, Read | Load]] = [
                (Name(read.name, read.span), read) for read in file.reads_by_name.get(name, ())
            ]
            rows += [(load.expr, load) for load in file.loads_by_attribute.get(name, ())]
            for expr, row in rows:
                if row.use.kind in {"decorator", "callee"}:
                    continue
                place = file.place(row)
                found = self._values.of(file, expr, place)
                if any(function_of(value) == function for value in found):
                    yield Reference(file, expr, place, row.use)

    def hand_overs(self, function: FunctionRef) -> Sequence[tuple[File, int]]:
        """The calls that get a function of the project as an argument: `to_thread(f, x)`, `Thread(target=f)`."""
        memo = self._values.memo
        found: Sequence[tuple[File, int]] = memo.ask(
            ("hand-overs", function), (), self._hand_over_sites, function
        )
        return found

    def _hand_over_sites(self, function: FunctionRef) -> Sequence[tuple[File, int]]:
        self._depends_on_view()
        return tuple(self._find_hand_overs(function))

    def _find_hand_overs(self, function: FunctionRef) -> Iterator[tuple[File, int]]:
        use = function.file.model.scopes[function.scope].use
        if use is not None and use.kind == "argument" and use.outer is not None:
            yield function.file, use.outer  # a lambda that stands there
        for name in self.names_of(function):
            for file in self.possible(function.file, name):
                for site in file.sites_by_argument.get(name, ()):
                    call = file.model.calls[site]
                    given = [
                        part
                        for arg in call.args
                        for part in parts(arg.value)
                        if last_name(part) == name
                    ]
                    values = [
                        value for part in given for value in self._values.of(file, part, call)
                    ]
                    if any(function_of(value) == function for value in values):
                        yield file, site

    def handed_argument(
        self, caller: File, site: int, function: FunctionRef, name: str
    ) -> Expr | None:
        """The expression that a call passes on for a parameter of the function which it is given.

        That are the positional arguments behind the function, `args=(…)`, and keywords.
        """
        scope = function.file.model.scopes[function.scope]
        args = caller.model.calls[site].args
        known = {arg.keyword: arg.value for arg in args if arg.keyword is not None}
        if name in known:
            return known[name]
        names = [
            param.name for param in scope.params if not param.keyword_only and not param.stars
        ]
        if self._is_method(function) and not self._is_static(function):
            names = names[1:]
        if name not in names:
            return None
        given = known.get("args")
        if isinstance(given, Display) and names.index(name) < len(given.items):
            return given.items[names.index(name)]
        at = next(
            (index for index, arg in enumerate(args) if _hands_over(arg, function)), len(args)
        )
        return _positional(args[at + 1 :], names.index(name))

    def _is_static(self, function: FunctionRef) -> bool:
        scope = function.file.model.scopes[function.scope]
        return any(last_name(decorator) == "staticmethod" for decorator in scope.decorators)


def _around(file: File, site: int) -> FunctionRef:
    """The function in which a call stands; with scope 0 for the module."""
    return FunctionRef(file, file.function_of(file.model.calls[site].scope))


def _hands_over(arg: Argument, function: FunctionRef) -> bool:
    """Whether an argument is a function, by its name or as a lambda that stands there."""
    if isinstance(arg.value, Lambda):
        return arg.value.scope == function.scope
    return last_name(arg.value) == name_of(function)


def _positional(args: Sequence[Argument], position: int) -> Expr | None:
    if position < 0:
        return None
    for index, arg in enumerate(args):
        if arg.stars or arg.keyword is not None:
            return None
        if index == position:
            return arg.value
    return None
