"""The variables that the magics and shell lines of a notebook set, or seem to set."""

from __future__ import annotations

import re
from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.ir.model import Definition, EnvironmentFile
from lint_langsmith.analysis.readers import shell
from lint_langsmith.analysis.readers.found import Found, literal
from lint_langsmith.source.magics import Magic
from lint_langsmith.source.notebook import Notebook
from lint_langsmith.source.text import LineIndex

_SHELL_CELLS: Final = frozenset(
    {"%%bash", "%%sh", "%%script", "%%shell", "%%cmd", "%%powershell", "%%system", "%%!"}
)
_SHELL_LINES: Final = frozenset({"!", "!!", "%system", "%sx", "%bash", "%sh"})
_SET: Final = lazy_re.compile(
    r"\s*(?P<name>[^\s=]+)(?:\s*=\s*|\s+)(?P<value>\S(?:.*\S)?)", re.DOTALL
)


def read(notebook: Notebook) -> tuple[tuple[Definition, ...], tuple[EnvironmentFile, ...]]:
    """The definitions and files of variables, in order; spans count in the notebook's joined text."""
    found = Found("notebook", notebook.text)
    index = LineIndex(notebook.text)
    for magic in notebook.magics:
        at = index.offset(magic.line, magic.column + 1)
        if magic.name in {"%env", "%set_env"}:
            _assigned(magic, at, found)
        elif magic.name in _SHELL_CELLS or magic.name in _SHELL_LINES:
            exported = magic.argument.lstrip().startswith("export ")
            group = "!export" if magic.name in _SHELL_LINES and exported else magic.name
            shell.read_part(magic.argument, at, found, group, "magic")
        elif magic.name == "%dotenv" or (
            magic.name in {"%load_ext", "%reload_ext"} and "dotenv" in magic.argument
        ):
            path = (
                magic.argument.split()[-1]
                if magic.name == "%dotenv" and magic.argument.split()
                else None
            )
            found.add_file(path, at - len(magic.name), at, "%dotenv")
    return tuple(found.definitions), tuple(found.files)


def _assigned(magic: Magic, at: int, found: Found) -> None:
    """`%env NAME=value` and `%env NAME value`: the value is taken as it stands, quotes and all."""
    match = _SET.match(magic.argument)
    if match is None:
        return
    value = match["value"]
    known = None if "{" in value else literal(value)
    name_at = (at + match.start("name"), at + match.end("name"))
    found.add(
        match["name"],
        known,
        name_at,
        (at + match.start("value"), at + match.end("value")),
        group=magic.name,
        kind="magic",
    )
