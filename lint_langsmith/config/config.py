"""Finds, reads and checks configuration files."""

from __future__ import annotations

import contextlib
import functools
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, get_args, get_origin

import msgspec

from lint_langsmith import lazy_re
from lint_langsmith.config.settings import DEFAULTS, Settings
from lint_langsmith.source import files
from lint_langsmith.source.globs import MOST_PATTERNS
from lint_langsmith.source.root import Root, is_top, work_tree
from lint_langsmith.source.text import UnreadableFileError

FILE_NAMES: Final = ("lint-langsmith.toml", ".lint-langsmith.toml", "pyproject.toml")
_TABLE: Final = "lint-langsmith"
# The settings that hold patterns.
_PATTERNS: Final = frozenset({"include", "extend_include", "exclude", "per_file_ignores"})
# No one stacks so many; a longer chain is made to cost time.
_MOST_EXTENDED: Final = 32


class ConfigError(Exception):
    """A configuration that can't be used; the message names file, line and key."""


class _QuotingError(ConfigError):
    """One whose message quotes the file: a file outside of the checkout is not quoted."""


class Config(NamedTuple):
    """Settings, and the file and directory from which they come (None for the defaults).

    `sources` are that file and those that it extends.
    """

    settings: Settings
    path: Path | None
    directory: Path
    sources: tuple[Path, ...] = ()


class Configs:
    """Configurations by directory: the nearest file up the tree counts, and only it."""

    def __init__(
        self,
        *,
        explicit: Path | None,
        isolated: bool,
        cwd: Path,
        overrides: Mapping[str, Any] | None = None,
    ) -> None:
        """`explicit` is the file of `--config`; with `isolated` no file is looked for; `overrides` beat every file."""
        self._known: dict[Path, Config] = {}
        self._fixed: Config | None = None
        self._overrides = overrides or {}
        settings = _checked(dict(self._overrides), INLINE) if overrides else DEFAULTS
        self._defaults = Config(
            settings, None, Path(cwd.anchor)
        )  # as for files that no configuration is above
        if explicit is not None:
            self._fixed = _config(explicit, explicit.parent, self._overrides)
        elif isolated:
            self._fixed = self._defaults

    def at(self, directory: Path) -> Config:
        """The configuration for files in a directory.

        Raises:
            ConfigError: the nearest file is unusable.
        """
        if self._fixed is not None:
            return self._fixed
        passed: list[Path] = []
        for folder in (directory, *directory.parents):
            known = self._known.get(folder) or self._configured(folder)
            passed.append(folder)
            # What is above the top of a git work tree is not asked: it belongs to someone else.
            if known is not None or is_top(str(folder)):
                break
        found = known or self._defaults
        self._known.update(dict.fromkeys(passed, found))
        return found

    def _configured(self, folder: Path) -> Config | None:
        file = _file_in(folder)
        return _config(file, folder, self._overrides) if file is not None else None


def inline(pairs: Iterable[str]) -> dict[str, Any]:
    """The settings of `--config 'key = value'`, by their keys: later ones beat earlier ones.

    Raises:
        ConfigError: one of them is no TOML, or no setting has that key.
    """
    table: dict[str, Any] = {}
    for pair in pairs:
        import tomli  # noqa: PLC0415 - most runs are given none

        try:
            table.update(tomli.loads(pair))
        except tomli.TOMLDecodeError as error:
            raise ConfigError(f"--config `{pair}`: {_lower(str(error))}") from None
    _check_keys(table, INLINE)
    return table


# Stands for a file in messages about the command line.
INLINE: Final = Path("--config")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


@functools.cache
def _fields() -> Mapping[str, str]:
    """The names of the settings' fields by their keys."""
    return {field.encode_name: field.name for field in msgspec.structs.fields(Settings)}


def _file_in(directory: Path) -> Path | None:
    for name in FILE_NAMES:
        if files.is_file(os.path.join(directory, name)):  # noqa: PTH118 - asked of very many folders
            path = directory / name
            if files.is_link(path) and not _root_around(directory).holds(str(path)):
                continue  # the walk tells of it
            if name != "pyproject.toml" or _has_table(path):
                return path
    return None


def _has_table(path: Path) -> bool:
    """Whether a pyproject.toml speaks of us; one that can't be parsed and never names us is none of our business."""
    if b"lint-langsmith" not in _content(path):
        return False
    tool = _parsed(path).get("tool")
    return isinstance(tool, dict) and _TABLE in tool


def read(path: Path) -> Settings:
    """The settings of a configuration file, with those of the files that it extends beneath them.

    Raises:
        ConfigError: it can't be read or parsed, or holds an unknown key or a wrong value.
    """
    return _config(path, path.parent).settings


def _config(path: Path, directory: Path, overrides: Mapping[str, Any] | None = None) -> Config:
    tables = list(_tables(path, _root_around(directory)))
    merged: dict[str, Any] = {}
    for _, table in reversed(tables):
        merged.update(table)
    merged.update(overrides or {})
    sources = tuple(source for source, _ in tables)
    with _unquoted(path, _root_around(directory), sources):
        return Config(_checked(merged, path), path, directory, sources)


def _tables(path: Path, root: Root) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A configuration file and those that it extends, by their real paths, with what is in them."""
    seen: set[Path] = set()
    while True:
        real = Path(files.real(path))
        if real in seen:
            raise ConfigError(f"{path}: `extend` leads back to this file")
        if len(seen) == _MOST_EXTENDED:
            raise ConfigError(
                f"{path}: `extend` leads through more than {_MOST_EXTENDED} files"
            )
        seen.add(real)
        with _unquoted(path, root, (real,)):
            table = _table(path)
            _check_keys(table, path)
        yield real, table
        base = table.get("extend")
        if not isinstance(base, str):
            return
        if "\0" in base:
            raise ConfigError(
                f"{place(path, 'extend')}: `extend` holds a NUL character, which no path can"
            )
        path = Path(files.real(path.parent / base))


def _root_around(directory: Path) -> Root:
    """What a configuration may quote from: the git work tree around it, else its folder."""
    return Root.at(work_tree(str(directory)) or str(directory))


@contextlib.contextmanager
def _unquoted(path: Path, root: Root, sources: Iterable[Path]) -> Iterator[None]:
    """Say less of what is wrong where a file of another owner may be quoted: its path may be a trap."""
    try:
        yield
    except _QuotingError:
        if all(root.holds(str(source)) for source in sources):
            raise
        where = f"lies outside of {root.path}, so nothing of it is shown"
        raise ConfigError(
            f"{path}: is no valid configuration of lint-langsmith; some of it {where}"
        ) from None


def _table(path: Path) -> dict[str, Any]:
    content = _parsed(path)
    if path.name == "pyproject.toml":
        tool = content.get("tool")
        found = tool.get(_TABLE) if isinstance(tool, dict) else None
        return found if isinstance(found, dict) else {}
    return content


def _parsed(path: Path) -> dict[str, Any]:
    import tomli  # noqa: PLC0415 - most runs find no configuration

    try:
        return tomli.loads(_text(path))
    except tomli.TOMLDecodeError as error:
        raise _QuotingError(
            f"{path}:{error.lineno}:{error.colno}: {_lower(error.msg)}"
        ) from None
    except RecursionError:
        raise ConfigError(f"{path}: is nested too deeply to be read") from None


def _text(path: Path) -> str:
    try:
        return _content(path).decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8") from None


def _content(path: Path) -> bytes:
    try:
        return files.read(path, files.LARGEST_CONFIGURATION)
    except UnreadableFileError as error:
        raise ConfigError(f"{path}: {error.message}") from None


def _check_keys(table: dict[str, Any], path: Path) -> None:
    fields = _fields()
    for key in table:
        if key not in fields:
            import difflib  # noqa: PLC0415 - for a message only

            near = difflib.get_close_matches(key.replace("_", "-"), fields, n=1, cutoff=0.5)
            hint = (
                f", did you mean `{near[0]}`?" if near else f" (there are: {', '.join(fields)})"
            )
            raise _QuotingError(f"{place(path, key)}: unknown key `{key}`{hint}")


def _checked(table: dict[str, Any], path: Path) -> Settings:
    from lint_langsmith.versions import BadVersionError, parse_range  # noqa: PLC0415 - most runs find no configuration

    try:
        settings = msgspec.convert(table, Settings)
        _check_patterns(settings, path)
        if settings.langsmith_version not in {"auto", "newest"}:
            parse_range(settings.langsmith_version)
    except BadVersionError as error:
        raise _QuotingError(
            f"{place(path, 'langsmith-version')}: `langsmith-version`: {error}, nor `auto` or `newest`"
        ) from None
    except msgspec.ValidationError as error:
        key = re.search(r"`\$\.([\w-]+)", str(error))
        name = key[1] if key else ""
        raise _QuotingError(
            f"{place(path, name)}: `{name}`: {_in_words(str(error).partition(' - at ')[0], name)}"
        ) from None
    return settings


def _check_patterns(settings: Settings, path: Path) -> None:
    for field in msgspec.structs.fields(Settings):
        if field.name in _PATTERNS and len(getattr(settings, field.name)) > MOST_PATTERNS:
            key = field.encode_name
            raise ConfigError(
                f"{place(path, key)}: `{key}` has more than {MOST_PATTERNS:,} patterns"
            )


_BY_TOML: Final = {
    "str": "string",
    "int": "integer",
    "bool": "boolean",
    "object": "table",
    "null": "nothing",
}
_WRONG_CHOICE: Final = lazy_re.compile(r"Invalid enum value '(.*)'")


def _in_words(reason: str, key: str) -> str:
    """What msgspec says of a wrong value, with the words of TOML, the choices and the nearest of them."""
    wrong = _WRONG_CHOICE.fullmatch(reason)
    if wrong is None:
        plain = re.sub(
            r"`(\w+)`", lambda match: f"`{_BY_TOML.get(match[1], match[1])}`", reason
        )
        return plain[0].lower() + plain[1:]
    import difflib  # noqa: PLC0415 - for a message only

    field = next(
        field for field in msgspec.structs.fields(Settings) if field.encode_name == key
    )
    choices = list(_choices(field.type))
    near = difflib.get_close_matches(wrong[1], choices, n=1, cutoff=0.4)
    hint = f", did you mean `{near[0]}`?" if near else ""
    return f"`{wrong[1]}` is none of {', '.join(choices)}{hint}"


def _choices(kind: Any) -> Iterator[str]:
    """The values that a type names, however deep."""
    if get_origin(kind) is Literal:
        yield from get_args(kind)
    else:
        for part in get_args(kind):
            yield from _choices(part)


def place(path: Path, key: str) -> str:
    """File and line of a key; tomli keeps no positions, so the line is found again."""
    pattern = re.compile(
        rf"""^\s*(?:["']?{re.escape(key)}["']?\s*=|\[+\s*(?:tool\.{_TABLE}\.)?["']?{re.escape(key)}\b)"""
    )
    try:
        lines = _text(path).splitlines()
    except ConfigError:
        return str(path)
    for number, line in enumerate(lines, start=1):
        if key and pattern.match(line):
            return f"{path}:{number}"
    return str(path)
