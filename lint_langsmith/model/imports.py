"""Which module names the files of a project import, told from their bytes: no file is parsed for it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from lint_langsmith.source.text import UnreadableFileError

if TYPE_CHECKING:
    from lint_langsmith.model.project import Project

_STATEMENT: Final = re.compile(rb"^[ \t]*(?:from|import)[ \t]+([^\n#;]+)", re.MULTILINE)
_WORD: Final = re.compile(rb"\w+")


def imported_words(project: Project) -> Mapping[str, list[str]]:
    """For each word in an import statement of the project's Python files, the files that have it there."""
    table: dict[str, list[str]] = defaultdict(list)
    for name in project.python_names:
        try:
            content = project.content(name)
        except UnreadableFileError:
            continue
        words = {word for statement in _STATEMENT.findall(content) for word in _WORD.findall(statement)}
        for word in words:
            table[word.decode(errors="replace")].append(name)
    return table
