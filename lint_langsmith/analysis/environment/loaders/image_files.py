"""Which files of its build context a Dockerfile copies into the image, and what a `.dockerignore` leaves out.

The last stage is the image, with those that it is made from (docs.docker.com/build/building/multi-stage); patterns of
`.dockerignore` count from the context, and a file of the Dockerfile's own name with that ending beats the common one
(docs.docker.com/build/concepts/context).
"""

from __future__ import annotations

import functools
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.loaders.dockerfile import chain, stages
from lint_langsmith.analysis.limits import IMAGES_OF_FOLDER
from lint_langsmith.findings import Span
from lint_langsmith.remembered import remembered
from lint_langsmith.source.globs import MOST_PATTERNS, gitignore_spec
from lint_langsmith.source.text import LineIndex

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout

_COPY: Final = lazy_re.compile(
    r"(?mi)^[ \t]*(?P<all>(?:COPY|ADD)[ \t]+(?P<words>(?:[^\n\\]|\\.|\\\n){1,4000}))"
)
_NAME: Final = lazy_re.compile(r"(?i)(?:.*\.)?dockerfile(?:\..+)?")
# Of what another stage or a pattern leaves out it is not known what it has.
_UNKNOWN: Final = ("--from", "--exclude", "--parents")


class Build(NamedTuple):
    """A build of an image: the folder from which it copies, the Dockerfile, and the stage, if one is named."""

    context: str
    dockerfile: str
    target: str | None = None


class Copied(NamedTuple):
    """An instruction that copies a file into an image, as it is written, and where it stands."""

    dockerfile: str
    at: Span
    written: str


class ImageFiles:
    """What the images of one project are made from."""

    def __init__(self, checkout: Checkout, builds: Sequence[Build]) -> None:
        """`builds` are those that the checkout describes; a Dockerfile in none is built from its own folder."""
        self._checkout = checkout
        self._described = builds

    @functools.cached_property
    def _builds(self) -> tuple[Build, ...]:
        described = {build.dockerfile for build in self._described}
        alone = (
            Build(name.rpartition("/")[0], name)
            for name in self._checkout.names
            if _NAME.fullmatch(name.rpartition("/")[2]) and name not in described
        )
        return (*dict.fromkeys(self._described), *alone)

    def copying(self, path: str) -> tuple[Copied, ...]:
        """The instructions that copy a file with a path into an image; the file itself need not be there."""
        found: dict[tuple[str, Span], Copied] = {}
        for context in _around(path):
            inside = path[len(context) + 1 :] if context else path
            for build in self._by_context.get(context, ())[:IMAGES_OF_FOLDER]:
                for copied in self._copying(build, inside):
                    found.setdefault((copied.dockerfile, copied.at), copied)
        return tuple(found.values())

    def _copying(self, build: Build, inside: str) -> Iterator[Copied]:
        """The instructions of one build that copy a file of its context."""
        instructions = self._instructions(build.dockerfile, build.target)
        copying = [copied for copied, sources in instructions if _any_holds(sources, inside)]
        if copying and not self._is_left_out(build, inside):
            yield from copying

    @functools.cached_property
    def _by_context(self) -> Mapping[str, Sequence[Build]]:
        table: dict[str, list[Build]] = defaultdict(list)
        for build in self._builds:
            table[build.context].append(build)
        return table

    @remembered
    def _instructions(
        self, dockerfile: str, target: str | None
    ) -> tuple[tuple[Copied, tuple[str, ...]], ...]:
        """The instructions that copy from the context into an image, each with what it copies."""
        text = self._checkout.text(dockerfile)
        index = LineIndex(text)
        found: list[tuple[Copied, tuple[str, ...]]] = []
        for stage in chain(stages(text), target):
            for match in _COPY.finditer(stage.text):
                sources = tuple(_sources(match["words"]))
                start = stage.start + match.start("all")
                first = match["all"].partition("\n")[0].rstrip()
                at = index.span(start, start + len(first))
                found.append((Copied(dockerfile, at, first), sources))
        return tuple(found)

    def _is_left_out(self, build: Build, path: str) -> bool:
        """Whether a `.dockerignore` keeps a file of the context out, or may do so."""
        own = f"{build.dockerfile}.dockerignore"
        common = f"{build.context}/.dockerignore" if build.context else ".dockerignore"
        name = own if self._checkout.has(own) else common
        if not self._checkout.has(name):
            return False
        return self._leaves_out(name, path)

    @remembered
    def _leaves_out(self, name: str, path: str) -> bool:
        text = self._checkout.text(name)
        if not text:
            return bool(self._checkout.content(name))
        lines = text.splitlines()[:MOST_PATTERNS]
        return gitignore_spec(_anchored(lines)).match_file(path)


def _any_holds(sources: Sequence[str], path: str) -> bool:
    return any(_holds(source, path) for source in sources)


def _around(path: str) -> Iterator[str]:
    """The folders around a file, the root first."""
    yield ""
    parts = path.split("/")[:-1]
    yield from ("/".join(parts[:count]) for count in range(1, len(parts) + 1))


def _anchored(lines: Sequence[str]) -> Iterator[str]:
    """Patterns that all count from the root, as git writes them: `.env` is that of the root alone, `**/.env` any."""
    for line in lines:
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        is_exception = pattern.startswith("!")
        bare = pattern[is_exception:].strip().removeprefix("./").lstrip("/")
        yield f"{'!' if is_exception else ''}/{bare}"


def _sources(words: str) -> Iterator[str]:
    """The paths that an instruction copies from the context, relative to it; `.` is all of it."""
    flat = re.sub(r"\\\s*\n", " ", words).strip()
    flags, rest = [], flat.split()
    while rest and rest[0].startswith("--"):
        flags.append(rest.pop(0))
    if any(flag.startswith(_UNKNOWN) for flag in flags):
        return
    if rest and rest[0].startswith("["):
        rest = _listed(flat[flat.index("[") :])
    for source in rest[:-1]:
        if "$" not in source and "://" not in source:
            yield source.strip("\"'").removeprefix("./").strip("/") or "."


def _listed(text: str) -> list[str]:
    """The items of the form in brackets; none where it is none."""
    try:
        items = json.loads(text)
    except ValueError:
        return []
    return [item for item in items if isinstance(item, str)] if isinstance(items, list) else []


def _holds(source: str, path: str) -> bool:
    """Whether what is copied is a file, or a folder around it."""
    if source in {".", path} or path.startswith(f"{source}/"):
        return True
    return source.count("/") == path.count("/") and fnmatchcase(path, source)
