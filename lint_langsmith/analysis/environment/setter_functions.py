"""Functions of the project that set a variable whose name they are given: `def export(name, value): os.environ[…] = …`.

Every call might be of one. The bytes of the files tell which functions to ask for: those around a statement that gives
a value to an item of what goes by a variable.
"""

from __future__ import annotations

import bisect
import functools
import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed, last_name
from lint_langsmith.analysis.values.abstract import FunctionRef
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.analysis.project.project import Project

# The beginning of a function, and an item of what goes by a variable that gets a value.
_DEFINED: Final = lazy_re.compile(
    rb"(?m)^(?P<indent>[ \t]*)(?:async[ \t]{1,20})?def[ \t]{1,20}(?P<name>[\w\x80-\xff]{1,200})"
)
_STORED_BY_NAME: Final = lazy_re.compile(
    rb"\[[ \t]*[A-Za-z_\x80-\xff][\w\x80-\xff]*[ \t]*\][ \t]*(?::[^\n=]{0,80})?=(?!=)"
)
_ENVIRON_WORD: Final = lazy_re.compile(rb"environ\b")
# Names that stand for what has them: a definition, an import that does not rename.
_NAMED_SO: Final = frozenset({"function", "class", "import", "star-import"})


class SetterFunctions:
    """Those of one project."""

    def __init__(
        self, project: Project, environ: Callable[[File, ir.Expr, Placed], str | None]
    ) -> None:
        """`environ` tells whether an expression is the environment, as `Writes.environ` does."""
        self._project = project
        self._environ = environ

    def may_be_called(self, file: File, call: ir.Call) -> bool:
        """Whether a call may be of a function that sets a variable: by its name, or where it goes by another one."""
        name = last_name(call.func)
        if name in self._names:
            return True
        return (
            bool(self._names)
            and isinstance(call.func, ir.Name)
            and any(
                binding.kind not in _NAMED_SO or binding.member not in {None, name}
                for binding in lookup(file, name, call)
            )
        )

    @functools.cached_property
    def _names(self) -> frozenset[str]:
        """The names of the functions in files whose bytes tell that a function may set a variable by its name."""
        found: set[str] = set()
        for name in self._project.holding(("environ",))["environ"]:
            content = self._project.files.try_content(name) or b""
            if _ENVIRON_WORD.search(content) is not None:
                found.update(_functions_storing(content))
        return frozenset(found)

    @remembered
    def parameters_set(self, function: FunctionRef) -> tuple[tuple[str, str | None], ...]:
        """The parameters of a function whose values name variables that it sets; with the one that is the value."""
        return tuple(self._parameters_set(function))

    def _parameters_set(self, function: FunctionRef) -> Iterator[tuple[str, str | None]]:
        file = function.file
        for store in file.model.stores:
            if (
                store.deleted
                or not isinstance(store.target, ir.Subscript)
                or store.value is None
            ):
                continue
            index = store.target.index
            if file.function_of(store.scope) != function.scope or not isinstance(
                index, ir.Name
            ):
                continue
            if self._environ(file, store.target.value, store) == "":
                yield index.id, store.value.id if isinstance(store.value, ir.Name) else None


def _functions_storing(content: bytes) -> Iterator[str]:
    """The names of the functions around each statement that gives a value to an item of what goes by a variable."""
    defined = list(_DEFINED.finditer(content))
    starts, around = [match.start() for match in defined], _functions_around(defined)
    end = 0
    for match in _STORED_BY_NAME.finditer(content):
        if match.start() < end:
            continue  # on a line that has been looked at
        line, end = content.rfind(b"\n", 0, match.start()) + 1, content.find(b"\n", match.end())
        end = len(content) if end < 0 else end
        indent = match.start() - line - len(content[line : match.start()].lstrip(b" \t"))
        number = bisect.bisect_right(starts, line) - 1
        while number >= 0:
            if len(defined[number]["indent"]) < indent or starts[number] == line:
                yield os.fsdecode(defined[number]["name"])
            number = around[number]


def _functions_around(defined: Sequence[re.Match[bytes]]) -> Sequence[int]:
    """Of each function the number of the last one before it that is indented less; -1 for none."""
    around: list[int] = []
    open_ones: list[int] = []
    for number, match in enumerate(defined):
        while open_ones and len(defined[open_ones[-1]]["indent"]) >= len(match["indent"]):
            open_ones.pop()
        around.append(open_ones[-1] if open_ones else -1)
        open_ones.append(number)
    return around
