"""Paths that code puts together from where it stands: `Path(__file__).parent.parent / ".env"`, `os.path.join(…)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.limits import PARTS_OF_PATH
from lint_langsmith.analysis.project.file import File, last_name
from lint_langsmith.analysis.values.bindings import lookup

if TYPE_CHECKING:
    from lint_langsmith.analysis.project.file import Placed

# What gives the path that it is given, or that it is called on.
_SAME: Final = frozenset(
    {"Path", "PurePath", "PosixPath", "str", "fspath", "abspath", "realpath", "normpath"}
    | {"resolve", "absolute", "as_posix", "expanduser"}
)
_JOINS: Final = frozenset({"join", "joinpath"})
_SLASH: Final = "?"  # the IR has no name of its own for the operator
# How many steps up an index of `parents` leads, as far as a path has as many folders.
_STEPS: Final = {str(index): index + 1 for index in range(PARTS_OF_PATH)}
_STARTED_IN: Final = frozenset({"cwd", "getcwd"})


class WrittenPath(NamedTuple):
    """The parts of a path relative to the root if it `is_anchored` at the file that writes it, else as written.

    What is not anchored counts from the folder in which the program is started.
    """

    parts: tuple[str, ...]
    is_anchored: bool = False

    @property
    def text(self) -> str:
        """The path with slashes."""
        return "/".join(self.parts)

    def up(self, steps: int) -> WrittenPath:
        """The folder that many steps above; above where the path begins it is a `..`."""
        return _joined(self, "/".join([".."] * steps)) or self


def written_path(file: File, expr: ir.Expr, place: Placed, hops: int) -> WrittenPath | None:
    """The path that an expression is, through so many names and calls; None where a part of it is not in the source."""
    if isinstance(expr, ir.Text):
        return _joined(WrittenPath(()), expr.value)
    if hops <= 0:
        return None
    if isinstance(expr, ir.Name):
        return _named(file, expr.id, place, hops)
    if isinstance(expr, ir.Binary):
        return _put_together(file, expr, place, hops)
    if isinstance(expr, ir.Attribute) and expr.name == "parent":
        inner = written_path(file, expr.value, place, hops - 1)
        return inner.up(1) if inner is not None else None
    if isinstance(expr, ir.Subscript):
        return _parents(file, expr, place, hops)
    return _called(file, expr.site, hops) if isinstance(expr, ir.CallRef) else None


def _put_together(file: File, expr: ir.Binary, place: Placed, hops: int) -> WrittenPath | None:
    """`path / "conf"`, `path + "/conf"`."""
    left = written_path(file, expr.left, place, hops - 1)
    if expr.op == "+" and isinstance(expr.right, ir.Text) and left is not None:
        text = expr.right.value
        return _joined(left, text[1:]) if text.startswith("/") else None
    if expr.op != _SLASH:
        return None
    return _all_joined([left, written_path(file, expr.right, place, hops - 1)])


def _named(file: File, name: str, place: Placed, hops: int) -> WrittenPath | None:
    if name == "__file__":
        return WrittenPath(tuple(file.relative.split("/")), is_anchored=True)
    found = lookup(file, name, place)
    if len(found) != 1 or found[0].value is None or found[0].via != "direct":
        return None
    return written_path(file, found[0].value, found[0], hops - 1)


def _parents(file: File, expr: ir.Subscript, place: Placed, hops: int) -> WrittenPath | None:
    """`path.parents[2]`."""
    base, index = expr.value, expr.index
    if not isinstance(base, ir.Attribute) or base.name != "parents":
        return None
    if not isinstance(index, ir.Constant) or index.literal not in _STEPS:
        return None
    inner = written_path(file, base.value, place, hops - 1)
    return inner.up(_STEPS[index.literal]) if inner is not None else None


def _called(file: File, site: int, hops: int) -> WrittenPath | None:
    call = file.model.calls[site]
    name = last_name(call.func)
    if name in _STARTED_IN and not call.args:
        return WrittenPath(())
    given = [arg.value for arg in call.args if arg.keyword is None and not arg.stars]
    if isinstance(call.func, ir.Attribute) and not _is_of_os(call.func.value):
        given.insert(0, call.func.value)
    paths = [written_path(file, value, call, hops - 1) for value in given]
    if name in _JOINS or name in _SAME:
        return _all_joined(paths)
    if name == "dirname" and len(paths) == 1 and paths[0] is not None:
        return paths[0].up(1)
    return None


def _is_of_os(expr: ir.Expr) -> bool:
    """`os`, `os.path`, `pathlib`: the functions of these are called on nothing."""
    return last_name(expr) in {"os", "path", "osp", "pathlib"}


def _all_joined(paths: list[WrittenPath | None]) -> WrittenPath | None:
    result = paths[0] if paths else None
    for path in paths[1:]:
        if result is None or path is None or path.is_anchored:
            return None
        result = _joined(result, path.text)
    return result


def _joined(base: WrittenPath, text: str) -> WrittenPath | None:
    """A path with another behind it, without `.`, and with `..` only at its start; None for one that is absolute."""
    if text.startswith(("/", "~")):
        return None
    parts = list(base.parts)
    for part in text.replace("\\", "/").split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return base._replace(parts=tuple(parts))
