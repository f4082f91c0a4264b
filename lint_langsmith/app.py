"""The pipeline: options → settings → files → projects → findings → suppressed → reports → exit code."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

import msgspec

from lint_langsmith import baseline, discover, fix, ignore, selection, since, suppress
from lint_langsmith.config import Config, Configs
from lint_langsmith.discover import Patterns, Skipped
from lint_langsmith.findings import Finding, Persona, Related, Severity, Span, Violation, redact
from lint_langsmith.model.data import Comment
from lint_langsmith.model.file import File
from lint_langsmith.model.project import Project
from lint_langsmith.options import Options, UsageError
from lint_langsmith.outcome import Outcome
from lint_langsmith.report import Report
from lint_langsmith.rules import registry
from lint_langsmith.rules.registry import Rule
from lint_langsmith.sdk.keys import find_all
from lint_langsmith.sinks import say, sinks, write_reports
from lint_langsmith.source.kinds import text_of
from lint_langsmith.source.text import LineIndex, UnreadableFileError


class Target(NamedTuple):
    """A file to lint, with what is configured for it."""

    path: Path
    config: Config
    is_stdin: bool = False


class Targets(NamedTuple):
    """The files to lint, and those left out."""

    files: tuple[Target, ...]
    skipped: tuple[Skipped, ...]


# -- the line --------------------------------------------------------------------------------------------------------


def run(options: Options, cwd: Path, read_stdin: Callable[[], bytes]) -> int:
    """Do what the command line asks for; the exit code.

    Raises:
        UsageError: it can't be done.
        ConfigError: a configuration file is unusable.
        UnknownFormatError: there is no such output format.
    """
    targets = find_targets(options, cwd)
    configured = targets.files[0].config.settings.output_format if targets.files else None
    where = sinks(options, configured, cwd)
    overlay = {target.path: read_stdin() for target in targets.files if target.is_stdin}
    if not targets.files:
        say("warning: there are no files to lint")
    elif options.verbose:
        say(f"{len(targets.files)} files to look at")
    judged = functools.partial(check, options, targets, cwd)
    revision = since.Revision(options.since, cwd) if options.since else None
    if options.write_baseline is not None:
        _write_baseline(judged(overlay), _absolute(options.write_baseline, cwd), options)
    known = _baselines(options, targets, cwd)

    def lint(overlay: Mapping[Path, bytes]) -> Outcome:
        outcome = baseline.absorb(judged(overlay), known)
        return outcome if revision is None else since.only_changed(outcome, revision)

    outcome = lint(overlay)
    if options.diff or options.fix or options.fix_only or options.add_ignore is not None:
        fixed = _fixed(outcome, lint, overlay, options)
        if options.diff:
            return _show_diff(fixed, outcome, options, cwd)
        outcome = _write_fixes(fixed, overlay, options, cwd)
    for sentence in baseline.settle(outcome, known, prune=options.prune_baseline):
        say(sentence)
    if not options.fix_only:
        write_reports(make_report(outcome, targets, options, cwd), where, options, stdout=not (options.fix and overlay))
    if options.statistics:
        _show_statistics(outcome)
    return exit_code(outcome, options, targets)


def _fixed(outcome: Outcome, lint: fix.Lint, overlay: Mapping[Path, bytes], options: Options) -> fix.Fixed:
    """The files fixed, or with `--add-ignore` commented, in memory."""
    if options.add_ignore is None:
        return fix.fix_all(outcome, lint, overlay, unsafe=options.unsafe_fixes)
    named = {
        rule.code
        for rule in registry.all_rules()
        if any(selection.specificity(selector, rule) > 1 for selector in options.select)
    }
    return ignore.add_ignores(outcome, lint, overlay, options.add_ignore, registry.secret_codes() - named)


def _show_diff(fixed: fix.Fixed, outcome: Outcome, options: Options, cwd: Path) -> int:
    for problem in fixed.problems:
        say(f"error: {problem}")
    sys.stdout.write(fix.diff(fixed, outcome, cwd))
    sys.stdout.flush()
    if options.show_fixes and fixed.done:
        say(fix.summary(fixed, cwd, "would fix").rstrip())
    elif fixed.done and not options.quiet:
        say(fix.headline(fixed, "would fix"))
    return 2 if outcome.failed or fixed.problems else int(bool(fixed.after) and not options.exit_zero)


def _write_fixes(fixed: fix.Fixed, overlay: Mapping[Path, bytes], options: Options, cwd: Path) -> Outcome:
    """Write what was fixed (standard input to standard output), and say so; the outcome after it."""
    problems = (*fixed.problems, *fix.write(fixed, overlay))
    for problem in problems:
        say(f"error: {problem}")
    for path, content in overlay.items():
        sys.stdout.buffer.write(fixed.after.get(path, content))
    sys.stdout.flush()
    verb = "fixed" if options.add_ignore is None else "ignored"
    if options.show_fixes and fixed.done:
        say(fix.summary(fixed, cwd, verb).rstrip())
    elif fixed.done and not options.quiet:
        say(fix.headline(fixed, verb))
    return fixed.outcome._replace(failed=fixed.outcome.failed or bool(problems))


# -- baselines -------------------------------------------------------------------------------------------------------


def _baselines(options: Options, targets: Targets, cwd: Path) -> list[baseline.Baseline]:
    """The baselines of the files: that of the command line, or for each file that of its configuration."""
    members: dict[Path, list[Target]] = defaultdict(list)
    over = options.write_baseline or options.baseline
    for target in targets.files:
        configured = target.config.settings.baseline
        if over is not None:
            members[_absolute(over, cwd)].append(target)
        elif configured is not None:
            members[_absolute(configured, target.config.directory)].append(target)
    return [
        baseline.Baseline(
            path,
            baseline.read(path),
            frozenset(target.path for target in found),
            frozenset(rule.code for target in _per_config(found) for rule in _rules(target, options)),
        )
        for path, found in members.items()
    ]


def _per_config(targets: Sequence[Target]) -> list[Target]:
    """One file of each configuration."""
    return list({id(target.config): target for target in targets}.values())


def _write_baseline(outcome: Outcome, path: Path, options: Options) -> None:
    counts = baseline.entries(outcome, path, secrets=options.baseline_secrets)
    baseline.write(path, counts)
    left = len(outcome.findings) - counts.total()
    keys = f", not {left} about leaked keys (`--baseline-secrets` takes them in)" if left else ""
    say(f"wrote {counts.total()} finding{'s' if counts.total() != 1 else ''} to {path}{keys}")


def _show_statistics(outcome: Outcome) -> None:
    counts = Counter(finding.code for _, finding in outcome.findings)
    for name, seconds in sorted(outcome.seconds.items(), key=lambda item: -item[1]):
        say(f"{name:<10} {counts[name]:>5} findings {seconds * 1000:>9.1f} ms")


# -- files -----------------------------------------------------------------------------------------------------------


def find_targets(options: Options, cwd: Path) -> Targets:
    """The files that the command line names, directly or by folder.

    Raises:
        UsageError: a path does not exist.
        ConfigError: a configuration file is unusable.
    """
    explicit = _absolute(options.config, cwd) if options.config else None
    if explicit is not None and not explicit.is_file():
        raise UsageError(f"there is no configuration file {options.config}{_near_path(options.config or '', cwd)}")
    configs = Configs(explicit=explicit, isolated=options.isolated, cwd=cwd)
    found = _Finder(configs, Patterns(options.exclude, cwd), options.force_exclude)
    for name in options.paths or (".",):
        if name == "-":
            path = _absolute(options.stdin_filename or "stdin.py", cwd)
            found.files[path] = Target(path, configs.at(path.parent), is_stdin=True)
            continue
        path = _absolute(name, cwd)
        if not path.exists():
            raise UsageError(f"there is no file or folder {name}{_near_path(name, cwd)}")
        found.add(path)
    return Targets(tuple(found.files[path] for path in sorted(found.files)), tuple(found.skipped))


class _Finder:
    """Collects the files of the paths that were named."""

    def __init__(self, configs: Configs, over: Patterns, force_exclude: bool) -> None:
        self._configs = configs
        self._over = over
        self._force_exclude = force_exclude
        self.files: dict[Path, Target] = {}
        self.skipped: list[Skipped] = []

    def add(self, path: Path) -> None:
        """Take in a file, or all files below a folder."""
        if path.is_dir():
            config = self._configs.at(path)
            walked = discover.walk(path, respect_gitignore=config.settings.respect_gitignore)
            self.skipped.extend(walked.skipped)
            for candidate in walked.files:
                self._add_file(candidate, named=False)
        else:
            self._add_file(path, named=True)

    def _add_file(self, path: Path, *, named: bool) -> None:
        config = self._configs.at(path.parent)
        reason = self._left_out(path, config, named=named and not self._force_exclude)
        reason = reason or discover.why_not_linted(path, named=named)
        if reason is not None:
            self.skipped.append(Skipped(path, reason))
        else:
            self.files[path] = Target(path, config)

    def _left_out(self, path: Path, config: Config, *, named: bool) -> str | None:
        """Why the settings leave a file out; they say nothing of one that is named."""
        if named:
            return None
        settings = config.settings
        if self._over.match(path) or _compiled(settings.exclude, config.directory).match(path):
            return "excluded"
        included = (*settings.include, *settings.extend_include)
        return None if _compiled(included, config.directory).match(path) else "not included"


@functools.cache
def _compiled(patterns: tuple[str, ...], directory: Path) -> Patterns:
    return Patterns(patterns, directory)


def _absolute(name: str, cwd: Path) -> Path:
    return Path(os.path.normpath(cwd / name))


def _near_path(name: str, cwd: Path) -> str:
    """The nearest name in the folder where a missing path should be."""
    import difflib  # noqa: PLC0415 - for a message only

    path = _absolute(name, cwd)
    try:
        siblings = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return ""
    near = difflib.get_close_matches(path.name, siblings, n=1, cutoff=0.5)
    return f", did you mean {Path(name).parent / near[0]}?" if near else ""


# -- analysis --------------------------------------------------------------------------------------------------------


def check(
    options: Options,
    targets: Targets,
    cwd: Path,
    overlay: Mapping[Path, bytes],
    projects: dict[Path, Project] | None = None,
) -> Outcome:
    """Run the rules over the files. `overlay` has the contents of files that are not judged by what the disk has.

    `projects` keeps the projects by their roots for further calls; it is for when no file changes between them.

    Raises:
        UsageError: a selector names no rule.
    """
    _check_selectors(options, targets)
    by_root: dict[Path, list[Target]] = defaultdict(list)
    for target in targets.files:
        by_root[discover.project_root(target.path, cwd)].append(target)
    run = _Run(options, overlay, projects)
    with _deep_recursion():
        for root, members in sorted(by_root.items()):
            run.project(root, members)
    findings = sorted(run.findings, key=lambda item: (item[0], item[1].sort_key))
    concealed = tuple(run.concealed)
    return Outcome(tuple(findings), run.contents, len(targets.files), run.failed, run.seconds, concealed)


def _check_selectors(options: Options, targets: Targets) -> None:
    try:
        selection.check_selectors((*options.select, *options.extend_select, *options.ignore))
        for config in {id(target.config): target.config for target in targets.files}.values():
            settings = config.settings
            ignored = [selector for selectors in settings.per_file_ignores.values() for selector in selectors]
            named = (*settings.select, *settings.extend_select, *settings.ignore, *ignored, *settings.severity)
            try:
                selection.check_selectors(named)
            except selection.SelectorError as error:
                raise UsageError(f"{config.path}: {error}") from None
    except selection.SelectorError as error:
        raise UsageError(str(error)) from None


@contextlib.contextmanager
def _deep_recursion() -> Iterator[None]:
    """Values are followed through calls of calls, exceptions through callers of callers: deeper than Python's limit.

    Both have bounds of their own (`values.py`, `flow.py`), which this limit lies above.
    """
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _DEPTH))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


_DEPTH: Final = 5000


class _Judged(NamedTuple):
    """What was found in one file, and what decides over it: the rules that ran, comments and statements."""

    target: Target
    root: Path
    found: Sequence[tuple[str, Violation]]
    rules: Sequence[Rule]
    comments: Sequence[Comment]
    statements: Sequence[tuple[int, int]]
    lines: Sequence[str] = ()
    translate: Callable[[Finding], Finding] = lambda finding: finding


class _Run:
    """The findings of a run as they come together."""

    def __init__(
        self, options: Options, overlay: Mapping[Path, bytes], projects: dict[Path, Project] | None = None
    ) -> None:
        self._options = options
        self._overlay = overlay
        self._projects = {} if projects is None else projects
        self.findings: list[tuple[Path, Finding]] = []
        self.contents: dict[Path, bytes] = {}
        self.concealed: list[tuple[Path, Finding]] = []
        self.failed = False
        self.seconds: dict[str, float] = defaultdict(float)

    def project(self, root: Path, targets: Sequence[Target]) -> None:
        """Lint the files that belong to one project."""
        started = time.perf_counter()
        project = self._projects.get(root)
        if project is None:
            project = Project(root, targets[0].config.settings, discover.walk_project(root))
            self._projects[root] = project
        self.seconds["discovery"] += time.perf_counter() - started
        for path, content in self._overlay.items():
            if path.is_relative_to(root):
                project.add_text(path, content)
        views: dict[int, Project] = {}
        for target in targets:
            settings = target.config.settings
            view = views.setdefault(id(settings), project.with_settings(settings))
            before = len(self.findings) + len(self.concealed)
            self._collect(self._judge(root, target, view))
            if len(self.findings) + len(self.concealed) > before:
                self._keep(target.path, view)

    def _keep(self, path: Path, project: Project) -> None:
        with contextlib.suppress(UnreadableFileError):
            self.contents[path] = project.content(path.relative_to(project.root).as_posix())

    def _judge(self, root: Path, target: Target, project: Project) -> _Judged:
        rules = _rules(target, self._options)
        started = time.perf_counter()
        try:
            file = project.file(target.path)
        except UnreadableFileError as error:
            return self._unreadable(root, target, project, error)
        except Exception as error:  # noqa: BLE001 - whatever a file makes the analysis do, the run goes on
            self.failed = True
            return _Judged(target, root, [("LS999", _crash("the analysis", error))], rules, (), ())
        finally:
            self.seconds["model"] += time.perf_counter() - started
        if file is None:
            return _Judged(target, root, (), (), (), ())
        found = [found for rule in rules for found in self._ask(rule, file, project)]
        translate = functools.partial(_on_disk, project=project, file=file)
        return _Judged(target, root, found, rules, file.model.comments, file.model.statements, file.lines, translate)

    def _unreadable(self, root: Path, target: Target, project: Project, error: UnreadableFileError) -> _Judged:
        """A file that is not what it should be is still a text, in which a key may stand."""
        rules = [rule for rule in _rules(target, self._options) if rule.code in _FOR_ANY_TEXT]
        file = project.as_text(target.path)
        words = "nothing in it was" if file is None else "nothing but the shapes of keys was"
        found = [("LS900", Violation(at=error.span, message=f"this file {error.message}, so {words} checked"))]
        if file is None:
            return _Judged(target, root, found, rules, (), ())
        found += [found for rule in rules for found in self._ask(rule, file, project)]
        translate = functools.partial(_on_disk, project=project, file=file)
        return _Judged(target, root, found, rules, file.model.comments, (), file.lines, translate)

    def _ask(self, rule: Rule, file: File, project: Project) -> list[tuple[str, Violation]]:
        started = time.perf_counter()
        try:
            return [(rule.code, violation) for violation in rule.check(file, project)]
        except Exception as error:  # noqa: BLE001 - whatever a rule does, the run goes on
            self.failed = True
            return [("LS999", _crash(f"{rule.code} {rule.name}", error))]
        finally:
            self.seconds[rule.code] += time.perf_counter() - started

    def _collect(self, judged: _Judged) -> None:
        """Suppress, then sort out by configuration and persona."""
        enabled = {rule.code for rule in judged.rules} | {"LS999"}
        findings = [_finding(code, violation, judged) for code, violation in judged.found if code in enabled]
        outcome = suppress.apply(findings, judged.comments, judged.statements, judged.rules, judged.lines)
        problems = [
            _finding(item.code, Violation(at=item.span, message=item.message, help=item.help, fix=item.fix), judged)
            for item in outcome.problems
            if item.code in enabled
        ]
        # Findings about suppressions can be suppressed too, but no comment is called unused for it.
        kept = [*outcome.kept, *suppress.apply(problems, judged.comments, judged.statements, ()).kept]
        left_out = _left_out(judged.target)
        wanted = Persona[(self._options.persona or judged.target.config.settings.persona).upper()]
        foreign = judged.target.config.settings.allow_foreign_pragmas
        for finding in kept:
            if finding.code in left_out or suppress.is_allowed_elsewhere(finding, judged.lines, keys_too=foreign):
                continue
            if finding.persona > wanted:
                self.concealed.append((judged.root, judged.translate(finding)))
            else:
                self.findings.append((judged.root, judged.translate(finding)))


# What can be said of a file that was not understood: whether its suppressions are used is not among it.
_FOR_ANY_TEXT: Final = frozenset({"LS101", "LS900", "LS902", "LS903"})


def _on_disk(finding: Finding, *, project: Project, file: File) -> Finding:
    """A finding with all its places as they are on the disk: rules see a notebook as one program."""
    related = tuple(_related_on_disk(place, project) for place in finding.related)
    hidden = _hidden(finding, project, file)
    if file.places is None:
        return msgspec.structs.replace(finding, related=related, secrets=hidden)
    span, cell = file.places.span(finding.span)
    secrets = tuple(file.places.span(secret)[0] for secret in hidden)
    fix = finding.fix
    edits = [file.places.edit(edit) for edit in fix.edits] if fix is not None else []
    whole = tuple(edit for edit in edits if edit is not None)
    if fix is not None:
        fix = msgspec.structs.replace(fix, edits=whole) if len(whole) == len(edits) else None
    return msgspec.structs.replace(finding, span=span, cell=cell, secrets=secrets, related=related, fix=fix)


def _hidden(finding: Finding, project: Project, file: File) -> tuple[Span, ...]:
    """What no report may show of the file: not what this finding says alone, but every key, whichever rules ran."""
    try:
        found = [occurrence.span for occurrence in project.secrets.of(file)]
    except Exception:  # noqa: BLE001 - that folding failed is reported where it was needed; the plain keys stay hidden
        index = LineIndex(file.text)
        found = [index.span(key.start, key.end) for key in find_all(file.text)]
    return tuple(dict.fromkeys((*finding.secrets, *found)))


def _related_on_disk(place: Related, project: Project) -> Related:
    file = project.try_load(place.path) if place.path.endswith(".ipynb") else None
    if file is None or file.places is None:
        return place
    return msgspec.structs.replace(place, span=file.places.span(place.span)[0])


def _rules(target: Target, options: Options) -> tuple[Rule, ...]:
    layers = selection.layers_of(target.config.settings, options.select, options.extend_select, options.ignore)
    return selection.enabled(layers)


def _crash(what: str, error: Exception) -> Violation:
    """A failure by type and place: values may hold a secret."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    failure = f"{what} failed with {type(error).__name__} at {place}"
    return Violation(
        at=Span(1, 1, 1, 2),
        message=f"{failure}, so it has not checked this file",
        help="this is a fault of lint-langsmith, please report it",
    )


def _left_out(target: Target) -> frozenset[str]:
    """The codes of the rules that the settings leave out for a file; a failure of a rule is never left out."""
    ignores = target.config.settings.per_file_ignores
    matches = {pattern: _compiled((pattern,), target.config.directory).match(target.path) for pattern in ignores}
    selectors = selection.per_file(ignores, matches)
    return frozenset(
        rule.code
        for rule in registry.all_rules()
        if rule.code != "LS999" and any(selection.specificity(selector, rule) for selector in selectors)
    )


def _finding(code: str, violation: Violation, judged: _Judged) -> Finding:
    settings = judged.target.config.settings
    rule = next(rule for rule in registry.all_rules() if rule.code == code)
    configured = selection.severity_of(rule, settings)
    return Finding(
        code=rule.code,
        name=rule.name,
        severity=Severity[configured.upper()] if configured else violation.severity or rule.severity,
        persona=violation.persona or rule.persona,
        message=redact(violation.message),
        help=redact(violation.help) if violation.help is not None else None,
        path=Path(os.path.relpath(judged.target.path, judged.root)).as_posix(),
        span=violation.at,
        related=violation.related,
        fix=violation.fix,
        secrets=violation.secrets,
        cell=violation.cell,
    )


# -- outcome ---------------------------------------------------------------------------------------------------------


def make_report(outcome: Outcome, targets: Targets, options: Options, cwd: Path) -> Report:
    """The outcome as the writers see it."""
    ran = {rule.code for target in _per_config(targets.files) for rule in _rules(target, options)}
    return Report(
        findings=tuple(finding for _, finding in outcome.findings),
        roots=tuple(root for root, _ in outcome.findings),
        sources=functools.lru_cache(maxsize=32)(functools.partial(_source, outcome.contents)),
        contents=functools.partial(_content, outcome.contents),
        cwd=cwd,
        base=_absolute(options.sarif_root, cwd) if options.sarif_root else discover.repository(cwd),
        files=outcome.files,
        hidden=len(outcome.concealed),
        known=outcome.known,
        rules=tuple(rule for rule in registry.all_rules() if rule.code in ran),
        failed=outcome.failed,
        unsafe=options.unsafe_fixes,
    )


def _content(contents: Mapping[Path, bytes], root: Path, path: str) -> bytes | None:
    """A file as it was linted; files that only relate to a finding are read from the disk."""
    try:
        known = contents.get(root / path)
        return (root / path).read_bytes() if known is None else known
    except OSError:
        return None


def _source(contents: Mapping[Path, bytes], root: Path, path: str) -> str | None:
    content = _content(contents, root, path)
    try:
        return None if content is None else text_of(PurePosixPath(path), content)
    except UnreadableFileError:
        return None


def exit_code(outcome: Outcome, options: Options, targets: Targets) -> int:
    """0 clean, 1 findings at or above the level, 2 when a rule failed."""
    if outcome.failed:
        return 2
    if options.fail_on_stale_baseline and not options.prune_baseline and any(outcome.stale.values()):
        return 1
    configured = targets.files[0].config.settings.fail_on if targets.files else "warning"
    level = options.fail_on or configured
    if level == "never" or options.exit_zero or options.fix_only:
        return 0
    least = Severity[level.upper()]
    return int(any(finding.severity >= least for _, finding in outcome.findings))
