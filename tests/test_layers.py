"""The layers of the package, beside what the import contract says of them: which modules import each other in circles.

Imports for types, and those inside of functions, count like all others.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import lint_langsmith
from lint_langsmith.analysis.fixed_point import components

ROOT = Path(lint_langsmith.__file__).parent


def modules() -> dict[str, Path]:
    names = {
        ".".join(("lint_langsmith", *path.relative_to(ROOT).with_suffix("").parts)): path
        for path in ROOT.rglob("*.py")
    }
    return {name.removesuffix(".__init__"): path for name, path in names.items()}


def imported(path: Path, known: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            members = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (member if member in known else node.module for member in members)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def circles() -> list[list[str]]:
    known = modules()
    graph = {
        name: sorted(
            {other for other in imported(path, known) if other in known and other != name}
        )
        for name, path in known.items()
    }
    return [
        sorted(found)
        for found in components(sorted(graph), graph.__getitem__)
        if len(found) > 1
    ]


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Parts of a recursive whole, as the evaluator is, know each other by a protocol."""
    assert circles() == []


def test_the_files_know_no_analysis() -> None:
    below = ("project", "readers", "ir", "memo", "faults", "limits", "stack", "fixed_point")
    known = modules()
    for name, path in known.items():
        if name.startswith("lint_langsmith.analysis.project."):
            inside = {
                other
                for other in imported(path, known)
                if other.startswith("lint_langsmith.analysis.")
            }
            assert {other.split(".")[2] for other in inside} <= set(below), name


def test_nothing_is_written_into_the_attributes_of_an_object_by_its_dict() -> None:
    writers = [
        path
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "__dict__"
    ]
    assert writers == []
