"""What a parameter may stand for: its type, its default, what callers, frameworks and fixtures pass for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Protocol

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import Binding, Expr
from lint_langsmith.analysis.limits import FEW_FILES
from lint_langsmith.analysis.project.file import File, Place, Placed, last_name
from lint_langsmith.analysis.values import containers
from lint_langsmith.analysis.values.abstract import (
    UNKNOWN,
    FunctionRef,
    Instance,
    Parameter,
    Unknown,
    Value,
    Values,
)
from lint_langsmith.analysis.values.attributes import tells_class
from lint_langsmith.analysis.values.bindings import module_bindings
from lint_langsmith.analysis.values.call_arguments import handed_argument, passed_argument
from lint_langsmith.analysis.values.evaluation import Evaluation
from lint_langsmith.analysis.values.functions import class_of, uncalled

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.call_graph import CallGraph

_FIXTURES: Final = frozenset({"pytest.fixture", "pytest_asyncio.fixture"})
# Methods that get the class, although no decorator says so.
_CLASS_METHODS: Final = frozenset({"__new__", "__init_subclass__"})


class EvaluationOfCalls(Evaluation, Protocol):
    """An evaluation that knows who calls what."""

    call_graph: CallGraph

    @property
    def relevant_only(self) -> EvaluationOfCalls:
        """The one that looks only into files in scope."""


def parameter(values: EvaluationOfCalls, file: File, binding: Binding) -> list[Value]:
    """The values of a parameter; the parameter itself is among them, but for `self` and `cls`."""
    receiver = _receiver(file, binding)
    if receiver is not None:
        # The class that `__init_subclass__` gets is one that derives from its own.
        is_derived = file.model.scopes[binding.scope].name == "__init_subclass__"
        return [receiver, UNKNOWN] if is_derived else [receiver]
    scope = file.model.scopes[binding.scope]
    outside = Place(scope.parent, scope.outer_block, scope.order)
    found: list[Value] = []
    if binding.annotation is not None:
        types = values.types(file, binding.annotation, outside)
        found.extend(value for value in types if value != UNKNOWN)
        found.extend(_injected(values, file, binding.annotation, outside))
    if binding.value is not None:
        found.extend(values.of(file, binding.value, outside))
    found.extend(_fixture(values, file, binding))
    if not any(tells_class(values, value) for value in found):
        found.extend(_passed(values, file, binding))
    found.append(Parameter(file, binding.scope, binding.name))
    return found


def _receiver(file: File, binding: Binding) -> Value | None:
    """`self` and `cls`."""
    scope = file.model.scopes[binding.scope]
    cls = class_of(FunctionRef(file, binding.scope)) if scope.kind == "function" else None
    if cls is None or not scope.params or scope.params[0].name != binding.name:
        return None
    decorators = {last_name(uncalled(file, decorator)) for decorator in scope.decorators}
    if "staticmethod" in decorators:
        return None
    is_of_class = "classmethod" in decorators or scope.name in _CLASS_METHODS
    # `@field_validator("name")`
    return cls if is_of_class or "validator" in " ".join(decorators) else Instance(cls)


def _injected(
    values: Evaluation, file: File, annotation: Expr, place: Placed
) -> Iterator[Value]:
    """`Annotated[Client, Depends(get_client)]`."""
    if not isinstance(annotation, ir.Subscript):
        return
    if not isinstance(annotation.index, ir.Sequence):
        return
    for part in annotation.index.items[1:]:
        if isinstance(part, ir.CallRef):
            for value in values.of(file, part, place):
                if isinstance(value, Instance):
                    yield value


def _fixture(values: Evaluation, file: File, binding: Binding) -> Iterator[Value]:
    """A parameter of a test or fixture that names a fixture."""
    if not file.is_test:
        return
    for candidate in values.project.fixture_files(file):
        for definition in module_bindings(candidate, binding.name):
            if definition.kind != "function":
                continue
            function = FunctionRef(candidate, definition.target)
            if any(name in _FIXTURES for name in values.decorator_names(function)):
                yield from values.results(function)


def _passed(values: EvaluationOfCalls, file: File, binding: Binding) -> Iterator[Value]:
    """What the callers in the project pass, also those that leave the call to a thread, a pool or a partial.

    Of a function of a framework, which has nothing to do with LangSmith and is called in many files, those callers
    that have: else one question would go through all of it.
    """
    function = FunctionRef(file, binding.scope)
    is_far = file.relative not in values.view.in_scope
    is_framework = is_far and len(values.call_graph.far_callers(function)) > FEW_FILES
    graph = values.relevant_only.call_graph if is_framework else values.call_graph
    for caller, site in graph.sites(function):
        given = passed_argument(caller, site, function, binding.name)
        if given is not None:
            yield from _given(values, caller, site, given)
    for caller, site in graph.hand_overs(function):
        given = handed_argument(caller, site, function, binding.name)
        if given is None:
            continue
        maps = last_name(caller.model.calls[site].func) in containers.MAPPING
        for value in _given(values, caller, site, given):
            yield from containers.elements(value) if maps else (value,)


def _given(values: Evaluation, caller: File, site: int, argument: Expr) -> Values:
    found = values.of(caller, argument, caller.model.calls[site])
    return tuple(value for value in found if not isinstance(value, (Parameter, Unknown)))
