"""Time doubles when the input doubles: no regular expression of the package goes through a text again and again."""

from __future__ import annotations

import functools
import re
from typing import Final

import pytest
from pumps import Expression, Unknown, expressions, growth, modules

# What never sees the content of a file: by module and the beginning of the expression.
_EXEMPT: Final = {
    (
        "analysis/project/version.py",
        "(?i)^(?:.*[-_.])?(?:requirements",
    ): "names of files, of at most 255 characters",
    (
        "source/languages.py",
        "(?i)(?:.*[-_.])?(?:requirements",
    ): "names of files, of at most 255 characters",
    ("output/report/sarif.py", "## What it does"): "our rules' documentation",
    ("rules/api/ls503.py", r"\b(Use .+?"): "the SDK's texts in our table",
}
# Calls of `re` with what is known when the program runs only. Each is a name, escaped, with no repetition around it
# that could share a run of characters with another; what repeats is anchored by what is before it.
_MADE: Final = {
    "analysis/environment/streamlit_secrets.py": 1,
    "config/config.py": 1,
    "analysis/environment/checkout.py": 1,  # a word between others
    "analysis/environment/variables.py": 1,
    "analysis/credentials/settings_keys.py": 1,
    "analysis/credentials/supplying_words.py": 1,
    "analysis/environment/loaders/commands.py": 1,  # ways to name a file, each with the path behind it
    "analysis/project/byte_gate.py": 1,  # quotes
    "analysis/values/library_functions.py": 3,  # one character, or a set of them, tested before
    "analysis/project/import_graph.py": 1,  # names of packages between others
    "analysis/readers/prose.py": 1,
    "analysis/environment/reads.py": 5,
    "analysis/project/version.py": 3,  # the name of a distribution in three kinds of files
    "lazy_re.py": 1,  # what others write
    "rules/shared/imports.py": 1,
    "sdk/foreign.py": 1,  # a word between others
    "sdk/providers.py": 1,  # a table's expressions, collected where they are compiled
    "sdk/variables.py": 1,
    "source/comments.py": 1,  # a mark
    "source/languages.py": 1,  # the word that ends a here-document
    "source/globs.py": 2,  # patterns of gitignore, whose stars are made atomic there; see `test_boundary.py`
    "source/lexical.py": 1,  # the tokens of a language; see `test_comment_places.py`
    "source/kinds.py": 1,  # names of files
    "source/magics.py": 1,
    # Words that stand alone: they begin in few places.
    "rules/credentials/ls204.py": 1,
    "rules/fixes/contexts.py": 1,
    "rules/fixes/keywords.py": 1,
    "rules/fixes/traced.py": 1,
}
_SMALL, _LARGE = 3000, 12_000
_NEGLIGIBLE: Final = 0.006  # seconds for the larger


@functools.cache  # not when the tests are collected: all of the package is imported for it
def found() -> tuple[list[Expression], list[Unknown]]:
    """The expressions of the package, and calls whose expression is not known before it runs."""
    return expressions()


def _is_exempt(expression: Expression) -> bool:
    source = str(expression.pattern.pattern)
    return any(
        expression.module == module and source.startswith(begin) for module, begin in _EXEMPT
    )


@pytest.mark.slow
@pytest.mark.parametrize("module", modules())
def test_no_expression_backtracks(module: str) -> None:
    """The time for texts that make a matcher backtrack grows with their length alone."""
    grown = {
        str(expression.pattern.pattern): steps
        for expression in found()[0]
        if expression.module == module and not _is_exempt(expression)
        # A second look: another process may have taken the processor's caches away.
        if growth(expression, _SMALL, _LARGE, _NEGLIGIBLE) is not None
        and (steps := growth(expression, _SMALL, _LARGE, _NEGLIGIBLE)) is not None
    }
    assert not grown


def test_every_expression_is_looked_at() -> None:
    """A new call of `re` whose expression is made at run time is looked at by a person, once."""
    made: dict[str, int] = {}
    for call in found()[1]:
        made[call.module] = made.get(call.module, 0) + 1
    assert made == _MADE
    assert {expression.module for expression in found()[0]} <= {*modules()}


@pytest.mark.parametrize("pattern", [r"a*b", r"\s+$", r"from [^\n]*x"])
def test_the_test_finds_what_backtracks(pattern: str) -> None:
    """Expressions that are known to be quadratic are found out."""
    expression = Expression("", 0, re.compile(pattern), frozenset({"search"}))
    assert growth(expression, _SMALL, _LARGE, _NEGLIGIBLE) is not None
