"""Sections of INI files that start programs: units of systemd, programs of supervisor, environments of tox.

Documented in systemd.exec(5): files of `EnvironmentFile=` beat `Environment=`, of several the last one counts, a `-`
before the path allows the file to be missing; credentials and `PassEnvironment=` come from elsewhere. `systemd-analyze
verify` 252 accepts the units of the tests. Executed: tox 4.67: an environment gets what `set_env` says, its own or else
that of `[testenv]`, files in it included, and of the shell only what `pass_env` names. Documented: supervisor hands on
its own variables to its programs, with those of `environment=` on top.
"""

from __future__ import annotations

import fnmatch
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.loaders.command_files import loaded_by
from lint_langsmith.analysis.environment.process import Process, Source, given_by, outside
from lint_langsmith.sdk.variables import KEYS

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.loaders.dockerfile import Images
    from lint_langsmith.analysis.environment.writes import Setting
    from lint_langsmith.analysis.project.file import File

_HINTS: Final = (b"[Service]", b"[program:", b"[testenv")
_SECTION: Final = lazy_re.compile(r"(?m)^[ \t]*\[(?P<name>[^\]\n]{1,200})\]")
_COMMAND: Final = lazy_re.compile(
    r"(?mi)^[ \t]*(?:ExecStart\w*|command|commands)[ \t]*=(?P<text>.*(?:\n[ \t]+\S.*)*)"
)
_FILE: Final = lazy_re.compile(
    r"(?m)^[ \t]*EnvironmentFile[ \t]*=[ \t]*-?(?P<path>[^\s]{1,300})"
)
_FROM_ELSEWHERE: Final = lazy_re.compile(
    r"(?m)^[ \t]*(?:(?:Load|Set|Import)Credential\w*|PassEnvironment|PAMName)[ \t]*="
)
_SETS: Final = lazy_re.compile(r"(?m)^[ \t]*set_?env[ \t]*=")
_PASSED: Final = lazy_re.compile(r"(?m)^[ \t]*pass_?env[ \t]*=(?P<names>.*(?:\n[ \t]+\S.*)*)")
_SET_FROM: Final = lazy_re.compile(
    r"(?m)^[ \t]*(?:set_?env[ \t]*=[ \t]*)?file[ \t]*\|[ \t]*(?P<path>[^\s]{1,300})"
)


class _Section(NamedTuple):
    """A section of a file: its name and its text."""

    name: str
    text: str

    @property
    def command(self) -> str:
        return " ".join(match["text"] for match in _COMMAND.finditer(self.text))


class Units:
    """The programs that INI files of one project start."""

    def __init__(self, checkout: Checkout, images: Images) -> None:
        """`images` tells what a command starts."""
        self._checkout = checkout
        self._images = images

    def processes(self) -> Iterator[Process]:
        """One for each section that starts Python."""
        for file in self._checkout.files("ini", _HINTS):
            yield from self._of_file(file)

    def _of_file(self, file: File) -> Iterator[Process]:
        settings: dict[str, list[Setting]] = defaultdict(list)
        for setting in self._checkout.settings(file):
            settings[setting.group].append(setting)
        sections = list(_sections(self._checkout.text(file.relative)))
        base = next((section for section in sections if section.name == "testenv"), None)
        for section in sections:
            if section.name == "Service":
                yield from self._unit(file, section, settings)
            elif section.name.startswith("program:"):
                yield from self._program(file, section, settings)
            elif section.name.startswith("testenv"):
                yield from self._test_environment(file, section, base, settings)

    def _unit(
        self, file: File, section: _Section, settings: Mapping[str, Sequence[Setting]]
    ) -> Iterator[Process]:
        if not self._images.runs_python(section.command):
            return
        folder = file.relative.rpartition("/")[0]
        paths = [match["path"] for match in _FILE.finditer(section.text)]
        sources = [
            self._checkout.variables(folder, path, "systemd") for path in reversed(paths)
        ]
        if _FROM_ELSEWHERE.search(section.text):
            sources.append(outside(f"credentials of `{file.relative}`"))
        sources.append(_own(file, "Environment=", settings.get(section.name, ())))
        yield self._process(
            f"the unit `{file.relative}`", section.command, sources, is_closed=True
        )

    def _program(
        self, file: File, section: _Section, settings: Mapping[str, Sequence[Setting]]
    ) -> Iterator[Process]:
        if self._images.runs_python(section.command):
            own = _own(file, "environment=", settings.get(section.name, ()))
            sources = [own, outside("what supervisor is started with")]
            yield self._process(
                f"`{section.name}` of `{file.relative}`",
                section.command,
                sources,
                is_closed=False,
            )

    def _test_environment(
        self,
        file: File,
        section: _Section,
        base: _Section | None,
        settings: Mapping[str, Sequence[Setting]],
    ) -> Iterator[Process]:
        layers = [section, *([base] if base is not None and base is not section else [])]
        command = next((layer.command for layer in layers if layer.command), "")
        if _SETS.search(section.text) and "{[testenv]" not in section.text:
            layers = [section]
        if not self._images.runs_python(command):
            return
        sources = [
            _own(file, f"`[{layer.name}]`", settings.get(layer.name, ())) for layer in layers
        ]
        for layer in layers:
            folder = file.relative.rpartition("/")[0]
            sources += [
                self._checkout.variables(folder, match["path"], "python-dotenv")
                for match in _SET_FROM.finditer(layer.text)
            ]
        if any(_passes_key(layer.text) for layer in layers):
            sources.append(outside("the shell (`pass_env`)"))
        yield self._process(
            f"`[{section.name}]` of `{file.relative}`", command, sources, is_closed=True
        )

    def _process(
        self, label: str, command: str, sources: Sequence[Source], *, is_closed: bool
    ) -> Process:
        loaded = loaded_by(self._checkout, command, is_elsewhere=is_closed)
        entries = self._images.started_by(command) or None
        return Process(label, "project", (*sources, *loaded), entries, is_closed=is_closed)


def _sections(text: str) -> Iterator[_Section]:
    """The sections of a file, each up to the next one; none where no header stands in it (yet)."""
    matches = list(_SECTION.finditer(text))
    starts = [*(match.start() for match in matches), len(text)]
    for match, end in zip(matches, starts[1:], strict=True):
        yield _Section(match["name"], text[match.end() : end])


def _own(file: File, label: str, settings: Sequence[Setting]) -> Source:
    return Source(f"{label} of `{file.relative}`", given_by(settings), file.relative)


def _passes_key(text: str) -> bool:
    """Whether tox hands through the key; names may hold `*`, and a place that is filled in may hold any."""
    patterns = [
        pattern.strip(",")
        for match in _PASSED.finditer(text)
        for pattern in match["names"].split()
    ]
    return any(
        "{" in pattern or fnmatch.fnmatchcase(key, pattern)
        for pattern in patterns
        for key in KEYS
    )
