"""Where a value comes from: literals (folded), environment variables, parameters, instances, imported things.

Evaluation is on demand and never runs anything: an expression gives the tuple of values it may have, `UNKNOWN` among
them where it may be something else. The project is followed across files; everything outside of it is a `ExternalName`.
"""

from __future__ import annotations

import builtins
import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import Binding, Expr
from lint_langsmith.analysis.memo import Key, Memo
from lint_langsmith.analysis.project.file import File, Place, Placed
from lint_langsmith.analysis.project.view import in_scope_files
from lint_langsmith.analysis.values import (
    annotation_types,
    attributes,
    calls,
    containers,
    expression_values,
    imported_names,
    objects,
)
from lint_langsmith.analysis.values.abstract import (
    ANY,
    NONE,
    UNKNOWN,
    ClassRef,
    Constant,
    ExternalAttribute,
    ExternalName,
    FunctionRef,
    Group,
    Instance,
    Literal,
    Outcome,
    Parameter,
    Table,
    Value,
    Values,
    distinct,
    each,
)
from lint_langsmith.analysis.values.bindings import is_lengthened, lookup
from lint_langsmith.analysis.values.call_graph import CallGraph
from lint_langsmith.analysis.values.collection_folding import CollectionFolder
from lint_langsmith.analysis.values.folded import Resolver
from lint_langsmith.analysis.values.functions import uncalled
from lint_langsmith.analysis.values.name_users import NameUsers
from lint_langsmith.analysis.values.narrowing import Narrowing
from lint_langsmith.analysis.values.object_places import ObjectPlaces
from lint_langsmith.analysis.values.parameters import parameter
from lint_langsmith.analysis.values.sdk_types import SdkTypes
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.analysis.memo import Answers
    from lint_langsmith.analysis.project.project import Project
    from lint_langsmith.analysis.project.view import View
    from lint_langsmith.analysis.values.program_state import Made


_BUILTINS: Final = frozenset(dir(builtins)) | {"__name__", "__file__"}
# Those that no package exports under a meaning of its own, so that a star import leaves them what they are. Others do
# change: `open` of os, `sum` of numpy, `TimeoutError` of asyncio before Python 3.11.
_KEPT_BUILTINS: Final = frozenset(
    {
        "AttributeError",
        "BaseException",
        "Exception",
        "ImportError",
        "IndexError",
        "KeyError",
        "LookupError",
        "ModuleNotFoundError",
        "NameError",
        "OSError",
        "RuntimeError",
        "StopIteration",
        "TypeError",
        "ValueError",
        "classmethod",
        "getattr",
        "hasattr",
        "isinstance",
        "issubclass",
        "property",
        "staticmethod",
        "super",
    }
)


class Evaluator:
    """Evaluates expressions of one project as one view shows it; results are remembered for its life."""

    def __init__(
        self,
        project: Project,
        view: View,
        shared: Answers,
        relevant_only: Evaluator | None = None,
    ) -> None:
        """`shared` has the answers that are the same in all views of the project.

        `relevant_only` looks only into files in scope, for questions asked of every call; without it, this one does.
        """
        self.project = project
        self.view = view
        self.relevant_only: Evaluator = self if relevant_only is None else relevant_only
        self.sdk_types: SdkTypes = (
            SdkTypes(project.sdk, self.ancestry)
            if relevant_only is None
            else relevant_only.sdk_types
        )
        self.memo = Memo(
            shared, _rank, lambda key, error: project.faults.add(str(_rank(key)[0]), error)
        )
        self.name_users = NameUsers(project, view, self.memo.depend_on_view)
        self.call_graph = CallGraph(self)
        self.object_places = ObjectPlaces(self)
        self._collections = CollectionFolder(self)
        self._narrowing = Narrowing(self)

    # -- expressions -------------------------------------------------------------------------------------------------

    def of(self, file: File, expr: Expr, place: Placed) -> Values:
        """The values that `expr`, standing at `place` of `file`, may have; never empty."""
        if type(expr) is ir.CallRef:
            return self.call(file, expr.site)
        if type(expr) is ir.Text or type(expr) is ir.Bytes:
            return (Literal(expr.value),)
        if type(expr) is ir.Constant:
            return (Constant(expr.literal),)
        key = (file, expr, place.scope, place.block, place.order)
        known = self.memo.shared.get(key)
        if known is not None:
            return known  # type: ignore[no-any-return]  # the memo has answers of all kinds
        if type(expr) is ir.Name:
            return self._of_name(key, file, expr.id, place)
        return self._ask(key, self._evaluate, file, expr, place)

    def _ask(self, key: Key, compute: Callable[..., Values], *asked: Any) -> Values:
        """What `compute` says of what is `asked`, remembered; anything, where it can't be followed."""
        found: Values = self.memo.ask(key, ANY, compute, *asked)
        return found

    def _of_name(self, key: Key, file: File, name: str, place: Placed) -> Values:
        known: Values | None = self.memo.known(key)
        if known is not None:
            return known
        found = lookup(file, name, place)
        if not found:
            # Wherever it stands, it is the same: thousands of uses of `print` are one question.
            return self._ask((file, name), self._named, file, name, found)
        if name in file.tests_of_names.names:
            return self._ask(key, self._narrowed, file, name, place, found)
        return self._put_together(key, file, found) or self._ask(
            key, self._named, file, name, found
        )

    def _narrowed(
        self, file: File, name: str, place: Placed, found: Sequence[Binding]
    ) -> Values:
        """The values of a name that the program has asked about, as far as the tests around the place leave them."""
        return self._narrowing.possible(file, name, place, self._named(file, name, found))

    def _put_together(self, key: Key, file: File, found: Sequence[Binding]) -> Values | None:
        """What a name stands for whose bindings are all known already: nothing can lead back to it."""
        shared = self.memo.shared
        if not found or not self.memo.is_free:
            return None
        values: list[Value] = []
        for binding in found:
            known = shared.get((file, binding))
            if known is None:
                return None
            values.extend(known)
        together = shared[key] = distinct(values)
        return together

    def _evaluate(self, file: File, expr: Expr, place: Placed) -> Values:
        evaluate = expression_values.BY_KIND.get(type(expr))
        return ANY if evaluate is None else distinct(evaluate(self, file, expr, place))

    def resolver(self, file: File, place: Placed) -> Resolver:
        """What folding asks of names at a place."""
        return Resolver(
            lambda expr: self.texts(file, expr, place),
            lambda expr: self._collections.folded(file, expr, place),
            function=lambda expr: self._function_name(file, expr, place),
        )

    def _function_name(self, file: File, expr: Expr, place: Placed) -> str | None:
        """The qualified name of what is called, where it surely comes from outside of the project."""
        values = self.of(file, expr, place) if isinstance(expr, (ir.Name, ir.Attribute)) else ()
        if len(values) != 1 or not isinstance(values[0], ExternalName):
            return None
        return values[0].name

    def texts(self, file: File, expr: Expr, place: Placed) -> str | None:
        """The one string that `expr` surely is, folded; None when it is not that simple."""
        values = self.of(file, expr, place)
        if len(values) == 1 and isinstance(values[0], Literal):
            return values[0].text
        return None

    @remembered
    def texts_made(self, file: File) -> Sequence[Made]:
        """The texts that the statements of a file make when they are run on what is known."""
        from lint_langsmith.analysis.values.constant_propagation import Propagation  # noqa: PLC0415 - few files need it

        return Propagation(self, file).run()

    # -- names -------------------------------------------------------------------------------------------------------

    def name(self, file: File, name: str, place: Placed) -> Values:
        """The values that a name may stand for at a place."""
        return self._named(file, name, lookup(file, name, place))

    def _named(self, file: File, name: str, found: Sequence[Binding]) -> Values:
        """The values of a name with these bindings; without any it comes from a star import, or is a builtin."""
        if found:
            return self.bindings(file, found)
        imported = imported_names.star_imported(self, file, name)
        if imported is not None:
            return self.exported(imported, name)
        for star in file.star_imports[-1:]:
            # What is imported behind it from elsewhere may have the name as well.
            is_foreign = not star.level and not self.project.is_own_package(star.module, file)
            if is_foreign and self.project.sdk.ever(f"{star.module}.{name}"):
                return (ExternalName(f"{star.module}.{name}"),)
        if name not in (_KEPT_BUILTINS if file.star_imports else _BUILTINS):
            return ANY
        return (ExternalName(f"builtins.{name}"),)

    def exported(self, file: File, name: str) -> Values:
        """The values that a module of the project has under `name` for its importers."""
        return imported_names.exported(self, file, name)

    def bindings(self, file: File, found: Sequence[Binding]) -> Values:
        """The values of a name with these bindings."""
        if len(found) == 1:
            return self.binding(file, found[0])
        values: list[Value] = []
        for binding in found:
            values.extend(self.binding(file, binding))
        return distinct(values)

    def binding(self, file: File, binding: Binding) -> Values:
        """The values that one binding gives to its name."""
        key = (file, binding)
        return self.memo.shared.get(key) or self._ask(key, self._bound, file, binding)

    def _bound(self, file: File, binding: Binding) -> Values:
        return distinct(self._given_by(file, binding))

    def _given_by(self, file: File, binding: Binding) -> Iterable[Value]:
        if binding.kind == "import":
            return imported_names.imported(self, file, binding)
        if binding.kind == "function":
            return (FunctionRef(file, binding.target),)
        if binding.kind == "class":
            return (ClassRef(file, binding.target),)
        if binding.kind == "parameter":
            return parameter(self, file, binding)
        if binding.kind == "annotation" or (
            binding.annotation is not None and binding.value is None
        ):
            return self.types(file, binding.annotation, binding)
        is_changed = binding.kind == "augmented" and not is_lengthened(binding)
        if binding.value is None or binding.via == "rest" or is_changed:
            return ANY
        # The value is there before the name: `text = text + "…"` reads what the name was until then.
        values = self.of(
            file, binding.value, Place(binding.scope, binding.block, binding.order - 1)
        )
        if binding.kind == "except":
            return [Instance(value) for value in _classes(values)] or ANY
        if binding.via == "element":
            return each(values, lambda value: containers.part(value, binding.part))
        if binding.via == "entry":
            return each(values, lambda value: self._entries_of(value, binding.part))
        if binding.via == "enter":
            return each(values, self._entered)
        values = containers.filled(self, file, binding.name, values, (binding,))
        if binding.annotation is not None and any(map(_is_open, values)):
            return (
                *(value for value in values if not _is_open(value)),
                *self.types(file, binding.annotation, binding),
            )
        return values

    @remembered
    def _entries_of(self, value: Value, part: tuple[int, int] | None) -> Values:
        """What a name gets in `for x, y in value`; thousands of loops may iterate over one list."""
        return tuple(dict.fromkeys(containers.entries(value, part)))

    def _entered(self, value: Value) -> Iterable[Value]:
        """What `with value as name` binds: most objects give themselves, generators what they yield."""
        kind = self.sdk_types.entered(value) if isinstance(value, Outcome) else None
        if kind is not None:
            return (kind,)
        return containers.elements(value) if isinstance(value, Group) else (value,)

    def find_module(self, dotted: str, importer: File | None = None) -> File | None:
        """The file of a module, unless it is hidden from this view; never the importer itself."""
        path = self.project.module_path(dotted, importer)
        if path is None:
            return None
        if path not in self.view.in_scope:
            self.memo.depend_on_view()
        return self.project.try_load(path) if self.view.shows(path) else None

    # -- parameters and types ----------------------------------------------------------------------------------------

    def decorator_names(self, function: FunctionRef) -> Iterator[str]:
        """The qualified names of a function's decorators, as far as they come from outside of the project."""
        scope = function.file.model.scopes[function.scope]
        place = Place(scope.parent, scope.outer_block, scope.order)
        for decorator in scope.decorators:
            yield from self.decorator_name(function.file, decorator, place)

    def decorator_name(self, file: File, decorator: Expr, place: Placed) -> Iterator[str]:
        """The qualified names that a decorator may have, as it is written or called with its arguments."""
        func = uncalled(file, decorator)
        for value in self.of(file, func, place):
            if isinstance(value, ExternalName):
                yield value.name
            elif isinstance(value, ExternalAttribute) and isinstance(
                value.receiver.cls, ExternalName
            ):
                yield f"{value.receiver.cls.name}.{value.name}"
            elif func is decorator and isinstance(value, Outcome):
                # `traced = traceable(name="x")`, and then `@traced`.
                yield from (value.of.name,) if isinstance(value.of, ExternalName) else ()

    def types(self, file: File, annotation: Expr | None, place: Placed) -> Values:
        """What a value of an annotated type is: instances of the classes it names, `UNKNOWN` for other types."""
        return annotation_types.types(self, file, annotation, place)

    def types_of_alias(self, file: File, alias: Expr, place: Placed) -> Values:
        """The same of the expression that an alias of types stands for, remembered."""
        key = ("types", (file, alias, place.scope, place.block, place.order))
        return self._ask(key, self._types_of_alias, file, alias, place)

    def _types_of_alias(self, file: File, alias: Expr, place: Placed) -> Values:
        return distinct(annotation_types.types(self, file, alias, place))

    # -- attributes --------------------------------------------------------------------------------------------------

    def attribute(self, value: Value, name: str) -> Values:
        """The values of `value.name`."""
        return attributes.attribute(self, value, name)

    def attribute_names(self, cls: ClassRef) -> frozenset[str]:
        """The names of attributes that a class of the project, or what it is derived from, says something of."""
        return attributes.attribute_names(self, cls)

    def kept(self, state: str | None, name: str | None) -> Values:
        """What the program puts into a state of a framework under a name; nothing where that is not known."""
        if state is None or name is None:
            return ()
        self.memo.depend_on_view()
        return self.in_states(self.kept_by_name.get(name, ()), state)

    def in_states(self, rows: Sequence[objects.Kept], kind: str | None = None) -> Values:
        """What is put into states of frameworks: into those of one kind, or into any."""
        return tuple(objects.in_states(self, rows, kind))

    @functools.cached_property
    def kept_by_name(self) -> Mapping[str, Sequence[objects.Kept]]:
        """What the files that have to do with LangSmith put into states of frameworks, by its name there."""
        return objects.kept_by_name(in_scope_files(self.project, self.view))

    def held_by(self, value: Value) -> Values:
        """What is put into a namespace or a context variable."""
        return tuple(objects.contents(self, value))

    def ancestry(self, cls: ClassRef) -> tuple[ClassRef | ExternalName, ...]:
        """The class and its bases, depth first; bases that are not known are left out, and those that are too many."""
        found: tuple[ClassRef | ExternalName, ...] = self.memo.ask(
            ("ancestry", cls), (cls,), self._ancestry, cls
        )
        return found

    def _ancestry(self, cls: ClassRef) -> tuple[ClassRef | ExternalName, ...]:
        found: dict[ClassRef | ExternalName, None] = {cls: None}
        for base in _classes(self.bases(cls)):
            found.update(
                dict.fromkeys(self.ancestry(base) if isinstance(base, ClassRef) else (base,))
            )
        return tuple(itertools.islice(found, limits.ANCESTORS))

    def is_derived(self, cls: ClassRef, base: ClassRef) -> bool:
        """Whether a class is another one of the project, or derived from it."""
        ancestors: frozenset[object] = self.memo.ask(
            ("ancestors", cls), frozenset((cls,)), self._ancestors, cls
        )
        return base in ancestors

    def _ancestors(self, cls: ClassRef) -> frozenset[object]:
        return frozenset(self.ancestry(cls))

    def bases(self, cls: ClassRef) -> Values:
        """The values of the base-class expressions of a class; `UNKNOWN` among them where one is not known."""
        row = cls.file.model.scopes[cls.scope]
        place = Place(row.parent, row.outer_block, row.order)
        return tuple(value for base in row.bases for value in self.of(cls.file, base, place))

    # -- calls -------------------------------------------------------------------------------------------------------

    def callee(self, file: File, site: int) -> Values:
        """What a call calls."""
        call = file.model.calls[site]
        return self.of(file, call.func, call)

    def call(self, file: File, site: int) -> Values:
        """What a call gives."""
        key = (file, site)
        return self.memo.shared.get(key) or self._ask(key, self._called, file, site)

    def _called(self, file: File, site: int) -> Values:
        callees = self.callee(file, site)
        # None can't be called: where there is something else, as behind an optional import, that is meant.
        callees = tuple(callee for callee in callees if callee != NONE) or callees
        return distinct(
            value for callee in callees for value in calls.called(self, file, site, callee)
        )

    def results(self, function: FunctionRef) -> Values:
        """What a call of a function of the project gives: its returns, or what it yields, or its annotation."""
        return self.memo.shared.get(function) or self._ask(function, self._results, function)

    def _results(self, function: FunctionRef) -> Values:
        file, row = function.file, function.file.model.scopes[function.scope]
        rows = file.yields_by_scope if row.is_generator else file.returns_by_scope
        values: list[Value] = []
        for result in rows.get(function.scope, ()):
            values.extend(
                self.of(file, result.value, result) if result.value is not None else (NONE,)
            )
        if (
            not values
            or UNKNOWN in values
            or all(isinstance(value, Parameter) for value in values)
        ):
            place = Place(row.parent, row.outer_block, row.order)
            values.extend(self.types(file, row.returns, place))
        return distinct(values or (NONE,))


def _rank(key: Key) -> tuple[object, ...]:
    """The place of a question among others: by the file that it is about, and where in it."""
    if isinstance(key, (FunctionRef, ClassRef)):
        return (key.file.relative, key.scope, type(key).__name__, "")
    what, *rest = key if isinstance(key, tuple) else (key,)
    if isinstance(what, str):
        return (*_rank(rest[0]), what)
    asked, *place = rest
    return (what.relative, -1, type(asked).__name__, repr(asked), *place)


def _is_open(value: Value) -> bool:
    """Whether an annotation tells more than the value: an empty collection, or what a library gives."""
    return value in {UNKNOWN, Table.of(()), Group.of(())} or (
        isinstance(value, Outcome) and isinstance(value.of, ExternalName)
    )


def _classes(values: Iterable[Value]) -> list[ExternalName | ClassRef]:
    found: list[ExternalName | ClassRef] = []
    for value in values:
        if isinstance(value, (ExternalName, ClassRef)):
            found.append(value)
        elif isinstance(value, Group):
            found.extend(
                item
                for items in value.items
                for item in items
                if isinstance(item, (ExternalName, ClassRef))
            )
    return found
