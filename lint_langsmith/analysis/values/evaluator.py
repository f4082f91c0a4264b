"""Where a value comes from: literals (folded), environment variables, parameters, instances, imported things.

Evaluation is on demand and never runs anything: an expression gives the tuple of values it may have, `UNKNOWN` among
them where it may be something else. The project is followed across files; everything outside of it is a `ExternalName`.
"""

from __future__ import annotations

import builtins
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import Binding, Expr
from lint_langsmith.analysis.limits import ALTERNATIVES, FEW_FILES
from lint_langsmith.analysis.memo import Key, Memo
from lint_langsmith.analysis.project.file import File, Place, Placed, last_name
from lint_langsmith.analysis.project.view import in_scope_files
from lint_langsmith.analysis.values import annotation_types, calls, containers, objects
from lint_langsmith.analysis.values.abstract import (
    ANY,
    NONE,
    UNKNOWN,
    Bound,
    ClassRef,
    Constant,
    Environment,
    ExternalAttribute,
    ExternalName,
    FunctionRef,
    Group,
    Instance,
    Literal,
    ModuleRef,
    Outcome,
    Parameter,
    Table,
    Unknown,
    Value,
    Values,
    each,
)
from lint_langsmith.analysis.values.bindings import is_lengthened, lookup, module_bindings
from lint_langsmith.analysis.values.call_arguments import handed_argument, passed_argument
from lint_langsmith.analysis.values.call_graph import CallGraph
from lint_langsmith.analysis.values.collection_folding import CollectionFolder
from lint_langsmith.analysis.values.constant_folding import Resolver, fold
from lint_langsmith.analysis.values.name_users import NameUsers
from lint_langsmith.analysis.values.narrowing import Narrowing
from lint_langsmith.analysis.values.sdk_types import SdkTypes
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.analysis.memo import Answers
    from lint_langsmith.analysis.project.project import Project
    from lint_langsmith.analysis.project.view import View


_BUILTINS: Final = frozenset(dir(builtins)) | {"__name__", "__file__"}
# Those that no package exports under a meaning of its own, so that a star import leaves them what they are. Others do
# change: `open` of os, `sum` of numpy, `TimeoutError` of asyncio before Python 3.11.
_KEPT_BUILTINS: Final = frozenset(
    {
        *(
            "BaseException",
            "Exception",
            "AttributeError",
            "ImportError",
            "ModuleNotFoundError",
            "KeyError",
        ),
        *(
            "IndexError",
            "LookupError",
            "NameError",
            "OSError",
            "RuntimeError",
            "StopIteration",
            "TypeError",
            "ValueError",
        ),
        *(
            "isinstance",
            "issubclass",
            "hasattr",
            "getattr",
            "super",
            "property",
            "staticmethod",
            "classmethod",
        ),
    }
)
_ENVIRON: Final = ExternalName("os.environ")
_PROTOCOLS: Final = frozenset({"typing.Protocol", "typing_extensions.Protocol"})
PROPERTIES: Final = frozenset(
    {
        "builtins.property",
        "functools.cached_property",
        "cached_property.cached_property",
        "abc.abstractproperty",
    },
)
_FIXTURES: Final = frozenset({"pytest.fixture", "pytest_asyncio.fixture"})


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
        together = shared[key] = _distinct(values)
        return together

    def _evaluate(self, file: File, expr: Expr, place: Placed) -> Values:
        evaluation = self._EVALUATIONS.get(type(expr))
        return _distinct(evaluation(self, file, expr, place)) if evaluation is not None else ANY

    def _attribute(self, file: File, expr: ir.Attribute, place: Placed) -> Iterable[Value]:
        owners = _with_attributes(self.of(file, expr.value, place))
        if len(owners) == 1:
            return self.attribute(owners[0], expr.name)
        return [found for owner in owners for found in self.attribute(owner, expr.name)]

    def _conditional(self, file: File, expr: ir.Conditional, place: Placed) -> Iterable[Value]:
        return (*self.of(file, expr.body, place), *self.of(file, expr.orelse, place))

    def _inner(self, file: File, expr: ir.Await | ir.Walrus, place: Placed) -> Iterable[Value]:
        return self.of(file, expr.value, place)

    def _display(
        self, file: File, expr: ir.Sequence | ir.Mapping | ir.Comprehension, place: Placed
    ) -> Values:
        return containers.display(self, file, expr, place)

    def _lambda(self, file: File, expr: ir.Lambda, _place: Placed) -> Iterable[Value]:
        return (FunctionRef(file, expr.scope),)

    def _string(self, file: File, expr: Expr, place: Placed) -> Iterable[Value]:
        if isinstance(expr, ir.Binary) and expr.op == "|":
            return self._piped(file, expr, place)
        folded = fold(expr, self.resolver(file, place), file)
        if folded is not None:
            return (Literal(folded),)
        if isinstance(expr, ir.Binary) and expr.op == "+":
            return containers.added(self, file, expr, place)
        return ANY

    def _piped(self, file: File, expr: ir.Binary, place: Placed) -> Iterable[Value]:
        """`prompt | model` is a chain of LangChain's if either of them is an object of its."""
        sides = [expr.right]
        left: Expr = expr.left
        while isinstance(left, ir.Binary) and left.op == "|":
            sides.append(left.right)
            left = left.left
        sides.append(left)
        objects = (value for side in sides for value in self.of(file, side, place))
        return (_CHAIN,) if any(map(_is_runnable, objects)) else ANY

    def resolver(self, file: File, place: Placed) -> Resolver:
        """What folding asks of names at a place."""
        return Resolver(
            lambda expr: self.texts(file, expr, place),
            lambda expr: self._collections.folded(file, expr, place),
        )

    def texts(self, file: File, expr: Expr, place: Placed) -> str | None:
        """The one string that `expr` surely is, folded; None when it is not that simple."""
        values = self.of(file, expr, place)
        if len(values) == 1 and isinstance(values[0], Literal):
            return values[0].text
        return None

    def _boolean(self, file: File, expr: ir.Boolean, place: Placed) -> Iterable[Value]:
        """`a or b` may be each of them; of `a and b` the last counts where it is used as a value."""
        if expr.op == "and":
            return self.of(file, expr.values[-1], place)
        found: list[Value] = []
        for position, value in enumerate(expr.values):
            values = self.of(file, value, place)
            last = position == len(expr.values) - 1
            found.extend(item for item in values if last or item != NONE)
        return found

    def _item(self, file: File, expr: ir.Subscript, place: Placed) -> Iterable[Value]:
        found: list[Value] = []
        values = self.of(file, expr.value, place)
        # Of a generic class the index is its types, and where they come from leads far away.
        has_items = any(
            isinstance(value, (Group, Table)) or value == _ENVIRON for value in values
        )
        index = self.texts(file, expr.index, place) if has_items else None
        for value in values:
            if value == _ENVIRON:
                found.append(Environment(index) if index is not None else UNKNOWN)
            elif isinstance(value, Group) and isinstance(expr.index, ir.Opaque):
                found.append(value)  # a slice
            elif isinstance(value, (Group, Table)):
                found.extend(containers.item(value, index))
            elif (state := objects.state(value)) is not None:
                found.extend(self.kept(state, self.texts(file, expr.index, place)) or ANY)
            elif isinstance(value, ExternalName):
                found.append(value)  # a generic class with its arguments
            else:
                found.append(UNKNOWN)
        return found

    # -- names -------------------------------------------------------------------------------------------------------

    def name(self, file: File, name: str, place: Placed) -> Values:
        """The values that a name may stand for at a place."""
        return self._named(file, name, lookup(file, name, place))

    def _named(self, file: File, name: str, found: Sequence[Binding]) -> Values:
        """The values of a name with these bindings; without any it comes from a star import, or is a builtin."""
        if found:
            return self._bindings(file, found)
        imported = self._star_imported(file, name)
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
        found = module_bindings(file, name)
        if found:
            return self._bindings(file, found)
        submodule = self.find_module(f"{file.module}.{name}") if file.module else None
        if submodule is not None:
            return (ModuleRef(submodule),)
        imported = self._star_imported(file, name)
        return self.exported(imported, name) if imported is not None else ANY

    def _star_imported(self, file: File, name: str) -> File | None:
        """The module of the project that binds a name and from which star imports bring it, also one behind another."""
        pending, seen = [file], {file.relative}
        while pending:
            current = pending.pop()
            for star in reversed(
                current.star_imports
            ):  # the last one overrides those before it
                imported = self.find_module(absolute(current, star), current)
                if imported is None or imported.relative in seen:
                    continue
                if module_bindings(imported, name):
                    return imported
                seen.add(imported.relative)
                pending.append(imported)
        return None

    def _bindings(self, file: File, found: Sequence[Binding]) -> Values:
        if len(found) == 1:
            return self.binding(file, found[0])
        values: list[Value] = []
        for binding in found:
            values.extend(self.binding(file, binding))
        return _distinct(values)

    def binding(self, file: File, binding: Binding) -> Values:
        """The values that one binding gives to its name."""
        key = (file, binding)
        return self.memo.shared.get(key) or self._ask(key, self._bound, file, binding)

    def _bound(self, file: File, binding: Binding) -> Values:
        return _distinct(self._given_by(file, binding))

    def _given_by(self, file: File, binding: Binding) -> Iterable[Value]:
        if binding.kind == "import":
            return self._imported(file, binding)
        if binding.kind == "function":
            return (FunctionRef(file, binding.target),)
        if binding.kind == "class":
            return (ClassRef(file, binding.target),)
        if binding.kind == "parameter":
            return self._parameter(file, binding)
        if binding.kind == "annotation" or (
            binding.annotation is not None and binding.value is None
        ):
            return self.types(file, binding.annotation, binding)
        if binding.value is None or (
            binding.kind == "augmented" and not is_lengthened(binding)
        ):
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

    def _imported(self, file: File, binding: Binding) -> Iterable[Value]:
        module = absolute(file, binding)
        if binding.member is None or binding.member == "":
            dotted = module if binding.member is None else module.partition(".")[0]
            return (self._module(file, dotted),)
        known = self.find_module(module, importer=file)
        if known is not None:
            return self.exported(known, binding.member)
        if self.find_module(f"{module}.{binding.member}", importer=file) is not None:
            return (self._module(file, f"{module}.{binding.member}"),)
        if binding.level or self.project.is_own_package(module, file):
            return ANY
        return (ExternalName(f"{module}.{binding.member}"),)

    def find_module(self, dotted: str, importer: File | None = None) -> File | None:
        """The file of a module, unless it is hidden from this view; never the importer itself."""
        path = self.project.module_path(dotted, importer)
        if path is None:
            return None
        if path not in self.view.in_scope:
            self.memo.depend_on_view()
        return self.project.try_load(path) if self.view.shows(path) else None

    def _module(self, file: File, dotted: str) -> Value:
        known = self.find_module(dotted, importer=file)
        if known is not None:
            return ModuleRef(known)
        return (
            UNKNOWN
            if self.project.is_own_package(dotted, file) and "." in dotted
            else ExternalName(dotted)
        )

    # -- parameters and types ----------------------------------------------------------------------------------------

    def _parameter(self, file: File, binding: Binding) -> Iterable[Value]:
        scope = file.model.scopes[binding.scope]
        receiver = self._receiver(file, binding)
        if receiver is not None:
            return (receiver,)
        outside = Place(scope.parent, scope.outer_block, scope.order)
        values: list[Value] = []
        if binding.annotation is not None:
            values.extend(
                value
                for value in self.types(file, binding.annotation, outside)
                if value != UNKNOWN
            )
            values.extend(self._injected(file, binding.annotation, outside))
        if binding.value is not None:
            values.extend(self.of(file, binding.value, outside))
        values.extend(self._fixture(file, binding))
        if not any(map(self._tells_class, values)):
            values.extend(self._passed(file, binding))
        values.append(Parameter(file, binding.scope, binding.name))
        return values

    def _tells_class(self, value: Value) -> bool:
        """Whether a value is of a class that is known: not of a protocol, which other classes follow."""
        if not isinstance(value, Instance):
            return False
        if isinstance(value.cls, ExternalName):
            return True
        return not any(
            isinstance(base, ExternalName) and base.name in _PROTOCOLS
            for base in self.bases(value.cls)
        )

    def _receiver(self, file: File, binding: Binding) -> Value | None:
        """`self` and `cls`."""
        scope = file.model.scopes[binding.scope]
        if (
            scope.kind != "function"
            or scope.parent < 0
            or file.model.scopes[scope.parent].kind != "class"
        ):
            return None
        if not scope.params or scope.params[0].name != binding.name:
            return None
        decorators = {last_name(_uncalled(file, decorator)) for decorator in scope.decorators}
        if "staticmethod" in decorators:
            return None
        cls = ClassRef(file, scope.parent)
        makes_class = "classmethod" in decorators or scope.name in {
            "__new__",
            "__init_subclass__",
        }
        return cls if makes_class or "validator" in " ".join(decorators) else Instance(cls)

    def _injected(self, file: File, annotation: Expr, place: Placed) -> Iterable[Value]:
        """`Annotated[Client, Depends(get_client)]`."""
        if isinstance(annotation, ir.Subscript) and isinstance(annotation.index, ir.Sequence):
            for part in annotation.index.items[1:]:
                if isinstance(part, ir.CallRef):
                    yield from (
                        value
                        for value in self.of(file, part, place)
                        if isinstance(value, Instance)
                    )

    def _fixture(self, file: File, binding: Binding) -> Iterable[Value]:
        """A parameter of a test or fixture that names a fixture."""
        if not file.is_test:
            return
        for candidate in self.project.fixture_files(file):
            for definition in module_bindings(candidate, binding.name):
                if definition.kind == "function" and self._is_fixture(candidate, definition):
                    yield from self.results(FunctionRef(candidate, definition.target))

    def _is_fixture(self, file: File, definition: Binding) -> bool:
        return any(
            name in _FIXTURES
            for name in self.decorator_names(FunctionRef(file, definition.target))
        )

    def decorator_names(self, function: FunctionRef) -> Iterator[str]:
        """The qualified names of a function's decorators, as far as they come from outside of the project."""
        scope = function.file.model.scopes[function.scope]
        place = Place(scope.parent, scope.outer_block, scope.order)
        for decorator in scope.decorators:
            yield from self.decorator_name(function.file, decorator, place)

    def decorator_name(self, file: File, decorator: Expr, place: Placed) -> Iterator[str]:
        """The qualified names that a decorator may have, as it is written or called with its arguments."""
        func = _uncalled(file, decorator)
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

    def _passed(self, file: File, binding: Binding) -> Iterable[Value]:
        """What the callers in the project pass, also those that leave the call to a thread, a pool or a partial.

        Of a function of a framework, which has nothing to do with LangSmith and is called in many files, those callers
        that have: else one question would go through all of it.
        """
        function = FunctionRef(file, binding.scope)
        is_far = file.relative not in self.view.in_scope
        is_framework = is_far and len(self.call_graph.far_callers(function)) > FEW_FILES
        calls = (self.relevant_only if is_framework else self).call_graph
        for caller, site in calls.sites(function):
            given = passed_argument(caller, site, function, binding.name)
            if given is not None:
                yield from self._given(caller, site, given)
        for caller, site in calls.hand_overs(function):
            given = handed_argument(caller, site, function, binding.name)
            if given is None:
                continue
            maps = last_name(caller.model.calls[site].func) in containers.MAPPING
            for value in self._given(caller, site, given):
                yield from containers.elements(value) if maps else (value,)

    def _given(self, caller: File, site: int, argument: Expr) -> Iterable[Value]:
        values = self.of(caller, argument, caller.model.calls[site])
        return (value for value in values if not isinstance(value, (Parameter, Unknown)))

    def types(self, file: File, annotation: Expr | None, place: Placed) -> Values:
        """What a value of an annotated type is: instances of the classes it names, `UNKNOWN` for other types."""
        return annotation_types.types(self, file, annotation, place)

    def types_of_alias(self, file: File, alias: Expr, place: Placed) -> Values:
        """The same of the expression that an alias of types stands for, remembered."""
        key = ("types", (file, alias, place.scope, place.block, place.order))
        return self._ask(key, self._types_of_alias, file, alias, place)

    def _types_of_alias(self, file: File, alias: Expr, place: Placed) -> Values:
        return _distinct(annotation_types.types(self, file, alias, place))

    # -- attributes --------------------------------------------------------------------------------------------------

    def attribute(self, value: Value, name: str) -> Values:
        """The values of `value.name`."""
        if isinstance(value, ExternalName):
            return self.kept(objects.state(value), name) or (
                ExternalName(f"{value.name}.{name}"),
            )
        if isinstance(value, ModuleRef):
            return self.exported(value.file, name)
        if isinstance(value, Instance):
            if isinstance(value.cls, ExternalName):
                return tuple(objects.attribute(self, value, name)) or (
                    ExternalAttribute(value, name),
                )
            return self._own_attribute(value.cls, name, value)
        if isinstance(value, ClassRef):
            return self._own_attribute(value, name, value)
        if isinstance(value, (Group, Table)):
            return containers.method(value, name)
        if isinstance(value, (ExternalAttribute, Outcome)):
            kind = self.sdk_types.of(value)
            if kind is None and _is_kept(value, name):
                return (
                    objects.of_application(value, name)
                    or self.kept(objects.state(value), name)
                    or ANY
                )
            return (
                (ExternalAttribute(kind, name),)
                if kind is not None
                else (ExternalName(f"{_described(value)}.{name}"),)
            )
        if isinstance(value, FunctionRef):
            # A decorator may make an object of a function: `@click.group()` gives one with a `command` of its own.
            return (
                tuple(
                    ExternalName(f"{decorator}.{name}")
                    for decorator in self.decorator_names(value)
                )
                or ANY
            )
        return ANY

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

    def _own_attribute(self, cls: ClassRef, name: str, receiver: Instance | ClassRef) -> Values:
        values: list[Value] = []
        for base in self.ancestry(cls):
            if isinstance(base, ExternalName):
                if isinstance(receiver, Instance) and base.name not in {
                    "builtins.object",
                    "abc.ABC",
                }:
                    values.append(ExternalAttribute(Instance(base, receiver.origin), name))
                break
            values.extend(self._defined(base, name, receiver))
            if values:
                break
        if not values and isinstance(receiver, Instance):
            values.extend(objects.passed_on(self, cls, name))
        return _distinct(values) or ANY

    def _defined(
        self, cls: ClassRef, name: str, receiver: Instance | ClassRef
    ) -> Iterable[Value]:
        """What one class of the project says of an attribute: in its body, and in writes to `self` in its methods."""
        file = cls.file
        for binding in file.bindings.get((cls.scope, name), ()):
            if binding.kind == "function":
                function = FunctionRef(file, binding.target)
                if any(decorator in PROPERTIES for decorator in self.decorator_names(function)):
                    yield from self.results(function)
                else:
                    yield Bound(function, receiver)
            else:
                found = containers.filled(self, file, name, self.binding(file, binding))
                yield from found
                if binding.annotation is not None:
                    if not any(map(self._tells_class, found)):
                        yield from objects.field(self, cls, name, receiver)
                    yield UNKNOWN  # a field, which the constructor may set to something else
        if name in file.stores_by_attribute:
            # It is the same for each of the thousands of objects of a class.
            yield from self._ask((f"stores to {name}", cls), self._stored, cls, name)

    def _stored(self, cls: ClassRef, name: str) -> Values:
        found = tuple(self._own_stores(cls, name))
        return _distinct(found) if found else ()

    def _own_stores(self, cls: ClassRef, name: str) -> Iterator[Value]:
        """What is written to an attribute of a class of the project, or of its objects, in the file of the class."""
        file = cls.file
        for store in file.stores_by_attribute[name]:
            if store.value is None and store.annotation is None:
                continue
            if not self._is_own_store(file, cls, store):
                continue
            if store.value is not None:
                values = self.of(file, store.value, store)
                yield from containers.filled(self, file, name, values)
            if store.annotation is not None:
                yield from self.types(file, store.annotation, store)

    def _is_own_store(self, file: File, cls: ClassRef, store: ir.Store) -> bool:
        """Whether `self.name = …` stands in a method of `cls` (or `cls.name = …`, or behind `made = cls()`)."""
        target = store.target
        if not isinstance(target, ir.Attribute) or not isinstance(target.value, ir.Name):
            return False
        method = file.methods_around(store).get(cls.scope)
        if method is not None:
            params = file.model.scopes[method].params
            return bool(params) and params[0].name == target.value.id
        if target.value.id == file.model.scopes[cls.scope].name:
            return True
        made = [
            row.value
            for row in lookup(file, target.value.id, store)
            if type(row.value) is ir.CallRef
        ]
        return any(cls in self.callee(file, value.site) for value in made)

    def attribute_names(self, cls: ClassRef) -> frozenset[str]:
        """The names of attributes that a class of the project, or what it is derived from, says something of."""
        names: set[str] = set()
        for base in self.ancestry(cls):
            if isinstance(base, ExternalName):
                break
            names.update(base.file.names_by_scope.get(base.scope, ()))
            for name, stores in base.file.stores_by_attribute.items():
                if name not in names and any(
                    self._is_own_store(base.file, base, store) for store in stores
                ):
                    names.add(name)
        return frozenset(names)

    def ancestry(self, cls: ClassRef) -> tuple[ClassRef | ExternalName, ...]:
        """The class and its bases, depth first; bases that are not known are left out."""
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
        return tuple(found)

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
        return _distinct(
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
        return _distinct(values or (NONE,))

    # What the values of an expression are, by its kind; for those of names see `Evaluator.of`.
    _EVALUATIONS: ClassVar[
        Mapping[type, Callable[[Evaluator, File, Any, Placed], Iterable[Value]]]
    ] = {
        ir.Attribute: _attribute,
        ir.Template: _string,
        ir.Binary: _string,
        ir.Boolean: _boolean,
        ir.Conditional: _conditional,
        ir.Subscript: _item,
        ir.Await: _inner,
        ir.Walrus: _inner,
        ir.Sequence: _display,
        ir.Mapping: _display,
        ir.Comprehension: _display,
        ir.Lambda: _lambda,
    }


def _rank(key: Key) -> tuple[object, ...]:
    """The place of a question among others: by the file that it is about, and where in it."""
    if isinstance(key, (FunctionRef, ClassRef)):
        return (key.file.relative, key.scope, type(key).__name__, "")
    what, *rest = key if isinstance(key, tuple) else (key,)
    if isinstance(what, str):
        return (*_rank(rest[0]), what)
    asked, *place = rest
    return (what.relative, -1, type(asked).__name__, repr(asked), *place)


def _uncalled(file: File, decorator: Expr) -> Expr:
    """What a decorator is called by: `field_validator` of `@field_validator("name")`."""
    return (
        file.model.calls[decorator.site].func
        if isinstance(decorator, ir.CallRef)
        else decorator
    )


_CHAIN: Final = Instance(ExternalName("langchain_core.runnables.base.RunnableSequence"))


def _is_runnable(value: Value) -> bool:
    """Whether a value is an object of LangChain's, as far as its name tells; its classes stand in annotations."""
    if isinstance(value, Instance):
        return isinstance(value.cls, ExternalName) and value.cls.name.startswith("langchain")
    return isinstance(value, Outcome) and _described(value).startswith("langchain")


def absolute(file: File, binding: Binding) -> str:
    """The absolute module that an import statement names."""
    if not binding.level:
        return binding.module
    package = file.package.split(".") if file.package else []
    keep = len(package) - (binding.level - 1)
    base = package[:keep] if keep > 0 else []
    return ".".join([*base, binding.module] if binding.module else base)


def _with_attributes(values: Values) -> Values:
    """The values that are meant where an attribute is taken: None has none, of a typed parameter the type counts."""
    if len(values) == 1:
        return values
    is_typed = any(isinstance(value, Instance) for value in values)
    meant = tuple(
        value
        for value in values
        if value != NONE and not (is_typed and isinstance(value, Parameter))
    )
    return meant or values


def _is_open(value: Value) -> bool:
    """Whether an annotation tells more than the value: an empty collection, or what a library gives."""
    return value in {UNKNOWN, Table.of(()), Group.of(())} or (
        isinstance(value, Outcome) and isinstance(value.of, ExternalName)
    )


def _is_kept(value: ExternalAttribute | Outcome, name: str) -> bool:
    """What a service keeps in its state, `app.state.client` and `request.app.state`, may be anything."""
    return isinstance(value, ExternalAttribute) and (
        value.name == "state" or (value.name, name) == ("app", "state")
    )


def _described(value: ExternalAttribute | Outcome) -> str:
    """A name for something that an object from outside of the project gives."""
    inner = value.of if isinstance(value, Outcome) else value
    if isinstance(inner, ExternalName):
        return inner.name
    owner = inner.receiver.cls
    return f"{owner.name if isinstance(owner, ExternalName) else 'object'}.{inner.name}"


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


def _distinct(values: Iterable[Value]) -> Values:
    if type(values) is tuple and len(values) == 1:
        return values
    found = tuple(dict.fromkeys(values))
    if len(found) > ALTERNATIVES:
        return (*found[:ALTERNATIVES], UNKNOWN)
    return found or ANY


__all__ = [
    "NONE",
    "PROPERTIES",
    "UNKNOWN",
    "Bound",
    "ClassRef",
    "Constant",
    "Environment",
    "Evaluator",
    "ExternalAttribute",
    "ExternalName",
    "FunctionRef",
    "Group",
    "Instance",
    "Literal",
    "ModuleRef",
    "Outcome",
    "Parameter",
    "Unknown",
    "Value",
    "Values",
    "absolute",
]
