"""Which files a command line means, and what is configured for each."""

from __future__ import annotations

import functools
import os
from collections.abc import Collection
from pathlib import Path
from typing import Final, NamedTuple

from lint_langsmith.config.config import Config, Configs, inline
from lint_langsmith.config.options import CI_FORMATS, Options, UsageError
from lint_langsmith.remembered import remembered
from lint_langsmith.source import discover, files
from lint_langsmith.source.discover import Skipped
from lint_langsmith.source.globs import MOST_PATTERNS, Patterns
from lint_langsmith.source.text import UnreadableFileError

_TOO_MANY_PATTERNS: Final = (
    f"this file has more than {MOST_PATTERNS:,} patterns, so none of them was applied: "
    "what git ignores was checked too"
)


class Target(NamedTuple):
    """A file to lint, by its absolute path as text, with what is configured for it."""

    name: str
    config: Config
    is_stdin: bool = False
    # A file of variables that git ignores: it is asked for what the program gets from it, and shown to nobody.
    is_ignored: bool = False
    # What is wrong with the file, whatever it holds.
    problem: str | None = None

    @property
    def path(self) -> Path:
        """Made for whoever has more to do with the file: with most there is nothing to do."""
        return Path(self.name)


class Targets(NamedTuple):
    """The files to lint, those left out, and of the paths that do not exist a sentence each."""

    files: tuple[Target, ...]
    skipped: tuple[Skipped, ...]
    missing: tuple[str, ...] = ()


def find_targets(options: Options, cwd: Path, unsaved: Collection[Path] = ()) -> Targets:
    """The files that the command line names, directly or by folder; `unsaved` ones need not be on the disk.

    Raises:
        UsageError: the configuration file of the command line does not exist.
        ConfigError: a configuration file is unusable.
    """
    discover.forget()
    explicit = absolute(options.config, cwd) if options.config else None
    if explicit is not None and not files.is_file(explicit):
        what = (
            "is a folder"
            if files.is_folder(explicit)
            else f"does not exist{_near_path(options.config or '', cwd)}"
        )
        raise UsageError(f"the configuration file {options.config} {what}")
    configs = Configs(
        explicit=explicit,
        isolated=options.isolated,
        cwd=cwd,
        overrides=inline(options.overrides),
    )
    found = _Finder(configs, Patterns(options.exclude, cwd), options)
    missing: list[str] = []
    for name in options.paths or (".",):
        if name == "-":
            path = absolute(options.stdin_filename or "stdin.py", cwd)
            found.files[str(path)] = Target(str(path), configs.at(path.parent), is_stdin=True)
            continue
        path = absolute(name, cwd)
        if not files.exists(path) and path not in unsaved:
            missing.append(f"there is no file or folder {name}{_near_path(name, cwd)}")
        else:
            found.add(path)
    chosen = tuple(found.files[name] for name in sorted(found.files, key=discover.in_order))
    return Targets(chosen, tuple(found.skipped), tuple(missing))


def config_of_run(options: Options, cwd: Path) -> Config:
    """What is configured for the run as a whole, such as the format of its report: where it was started.

    Raises:
        ConfigError: the configuration file there is unusable.
    """
    explicit = absolute(options.config, cwd) if options.config else None
    overrides = inline(options.overrides)
    return Configs(
        explicit=explicit, isolated=options.isolated, cwd=cwd, overrides=overrides
    ).at(cwd)


class _Finder:
    """Collects the files of the paths that were named."""

    def __init__(self, configs: Configs, over: Patterns, options: Options) -> None:
        self._configs = configs
        self._options = options
        self._over = over
        self.files: dict[str, Target] = {}
        self.skipped: list[Skipped] = []

    def add(self, path: Path) -> None:
        """Take in a file, or all files below a folder."""
        if files.is_folder(path):
            config = self._configs.at(path)
            walked = discover.walk(path, respect_gitignore=config.settings.respect_gitignore)
            self.skipped.extend(walked.skipped)
            for candidate in walked.files:
                self._add_file(candidate, named=False)
            for unreadable in walked.unreadable:
                self._add_unreadable(unreadable)
            for overlong in walked.overlong:
                self._add_unreadable(overlong, _TOO_MANY_PATTERNS)
            if self._takes_ignored(config):
                for ignored in walked.ignored_variables:
                    self._add_ignored(ignored)
        else:
            self._add_file(str(path), named=True)

    def _add_file(self, name: str, *, named: bool) -> None:
        folder = self._folder(os.path.dirname(name))  # noqa: PTH120 - asked for every file
        # The settings say nothing of a file that is named.
        reason = None if named and not self._options.force_exclude else folder.left_out(name)
        reason = reason or discover.why_not_linted(name, named=named)
        if reason is not None:
            self.skipped.append(Skipped(Path(name), reason))
        else:
            self.files[name] = Target(name, folder.config)

    def _takes_ignored(self, config: Config) -> bool:
        settings = config.settings
        if not (self._options.reads_ignored_variables and settings.respect_gitignore):
            return False
        return self._options.ignored_env is not None or not (
            settings.baseline or settings.output_format in CI_FORMATS
        )

    def _add_ignored(self, name: str) -> None:
        """Take in a file of variables that git ignores, unless the settings leave it out or it was named itself."""
        folder = self._folder(os.path.dirname(name))  # noqa: PTH120 - paths as text
        if name not in self.files and folder.left_out(name) is None:
            self.files[name] = Target(name, folder.config, is_ignored=True)

    def _add_unreadable(self, name: str, problem: str | None = None) -> None:
        """Take in a folder, or an ignore file, that can't be read: that is to be reported, unless it is excluded."""
        folder = self._folder(os.path.dirname(name))  # noqa: PTH120 - paths as text
        if folder.left_out(name) is None and folder.left_out(os.path.join(name, "any")) is None:  # noqa: PTH118
            self.files[name] = Target(name, folder.config, problem=problem)

    @remembered
    def _folder(self, name: str) -> _Folder:
        return _configured(self._configs.at(Path(name)), self._over)


class _Folder(NamedTuple):
    """What is configured for the files in a folder: that, and what it leaves out."""

    config: Config
    excluded: tuple[Patterns, ...]
    included: Patterns | None

    def left_out(self, name: str) -> str | None:
        """Why the settings leave a file out."""
        for patterns in self.excluded:
            if patterns.match(name):
                return "excluded"
        return None if self.included is None or self.included.match(name) else "not included"


def _configured(config: Config, over: Patterns) -> _Folder:
    """The same for all folders with one configuration; `over` are the patterns of the command line."""
    settings = config.settings
    excluded = (over, compiled(settings.exclude, config.directory))
    included = (*settings.include, *settings.extend_include)
    return _Folder(
        config,
        tuple(patterns for patterns in excluded if not patterns.is_empty),
        # `*` includes everything, also outside of the folder of a file that `--config` names.
        compiled(included, config.directory) if "*" not in included else None,
    )


@functools.lru_cache(maxsize=2 * MOST_PATTERNS)
def compiled(patterns: tuple[str, ...], directory: Path) -> Patterns:
    """Patterns of a configuration in `directory`, made once."""
    return Patterns(patterns, directory)


def absolute(name: str, cwd: Path) -> Path:
    """A path as it was given, from the working directory, without `..`."""
    return Path(os.path.normpath(cwd / name))


def _near_path(name: str, cwd: Path) -> str:
    """The nearest name in the folder where a missing path should be."""
    import difflib  # noqa: PLC0415 - for a message only

    path = absolute(name, cwd)
    try:
        siblings = [entry.name for entry in files.listing(path.parent)]
    except UnreadableFileError:
        return ""
    near = difflib.get_close_matches(path.name, siblings, n=1, cutoff=0.6)
    return f", did you mean {Path(name).parent / near[0]}?" if near else ""
