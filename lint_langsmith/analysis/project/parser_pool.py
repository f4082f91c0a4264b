"""From the text of files to their models: in this process, or in others while this one does something else.

libcst takes a sixth of a second to import, and most of a run goes into parsing. So other processes begin with it as
soon as it is known that there are files to parse, and meanwhile this one loads the rules.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from lint_langsmith.analysis.ir.model import FileModel
from lint_langsmith.source.files import read
from lint_langsmith.source.kinds import CODE, Kind
from lint_langsmith.source.text import UnreadableFileError, decode, decode_text
from lint_langsmith.workers.pool import WorkerPool, can_be_helped
from lint_langsmith.workers.processes import FORKS

if TYPE_CHECKING:
    from lint_langsmith.source.notebook import Notebook

# Below so many bytes a second process costs more than it saves.
_WORTH_SHARING: Final = 60_000


class _Task(msgspec.Struct, array_like=True, gc=False):
    """A file on the disk, or a text itself, as the other processes are asked for it."""

    kind: Kind
    path: bytes
    text: bytes = b""


class Parsed(NamedTuple):
    """What a text says, and of a notebook what its JSON says."""

    model: FileModel
    notebook: Notebook | None = None


class _Answer(msgspec.Struct, frozen=True, array_like=True, gc=False):
    model: FileModel
    notebook: bytes = b""


class Parsing:
    """The processes that parse for a run, from the first file on that needs it; none where this one must do it all."""

    def __init__(self, jobs: int = 1) -> None:
        """`jobs` is how many processes may work at a time."""
        self._jobs = jobs
        self._pool: WorkerPool | None = None
        # The numbers under which the pool has the answers, by the paths of the files.
        self._numbers: dict[str, int] = {}

    @property
    def is_shared(self) -> bool:
        """Whether other processes parse."""
        return self._pool is not None

    def get_ready(self, most: int) -> None:
        """Have other processes get ready for some files, `most` at the most, where that costs next to nothing."""
        if FORKS:
            self._start(most)

    def begin(self, sizes: Mapping[str, int], kinds: Mapping[str, Kind] | None = None) -> None:
        """Have files parsed by other processes, if that is worth it: their sizes in bytes by their paths.

        `kinds` are those of the files that are not Python.
        """
        is_much = sum(sizes.values()) >= _WORTH_SHARING
        needs_libcst = kinds is None or not CODE.isdisjoint(kinds.values())
        if self._pool is None and not is_much and not needs_libcst:
            return  # a process takes longer to start than a few files of data to read
        self._start(len(sizes) if is_much else min(int(FORKS), len(sizes)))
        if self._pool is not None:
            # The largest first: no process is left with one when the others are done.
            for path in sorted(sizes, key=lambda path: -sizes[path]):
                kind: Kind = "python" if kinds is None else kinds.get(path, "python")
                self._numbers[path] = self._pool.ask(
                    msgspec.msgpack.encode(_Task(kind, os.fsencode(path)))
                )
            _decoder()  # made while they parse

    def _start(self, most: int) -> None:
        if self._pool is None and most and self._jobs > 1 and can_be_helped():
            self._pool = WorkerPool(_parse, min(self._jobs, most), _import_all)

    def has_begun(self, path: str) -> bool:
        """Whether others were given a file, and its model was not yet taken."""
        return path in self._numbers

    def begun(
        self, path: str, text: str = "", waiting: Callable[[int], None] = lambda _: None
    ) -> Parsed | None:
        """What a file says that others were given, when it is there; None where they failed or have not got it.

        `text` is that of a notebook, which has been read here already. `waiting` is told how many are there meanwhile.
        """
        number = self._numbers.pop(path, None)
        return (
            None
            if number is None or self._pool is None
            else _decoded(self._pool.answer(number, waiting), text)
        )

    def parsed(self, text: str, kind: Kind = "python") -> Parsed:
        """What a text says.

        Raises:
            UnreadableFileError: it is not what its kind should be.
        """
        done = None
        if self._pool is not None and kind in CODE:
            # They have libcst; this process may do without.
            task = _Task(kind, b"", text.encode("utf-8", "surrogatepass"))
            done = _decoded(
                self._pool.answer(self._pool.ask(msgspec.msgpack.encode(task))), text
            )
        return _parsed(text, kind) if done is None else done

    def end(self) -> None:
        """Let the processes go; there will be no others."""
        if self._pool is not None:
            self._pool.shut_down()
        self._pool, self._numbers, self._jobs = None, {}, 1


def _decoded(answer: bytes, text: str) -> Parsed | None:
    """The answer of another process about a file with a text."""
    if not answer:
        return None
    found = _decoder().decode(answer)
    if not found.notebook:
        return Parsed(found.model)
    from lint_langsmith.analysis.project import notebook_transfer  # noqa: PLC0415 - only for notebooks

    return Parsed(found.model, notebook_transfer.decoded(found.notebook, text))


@functools.cache
def _decoder() -> msgspec.msgpack.Decoder[_Answer]:
    return msgspec.msgpack.Decoder(_Answer)


def _import_all() -> None:
    import lint_langsmith.analysis.ir.lower  # noqa: F401, PLC0415 - what takes long is done before there are several


def _parse(chunk: bytes) -> bytes:
    """A model as it is sent; nothing where it can't be had: who asks does it again, and sees what is wrong."""
    try:
        task = msgspec.msgpack.decode(chunk, type=_Task)
        text = task.text.decode("utf-8", "surrogatepass")
        if task.path:
            content = read(os.fsdecode(task.path))
            text = decode(content) if task.kind == "python" else decode_text(content)
        model, notebook = _parsed(text, task.kind)
        return msgspec.msgpack.encode(
            _Answer(model, b"" if notebook is None else _encoded(notebook))
        )
    except Exception:  # noqa: BLE001 - see above
        return b""


def _encoded(notebook: Notebook) -> bytes:
    from lint_langsmith.analysis.project import notebook_transfer  # noqa: PLC0415 - only for notebooks

    return notebook_transfer.encoded(notebook)


def _parsed(text: str, kind: Kind) -> Parsed:
    if kind == "python":
        return Parsed(_lowered(text))
    if kind == "notebook":
        return _of_notebook(notebook_of(text))
    from lint_langsmith.analysis.readers import read as defined_in  # noqa: PLC0415 - yaml and dotenv are slow to import

    return Parsed(defined_in(kind, text))


def notebook_of(text: str) -> Notebook:
    """What the JSON of a notebook says.

    Raises:
        UnreadableFileError: it is no notebook.
    """
    from lint_langsmith.source.notebook import read_notebook  # noqa: PLC0415 - only for notebooks

    return read_notebook(text)


def _of_notebook(notebook: Notebook) -> Parsed:
    from lint_langsmith.analysis.readers import notebook as magics  # noqa: PLC0415 - likewise

    try:
        model = _lowered(notebook.code)
    except UnreadableFileError as error:
        place = notebook.places.span(error.span)[0]
        raise UnreadableFileError(error.message, place, error.help) from None
    definitions, files = magics.read(notebook)
    return Parsed(
        msgspec.structs.replace(model, definitions=definitions, environment_files=files),
        notebook,
    )


def _lowered(text: str) -> FileModel:
    from lint_langsmith.analysis.ir.lower import lower  # noqa: PLC0415 - libcst is slow to import: only files that matter pay

    return lower(text)
