"""Which environment variables anything in a project reads, in code of any language."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lint_langsmith.findings import Span
from lint_langsmith.model import data
from lint_langsmith.model.file import File
from lint_langsmith.source.text import UnreadableFileError, comments

if TYPE_CHECKING:
    from lint_langsmith.model.project import Project

_TOO_LARGE: Final = 2 * 1024 * 1024
_DOCUMENTS: Final = (".md", ".rst", ".txt", ".mdx", ".adoc", ".csv", ".lock", ".svg", ".html")
_DATA_FILES: Final = (
    *(".env", ".yaml", ".yml", ".toml", ".json", ".ini", ".cfg", ".tf", ".tfvars", ".envrc", ".sh", ".bash", ".ipynb"),
    *(".example", ".sample", ".template", ".local", ".dev", ".prod", ".production", ".test", ".dist"),
)


class Readings:
    """What the files of one project read."""

    def __init__(self, project: Project) -> None:
        """`project` lists and reads the files."""
        self._project = project
        self._known: dict[str, bool] = {}

    def is_read(self, name: str) -> bool:
        """Whether anything in the project reads a variable of this name, or a settings class has a field for it."""
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._is_read(name)
        return known

    def _is_read(self, name: str) -> bool:
        word = re.compile(rb"(?i)(?<![A-Za-z0-9_])" + re.escape(_in_files(name)) + rb"(?![A-Za-z0-9_])")
        spellings = (_in_files(name.upper()), _in_files(name.lower()))  # of variables, and of fields of settings
        for relative in (*self._project.python_names, *self._project.other_names):
            try:
                content = self._project.content(relative)
            except UnreadableFileError:
                continue
            near = len(content) <= _TOO_LARGE and any(spelling in content for spelling in spellings)
            if near and word.search(content) and self._reads(relative, content, name):
                return True
        return self._prefixed(name)

    @functools.cached_property
    def has_javascript(self) -> bool:
        """Whether the project has a JavaScript part that uses LangSmith or LangChain."""
        names = [name for name in self._project.other_names if name.rpartition("/")[2] == "package.json"]
        return any(re.search(rb"langsmith|langchain|langgraph", self._project.content(name)) for name in names)

    def is_named(self, name: str) -> bool:
        """Whether any file of the project holds the name."""
        return self._holds(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])")

    def is_set(self, name: str) -> bool:
        """Whether any file of the project sets a variable of this name, as far as its spelling tells."""
        return self._holds(rf"(?<![A-Za-z0-9_]){re.escape(name)}[\"'\]\)]*\s*(?:=(?!=)|:)")

    def _holds(self, pattern: str) -> bool:
        searched = re.compile(_in_files(pattern))
        for relative in (*self._project.python_names, *self._project.other_names):
            try:
                content = self._project.content(relative)
            except UnreadableFileError:
                continue
            if len(content) <= _TOO_LARGE and searched.search(content):
                return True
        return False

    def _reads(self, relative: str, content: bytes, name: str) -> bool:
        if relative in self._project.python_names:
            file = self._project.try_load(relative)
            return file is not None and self._reads_in_python(file, name)
        return reads_in_text(relative, content.decode("utf-8", "replace"), name)

    def _reads_in_python(self, file: File, name: str) -> bool:
        lowered = name.lower()
        if any(
            isinstance(load.expr, data.Attribute) and load.expr.name.lower() == lowered for load in file.model.loads
        ):
            return True
        for binding in file.model.bindings:
            if binding.name.lower() == lowered and file.model.scopes[binding.scope].kind == "class":
                return True
        written = {setting.name_span for setting in self._project.environment.settings(file) if setting.name == name}
        return any(span not in written for span in constants(file, name))

    def _prefixed(self, name: str) -> bool:
        """A settings class whose prefix and field together are the name."""
        from lint_langsmith.model.pydantic import settings_classes  # noqa: PLC0415 - asked for seldom

        return any(
            name in {variable.upper() for variable in field.variables}
            for cls in settings_classes(self._project)
            for field in cls.fields
        )


def _in_files(name: str) -> bytes:
    """A name as it stands in files; a string of a program may hold half of a surrogate pair, which no file has."""
    return name.encode("utf-8", "surrogatepass")


def reads_in_text(relative: str, text: str, name: str) -> bool:
    """Whether a file that is no Python reads a variable: a program in another language, or a shell's `$NAME`.

    A line that hands a variable on under its own name (`NAME: ${NAME}`) reads nothing.
    """
    base = relative.rpartition("/")[2].lower()
    if base.endswith(_DOCUMENTS):
        return False
    is_data = base.endswith(_DATA_FILES) or base.startswith((".env", "env.")) or "dockerfile" in base or "make" in base
    if not is_data:
        return re.search(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])", text) is not None
    escaped = re.escape(name)
    reading = re.compile(
        rf"\$\{{?{escaped}(?![A-Za-z0-9_])|\b(?:env|environ|vars|process\.env)(?:\.|\[\\?[\"']){escaped}(?![A-Za-z0-9_])"
        rf"|getenv\(\\?[\"']{escaped}|environ\.get\(\\?[\"']{escaped}|(?i:\bvar\.{escaped}\b)"
    )
    itself = re.compile(rf"^[\s\-\"']*(?:export\s+|ENV\s+|ARG\s+)?{escaped}[\"']?\s*[:=]")
    return any(reading.search(line) and not itself.match(line) for line in text.splitlines())


def constants(file: File, name: str) -> Iterator[Span]:
    """Where a string that is exactly `name` stands in code, quotes included."""
    from lint_langsmith.source.text import LineIndex  # noqa: PLC0415 - for the few names that are asked for

    index = LineIndex(file.code)
    remarks = {line: column for line, column, _, _ in comments(file.code)}
    for match in re.finditer(rf"([\"']){re.escape(name)}\1", file.code):
        span = index.span(match.start(), match.end())
        in_comment = span.line in remarks and span.column >= remarks[span.line]
        if not in_comment and not any(doc.line <= span.line <= doc.end_line for doc in file.model.docstrings):
            yield span
