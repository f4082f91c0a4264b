"""Which releases a notebook installs for itself: `%pip install -U langchain`, `!pip install langsmith==0.1.50`."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec

from lint_langsmith import lazy_re
from lint_langsmith.analysis.project.version import ProjectVersion, required
from lint_langsmith.sdk.facts import LANGGRAPH_SDK, LANGSMITH
from lint_langsmith.sdk.names import LISTED
from lint_langsmith.source.magics import Magic
from lint_langsmith.versions import BadVersionError, VersionRange, parse_range

# Magics with the command that their argument goes on with; what a shell runs is a command of its own.
_COMMANDS: Final = {"%pip": "pip", "%uv": "uv"}
_SHELLS: Final = frozenset(
    {"!", "!!", "%system", "%sx", "%%bash", "%%sh", "%%shell", "%%system"}
)
_BETWEEN: Final = lazy_re.compile(r"&&|\|\||[;|&\n]")
_PIP: Final = lazy_re.compile(r"(?:.*/)?pip[\d.]*$")
_UPGRADE: Final = lazy_re.compile(r"--upgrade$|-[A-Za-z]*U[A-Za-z]*$")
_SOURCE: Final = "the notebook's own pip install"

_DISTRIBUTIONS: Final = tuple(dict.fromkeys((LANGSMITH, LANGGRAPH_SDK, *LISTED)))


class _Install(msgspec.Struct, frozen=True):
    """What a command asks of a distribution; `upgrades` where a release that is there and would do is replaced."""

    admitted: VersionRange
    upgrades: bool


def versions_in(
    magics: Iterable[Magic], version_of: Callable[[str], ProjectVersion]
) -> tuple[ProjectVersion, ...]:
    """The SDKs that run in a notebook with those magics in another release than in the project."""
    texts = [text for magic in magics if (text := _text(magic))]
    found = []
    for distribution in _DISTRIBUTIONS if texts else ():
        ours = version_of(distribution)
        theirs = _version_in(texts, ours)
        # What comes with other packages is in no certain release until something asks for the newest.
        is_said = theirs.is_chosen and distribution != LANGSMITH
        if theirs.admitted != ours.admitted or is_said:
            found.append(theirs)
    return tuple(found)


def version_in(magics: Iterable[Magic], of_project: ProjectVersion) -> ProjectVersion:
    """The release that runs in a notebook with those magics, in an environment made for the project.

    A bare `pip install langsmith` leaves what is installed, and so does a range that the project's one version meets.
    """
    return _version_in(map(_text, magics), of_project)


def _version_in(texts: Iterable[str], of_project: ProjectVersion) -> ProjectVersion:
    version = of_project
    for text in texts:
        for install in _installs(text, of_project.distribution):
            version = _after(install, version)
    return version


def _after(install: _Install, version: ProjectVersion) -> ProjectVersion:
    """What is installed when a command has run."""
    there, name = version.admitted, version.distribution
    exact = there.exact if there is not None else None
    if install.admitted.is_everything:
        newest = ProjectVersion(None, _SOURCE, is_chosen=True, distribution=name)
        return newest if install.upgrades else version
    if exact is not None and not install.upgrades and install.admitted.admits(exact):
        return version
    return ProjectVersion(install.admitted, _SOURCE, distribution=name)


def _text(magic: Magic) -> str:
    """The commands of a magic that may install something; empty for others."""
    if magic.name not in _COMMANDS and magic.name not in _SHELLS:
        return ""
    text = f"{_COMMANDS.get(magic.name, '')} {magic.argument}".replace("\\\n", " ")
    return text if "lang" in text and "install" in text else ""


def _installs(text: str, distribution: str) -> Iterator[_Install]:
    for command in _BETWEEN.split(text) if text else ():
        yield from _asked(_words(command), distribution)


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command, comments=True)
    except ValueError:  # a quote that is not closed
        return []


def _asked(words: list[str], distribution: str) -> Iterator[_Install]:
    """What the words of a command ask pip to install of a distribution."""
    pip = next((index for index, word in enumerate(words) if _PIP.match(word)), len(words))
    if "install" not in words[pip + 1 :]:
        return
    arguments = words[words.index("install", pip) + 1 :]
    upgrades = any(_UPGRADE.match(word) for word in arguments)
    with contextlib.suppress(BadVersionError):
        for written in required(arguments, distribution):
            yield _Install(parse_range(written), upgrades)
