"""The analysis of a run: files → projects → what the rules say → what is left of it after suppressions and settings."""

from __future__ import annotations

import contextlib
import functools
import gc
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.fix_safety import within_text
from lint_langsmith.analysis.faults import told
from lint_langsmith.analysis.project.contents import relative_name
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.project.file_store import Models
from lint_langsmith.analysis.project.parser_pool import Parsing
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.cache.location import Caches, UnusableCacheError
from lint_langsmith.cache.model_cache import Cache
from lint_langsmith.clock import Clock
from lint_langsmith.config.options import Options
from lint_langsmith.config.targets import Target, Targets
from lint_langsmith.findings import Finding, Persona, Span, Violation
from lint_langsmith.interruption import raise_if_interrupted
from lint_langsmith.output.sinks import say
from lint_langsmith.results import suppress
from lint_langsmith.results.run_result import Outcome
from lint_langsmith.rules.registry import Rule
from lint_langsmith.rules.selection import rules_of
from lint_langsmith.run.file_results import FileResult, Hidden, finding_of, left_out, on_disk
from lint_langsmith.run.ignored import FOR_IGNORED, without_values
from lint_langsmith.run.selectors import check_selectors
from lint_langsmith.source import discover, project_roots
from lint_langsmith.source.files import ExhaustedError, is_folder
from lint_langsmith.source.text import UnreadableFileError
from lint_langsmith.workers.pool import processors


def check(  # noqa: PLR0913 - what a run has, and two things that only some have
    options: Options,
    targets: Targets,
    cwd: Path,
    overlay: Mapping[Path, bytes],
    *,
    projects: dict[Path, Analysis] | None = None,
    clock: Clock | None = None,
    parsing: Parsing | None = None,
) -> Outcome:
    """Run the rules over the files. `overlay` has the contents of files that are not judged by what the disk has.

    `projects` keeps the projects by their roots for further calls; it is for when no file changes between them.
    `clock` is told where the time goes. `parsing` are the processes that parse, if there are some; they are let go.

    Raises:
        UsageError: a selector names no rule.
    """
    check_selectors(options, targets)
    by_root: dict[Path, list[Target]] = defaultdict(list)
    for target in targets.files:
        by_root[project_roots.project_root(target.name, cwd)].append(target)
    clock = Clock() if clock is None else clock
    clock.expect("check", len(targets.files))
    run = _Run(options, overlay, projects, clock, parsing, Caches(options.cache_dir, cwd))
    with _deep_recursion(), _without_collector():
        try:
            for root, members in sorted(by_root.items()):
                run.project(root, members)
        finally:
            run.parsing.end()
    raise_if_interrupted()
    findings = sorted(run.findings, key=lambda item: (item[0], item[1].sort_key))
    concealed = tuple(run.concealed)
    return Outcome(
        tuple(findings), run.contents, len(targets.files), run.failed, run.named, concealed
    )


@contextlib.contextmanager
def _deep_recursion() -> Iterator[None]:
    """Values are followed through calls of calls: deeper than Python's limit.

    They go on on another stack (`memo.py`) long before this limit is reached.
    """
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _DEPTH))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


_DEPTH: Final = 5000


@contextlib.contextmanager
def _without_collector() -> Iterator[None]:
    """Syntax trees have no cycles, and looking for some in them again and again takes half of the time of a parse."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


# Rules about secrets: a file in which one of them finds something is not kept in the cache.
_SECRETS: Final = "LS1"


class _Run:
    """The findings of a run as they come together."""

    def __init__(  # noqa: PLR0913, PLR0917 - what `check` was given
        self,
        options: Options,
        overlay: Mapping[Path, bytes],
        projects: dict[Path, Analysis] | None,
        clock: Clock,
        parsing: Parsing | None,
        caches: Caches,
    ) -> None:
        self._options = options
        self._overlay = overlay
        self._projects = {} if projects is None else projects
        self.findings: list[tuple[Path, Finding]] = []
        self.contents: dict[Path, bytes] = {}
        self.concealed: list[tuple[Path, Finding]] = []
        self.failed = False
        self.named = 0
        self._clock = clock
        self._memories: dict[Path, Cache] = {}
        self._caches = caches
        self._refusals: set[str] = set()
        self._models: Models = {}
        self._jobs = options.jobs or processors()
        self.parsing = Parsing(self._jobs) if parsing is None else parsing
        self._rules_by_config: dict[int, Sequence[Rule]] = {}

    def project(self, root: Path, targets: Sequence[Target]) -> None:
        """Lint the files that belong to one project."""
        analysis = self._projects.get(root)
        if analysis is None:
            with self._clock.phase("find"):
                paths = discover.walk_project(root)
                ignored = (
                    discover.ignored_variables(root)
                    if self._options.reads_ignored_variables
                    else ()
                )
            settings, memory = targets[0].config.settings, self._memory(root)
            project = Project(
                root,
                settings,
                paths,
                memory,
                self._jobs,
                models=self._models,
                parsing=self.parsing,
            )
            project.sources.ignore(ignored)
            analysis = self._projects[root] = Analysis(project)
        project = analysis.project
        project.sources.measure_by(self._clock)
        for path, content in self._overlay.items():
            if path.is_relative_to(root):
                project.add_text(path, content)
        memory = self._memories.get(root)
        views: dict[int, Analysis] = {}
        project.look_at(target.name for target in targets)
        if project.relevant:
            self._get_ready(analysis)
        with self._clock.phase("check"):
            for target in targets:
                settings = target.config.settings
                view = views.get(id(settings))
                if view is None:
                    view = views[id(settings)] = analysis.with_settings(settings)
                self._file(root, target, view)
                self._clock.count("check", 1)
        self._add_faults(root, targets, project)
        if memory is not None:
            self._save(memory, project)

    def _get_ready(self, analysis: Analysis) -> None:
        try:
            with self._clock.phase("load"):
                analysis.get_ready()
        except ExhaustedError:
            raise
        except Exception:  # noqa: BLE001 - the first rule that needs it meets the fault again, and says it
            raise_if_interrupted()

    def _add_faults(self, root: Path, targets: Sequence[Target], project: Project) -> None:
        """Say where the analysis failed: what was asked of those files has the answer that nothing is known."""
        for target in targets if project.faults.by_file else ():
            fault = project.faults.by_file.get(relative_name(root, target.name))
            if fault is not None:
                self.failed = True
                self._collect(
                    FileResult(
                        target, root, [("LS999", _failed("the analysis", fault))], (), (), ()
                    )
                )

    def _file(self, root: Path, target: Target, analysis: Analysis) -> None:
        judged = self._judge(root, target, analysis)
        if judged is None:
            return
        self.named += 1
        before = len(self.findings) + len(self.concealed)
        self._collect(judged)
        if len(self.findings) + len(self.concealed) > before:
            self._keep(target.path, analysis.project)
        memory = self._memories.get(root)
        if memory is not None and any(code.startswith(_SECRETS) for code, _ in judged.found):
            memory.refuse(relative_name(root, target.name))

    def _memory(self, root: Path) -> Cache | None:
        """What earlier runs kept."""
        if not self._options.cache:
            return None
        try:
            self._memories[root] = Cache(self._caches.of(root))
        except UnusableCacheError as error:
            self._say_refusal(error)
        return self._memories.get(root)

    def _say_refusal(self, error: UnusableCacheError) -> None:
        """Say once why there is no cache: always, where somebody has named its folder."""
        sentence = str(error)
        if sentence not in self._refusals and (error.is_named or self._options.verbose):
            say(f"warning: {sentence}" if error.is_named else f"cache: {sentence}")
        self._refusals.add(sentence)

    def _save(self, memory: Cache, project: Project) -> None:
        with self._clock.phase("cache"):
            memory.save(project.sources.paths)
        if memory.problem is not None and self._options.verbose:
            say(f"cache: {memory.problem}")

    def _keep(self, path: Path, project: Project) -> None:
        with contextlib.suppress(UnreadableFileError):
            self.contents[path] = project.content(path.relative_to(project.root).as_posix())

    def _judge(self, root: Path, target: Target, analysis: Analysis) -> FileResult | None:
        """What the rules say of a file; None for one that has nothing to do with LangSmith, nor with its 403s."""
        rules: Sequence[Rule] = self._rules(target)
        if target.problem is not None:
            return FileResult(
                target,
                root,
                [("LS900", Violation(at=_BEGINNING, message=target.problem))],
                rules,
                (),
                (),
            )
        try:
            file = analysis.file(target.name)
            if file is None:
                file, rules = _out_of_scope(analysis, target.name, rules)
        except UnreadableFileError as error:
            return self._unreadable(root, target, analysis, error)
        except ExhaustedError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a file makes the analysis do, the run goes on
            raise_if_interrupted()
            self.failed = True
            return FileResult(
                target, root, [("LS999", _crash("the analysis", error))], rules, (), ()
            )
        if file is None or (
            target.is_ignored and not analysis.processes.is_loaded(file.relative)
        ):
            return None
        there = analysis.as_in(file)
        found = [found for rule in rules for found in self._ask(rule, file, there)]
        if target.is_ignored:
            found = [(code, without_values(violation, file)) for code, violation in found]
        translate = functools.partial(
            on_disk, project=analysis.project, file=file, hidden=Hidden(file, analysis)
        )
        return FileResult(
            target,
            root,
            found,
            rules,
            file.comments,
            file.model.statements,
            file.lines,
            translate,
        )

    def _rules(self, target: Target) -> Sequence[Rule]:
        """The rules that the configuration of a file has running."""
        known = self._rules_by_config.get(id(target.config))
        if known is None:
            with self._clock.phase("load"):
                known = rules_of(target.config.settings, self._options)
            self._rules_by_config[id(target.config)] = known
        if target.is_ignored:
            return [rule for rule in known if rule.code.startswith(FOR_IGNORED)]
        return known

    def _unreadable(
        self, root: Path, target: Target, analysis: Analysis, error: UnreadableFileError
    ) -> FileResult:
        """A file that is not what it should be is still a text, in which a key may stand."""
        rules = [rule for rule in self._rules(target) if rule.code in _FOR_ANY_TEXT]
        file = analysis.project.as_text(target.path)
        what = "folder" if is_folder(target.name) else "file"
        words = "nothing in it was" if file is None else "nothing but the shapes of keys was"
        message = f"this {what} {error.message}, so {words} checked"
        found = [("LS900", Violation(at=error.span, message=message, help=error.help))]
        if file is None:
            return FileResult(target, root, found, rules, (), ())
        found += [found for rule in rules for found in self._ask(rule, file, analysis)]
        translate = functools.partial(
            on_disk, project=analysis.project, file=file, hidden=Hidden(file, analysis)
        )
        return FileResult(target, root, found, rules, file.comments, (), file.lines, translate)

    def _ask(self, rule: Rule, file: File, analysis: Analysis) -> list[tuple[str, Violation]]:
        try:
            with self._clock.phase(rule.code):
                return [
                    (rule.code, _with_fix_as_allowed(file, violation))
                    for violation in rule.check(file, analysis)
                ]
        except ExhaustedError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a rule does, the run goes on
            raise_if_interrupted()
            self.failed = True
            return [("LS999", _crash(f"{rule.code} {rule.name}", error))]

    def _collect(self, judged: FileResult) -> None:
        """Suppress, then sort out by configuration and persona."""
        enabled = {rule.code for rule in judged.rules} | {_FAILURE}
        findings = [
            finding_of(code, violation, judged)
            for code, violation in judged.found
            if code in enabled
        ]
        outcome = suppress.apply(
            findings, judged.comments, judged.statements, judged.rules, judged.lines
        )
        problems = [
            finding_of(
                item.code,
                Violation(at=item.span, message=item.message, help=item.help, fix=item.fix),
                judged,
            )
            for item in outcome.problems
            if item.code in enabled
        ]
        # Findings about suppressions can be suppressed too, but no comment is called unused for it.
        kept = [
            *outcome.kept,
            *suppress.apply(problems, judged.comments, judged.statements, ()).kept,
        ]
        codes = left_out(judged.target)
        wanted = Persona[
            (self._options.persona or judged.target.config.settings.persona).upper()
        ]
        foreign = judged.target.config.settings.allow_foreign_pragmas
        for finding in kept:
            if finding.code in codes or suppress.is_allowed_elsewhere(
                finding, judged.lines, keys_too=foreign
            ):
                continue
            if finding.persona > wanted:
                self.concealed.append((judged.root, judged.translate(finding)))
            else:
                self.findings.append((judged.root, judged.translate(finding)))


_FAILURE: Final = "LS999"
_BEGINNING: Final = Span(1, 1, 1, 2)
# What can be said of a file that was not understood: whether its suppressions are used is not among it.
_FOR_ANY_TEXT: Final = frozenset({"LS101", "LS900", "LS902", "LS903"})


def _out_of_scope(
    analysis: Analysis, name: str, rules: Sequence[Rule]
) -> tuple[File | None, Sequence[Rule]]:
    """A file that has nothing to do with LangSmith, and the rules that are asked of it all the same; None without any.

    Raises:
        UnreadableFileError: it can't be decoded or parsed.
    """
    asked: list[Rule] = []
    file = analysis.passed(name) if any(rule.follows for rule in rules) else None
    if file is not None:
        asked += [rule for rule in rules if rule.follows]
    for rule in rules:
        found = (
            analysis.leading_into_scope(name, rule.words)
            if rule.words and rule not in asked
            else None
        )
        if found is not None:
            file = found
            asked.append(rule)
    return file, asked


def _with_fix_as_allowed(file: File, violation: Violation) -> Violation:
    fix = within_text(file, violation.fix)
    return violation if fix is violation.fix else msgspec.structs.replace(violation, fix=fix)


def _crash(what: str, error: Exception) -> Violation:
    """A failure by type and place: values may hold a secret."""
    return _failed(what, told(error))


def _failed(what: str, how: str) -> Violation:
    return Violation(
        at=_BEGINNING,
        message=f"{what} failed with {how}, so it has not checked this file",
        help="this is a fault of lint-langsmith, please report it",
    )
