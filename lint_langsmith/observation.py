"""What a run has asked of the file system, noted by the one opener when it is asked.

An earlier result may be repeated only if all that it depended on is as it was. No list of that is kept by hand: whoever
reads a file, lists a folder or asks whether something is there does it through `source/files.py`, and is noted here.
Other processes note what they ask, too, and hand it over with their answers.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias

import msgspec

Answer: TypeAlias = bool | str

# In front of what another process answers, the length of what it has noted.
_LENGTH_BYTES: Final = 4


class Observed(msgspec.Struct, array_like=True):
    """Questions with their answers, by paths.

    `contents` are the files that were read and `listings` the folders, each with whether that was possible. `answers`
    are by the name of a function of `source/files.py`. `is_whole` is false where something is missing.
    """

    contents: dict[str, bool] = {}
    listings: dict[str, bool] = {}
    answers: dict[str, dict[str, Answer]] = {}
    is_whole: bool = True

    def add(self, other: Observed) -> None:
        """Take in what another process has asked."""
        self.contents.update(other.contents)
        self.listings.update(other.listings)
        for question, answers in other.answers.items():
            self.answers.setdefault(question, {}).update(answers)
        self.is_whole = self.is_whole and other.is_whole


# What is noted at present; None where nobody wants to know. Read by every question: a function would double the cost.
current: Observed | None = None


def begin() -> None:
    """Forget what was noted, and note everything from here on."""
    global current  # noqa: PLW0603 - there is one file system
    current = Observed()


def end() -> Observed:
    """What was noted; from here on nothing is."""
    global current
    observed, current = current, None
    return Observed(is_whole=False) if observed is None else observed


@contextmanager
def paused() -> Iterator[None]:
    """Note nothing for a while."""
    global current  # noqa: PLW0603 - as above
    before, current = current, None
    try:
        yield
    finally:
        current = before


def note(question: str, path: str | os.PathLike[str], answer: Answer) -> None:
    """Note a question with its answer."""
    if current is not None:
        current.answers.setdefault(question, {})[os.fspath(path)] = answer


def note_content(path: str | os.PathLike[str]) -> None:
    """Note that a file was read, or that what was known of its content was used."""
    if current is not None:
        current.contents[os.fspath(path)] = True


_DECODER: Final = msgspec.msgpack.Decoder(Observed)


def sealed(answer: bytes) -> bytes:
    """What this process answers to another one, with what it has noted since the last time."""
    observed = end()
    begin()
    try:
        noted = msgspec.msgpack.encode(observed)
    except UnicodeEncodeError:  # a name that is not UTF-8
        noted = msgspec.msgpack.encode(Observed(is_whole=False))
    return len(noted).to_bytes(_LENGTH_BYTES, "big") + noted + answer


def unsealed(message: bytes) -> bytes:
    """The answer of another process, what it has noted being noted here."""
    end_of_noted = _LENGTH_BYTES + int.from_bytes(message[:_LENGTH_BYTES], "big")
    if current is not None:
        current.add(_DECODER.decode(message[_LENGTH_BYTES:end_of_noted]))
    return message[end_of_noted:]
