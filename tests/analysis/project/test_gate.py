"""The byte gate finds what plain searches for the same words would find, however it goes about it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lint_langsmith.analysis.project.byte_gate import is_relevant, look_at

# What of LangSmith needs no lower-case name of it, as it would be written if time did not count.
PLAINLY = (
    rb"lsv2|bHN2Ml|xzdjJf|sc3YyX|v2_pt_|_pt_[0-9a-fA-F]{6}|v2_sk_|_sk_[0-9a-fA-F]{6}|\bls__|ls__[0-9a-fA-F]{32}"
    rb"|noqa:[^\n]*\bLS\d"
    rb"|LANGSMITH_|(?<!\w)LANGCHAIN_|LANGCHAIN_\w*KEY"
    rb"|LAN(?:G_)?(?:CHAIN|SMITH)_[A-Z]|LAN(?:G_?)?(?:CHIAN|SMIHT|SMTIH|SMTH|CHIN)_[A-Z]"
)
# These and halves of them in any order: what nearly matches is what a search may get wrong.
WORDS = (
    *(
        b"lsv2",
        b"bHN2Ml",
        b"xzdjJf",
        b"sc3YyX",
        b"v2_pt_",
        b"_pt_",
        b"v2_sk_",
        b"_sk_",
        b"ls__",
        b"0aF",
        b"9bC" * 11,
    ),
    *(
        b"noqa:",
        b"LS1",
        b"LAN",
        b"G",
        b"LANGSMITH_",
        b"LANGCHAIN_",
        b"LANGSMTIH_",
        b"LANG_CHAIN_",
        b"X",
        b"KEY",
    ),
    *(
        b"ls",
        b"v2",
        b"_",
        b"xzdj",
        b"Jf",
        b"sc3",
        b"YyX",
        b"bHN",
        b"2Ml",
        b"no",
        b"qa:",
        b"J",
        b"H",
        b"q",
        b"2",
    ),
    *(b" ", b"\n", b".", b"\xff"),
)


@given(st.lists(st.sampled_from(WORDS), max_size=6).map(b"".join))
@settings(max_examples=500, deadline=None)
def test_words_are_found_as_plain_searches_find_them(content: bytes) -> None:
    assert is_relevant(look_at(content)) == (re.search(PLAINLY, content) is not None)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"token = 'ls__'", True),
        (b"tools__", False),
        (b"tools__" + b"0" * 32, True),
        (b"my_pt_facade", True),
        (b"my_pt_face", False),
        (b"x_v2_sk_", True),
        (b"sv2", False),
        (b"l" + b"sv2", True),
        (b"x = 1  # noqa: E501, LS301", True),
        (b"x = 1  # noqa: E501\nLS301", False),
        (b"JJJ xzdjJ", False),
        (b"JxzdjJxzdjJf", True),
        (b"J" * 1000 + b"xzdjJf", True),
        (b"xzdjJ" * 1000, False),
        (b"url = 'https://smith.langchain.com'", True),
        (b"name = 'Smith'", False),
        (b"from langchain import hub", True),
        (b"from langchain_core.tracers import X", True),
        (b"from langchain_core.tracers.context import X", True),
        (b"from langchain_core.tracers.stdout import X", False),
        (
            b"from langchain_core.tracers.contexts import X",
            True,
        ),  # LS501 says what it is called
        (
            b"from langchain.callbacks.manager import (\n    X,\n    tracing_v2_enabled,\n)",
            True,
        ),
        (b"from langchain.callbacks.manager import X", False),
    ],
)
def test_what_nearly_matches(content: bytes, expected: bool) -> None:
    assert is_relevant(look_at(content)) is expected
