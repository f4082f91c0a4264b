"""Keys that a Python file puts together from constants, as LS101 finds them: by the analysis, of this file alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.config.settings import Settings
from lint_langsmith.findings import Span
from lint_langsmith.sdk.keys import Key
from lint_langsmith.source.text import UnreadableFileError

_ROOT = Path("/history")
_NAME = "content.py"


def composed_keys(content: bytes) -> Iterator[tuple[Key, Span]]:
    """The keys that come about when Python source is run, and where; none in what is no Python."""
    project = Project(_ROOT, Settings(), ())
    project.sources.add(_ROOT / _NAME, content)
    analysis = Analysis(project)
    try:
        file = analysis.file(_ROOT / _NAME)
    except UnreadableFileError:
        return
    if file is None:
        return
    for occurrence in analysis.secrets.of(file):
        if occurrence.composed and isinstance(occurrence.found, Key):
            yield occurrence.found, occurrence.span
