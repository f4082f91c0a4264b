"""The flake8 plugin: our findings under the prefix `LS`, with flake8's options and `noqa` around them."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, TypeAlias

from lint_langsmith import __version__, app
from lint_langsmith.discover import project_root
from lint_langsmith.findings import Finding
from lint_langsmith.integrations.document import findings_of
from lint_langsmith.options import Options
from lint_langsmith.source.text import UnreadableFileError, decode

# Line, 0-based column, text, and the plugin's type: what flake8 wants of a plugin.
Report: TypeAlias = tuple[int, int, str, type]

_STDIN = frozenset({"stdin", "-"})


class Plugin:
    """flake8 makes one for each file, in one of its processes."""

    name: ClassVar[str] = "lint-langsmith"
    version: ClassVar[str] = __version__

    def __init__(self, tree: ast.AST, filename: str, lines: Sequence[str]) -> None:
        """`tree` is not used, but asking for it makes this a plugin that sees a file once."""
        del tree
        self._filename = filename
        self._content = "".join(lines).encode()

    def run(self) -> Iterator[Report]:
        """The findings of the file. That it can't be parsed flake8 says itself."""
        for finding in self._findings():
            if finding.code != "LS900":
                text = f"{finding.code} {finding.name} {finding.message}"
                yield finding.span.line, finding.span.column - 1, text, type(self)

    def _findings(self) -> Sequence[Finding]:
        cwd = Path.cwd()
        path = cwd / ("stdin.py" if self._filename in _STDIN else self._filename)
        try:
            on_disk = decode(path.read_bytes()).encode() == self._content
        except (OSError, UnreadableFileError):
            on_disk = False
        if not on_disk:
            return findings_of(path, self._content, {}, cwd)
        return _by_file(project_root(path, cwd), cwd).get(path, ())


@functools.cache
def _by_file(root: Path, cwd: Path) -> dict[Path, list[Finding]]:
    """The findings of a whole project: the project around each file must be read anyway, and a process gets many."""
    options = Options(paths=(str(root),))
    return app.check(options, app.find_targets(options, cwd), cwd, {}).by_file()
