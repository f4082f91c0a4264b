"""The search with an automaton and the plain one find the same, which is what a search for each literal would find."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lint_langsmith.analysis.project.byte_gate import is_relevant, is_relevant_text, look_at
from lint_langsmith.analysis.project.words import COVERS, TABLE
from lint_langsmith.source import literals
from lint_langsmith.source.literals import FastFinder, Finder, Places, PlainFinder

needs_fast = pytest.mark.skipif(
    not literals.IS_FAST, reason="the extra `fast` is not installed"
)
ROOT = Path(__file__).parent.parent.parent


def by_itself(content: bytes, words: Sequence[bytes]) -> Places:
    """Where each of the words stands, looked for in the simplest way there is."""
    found = {
        number: [match.start() for match in re.finditer(rb"(?=%s)" % re.escape(word), content)]
        for number, word in enumerate(words)
    }
    return {number: places for number, places in found.items() if places}


def finders(words: Sequence[bytes], covers: Sequence[bytes] = ()) -> Iterator[Finder]:
    yield PlainFinder(words, covers)
    if literals.IS_FAST:
        yield FastFinder(words)


def parts() -> st.SearchStrategy[bytes]:
    """Literals of the table, halves of them, and what stands between words."""
    halves = [
        word[at:] if at < 0 else word[:at]
        for word in TABLE
        for at in (len(word) // 2, -(len(word) // 2))
    ]
    return st.sampled_from(
        [*TABLE, *halves, b"\n", b" ", b"_", b"L", b"v2", b"abc123", b"\xff", b"S1", b"lang"]
    )


@given(st.lists(parts(), max_size=12).map(b"".join))
@settings(max_examples=500, deadline=None)
def test_the_table_is_found_as_each_of_its_literals_is(content: bytes) -> None:
    expected = by_itself(content, TABLE)
    for finder in finders(TABLE, COVERS):
        assert finder.find(content) == expected
        assert finder.holds_any(content) == bool(expected)


@given(
    st.lists(st.text("ab_", min_size=1, max_size=4), min_size=1, max_size=6, unique=True),
    st.text("ab_", max_size=30),
)
@settings(max_examples=500, deadline=None)
def test_literals_that_overlap_are_all_found(words: list[str], text: str) -> None:
    encoded, content = [word.encode() for word in words], text.encode()
    for finder in finders(encoded):
        assert finder.find(content) == by_itself(content, encoded)


@pytest.mark.parametrize("piece", [3, 7, 16])
@given(content=st.text("ab_", max_size=60).map(str.encode))
@settings(max_examples=200, deadline=None)
@needs_fast
def test_what_lies_across_pieces_is_found(piece: int, content: bytes) -> None:
    words = [b"a", b"ab_", b"b_a", b"__"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(literals, "_PIECE", piece)
        assert FastFinder(words).find(content) == by_itself(content, words)


@needs_fast
def test_files_are_judged_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own files hold every literal, in code, prose and data."""
    files = [
        path
        for path in ROOT.rglob("*.*")
        if path.suffix in {".py", ".md", ".json", ".toml", ".yml"}
    ]
    told: list[list[object]] = []
    for finder in finders(TABLE, COVERS):
        monkeypatch.setattr(
            "lint_langsmith.analysis.project.byte_gate._finder", lambda finder=finder: finder
        )
        seen = [look_at(path.read_bytes()) for path in files]
        told.append([(item.places, is_relevant(item), is_relevant_text(item)) for item in seen])
    assert told[0] == told[1]
    assert len(files) > 300


def test_a_cover_stands_in_every_literal() -> None:
    assert all(any(cover in literal for cover in COVERS) for literal in TABLE)
    assert len(set(TABLE)) == len(TABLE)
    # Each costs a search of all that is read: without `fast` some 50 ms on 127 MB.
    assert len(COVERS) <= 21


@needs_fast
def test_memory_is_bounded_by_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """No call of the automaton gets more than a piece, however large a file is."""
    sizes: list[int] = []
    finder = FastFinder([b"ab", b"bab"])
    automaton = finder._automaton

    class Watched:
        def find_matches_as_indexes(self, content: bytes) -> object:
            sizes.append(len(content))
            return automaton.find_matches_as_indexes(content)

    monkeypatch.setattr(finder, "_automaton", Watched())
    finder.find(b"ab" * 2_000_000)
    assert len(sizes) == 4
    assert max(sizes) <= literals._PIECE + 2
