"""What a rule says and what a user gets to see: findings, places, fixes; and a type no secret can leave."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from lint_langsmith.redaction import mask


class Severity(enum.IntEnum):
    """How bad a finding is; the order is the order of `--fail-on`."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """The lower-case word used in configuration and in reports."""
        return self.name.lower()


class Persona(enum.IntEnum):
    """Who wants to see a finding: each persona sees its own findings and those of the ones before it."""

    REGULAR = 1
    PEDANTIC = 2
    AUDITOR = 3

    @property
    def label(self) -> str:
        """The lower-case word used in configuration and in reports."""
        return self.name.lower()


class Span(msgspec.Struct, frozen=True, array_like=True, gc=False, order=True):
    """A stretch of a file: 1-based lines, 1-based columns in Unicode code points, end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    def encloses(self, inner: Span) -> bool:
        """Whether another span lies in this one, or is the same."""
        begins = (self.line, self.column) <= (inner.line, inner.column)
        return begins and (inner.end_line, inner.end_column) <= (self.end_line, self.end_column)


class Applicability(enum.Enum):
    """Whether a fix keeps the program's behaviour."""

    SAFE = "safe"
    UNSAFE = "unsafe"


class Edit(msgspec.Struct, frozen=True):
    """Replace the text at `span` by `content`."""

    span: Span
    content: str


class Fix(msgspec.Struct, frozen=True):
    """Text edits that resolve a finding; they never overlap."""

    title: str
    applicability: Applicability
    edits: tuple[Edit, ...]


class Related(msgspec.Struct, frozen=True):
    """Another place that helps to understand a finding; `path` is relative to the project root, with `/`.

    `step` numbers, from 1, the places that an exception passes from the entry point to where it is raised; 0 is for
    any other place.
    """

    path: str
    span: Span
    message: str
    step: int = 0


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule yields: the place and the words. The engine adds code, name, path and the configured severity.

    `severity` and `persona` are given only where they differ from the rule's own.
    `secrets` are the spans whose text must never be shown (the renderer masks them in source excerpts).
    """

    at: Span
    message: str
    help: str | None = None
    severity: Severity | None = None
    persona: Persona | None = None
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    secrets: tuple[Span, ...] = ()
    cell: int | None = None


class Origin(msgspec.Struct, frozen=True):
    """Where a finding of a repository's history comes from: a commit, its date (ISO 8601), and what it is known by."""

    commit: str
    date: str
    identity: str


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One reported problem. `path` is relative to the project root, with `/`; `cell` is the 1-based notebook cell.

    `origin` is given where the path is that of a commit, and not of a file that was linted.
    """

    code: str
    name: str
    severity: Severity
    persona: Persona
    message: str
    path: str
    span: Span
    help: str | None = None
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    secrets: tuple[Span, ...] = ()
    cell: int | None = None
    origin: Origin | None = None

    @property
    def url(self) -> str:
        """The page of the rule."""
        return f"{DOCS_URL}/rules/{self.name}/"

    def is_fixable(self, *, unsafe: bool) -> bool:
        """Whether there is a fix that may be applied: a safe one, or with `unsafe` any."""
        return self.fix is not None and (unsafe or self.fix.applicability is Applicability.SAFE)

    @property
    def sort_key(self) -> tuple[str, Span, str, str]:
        """Reports list findings by path and place, whatever order the rules ran in."""
        return (self.path, self.span, self.code, self.message)


DOCS_URL: Final = "https://lint-langsmith.github.io/lint-langsmith"


class Secret:
    """A value that must not be shown: every way to turn it into text gives the masked form."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __str__(self) -> str:
        return mask(self._value)

    def __repr__(self) -> str:
        return f"Secret({mask(self._value)})"

    def __format__(self, _spec: str) -> str:
        return mask(self._value)

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a secret is never serialised")


def spans_hidden_by(findings: Iterable[Finding]) -> Iterator[Span]:
    """The secrets of findings of one file; what several findings in a row share comes once."""
    last: tuple[Span, ...] = ()
    for finding in findings:
        if finding.secrets is not last:
            last = finding.secrets
            yield from last


class SpansByLine:
    """Spans of one file by their lines: a report asks for those of one line thousands of times."""

    def __init__(self, spans: Iterable[Span]) -> None:
        """`spans` are in any order; one that comes twice counts once."""
        self._by_line: dict[int, list[Span]] = {}
        self._long: list[Span] = []
        for span in dict.fromkeys(spans):
            if span.end_line - span.line > _MANY_LINES:
                self._long.append(span)
                continue
            for line in range(span.line, span.end_line + 1):
                self._by_line.setdefault(line, []).append(span)

    def on(self, line: int) -> list[Span]:
        """The spans that have a part on a line."""
        found = self._by_line.get(line, [])
        return (
            [*found, *(span for span in self._long if span.line <= line <= span.end_line)]
            if self._long
            else found
        )


_MANY_LINES: Final = 100
