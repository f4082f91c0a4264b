"""Suppression comments: what they cover, which of them nothing needed, and which nobody understands.

    # lint-langsmith: ignore[LS101,blank-api-key] the reason, free text
    # lint-langsmith: file-ignore[LS301] the reason
    # noqa: LS101

A comment behind code covers the whole logical statement that it stands in (of a compound statement its header); one
that has its line alone covers the statement below. A bare `# noqa` covers everything but LS101.

What other secret scanners understand (`gitleaks:allow`, `pragma: allowlist secret`, `nosec`, `trufflehog:ignore`)
covers findings about credentials on its own physical line; a key of LangSmith's shape only if the settings say so.
"""

from __future__ import annotations

import bisect
import difflib
import functools
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from lint_langsmith import lazy_re
from lint_langsmith.analysis.ir.model import Comment
from lint_langsmith.analysis.limits import HINTS
from lint_langsmith.findings import Applicability, Finding, Fix, Span
from lint_langsmith.rules import registry
from lint_langsmith.rules.registry import Rule
from lint_langsmith.source.suppressions import NOQA, OWN, is_said, removal

_OWN_LIKE: Final = lazy_re.compile(
    r"#\s*lint[-_ ]?langsmith\s*:\s*(?P<rest>\S*)", re.IGNORECASE
)
_OUR_CODE: Final = lazy_re.compile(r"LS[0-9]{3}")
_NEVER_BLANKET: Final = frozenset({"LS101"})
# gitleaks and trufflehog take their words anywhere in a line, detect-secrets and bandit in a comment.
_FOREIGN: Final = lazy_re.compile(
    r"gitleaks:allow|trufflehog:ignore|pragma:\s*(?:allow|white)list secret|#\s*nosec\b"
)
_FOREIGN_ABOVE: Final = lazy_re.compile(r"^\W*pragma:\s*(?:allow|white)list nextline secret")


class Suppression(msgspec.Struct, frozen=True):
    """One entry of a comment: a rule's code or name, or None for a bare `noqa`; the lines covered; where it stands."""

    selector: str | None
    first: int
    last: int
    span: Span
    comment: Comment
    whole_file: bool = False


class Problem(NamedTuple):
    """A finding about a comment: the code of the rule, the place, the words, and a fix if there is one."""

    code: str
    span: Span
    message: str
    help: str
    fix: Fix | None = None


class Outcome(NamedTuple):
    """What is left of the findings, and what is to be said of the comments."""

    kept: tuple[Finding, ...]
    problems: tuple[Problem, ...]


def apply(
    findings: Iterable[Finding],
    comments: Sequence[Comment],
    statements: Sequence[tuple[int, int]],
    ran: Collection[Rule],
    lines: Sequence[str] = (),
) -> Outcome:
    """Take out what is suppressed, and report the comments that are unused, unknown or malformed.

    `ran` are the rules that ran on the file: only of them can a suppression be called unused. `lines` is the file's
    text, from which fixes are made.
    """
    around = Statements(statements)
    found, problems = _read(comments, around)
    kept: list[Finding] = []
    near = _Covered(found)
    for finding in findings:
        first, last = around.at(finding.span.line)
        first, last = min(first, finding.span.line), max(last, finding.span.end_line)
        if not near.take(first, last, _selectors(finding)):
            kept.append(finding)
    used = near.used()
    codes = {rule.code for rule in ran}
    for index, item in enumerate(found):
        rule = _rule(item.selector) if item.selector is not None else None
        asked = index not in used and not item.comment.is_example
        if asked and rule is not None and rule.code in codes and rule.code != "LS901":
            problems.append(_unused(item, rule, lines))
    return Outcome(tuple(kept), tuple(problems))


def _unused(item: Suppression, rule: Rule, lines: Sequence[str]) -> Problem:
    where = "in this file" if item.whole_file else "here"
    edit = (
        removal(lines, item.span, item.comment.end_column)
        if lines and item.comment.is_removable
        else None
    )
    fix = Fix("Remove the entry", Applicability.SAFE, (edit,)) if edit is not None else None
    message = f"no finding of `{rule.code} {rule.name}` {where} to suppress"
    return Problem("LS901", item.span, message, "remove the entry", fix)


class _Covered:
    """The suppressions by what they name and by the last line that they cover: a run of comments has one in common.

    Those of a group are used up to a line, so that thousands of findings below thousands of comments cost a step each.
    """

    def __init__(self, found: Sequence[Suppression]) -> None:
        self._found = found
        self._groups: dict[tuple[str | None, int], list[int]] = defaultdict(list)
        self._firsts: dict[tuple[str | None, int], int] = {}
        self._reached: dict[tuple[str | None, int], int] = {}
        self._known: dict[tuple[int, int, tuple[str | None, ...]], bool] = {}
        firsts: dict[int, int] = {}
        for index, item in enumerate(found):
            first, last = (0, _WHOLE_FILE) if item.whole_file else (item.first, item.last)
            group = (item.selector, last)
            self._groups[group].append(index)
            self._firsts[group] = min(self._firsts.get(group, first), first)
            if not item.whole_file:
                firsts[last] = min(firsts.get(last, first), first)
        self._lasts: dict[int, list[int]] = defaultdict(list)
        for last, first in firsts.items():
            for line in range(first, last + 1):
                self._lasts[line].append(last)

    def take(self, first: int, last: int, selectors: tuple[str | None, ...]) -> bool:
        """Whether something covers one of the lines for one of the selectors; what does is used from then on."""
        asked = (first, last, selectors)
        known = self._known.get(asked)
        if known is None:
            known = self._known[asked] = self._take(first, last, selectors)
        return known

    def _take(self, first: int, last: int, selectors: tuple[str | None, ...]) -> bool:
        ends = {
            _WHOLE_FILE,
            *(end for line in range(first, last + 1) for end in self._lasts.get(line, ())),
        }
        hits = [(selector, end) for selector in selectors for end in ends]
        hits = [group for group in hits if self._firsts.get(group, last + 1) <= last]
        self._reached.update((group, max(last, self._reached.get(group, 0))) for group in hits)
        return bool(hits)

    def used(self) -> set[int]:
        """The indices of those that covered something."""
        return {
            index
            for group, reached in self._reached.items()
            for index in self._groups[group]
            if self._found[index].whole_file or self._found[index].first <= reached
        }


_WHOLE_FILE: Final = 0


def _selectors(finding: Finding) -> tuple[str | None, ...]:
    """How a suppression for the rule of a finding may call it; None is a bare `noqa`."""
    named = (finding.code, finding.name)
    return named if finding.code in _NEVER_BLANKET else (*named, None)


def is_allowed_elsewhere(finding: Finding, lines: Sequence[str], *, keys_too: bool) -> bool:
    """Whether a comment for another scanner of secrets allows what a finding about credentials found.

    `keys_too`: whether it may also allow a hardcoded key of LangSmith's.
    """
    if not finding.code.startswith("LS1") or (finding.code in _NEVER_BLANKET and not keys_too):
        return False
    own = lines[finding.span.line - 1 : finding.span.end_line]
    above = lines[max(0, finding.span.line - 2) : finding.span.line - 1]
    return any(map(_FOREIGN.search, own)) or any(map(_FOREIGN_ABOVE.search, above))


class Statements:
    """The logical statements of a file, or the headers of compound ones, by their first and last lines."""

    def __init__(self, statements: Sequence[tuple[int, int]]) -> None:
        """`statements` are in any order."""
        self._sorted = sorted(statements)
        self._innermost: dict[int, tuple[int, int]] = {}
        for lines in sorted(statements, key=lambda lines: lines[0] - lines[1]):
            self._innermost.update(dict.fromkeys(range(lines[0], lines[1] + 1), lines))
        self._inside = {line for first, last in statements for line in range(first + 1, last)}

    def at(self, line: int) -> tuple[int, int]:
        """The lines of the innermost statement that `line` is in; the line itself if none."""
        return self._innermost.get(line, (line, line))

    def has_inside(self, line: int) -> bool:
        """Whether a line is between the first and the last one of a statement."""
        return line in self._inside

    def below(self, line: int) -> tuple[int, int] | None:
        """The first statement that begins on a line or below it."""
        at = bisect.bisect_left(self._sorted, (line, 0))
        return self._sorted[at] if at < len(self._sorted) else None


# -- reading ---------------------------------------------------------------------------------------------------------


def _read(
    comments: Sequence[Comment], statements: Statements
) -> tuple[list[Suppression], list[Problem]]:
    found: list[Suppression] = []
    problems: list[Problem] = []
    hints = _Hints()
    below = _below_comments(comments)
    for comment in comments:
        # What is wrong with an example is its author's business.
        wrong = [] if comment.is_example else problems
        own = [
            match
            for match in OWN.finditer(comment.text)
            if is_said(comment.text, match.start())
        ]
        noqa = (
            None
            if own
            else next(
                (m for m in NOQA.finditer(comment.text) if is_said(comment.text, m.start())),
                None,
            )
        )
        if noqa is not None and noqa["list"] and not _OUR_CODE.search(noqa["list"]):
            noqa = None
        covered = _covered(comment, below, statements) if own or noqa is not None else (0, 0)
        for match in own:
            _own(comment, match, covered, found, wrong, hints)
        if not own:
            _malformed(comment, wrong)
        if noqa is not None:
            _foreign(comment, noqa, covered, found, wrong, hints)
    return found, problems


def _below_comments(comments: Sequence[Comment]) -> Mapping[int, int]:
    """For each line that a comment has alone the first one below that none has."""
    below: dict[int, int] = {}
    for line in sorted(
        {comment.line for comment in comments if comment.own_line}, reverse=True
    ):
        below[line] = below.get(line + 1, line + 1)
    return below


def _covered(
    comment: Comment, below: Mapping[int, int], statements: Statements
) -> tuple[int, int]:
    """The lines that a comment speaks for."""
    if not comment.own_line:
        return statements.at(comment.line)
    if statements.has_inside(comment.line):
        return (
            comment.line,
            comment.line + 1,
        )  # between the lines of a statement: the next physical line
    line = below[comment.line]
    lines = statements.below(line)
    return (comment.line, lines[1] if lines is not None else line)


def _own(  # noqa: PLR0913, PLR0917 - what is read and where it goes
    comment: Comment,
    match: re.Match[str],
    covered: tuple[int, int],
    found: list[Suppression],
    problems: list[Problem],
    hints: _Hints,
) -> None:
    whole_file = match["form"] == "file-ignore"
    if not match["list"].strip():
        span = _span(comment, match.start(), match.end())
        problems.append(
            Problem(
                "LS903",
                span,
                "this suppression names no rule",
                "name the rules: `ignore[LS101]`",
            )
        )
    for entry in re.finditer(r"[^,]+", match["list"]):
        selector = entry[0].strip()
        if not selector:
            continue
        start = match.start("list") + entry.start() + len(entry[0]) - len(entry[0].lstrip())
        span = _span(comment, start, start + len(selector))
        _add(comment, selector, span, covered, found, problems, hints, whole_file=whole_file)


def _foreign(  # noqa: PLR0913, PLR0917 - what is read and where it goes
    comment: Comment,
    match: re.Match[str],
    covered: tuple[int, int],
    found: list[Suppression],
    problems: list[Problem],
    hints: _Hints,
) -> None:
    """`noqa`: with codes, ours are read and those of other tools left alone; without, it covers (almost) all."""
    if match["list"] is None:
        found.append(
            Suppression(None, *covered, _span(comment, match.start(), match.end()), comment)
        )
        return
    for code in _OUR_CODE.finditer(match["list"]):
        start = match.start("list") + code.start()
        _add(
            comment,
            code[0],
            _span(comment, start, start + len(code[0])),
            covered,
            found,
            problems,
            hints,
        )


def _add(  # noqa: PLR0913, PLR0917 - an entry has that many facts
    comment: Comment,
    selector: str,
    span: Span,
    covered: tuple[int, int],
    found: list[Suppression],
    problems: list[Problem],
    hints: _Hints,
    *,
    whole_file: bool = False,
) -> None:
    if _rule(selector) is None:
        problems.append(
            Problem("LS902", span, f"there is no rule `{selector}`", hints.of(selector))
        )
        return
    found.append(Suppression(selector, *covered, span, comment, whole_file))


class _Hints:
    """What is meant by the names in one file that no rule has: looked for for the first of them only."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, selector: str) -> str:
        known = self._known.get(selector)
        if known is None:
            near = []
            if len(self._known) < HINTS and len(selector) <= _LONGEST_SELECTOR:
                near = difflib.get_close_matches(
                    selector, _rules_by_selector(), n=1, cutoff=0.4
                )
            known = f"did you mean `{near[0]}`?" if near else "see `lint-langsmith rule --all`"
            if len(self._known) < HINTS:
                self._known[selector] = known
        return known


# No rule has a name of half that length.
_LONGEST_SELECTOR: Final = 100


def _malformed(comment: Comment, problems: list[Problem]) -> None:
    match = _OWN_LIKE.match(comment.text)
    if match is not None:
        problems.append(
            Problem(
                "LS903",
                _span(comment, match.start(), match.end()),
                "this comment is no suppression that lint-langsmith understands",
                "write `# lint-langsmith: ignore[LS101] reason` or `# lint-langsmith: file-ignore[LS101] reason`",
            ),
        )


def _rule(selector: str | None) -> Rule | None:
    return _rules_by_selector().get(selector) if selector is not None else None


@functools.cache
def _rules_by_selector() -> Mapping[str, Rule]:
    """The rules by their codes and names, each code before its name."""
    return {word: rule for rule in registry.all_rules() for word in (rule.code, rule.name)}


def _span(comment: Comment, start: int, end: int) -> Span:
    return Span(comment.line, comment.column + start, comment.line, comment.column + end)
