"""Expressions that are compiled when they are first used."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import lint_langsmith
from lint_langsmith import lazy_re


def test_an_expression_is_compiled_by_the_first_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compiled: list[object] = []

    def watched(pattern: str, flags: int) -> re.Pattern[str]:
        compiled.append(pattern)
        return real(pattern, flags)

    real = re.compile
    monkeypatch.setattr(re, "compile", watched)
    word = lazy_re.compile(r"(?P<first>\w)\w+", re.ASCII)
    assert compiled == []
    found = word.search("- ab")
    assert found is not None
    assert (found["first"], word.findall("ab cd"), word.sub("x", "ab cd")) == (
        "a",
        ["a", "c"],
        "x x",
    )
    assert (word.pattern, word.flags, dict(word.groupindex)) == (
        r"(?P<first>\w)\w+",
        re.ASCII,
        {"first": 1},
    )
    assert compiled == [r"(?P<first>\w)\w+"]


@pytest.mark.parametrize(
    "method",
    ["search", "match", "fullmatch", "finditer", "findall", "split"],
)
def test_each_method_answers_as_the_compiled_one_does(method: str) -> None:
    def told(answer: object) -> object:
        if isinstance(answer, re.Match):
            return answer.span()
        return answer if isinstance(answer, list) else [found.span() for found in answer or ()]  # type: ignore[attr-defined]  # an iterator of matches

    lazy, compiled = lazy_re.compile(rb"a+"), re.compile(rb"a+")
    assert told(getattr(lazy, method)(b"aa b a")) == told(getattr(compiled, method)(b"aa b a"))


def test_what_is_no_expression_is_told_where_it_is_used() -> None:
    wrong = lazy_re.compile("(")
    with pytest.raises(re.error):
        wrong.search("")
    with pytest.raises(AttributeError, match="unknown"):
        wrong.unknown  # type: ignore[attr-defined]  # noqa: B018 - what is asked here


def test_no_module_compiles_one_when_it_is_imported() -> None:
    """A run imports most modules, and uses a third of their expressions."""
    found = []
    for path in Path(lint_langsmith.__file__).parent.rglob("*.py"):
        waiting: list[ast.AST] = [ast.parse(path.read_bytes())]
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                continue
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "re.compile":
                found.append(f"{path}:{node.lineno}")
            waiting.extend(ast.iter_child_nodes(node))
    assert found == []
