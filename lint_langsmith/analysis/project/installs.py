"""Which langsmith a notebook installs for itself: `%pip install -U langsmith`, `!pip install langsmith==0.1.50`."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from lint_langsmith import lazy_re
from lint_langsmith.analysis.project.version import ProjectVersion, required
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


class _Install(msgspec.Struct, frozen=True):
    """What a command asks of langsmith; `upgrades` where a release that is there and would do is replaced."""

    admitted: VersionRange
    upgrades: bool


def version_in(magics: Iterable[Magic], of_project: ProjectVersion) -> ProjectVersion:
    """The langsmith that runs in a notebook with those magics, in an environment made for the project.

    A bare `pip install langsmith` leaves what is installed, and so does a range that the project's one version meets.
    """
    version = of_project
    for magic in magics:
        for install in _installs(magic):
            version = _after(install, version)
    return version


def _after(install: _Install, version: ProjectVersion) -> ProjectVersion:
    """What is installed when a command has run."""
    there = version.admitted.exact if version.admitted is not None else None
    if install.admitted.is_everything:
        return ProjectVersion(None, _SOURCE, is_chosen=True) if install.upgrades else version
    if there is not None and not install.upgrades and install.admitted.admits(there):
        return version
    return ProjectVersion(install.admitted, _SOURCE)


def _installs(magic: Magic) -> Iterator[_Install]:
    if magic.name not in _COMMANDS and magic.name not in _SHELLS:
        return
    text = f"{_COMMANDS.get(magic.name, '')} {magic.argument}".replace("\\\n", " ")
    if "langsmith" in text and "install" in text:
        for command in _BETWEEN.split(text):
            yield from _asked(_words(command))


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command, comments=True)
    except ValueError:  # a quote that is not closed
        return []


def _asked(words: list[str]) -> Iterator[_Install]:
    """What the words of a command ask pip to install of langsmith."""
    pip = next((index for index, word in enumerate(words) if _PIP.match(word)), len(words))
    if "install" not in words[pip + 1 :]:
        return
    arguments = words[words.index("install", pip) + 1 :]
    upgrades = any(_UPGRADE.match(word) for word in arguments)
    with contextlib.suppress(BadVersionError):
        for written in required(arguments):
            yield _Install(parse_range(written), upgrades)
