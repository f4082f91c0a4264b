"""From the text of Python files to their models: in this process, or in others while this one does something else.

libcst takes a sixth of a second to import, and most of a run goes into parsing. So other processes begin with it as
soon as it is known that there are files to parse, and meanwhile this one loads the rules.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from typing import Final

import msgspec

from lint_langsmith.analysis.ir.model import FileModel
from lint_langsmith.source.files import read
from lint_langsmith.source.text import decode
from lint_langsmith.workers.pool import Crew, can_be_helped
from lint_langsmith.workers.processes import FORKS

# Below so many bytes a second process costs more than it saves.
_WORTH_SHARING: Final = 60_000
# Chunks of the crew: a path, or a text itself.
_PATH: Final = b"p"
_TEXT: Final = b"t"


class Parsing:
    """The processes that parse for a run, from the first file on that needs it; none where this one must do it all."""

    def __init__(self, jobs: int = 1) -> None:
        """`jobs` is how many processes may work at a time."""
        self._jobs = jobs
        self._crew: Crew | None = None
        self._numbers: dict[str, int] = {}

    def get_ready(self, most: int) -> None:
        """Have other processes get ready for some files, `most` at the most, where that costs next to nothing."""
        if FORKS:
            self._start(most)

    def begin(self, sizes: Mapping[str, int]) -> None:
        """Have files parsed by other processes, if that is worth it: their sizes in bytes by their paths."""
        is_much = sum(sizes.values()) >= _WORTH_SHARING
        self._start(len(sizes) if is_much else min(int(FORKS), len(sizes)))
        if self._crew is not None:
            # The largest first: no process is left with one when the others are done.
            for path in sorted(sizes, key=lambda path: -sizes[path]):
                self._numbers[path] = self._crew.ask(_PATH + os.fsencode(path))
            _decoder()  # made while they parse

    def _start(self, most: int) -> None:
        if self._crew is None and most and self._jobs > 1 and can_be_helped():
            self._crew = Crew(_parse, min(self._jobs, most), _import_all)

    def has_begun(self, path: str) -> bool:
        """Whether others were given a file, and its model was not yet taken."""
        return path in self._numbers

    def begun(self, path: str) -> FileModel | None:
        """The model of a file that others were given, when it is there; None where they failed or have not got it."""
        number = self._numbers.pop(path, None)
        return None if number is None or self._crew is None else _decoded(self._crew.answer(number))

    def model(self, text: str) -> FileModel:
        """The model of a text.

        Raises:
            UnreadableFileError: it is no Python.
        """
        done = None
        if self._crew is not None:
            # They have libcst; this process may do without.
            done = _decoded(self._crew.answer(self._crew.ask(_TEXT + text.encode("utf-8", "surrogatepass"))))
        return _lowered(text) if done is None else done

    def end(self) -> None:
        """Let the processes go; there will be no others."""
        if self._crew is not None:
            self._crew.dismiss()
        self._crew, self._numbers, self._jobs = None, {}, 1


def _decoded(answer: bytes) -> FileModel | None:
    return _decoder().decode(answer) if answer else None


@functools.cache
def _decoder() -> msgspec.msgpack.Decoder[FileModel]:
    return msgspec.msgpack.Decoder(FileModel)


def _import_all() -> None:
    import lint_langsmith.analysis.ir.lower  # noqa: F401, PLC0415 - what takes long is done before there are several


def _parse(chunk: bytes) -> bytes:
    """A model as it is sent; nothing where it can't be had: who asks does it again, and sees what is wrong."""
    try:
        content = chunk[1:]
        is_path = chunk.startswith(_PATH)
        text = decode(read(os.fsdecode(content))) if is_path else content.decode("utf-8", "surrogatepass")
        return msgspec.msgpack.encode(_lowered(text))
    except Exception:  # noqa: BLE001 - see above
        return b""


def _lowered(text: str) -> FileModel:
    from lint_langsmith.analysis.ir.lower import lower  # noqa: PLC0415 - libcst is slow to import: only files that matter pay

    return lower(text)
