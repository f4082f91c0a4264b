"""The flake8 plugin `LS`: the same findings as the command line's, with the same configuration.

flake8 hands over one file after another; the project around them is read once in each of its processes. It knows no
severities, and its own `--select` and `# noqa` come on top of ours.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from lint_langsmith import __version__
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.config.options import Options
from lint_langsmith.config.targets import find_targets
from lint_langsmith.findings import Finding
from lint_langsmith.output.printable import one_line, printable
from lint_langsmith.run.engine import check
from lint_langsmith.source import files
from lint_langsmith.source.text import UnreadableFileError, decode, encode

_projects: dict[Path, Analysis] = {}


class Plugin:
    """A check of one file, as flake8 makes and runs it."""

    name: ClassVar = "lint-langsmith"
    version: ClassVar = __version__

    def __init__(self, tree: ast.AST, filename: str, lines: Sequence[str]) -> None:
        """`filename` is as flake8 was given it, or what it calls standard input; `lines` keep their ends."""
        del (
            tree
        )  # what flake8 hands to whoever asks for it; we read the file as a whole project
        self._path = Path.cwd() / ("stdin.py" if filename in {"-", "stdin"} else filename)
        self._text = "".join(lines)

    def run(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        """The findings: line, column from 0, and text with the code in front."""
        for finding in self._findings():
            text = f"{finding.code} {finding.name} {finding.message}".replace("\n", " ")
            yield (
                finding.span.line,
                finding.span.column - 1,
                printable(one_line(text)),
                type(self),
            )

    def _findings(self) -> list[Finding]:
        cwd = Path.cwd()
        as_on_disk = self._is_on_disk()
        name = "-" if not as_on_disk else str(self._path)
        options = Options(paths=(name,), stdin_filename=str(self._path), force_exclude=True)
        targets = find_targets(options, cwd)
        overlay = {} if as_on_disk else {self._path: encode(self._text, self._text.encode())}
        outcome = check(
            options, targets, cwd, overlay, projects=_projects if as_on_disk else None
        )
        return [finding for _, finding in outcome.findings]

    def _is_on_disk(self) -> bool:
        try:
            return decode(files.read(self._path)) == self._text
        except UnreadableFileError:
            return False
