"""What newer Pythons forgive: it is told here of the code, since most who run the tests have no Python 3.10."""

from __future__ import annotations

import ast
from pathlib import Path

import lint_langsmith

PACKAGE = Path(lint_langsmith.__file__).parent
# Of what is never decoded msgspec reads no types: a rule is made, and not read from anywhere.
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "registry.py")


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


def faults(source: str) -> set[str]:
    tree = ast.parse(source)
    return quoted_aliases(tree) & names_of_fields(tree)


def test_no_field_has_a_quoted_alias_within_its_type() -> None:
    # Python 3.10 does not read texts within `dict[str, "int | None"]`, and msgspec fails there.
    for module in MODULES:
        assert not faults(module.read_text(encoding="utf-8")), module


def test_such_a_field_is_found() -> None:
    source = 'State: TypeAlias = "int | None"\n\n\nclass Row(msgspec.Struct):\n    states: dict[str, State]\n'
    assert faults(source) == {"State"}
