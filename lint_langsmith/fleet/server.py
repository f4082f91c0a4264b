"""A process that forks another one for each repository, and ends that one when it takes too long or too much.

Whatever a repository does to the process that examines it, nothing else is lost: this one only waits. It has
everything imported once, so that a fork costs some milliseconds. It ends when nobody is left to ask it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import shutil
import signal
import struct
import tempfile
import time
from pathlib import Path
from typing import Final, NoReturn

import msgspec
import psutil

from lint_langsmith.config.options import Options
from lint_langsmith.fleet.jobs import Job, Request, Result, failure, first_line
from lint_langsmith.fleet.work import work
from lint_langsmith.output.printable import one_line
from lint_langsmith.run.pipeline import examine

LENGTH: Final = struct.Struct("!Q")
# What of git's own variables belongs to the repository in which the command was started.
_OF_ONE_REPOSITORY: Final = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"),
    *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX"),
)
_STDIN: Final = 0
_STDOUT: Final = 1
_FIRST_OTHER: Final = 3
_MOST_OPEN: Final = 256  # a server has some ten
_TICK: Final = 0.1  # seconds between two looks at the memory
_LOOK_AT_ALL: Final = 10  # ticks between two looks at the programs that it has started
# A process that nobody watches any more ends itself some time behind the one that should have ended it.
_GRACE: Final = 60
_PIECE: Final = 1 << 16
_MIB: Final = 1 << 20


class _NobodyLeftError(Exception):
    """Whoever asked is gone."""


def main() -> None:
    """Answer requests on standard input, one after the other, until there are no more."""
    for name in _OF_ONE_REPOSITORY:
        os.environ.pop(name, None)
    answers = os.dup(_STDOUT)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (_STDOUT, 2):  # the linter says there what nobody reads
        os.dup2(nowhere, stream)
    _warm_up()
    gc.collect()
    gc.freeze()  # what is there now is never looked at again, so the processes share it
    with contextlib.suppress(_NobodyLeftError, BrokenPipeError):
        while (content := _received()) is not None:
            result = _answered(msgspec.msgpack.decode(content, type=Request))
            send(answers, msgspec.msgpack.encode(result))


def _warm_up() -> None:
    """Lint a small program: what that imports and loads, no fork has to."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "program.py").write_text(_PROGRAM, encoding="utf-8")
        options = Options(paths=(), jobs=1, cache=False, isolated=True)
        examine(options, Path(os.path.realpath(folder)))


_PROGRAM: Final = """
import os
from langsmith import Client
client = Client(api_key=os.environ["LANGSMITH_API_KEY"])
try:
    print(client.read_dataset(dataset_name="cities"))
except ValueError:
    raise
"""


def send(stream: int, content: bytes) -> None:
    """Write a message with its length before it."""
    _write(stream, LENGTH.pack(len(content)) + content)


def _write(stream: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(stream, rest) :]


def _received() -> bytes | None:
    head = _exactly(LENGTH.size)
    return None if head is None else _exactly(LENGTH.unpack(head)[0])


def _exactly(length: int) -> bytes | None:
    content = b""
    while len(content) < length:
        part = os.read(_STDIN, length - len(content))
        if not part:
            return None
        content += part
    return content


def _answered(request: Request) -> Result:
    """What became of a repository, whatever did."""
    scratch = tempfile.mkdtemp(prefix="repository-", dir=request.scratch or None)
    child = _Child(request, Path(os.path.realpath(scratch)))
    try:
        return child.result()
    finally:
        child.end()
        shutil.rmtree(scratch, ignore_errors=True)


class _Child:
    """The process that examines one repository, with a group of its own for the programs that it starts."""

    def __init__(self, request: Request, scratch: Path) -> None:
        self._request = request
        self._begun = time.monotonic()
        self._output, theirs = os.pipe()
        self._number = os.fork()
        if not self._number:
            _be_child(request, scratch, theirs)
        os.close(theirs)
        os.set_blocking(self._output, False)
        self._answer = b""
        self._code: int | None = None

    def result(self) -> Result:
        """Wait for the answer, or for the reason to give up.

        Raises:
            _NobodyLeftError: the one who asked is gone.
        """
        name = self._request.job.source.name
        ticks = 0
        while True:
            ready, _, _ = select.select([self._output, _STDIN], [], [], _TICK)
            if self._output in ready:
                if not self._reads_on():
                    return self._made(name)
            elif _STDIN in ready:  # nothing comes before the answer but the end
                raise _NobodyLeftError
            if time.monotonic() - self._begun > self._request.timeout:
                return failure(
                    name, "timeout", f"it took more than {self._request.timeout:g} s"
                )
            if not ready:
                ticks += 1
                if self._takes_too_much(with_programs=ticks % _LOOK_AT_ALL == 0):
                    limit = self._request.memory // _MIB
                    return failure(name, "memory", f"it took more than {limit} MiB of memory")

    def end(self) -> None:
        """End it and all that it has started, and wait for it."""
        if self._code is None:
            # The group first: what it has started would go on without it.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._number, signal.SIGKILL)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._number, signal.SIGKILL)
            self._code = os.waitstatus_to_exitcode(os.waitpid(self._number, 0)[1])
            os.close(self._output)

    def _reads_on(self) -> bool:
        """Read what there is; False when there will be no more."""
        part = os.read(self._output, _PIECE)
        self._answer += part
        return bool(part)

    def _made(self, name: str) -> Result:
        with contextlib.suppress(msgspec.MsgspecError):
            return msgspec.msgpack.decode(self._answer, type=Result)
        self.end()
        return failure(name, "crashed", _told(self._code or 0))

    def _takes_too_much(self, *, with_programs: bool) -> bool:
        try:
            process = psutil.Process(self._number)
            members = [process, *(process.children(recursive=True) if with_programs else ())]
            taken: int = sum(member.memory_info().rss for member in members)
        except psutil.Error:  # it has ended in between
            return False
        return taken > self._request.memory


def _told(code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"its process was ended by {signal.Signals(-code).name}"
    return f"its process ended with {code}, without an answer"


def _be_child(request: Request, scratch: Path, output: int) -> NoReturn:
    """Examine the repository, write the result, and end: what the other process is in the middle of is not ours."""
    code = 1
    try:
        os.setsid()  # no terminal that git could ask for a password
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.alarm(int(request.timeout) + _GRACE)
        os.chdir(scratch)
        # The lines to whoever asked: while this one held them, nobody would see that the server is gone.
        os.closerange(_FIRST_OTHER, output)
        os.closerange(output + 1, _MOST_OPEN)
        os.dup2(os.open(os.devnull, os.O_RDONLY), _STDIN)
        _write(output, msgspec.msgpack.encode(_worked(request.job, scratch)))
        code = 0
    finally:
        os._exit(code)


def _worked(job: Job, scratch: Path) -> Result:
    try:
        return work(job, scratch)
    except Exception as error:  # noqa: BLE001 - a fault of ours costs one row
        return failure(job.source.name, "crashed", one_line(first_line(error)))


if __name__ == "__main__":
    main()
