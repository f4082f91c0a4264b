"""What calls do to the names of a program that is run on constants, and what they return."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import Expr
from lint_langsmith.analysis.values import constants
from lint_langsmith.analysis.values.folded import Folded, Function, Object
from lint_langsmith.analysis.values.library_objects import MAKERS, OF_OBJECTS
from lint_langsmith.analysis.values.mutation import READING, Buffer, changed, with_item
from lint_langsmith.analysis.values.program_objects import Instance, Objects
from lint_langsmith.analysis.values.program_state import Cell, Frame, Target

if TYPE_CHECKING:
    from lint_langsmith.analysis.project.file import File
    from lint_langsmith.analysis.values.constant_folding import Folding
    from lint_langsmith.findings import Span

# What makes an empty collection or buffer that is filled later.
_EMPTY: Final[Mapping[str, Folded]] = {
    "io.StringIO": Buffer(),
    "io.BytesIO": Buffer(),
    "collections.deque": (),
    "collections.OrderedDict": {},
    "builtins.list": (),
    "builtins.dict": {},
    "builtins.bytearray": "",
    "builtins.str": "",
}
_COPYING: Final = frozenset(
    {"collections.deque", "collections.OrderedDict", "copy.copy", "copy.deepcopy"}
)
_NAMESPACES: Final = {
    "builtins.globals": True,
    "builtins.locals": False,
    "builtins.vars": False,
}
_NO_NAMES: Final[Mapping[str, Folded]] = {}


class Running(Protocol):
    """The run of a file's statements (`constant_propagation.py`)."""

    file: File
    folding: Folding

    @property
    def environment(self) -> Cell:
        """What the program has put into its environment."""

    @property
    def frame(self) -> Frame:
        """The frame of the scope that is running."""

    @property
    def module_frame(self) -> Frame:
        """The frame of the module."""

    def function(self, expr: Expr) -> str | None:
        """The qualified name of what comes from outside of the project."""

    def value(self, expr: Expr, span: Span | None = None) -> Folded | None:
        """What an expression is; a text that it makes is noted."""

    def argument(self, expr: Expr, span: Span | None = None) -> Folded | None:
        """What an argument is: a value, or a function that is handed on."""

    def target(self, expr: Expr) -> Target | None:
        """Where the collection lies that an expression stands for."""

    def change(
        self, target: Target, change: Callable[[Folded], Folded | None]
    ) -> Folded | None:
        """Change the value at a target."""

    def set_attribute(self, owner: Expr, name: str, value: Folded | None) -> None:
        """Give an attribute of a name a value."""

    def get_attribute(self, owner: Expr, name: str) -> Folded | None:
        """What an attribute of a name stands for."""

    def callee(self, func: Expr) -> Function | None:
        """The function or class of this file that is called."""

    def parent_object(self) -> Folded | None:
        """What `super()` is in the method that is running."""

    @property
    def objects(self) -> Objects:
        """Makes objects, and finds their attributes."""


class CallEffects:
    """Runs the calls of one file that folding does not know."""

    def __init__(self, running: Running) -> None:
        """`running` has the names."""
        self._running = running
        # What the calls of the statement that is running have returned, so that none is run twice: by their sites and
        # the names of the comprehensions around.
        self.known: list[tuple[int, Mapping[str, Folded], Folded | None]] = []

    def forget(self) -> None:
        """The next statement runs."""
        self.known = []

    def result(self, expr: Expr) -> Folded | None:
        """What a call returns, with all that it does to names."""
        if not isinstance(expr, ir.CallRef):
            return None
        names = self._running.folding.names
        for site, around, value in self.known:
            if site == expr.site and around is names:
                return value
        found = self._result(self._running.file.model.calls[expr.site])
        self.known.append((expr.site, names, found))
        return found

    def _result(self, call: ir.Call) -> Folded | None:
        name = self._running.function(call.func) or ""
        if name in _EMPTY and not call.args:
            return _EMPTY[name]
        if name in _COPYING and len(call.args) == 1:
            return self._running.value(call.args[0].value)
        if name in _NAMESPACES and not call.args:
            return self._names(name)
        if name == "builtins.super":
            return self._running.parent_object()
        if name in MAKERS or name in OF_OBJECTS:
            return self._of_objects(name, call)
        known = _FUNCTIONS.get(name)
        if known is not None:
            return known(self, [arg.value for arg in call.args])
        if name == "builtins.print":
            self._print(call)
            return None
        if isinstance(call.func, ir.Attribute) and not name:
            target = self._running.target(call.func.value)
            held = target.cell.value if target is not None else None
            if target is not None and held is not None and not isinstance(held, Object):
                return self._method(target, call.func.name, call)
        if isinstance(call.func, ir.Attribute) and name.startswith("os.environ."):
            target = self._running.target(call.func.value)
            return self._method(target, call.func.name, call) if target is not None else None
        return self._called(call, name)

    def _method(self, target: Target, method: str, call: ir.Call) -> Folded | None:
        """What a method does to a collection."""
        arguments, named = self._arguments(call)
        if method == "copy":
            return target.cell.value if not target.path else None
        if method in READING:
            return None
        result: list[Folded | None] = []

        def change(value: Folded) -> Folded | None:
            if None in arguments or None in named.values():
                return None
            known = {name: part for name, part in named.items() if part is not None}
            plain = [part for part in arguments if part is not None]
            found = changed(self._running.folding.budget, value, method, plain, known)
            result.append(found.result if found is not None else None)
            return found.value if found is not None else None

        self._running.change(target, change)
        return result[0] if result else None

    def _print(self, call: ir.Call) -> None:
        """`print(…, file=buffer)`."""
        plain, named = self._arguments(call)
        file = next((arg.value for arg in call.args if arg.keyword == "file"), None)
        target = self._running.target(file) if file is not None else None
        if target is None:
            return
        texts = [constants.shown(value) for value in plain]
        ends = [named.get("sep", " "), named.get("end", "\n")]
        whole = [part for part in (*texts, *ends) if isinstance(part, str)]
        if len(whole) < len(texts) + len(ends):
            self._running.change(target, lambda _: None)
            return
        text = constants.joined(self._running.folding.budget, whole[-2], whole[:-2]) + whole[-1]
        self._running.change(
            target, lambda held: Buffer((*held, text)) if isinstance(held, Buffer) else None
        )

    def _called(self, call: ir.Call, name: str) -> Folded | None:
        """What a function of the file returns; any other one may change the collections and objects that it gets."""
        function = self._running.callee(call.func) if not name else None
        plain, named = self._arguments(call)
        if function is not None:
            return function.run(plain, named) if "" not in named else None
        if not name.startswith("builtins."):
            for arg in call.args:
                target = self._running.target(arg.value)
                held = target.cell.value if target is not None else None
                if target is not None and isinstance(held, (tuple, Mapping, Object)):
                    self._running.change(target, lambda _: None)
        return None

    def _of_objects(self, name: str, call: ir.Call) -> Folded | None:
        """What a function of a library makes of an object, or one that makes objects."""
        plain, named = self._arguments(call)
        if name in MAKERS:
            return MAKERS[name](self._running.objects, plain, named)
        if not plain or not isinstance(plain[0], Instance):
            return None
        return OF_OBJECTS[name](self._running.objects, plain[0], named)

    def _arguments(self, call: ir.Call) -> tuple[list[Folded | None], dict[str, Folded | None]]:
        """The arguments by their places and names; None for one that is unknown."""
        plain: list[Folded | None] = []
        named: dict[str, Folded | None] = {}
        for arg in call.args:
            value = self._running.argument(arg.value, call.span)
            if arg.stars == 1:
                items = self._running.folding.items(value)
                plain.extend(items if items is not None else (None,))
            elif arg.stars:
                entries = value.items() if isinstance(value, Mapping) else ()
                named.update((str(key), part) for key, part in entries)
                named.update({"": None} if not isinstance(value, Mapping) else {})
            elif arg.keyword is not None:
                named[arg.keyword] = value
            else:
                plain.append(value)
        return plain, named

    # -- functions with names and attributes as texts ------------------------------------------------------------------

    def namespace(self, expr: Expr) -> Frame | None:
        """The frame whose names `globals()`, `vars()` or `locals()` has."""
        if not isinstance(expr, ir.CallRef):
            return None
        call = self._running.file.model.calls[expr.site]
        name = self._running.function(call.func) or ""
        if name not in _NAMESPACES or call.args:
            return None
        return self._running.module_frame if _NAMESPACES[name] else self._running.frame

    def _names(self, name: str) -> Folded:
        frame = self._running.module_frame if _NAMESPACES[name] else self._running.frame
        self._running.folding.budget.look_at(len(frame.cells))
        return {key: cell.value for key, cell in frame.cells.items() if cell.value is not None}

    def set_attribute(self, args: Sequence[Expr]) -> None:
        """`setattr(owner, name, value)`."""
        if len(args) == 3:
            name, value = self._running.folding.of(args[1]), self._running.value(args[2])
            if isinstance(name, str):
                self._running.set_attribute(args[0], name, value)

    def get_attribute(self, args: Sequence[Expr]) -> Folded | None:
        """`getattr(owner, name)`."""
        name = self._running.folding.of(args[1]) if len(args) > 1 else None
        return self._running.get_attribute(args[0], name) if isinstance(name, str) else None

    def put_variable(self, args: Sequence[Expr]) -> None:
        """`os.putenv(name, value)`."""
        name, value = map(self._running.value, args) if len(args) == 2 else (None, None)
        held = self._running.environment.value
        if isinstance(name, str) and value is not None and held is not None:
            self._running.change(
                Target(self._running.environment),
                lambda all_: with_item(self._running.folding.budget, all_, name, value),
            )

    def get_variable(self, args: Sequence[Expr]) -> Folded | None:
        """`os.getenv(name)`."""
        name = self._running.folding.of(args[0]) if args else None
        held = self._running.environment.value
        return held.get(name) if isinstance(held, Mapping) and isinstance(name, str) else None

    def expanded(self, args: Sequence[Expr]) -> Folded | None:
        """`os.path.expandvars("$A$B")`."""
        text = self._running.folding.of(args[0]) if args else None
        held = self._running.environment.value
        if not isinstance(text, str) or not isinstance(held, Mapping):
            return None
        fields = {str(name): part for name, part in held.items() if isinstance(part, str)}
        return constants.substituted(self._running.folding.budget, text, fields)

    def next(self, args: Sequence[Expr]) -> Folded | None:
        """`next(iterator)`, which takes the item away from it."""
        target = self._running.target(args[0]) if args else None
        if target is not None and target.path:
            return None
        items = self._running.folding.items(self._running.folding.of(args[0])) if args else None
        if items is None:
            return None
        if target is not None:
            self._running.change(target, lambda _: items[1:])
        default = self._running.value(args[1]) if len(args) > 1 else None
        return items[0] if items else default


_FUNCTIONS: Final[Mapping[str, Callable[[CallEffects, Sequence[Expr]], Folded | None]]] = {
    "builtins.setattr": CallEffects.set_attribute,
    "builtins.getattr": CallEffects.get_attribute,
    "builtins.next": CallEffects.next,
    "os.putenv": CallEffects.put_variable,
    "os.getenv": CallEffects.get_variable,
    "os.path.expandvars": CallEffects.expanded,
}
