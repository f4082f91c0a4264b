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

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.fixed_point import closure
from lint_langsmith.analysis.ir.model import Attribute, Use
from lint_langsmith.analysis.project.file import File, Place
from lint_langsmith.analysis.values.abstract import (
    UNKNOWN,
    Bound,
    ClassRef,
    FunctionRef,
    Instance,
    Value,
    Values,
    function_of,
)
from lint_langsmith.analysis.values.call_sites import (
    CallSites,
    NamedIn,
    Readable,
    Site,
    constructors,
)
from lint_langsmith.analysis.values.functions import (
    CONSTRUCTORS,
    class_of,
    is_constructor,
    is_method,
    name_of,
)

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluation import Evaluation

EdgeKind: TypeAlias = Literal["direct", "method", "override", "constructor", "callback"]
# The kinds of edges where a function is called by its name.
CALLS: Final[frozenset[EdgeKind]] = frozenset({"direct", "method", "override"})
# Those where it surely runs when the call does.
RUNS: Final[frozenset[EdgeKind]] = CALLS | {"constructor"}
# The calls that surely run a function, and those that may.
_Sites: TypeAlias = "tuple[Sequence[Site], Sequence[Site]]"
# What of a project can be called.
_CODE: Final = frozenset({ClassRef, Bound, FunctionRef})


class Edge(NamedTuple):
    """One function runs another: `site` is the row of the call in the file of the caller."""

    kind: EdgeKind
    caller: FunctionRef
    site: int
    callee: FunctionRef


class Reference(NamedTuple):
    """A place where a function is a value, and what the program does with it there."""

    file: File
    expr: Readable
    place: Place
    use: Use


def reaches(callee: Value, function: FunctionRef, values: Evaluation) -> bool:
    """Whether a call of `callee` runs `function`: itself, as a constructor, or where a subclass has overridden it."""
    if isinstance(callee, ClassRef):
        return is_constructor(function) and is_method_of(function, callee, values)
    if isinstance(callee, Bound):
        return callee.function == function or _overrides(function, callee, values)
    return callee == function


def is_method_of(function: FunctionRef, cls: ClassRef, values: Evaluation) -> bool:
    """Whether a function is the method of its name for instances of a class."""
    found = values.attribute(Instance(cls), name_of(function))
    return any(isinstance(value, Bound) and value.function == function for value in found)


def _overrides(function: FunctionRef, callee: Bound, values: Evaluation) -> bool:
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


def _may_be(own: ClassRef, receiver: Instance | ClassRef, values: Evaluation) -> bool:
    """Whether a receiver of a declared class may be of the subclass `own`: not where its construction is in sight."""
    if isinstance(receiver, ClassRef) or receiver.origin is not None:
        cls = receiver if isinstance(receiver, ClassRef) else receiver.cls
        return isinstance(cls, ClassRef) and values.is_derived(cls, own)
    return True


def constructor_names(function: FunctionRef, values: Evaluation) -> Iterator[str]:
    """The names by which a constructor is called: those of its class and of the classes derived from it."""
    own = class_of(function)
    if own is not None:
        yield from (name_of(function), "cls")
        yield from (name for name, _ in values.name_users.derived(own))


class CallGraph:
    """Who calls the functions of one project, as far as names and values tell, and with what."""

    def __init__(self, values: Evaluation) -> None:
        """`values` has the files and evaluates what is called."""
        self._values = values
        self._users = values.name_users
        self._call_sites = CallSites(values)

    def sites(self, function: FunctionRef) -> Sequence[tuple[File, int]]:
        """Where the project calls a function of its own, as far as the callee is known."""
        return self.of(function)[0]

    def of(self, function: FunctionRef) -> _Sites:
        """The call sites that surely call a function, and those that may: same name, receiver not known.

        Among those that may there can be some that surely do.
        """
        # What calls itself has no callers on the way to its own.
        found: _Sites = self._values.memo.ask(
            ("callers", function), ((), ()), self._find_callers, function
        )
        return found

    def _find_callers(self, function: FunctionRef) -> _Sites:
        self._depends_on_view()
        sure: dict[Site, None] = {}
        maybe: list[Sequence[Site]] = []
        # Of many calls most call the same.
        known: dict[Values, bool] = {}
        for named in self._called_as(function):
            for file, site in self._call_sites.candidates(function, named):
                callees = self._values.callee(file, site)
                runs = known.get(callees)
                if runs is None:
                    runs = known[callees] = self._calls(callees, function)
                if runs:
                    sure[file, site] = None
            maybe.extend(self._call_sites.undecided(function, named))
            maybe.extend(self._call_sites.unknown(function, named))
        return tuple(sure), _together([sites for sites in maybe if sites])

    def _calls(self, callees: Values, function: FunctionRef) -> bool:
        """Whether one of the things that may be called runs a function."""
        return any(
            type(callee) in _CODE and reaches(callee, function, self._values)
            for callee in callees
        )

    def _called_as(self, function: FunctionRef) -> Iterator[NamedIn]:
        """The names by which a function is called.

        What a package gives another name (`from .routes import init as init_routes`), its importers know by that alone.
        """
        derived = self.derived_in(function)
        pending = deque((function.file, name) for name in self.names_of(function))
        asked = set(pending)
        while pending:
            named = NamedIn(*pending.popleft(), derived)
            yield named
            again = [pair for pair in self._call_sites.handed_on(named) if pair not in asked]
            asked.update(again)
            pending.extend(again)

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
        derived = {relative for _, relative in self._users.derived(cls)}
        return tuple(sorted(derived - {cls.file.relative}))

    def _depends_on_view(self) -> None:
        """Tell the evaluation that asks: who calls depends on which files may be looked into, and so does its value."""
        self._values.memo.depend_on_view()

    # -- edges -------------------------------------------------------------------------------------------------------

    def calls(self, file: File, site: int) -> Iterator[Edge]:
        """What a call runs: the functions and methods that the callee may be, and the constructors of classes."""
        caller = _around(file, site)
        for callee in self._values.callee(file, site):
            function = function_of(callee)
            if function is not None:
                yield Edge(
                    "method" if isinstance(callee, Bound) else "direct", caller, site, function
                )
            elif isinstance(callee, ClassRef):
                yield from (
                    Edge("constructor", caller, site, made)
                    for made in constructors(callee, self._values)
                )

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
        return tuple(self.first_callers(function, len(self.sites(function))))

    def first_callers(self, function: FunctionRef, most: int) -> Iterator[Edge]:
        """The first of the callers, no more than so many."""
        sites = self.sites(function)[:most] if function.scope else ()
        for file, site in sites:
            yield Edge(self._kind(file, site, function), _around(file, site), site, function)

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
            edges = [*self.callers(function)]
            if "callback" in kinds:
                edges += self.takers(function)
            for edge in edges:
                if edge.kind in kinds and not edge.caller.file.is_test:
                    yield edge.caller

        return closure(functions, predecessors, limits.FUNCTIONS)

    def names_of(self, function: FunctionRef) -> tuple[str, ...]:
        """The names by which a function is called: its own, those of a constructor's class, or what binds a lambda."""
        scope = function.file.model.scopes[function.scope]
        if is_constructor(function):
            return tuple(dict.fromkeys(constructor_names(function, self._values)))
        if scope.kind != "lambda":
            return (scope.name,)
        return function.file.names_of_lambdas.get(function.scope, ())

    def far_callers(self, function: FunctionRef) -> Sequence[str]:
        """The files out of scope that may call a function, by what their bytes tell.

        Where they are more than `limits.CALLING_FILES`, they are not looked into, and who calls it is not known.
        """
        derived = self.derived_in(function)
        found: dict[str, None] = {}
        for name in self.names_of(function):
            found.update(dict.fromkeys(self._users.far(function.file, name, derived)))
        return list(found)

    def calls_on_unknown(self, function: FunctionRef) -> Iterator[tuple[File, int]]:
        """The calls of a method's name on something unknown, in any file, whatever that imports.

        Of a name in too many files, or in a large project, there are none (`Project.files_naming`).
        """
        name, project = name_of(function), self._values.project
        if not is_method(function) or name.startswith("__") or self._values.view.is_narrow:
            return
        for file in project.files_naming(name):
            for site in file.calls_by_name.get(name, ()):
                is_method_call = isinstance(file.model.calls[site].func, Attribute)
                if is_method_call and UNKNOWN in self._values.callee(file, site):
                    yield file, site

    def references(self, function: FunctionRef) -> Iterator[Reference]:
        """Where a named function is a value: passed on, named anew, put into a collection; not where it is called."""
        self._depends_on_view()
        named = NamedIn(function.file, name_of(function))
        for file, expr, row in self._call_sites.readings(function, named):
            yield Reference(file, expr, file.place(row), row.use)

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
            yield from self._call_sites.hand_overs(function, NamedIn(function.file, name))


def _together(parts: Sequence[Sequence[Site]]) -> Sequence[Site]:
    """The sites of several parts, each once. A single part stays as it is: thousands of methods may share it."""
    return parts[0] if len(parts) == 1 else tuple(dict.fromkeys(chain.from_iterable(parts)))


def _around(file: File, site: int) -> FunctionRef:
    """The function in which a call stands; with scope 0 for the module."""
    return FunctionRef(file, file.function_of(file.model.calls[site].scope))
