"""Images of Dockerfiles: what `ENV` of their stages sets, and which code they start.

`ENV` of a stage holds in the stages that are made from it (docs.docker.com/reference/dockerfile, "ENV"). Who runs an
image may give it more: by itself it is never whole.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.loaders.command_files import loaded_by
from lint_langsmith.analysis.environment.loaders.command_words import (
    is_preparing,
    simple_commands,
)
from lint_langsmith.analysis.environment.process import (
    NOTHING,
    Process,
    Source,
    given_by,
    outside,
)
from lint_langsmith.analysis.project.file import is_test
from lint_langsmith.remembered import remembered
from lint_langsmith.sdk import foreign

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout

_FROM: Final = lazy_re.compile(
    r"(?mi)^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(?P<image>\S+)(?:[ \t]+AS[ \t]+(?P<stage>\S+))?"
)
_ENV: Final = lazy_re.compile(r"(?i)[ \t]*ENV\b")
_STARTED: Final = lazy_re.compile(
    r"(?mi)^[ \t]*(?:CMD|ENTRYPOINT)\b(?P<command>(?:[^\n\\]|\\.|\\\n)*)"
)
_PYTHON_IMAGE: Final = lazy_re.compile(
    r"(?i)(?:.*/)?(?:python|pypy|uv|miniconda3?|micromamba|mambaforge|anaconda3?|langgraph-(?:api|server))(?:[-_:@].*)?"
)
_PYTHON: Final = lazy_re.compile(
    r"\bpython[0-9.]*\b|\.py\b|\b(?:pip|uv|poetry|uvicorn|gunicorn|celery|streamlit|langgraph|pytest|chainlit|fastapi)\b"
)
_SCRIPT: Final = lazy_re.compile(r"(?<![\w./-])(?P<path>[\w./-]{1,300}\.py)\b")
_MODULE: Final = lazy_re.compile(
    r"-m[\s\",']{1,99}(?P<module>[A-Za-z_][\w.]{0,200})|(?<![\w.])(?P<app>[A-Za-z_][\w.]{0,200}):[A-Za-z_]\w*"
)


class Stage(NamedTuple):
    """A stage of a Dockerfile: the image or the stage that it is made from, its own name, its text, and where it is."""

    image: str
    name: str
    text: str
    start: int


class Images:
    """The images that Dockerfiles of one project describe."""

    def __init__(self, checkout: Checkout) -> None:
        """`checkout` has the files."""
        self._checkout = checkout

    def built(
        self, context: str, dockerfile: str | None, target: str | None = None
    ) -> Process | None:
        """What runs in an image that is built from a folder; None where there is no such Dockerfile."""
        file = self._checkout.file(dockerfile) if dockerfile is not None else None
        if file is None:
            return None
        made_from = chain(stages(file.text), target)
        groups = {stage.name for stage in made_from}
        settings = [
            setting for setting in self._checkout.settings(file) if setting.group in groups
        ]
        lines = frozenset(_env_lines(file.lines))
        # Of stages that are made from each other the last one counts.
        given = given_by([setting for setting in settings if setting.at.line in lines])
        source = Source(f"`ENV` of `{file.relative}`", given or NOTHING, file.relative)
        commands = [
            match["command"] for stage in made_from for match in _STARTED.finditer(stage.text)
        ]
        entries = frozenset().union(*map(self.started_by, commands[:1]))
        text = "".join(stage.text for stage in made_from)
        # Where something of Python is installed, whatever the image starts is of Python.
        is_python = _PYTHON.search(text) is not None or any(
            _PYTHON_IMAGE.fullmatch(stage.image) for stage in made_from
        )
        is_foreign = bool(made_from) and foreign.is_known_program(made_from[-1].image)
        code = "foreign" if is_foreign else "project" if is_python or entries else "unknown"
        label = f"the image of `{file.relative}`"
        loaded = loaded_by(self._checkout, "".join(commands[:1]), context, is_elsewhere=True)
        return Process(label, code, (source, *loaded), entries or None, context)  # type: ignore[arg-type]

    def alone(self, used: Collection[str | None]) -> Iterator[Process]:
        """The images that nothing in the project starts, with what their Dockerfiles set; `used` has the others' paths.

        Whoever starts one may give it more, and fills in what is blank.
        """
        for name in self._dockerfiles:
            folder = name.rpartition("/")[0]
            image = self.built(folder, name) if name not in used else None
            if image is not None and image.code == "project":
                started = outside(f"what a container of `{name}` is started with")
                sources = (*map(_without_blanks, image.sources), started)
                yield image._replace(sources=sources)

    def of_name(self, image: str) -> Process | None:
        """The image of the project that a deployment names; None for one of others, and where it can't be told.

        It is named like the project or like the folder of its Dockerfile, or there is only one Dockerfile.
        """
        if not image or foreign.is_known_program(image) or foreign.is_runtime(image):
            return None
        last = re.sub(r"[:@][^/]*$", "", image).rpartition("/")[2].replace("_", "-").lower()
        for name in self._dockerfiles:
            folder = name.rpartition("/")[0]
            own = folder.rpartition("/")[2] or self._checkout.folder_name
            if last == own.replace("_", "-").lower():
                return self.built(folder, name)
        if len(self._dockerfiles) == 1 and ("/" in image or "$" in image or "{" in image):
            name = self._dockerfiles[0]
            return self.built(name.rpartition("/")[0], name)
        return None

    def is_named_like_code(self, image: str) -> bool:
        """Whether an image that nothing here builds has the name of the project's only module or package at the top."""
        if not image or foreign.is_known_program(image) or foreign.is_runtime(image):
            return False
        last = re.sub(r"[:@][^/]*$", "", image).rpartition("/")[2].replace("-", "_").lower()
        tops = {name.partition("/")[0].removesuffix(".py") for name in self._programs_at_top}
        return tops == {last} and not self._checkout.has("package.json")

    @functools.cached_property
    def _programs_at_top(self) -> tuple[str, ...]:
        """The code that is no test and no script of the build."""
        return tuple(
            name
            for name in self._checkout.python_below("")
            if not is_test(name) and name != "setup.py"
        )

    @functools.cached_property
    def _dockerfiles(self) -> tuple[str, ...]:
        return tuple(
            name for name in self._checkout.names if name.rpartition("/")[2] == "Dockerfile"
        )

    def runs_python(self, command: str) -> bool:
        """Whether a command starts a program of Python, and more than one that installs packages or checks code."""
        return _PYTHON.search(command) is not None and any(
            _PYTHON.search(part) is not None and not is_preparing(part)
            for part in simple_commands(command)
        )

    @remembered
    def started_by(self, command: str) -> frozenset[str]:
        """The project's files that a command starts."""
        return frozenset(self._find_started(command))

    def _find_started(self, command: str) -> Iterator[str]:
        for match in _SCRIPT.finditer(command):
            yield from self._ending(match["path"].lstrip("./"))
        for match in _MODULE.finditer(command):
            path = (match["module"] or match["app"]).replace(".", "/")
            for candidate in (f"{path}.py", f"{path}/__main__.py", f"{path}/__init__.py"):
                yield from self._ending(candidate, whole=True)

    def _ending(self, path: str, *, whole: bool = False) -> Iterator[str]:
        """The project's code whose path ends like one in a container, by the longest part that leads to any."""
        parts = path.split("/")
        named = self._by_last_part.get(parts[-1], ())
        for start in range(1 if whole else len(parts)):
            tail = "/".join(parts[start:])
            found = [name for name in named if name == tail or name.endswith(f"/{tail}")]
            if found:
                yield from found
                return

    @functools.cached_property
    def _by_last_part(self) -> Mapping[str, Sequence[str]]:
        """The project's Python by the last part of its path."""
        found: dict[str, list[str]] = defaultdict(list)
        for name in self._checkout.python_below(""):
            found[name.rpartition("/")[2]].append(name)
        return dict(found)


def _without_blanks(source: Source) -> Source:
    given = {
        name: item
        for name, item in source.given.items()
        if item.value is None or item.value.strip()
    }
    return source._replace(given=given)


def stages(text: str) -> list[Stage]:
    """The stages of a Dockerfile, each up to the next one; none where it has no `FROM` (yet)."""
    matches = list(_FROM.finditer(text))
    starts = [*(match.start() for match in matches), len(text)]
    return [
        Stage(match["image"], match["stage"] or str(number), text[start:end], start)
        for number, (match, (start, end)) in enumerate(
            zip(matches, pairwise(starts), strict=True)
        )
    ]


def chain(all_: list[Stage], target: str | None) -> list[Stage]:
    """A stage (the last one, if none is named) and those that it is made from, itself first."""
    by_name = {stage.name: stage for stage in all_}
    current = by_name.get(target) if target else (all_[-1] if all_ else None)
    found: list[Stage] = []
    while current is not None and current not in found:
        found.append(current)
        current = by_name.get(current.image)
    return found


def _env_lines(lines: Sequence[str]) -> Iterator[int]:
    """The 1-based lines of `ENV`: `ARG` is for the build alone, `RUN A=1 …` for one command."""
    is_env, goes_on = False, False
    for number, line in enumerate(lines, start=1):
        if not goes_on:
            is_env = _ENV.match(line) is not None
        goes_on = line.rstrip().endswith("\\")
        if is_env:
            yield number
