"""Processes, where each gets its variables from, and which value is the effective one.

A variable is not set "in the project" but for a process, by a source, and a source beats another. What is not in the
checkout is unknown, never "not set": a source that is not whole may hold anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

from lint_langsmith.analysis.environment.flags import meaning
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.sdk.keys import unusable_form
from lint_langsmith.sdk.variables import KEYS, TRACING_FLAGS

# Whose code a process runs: this project's Python, a program that others wrote, or it can't be told.
Code: TypeAlias = Literal["project", "foreign", "unknown"]
# What reads a file of variables, and so by which grammar.
Loader: TypeAlias = Literal[
    "python-dotenv",
    "compose",
    "docker",
    "systemd",
    "shell",
    "dotenvy",
    "direnv",
    "settings",
    "decouple",
    "honcho",
    "",
]


class Given(NamedTuple):
    """A variable as a source gives it.

    `value` is None where another place fills it in (`${NAME}`, a secret). `is_fallback` is for the default of an
    interpolation (`${NAME:-false}`), `is_called` for what a function sets that the program surely calls.
    """

    setting: Setting
    value: str | None
    is_fallback: bool = False
    is_called: bool = False

    @property
    def is_blank_without_shell(self) -> bool:
        """Whether it is a key that only the shell of compose fills in."""
        return self.is_fallback and self.value is None


NOTHING: Final[Mapping[str, Given]] = {}


class Source(NamedTuple):
    """Where variables of a process come from.

    `label` names it as a reader would. `path` is the file, relative to the root, if it is one of the project, and
    `loader` what reads it. `is_whole` is False where a part of it is not in the checkout, or can't be read. `meant` is
    what the template says from which an absent file is copied.
    """

    label: str
    given: Mapping[str, Given]
    path: str | None = None
    loader: Loader = ""
    is_whole: bool = True
    meant: Mapping[str, Given] = NOTHING


class Process(NamedTuple):
    """A process, its sources (the one that beats the others first) and the code that it runs.

    `entries` are the files, relative to the root, that it starts, None where they are not known; `folder` is where its
    code lies. `is_exported` is False where values fill settings only and never reach the environment. `is_closed` where
    it gets what its sources say and nothing from a shell.
    """

    label: str
    code: Code
    sources: tuple[Source, ...]
    entries: frozenset[str] | None = None
    folder: str = ""
    is_exported: bool = True
    is_closed: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether all that it gets stands in the checkout."""
        return all(source.is_whole for source in self.sources)

    def found(self, name: str) -> Iterator[tuple[Source, Given]]:
        """What the sources say of a variable, the one that counts first."""
        for source in self.sources:
            given = source.given.get(name)
            if given is not None:
                yield source, given

    def effective(self, name: str) -> Given | None:
        """What the process gets for a variable; None where no source that is in the checkout sets it."""
        return next((given for _, given in self.found(name)), None)

    def first(self, names: Sequence[str]) -> Given | None:
        """The first of several names for one thing that is set and not blank, as the SDK reads them."""
        for name in names:
            given = self.effective(name)
            if given is not None and (given.value is None or given.value.strip()):
                return given
        return None

    @property
    def tracing(self) -> Given | None:
        """The setting that switches tracing on; None where it is off, or not known to be on."""
        given = self.first(TRACING_FLAGS)
        is_on = given is not None and given.value is not None and meaning(given.value) == "on"
        return given if is_on else None

    @property
    def key(self) -> Given | None:
        """What it gets for a key that is not blank, a placeholder included."""
        return self.first(KEYS)

    @property
    def blank_key(self) -> Given | None:
        """What stands where the key belongs and is none by its form, and that nothing beats, or may beat."""
        key = self.key
        if key is None:
            blanks = (self.effective(name) for name in KEYS)
            key = next((given for given in blanks if given is not None), None)
        elif key.value is None or unusable_form(key.value) is None:
            return None
        return key if key is not None and not self._may_be_beaten(key) else None

    def _may_be_beaten(self, given: Given) -> bool:
        """Whether a source that is not known whole comes before the one that gives a value."""
        for source in self.sources:
            if given in source.given.values():
                return False
            if not source.is_whole:
                return True
        return False


def outside(label: str) -> Source:
    """A source of which the checkout has nothing: a secret store, a file that is not there."""
    return Source(label, NOTHING, is_whole=False)


def given_by(settings: Sequence[Setting]) -> Mapping[str, Given]:
    """What settings of one place give; of several of one name the last counts."""
    return {setting.name: Given(setting, setting.value) for setting in settings}
