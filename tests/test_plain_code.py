"""How dense a line may be: no comprehension inside another."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import lint_langsmith

ROOT = Path(lint_langsmith.__file__).parent
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def nested(tree: ast.AST) -> list[int]:
    """The lines of comprehensions that have another in them, in whatever part."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, COMPREHENSIONS)
        if sum(isinstance(part, COMPREHENSIONS) for part in ast.walk(node)) > 1
    ]


def test_no_comprehension_stands_in_another() -> None:
    """What is computed for each item has a name of its own: a function, or a statement of a loop."""
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted(ROOT.rglob("*.py"))
        for line in nested(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert not found


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("[a for a in b]", 0),
        ("[[c for c in a] for a in b]", 1),
        ("[a for a in [c for c in b]]", 1),
        ("[any(c for c in a) for a in b]", 1),
        ("{a: {c for c in a} for a in b if all(d for d in a)}", 1),
        ("([a for a in b], [c for c in d])", 0),
        ("[a for b in c for a in b]", 0),
    ],
)
def test_what_is_nested_is_seen(text: str, number: int) -> None:
    assert len(nested(ast.parse(text))) == number
