"""From the text of Python files to their models: in this process, or in others while this one does something else.

libcst takes a sixth of a second to import, and most of a run goes into parsing. So other processes begin with it as
soon as it is known that there are files to parse, and meanwhile this one loads the rules.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

import msgspec

from lint_langsmith.model.data import FileModel
from lint_langsmith.pool import Crew, can_be_helped
from lint_langsmith.source.files import read
from lint_langsmith.source.text import decode

# Below so many bytes a second process costs more than it saves.
_WORTH_SHARING: Final = 60_000
# Chunks of the crew: a path, or a text itself.
_PATH: Final = b"p"
_TEXT: Final = b"t"


class Parsing:
    """The processes that parse for a project; none, where this one has to do it all itself."""

    def __init__(self) -> None:
        """Nobody parses yet."""
        self._crew: Crew | None = None
        self._numbers: dict[str, int] = {}

    def begin(self, files: Mapping[str, str], sizes: Mapping[str, int], jobs: int) -> None:
        """Have files, given by their names and paths, parsed by other processes, if that is worth it.

        `sizes` are those of the files in bytes; `jobs` is how many processes may work at a time.
        """
        missing = [name for name in files if name not in self._numbers]
        if not missing or jobs < 2 or not can_be_helped():
            return
        if self._crew is None:
            size = min(jobs, len(missing)) if sum(sizes[name] for name in missing) >= _WORTH_SHARING else 1
            self._crew = Crew(_parse, size, _import_all)
        # The largest first: no process is left with one when the others are done.
        for name in sorted(missing, key=lambda name: -sizes[name]):
            self._numbers[name] = self._crew.ask(_PATH + os.fsencode(files[name]))

    def begun(self, name: str) -> FileModel | None:
        """The model of a file that others were given, when it is there; None where they failed or have not got it."""
        number = self._numbers.pop(name, None)
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
        """Let the processes go."""
        if self._crew is not None:
            self._crew.dismiss()
        self._crew, self._numbers = None, {}


def _decoded(answer: bytes) -> FileModel | None:
    return _MODEL.decode(answer) if answer else None


_MODEL: Final = msgspec.msgpack.Decoder(FileModel)


def _import_all() -> None:
    import lint_langsmith.model.lower  # noqa: F401, PLC0415 - what takes long is done before there are several


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
    from lint_langsmith.model.lower import lower  # noqa: PLC0415 - libcst is slow to import: only files that matter pay

    return lower(text)
