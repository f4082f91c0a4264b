"""Fixes: the edits of findings applied in rounds, each judged anew, and written when nothing stands against it.

A round takes every fix that does not meet another one; what had to wait is found again, where it then stands, by
linting the new text. A text that can't be parsed any more is never kept.
"""

from __future__ import annotations

import ast
import codecs
import json
import os
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple, TypeAlias

import tomli

from lint_langsmith import lazy_re
from lint_langsmith.findings import Finding, spans_hidden_by
from lint_langsmith.output.printable import counted, one_line
from lint_langsmith.redaction import key_like, mask, redact
from lint_langsmith.results.alignment import unified
from lint_langsmith.results.run_result import Outcome
from lint_langsmith.source import files
from lint_langsmith.source.edits import apply_edits
from lint_langsmith.source.kinds import bytes_of, text_of
from lint_langsmith.source.text import LineIndex, UnreadableFileError

ROUNDS: Final = 10
_OUR_FAULT: Final = "this is a fault of lint-langsmith, please report it"

Lint: TypeAlias = Callable[[Mapping[Path, bytes]], Outcome]
"""Judges the project with some files having other contents than the disk."""


class Fixed(NamedTuple):
    """What fixing came to: contents by path before and after, what was fixed, what is left, and what went wrong.

    `notes` are sentences about what was left alone for a good reason.
    """

    outcome: Outcome
    before: Mapping[Path, bytes]
    after: Mapping[Path, bytes]
    done: tuple[tuple[Path, Finding], ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()


def fix_all(
    outcome: Outcome, lint: Lint, overlay: Mapping[Path, bytes], *, unsafe: bool
) -> Fixed:
    """Fix what can be fixed, in memory; `outcome` is what `lint(overlay)` found."""
    work = _Work(overlay, unsafe=unsafe)
    for _ in range(ROUNDS):
        changed = work.round(outcome)
        if not changed:
            return work.result(outcome)
        outcome = lint({**overlay, **work.after})
        broken = [path for path in changed if work.is_broken(path, outcome)]
        if broken:
            outcome = lint({**overlay, **work.after})
    unsettled = set(work.round(outcome))
    if unsettled:
        work.give_up(unsettled)
        outcome = lint({**overlay, **work.after})
    return work.result(outcome)


class _Work:
    """The contents of files while they are being fixed."""

    def __init__(self, overlay: Mapping[Path, bytes], *, unsafe: bool) -> None:
        self._overlay = overlay
        self._unsafe = unsafe
        self._left_alone: set[Path] = set()
        self._done: dict[Path, list[tuple[Path, Finding]]] = {}
        self._problems: list[str] = []
        self._unread: dict[Path, int] = {}
        self.before: dict[Path, bytes] = {}
        self.after: dict[Path, bytes] = {}

    def round(self, outcome: Outcome) -> list[Path]:
        """Apply one round of fixes; the paths of the files that it changes."""
        changed: list[Path] = []
        roots = {root / finding.path: root for root, finding in outcome.findings}
        for path, findings in outcome.by_file().items():
            fixable = [
                finding for finding in findings if finding.is_fixable(unsafe=self._unsafe)
            ]
            content = outcome.contents.get(path)
            if content is None or not fixable or path in self._left_alone:
                continue
            fixed = fix_content(path, content, fixable)
            self._problems += [
                problem for problem in fixed.problems if problem not in self._problems
            ]
            if fixed.content != content:
                self.before.setdefault(path, content)
                self._unread.setdefault(path, _unread(findings))
                self.after[path] = fixed.content
                self._done.setdefault(path, []).extend(
                    (roots[path], finding) for finding in fixed.done
                )
                changed.append(path)
        return changed

    def is_broken(self, path: Path, outcome: Outcome) -> bool:
        """Whether a file can't be read any more; it then gets its first content back and is left alone.

        A cell of a notebook that was no Python before its fixes is no fault of theirs.
        """
        broken = _unread(outcome.by_file().get(path, ())) > self._unread[path]
        if broken:
            self._revert(path, "can't be read any more after its fixes")
        return broken

    def give_up(self, paths: Iterable[Path]) -> None:
        """Leave files as they were whose fixes come to no end."""
        for path in sorted(paths):
            self._revert(path, f"is not settled after {ROUNDS} rounds of fixes")

    def _revert(self, path: Path, why: str) -> None:
        self._left_alone.add(path)
        self.after.pop(path)
        self.before.pop(path)
        codes = sorted({finding.code for _, finding in self._done.pop(path, [])})
        self._problems.append(
            f"{path} {why} ({', '.join(codes)}): it is left as it was; {_OUR_FAULT}"
        )

    def result(self, outcome: Outcome) -> Fixed:
        """What came of it; a file whose fixes undo each other has not changed."""
        after = {
            path: content
            for path, content in self.after.items()
            if content != self.before[path]
        }
        before = {path: self.before[path] for path in after}
        done = tuple(item for path in sorted(after) for item in self._done[path])
        return Fixed(outcome, before, after, done, tuple(self._problems))


def _unread(findings: Iterable[Finding]) -> int:
    """How much of a file can't be read: all of it, or cells of a notebook."""
    return sum(finding.code == "LS900" for finding in findings)


# -- one file --------------------------------------------------------------------------------------------------------


class FixedContent(NamedTuple):
    """A file's new bytes, the findings whose fixes are in them, and what could not be done."""

    content: bytes
    done: tuple[Finding, ...]
    problems: tuple[str, ...]


def fix_content(path: Path, content: bytes, findings: Sequence[Finding]) -> FixedContent:
    """Apply the fixes of findings to a file's bytes: one round. Encoding, byte order mark and line ends stay."""
    try:
        text = text_of(PurePosixPath(path), content)
    except UnreadableFileError:
        return FixedContent(content, (), ())
    new, done = _apply(path, content, text, findings)
    if new is not None:
        return FixedContent(new, done, ())
    # Something in it is wrong: find the fixes that are wrong by themselves, and take of the others what goes together.
    sound: list[Finding] = []
    problems: list[str] = []
    for finding in findings:
        alone, _ = _apply(path, content, text, [finding])
        if alone is None:
            problems.append(
                f"{path}:{finding.span.line}: the fix of {finding.code} would break the file and is not applied; "
                f"{_OUR_FAULT}"
            )
        elif _apply(path, content, text, [*sound, finding])[0] is not None:
            sound.append(finding)
    new, done = _apply(path, content, text, sound)
    return FixedContent(content if new is None else new, done, tuple(problems))


def _apply(
    path: Path, content: bytes, text: str, findings: Sequence[Finding]
) -> tuple[bytes | None, tuple[Finding, ...]]:
    """The new bytes and whose fixes are in them; None when they would not hold together."""
    merged = apply_edits(
        text, [finding.fix.edits if finding.fix is not None else () for finding in findings]
    )
    done = tuple(findings[index] for index in merged.taken)
    try:
        new = bytes_of(PurePosixPath(path), merged.text, content)
    except UnicodeEncodeError:
        return None, ()
    return (new, done) if is_sound(path, text, merged.text) else (None, ())


def is_sound(path: Path, before: str, after: str) -> bool:
    """Whether a text can still be parsed as what the file is; one that couldn't be before is not held to it."""
    parse = _PARSERS.get(path.suffix)
    if parse is None:
        return True
    return _parses(parse, after) or not _parses(parse, before)


def _parses(parse: Callable[[str], object], text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parse(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return False
    return True


_PARSERS: Final[Mapping[str, Callable[[str], object]]] = {
    ".py": ast.parse,
    ".pyi": ast.parse,
    "": lambda text: ast.parse(text) if text.startswith("#!") else None,
    ".ipynb": json.loads,
    ".json": json.loads,
    ".toml": tomli.loads,
}


# -- results ---------------------------------------------------------------------------------------------------------


def write(fixed: Fixed, virtual: Iterable[Path]) -> Fixed:
    """Write the fixed files, but for `virtual` ones (standard input).

    What could not be written is among the problems of the result, and none of its fixes is done.
    """
    problems: dict[Path, str] = {}
    written: set[Path] = set()
    for path in sorted(set(fixed.after) - set(virtual)):
        # Of a file that has two names, the second finds the work done.
        if path.resolve() in written:
            continue
        written.add(path.resolve())
        problem = _write_one(path, fixed.before[path], fixed.after[path])
        if problem is not None:
            problems[path] = problem
    return fixed._replace(
        after={path: content for path, content in fixed.after.items() if path not in problems},
        done=tuple(
            (root, finding)
            for root, finding in fixed.done
            if root / finding.path not in problems
        ),
        problems=(*fixed.problems, *problems.values()),
    )


def kept_inside(
    fixed: Fixed, virtual: Iterable[Path], why_not: Callable[[Path], str | None]
) -> Fixed:
    """The fixes without those of files that must not be written: why is among the problems.

    Of a link to a file that is fixed itself there is nothing to say.
    """
    real = {os.path.realpath(path) for path in fixed.after if why_not(path) is None}
    kept = set(virtual)
    problems: list[str] = []
    for path in fixed.after:
        why = None if path in kept else why_not(path)
        if why is None:
            kept.add(path)
        elif os.path.realpath(path) not in real:
            problems.append(f"cannot write {path}: {why}")
    return fixed._replace(
        after={path: content for path, content in fixed.after.items() if path in kept},
        done=tuple(
            (root, finding) for root, finding in fixed.done if root / finding.path in kept
        ),
        problems=(*fixed.problems, *sorted(problems)),
    )


def _write_one(path: Path, before: bytes, after: bytes) -> str | None:
    try:
        if files.read(path) != before:
            return f"{path} changed while it was linted: it is left as it is"
        files.write_whole(path, after)
    except UnreadableFileError as error:
        return f"cannot write {path}: it {error.message}"
    except OSError as error:
        return f"cannot write {path}: {error.strerror}"
    return None


class Difference(NamedTuple):
    """A unified diff, and whether keys are masked in it, so that no tool can apply it."""

    text: str
    is_masked: bool


def diff(fixed: Fixed, outcome: Outcome, cwd: Path) -> Difference:
    """The unified diff of all changes; `outcome` is that from before the fixes, with the secrets to be masked."""
    whole: list[str] = []
    parts: list[str] = []
    findings = outcome.by_file()
    for path in sorted(fixed.after):
        as_posix = PurePosixPath(path)
        before, after = (
            text_of(as_posix, fixed.before[path]),
            text_of(as_posix, fixed.after[path]),
        )
        mark = "\ufeff" if fixed.before[path].startswith(codecs.BOM_UTF8) else ""
        name = path.relative_to(cwd).as_posix() if path.is_relative_to(cwd) else path.as_posix()
        name = _quoted(name)
        lines = unified(_lines(mark + before), _lines(mark + after), name, name)
        text = "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in lines
        )
        whole.append(text)
        parts.append(_masked(_masked(text, before, findings.get(path, ())), after, ()))
    shown = redact("".join(parts))
    return Difference(shown, shown != "".join(whole))


def _quoted(name: str) -> str:
    """A name as git writes it in a diff: in quotes where it holds a line's end or another control character."""
    fit = one_line(name)
    return name if fit == name else f'"{fit}"'


_LINE: Final = lazy_re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def _lines(text: str) -> list[str]:
    """The lines with their ends, as tools compare them; where a carriage return alone ends one, a line feed does."""
    return [re.sub(r"\r\Z", "\n", line) for line in _LINE.findall(text)]


def _masked(shown: str, source: str, findings: Iterable[Finding]) -> str:
    """`shown` without the texts that stand at the secret spans of `source`, or spell a key in it."""
    index = LineIndex(source)
    spans = set(spans_hidden_by(findings))
    values = [
        source[index.offset(at.line, at.column) : index.offset(at.end_line, at.end_column)]
        for at in spans
    ]
    values += [source[start:end] for start, end in key_like(source)]
    for value in sorted(
        set(values), key=len, reverse=True
    ):  # of two that overlap the longer one first
        for piece in value.splitlines():
            if len(piece.strip()) > 3:
                shown = shown.replace(piece.strip(), mask(piece.strip()))
    return shown


def summary(fixed: Fixed, cwd: Path, verb: str = "fixed") -> list[str]:
    """The fixes by file and rule, as `--show-fixes` lists them, a line each."""
    lines = [headline(fixed, verb)]
    counts: dict[str, Counter[tuple[str, str]]] = {}
    for root, finding in fixed.done:
        path = root / finding.path
        name = path.relative_to(cwd).as_posix() if path.is_relative_to(cwd) else path.as_posix()
        counts.setdefault(name, Counter())[finding.code, finding.name] += 1
    for name, found in counts.items():
        lines.append(f"- {name}:")
        lines += [
            f"    {count} x {code} ({rule})" for (code, rule), count in sorted(found.items())
        ]
    return lines


def headline(fixed: Fixed, verb: str = "fixed") -> str:
    """One line: how many findings in how many files."""
    count, files = len(fixed.done), len(fixed.after)
    return f"{verb} {counted(count, 'finding')} in {counted(files, 'file')}"
