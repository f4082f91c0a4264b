"""The command line as data: what the user asked for, before any configuration is read."""

from __future__ import annotations

from typing import Final

import msgspec

# Formats that a machine reads in CI, and shows to others.
CI_FORMATS: Final = frozenset(
    {"auto", "azure", "github", "gitlab", "junit", "rdjson", "sarif", "pylint"}
)


class UsageError(Exception):
    """What was asked for can't be done; the message says why, in one line."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The command line, as given. What is None or empty leaves the configuration's word."""

    paths: tuple[str, ...]
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    persona: str | None = None
    preview: bool = False
    fail_on: str | None = None
    outputs: tuple[str, ...] = ()
    output_file: str | None = None
    config: str | None = None
    overrides: tuple[str, ...] = ()
    isolated: bool = False
    exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    stdin_filename: str | None = None
    require_files: bool = False
    exit_zero: bool = False
    fix: bool = False
    fix_only: bool = False
    unsafe_fixes: bool = False
    show_fixes: bool = False
    diff: bool = False
    add_ignore: str | None = None
    baseline: str | None = None
    write_baseline: str | None = None
    prune_baseline: bool = False
    baseline_secrets: bool = False
    fail_on_stale_baseline: bool = False
    since: str | None = None
    quiet: bool = False
    verbose: bool = False
    statistics: bool = False
    timings: bool = False
    watch: bool = False
    progress: bool = False
    sarif_root: str | None = None
    colour: bool = False
    links: bool = False
    terminal: bool = False
    jobs: int = 0
    cache: bool = True
    cache_dir: str | None = None
    ignored_env: bool | None = None

    @property
    def reads_ignored_variables(self) -> bool:
        """Whether files of variables that git ignores are judged.

        By itself, a run does so for a person who lints a folder: what a machine keeps or shows to others (a baseline,
        the formats of CI, the lines of a pull request) speaks of files that the others have.
        """
        if self.ignored_env is not None:
            return self.ignored_env
        is_kept = (
            self.baseline is not None
            or self.write_baseline is not None
            or self.since is not None
        )
        formats = {output.partition(":")[0].partition("=")[0] for output in self.outputs}
        return not is_kept and not self.add_ignore and formats.isdisjoint(CI_FORMATS)
