"""Files that compose alone reads: it fills in `${…}` with what is in them, and passes nothing of them on by itself.

Rules of the compose specification, "Interpolation" (docs.docker.com/reference/compose-file/interpolation): a variable
of the `.env` beside a compose file reaches a container where a service asks for it, below `environment`, or names the
file below `env_file`.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.flags import meaning
from lint_langsmith.sdk.variables import KEYS, TRACING_FLAGS
from lint_langsmith.source.kinds import kind_of

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.writes import Setting
    from lint_langsmith.analysis.project.file import File

READ_BY_COMPOSE: Final = lazy_re.compile(r"(?i)\.env(?:[._-](?:example|sample|template|dist))?")
# What else may read the file: by its name, by a library or a tool that looks for it without a word.
READERS: Final = lazy_re.compile(
    rb"\.env\b|dotenv|env_?file|env-file|environs|decouple|Dynaconf|flask|chainlit|pipenv|direnv|honcho|foreman"
    rb"|\"(?:next|vite|nuxt|react-scripts|astro)\""
)
IN_PROSE: Final = lazy_re.compile(
    rb"(?:\bsource|(?m:^)[ \t$>]{0,9}\.)[ \t]+[\w./-]{0,99}\.env\b|--env-file|\bexport[ \t]+\$\(|\bset[ \t]+-a\b"
    rb"|\bdotenv\b|\bdirenv\b|\benvFile\b"
)
_BUILT: Final = lazy_re.compile(r"(?m)^[ \t]+build:")
_SILENT: Final = frozenset({".gitignore", ".dockerignore", ".gitattributes"})
_STARTERS: Final = frozenset({"Procfile", "Pipfile", "justfile", "Justfile", "langgraph.json"})
_NAMES: Final = (*TRACING_FLAGS, *KEYS)


class Unpassed(NamedTuple):
    """A flag that no container gets, and the compose file that could pass it on."""

    setting: Setting
    compose: str


class ComposeVariables:
    """The files of variables in one project that compose alone reads."""

    def __init__(self, checkout: Checkout) -> None:
        self._checkout = checkout

    def unpassed(self, file: File) -> Unpassed | None:
        """The flag by which a file, or a copy of a template, is to switch tracing on, where no service gets it."""
        path = PurePosixPath(file.relative)
        if READ_BY_COMPOSE.fullmatch(path.name) is None:
            return None
        on = (
            setting
            for setting in self._checkout.settings(file)
            if setting.name in TRACING_FLAGS and meaning(setting.value or "") == "on"
        )
        flag = next(on, None)
        if flag is None:
            return None
        beside = [name for name in self._composes if PurePosixPath(name).parent == path.parent]
        if not beside or self._is_asked or self._runs_outside(beside):
            return None
        is_read = any(not _is_like(name, path) for name in self._readers)
        return None if is_read else Unpassed(flag, beside[0])

    @functools.cached_property
    def _composes(self) -> Sequence[str]:
        return [name for name in self._checkout.names if _is_compose(name, self._checkout)]

    @functools.cached_property
    def _readers(self) -> Sequence[str]:
        """What else may read a file of variables, or a copy of it."""
        names = (*self._checkout.names, *self._checkout.python_below(""))
        return [name for name in names if _may_read(name, self._checkout)]

    @functools.cached_property
    def _is_asked(self) -> bool:
        """Whether a compose file names a flag or a key."""
        texts = [self._checkout.text(name) for name in self._composes]
        return any(name in text for text in texts for name in _NAMES)

    def _runs_outside(self, composes: Sequence[str]) -> bool:
        """Whether the project's programs run where no compose file starts them, in a shell that has the variables."""
        has_programs = next(self._checkout.python_below(""), None) is not None
        texts = map(self._checkout.text, composes)
        return has_programs and not any(map(_BUILT.search, texts))


def _is_like(name: str, path: PurePosixPath) -> bool:
    """Whether a file is the file of variables or one that is made like it, or only speaks to git and docker."""
    other = PurePosixPath(name)
    is_copy = other.parent == path.parent and READ_BY_COMPOSE.fullmatch(other.name) is not None
    return is_copy or other.name in _SILENT or other.suffix == ".lock"


def _may_read(name: str, checkout: Checkout) -> bool:
    if name.rpartition("/")[2] in _STARTERS:
        return True
    is_prose = kind_of(PurePosixPath(name)) in {"markdown", "rst"}
    pattern = IN_PROSE if is_prose else READERS
    return pattern.search(checkout.content(name)) is not None


def _is_compose(name: str, checkout: Checkout) -> bool:
    if not name.endswith((".yml", ".yaml")) or b"services" not in checkout.content(name):
        return False
    file = checkout.file(name)
    return file is not None and file.kind == "compose"
