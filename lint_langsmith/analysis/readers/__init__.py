"""Readers: from the text of a file other than Python to the variables that it defines. One reader per syntax."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Final, TypeAlias

from lint_langsmith.analysis.ir.model import FileModel
from lint_langsmith.analysis.readers.found import Found
from lint_langsmith.source.kinds import Kind

Reader: TypeAlias = Callable[[str, Found], None]

# The module of each reader; it is imported when the first file of its kind is read.
_READERS: Final[dict[Kind, str]] = {
    "dotenv": "dotenv",
    "compose": "trees",
    "workflow": "trees",
    "kubernetes": "trees",
    "yaml": "trees",
    "json": "trees",
    "langgraph": "trees",
    "toml": "toml",
    "ini": "ini",
    "dockerfile": "dockerfile",
    "shell": "shell",
    "terraform": "terraform",
    "markdown": "prose",
    "rst": "prose",
}


def read(kind: Kind, text: str) -> FileModel:
    """The model of a file that is no code: its definitions; its comments are asked of the file itself."""
    found = Found(kind, text)
    name = _READERS.get(kind)
    if name is not None:
        import_module(f"{__name__}.{name}").read(text, found)
    return FileModel(
        definitions=tuple(found.definitions),
        environment_files=tuple(found.files),
    )
