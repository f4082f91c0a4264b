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

import difflib
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from lint_langsmith.findings import Applicability, Finding, Fix, Span
from lint_langsmith.model.data import Comment
from lint_langsmith.rules import registry
from lint_langsmith.rules.registry import Rule
from lint_langsmith.source.suppressions import NOQA, OWN, is_said, removal

_OWN_LIKE: Final = re.compile(r"#\s*lint[-_ ]?langsmith\s*:\s*(?P<rest>\S*)", re.IGNORECASE)
_OUR_CODE: Final = re.compile(r"LS[0-9]{3}")
_NEVER_BLANKET: Final = frozenset({"LS101"})
# gitleaks and trufflehog take their words anywhere in a line, detect-secrets and bandit in a comment.
_FOREIGN: Final = re.compile(r"gitleaks:allow|trufflehog:ignore|pragma:\s*(?:allow|white)list secret|#\s*nosec\b")
_FOREIGN_ABOVE: Final = re.compile(r"^\W*pragma:\s*(?:allow|white)list nextline secret")


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
    found, problems = _read(comments, statements)
    kept: list[Finding] = []
    used: set[int] = set()
    for finding in findings:
        hits = [index for index, item in enumerate(found) if _covers(item, finding, statements)]
        used.update(hits)
        if not hits:
            kept.append(finding)
    codes = {rule.code for rule in ran}
    for index, item in enumerate(found):
        rule = _rule(item.selector) if item.selector is not None else None
        asked = index not in used and not item.comment.is_example
        if asked and rule is not None and rule.code in codes and rule.code != "LS901":
            problems.append(_unused(item, rule, lines))
    return Outcome(tuple(kept), tuple(problems))


def _unused(item: Suppression, rule: Rule, lines: Sequence[str]) -> Problem:
    where = "in this file" if item.whole_file else "here"
    edit = removal(lines, item.span, item.comment.end_column) if lines and item.comment.is_removable else None
    fix = Fix("Take the entry out", Applicability.SAFE, (edit,)) if edit is not None else None
    message = f"nothing {where} for `{rule.code} {rule.name}` to suppress"
    return Problem("LS901", item.span, message, "take the entry out", fix)


def _covers(item: Suppression, finding: Finding, statements: Sequence[tuple[int, int]]) -> bool:
    if item.selector is None:
        if finding.code in _NEVER_BLANKET:
            return False
    elif item.selector not in {finding.code, finding.name}:
        return False
    if item.whole_file:
        return True
    first, last = statement_at(finding.span.line, statements)
    first, last = min(first, finding.span.line), max(last, finding.span.end_line)
    return item.first <= last and first <= item.last


def is_allowed_elsewhere(finding: Finding, lines: Sequence[str], *, keys_too: bool) -> bool:
    """Whether a comment for another scanner of secrets allows what a finding about credentials found.

    `keys_too`: whether it may also allow a hardcoded key of LangSmith's.
    """
    if not finding.code.startswith("LS1") or (finding.code in _NEVER_BLANKET and not keys_too):
        return False
    own = lines[finding.span.line - 1 : finding.span.end_line]
    above = lines[max(0, finding.span.line - 2) : finding.span.line - 1]
    return any(map(_FOREIGN.search, own)) or any(map(_FOREIGN_ABOVE.search, above))


def statement_at(line: int, statements: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The lines of the innermost logical statement (or header of one) that `line` is in; the line itself if none."""
    around = [(first, last) for first, last in statements if first <= line <= last]
    return min(around, key=lambda lines: lines[1] - lines[0]) if around else (line, line)


# -- reading ---------------------------------------------------------------------------------------------------------


def _read(
    comments: Sequence[Comment], statements: Sequence[tuple[int, int]]
) -> tuple[list[Suppression], list[Problem]]:
    found: list[Suppression] = []
    problems: list[Problem] = []
    for comment in comments:
        # What is wrong with an example is its author's business.
        wrong = [] if comment.is_example else problems
        own = [match for match in OWN.finditer(comment.text) if is_said(comment.text, match.start())]
        noqa = None if own else next((m for m in NOQA.finditer(comment.text) if is_said(comment.text, m.start())), None)
        if noqa is not None and noqa["list"] and not _OUR_CODE.search(noqa["list"]):
            noqa = None
        covered = _covered(comment, comments, statements) if own or noqa is not None else (0, 0)
        for match in own:
            _own(comment, match, covered, found, wrong)
        if not own:
            _malformed(comment, wrong)
        if noqa is not None:
            _foreign(comment, noqa, covered, found, wrong)
    return found, problems


def _covered(comment: Comment, comments: Sequence[Comment], statements: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The lines that a comment speaks for."""
    if not comment.own_line:
        return statement_at(comment.line, statements)
    if any(first < comment.line < last for first, last in statements):
        return (comment.line, comment.line + 1)  # between the lines of a statement: the next physical line
    alone = {other.line for other in comments if other.own_line}
    line = comment.line + 1
    while line in alone:
        line += 1
    below = [lines for lines in statements if lines[0] >= line]
    return (comment.line, min(below)[1] if below else line)


def _own(
    comment: Comment,
    match: re.Match[str],
    covered: tuple[int, int],
    found: list[Suppression],
    problems: list[Problem],
) -> None:
    whole_file = match["form"] == "file-ignore"
    if not match["list"].strip():
        span = _span(comment, match.start(), match.end())
        problems.append(Problem("LS903", span, "this suppression names no rule", "name the rules: `ignore[LS101]`"))
    for entry in re.finditer(r"[^,]+", match["list"]):
        selector = entry[0].strip()
        if not selector:
            continue
        start = match.start("list") + entry.start() + len(entry[0]) - len(entry[0].lstrip())
        span = _span(comment, start, start + len(selector))
        _add(comment, selector, span, covered, found, problems, whole_file=whole_file)


def _foreign(
    comment: Comment,
    match: re.Match[str],
    covered: tuple[int, int],
    found: list[Suppression],
    problems: list[Problem],
) -> None:
    """`noqa`: with codes, ours are read and those of other tools left alone; without, it covers (almost) all."""
    if match["list"] is None:
        found.append(Suppression(None, *covered, _span(comment, match.start(), match.end()), comment))
        return
    for code in _OUR_CODE.finditer(match["list"]):
        start = match.start("list") + code.start()
        _add(comment, code[0], _span(comment, start, start + len(code[0])), covered, found, problems)


def _add(  # noqa: PLR0913, PLR0917 - an entry has that many facts
    comment: Comment,
    selector: str,
    span: Span,
    covered: tuple[int, int],
    found: list[Suppression],
    problems: list[Problem],
    *,
    whole_file: bool = False,
) -> None:
    if _rule(selector) is None:
        known = [word for rule in registry.all_rules() for word in (rule.code, rule.name)]
        near = difflib.get_close_matches(selector, known, n=1, cutoff=0.4)
        hint = f"did you mean `{near[0]}`?" if near else "see `lint-langsmith rule --all`"
        problems.append(Problem("LS902", span, f"there is no rule `{selector}`", hint))
        return
    found.append(Suppression(selector, *covered, span, comment, whole_file))


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
    return next((rule for rule in registry.all_rules() if selector in {rule.code, rule.name}), None)


def _span(comment: Comment, start: int, end: int) -> Span:
    return Span(comment.line, comment.column + start, comment.line, comment.column + end)
