"""Which values a name can have behind the tests of what it stands for.

`isinstance`, `callable`, `hasattr`, `type(x) is A`, `"name" in dir(x)`, functions of the project that ask these of
their argument or are annotated with `TypeGuard` or `TypeIs`, and the class of a case: around a place, in an `assert`
before it, and where the branch of another answer has left. What a test says of a value may be unknown; then it stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.limits import GUARD_HOPS
from lint_langsmith.analysis.project.file import File, Place, Placed, last_name
from lint_langsmith.analysis.project.tests_of_names import NameTest
from lint_langsmith.analysis.values import abstract
from lint_langsmith.analysis.values.abstract import (
    ANY,
    NONE,
    Bound,
    ClassRef,
    Constant,
    ExternalName,
    FunctionRef,
    Group,
    Instance,
    Table,
    Value,
    Values,
    function_of,
)
from lint_langsmith.analysis.values.bindings import lookup

if TYPE_CHECKING:
    from lint_langsmith.analysis.project.project import Project
    from lint_langsmith.analysis.values.sdk_types import SdkTypes

_Answer: TypeAlias = Literal["yes", "no", "unsure"]
_Class: TypeAlias = "ClassRef | ExternalName"
_OPPOSITE: Final[dict[_Answer, _Answer]] = {"yes": "no", "no": "yes", "unsure": "unsure"}
_GUARDS: Final = frozenset({"TypeGuard", "TypeIs"})
# Nothing but their own objects is of these, so no client and no object of the project.
_PLAIN: Final = frozenset(
    f"builtins.{name}"
    for name in ("str", "bytes", "int", "float", "bool", "dict", "list", "tuple", "set")
)


class _Evaluator(Protocol):
    """What is asked of the evaluator, which asks here in its turn."""

    project: Project
    sdk_types: SdkTypes

    def of(self, file: File, expr: ir.Expr, place: Placed) -> Values: ...

    def callee(self, file: File, site: int) -> Values: ...

    def ancestry(self, cls: ClassRef) -> tuple[ClassRef | ExternalName, ...]: ...


class Narrowing:
    """Asks of the values of names whether the tests around them come out as they must have."""

    def __init__(self, values: _Evaluator) -> None:
        """`values` evaluates the classes and functions that tests name."""
        self._values = values
        self._types = values.sdk_types

    def possible(self, file: File, name: str, place: Placed, found: Values) -> Values:
        """Those of the values of a name that the tests around a place leave; anything, where they leave none."""
        for test in file.tests_of_names.at(name, place):
            if _is_of_same(file, name, test, place):
                found = tuple(value for value in found if self._comes_out(file, test, value))
        return found or ANY

    def _comes_out(self, file: File, test: NameTest, value: Value) -> bool:
        """Whether a test may come out as it did for a value."""
        place = Place(test.scope, test.block, test.order)
        if test.is_pattern:
            return self._is_instance(value, self._classes(file, test.test, place)) != "no"
        found = self._holds(file, test.test, place, value)
        return (found if test.holds else _OPPOSITE[found]) != "no"

    # -- conditions --------------------------------------------------------------------------------------------------

    def _holds(self, file: File, test: ir.Expr, place: Placed, value: Value) -> _Answer:
        """Whether a condition about a value is true."""
        if isinstance(test, ir.CallRef):
            return self._call_holds(file, test, place, value)
        if not isinstance(test, ir.Comparison) or len(test.ops) != 1:
            return "unsure"
        left, op, right = test.left, test.ops[0], test.rights[0]
        found: _Answer = "unsure"
        if op in {"Is", "Equal", "IsNot", "NotEqual"} and _called(file, left) == "type":
            found = _is_exactly(value, self._classes(file, right, place))
        elif op in {"In", "NotIn"} and _called(file, right) == "dir":
            found = self._has(value, left.value) if isinstance(left, ir.Text) else "unsure"
        return found if op in {"Is", "Equal", "In"} else _OPPOSITE[found]

    def _call_holds(self, file: File, test: ir.CallRef, place: Placed, value: Value) -> _Answer:
        callees = self._values.callee(file, test.site)
        callee = callees[0] if len(callees) == 1 else None
        args = [arg.value for arg in file.model.calls[test.site].args]
        if callee == ExternalName("builtins.callable"):
            return self._is_callable(value)
        if callee == ExternalName("builtins.isinstance") and len(args) > 1:
            return self._is_instance(value, self._classes(file, args[1], place))
        if callee == ExternalName("builtins.hasattr") and len(args) > 1:
            name = args[1]
            return self._has(value, name.value) if isinstance(name, ir.Text) else "unsure"
        function = function_of(callee) if callee is not None else None
        return self._guard_holds(function, value) if function is not None else "unsure"

    def _guard_holds(self, function: FunctionRef, value: Value) -> _Answer:
        """What a function of the project says of its argument: by its annotation, or by the one test that it returns.

        From one that asks another, a few steps are followed.
        """
        for _ in range(GUARD_HOPS):
            scope, file = function.file.model.scopes[function.scope], function.file
            if isinstance(scope.returns, ir.Subscript):
                return self._annotation_holds(function, scope.returns, value)
            asked = _asked_of_argument(function)
            if asked is None:
                return "unsure"
            place = Place(scope.parent, scope.outer_block, scope.order)
            callees = (
                self._values.callee(file, asked.site) if isinstance(asked, ir.CallRef) else ()
            )
            further = function_of(callees[0]) if len(callees) == 1 else None
            if further is None:
                return self._holds(file, asked, place, value)
            function = further
        return "unsure"

    def _annotation_holds(
        self, function: FunctionRef, returns: ir.Subscript, value: Value
    ) -> _Answer:
        """`-> TypeGuard[Client]`, which may turn down a client, and `-> TypeIs[Client]`, which does not."""
        kind = last_name(returns.value)
        if kind not in _GUARDS:
            return "unsure"
        scope = function.file.model.scopes[function.scope]
        place = Place(scope.parent, scope.outer_block, scope.order)
        found = self._is_instance(value, self._classes(function.file, returns.index, place))
        return found if found == "no" or kind == "TypeIs" else "unsure"

    # -- values ------------------------------------------------------------------------------------------------------

    def _classes(self, file: File, expr: ir.Expr, place: Placed) -> Sequence[Value]:
        """The classes that an expression names: one, a tuple of them, or a union."""
        return tuple(
            part
            for item in _alternatives(expr)
            for value in self._values.of(file, item, place)
            for part in _items(value)
        )

    def _is_instance(self, value: Value, classes: Sequence[Value]) -> _Answer:
        """Whether a value is an object of one of some classes."""
        answers = {self._is_of_class(value, cls) for cls in classes}
        if "yes" in answers:
            return "yes"
        return "no" if answers == {"no"} else "unsure"

    def _is_of_class(self, value: Value, cls: Value) -> _Answer:
        if not isinstance(cls, (ClassRef, ExternalName)):
            return "unsure"
        if isinstance(value, Instance):
            return self._derives(value, cls)
        if value == NONE or isinstance(value, (FunctionRef, Bound, ClassRef)):
            is_other = isinstance(cls, ClassRef) or cls.name in _PLAIN
        else:
            told = (abstract.Literal, Constant, Group, Table)
            is_other = isinstance(cls, ClassRef) and isinstance(value, told)
        return "no" if is_other else "unsure"

    def _derives(self, value: Instance, cls: _Class) -> _Answer:
        """Whether an object is of a class, or of one derived from it."""
        lineage = self._lineage(value)
        if any(self._is_same(above, cls) for above in lineage):
            return "yes"
        if isinstance(cls, ClassRef):
            # An object that the program did not build itself may be of a class derived from the one that is told.
            told = value.origin is None
            below = self._values.ancestry(cls) if told else ()
            return "unsure" if any(self._is_same(above, value.cls) for above in below) else "no"
        # What derives from classes of others is not known; the SDK's clients do not derive from each other.
        is_told_apart = cls.name in _PLAIN or self._types.client_class(cls) is not None
        return "no" if is_told_apart and self._is_known(lineage) else "unsure"

    def _lineage(self, value: Instance) -> Sequence[_Class]:
        return (
            self._values.ancestry(value.cls)
            if isinstance(value.cls, ClassRef)
            else (value.cls,)
        )

    def _is_known(self, lineage: Sequence[_Class]) -> bool:
        """Whether all classes that an object is of are known: the project's own, and the SDK's clients."""
        return all(
            isinstance(cls, ClassRef)
            or cls.name == "builtins.object"
            or self._types.client_class(cls) is not None
            for cls in lineage
        )

    def _is_same(self, one: _Class, other: _Class) -> bool:
        if one == other:
            return True
        if not isinstance(one, ExternalName) or not isinstance(other, ExternalName):
            return False
        known = self._types.client_class(one)
        return known is not None and known == self._types.client_class(other)

    def _is_callable(self, value: Value) -> _Answer:
        if isinstance(value, (FunctionRef, ClassRef, Bound)):
            return "yes"
        if isinstance(value, (abstract.Literal, Constant, Group, Table)):
            return "no"
        return self._has(value, "__call__")

    def _has(self, value: Value, name: str) -> _Answer:
        """Whether an object has an attribute or a method."""
        is_special = name.startswith("__") and name != "__call__"
        if is_special or not isinstance(value, Instance):
            return "no" if value == NONE and not is_special else "unsure"
        lineage = self._lineage(value)
        own = [cls for cls in lineage if isinstance(cls, ClassRef)]
        if any(cls.file.bindings.get((cls.scope, name)) for cls in own):
            return "yes"
        if any(_may_have(cls, name) for cls in own) or not self._is_known(lineage):
            return "unsure"
        clients = (
            self._types.client_class(cls) for cls in lineage if not isinstance(cls, ClassRef)
        )
        sdk = self._values.project.sdk
        has = any(client is not None and sdk.is_attribute(client, name) for client in clients)
        return "yes" if has else "no"


def _is_of_same(file: File, name: str, test: NameTest, place: Placed) -> bool:
    """Whether a name still stands for what a test asked about: it was not bound anew behind it."""
    return all(binding.order <= test.order for binding in lookup(file, name, place))


def _called(file: File, expr: ir.Expr) -> str:
    """The name of the function that an expression is a call of; empty for all else."""
    func = file.model.calls[expr.site].func if isinstance(expr, ir.CallRef) else None
    return func.id if isinstance(func, ir.Name) else ""


def _asked_of_argument(function: FunctionRef) -> ir.Expr | None:
    """The one test that a function returns, where it is about its first argument."""
    file, scope = function.file, function.file.model.scopes[function.scope]
    results = file.returns_by_scope.get(function.scope, ())
    asked = results[0].value if len(results) == 1 else None
    args = file.model.calls[asked.site].args if isinstance(asked, ir.CallRef) else ()
    first = args[0].value if args else None
    names = [param.name for param in scope.params if param.name not in {"self", "cls"}]
    is_asked = isinstance(first, ir.Name) and names[:1] == [first.id]
    return asked if is_asked else None


def _alternatives(expr: ir.Expr) -> Iterator[ir.Expr]:
    """The parts of `(A, B)` and of `A | B`."""
    if isinstance(expr, ir.Sequence):
        for item in expr.items:
            yield from _alternatives(item)
    elif isinstance(expr, ir.Binary) and expr.op == "|":
        yield from _alternatives(expr.left)
        yield from _alternatives(expr.right)
    else:
        yield expr


def _items(value: Value) -> Iterator[Value]:
    """The values of a tuple; anything else alone."""
    if not isinstance(value, Group):
        yield value
        return
    for slot in value.items:
        yield from slot


def _is_exactly(value: Value, classes: Sequence[Value]) -> _Answer:
    """Whether the class of a value is one of some, and not one derived from it."""
    if not isinstance(value, Instance) or value.origin is None or len(classes) != 1:
        return "unsure"
    cls = classes[0]
    if value.cls == cls:
        return "yes"
    is_told_apart = isinstance(value.cls, ClassRef) or isinstance(cls, ClassRef)
    return "no" if is_told_apart and isinstance(cls, (ClassRef, ExternalName)) else "unsure"


def _may_have(cls: ClassRef, name: str) -> bool:
    """Whether something in the file of a class sets such an attribute, or the class makes up attributes."""
    file = cls.file
    made_up = file.bindings.get((cls.scope, "__getattr__"))
    return bool(file.stores_by_attribute.get(name) or made_up)
