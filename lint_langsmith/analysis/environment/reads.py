"""Which environment variables anything in a project reads, in code of any language."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.limits import (
    CONTEXT_BYTES,
    LINE_BYTES,
    READER_BYTES,
)
from lint_langsmith.analysis.project.contents import sought
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.project.name_reads import places_of
from lint_langsmith.findings import Span
from lint_langsmith.remembered import remembered
from lint_langsmith.source.text import UnreadableFileError, comments

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.variables import Environment
    from lint_langsmith.analysis.values.evaluator import Evaluator

_NAME: Final = lazy_re.compile(r"[A-Za-z0-9_]+")
_DOCUMENTS: Final = (".md", ".rst", ".txt", ".mdx", ".adoc", ".csv", ".lock", ".svg", ".html")
_DATA_FILES: Final = (
    *(
        ".env",
        ".yaml",
        ".yml",
        ".toml",
        ".json",
        ".ini",
        ".cfg",
        ".tf",
        ".tfvars",
        ".envrc",
        ".sh",
        ".bash",
        ".ipynb",
    ),
    *(
        ".example",
        ".sample",
        ".template",
        ".local",
        ".dev",
        ".prod",
        ".production",
        ".test",
        ".dist",
    ),
)


class VariableReads:
    """What the files of one project read."""

    def __init__(self, values: Evaluator, environment: Environment) -> None:
        """`environment` knows what the files set."""
        self._project = values.project
        self._values = values
        self._environment = environment
        self._parts: dict[str, _Parts] = {}

    @remembered
    def is_read(self, name: str) -> bool:
        """Whether anything in the project reads a variable of this name, or a settings class has a field for it."""
        return self._is_read(name)

    def _is_read(self, name: str) -> bool:
        # Of variables, and of fields of settings.
        spellings = (name.upper(), name.lower())
        for relative in (*self._project.python_names, *self._project.other_names):
            try:
                content = self._project.content(relative)
            except UnreadableFileError:
                continue
            if (
                len(content) <= READER_BYTES
                and any(_stands_alone(content, spelling) for spelling in spellings)
                and self._reads(relative, content, name)
            ):
                return True
        return self._prefixed(name)

    @functools.cached_property
    def has_javascript(self) -> bool:
        """Whether the project has a JavaScript part that uses LangSmith or LangChain."""
        names = [
            name
            for name in self._project.other_names
            if name.rpartition("/")[2] == "package.json"
        ]
        return any(
            re.search(rb"langsmith|langchain|langgraph", self._project.content(name))
            for name in names
        )

    def is_named(self, name: str) -> bool:
        """Whether any file of the project holds the name."""
        return self._holds(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])")

    def is_set(self, name: str) -> bool:
        """Whether any file of the project sets a variable of this name, as far as its spelling tells."""
        return self._holds(rf"(?<![A-Za-z0-9_]){re.escape(name)}[\"'\]\)]*\s*(?:=(?!=)|:)")

    def _holds(self, pattern: str) -> bool:
        searched = re.compile(sought(pattern))
        for relative in (*self._project.python_names, *self._project.other_names):
            try:
                content = self._project.content(relative)
            except UnreadableFileError:
                continue
            if len(content) <= READER_BYTES and searched.search(content):
                return True
        return False

    def _reads(self, relative: str, content: bytes, name: str) -> bool:
        if relative in self._project.python_names:
            file = self._project.try_load(relative)
            return file is not None and self._reads_in_python(file, name)
        # Terraform's variables are in lower case, where a variable of the environment is in capitals.
        lines = (line for word in (name, name.lower()) for line in _lines_with(content, word))
        return reads_in_text(relative, b"\n".join(lines).decode("utf-8", "replace"), name)

    def _reads_in_python(self, file: File, name: str) -> bool:
        parts = self._parts.get(file.relative)
        if parts is None:
            parts = self._parts[file.relative] = _parts_of(file, self._environment)
        if name.lower() in parts.fields:
            return True
        written = parts.written.get(name, frozenset())
        found = (
            parts.constants.get(name, ()) if _NAME.fullmatch(name) else constants(file, name)
        )
        return any(span not in written for span in found)

    def _prefixed(self, name: str) -> bool:
        """A settings class whose prefix and field together are the name."""
        from lint_langsmith.analysis.environment.settings_classes import settings_classes  # noqa: PLC0415 - asked for seldom

        fields = (
            field for cls in settings_classes(self._values, (name,)) for field in cls.fields
        )
        return any(name in map(str.upper, field.variables) for field in fields)


class _Parts(NamedTuple):
    """What may read variables in a file of Python.

    `fields` are the attributes that it reads and the names that its classes bind, in lower case; `constants` are the
    places of its quoted words, `written` those of the names that it sets.
    """

    fields: frozenset[str]
    constants: Mapping[str, Sequence[Span]]
    written: Mapping[str, frozenset[Span | None]]


def _parts_of(file: File, environment: Environment) -> _Parts:
    model = file.model
    read = {
        load.expr.name.lower() for load in model.loads if isinstance(load.expr, ir.Attribute)
    }
    bound = {
        row.name.lower() for row in model.bindings if model.scopes[row.scope].kind == "class"
    }
    quoted: dict[str, list[Span]] = defaultdict(list)
    for name, span in _quoted(file, r"[A-Za-z0-9_]+"):
        quoted[name].append(span)
    written: dict[str, set[Span | None]] = defaultdict(set)
    for setting in environment.settings(file):
        written[setting.name].add(setting.name_span)
    return _Parts(
        frozenset(read | bound),
        quoted,
        {name: frozenset(spans) for name, spans in written.items()},
    )


def _stands_alone(content: bytes, word: str) -> bool:
    """Whether a word is in a content, not as a part of a longer one."""
    return next(places_of(content, word), None) is not None


def _lines_with(content: bytes, word: str) -> Iterator[bytes]:
    """The lines of a content in which a word stands by itself; of a very long one the surroundings of each word."""
    start, end, is_long = 0, -1, False
    for at in places_of(content, word):
        if at > end:  # in another line than the one before
            start, end = content.rfind(b"\n", max(end, 0), at) + 1, content.find(b"\n", at)
            end = end if end >= 0 else len(content)
            is_long = end - start > LINE_BYTES
            if not is_long:
                yield content[start:end]
        if is_long:
            yield content[max(start, at - CONTEXT_BYTES) : min(end, at + CONTEXT_BYTES)]


def reads_in_text(relative: str, text: str, name: str) -> bool:
    """Whether a file that is no Python reads a variable: a program in another language, or a shell's `$NAME`.

    A line that hands a variable on under its own name (`NAME: ${NAME}`) reads nothing.
    """
    base = relative.rpartition("/")[2].lower()
    if base.endswith(_DOCUMENTS):
        return False
    is_data = (
        base.endswith(_DATA_FILES)
        or base.startswith((".env", "env."))
        or "dockerfile" in base
        or "make" in base
    )
    if not is_data:
        return (
            re.search(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])", text) is not None
        )
    escaped = re.escape(name)
    reading = re.compile(
        rf"\$\{{?{escaped}(?![A-Za-z0-9_])|\b(?:env|environ|vars|process\.env)(?:\.|\[\\?[\"']){escaped}(?![A-Za-z0-9_])"
        rf"|getenv\(\\?[\"']{escaped}|environ\.get\(\\?[\"']{escaped}|(?i:\bvar\.{escaped}\b)"
    )
    itself = re.compile(rf"^[\s\-\"'#]*(?:export\s+|ENV\s+|ARG\s+)?{escaped}[\"']?\s*[:=]")
    return any(reading.search(line) and not itself.match(line) for line in text.splitlines())


def constants(file: File, name: str) -> Iterator[Span]:
    """Where a string that is exactly `name` stands in code, quotes included."""
    return (span for _, span in _quoted(file, re.escape(name)))


def _quoted(file: File, pattern: str) -> Iterator[tuple[str, Span]]:
    """The strings in code that match a pattern, and where they stand, quotes included."""
    from lint_langsmith.source.text import LineIndex  # noqa: PLC0415 - for the few names that are asked for

    index = LineIndex(file.code)
    remarks = {line: column for line, column, _, _ in comments(file.code)}
    documented = {
        line for doc in file.model.docstrings for line in range(doc.line, doc.end_line + 1)
    }
    for match in re.finditer(rf"([\"'])({pattern})(?=\1)", file.code):
        span = index.span(match.start(), match.end() + 1)
        in_comment = span.line in remarks and span.column >= remarks[span.line]
        if not in_comment and span.line not in documented:
            yield match[2], span
