"""What a reader finds, collected with exact places."""

from __future__ import annotations

from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.ir.model import Definition, EnvironmentFile
from lint_langsmith.source.kinds import Kind
from lint_langsmith.source.text import LineIndex

VARIABLE: Final = lazy_re.compile(r"[A-Z_][A-Z0-9_]*")
_NAMES_LANGSMITH: Final = lazy_re.compile(r"(?i)(?=[a-z_]*lang(?:smith|chain|graph))[a-z0-9_]+")
# A value that only comes about when something else fills it in.
_FILLED_IN: Final = lazy_re.compile(r"\$\{|\$\(|\$[A-Za-z_]\w*|\{\{|<%|%[A-Za-z_]\w*%|\$env:")
_WHOLE_WORD: Final = lazy_re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Found:
    """The definitions of one file under construction."""

    def __init__(self, kind: Kind, text: str) -> None:
        """`text` is the whole file: all offsets count in it."""
        self.kind = kind
        self.text = text
        self.definitions: list[Definition] = []
        self.files: list[EnvironmentFile] = []
        self._index = LineIndex(text)

    def add(  # noqa: PLR0913 - a definition has that many facts
        self,
        name: str,
        value: str | None,
        name_at: tuple[int, int],
        value_at: tuple[int, int] | None,
        *,
        group: str = "",
        kind: str | None = None,
    ) -> None:
        """Take in a definition; `name_at` and `value_at` are 0-based offsets, the value's with its quotes."""
        if value_at is not None and value_at[0] == value_at[1]:
            value_at = None  # an empty value has no place of its own
        start, end = value_at or name_at
        self.definitions.append(
            Definition(
                name=name,
                value=value,
                written=self.text[start:end] if value_at is not None else "",
                name_span=self._index.span(*name_at),
                span=self._index.span(start, end),
                kind=kind or self.kind,  # type: ignore[arg-type]
                group=group,
                order=len(self.definitions),
            ),
        )

    def add_file(self, path: str | None, start: int, end: int, group: str = "") -> None:
        """Take in a file of variables that is loaded whole."""
        self.files.append(EnvironmentFile(path, self._index.span(start, end), self.kind, group))


def is_variable(name: str) -> bool:
    """Whether a key of a mapping can be meant as a variable: it is in capitals, or has LangSmith in it."""
    return VARIABLE.fullmatch(name) is not None or _NAMES_LANGSMITH.fullmatch(name) is not None


def names_langsmith(name: str) -> bool:
    """Whether a key of a mapping can only be meant as a variable of LangSmith's packages."""
    return _NAMES_LANGSMITH.fullmatch(name) is not None


def named_in(name: str, above: str) -> str:
    """What an entry means by where it stands: `api_key` below `langsmith` is LangSmith's key."""
    plain = name.lower().replace("-", "_")
    return (
        "langsmith_api_key"
        if plain in {"api_key", "apikey"} and _LANGSMITH.search(above)
        else name
    )


_LANGSMITH: Final = lazy_re.compile(r"(?i)(?:^|[._-])langsmith(?:$|[._-])")


def is_name(text: str) -> bool:
    """Whether a text can be the name of a variable at all."""
    return _WHOLE_WORD.fullmatch(text) is not None


def literal(value: str | None) -> str | None:
    """A value as the program gets it; None where something else fills in a part of it."""
    return None if value is None or _FILLED_IN.search(value) else value
