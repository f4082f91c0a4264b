"""Environment variables: which ones a file sets, with which value, where, in which order and for which program.

One place answers that for Python and for every other kind of file, so that a rule about variables is one rule for all.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.environment.dict_displays import items_of
from lint_langsmith.analysis.environment.lost_settings import LostSetting, lost_settings
from lint_langsmith.analysis.environment.removals import Removal, may_be_removed, removals
from lint_langsmith.analysis.environment.writes import (
    Setting,
    Writes,
    runs_with_module,
)
from lint_langsmith.analysis.fixed_point import Known, Summaries
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place, is_test, last_name
from lint_langsmith.analysis.project.words import FILE_WORDS, LOADERS, WRITES
from lint_langsmith.analysis.values.abstract import (
    Bound,
    Constant,
    ExternalName,
    FunctionRef,
    Parameter,
)
from lint_langsmith.analysis.values.abstract import Literal as Text
from lint_langsmith.analysis.values.call_graph import RUNS
from lint_langsmith.findings import Span
from lint_langsmith.remembered import remembered
from lint_langsmith.sdk.variables import KEYS
from lint_langsmith.source.kinds import CODE

if TYPE_CHECKING:
    from lint_langsmith.analysis.entry_points.entry_points import EntryPoints
    from lint_langsmith.analysis.values.evaluator import Evaluator

EVERYTHING: Final = "*"


class Load(NamedTuple):
    """A point at which variables come in from elsewhere (`load_dotenv()`, a loop over a file), and what does it."""

    file: File
    place: Place
    span: Span
    name: str


class _Direct(NamedTuple):
    """What a function or module does itself: the variables that it sets, and the functions that it calls."""

    variables: frozenset[str]
    calls: tuple[FunctionRef, ...]


_NOTHING: Final = _Direct(frozenset(), ())


# What takes a variable out of the environment.
_REMOVING: Final = ("del ", "del(", ".pop(", ".clear(", "__delitem__")
# What stands in a manifest with containers that have variables.
_OF_MANIFESTS: Final = ("apiVersion:", "env:", "value:")


class Environment:
    """What the files of one project do to the environment."""

    def __init__(
        self,
        values: Evaluator,
        entry_points: EntryPoints,
        values_of: Callable[[frozenset[str]], Evaluator],
    ) -> None:
        """`values_of` gives the evaluator that looks only into the files of those names."""
        self._project = values.project
        self._view = values.view
        self._whole_values = values
        self._entry_points = entry_points
        self._values_of = values_of
        # What a call of a function sets: what the function sets, and what it calls.
        self._effects: Summaries[FunctionRef, frozenset[str]] = Summaries(
            lambda function: self._direct(function).calls, frozenset(), self._find_effects
        )

    # -- what a file sets --------------------------------------------------------------------------------------------

    @remembered
    def settings(self, file: File) -> tuple[Setting, ...]:
        """The variables that a file sets, in the order in which the program meets them."""
        return self._project.faults.contained(
            file.relative, (), lambda: tuple(self._find_settings(file))
        )

    @remembered
    def by_name(self, file: File) -> Mapping[str, Sequence[Setting]]:
        """The settings of a file by the variables that they set."""
        found: dict[str, list[Setting]] = defaultdict(list)
        for setting in self.settings(file):
            found[setting.name].append(setting)
        return dict(found)

    def _find_settings(self, file: File) -> list[Setting]:
        found = [*self._writes.of(file), *_defined(file, file.model.definitions)]
        found += _defined(file, _in_manifests(file))
        return sorted(found, key=lambda setting: (setting.span.line, setting.span.column))

    @remembered
    def lost_settings(self, file: File) -> tuple[LostSetting, ...]:
        """The variables of LangSmith that a file sets for nothing but a shell that it starts."""
        return tuple(lost_settings(file, self._whole_values))

    def judged(self, file: File) -> tuple[Setting, ...]:
        """The settings that rules speak of: those of tests set what the tests want to see."""
        return () if file.is_test and file.kind in CODE else self.settings(file)

    def called(self, file: File, site: int) -> frozenset[str]:
        """The qualified names of what a call may call outside of the project."""
        callees = self._values.callee(file, site)
        return frozenset(value.name for value in callees if isinstance(value, ExternalName))

    @remembered
    def removals(self, file: File, among: Sequence[str] = KEYS) -> tuple[Removal, ...]:
        """The variables, mostly keys, that a file takes out of the environment, in their order there."""
        if not any(word in file.code for word in _REMOVING):
            return ()
        return self._project.faults.contained(
            file.relative, (), lambda: tuple(self._find_removals(file, among))
        )

    def _find_removals(self, file: File, among: Sequence[str]) -> list[Removal]:
        found = removals(file, self._values, self._writes, among)
        return sorted(found, key=lambda removal: removal.span)

    def may_be_removed(self, file: File) -> frozenset[str] | None:
        """The variables that a file may take out of the environment; None where it may be any."""
        return may_be_removed(file, self._values, self._writes)

    # -- what brings variables in ------------------------------------------------------------------------------------

    @remembered
    def loads(self, file: File) -> tuple[Load, ...]:
        """The calls in a file that bring variables in from elsewhere, by themselves."""
        return self._project.faults.contained(
            file.relative, (), lambda: tuple(self._find_loads(file))
        )

    def _find_loads(self, file: File) -> Iterator[Load]:
        for site, call in enumerate(file.model.calls):
            name = last_name(call.func)
            if name in LOADERS:
                callees = self._values.callee(file, site)
                if not any(isinstance(callee, (FunctionRef, Bound)) for callee in callees):
                    yield Load(file, file.place(call), call.span, name)
            elif name == "update" and self._takes_over(file, call):
                yield Load(file, file.place(call), call.span, "os.environ.update")
        yield from self._unnamed(file)

    def _takes_over(self, file: File, call: ir.Call) -> bool:
        """`os.environ.update(values)` with values that do not stand in the source."""
        if (
            not isinstance(call.func, ir.Attribute)
            or self._writes.environ(file, call.func.value, file.place(call)) != ""
        ):
            return False
        return any(
            not isinstance(arg.value, ir.Mapping) and arg.keyword is None for arg in call.args
        )

    def _unnamed(self, file: File) -> Iterator[Load]:
        """Writes to variables whose names do not stand in the source: stands for what a loop over a file does."""
        for store in file.model.stores:
            if store.deleted or not isinstance(store.target, ir.Subscript):
                continue
            place = file.place(store)
            names = self._values.of(file, store.target.index, place)
            if any(isinstance(name, (Text, Constant, Parameter)) for name in names):
                continue
            if items_of(file, store.target.index, place) is not None:
                continue
            if self._writes.environ(file, store.target.value, place) == "":
                yield Load(file, place, store.target.span, "os.environ")

    # -- what functions and modules bring about ----------------------------------------------------------------------

    def effects(self, function: FunctionRef) -> frozenset[str]:
        """The variables that a call of a function sets; `EVERYTHING` among them where it loads unknown ones."""
        return self._effects.of(function)

    def _find_effects(self, function: FunctionRef, known: Known) -> frozenset[str]:
        direct = self._direct(function)
        return direct.variables.union(*map(known, direct.calls))

    @remembered
    def on_import(self, file: File) -> frozenset[str]:
        """The variables that are set when a module of the project is imported, by it or by what it imports."""
        modules = {file.relative: file}
        pending = [file]
        while pending:
            for _, module in self.imported(pending.pop(), within=self._suppliers):
                if module.relative not in modules:
                    modules[module.relative] = module
                    pending.append(module)
        return frozenset().union(*map(self._run_as_module, modules.values()))

    @remembered
    def _run_as_module(self, file: File) -> frozenset[str]:
        """What the statements of a module set, and the functions that they call."""
        direct = self._of_scope(file, 0, self._entry_points.main_guards(file))
        return direct.variables.union(*map(self.effects, direct.calls))

    @remembered
    def _direct(self, function: FunctionRef) -> _Direct:
        """What a function does itself; nothing in a file that has nothing to do with variables."""
        return (
            self._of_scope(function.file, function.scope)
            if self._may_supply(function.file)
            else _NOTHING
        )

    def _of_scope(self, file: File, scope: int, without: Sequence[int] = ()) -> _Direct:
        """What the code of a function or module does itself, without that in some of its blocks."""
        found = {
            setting.name
            for setting in self._settings_by_function(file).get(scope, ())
            if setting.place is not None
            and not self._is_within(file, setting.place.block, without)
        }
        loads = self._loads_by_function(file).get(scope, ())
        if not all(self._is_within(file, load.place.block, without) for load in loads):
            found.add(EVERYTHING)
        calls: list[FunctionRef] = []
        for site in file.sites_by_function.get(scope, ()):
            if not self._is_within(file, file.model.calls[site].block, without):
                calls.extend(self._functions(file, site))
        return _Direct(frozenset(found), tuple(calls))

    def _is_within(self, file: File, block: int, without: Sequence[int]) -> bool:
        return bool(without) and not set(without).isdisjoint(file.block_chain(block))

    @remembered
    def _settings_by_function(self, file: File) -> Mapping[int, Sequence[Setting]]:
        """What the functions of a file set for the process that runs them; 0 for the module."""
        found: dict[int, list[Setting]] = defaultdict(list)
        for setting in self.settings(file):
            if setting.place is not None and setting.how in {"set", "default"}:
                found[file.function_of(setting.place.scope)].append(setting)
        return found

    @remembered
    def _loads_by_function(self, file: File) -> Mapping[int, Sequence[Load]]:
        found: dict[int, list[Load]] = defaultdict(list)
        for load in self.loads(file):
            found[file.function_of(load.place.scope)].append(load)
        return found

    @remembered
    def called_by_module(self, file: File) -> Mapping[FunctionRef, int]:
        """The functions of the project that a module surely calls, each with the order of the first such call."""
        found: dict[FunctionRef, int] = {}
        for site in file.sites_by_function.get(0, ()):
            call = file.model.calls[site]
            if call.scope == 0 and runs_with_module(file, call):
                for function in self._functions(file, site):
                    found.setdefault(function, call.order)
        return found

    def of_call(self, file: File, site: int) -> frozenset[str]:
        """The variables that a call of something of the project sets."""
        return frozenset().union(*map(self.effects, self._functions(file, site)))

    def _functions(self, file: File, site: int) -> Iterator[FunctionRef]:
        return (
            edge.callee
            for edge in self._values.call_graph.calls(file, site)
            if edge.kind in RUNS
        )

    @functools.cached_property
    def _values(self) -> Evaluator:
        """For questions asked of every call: it knows the files that may have to do with variables, and no others."""
        return self._values_of(self._view.in_scope | self._suppliers | self._writers)

    @functools.cached_property
    def _writes(self) -> Writes:
        return Writes(self._values, self._whole_values)

    def _may_supply(self, file: File) -> bool:
        return file.relative in self._view.in_scope or file.relative in self._suppliers

    @functools.cached_property
    def _suppliers(self) -> frozenset[str]:
        """The files that load variables from elsewhere or set the key's, and those that import one; told from bytes.

        What is far from LangSmith and is none of them supplies nothing: a large project must not be lowered for it.
        """
        found = set(self._sources)
        pending = list(found)
        while pending:
            new = self._project.imports.direct_importers(pending.pop()) - found
            found |= new
            pending.extend(new)
        return frozenset(found)

    @functools.cached_property
    def _writers(self) -> frozenset[str]:
        """The files that write variables, whatever their names."""
        return self._holders(*WRITES)

    @property
    def _sources(self) -> frozenset[str]:
        named = frozenset(self._project.relevant) & self._writers
        by_hand = self._holders(*FILE_WORDS) & self._holders("environ")
        return self._holders(*LOADERS) | named | by_hand

    @property
    def suppliers(self) -> frozenset[str]:
        """The files that load variables from elsewhere or set LangSmith's, by themselves."""
        return self._sources

    @property
    def settings_readers(self) -> frozenset[str]:
        """The files that may read a file of variables for settings of their own."""
        return self._holders(*FILE_WORDS) | frozenset(self._project.relevant)

    def _holders(self, *words: str) -> frozenset[str]:
        return frozenset().union(*self._project.holding(words).values())

    def imported(
        self, file: File, within: Collection[str] | None = None
    ) -> Iterator[tuple[ir.Binding, File]]:
        """The modules of the project that a file imports when it is itself imported, with the importing statement.

        Of those, only the ones `within` a collection of relative paths, where there is one.
        """
        for binding in file.model.bindings:
            if binding.kind not in {"import", "star-import"} or file.function_of(binding.scope):
                continue
            if _is_for_types(file, binding.block):
                continue
            module = file.module_of(binding)
            dotted = [module, f"{module}.{binding.member}"] if binding.member else [module]
            parents = module.split(".")[:-1]
            for name in (
                *(".".join(parents[: size + 1]) for size in range(len(parents))),
                *dotted,
            ):
                found = self._project.find_module(name, importer=file, within=within)
                if found is not None and found is not file:
                    yield binding, found

    def importers(self, file: File) -> Iterator[tuple[File, Span]]:
        """The files that import a module of the project at once, with the importing statement; tests only a test."""
        yield from self._importing(file, self._project.imports.importers(file.relative))

    def _importing(self, file: File, names: Iterable[str]) -> Iterator[tuple[File, Span]]:
        for name in names:
            other = self._project.try_load(name) if file.is_test or not is_test(name) else None
            if other is None or other is file:
                continue
            for binding, module in self.imported(other, within={file.relative}):
                if module is file:
                    yield other, binding.span
                    break

    def users(self, file: File, name: str) -> Iterator[File]:
        """The file itself, and those that import it and use a name."""
        yield file
        importers = self._project.imports.importers(file.relative)
        mentioning = (other for other in importers if self._project.mentions(other, name))
        for other, _ in self._importing(file, mentioning):
            if re.search(rf"\b{re.escape(name)}\b", other.code):
                yield other

    @functools.cached_property
    def active_modules(self) -> frozenset[str]:
        """The files whose import may set a variable: those that may by themselves, and those that import one in scope.

        What a function of a file in scope sets is known, and a module may call it when it is imported. All others are
        not parsed to ask what their import sets.
        """
        importers = map(self._project.imports.direct_importers, self._view.in_scope)
        return (self._view.in_scope | self._suppliers | self._writers).union(*importers)

    @functools.cached_property
    def serves(self) -> bool:
        """Whether the project is a web service."""
        words = ("FastAPI", "Flask", "Starlette", "Quart", "Sanic", "Litestar")
        return any(self._project.holding(words).values())


def _is_for_types(file: File, block: int) -> bool:
    """Whether a block stands under `if TYPE_CHECKING:` and so never runs."""
    return any(
        file.model.blocks[current].kind == "if"
        and last_name(file.model.branches[file.model.blocks[current].owner].test)
        == "TYPE_CHECKING"
        for current in file.block_chain(block)
    )


def _in_manifests(file: File) -> Sequence[ir.Definition]:
    """The variables of manifests that stand in strings of Python: what a program applies to a cluster."""
    if file.kind != "python" or any(word not in file.text for word in _OF_MANIFESTS):
        return ()
    from lint_langsmith.analysis.readers import embedded  # noqa: PLC0415 - few files have one
    from lint_langsmith.analysis.readers.found import Found  # noqa: PLC0415 - likewise

    found = Found("kubernetes", file.text)
    embedded.read(file.text, found)
    return found.definitions


def _defined(file: File, definitions: Iterable[ir.Definition]) -> Iterator[Setting]:
    for definition in definitions:
        texts = (definition.value,) if definition.value is not None else ()
        yield Setting(
            file,
            definition.name,
            texts,
            bool(texts),
            definition.written,
            definition.name_span,
            definition.span,
            definition.kind,
            "define",
            definition.group,
            definition.order,
        )
