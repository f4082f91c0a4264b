"""Where a project has the name of a function: the calls of it, and what they run; the places where it is a value.

All of it is asked by a name and the file in which the function stands (`name_users.py`); what stands at the places is
asked once for all functions of the name (`sorted_places.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, TypeVar

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.ir.model import Attribute, Load, Name, Read, Subscript
from lint_langsmith.analysis.project.file import File, last_name, parts
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
from lint_langsmith.analysis.values.functions import (
    CONSTRUCTORS,
    class_of,
    is_constructor,
    is_method,
)
from lint_langsmith.analysis.values.sorted_places import SortedPlaces
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluation import Evaluation

Readable: TypeAlias = "Name | Attribute | Subscript"
Site: TypeAlias = "tuple[File, int]"
Reading: TypeAlias = "tuple[File, Readable, Read | Load]"
_Place = TypeVar("_Place", bound="tuple[Any, ...]")
# Uses of the name of a function in which it is not a value.
_NOT_A_VALUE: Final = frozenset({"decorator", "callee"})
# Keys of calls of something unknown: of any, and of an attribute of a plain name, which may be a module.
_UNKNOWN: Final = "unknown"
# What stands before a class in the key of calls on what is only declared to be of it.
_DECLARED: Final = "declared"
_UNKNOWN_OF_NAME: Final = "unknown of a name"


class NamedIn(NamedTuple):
    """A name, the file that has it for a function, and the files that stand for that file as well."""

    home: File
    name: str
    derived: Sequence[str] = ()


class _Kind(NamedTuple):
    """A kind of places: which of them a file has for a name, and the keys of what stands there."""

    word: str
    of_file: Callable[[File, str], Iterable[Any]]
    keys: Callable[[Any, str], Iterable[Hashable]]


class _Group(NamedTuple):
    """Some of the files that may use a name, in their order, and what tells them from those of another name."""

    key: Hashable
    files: Mapping[File, None]


class CallSites:
    """The places of one project, as far as one view shows them, at which functions are called and read by name."""

    def __init__(self, values: Evaluation) -> None:
        """`values` has the files and evaluates what stands there."""
        self._values = values
        self._places: dict[Hashable, SortedPlaces[Any]] = {}
        self._handed_on: dict[Hashable, Sequence[tuple[File, str]]] = {}
        self._calls = _Kind("calls", _sites_of, self._run_by)
        self._makings = _Kind("makings", _sites_of, self._made_by)
        self._readings = _Kind("readings", _readings_of, self._read_in)
        self._arguments = _Kind("arguments", _arguments_of, self._handed_over)

    # -- what is asked -----------------------------------------------------------------------------------------------

    def candidates(self, function: FunctionRef, named: NamedIn) -> Iterator[Site]:
        """The calls of a name that may surely run a function: in its place, too, another method of the name.

        Those are left out that may run one of too many methods (`undecided`).
        """
        keys = frozenset(self._keys_of(function))
        for places in self._of(self._kind_for(function), named):
            told = keys - self._too_many(places, named.name)
            yield from _home_first(places.of(told), named.home)

    def undecided(self, function: FunctionRef, named: NamedIn) -> Iterator[Sequence[Site]]:
        """The calls by a name that may run a function, and as well any of too many others."""
        keys = frozenset(self._keys_of(function))
        for places in self._of(self._kind_for(function), named):
            yield places.of(keys & self._too_many(places, named.name))

    def _kind_for(self, function: FunctionRef) -> _Kind:
        return self._makings if is_constructor(function) else self._calls

    def _too_many(self, places: SortedPlaces[Any], name: str) -> frozenset[Hashable]:
        """The keys of classes that too many calls are declared to be on, for as many methods as have their name."""
        most = limits.OVERRIDING_CALLS // max(1, self._values.name_users.definitions(name))
        return frozenset(
            key
            for key in places.keys_of_more(most)
            if isinstance(key, tuple) and key[0] == _DECLARED
        )

    def unknown(self, function: FunctionRef, named: NamedIn) -> Iterator[Sequence[Site]]:
        """The calls by a name of something unknown, which may be a function.

        Methods are called on receivers that can't be told; functions of a module on a module that can't be, which is a
        plain name (`module.seed(client)` in a loop over modules).
        """
        key = _UNKNOWN
        if not is_method(function):
            if function.file.model.scopes[function.scope].parent:
                return
            key = _UNKNOWN_OF_NAME
        elif is_constructor(function):
            return
        for places in self._of(self._calls, named):
            yield places.of(frozenset({key}))

    def readings(self, function: FunctionRef, named: NamedIn) -> Iterator[Reading]:
        """Where a function is read by a name, but to call it or to decorate with it."""
        for places in self._of(self._readings, named):
            yield from _home_first(places.of(frozenset({function})), named.home)

    def hand_overs(self, function: FunctionRef, named: NamedIn) -> Iterator[Site]:
        """The calls that get a function by a name as an argument, or in one."""
        for places in self._of(self._arguments, named):
            yield from _home_first(places.of(frozenset({function})), named.home)

    def handed_on(self, named: NamedIn) -> Iterator[tuple[File, str]]:
        """The packages that give a name to their importers under other names, each with such a name."""
        for group in self._groups(named):
            key = (group.key, named.name)
            found = self._handed_on.get(key)
            if found is None:
                found = self._handed_on[key] = tuple(_handed_on_by(group.files, named.name))
            yield from _home_first(found, named.home)

    # -- places by files ---------------------------------------------------------------------------------------------

    def _of(self, kind: _Kind, named: NamedIn) -> Iterator[SortedPlaces[Any]]:
        """The places of one kind in the files that may use a name."""
        memo, name = self._values.memo, named.name
        for group in self._groups(named):
            key = (kind.word, group.key, name, memo.is_filling)
            found = self._places.get(key)
            if found is None:
                places = (place for file in group.files for place in kind.of_file(file, name))
                found = self._places[key] = SortedPlaces(
                    memo, places, lambda place: kind.keys(place, name)
                )
            yield found

    def _groups(self, named: NamedIn) -> Iterator[_Group]:
        """The files that may use a name: its own, those near LangSmith, and the others that import it."""
        home, name, derived = named
        near = self._near(name, in_tests=home.is_test)
        if home not in near.files:
            yield _Group(("home", home), {home: None})
        yield near
        far = dict.fromkeys(self._values.name_users.loaded_far(home, name, derived))
        if far:
            yield _Group(("far", home, tuple(derived)), far)

    @remembered
    def _near(self, name: str, in_tests: bool) -> _Group:
        files = self._values.name_users.near(name, in_tests=in_tests)
        return _Group(("near", in_tests), dict.fromkeys(files))

    # -- what stands at a place --------------------------------------------------------------------------------------

    def _keys_of(self, function: FunctionRef) -> Iterator[Hashable]:
        """The keys of the calls that may run a function."""
        yield function
        own = class_of(function)
        if own is not None:
            yield ("between", own)
            for base in self._values.ancestry(own):
                if base != own:
                    yield (_DECLARED, base)

    def _run_by(self, site: Site, _: str) -> Iterator[Hashable]:
        """The functions that a call runs, and the classes whose methods may be run in the place of those."""
        file, number = site
        callees = self._values.callee(file, number)
        for callee in callees:
            if isinstance(callee, Bound):
                yield callee.function
                yield from self._overriding(callee)
            elif isinstance(callee, FunctionRef):
                yield callee
        # `self.client = client or Client()`: what is not known is most likely of the same class.
        if UNKNOWN in callees and not any(map(_is_external, callees)):
            yield _UNKNOWN
            func = file.model.calls[number].func
            if isinstance(func, Attribute) and isinstance(func.value, Name):
                yield _UNKNOWN_OF_NAME

    def _overriding(self, callee: Bound) -> Iterator[Hashable]:
        """The classes that may have a method in the place of the one that is called.

        Of a receiver that is only declared, any that is derived from the class of the method; else those between that
        class and the receiver's own.
        """
        named, receiver = class_of(callee.function), callee.receiver
        if named is None:
            return
        if isinstance(receiver, Instance) and receiver.origin is None:
            yield (_DECLARED, named)
            return
        cls = receiver if isinstance(receiver, ClassRef) else receiver.cls
        for base in self._values.ancestry(cls) if isinstance(cls, ClassRef) else ():
            if (
                base != named
                and isinstance(base, ClassRef)
                and self._values.is_derived(base, named)
            ):
                yield ("between", base)

    def _made_by(self, site: Site, name: str) -> Iterator[Hashable]:
        """The same with the constructors that the call of a class runs."""
        yield from self._run_by(site, name)
        for callee in self._values.callee(*site):
            if isinstance(callee, ClassRef):
                yield from constructors(callee, self._values)

    def _read_in(self, reading: Reading, _: str) -> Iterator[Hashable]:
        """The functions that may be read at a place."""
        file, expr, row = reading
        yield from filter(None, map(function_of, self._values.of(file, expr, file.place(row))))

    def _handed_over(self, site: Site, name: str) -> Iterator[Hashable]:
        """The functions that a call gets by a name: as an argument, or as an item of one."""
        file, number = site
        call = file.model.calls[number]
        for arg in call.args:
            for part in parts(arg.value):
                if last_name(part) == name:
                    yield from filter(None, map(function_of, self._values.of(file, part, call)))


def constructors(cls: ClassRef, values: Evaluation) -> Iterator[FunctionRef]:
    """What a call of a class runs."""
    for name in CONSTRUCTORS:
        for value in values.attribute(Instance(cls), name):
            if isinstance(value, Bound):
                yield value.function


def _home_first(places: Sequence[_Place], home: File) -> Sequence[_Place]:
    """Places with those of one file before those of all others."""
    others = [place for place in places if place[0] is not home]
    if not others:
        return places
    return (*(place for place in places if place[0] is home), *others)


def _others(file: File, name: str) -> Sequence[str]:
    """The names that a file has for what has a name elsewhere."""
    return sorted(file.other_names.get(name, ()))


def _handed_on_by(files: Iterable[File], name: str) -> Iterator[tuple[File, str]]:
    for file in files:
        if file.path.stem == "__init__":
            yield from ((file, other) for other in _others(file, name))


def _sites_of(file: File, name: str) -> Iterator[Site]:
    """The calls of a name in a file, also of those that the file has for it."""
    for called in (name, *_others(file, name)):
        yield from ((file, site) for site in file.calls_by_name.get(called, ()))


def _arguments_of(file: File, name: str) -> Iterator[Site]:
    """The calls that get something by a name."""
    return ((file, site) for site in file.sites_by_argument.get(name, ()))


def _readings_of(file: File, name: str) -> Iterator[Reading]:
    """Where a file reads something by its last name, but to call it or to decorate with it."""
    for read in file.reads_by_name.get(name, ()):
        if read.use.kind not in _NOT_A_VALUE:
            yield file, Name(read.name, read.span), read
    for load in file.loads_by_attribute.get(name, ()):
        if load.use.kind not in _NOT_A_VALUE:
            yield file, load.expr, load


def _is_external(callee: Value) -> bool:
    return isinstance(callee, ExternalAttribute)
