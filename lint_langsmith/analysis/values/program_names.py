"""The names of a program whose statements are run on constants: which frame has one, and which cell it is bound to."""

from __future__ import annotations

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import Expr
from lint_langsmith.analysis.project.file import File, Place
from lint_langsmith.analysis.values.program_state import Cell, Frame, State


class Names:
    """The names of one file, as the statement sees them that is running."""

    def __init__(self, file: File) -> None:
        """Nothing has run yet."""
        self.file = file
        self.state = State()
        self.place = Place(0, 0, 0)
        self.frames: dict[int, Frame] = {0: Frame(0)}

    def frame_of(self, name: str, scope: int) -> Frame:
        """The frame in which a scope binds a name."""
        if (scope, name) in self.file.global_names:
            return self.frames[0]
        rows = self.file.bindings.get((scope, name), ())
        if rows and rows[0].kind == "nonlocal":
            found = self.find(name, self.file.model.scopes[scope].parent)
            if found is not None:
                return found
        return self.frames.get(scope) or self.frames[0]

    def find(self, name: str, scope: int) -> Frame | None:
        """The frame that has a name, seen from a scope."""
        current = scope
        while current >= 0:
            frame = self.frames.get(current)
            row = self.file.model.scopes[current]
            if frame is not None and name in frame.cells:
                return frame if current == scope or row.kind != "class" else None
            if self._is_local(name, current) and (
                frame is None or (current, name) not in self.file.global_names
            ):
                return None
            current = row.parent
        return None

    def _is_local(self, name: str, scope: int) -> bool:
        """Whether a function binds a name, for itself."""
        rows = self.file.bindings.get((scope, name))
        is_function = self.file.model.scopes[scope].kind == "function"
        return is_function and rows is not None and rows[0].kind != "nonlocal"

    def cell_of(self, expr: ir.Name) -> Cell | None:
        """The cell that a name is bound to."""
        return self.read(expr.id)

    def read(self, name: str) -> Cell | None:
        """The cell that a name is bound to where the statement stands that is running."""
        frame = self.find(name, self.place.scope)
        return frame.cells[name] if frame is not None else None

    def attribute_of(self, expr: ir.Attribute) -> tuple[Frame, str] | None:
        """The frame and path of an attribute of a name."""
        names = [expr.name]
        root: Expr = expr.value
        while isinstance(root, ir.Attribute):
            names.append(root.name)
            root = root.value
        if not isinstance(root, ir.Name):
            return None
        path = ".".join((root.id, *reversed(names)))
        frame = self.find(path, self.place.scope) or self.find(root.id, self.place.scope)
        return frame or self.frames.get(self.place.scope) or self.frames[0], path

    @property
    def frame(self) -> Frame:
        """The frame of the scope that is running."""
        return self.frames.get(self.place.scope) or self.frames[0]

    @property
    def module_frame(self) -> Frame:
        """The frame of the module."""
        return self.frames[0]
