"""Which bindings, stores and arguments hold an expression."""

from __future__ import annotations

from pathlib import Path

from lint_langsmith.analysis.exceptions.held_parts import HeldParts, holds
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.lower import lower
from lint_langsmith.analysis.project.file import File

_TEXT = """\
def f(a, b):
    x = [a, {"k": b}]
    y = a if b else None
    self.z = (a, lambda: b)
    g(b, [a], key=a)
def h(a):
    x = a
"""


def _file() -> File:
    return File(Path("a.py"), "a.py", _TEXT, lower(_TEXT))


def _read(file: File, name: str, line: int, number: int = 0) -> tuple[int, ir.Name]:
    """A use of a name on a line: its scope, and the expression."""
    found = [row for row in file.reads_by_name[name] if row.span.line == line]
    return found[number].scope, ir.Name(name, found[number].span)


def test_bindings_hold_what_they_stand_for_and_what_is_in_collections() -> None:
    file, parts = _file(), HeldParts()
    for name, line, names in (("a", 2, ["x"]), ("b", 2, ["x"]), ("a", 3, ["y"]), ("b", 3, [])):
        rows = parts.bindings(file, *_read(file, name, line))
        assert [row.name for row in rows] == names
    # The same name elsewhere is another expression.
    assert [row.span.line for row in parts.bindings(file, *_read(file, "a", 7))] == [7]


def test_stores_hold_what_they_stand_for() -> None:
    file, parts = _file(), HeldParts()
    (store,) = parts.stores(file, *_read(file, "a", 4))
    assert store.value is not None
    scope, made = next(
        (store.scope, item)
        for item in (store.value.items if isinstance(store.value, ir.Sequence) else ())
        if isinstance(item, ir.Lambda)
    )
    assert parts.stores(file, scope, made) == [store]
    assert parts.stores(file, *_read(file, "b", 4)) == ()  # what the lambda has in it
    assert holds(store.value, made)
    assert not holds(None, made)


def test_the_first_argument_counts() -> None:
    file, parts = _file(), HeldParts()
    (site,) = file.calls_by_name["g"]
    uses = [_read(file, "b", 5), _read(file, "a", 5), _read(file, "a", 5, 1)]
    assert [parts.argument(file, site, expr) for _, expr in uses] == [0, 1, 2]
    assert parts.argument(file, site, _read(file, "a", 7)[1]) is None
