"""What newer Pythons forgive: it is told here of the code, since most who run the tests have no Python 3.10."""

from __future__ import annotations

import ast
from pathlib import Path

import lint_langsmith

PACKAGE = Path(lint_langsmith.__file__).parent
# Those whose structs are decoded: of what is never decoded msgspec reads no types.
DECODED = (
    "analysis/ir/model.py",
    "analysis/project/parser_pool.py",
    "findings.py",
    "observation.py",
)
FOLDERS = ("cache", "config", "fleet", "history", "results", "workers")
MODULES = sorted(
    [PACKAGE / name for name in DECODED]
    + [path for folder in FOLDERS for path in (PACKAGE / folder).rglob("*.py")]
)


def quoted_aliases(tree: ast.Module) -> set[str]:
    """The aliases of types that are texts."""
    return {
        node.target.id
        for node in tree.body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def names_of_fields(tree: ast.Module) -> set[str]:
    """All names in the types of fields of msgspec's structs."""
    structs = [
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base).endswith("Struct") for base in node.bases)
    ]
    return {
        name.id
        for struct in structs
        for field in struct.body
        if isinstance(field, ast.AnnAssign)
        for name in ast.walk(field.annotation)
        if isinstance(name, ast.Name)
    }


def test_no_field_has_a_quoted_alias_within_its_type() -> None:
    # Python 3.10 does not read texts within `dict[str, "int | None"]`, and msgspec fails there.
    for module in MODULES:
        tree = ast.parse(module.read_text())
        assert not quoted_aliases(tree) & names_of_fields(tree), module
