"""Containers that a command starts: `docker run`, in a script or in a step of a workflow.

Executed: `docker create -e` 28.2.2: `-e NAME=value` and the files of `--env-file` reach the container, `-e NAME` hands
through what the shell has, nothing else of the shell does.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.checkout import located
from lint_langsmith.analysis.environment.process import (
    Given,
    Process,
    Source,
    given_by,
    outside,
)
from lint_langsmith.analysis.limits import LINE_BEFORE
from lint_langsmith.sdk.variables import KEYS

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.loaders.dockerfile import Images
    from lint_langsmith.analysis.environment.writes import Setting
    from lint_langsmith.analysis.project.file import File

_CONTAINER: Final = lazy_re.compile(
    r"\b(?:docker|podman|nerdctl)[ \t]+(?:container[ \t]+)?run\b"
)
# One of these stands in every file that starts a container.
CONTAINER_HINTS: Final = (b"docker", b"podman", b"nerdctl")
_OPTION: Final = lazy_re.compile(r"[ \t](?:-e|--env)(?:[ \t]+|=)[\"']?$")
_HANDED: Final = lazy_re.compile(
    r"[ \t](?:-e|--env)(?:[ \t]+|=)[\"']?(?P<name>[A-Za-z_]\w*)[\"']?(?=\s|$)"
)
_HANDED_FILE: Final = lazy_re.compile(r"--env-file(?:[ \t]+|=)[\"']?(?P<path>[^\s\"']{1,300})")
_BUILT: Final = lazy_re.compile(
    r"\b(?:docker|podman|nerdctl)[ \t]+(?:buildx[ \t]+)?build\b[^\n]{0,400}?[ \t](?:-t|--tag)(?:[ \t]+|=)[\"']?"
    r"(?P<tag>[^\s\"']{1,300})"
)
_BUILT_FROM: Final = lazy_re.compile(
    r"[ \t](?:-f|--file)(?:[ \t]+|=)[\"']?(?P<path>[^\s\"']{1,300})"
)
_HERE: Final = lazy_re.compile(
    r"^(?:\$\{?(?:PWD|CURDIR|ROOT(?:_DIR)?|SCRIPT_DIR|DIR|BASEDIR)\}?|\$\(CURDIR\)|\$\(pwd\)|\.)/"
)
# What runs a program somewhere else, with variables of its own: a platform's, a cluster's, a container's.
_ELSEWHERE: Final = lazy_re.compile(
    r"\b(?:gcloud|aws|az|heroku|fly(?:ctl)?|railway|kubectl|helm|vercel|modal|ssh|gh|docker[ \t-]compose"
    r"|(?:docker|podman|nerdctl)[ \t]+(?:container[ \t]+)?exec)\b"
)


class Command(NamedTuple):
    """A line with those that continue it, and what is set on it."""

    text: str
    line: int
    settings: tuple[Setting, ...]

    @property
    def is_elsewhere(self) -> bool:
        """Whether what it starts gets its variables somewhere else."""
        return _ELSEWHERE.search(self.text) is not None

    @property
    def runs_container(self) -> bool:
        """Whether it starts a container."""
        return _CONTAINER.search(self.text) is not None


class ContainerRuns:
    """The containers that commands of one project start."""

    def __init__(self, checkout: Checkout, images: Images) -> None:
        """`images` tells what a command starts, and what is built."""
        self._checkout = checkout
        self._images = images

    def of(
        self, file: File, command: Command, shell: Process | None = None
    ) -> Iterator[Process]:
        """What a command starts in a container; `shell` is what is known of the shell that runs the command."""
        image = self._image(command)
        entries = self._images.started_by(command.text)
        if image is None and not entries:
            return
        given = given_by(
            [setting for setting in command.settings if _OPTION.search(before(setting))]
        )
        handed = {match["name"] for match in _HANDED.finditer(command.text)} - given.keys()
        sources = [Source(f"`docker run` in `{file.relative}`", given, file.relative)]
        sources += _from_shell(handed, shell)
        if "$" in "".join(_HANDED_FILE.findall(command.text)):
            sources.append(outside("the shell"))
        sources += [
            self._checkout.variables("", without_here(match["path"]), "docker")
            for match in _HANDED_FILE.finditer(command.text)
        ]
        sources += image.sources if image is not None else ()
        is_python = bool(entries) or (image is not None and image.code == "project")
        yield Process(
            f"the container that `{file.relative}` runs on line {command.line}",
            "project" if is_python else image.code if image is not None else "unknown",
            tuple(sources),
            entries or (image.entries if image is not None else None),
            image.folder if image is not None else "",
            is_closed=True,
        )

    def _image(self, command: Command) -> Process | None:
        """The image that a command runs, if the project builds it."""
        words = [word.strip("\"'") for word in command.text.replace("\\\n", " ").split()]
        for word in words:
            dockerfile = self._built.get(word.partition(":")[0])
            if dockerfile is not None:
                return self._images.built("", dockerfile)
        return self._images.of_name(words[-1]) if words else None

    @functools.cached_property
    def _built(self) -> Mapping[str, str]:
        """The Dockerfiles of the images that commands of the project build, by the image's name without its tag."""
        found: dict[str, str] = {}
        for name in self._checkout.names:
            if b" build" not in self._checkout.content(name):
                continue
            for match in _BUILT.finditer(self._checkout.text(name)):
                end = match.string.find("\n", match.start())
                other = _BUILT_FROM.search(
                    match.string, match.start(), end if end >= 0 else len(match.string)
                )
                path = located("", other["path"]) if other is not None else "Dockerfile"
                if path is not None and self._checkout.has(path):
                    found.setdefault(match["tag"].partition(":")[0], path)
        return found


def _from_shell(names: set[str], shell: Process | None) -> Iterator[Source]:
    """What a shell has for the names that it hands through, as far as that is known."""
    given: dict[str, Given] = {}
    for name in sorted(names):
        value = shell.effective(name) if shell is not None else None
        if value is not None:
            given[name] = value
    if given:
        yield Source("the shell", given)
    is_known = shell is not None and shell.is_whole
    if not is_known and names & {*KEYS}:
        yield outside("the shell")


def starts_elsewhere(text: str) -> bool:
    """Whether any command of a text starts a container, or a program that gets its variables somewhere else."""
    return _CONTAINER.search(text) is not None or _ELSEWHERE.search(text) is not None


def settings_by_line(settings: Sequence[Setting]) -> Mapping[int, Sequence[Setting]]:
    """What a file sets, by the 1-based line of the name."""
    found: dict[int, list[Setting]] = defaultdict(list)
    for setting in settings:
        found[setting.at.line].append(setting)
    return dict(found)


def commands(
    lines: Sequence[str],
    by_line: Mapping[int, Sequence[Setting]],
    first: int = 1,
    *,
    is_one: bool = False,
) -> tuple[Command, ...]:
    """The commands of some lines, the first of which has a number; what a backslash continues is one with the rest.

    `is_one`: all of them are one command, because YAML folds them.
    """
    found: list[Command] = []
    parts: list[str] = []
    set_here: list[Setting] = []
    for number, line in enumerate(lines, start=first):
        parts.append(line.rstrip("\r\n"))
        set_here += by_line.get(number, ())
        goes_on = is_one and number < first + len(lines) - 1
        if not goes_on and not parts[-1].endswith("\\"):
            start = number - len(parts) + 1
            found.append(Command("\n".join(parts), start, tuple(set_here)))
            parts, set_here = [], []
    return tuple(found)


def before(setting: Setting) -> str:
    """What stands before the name of a variable on its line."""
    end = setting.at.column - 1
    return setting.file.lines[setting.at.line - 1][max(0, end - LINE_BEFORE) : end]


def without_here(path: str) -> str:
    """A path without the words for the folder in which a script stands or is started."""
    return _HERE.sub("", path)
