"""Runs random programs with the real SDK, refused by a server here, and compares what happens with what the rules say.

A 403 that gets out of a program (or ends a thread of it) must be reported by LS301, LS302 or LS303; one that is caught,
or never comes up, by none; and what LS302 and LS303 say of a handler must be true of the run.

    python tools/prove.py --programs 3000 --seed 7     random programs
    python tools/prove.py --methods                    every public method, plainly: unguarded and guarded
    python tools/prove.py --methods --part 1/6         the first of six parts of them
    python tools/prove.py --programs 1 --seed 7 --only 41 --show

Exit code 1 when something disagrees. The programs reach no other host than this machine.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import contextlib
import gc
import importlib
import inspect
import io
import logging
import multiprocessing
import os
import random
import runpy
import signal
import sys
import tempfile
import threading
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.pool import Pool
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Final, NamedTuple, cast

sys.path.insert(0, str(Path(__file__).parent))

import checkout  # noqa: F401 - what is proved is the checkout
import probe_server
import programs
import subjects
from fastapi.testclient import TestClient
from programs import Program
from subjects import Subject

from lint_langsmith.config.options import Options
from lint_langsmith.config.targets import find_targets
from lint_langsmith.findings import Finding
from lint_langsmith.run.engine import check

_CHUNK: Final = 100
# How long a program may take; each needs less than one second, but the machine may be busy.
_SECONDS: Final = 60.0
_CODES: Final = ("LS301", "LS302", "LS303", "LS9")


class Refusal(NamedTuple):
    """A 403 that came up in a run: the exception, and the lines of the program that it passed."""

    error: BaseException
    lines: frozenset[tuple[str, int]]


class Run(NamedTuple):
    """What running a program showed. `failure` is what went wrong that has nothing to do with a 403."""

    escaped: bool
    refusals: tuple[Refusal, ...]
    failure: str | None


class Disagreement(NamedTuple):
    """A program on which run and rules differ, and how."""

    number: int
    how: str
    program: Program
    findings: tuple[str, ...]


# -- running ---------------------------------------------------------------------------------------------------------


class Stage:
    """Where programs are run: the server that refuses, and the list of the exceptions that the SDK makes of it."""

    def __init__(self) -> None:
        """Starts the server; the process can reach nothing else from now on."""
        for variable in [
            name
            for name in os.environ
            if name.startswith(("LANGSMITH_", "LANGCHAIN_", "LANGGRAPH_"))
        ]:
            del os.environ[variable]
        os.environ["HOME"] = tempfile.mkdtemp()
        os.environ["LANGSMITH_API_KEY"] = "probe"
        logging.disable(logging.CRITICAL)
        probe_server.guard_network()
        probe_server.hurry()
        server = probe_server.server()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for variable in (*subjects.ADDRESSES, subjects.DEPLOYMENT_URL):
            os.environ[variable] = f"http://127.0.0.1:{server.server_port}"
        self._made: list[BaseException] = []
        self._in_threads: list[BaseException] = []
        self._watch("langsmith.utils", "LangSmithError")
        self._watch("langsmith", "LangsmithError")
        self._watch("websockets.exceptions", "InvalidStatus")
        if subjects.DEPLOYMENTS:
            self._watch("langgraph_sdk.errors", "APIError")
            self._watch("httpx", "HTTPStatusError")
        threading.excepthook = self._ended
        signal.signal(signal.SIGALRM, _time_out)

    def _watch(self, module: str, name: str) -> None:
        """Keep each exception of a tree as it is made, whoever catches it."""
        cls = getattr(importlib.import_module(module), name)
        original = cls.__init__

        def init(error: BaseException, *args: Any, **kwargs: Any) -> None:
            self._made.append(error)
            original(error, *args, **kwargs)

        cls.__init__ = init

    def _ended(self, args: Any) -> None:
        if args.exc_value is not None:
            self._in_threads.append(args.exc_value)

    def run(self, program: Program, folder: Path) -> Run:
        """Run a program whose files stand in `folder`."""
        self._made.clear()
        self._in_threads.clear()
        before = set(sys.modules)
        sys.path.insert(0, str(folder))
        failure: BaseException | None = None
        try:
            with _silence():
                signal.setitimer(signal.ITIMER_REAL, _SECONDS)
                _start(program, folder)
        except BaseException as error:
            failure = error
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            sys.path.remove(str(folder))
            for name in set(sys.modules) - before:
                if str(getattr(sys.modules[name], "__file__", "") or "").startswith(
                    str(folder)
                ):
                    del sys.modules[name]
            with _silence():
                gc.collect()
        ends = [*self._in_threads, *([failure] if failure is not None else [])]
        made = {id(error) for error in self._made}
        escaped = any(id(part) in made for end in ends for part in _parts(end))
        # A group has passed lines that what is in it has not.
        groups = [
            part for end in ends for part in _parts(end) if escaped and id(part) not in made
        ]
        travelled = [*self._made, *groups]
        refusals = tuple(Refusal(error, _lines(error, folder)) for error in travelled)
        return Run(escaped, refusals, None if escaped else _unexpected(failure))


def _start(program: Program, folder: Path) -> None:
    if program.layout == "service":
        with TestClient(importlib.import_module("app").app) as caller:
            caller.request("POST" if "router.post" in program.text else "GET", "/entry")
        return
    if program.layout != "library":
        runpy.run_path(str(folder / "main.py"), run_name="__main__")
        return
    module = importlib.import_module("mylib.runs")
    arguments = []
    if inspect.signature(module.entry).parameters:
        subject = program.subject
        further = eval(f"dict({subject.constructor})")  # noqa: S307 - a text of our own
        arguments = [subjects.makers()[subject.client](**further)]
    result = module.entry(*arguments)
    if inspect.iscoroutine(result):
        asyncio.run(result)


def _time_out(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError("the program does not end")


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


def _parts(error: BaseException) -> Iterator[BaseException]:
    """An exception, and what is in it if it is a group, or one in which tenacity puts what it gave up on."""
    yield error
    for inner in getattr(error, "exceptions", ()):
        yield from _parts(inner)
    if not hasattr(error, "exceptions") and _is_around(error) and error.__cause__ is not None:
        yield from _parts(error.__cause__)


def _is_around(error: BaseException) -> bool:
    """Whether an exception is one in which others come."""
    return hasattr(error, "exceptions") or type(error).__name__ == "RetryError"


def _lines(error: BaseException, folder: Path) -> frozenset[tuple[str, int]]:
    found: set[tuple[str, int]] = set()
    step: TracebackType | None = error.__traceback__
    while step is not None:
        path = Path(step.tb_frame.f_code.co_filename)
        if path.is_relative_to(folder):
            found.add((path.relative_to(folder).as_posix(), step.tb_lineno))
        step = step.tb_next
    return frozenset(found)


def _unexpected(failure: BaseException | None) -> str | None:
    """A failure that no program is meant to have: the generator is at fault."""
    if failure is None or isinstance(failure, SystemExit):
        return None
    known = {
        *(
            ("RuntimeError", "refused"),
            ("KeyError", "'first'"),
            ("RuntimeError", "generator didn't yield"),
        ),
        # `raise result`, where the result is no exception after all: it is refused where it is gone through.
        ("TypeError", "exceptions must derive from BaseException"),
    }
    if all(
        (type(part).__name__, str(part)) in known or _is_around(part)
        for part in _parts(failure)
    ):
        return None
    return "".join(traceback.format_exception_only(failure)).strip()


# -- comparing -------------------------------------------------------------------------------------------------------


def lint(folder: Path) -> dict[str, list[Finding]]:
    """The findings for each of the programs below a folder, by the name of the program's own folder."""
    options = Options(paths=(str(folder),), select=_CODES, isolated=True)
    outcome = check(options, find_targets(options, folder), folder, {})
    found: dict[str, list[Finding]] = {}
    for root, finding in outcome.findings:
        found.setdefault(root.name, []).append(finding)
    return found


def compare(program: Program, run: Run, findings: Sequence[Finding]) -> str | None:
    """How the rules differ from the run; None where they agree."""
    broken = [finding for finding in findings if finding.code.startswith("LS9")]
    if broken:
        return f"the linter: {broken[0].message}"
    if run.failure is not None:
        return f"the program: {run.failure}"
    reports = [finding for finding in findings if _reports(finding)]
    if any(is_meant(program, run, reports) for is_meant in EXCEPTIONS.values()):
        return None
    if run.escaped and not reports:
        return "missed: the 403 gets out"
    if reports and not run.escaped:
        return f"false alarm: {reports[0].code}, but the 403 does not get out"
    for finding in findings:
        if not _is_true(finding, program, run):
            return f"untrue: {finding.code} on line {finding.span.line}"
    return None


def _is_thread_of_dead_code(program: Program, run: Run, reports: Sequence[Finding]) -> bool:
    is_threaded = "threading." in program.text
    threads = reports and all(
        "the thread ends" in finding.message or (finding.code == "LS302" and is_threaded)
        for finding in reports
    )
    return bool(threads) and not run.refusals and program.layout != "script"


def _is_suppressed_group(program: Program, run: Run, reports: Sequence[Finding]) -> bool:
    grouped = any(hasattr(refusal.error, "exceptions") for refusal in run.refusals)
    return grouped and not reports and "contextlib.suppress" in program.text


def _is_shared_by_link(program: Program, run: Run, reports: Sequence[Finding]) -> bool:
    shared = program.subject.path.startswith(("read_shared_", "list_shared_"))
    return shared and run.escaped and not reports


def _is_closed_coroutine(program: Program, run: Run, reports: Sequence[Finding]) -> bool:
    return bool(reports) and not run.refusals and program.forms[0].endswith(".close()")


# Where run and rules may differ, by the reason.
EXCEPTIONS: Final[dict[str, Callable[[Program, Run, Sequence[Finding]], bool]]] = {
    "a thread begins a way of its own, also where what starts it is never run": _is_thread_of_dead_code,
    "`close` of a coroutine is taken for the `close` of the object that it would give": _is_closed_coroutine,
    "what is read by a share link asks for no permission, so LS301 leaves it out": _is_shared_by_link,
    "`suppress` looks into exception groups since Python 3.12 only, so the rules are silent": _is_suppressed_group,
}


def _reports(finding: Finding) -> bool:
    """Whether a finding says that the 403 of a call gets out. LS303 also speaks of what never raises."""
    return finding.code in {"LS301", "LS302"} or "sends no request yet" in finding.message


def _is_true(finding: Finding, program: Program, run: Run) -> bool:
    if finding.code == "LS301":
        text = program.files[finding.path].splitlines()[finding.span.line - 1]
        raises = any(
            (finding.path, finding.span.line) in refusal.lines for refusal in run.refusals
        )
        return raises or program.subject.method.rpartition(".")[2] in text
    statement = _try_at(program.files[finding.path], finding.span.line)
    body = {
        (finding.path, line)
        for line in range(statement.body[0].lineno, (statement.body[-1].end_lineno or 0) + 1)
    }
    if any(
        isinstance(node, (ast.Yield, ast.YieldFrom))
        for part in statement.body
        for node in ast.walk(part)
    ):
        # What is thrown into a generator by `contextlib` leaves no trace of it in the traceback.
        return bool(run.refusals)
    passed = [refusal for refusal in run.refusals if refusal.lines & body]
    if finding.code == "LS303":
        return not passed
    return bool(passed)


def _try_at(text: str, line: int) -> ast.Try:
    """The `try` whose handler begins on a line."""
    for node in ast.walk(ast.parse(text)):
        # `except*` has a node type of its own, with the same fields, from Python 3.11 on.
        if any(handler.lineno == line for handler in getattr(node, "handlers", ())):
            return cast("ast.Try", node)
    raise LookupError(line)


# -- whole runs ------------------------------------------------------------------------------------------------------


class Job(NamedTuple):
    """A part of a run for one process: random programs by number, or methods of clients."""

    seed: int
    numbers: tuple[int, ...]
    methods: tuple[tuple[str, str], ...] = ()


class Result(NamedTuple):
    """What a job found."""

    programs: int
    escaped: int
    codes: Counter[str]
    disagreements: tuple[Disagreement, ...]
    left_out: tuple[str, ...]


def work(job: Job) -> Result:
    """Make, run and lint the programs of a job."""
    stage = Stage()
    made, left_out = _of_methods(job) if job.methods else (_random(job), ())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        for number, program in made:
            _write(program, folder / f"p{number}")
        findings = lint(folder)
        disagreements, codes, escaped = [], Counter[str](), 0
        for number, program in made:
            run = stage.run(program, folder / f"p{number}")
            if run.failure is not None and run.failure.startswith("TimeoutError"):
                run = stage.run(
                    program, folder / f"p{number}"
                )  # the machine may have been busy
            found = findings.get(f"p{number}", [])
            codes.update({finding.code for finding in found})
            escaped += run.escaped
            how = compare(program, run, found)
            if how is not None:
                shown = tuple(
                    f"{item.path}:{item.span.line}: {item.code} {item.message}"
                    for item in found
                )
                disagreements.append(Disagreement(number, how, program, shown))
    return Result(len(made), escaped, codes, tuple(disagreements), left_out)


def _write(program: Program, folder: Path) -> None:
    for name, text in {**program.files, "pyproject.toml": ""}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _random(job: Job) -> list[tuple[int, Program]]:
    makers = subjects.makers()
    paths = {client: list(subjects.paths(make)) for client, make in makers.items()}
    boxes = {
        client: (make, list(subjects.paths(make))) for client, make in subjects.boxes().items()
    }
    sources = ((number, random.Random(f"{job.seed}/{number}")) for number in job.numbers)  # noqa: S311 - the same each run
    return [(number, _program(source, makers, paths, boxes)) for number, source in sources]


def _program(
    rng: random.Random,
    makers: dict[str, Any],
    paths: dict[str, list[str]],
    boxes: dict[str, tuple[Any, list[str]]],
) -> Program:
    subject: Subject | None = None
    while subject is None:
        kind = rng.random()
        if kind < 0.15:
            subject = rng.choice(subjects.CONDITIONAL)
        elif kind < 0.21:
            client = rng.choice(sorted(boxes))
            subject = subjects.of_box(client, rng.choice(boxes[client][1]), boxes[client][0])
        else:
            client = rng.choice(("Client", "Client", "Client", *makers))
            lazy = [path for path in paths[client] if path.startswith("list_")]
            path = rng.choice(lazy if lazy and rng.random() < 0.4 else paths[client])
            subject = subjects.find(client, path, makers[client])
    return programs.program(rng, subject, rng.choice((0, 0, 1, 1, 1, 2, 2, 3, 4)))


def _of_methods(job: Job) -> tuple[list[tuple[int, Program]], tuple[str, ...]]:
    """The three plain programs of each method; and the methods for which no arguments were found."""
    makers = subjects.makers()
    made: list[tuple[int, Program]] = []
    left_out: list[str] = []
    for client, path in job.methods:
        subject = subjects.find(client, path, makers[client])
        if subject is None:
            left_out.append(f"{client}.{path}")
            continue
        for item in plain_programs(subject):
            made.append((len(made), item))
    return made, tuple(left_out)


def plain_programs(subject: Subject) -> Iterator[Program]:
    """Unguarded, in a handler for each tree's base, and in one for a 401."""
    for handler in (None, "LangSmithError", "PermissionDeniedError", "LangSmithAuthError"):
        yield programs.guarded(subject, handler)


def every_method(_: object) -> list[tuple[str, str]]:
    """The public methods of all clients, for a process of its own: clients are only made where nothing is reached."""
    Stage()
    return [
        (client, path)
        for client, make in subjects.makers().items()
        for path in subjects.paths(make)
    ]


def _jobs(arguments: argparse.Namespace, pool: Pool) -> list[Job]:
    if arguments.methods:
        every = pool.map(every_method, [None])[0]
        jobs = [
            Job(0, (), tuple(every[start : start + 40])) for start in range(0, len(every), 40)
        ]
        number, parts = arguments.part
        return jobs[number - 1 :: parts]
    numbers = range(arguments.programs) if arguments.only is None else (arguments.only,)
    return [
        Job(arguments.seed, tuple(numbers[start : start + _CHUNK]))
        for start in range(0, len(numbers), _CHUNK)
    ]


def _part(text: str) -> tuple[int, int]:
    """`2/6`: the number of a part, and how many there are."""
    number, _, parts = text.partition("/")
    found = int(number), int(parts or number)
    if not 1 <= found[0] <= found[1]:
        raise argparse.ArgumentTypeError(f"{text} is no part: 1/6 is the first of six")
    return found


def _show(result: Disagreement) -> str:
    rule = "-" * 100
    return "\n".join(
        [
            rule,
            f"{result.number}: {result.how}",
            f"    {result.program.subject.name} {' > '.join(map(repr, result.program.forms))}",
            result.program.text,
            *result.findings,
        ]
    )


def main() -> int:
    """Run, compare, report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--programs", type=int, default=150)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--only", type=int, help="the number of one program of the seed")
    parser.add_argument(
        "--methods", action="store_true", help="every public method, plainly, instead"
    )
    parser.add_argument(
        "--part",
        type=_part,
        default=(1, 1),
        help="with --methods: which of how many parts, such as 2/6",
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--show",
        type=int,
        default=5,
        help="how many disagreements to print, the shortest first",
    )
    arguments = parser.parse_args()
    with multiprocessing.get_context("spawn").Pool(
        arguments.processes, maxtasksperchild=1
    ) as pool:
        results = pool.map(work, _jobs(arguments, pool), chunksize=1)
    found = sorted(
        (item for result in results for item in result.disagreements),
        key=lambda item: len(item.program.text),
    )
    for item in found[: arguments.show]:
        print(_show(item))
    for name in sorted(name for result in results for name in result.left_out):
        print(f"left out, no arguments found: {name}")
    codes = sum((result.codes for result in results), Counter[str]())
    print(
        f"{sum(result.programs for result in results)} programs"
        + ("" if arguments.methods else f" of seed {arguments.seed}")
        + f": {sum(result.escaped for result in results)} let the 403 out,"
        f" reported by {', '.join(f'{code} in {count}' for code, count in sorted(codes.items()))};"
        f" {len(found)} disagreements"
    )
    for how, count in Counter(item.how.partition(":")[0] for item in found).most_common():
        print(f"    {how}: {count}")
    return int(bool(found))


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # background threads of the SDK would keep the process alive
