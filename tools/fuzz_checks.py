"""What must hold whatever is linted: a project of made-up files is linted in this process, and each fault is named.

A fault is named by its kind and by the place in the linter at which it happens, never by values: that is what makes two
faults the same one, and what a list of known ones consists of. `tools/fuzz.py` makes the projects.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re
import signal
import sys
import time
import tokenize
import traceback
import unicodedata
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from types import FrameType
from typing import Final, NamedTuple
from unittest import mock

import checkout  # noqa: F401 - what is looked at is the checkout
import libcst as cst

from lint_langsmith.analysis.project import byte_gate
from lint_langsmith.config.config import ConfigError
from lint_langsmith.config.options import Options, UsageError
from lint_langsmith.config.targets import Targets, find_targets
from lint_langsmith.findings import Finding, Severity
from lint_langsmith.output.report import FORMATS, UnknownFormatError, writer
from lint_langsmith.redaction import redact
from lint_langsmith.results import fix
from lint_langsmith.results.run_result import Outcome
from lint_langsmith.run import engine, pipeline
from lint_langsmith.source.kinds import kind_of

# So many characters of a key in a row are a leak (as in `tests/test_redaction.py`).
WINDOW: Final = 12
# What a few small files may cost: they need a hundredth of it, on a machine of any age.
CPU_SECONDS: Final = 10.0
MEMORY: Final = 512 * 1024 * 1024
# Formats whose text goes to a terminal or a log, where a control character is a command.
_FOR_PEOPLE: Final = ("full", "concise", "grouped", "github", "azure", "pylint")
TEMPLATE: Final = "{path}:{line}:{column}: {code} {message}"
_JSON: Final = ("json", "sarif", "gitlab", "rdjson")
_JSON_LINES: Final = ("jsonl",)
_PACKAGE: Final = Path(engine.__file__).parent
# A folder, a frame of one of our modules, or a place in a message holds no value of the program.
_PLACE: Final = re.compile(r"failed with (\w+) at (\S+?):(\d+)")


class TooSlowError(BaseException):
    """The time is up. It is no `Exception`, so that nothing on its way takes it for a fault of a rule."""


class Fault(NamedTuple):
    """Something that must not happen. `name` is the same for the same fault, `detail` is for who reads it."""

    name: str
    detail: str = ""


class Case(NamedTuple):
    """What is linted: the contents of files by name, and the keys that stand in them whole wherever they stand."""

    files: Mapping[str, bytes]
    secrets: tuple[str, ...] = ()
    formats: tuple[str, ...] = ("json", "full")
    unsafe: bool = True


def faults(case: Case, root: Path, *, is_thorough: bool = True) -> list[Fault]:
    """Everything that goes wrong when a project is linted; `root` is an empty folder of its own.

    `is_thorough` also lints it a second time, with some files in another order, and fixes it.
    """
    for name, content in case.files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (root / "pyproject.toml").touch()
    found: list[Fault] = []
    try:
        with bounded(found):
            found += _Linting(case, root).faults(is_thorough=is_thorough)
    except TooSlowError as error:
        found.append(Fault(f"slow: {ours(error)}", f"over {CPU_SECONDS:.0f} s"))
    except RecursionError as error:
        found.append(Fault(f"crash: RecursionError in {ours(error)}"))
    except Exception as error:
        found.append(Fault(f"crash: {type(error).__name__} in {ours(error)}"))
    return list(dict.fromkeys(found))


@contextlib.contextmanager
def bounded(found: list[Fault]) -> Iterator[None]:
    """Bound the processor time of a block, and note it where it takes much memory; on POSIX."""
    try:
        import resource
    except ImportError:  # pragma: no cover - Windows has neither limits nor this timer
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGVTALRM, stop)
    unit = 1 if sys.platform == "darwin" else 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    started = time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit - most
    if taken > MEMORY:
        found.append(
            Fault(
                "memory: too much",
                f"{taken >> 20} MiB in {time.process_time() - started:.1f} s",
            )
        )


def ours(error: BaseException) -> str:
    """The innermost function of the linter that an exception came through."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(_PACKAGE)
    ]
    if not frames:
        return "no function of ours"
    return f"{Path(frames[-1].filename).relative_to(_PACKAGE).with_suffix('').as_posix()}.{frames[-1].name}"


class _Linting:
    """One project, linted in several ways."""

    def __init__(self, case: Case, root: Path) -> None:
        self._case = case
        self._root = root
        self._options = Options(
            paths=(".",),
            persona="auditor",
            cache=False,
            jobs=1,
            unsafe_fixes=case.unsafe,
            fix=True,
        )
        self._crashes: list[Fault] = []

    def faults(self, *, is_thorough: bool) -> Iterator[Fault]:
        """Everything that goes wrong."""
        try:
            targets = find_targets(self._options, self._root)
            outcome = self._lint(targets, {})
        except (ConfigError, UsageError, UnknownFormatError) as error:
            yield from self._refusal(str(error))
            return
        yield from self._crashes
        yield from self._unread(targets, outcome)
        yield from self._reports(targets, outcome)
        if not is_thorough:
            return
        yield from self._steadiness(targets, outcome)
        self._crashes = []
        yield from self._fixes(targets, outcome)

    def _lint(self, targets: Targets, overlay: Mapping[Path, bytes]) -> Outcome:
        crash = engine._crash  # noqa: SLF001 - only there the exception itself is known

        def noted(what: str, error: Exception) -> object:
            self._crashes.append(Fault(f"crash: {type(error).__name__} in {ours(error)}", what))
            return crash(what, error)

        with (
            mock.patch.object(engine, "_crash", noted),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            outcome = engine.check(self._options, targets, self._root, overlay)
        known = len(self._crashes)
        for _, finding in outcome.findings:
            if finding.code == "LS999" and not known:
                self._crashes.append(
                    Fault("crash: " + " at ".join(_PLACE.findall(finding.message)[0][:2]))
                )
        return outcome

    # -- what a configuration is refused with ------------------------------------------------------------------------

    def _refusal(self, sentence: str) -> Iterator[Fault]:
        """A configuration may be refused, in a sentence."""
        if not sentence.strip():
            yield Fault("refusal: says nothing")
        yield from self._leaks("a refusal", redact(sentence))

    # -- LS900 -------------------------------------------------------------------------------------------------------

    def _unread(self, targets: Targets, outcome: Outcome) -> Iterator[Fault]:
        """LS900 exactly where neither libcst nor CPython reads a file that has to do with LangSmith."""
        found = {
            root / finding.path for root, finding in outcome.findings if _is_unread(finding)
        }
        for target in targets.files:
            content = self._case.files.get(target.path.relative_to(self._root).as_posix())
            if content is None or kind_of(PurePosixPath(target.name), content) != "python":
                continue
            reading = reads(content)
            words = [finding.message for finding in outcome.by_file().get(target.path, ())]
            if target.path in found and reading == "both" and not any(map(_is_of_limit, words)):
                yield Fault("LS900: of a file that can be read", target.path.name)
            is_due = reading in {"neither", "CPython"} and byte_gate.is_relevant(
                byte_gate.look_at(content)
            )
            if (
                is_due
                and target.path not in found
                and not _is_suppressed(content, self._case.files)
            ):
                yield Fault("LS900: missing", target.path.name)

    # -- reports -----------------------------------------------------------------------------------------------------

    def _reports(self, targets: Targets, outcome: Outcome) -> Iterator[Fault]:
        report = pipeline.make_report(outcome, targets, self._options, self._root)
        for name in self._case.formats:
            try:
                text = writer(name)(report)
            except Exception as error:
                yield Fault(f"report {name}: {type(error).__name__} in {ours(error)}")
                continue
            yield from self._leaks(f"report {name}", text)
            yield from _well_formed(name, text)

    def _leaks(self, where: str, text: str) -> Iterator[Fault]:
        for secret in self._case.secrets:
            if any(secret[at : at + WINDOW] in text for at in range(len(secret) - WINDOW + 1)):
                yield Fault(f"leak: {where}")
                return

    # -- the same answer twice ---------------------------------------------------------------------------------------

    def _steadiness(self, targets: Targets, outcome: Outcome) -> Iterator[Fault]:
        """A file's findings are the same whichever files are named, and in whatever order."""
        some = targets._replace(files=tuple(reversed(targets.files))[::2])
        again = self._lint(some, {})
        named = {target.path for target in some.files}
        before = {finding for root, finding in outcome.findings if root / finding.path in named}
        for finding in before ^ {finding for _, finding in again.findings}:
            yield Fault(f"unsteady: {finding.code}", f"{finding.path}:{finding.span.line}")

    # -- fixes -------------------------------------------------------------------------------------------------------

    def _fixes(self, targets: Targets, outcome: Outcome) -> Iterator[Fault]:
        """Fixed files can be read, and a second run finds nothing to fix."""

        def lint(overlay: Mapping[Path, bytes]) -> Outcome:
            return self._lint(targets, overlay)

        fixed = fix.fix_all(outcome, lint, {}, unsafe=self._case.unsafe)
        yield from (fault._replace(name=f"{fault.name}, when fixed") for fault in self._crashes)
        for problem in fixed.problems:
            codes = " ".join(sorted(set(re.findall(r"LS\d{3}", problem))))
            words = next((words for words in _PROBLEMS if words in problem), "is no good")
            yield Fault(f"fix of {codes}: {words}")
        for path, after in fixed.after.items():
            codes = " ".join(
                sorted({item.code for root, item in fixed.done if root / item.path == path})
            )
            if (
                _is_python(path, after)
                and _compiles(fixed.before[path])
                and not _compiles(after)
            ):
                yield Fault(f"fix of {codes}: breaks the file", path.name)
        if fixed.after:
            twice = fix.fix_all(fixed.outcome, lint, fixed.after, unsafe=self._case.unsafe)
            for path in twice.after:
                codes = " ".join(
                    sorted({item.code for root, item in twice.done if root / item.path == path})
                )
                yield Fault(f"fix of {codes}: a second run changes the file again", path.name)
            yield from self._leaks("difference", fix.diff(fixed, outcome, self._root).text)
            yield from self._leaks(
                "list of fixes", redact("\n".join(fix.summary(fixed, self._root)))
            )


# What `fix.py` says of fixes that it undoes: it takes no harm, and is a fault all the same.
_PROBLEMS: Final = ("would break the file", "can't be read any more", "is not settled")


def _is_python(path: Path, content: bytes) -> bool:
    return kind_of(PurePosixPath(path), content) == "python"


def _is_unread(finding: Finding) -> bool:
    return (
        finding.code == "LS900"
        and finding.severity is Severity.ERROR
        and not finding.path.endswith(".ipynb")
    )


def _is_of_limit(message: str) -> bool:
    """Whether LS900 tells of a limit of ours: nesting that nobody writes, more than can be parsed in time."""
    return (
        re.search(r"nested too deeply|too (?:many|large|long|much)|limit|budget", message)
        is not None
    )


def _is_suppressed(content: bytes, files: Mapping[str, bytes]) -> bool:
    """Whether a comment or a configuration may have taken LS900 away."""
    configured = any(
        name.endswith("lint-langsmith.toml") or b"lint-langsmith" in files[name]
        for name in files
    )
    return configured or re.search(rb"(?i)noqa", content) is not None


def _compiles(content: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(content)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def reads(content: bytes) -> str:
    """Who reads a Python file: `both`, `CPython`, `libcst` or `neither`."""
    cpython, libcst = _compiles(content), True
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        cst.parse_module(content.decode(encoding))
    except Exception:
        libcst = False
    return {(True, True): "both", (True, False): "CPython", (False, True): "libcst"}.get(
        (cpython, libcst), "neither"
    )


# -- reports -----------------------------------------------------------------------------------------------------------


def _well_formed(name: str, text: str) -> Iterator[Fault]:
    """Whether a report is what its format says."""
    parse = _READERS.get(name)
    try:
        if parse is not None:
            parse(text)
    except Exception as error:
        yield Fault(f"report {name}: is not well-formed", type(error).__name__)
    if name in _FOR_PEOPLE or "{" in name:
        raw = sorted(
            {
                unicodedata.name(character, f"U+{ord(character):04X}")
                for character in text
                if _acts(character)
            }
        )
        if raw:
            yield Fault(f"report {name}: raw control characters", ", ".join(raw)[:80])


def _acts(character: str) -> bool:
    """Whether a terminal, a log or an editor does something at a character instead of showing it."""
    return character not in "\n\t" and (
        unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
        or character in "\u202a\u202b\u202d\u202e\u2066\u2067"
    )


def _read_lines(text: str) -> None:
    for line in text.split("\n"):
        if line:
            json.loads(line)


_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    **dict.fromkeys(_JSON, json.loads),
    **dict.fromkeys(_JSON_LINES, _read_lines),
    "junit": ET.fromstring,
}
ALL_FORMATS: Final = (*FORMATS, TEMPLATE)


def limit_memory(most: int) -> None:
    """Let this process have so many bytes of addresses at most, where the system can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(
            resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1])
        )


def names(found: Sequence[Fault]) -> frozenset[str]:
    """The names of faults."""
    return frozenset(fault.name for fault in found)
