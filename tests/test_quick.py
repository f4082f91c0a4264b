"""The quick part of the tests (`pytest -m quick`): what `conftest.py` chooses by name is there."""

from __future__ import annotations

import ast

import pytest
from conftest import QUICK, TESTS


@pytest.mark.parametrize("file", sorted(QUICK))
def test_what_is_chosen_exists(file: str) -> None:
    (path,) = TESTS.rglob(file)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    chosen = QUICK[file]
    assert chosen if isinstance(chosen, int) else chosen <= names
