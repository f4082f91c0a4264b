"""The pipeline: options → settings → files → findings → known, changed, fixed → reports → exit code."""

from __future__ import annotations

import functools
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.clock import Clock
from lint_langsmith.config.options import Options
from lint_langsmith.config.targets import Target, Targets, absolute, config_of_run, find_targets
from lint_langsmith.findings import Severity
from lint_langsmith.output.printable import counted
from lint_langsmith.output.progress import Progress
from lint_langsmith.output.report import Report
from lint_langsmith.output.sinks import Sink, say, sinks, write_reports
from lint_langsmith.results.run_result import Outcome
from lint_langsmith.rules import registry, selection
from lint_langsmith.rules.registry import Rule
from lint_langsmith.run import prefilter
from lint_langsmith.run.selectors import check_selectors, codes_of
from lint_langsmith.source import discover, files, project_roots
from lint_langsmith.source.kinds import text_of
from lint_langsmith.source.root import Boundary, is_below
from lint_langsmith.source.text import UnreadableFileError

if TYPE_CHECKING:
    from lint_langsmith.analysis.project.parser_pool import Parsing
    from lint_langsmith.cache.run_cache import Replayed, Runs
    from lint_langsmith.results.baseline import Baseline


# Links out of the checkout that are named without `-v`.
_LINKS_SHOWN: Final = 3
# Runs of so few named files are not kept.
_FEW_FILES: Final = 50


def run(options: Options, cwd: Path, read_stdin: Callable[[], bytes]) -> int:
    """Do what the command line asks for; the exit code.

    Raises:
        UsageError: it can't be done.
        ConfigError: a configuration file is unusable.
        UnknownFormatError: there is no such output format.
    """
    progress = Progress(sys.stderr) if options.progress else None
    clock = Clock(progress)
    is_shown = nullcontext() if progress is None else progress
    with is_shown, clock.phase("find"):
        runs = _runs(options, cwd)
        before = runs.recall() if runs is not None else None
        targets = before.targets if before is not None else find_targets(options, cwd)
    where = sinks(options, None if options.outputs else config_of_run(options, cwd), cwd)
    overlay = {target.path: read_stdin() for target in targets.files if target.is_stdin}
    _say_of_targets(targets, options, cwd)
    if before is not None and options.verbose:
        say("cache: nothing has changed since this was asked before")

    def judged(overlay: Mapping[Path, bytes]) -> Outcome:
        with is_shown:
            return _judged(options, targets, cwd, runs, before, clock, overlay)

    only_changed = (
        _only_changed(options.since, cwd) if options.since else lambda outcome: outcome
    )
    if options.write_baseline is not None:
        from lint_langsmith.run import baselines

        path = absolute(options.write_baseline, cwd)
        baselines.write(judged(overlay), path, options, _boundary(options, cwd))
    known = _baselines(options, targets, cwd)

    def lint(overlay: Mapping[Path, bytes]) -> Outcome:
        return only_changed(_absorbed(judged(overlay), known))

    outcome = lint(overlay)
    if options.diff or options.fix or options.fix_only or options.add_ignore is not None:
        from lint_langsmith.run import fixing

        boundary = _boundary(options, cwd)
        fixed = fixing.fixed_in_memory(outcome, lint, overlay, options, boundary)
        if options.diff:
            return fixing.show_diff(fixed, outcome, options, cwd)
        outcome = fixing.write_fixes(fixed, overlay, options, cwd)
    if known:
        from lint_langsmith.run import baselines

        baselines.settle(outcome, known, options, _boundary(options, cwd))
    _say_of_ignored(outcome, targets, options, cwd)
    if not options.fix_only:
        gave_stdin_back = bool(overlay) and (options.fix or options.add_ignore is not None)
        with clock.phase("report"):
            write_reports(
                make_report(outcome, targets, options, cwd),
                where,
                options,
                stdout=not gave_stdin_back,
            )
        if options.terminal and not options.quiet:
            _say_if_clean(outcome, targets, where)
    _say_numbers(outcome, options, clock)
    return exit_code(outcome, options, targets)


class Examined(NamedTuple):
    """What `check` has to say of a folder: its findings, these as the writers of reports see them, its exit code."""

    outcome: Outcome
    report: Report
    exit_code: int


def examine(options: Options, cwd: Path) -> Examined:
    """Lint as `check` does, for a caller with reports of its own: nothing is written, and no earlier run is asked.

    Raises:
        UsageError: it can't be done.
        ConfigError: a configuration file is unusable.
    """
    targets = find_targets(options, cwd)
    outcome = _judged(options, targets, cwd, None, None, Clock(), {})
    outcome = _absorbed(outcome, _baselines(options, targets, cwd))
    report = make_report(outcome, targets, options, cwd)
    return Examined(outcome, report, exit_code(outcome, options, targets))


def _say_numbers(outcome: Outcome, options: Options, clock: Clock) -> None:
    """Say the counts and the times that were asked for."""
    if options.statistics or options.timings:
        from lint_langsmith.run import numbers

        if options.statistics:
            say(*numbers.statistics(outcome, unsafe=options.unsafe_fixes))
        for line in numbers.timings(clock, outcome) if options.timings else ():
            say(line)


def _boundary(options: Options, cwd: Path) -> Boundary:
    return project_roots.boundary(
        (*(options.paths or (".",)), options.stdin_filename or "."), cwd
    )


def _say_of_targets(targets: Targets, options: Options, cwd: Path) -> None:
    """What is not there, what was named and is left out, and whether there is anything at all."""
    for sentence in targets.missing:
        say(f"error: {sentence}")
    named = {absolute(name, cwd) for name in options.paths}
    left_out = [skipped for skipped in targets.skipped if skipped.path in named]
    for skipped in sorted(targets.skipped):
        if skipped.reason == discover.TOO_LARGE:
            say(f"warning: {os.path.relpath(skipped.path, cwd)}: skipped, {skipped.reason}")
        elif options.verbose and (
            skipped.path in named or skipped.reason in discover.NOT_CHOSEN
        ):
            say(f"{os.path.relpath(skipped.path, cwd)}: skipped, {skipped.reason}")
    _say_of_links_out(targets, options, cwd)
    data = Counter(item.reason for item in targets.skipped if item.reason in discover.DATA)
    for reason, count in () if options.quiet else sorted(data.items()):
        say(f"{counted(count, 'file')} {'is' if count == 1 else 'are'} {reason}")
    # A hook that is given nothing but excluded files has nothing to say, nor one of which all were searched for keys.
    is_asked_to = (options.force_exclude and len(left_out) == len(named) > 0) or bool(data)
    if not targets.files and not targets.missing and (options.require_files or not is_asked_to):
        say(f"{'error' if options.require_files else 'warning'}: there are no files to lint")
    elif options.verbose:
        say(f"{counted(len(targets.files), 'file')} to look at")
    for name in _ignored_whole(targets, options, cwd):
        say(
            f"{name}: git ignores all files in it (name files to lint them, or set `respect-gitignore = false`)"
        )


def _say_of_links_out(targets: Targets, options: Options, cwd: Path) -> None:
    """Say that links lead out of the checkout; with `-v` each has been named."""
    links = sorted(
        skipped.path for skipped in targets.skipped if skipped.reason == discover.LEADS_OUT
    )
    if not links or options.verbose:
        return
    shown = ", ".join(os.path.relpath(path, cwd) for path in links[:_LINKS_SHOWN])
    more = ", …" if len(links) > _LINKS_SHOWN else ""
    verbs = ("leads", "was") if len(links) == 1 else ("lead", "were")
    say(
        f"warning: {counted(len(links), 'link')} {verbs[0]} out of the checkout and {verbs[1]} left out: {shown}{more}"
    )


def _say_of_ignored(outcome: Outcome, targets: Targets, options: Options, cwd: Path) -> None:
    """Say which files that git ignores were read, where something was found in one, or with `-v`."""
    found = {str(root / finding.path) for root, finding in outcome.findings}
    for target in targets.files:
        if (
            target.is_ignored
            and (options.verbose or target.name in found)
            and not options.quiet
        ):
            name = os.path.relpath(target.name, cwd)
            say(
                f"{name}: git ignores it, and what the program loads of it is judged (not with `--no-ignored-env`)"
            )


def _ignored_whole(targets: Targets, options: Options, cwd: Path) -> Iterator[str]:
    """The folders that were named and of which git ignores all: its rules stand elsewhere, where no one looks."""
    ignored = [
        str(skipped.path) for skipped in targets.skipped if skipped.reason == discover.IGNORED
    ]
    for name in options.paths if ignored else ():
        folder = str(absolute(name, cwd))
        is_empty = not any(is_below(target.name, folder) for target in targets.files)
        if is_empty and any(is_below(path, folder) for path in ignored):
            yield name


def _runs(options: Options, cwd: Path) -> Runs | None:
    """Earlier runs, where they are worth keeping."""
    if not _are_worth_keeping(options, cwd):
        return None
    from lint_langsmith.cache.run_cache import Runs

    return Runs(options, cwd)


def _are_worth_keeping(options: Options, cwd: Path) -> bool:
    """Whether to keep runs like this one: not of a few files that are named, which a hook does and which change.

    A run that watches goes on only where something has changed.
    """
    if not options.cache or options.statistics or options.watch or "-" in options.paths:
        return False
    paths = options.paths or (".",)
    return len(paths) > _FEW_FILES or any(files.is_folder(cwd / path) for path in paths)


def _judged(  # noqa: PLR0913, PLR0917 - what is known before, and what is asked
    options: Options,
    targets: Targets,
    cwd: Path,
    runs: Runs | None,
    before: Replayed | None,
    clock: Clock,
    overlay: Mapping[Path, bytes],
) -> Outcome:
    """What the rules say; where they said it before, or plainly have nothing to say, they are not even imported."""
    if before is not None and not overlay:
        return before.outcome
    check_selectors(options, targets)
    if not overlay and not options.timings and prefilter.are_unrelated(targets, cwd):
        return Outcome((), {}, len(targets.files), failed=bool(targets.missing))
    parsing = _parsing(options, targets, cwd)
    from lint_langsmith.run.engine import check

    outcome = check(options, targets, cwd, overlay, clock=clock, parsing=parsing)
    _say_of_previews(options, targets)  # to tell, rules are read, which they are by now
    outcome = outcome._replace(failed=outcome.failed or bool(targets.missing))
    if runs is not None and not overlay:
        with clock.phase("cache"):
            runs.keep(targets, outcome)
        if runs.problem is not None and options.verbose:
            say(f"cache: {runs.problem}")
    return outcome


def _say_of_previews(options: Options, targets: Targets) -> None:
    """Say that rules which the command line names run in preview only, where they do not."""
    if options.preview or any(target.config.settings.preview for target in targets.files):
        return
    for code in selection.previews_selected((*options.select, *options.extend_select)):
        say(f"warning: {code} is in preview and runs only with `--preview`")


def _parsing(options: Options, targets: Targets, cwd: Path) -> Parsing:
    """The processes that parse: where they are certainly needed, they get ready before there is more to import."""
    from lint_langsmith.analysis.project.parser_pool import Parsing
    from lint_langsmith.workers.pool import processors

    parsing = Parsing(options.jobs or processors())
    if prefilter.need_parsing(targets) and not _is_remembered(options, targets.files[0], cwd):
        parsing.get_ready(len(targets.files))
    return parsing


def _is_remembered(options: Options, target: Target, cwd: Path) -> bool:
    """Whether an earlier run has kept what it parsed of a project."""
    if not options.cache:
        return False
    from lint_langsmith.cache.location import Caches, UnusableCacheError

    try:
        return (
            Caches(options.cache_dir, cwd)
            .of(project_roots.project_root(target.name, cwd))
            .is_there()
        )
    except UnusableCacheError:
        return False


def _only_changed(since: str, cwd: Path) -> Callable[[Outcome], Outcome]:
    """Leaves of an outcome what is on lines that were changed since a revision."""
    from lint_langsmith.results.since import Revision, only_changed

    revision = Revision(since, cwd)
    return lambda outcome: only_changed(outcome, revision)


# -- baselines -------------------------------------------------------------------------------------------------------


def _baselines(options: Options, targets: Targets, cwd: Path) -> list[Baseline]:
    """The baselines of the files: that of the command line, or for each file that of its configuration."""
    members: dict[Path, list[Target]] = defaultdict(list)
    over = options.write_baseline or options.baseline
    for target in targets.files:
        configured = target.config.settings.baseline
        if over is not None:
            members[absolute(over, cwd)].append(target)
        elif configured is not None:
            members[absolute(configured, target.config.directory)].append(target)
    if not members:
        return []
    from lint_langsmith.run import baselines

    return baselines.opened(members, options, _boundary(options, cwd))


def _absorbed(outcome: Outcome, known: Sequence[Baseline]) -> Outcome:
    if not known:
        return outcome
    from lint_langsmith.results import baseline

    return baseline.absorb(outcome, known)


def _say_if_clean(outcome: Outcome, targets: Targets, where: Sequence[Sink]) -> None:
    """Say what a run without findings has seen: silence could mean that nothing was looked at."""
    is_read_by_people = any(sink.file is None and sink.format in _FOR_PEOPLE for sink in where)
    if (
        outcome.findings
        or outcome.concealed
        or outcome.failed
        or not targets.files
        or not is_read_by_people
    ):
        return  # the report has a last line of its own
    names = "names" if outcome.named == 1 else "name"
    known = f"; {outcome.known} more in the baseline" if outcome.known else ""
    skipped = (
        f"; {len(targets.skipped)} skipped (`--show-files -v` lists them)"
        if targets.skipped
        else ""
    )
    say(
        f"no findings in {counted(outcome.files, 'file')}, {outcome.named} of them {names} LangSmith{known}{skipped}"
    )


_FOR_PEOPLE: Final = frozenset({"full", "concise", "grouped"})


# -- outcome ---------------------------------------------------------------------------------------------------------


def make_report(outcome: Outcome, targets: Targets, options: Options, cwd: Path) -> Report:
    """The outcome as the writers see it."""

    def ran() -> tuple[Rule, ...]:
        codes = codes_of(targets.files, options)
        return tuple(rule for rule in registry.all_rules() if rule.code in codes)

    boundary = _boundary(options, cwd)
    ignored = {target.name for target in targets.files if target.is_ignored}

    def content(root: Path, path: str) -> bytes | None:
        """A file as the reports may quote it: not one that lies outside of the checkout, or that git ignores."""
        is_hidden = str(root / path) in ignored or boundary.is_foreign(str(root / path))
        return None if is_hidden else _content(outcome.contents, root, path)

    return Report(
        findings=tuple(finding for _, finding in outcome.findings),
        roots=tuple(root for root, _ in outcome.findings),
        sources=functools.lru_cache(maxsize=32)(
            lambda root, path: _source(content, root, path)
        ),
        contents=content,
        cwd=cwd,
        base=absolute(options.sarif_root, cwd)
        if options.sarif_root
        else project_roots.repository(cwd),
        files=outcome.files,
        hidden=len(outcome.concealed),
        known=outcome.known,
        rules=ran,
        failed=outcome.failed,
        unsafe=options.unsafe_fixes,
    )


def _content(contents: Mapping[Path, bytes], root: Path, path: str) -> bytes | None:
    """A file as it was linted; files that only relate to a finding are read from the disk."""
    try:
        known = contents.get(root / path)
        return files.read(root / path) if known is None else known
    except UnreadableFileError:
        return None


def _source(content: Callable[[Path, str], bytes | None], root: Path, path: str) -> str | None:
    found = content(root, path)
    try:
        return None if found is None else text_of(PurePosixPath(path), found)
    except UnreadableFileError:
        return None


def exit_code(outcome: Outcome, options: Options, targets: Targets) -> int:
    """0 clean, 1 findings at or above the level, 2 when a rule failed or a path does not exist."""
    if outcome.failed or (options.require_files and not targets.files):
        return 2
    if (
        options.fail_on_stale_baseline
        and not options.prune_baseline
        and any(outcome.stale.values())
    ):
        return 1
    if options.exit_zero or options.fix_only:
        return 0
    configured = {target.name: target.config.settings.fail_on for target in targets.files}
    # Of each file its own configuration decides: that of one folder must not hide what was found in another.
    return int(
        any(
            _counts(
                finding.severity,
                options.fail_on or configured.get(str(root / finding.path), "warning"),
            )
            for root, finding in outcome.findings
        )
    )


def _counts(severity: Severity, least: str) -> bool:
    """Whether a finding makes the run fail."""
    return least != "never" and severity >= Severity[least.upper()]
