"""A process that has another one examine repositories, and ends that one when it takes too long or too much.

Whatever a repository does to the process that examines it, nothing else is lost: this one only waits, and forks a new
one. It has everything imported once, so that a fork costs some milliseconds. It ends when nobody is left to ask it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import Final, NoReturn

import msgspec
import psutil

from lint_langsmith.config.options import Options
from lint_langsmith.fleet.jobs import Job, Request, Result, failure, first_line
from lint_langsmith.fleet.messages import Incoming, received, send
from lint_langsmith.fleet.work import work
from lint_langsmith.output.printable import one_line
from lint_langsmith.run.pipeline import examine

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
# Seconds without a request, after which a cluster of somebody else has its memory back.
_IDLE: Final = 600
# To fork costs as much as a small repository, since pages are copied when they are touched first. So many are examined
# by one process; fewer where they leave more than so much memory behind.
_MOST_OF_ONE: Final = 200
_WORN: Final = 512 << 20
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
    server = _Server()
    try:
        with contextlib.suppress(_NobodyLeftError, BrokenPipeError):
            while (content := _next_request()) is not None:
                result = server.result(msgspec.msgpack.decode(content, type=Request))
                send(answers, msgspec.msgpack.encode(result))
    finally:
        server.end()


def _warm_up() -> None:
    """Lint a small project: what that imports and compiles, no fork has to."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in _PROJECT.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        options = Options(paths=(), jobs=1, cache=False, isolated=True)
        examine(options, Path(os.path.realpath(folder)))


# Of each kind of file that many repositories have.
_PROJECT: Final = {
    "program.py": """
import os
from dotenv import load_dotenv
from langsmith import Client, traceable
load_dotenv()
client = Client(api_key=os.environ["LANGSMITH_API_KEY"])
@traceable
def name():
    try:
        return client.read_dataset(dataset_name="cities").name
    except ValueError as error:
        print(error)
        raise
""",
    "pyproject.toml": "[project]\nname = 'x'\ndependencies = ['langsmith>=0.3', 'tomli']\n",
    "requirements.txt": "langsmith>=0.3\n",
    ".gitignore": "*.log\n.venv/\n",
    ".env.example": "LANGSMITH_API_KEY=\nLANGSMITH_TRACING=true\n",
    "Dockerfile": "FROM python:3.12\nENV LANGSMITH_TRACING=false\nCMD python program.py\n",
    "compose.yaml": "services:\n  x:\n    build: .\n    environment:\n      LANGSMITH_PROJECT: x\n",
    "run.sh": "export LANGSMITH_PROJECT=x\npython program.py\n",
    "README.md": "```bash\nexport LANGSMITH_API_KEY=...\n```\n",
}


def _next_request() -> bytes | None:
    """The next request; None where there is none any more, or for long."""
    return received(_STDIN) if select.select([_STDIN], [], [], _IDLE)[0] else None


class _Server:
    """Has a process that examines repositories, as long as that is well.

    What one repository has left behind is deleted while the next one is examined, when this process has nothing to do.
    """

    def __init__(self) -> None:
        self._child: _Child | None = None
        self._left_behind = ""

    def result(self, request: Request) -> Result:
        """What became of a repository, whatever did.

        Raises:
            _NobodyLeftError: the one who asked is gone.
        """
        scratch = tempfile.mkdtemp(prefix="repository-", dir=request.scratch or None)
        try:
            child = self._ready_child()
            child.ask(request, os.path.realpath(scratch))
            self._clean_up()
            result = child.result(request)
        finally:
            self._left_behind = scratch
        if not child.is_well:
            self._end_child()
        return result

    def end(self) -> None:
        """End the process, and leave nothing behind."""
        self._end_child()
        self._clean_up()

    def _end_child(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None

    def _clean_up(self) -> None:
        if self._left_behind:
            shutil.rmtree(self._left_behind, ignore_errors=True)
            self._left_behind = ""

    def _ready_child(self) -> _Child:
        if self._child is not None and not self._child.may_go_on():
            self._end_child()
        if self._child is None:
            self._child = _Child()
        return self._child


class _Child:
    """A process that examines repositories, with a group of its own for the programs that it starts."""

    def __init__(self) -> None:
        theirs_in, self._requests = os.pipe()
        self._answers, theirs_out = os.pipe()
        self._number = os.fork()
        if not self._number:
            _be_child(theirs_in, theirs_out)
        os.close(theirs_in)
        os.close(theirs_out)
        self._count = 0
        self._begun = 0.0
        self._code: int | None = None
        self._is_over = False
        self.is_well = True

    def may_go_on(self) -> bool:
        """Whether it can have another repository."""
        if self._count >= _MOST_OF_ONE or self._memory(with_programs=False) > _WORN:
            return False
        number, status = os.waitpid(self._number, os.WNOHANG)
        if number:  # somebody has ended it
            self._code = os.waitstatus_to_exitcode(status)
        return not number

    def ask(self, request: Request, scratch: str) -> None:
        """Have a repository examined in a folder of its own."""
        self._count += 1
        self.is_well = False
        with contextlib.suppress(BrokenPipeError):  # it has just ended, which is seen below
            send(self._requests, msgspec.msgpack.encode(_with(request, scratch)))
        self._begun = time.monotonic()

    def result(self, request: Request) -> Result:
        """The answer to what was asked, or the reason to give up, after which it is not well.

        Raises:
            _NobodyLeftError: the one who asked is gone.
        """
        name = request.job.source.name
        incoming, ticks = Incoming(), 0
        while True:
            ready, _, _ = select.select([self._answers, _STDIN], [], [], _TICK)
            if self._answers in ready:
                piece = os.read(self._answers, _PIECE)
                answer = incoming.add(piece)
                if not piece:
                    self.end()
                    return failure(name, "crashed", _told(self._code or 0))
                if answer is not None:
                    self.is_well = True
                    return msgspec.msgpack.decode(answer, type=Result)
            elif _STDIN in ready:  # nothing comes before the answer but the end
                self.end()
                raise _NobodyLeftError
            if time.monotonic() - self._begun > request.timeout:
                return failure(name, "timeout", f"it took more than {request.timeout:g} s")
            if not ready:
                ticks += 1
                if self._memory(with_programs=ticks % _LOOK_AT_ALL == 0) > request.memory:
                    limit = request.memory // _MIB
                    return failure(name, "memory", f"it took more than {limit} MiB of memory")

    def end(self) -> None:
        """End it and all that it has started, and wait for it."""
        if self._is_over:
            return
        self._is_over = True
        # The group first: what it has started would go on without it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._number, signal.SIGKILL)
        if self._code is None:
            os.kill(self._number, signal.SIGKILL)
            self._code = os.waitstatus_to_exitcode(os.waitpid(self._number, 0)[1])
        os.close(self._requests)
        os.close(self._answers)

    def _memory(self, *, with_programs: bool) -> int:
        """The bytes that it takes, with the programs that it has started."""
        try:
            process = psutil.Process(self._number)
            members = [process, *(process.children(recursive=True) if with_programs else ())]
            taken: int = sum(member.memory_info().rss for member in members)
        except psutil.Error:  # it has ended in between
            return 0
        return taken


def _with(request: Request, scratch: str) -> Request:
    return msgspec.structs.replace(request, scratch=scratch)


def _told(code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"its process was ended by {signal.Signals(-code).name}"
    return f"its process ended with {code}, without an answer"


def _be_child(requests: int, answers: int) -> NoReturn:
    """Examine repositories as they come, then end: what the other process is in the middle of is not ours."""
    code = 1
    try:
        os.setsid()  # no terminal that git could ask for a password
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        _close_others({requests, answers})
        os.dup2(os.open(os.devnull, os.O_RDONLY), _STDIN)
        while (content := received(requests)) is not None:
            request = msgspec.msgpack.decode(content, type=Request)
            signal.alarm(int(request.timeout) + _GRACE)
            os.chdir(request.scratch)
            send(answers, msgspec.msgpack.encode(_worked(request.job, Path(request.scratch))))
            signal.alarm(0)
        code = 0
    finally:
        os._exit(code)


def _close_others(own: set[int]) -> None:
    """Close the lines to whoever asked: while this one held them, nobody would see that the server is gone."""
    for stream in range(_FIRST_OTHER, _MOST_OPEN):
        if stream not in own:
            with contextlib.suppress(OSError):
                os.close(stream)


def _worked(job: Job, scratch: Path) -> Result:
    try:
        return work(job, scratch)
    except Exception as error:  # noqa: BLE001 - a fault of ours costs one row
        return failure(job.source.name, "crashed", one_line(first_line(error)))


if __name__ == "__main__":
    main()
