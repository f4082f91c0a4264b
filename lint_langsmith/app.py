"""The pipeline: options → settings → files → projects → findings → suppressed → reports → exit code."""

from __future__ import annotations

import functools
import os
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from lint_langsmith import discover, selection
from lint_langsmith.config import Config, Configs
from lint_langsmith.discover import Patterns, Skipped
from lint_langsmith.findings import Finding, Persona, Severity, Span, Violation, redact
from lint_langsmith.report import Report, writer
from lint_langsmith.rules import registry
from lint_langsmith.rules.registry import Rule
from lint_langsmith.settings import Settings

_META: Final = frozenset({"LS900", "LS901", "LS902", "LS903", "LS999"})


class UsageError(Exception):
    """What was asked for can't be done; the message says why, in one line."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The command line, as given. What is None or empty leaves the configuration's word."""

    paths: tuple[str, ...]
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    persona: str | None = None
    fail_on: str | None = None
    outputs: tuple[str, ...] = ()
    output_file: str | None = None
    config: str | None = None
    isolated: bool = False
    exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    stdin_filename: str | None = None
    exit_zero: bool = False
    quiet: bool = False
    verbose: bool = False
    statistics: bool = False
    colour: bool = False
    terminal: bool = False


class Target(NamedTuple):
    """A file to lint, with what is configured for it."""

    path: Path
    config: Config


class Targets(NamedTuple):
    """The files to lint, and those left out."""

    files: tuple[Target, ...]
    skipped: tuple[Skipped, ...]


class Outcome(NamedTuple):
    """The findings of a run with the project root of each, and what else decides the exit code."""

    findings: tuple[tuple[Path, Finding], ...]
    files: int
    hidden: int
    failed: bool
    seconds: dict[str, float]


# -- files -----------------------------------------------------------------------------------------------------------------


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
    over = Patterns(options.exclude, cwd)
    files: dict[Path, Target] = {}
    skipped: list[Skipped] = []
    for name in options.paths or (".",):
        if name == "-":
            path = _absolute(options.stdin_filename or "stdin.py", cwd)
            files[path] = Target(path, configs.at(path.parent))
            continue
        path = _absolute(name, cwd)
        if not path.exists():
            raise UsageError(f"there is no file or folder {name}{_near_path(name, cwd)}")
        _add(path, configs, over, options, files, skipped)
    return Targets(tuple(files[path] for path in sorted(files)), tuple(skipped))


def _add(
    path: Path,
    configs: Configs,
    over: Patterns,
    options: Options,
    files: dict[Path, Target],
    skipped: list[Skipped],
) -> None:
    if path.is_dir():
        config = configs.at(path)
        walked = discover.walk(path, respect_gitignore=config.settings.respect_gitignore)
        skipped.extend(walked.skipped)
        candidates = [item for item in walked.files if item.suffix in discover.LINTED_SUFFIXES]
        skipped.extend(Skipped(item, "no Python") for item in walked.files if item.suffix not in discover.LINTED_SUFFIXES)
    elif discover.is_linted(path):
        candidates = [path]
    else:
        candidates = []
        skipped.append(Skipped(path, "no Python"))
    for candidate in candidates:
        config = configs.at(candidate.parent)
        excluded = over.match(candidate) or _patterns(config).match(candidate)
        if excluded and (path.is_dir() or options.force_exclude):
            skipped.append(Skipped(candidate, "excluded"))
        else:
            files[candidate] = Target(candidate, config)


@functools.cache
def _compiled(patterns: tuple[str, ...], directory: Path) -> Patterns:
    return Patterns(patterns, directory)


def _patterns(config: Config) -> Patterns:
    return _compiled(config.settings.exclude, config.directory)


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


# -- analysis --------------------------------------------------------------------------------------------------------------


def check(options: Options, targets: Targets, cwd: Path, stdin: bytes | None = None) -> Outcome:
    """Run the rules over the files.

    Raises:
        UsageError: a selector names no rule.
    """
    _check_selectors(options, targets)
    by_root: dict[Path, list[Target]] = defaultdict(list)
    for target in targets.files:
        by_root[discover.project_root(target.path, cwd)].append(target)
    run = _Run(options)
    for root, members in sorted(by_root.items()):
        run.project(root, members, stdin)
    findings = sorted(run.findings, key=lambda item: (item[0], item[1].sort_key))
    return Outcome(tuple(findings), len(targets.files), run.hidden, run.failed, run.seconds)


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


class _Run:
    """The findings of a run as they come together."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.findings: list[tuple[Path, Finding]] = []
        self.hidden = 0
        self.failed = False
        self.seconds: dict[str, float] = defaultdict(float)

    def project(self, root: Path, targets: Sequence[Target], stdin: bytes | None) -> None:
        """Lint the files that belong to one project."""
        from lint_langsmith.model.project import Project  # noqa: PLC0415 - heavy, and not needed for --help

        started = time.perf_counter()
        paths = discover.walk_project(root)
        first = targets[0].config.settings
        project = Project(root, first, paths)
        self.seconds["discovery"] += time.perf_counter() - started
        for target in targets:
            if stdin is not None and "-" in self._options.paths:
                project.add_text(target.path, stdin)
        views = {id(first): project}
        for target in targets:
            settings = target.config.settings
            view = views.get(id(settings))
            if view is None:
                view = views[id(settings)] = project.with_settings(settings)
            self._file(root, target, view)

    def _file(self, root: Path, target: Target, project: object) -> None:
        from lint_langsmith import suppress as suppression  # noqa: PLC0415 - with the model
        from lint_langsmith.model.project import File, Project, UnreadableFileError  # noqa: PLC0415 - see above

        assert isinstance(project, Project)
        rules = self._rules(target)
        relative = Path(os.path.relpath(target.path, root)).as_posix()
        try:
            file = project.file(target.path)
        except UnreadableFileError as error:
            violation = Violation(at=error.span, message=f"this file {error.message}, so nothing in it was checked")
            self._add(root, target, relative, [("LS900", violation)], rules, _line_comments(target.path), ())
            return
        if file is None:
            return
        assert isinstance(file, File)
        found: list[tuple[str, Violation]] = []
        for rule in rules:
            found.extend((rule.code, violation) for violation in self._ask(rule, file, project))
        del suppression
        model = file.model
        crashes = [(code, violation) for code, violation in found if code == "LS999"]
        self.failed = self.failed or bool(crashes)
        self._add(root, target, relative, found, rules, model.comments, model.statements)

    def _ask(self, rule: Rule, file: object, project: object) -> Iterable[Violation]:
        started = time.perf_counter()
        try:
            return list(rule.check(file, project))  # type: ignore[arg-type]
        except Exception as error:  # noqa: BLE001 - whatever a rule does, the run goes on
            self.failed = True
            self._crashed(rule, error)
            return ()
        finally:
            self.seconds[rule.code] += time.perf_counter() - started

    def _crashed(self, rule: Rule, error: Exception) -> None:
        """Remember a failure by type and place: values may hold a secret."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        self._crash = Violation(
            at=Span(1, 1, 1, 2),
            message=f"{rule.code} {rule.name} failed with {type(error).__name__} at {place}, so it has not checked this file",
            help="this is a fault of lint-langsmith, please report it",
        )

    _crash: Violation | None = None

    def _rules(self, target: Target) -> tuple[Rule, ...]:
        settings = target.config.settings
        options = self._options
        layers = selection.layers_of(settings, options.select, options.extend_select, options.ignore)
        return selection.enabled(layers)

    def _add(
        self,
        root: Path,
        target: Target,
        relative: str,
        found: Sequence[tuple[str, Violation]],
        rules: Sequence[Rule],
        comments: Sequence[object],
        statements: Sequence[tuple[int, int]],
    ) -> None:
        from lint_langsmith import suppress as suppression  # noqa: PLC0415 - with the model

        settings = target.config.settings
        crashed = [("LS999", self._crash)] if self._crash is not None else []
        self._crash = None
        by_code = {rule.code: rule for rule in registry.all_rules()}
        enabled = {rule.code for rule in rules}
        left_out = self._left_out(target)
        findings = [
            _finding(by_code[code], violation, relative, settings)
            for code, violation in (*found, *crashed)
            if code in enabled or code == "LS999"
        ]
        outcome = suppression.apply(findings, comments, statements, rules)  # type: ignore[arg-type]
        problems = [
            _finding(by_code[code], Violation(at=span, message=message, help=advice), relative, settings)
            for code, span, message, advice in outcome.problems
            if code in enabled
        ]
        kept = [*outcome.kept, *suppression.apply(problems, comments, statements, ()).kept]
        wanted = Persona[(self._options.persona or settings.persona).upper()]
        for finding in kept:
            rule = by_code[finding.code]
            if any(selection.specificity(selector, rule) for selector in left_out) and finding.code != "LS999":
                continue
            if finding.persona > wanted:
                self.hidden += 1
            else:
                self.findings.append((root, finding))

    def _left_out(self, target: Target) -> frozenset[str]:
        ignores = target.config.settings.per_file_ignores
        directory = target.config.directory
        matches = {pattern: _compiled((pattern,), directory).match(target.path) for pattern in ignores}
        return selection.per_file(ignores, matches)


def _finding(rule: Rule, violation: Violation, relative: str, settings: Settings) -> Finding:
    configured = selection.severity_of(rule, settings)
    severity = Severity[configured.upper()] if configured else violation.severity or rule.severity
    return Finding(
        code=rule.code,
        name=rule.name,
        severity=severity,
        persona=violation.persona or rule.persona,
        message=redact(violation.message),
        help=redact(violation.help) if violation.help is not None else None,
        path=relative,
        span=violation.at,
        related=violation.related,
        fix=violation.fix,
        secrets=violation.secrets,
        cell=violation.cell,
    )


def _line_comments(path: Path) -> Sequence[object]:
    """Comments of a file that can't be parsed, by lines: `file-ignore[LS900]` must work there of all places."""
    from lint_langsmith.model.data import Comment  # noqa: PLC0415 - with the model

    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    return [
        Comment(number, line.index("#") + 1, line[line.index("#") :], line.lstrip().startswith("#"))
        for number, line in enumerate(lines, start=1)
        if "#" in line and "lint-langsmith" in line
    ]


# -- reports ---------------------------------------------------------------------------------------------------------------


class Sink(NamedTuple):
    """A format, and the file that it goes to (None for standard output)."""

    format: str
    file: Path | None


def sinks(options: Options, configured: str | None, cwd: Path) -> tuple[Sink, ...]:
    """Where the reports go: `-f FORMAT` and `-f FORMAT:FILE`, the first plain one to `--output-file` if that is given."""
    default = configured or ("full" if options.terminal else "concise")
    found: list[Sink] = []
    for output in options.outputs or (default,):
        name, separator, file = output.partition(":")
        if separator and "{" not in output and file:
            found.append(Sink(name, _absolute(file, cwd)))
        else:
            found.append(Sink(output, None))
    if options.output_file is not None:
        plain = next((index for index, sink in enumerate(found) if sink.file is None), None)
        if plain is None:
            raise UsageError("--output-file: every format has a file of its own already")
        found[plain] = found[plain]._replace(file=_absolute(options.output_file, cwd))
    if sum(sink.file is None for sink in found) > 1:
        raise UsageError("only one format can go to standard output: give the others a file, as in `-f json:out.json`")
    return tuple(found)


def write_reports(outcome: Outcome, where: Sequence[Sink], options: Options, cwd: Path) -> None:
    """Write the reports; a file appears whole or not at all."""
    for sink in where:
        report = make_report(outcome, cwd, colour=options.colour and sink.file is None)
        text = writer(sink.format)(report)
        if sink.file is not None:
            _write_whole(sink.file, text)
        elif not (options.quiet and not outcome.findings):
            sys.stdout.write(text)
    sys.stdout.flush()


def make_report(outcome: Outcome, cwd: Path, *, colour: bool) -> Report:
    """The outcome as the writers see it."""
    return Report(
        findings=tuple(finding for _, finding in outcome.findings),
        roots=tuple(root for root, _ in outcome.findings),
        sources=_source,
        cwd=cwd,
        files=outcome.files,
        hidden=outcome.hidden,
        colour=colour,
    )


@functools.lru_cache(maxsize=32)
def _source(root: Path, path: str) -> str | None:
    from lint_langsmith.source.text import UnreadableFileError, decode  # noqa: PLC0415 - for excerpts only

    try:
        return decode((root / path).read_bytes())
    except (OSError, UnreadableFileError):
        return None


def _write_whole(path: Path, text: str) -> None:
    draft = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        mode = path.stat().st_mode if path.exists() else 0o666 & ~_umask()
        Path(draft).chmod(mode & 0o777)
        Path(draft).replace(path)
    except OSError as error:
        with suppress(OSError):
            Path(draft).unlink()
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def exit_code(outcome: Outcome, options: Options, targets: Targets) -> int:
    """0 clean, 1 findings at or above the level, 2 when a rule failed."""
    if outcome.failed:
        return 2
    configured = targets.files[0].config.settings.fail_on if targets.files else "warning"
    level = options.fail_on or configured
    if level == "never" or options.exit_zero:
        return 0
    least = Severity[level.upper()]
    return int(any(finding.severity >= least for _, finding in outcome.findings))
