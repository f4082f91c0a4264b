"""`lint-langsmith why`: what the analysis knows of a file or a line, and what each rule made of it.

It asks the same questions as the rules do, and tells the answers: which client and how it is known, which class a 403
raises and when, the handlers that it meets, the evidence for credentials, the values of variables by process.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final, Literal, TypeAlias

import msgspec

from lint_langsmith import lazy_re
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.process import Given, Process
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.analysis.exceptions.outcome import ExceptionOutcome
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall, Construction
from lint_langsmith.config.options import Options, UsageError
from lint_langsmith.config.targets import Target, absolute, find_targets
from lint_langsmith.findings import Finding, Persona, Span, Violation
from lint_langsmith.output.printable import counted
from lint_langsmith.redaction import redact
from lint_langsmith.rules.registry import Rule
from lint_langsmith.rules.selection import rules_of
from lint_langsmith.run import engine
from lint_langsmith.source import files, project_roots
from lint_langsmith.source.cells import cells_of
from lint_langsmith.source.kinds import text_of
from lint_langsmith.source.text import UnreadableFileError

Kind: TypeAlias = Literal["file", "client", "call", "variable", "function", "rule"]
# When a 403 is raised, in words, by the table's.
_MOMENTS: Final = {
    "call": "at the call",
    "iteration": "at the first iteration",
    "await": "at `await`",
    "async-iteration": "at the first step of `async for`",
    "await-iteration": "at the first step of `async for`, behind `await`",
    "enter": "on entering the `with`",
    "background": "never: a background thread logs it",
    "never": "never",
}
# Variables whose values are, or hold, a secret, whatever its shape.
_SECRET: Final = ("KEY", "TOKEN", "SECRET", "PASSWORD", "HEADERS", "ENDPOINTS")


class Place(msgspec.Struct, frozen=True):
    """A place in a file: line and column count from 1, in code points; of a notebook those of its JSON.

    `cell` is the place in a notebook as its reader sees it: the number of the cell, the line in it, the column.
    """

    path: str
    line: int
    column: int
    cell: tuple[int, int, int] | None = None

    @property
    def line_shown(self) -> str:
        """The line, in a notebook with its cell."""
        return str(self.line) if self.cell is None else f"cell {self.cell[0]}:{self.cell[1]}"

    @property
    def shown(self) -> str:
        """Line and column."""
        return f"{self.line_shown}:{self.column if self.cell is None else self.cell[2]}"


class Fact(msgspec.Struct, frozen=True):
    """Something that the analysis knows, at a place (None for the whole file), with what follows from it."""

    kind: Kind
    text: str
    place: Place | None = None
    details: tuple[str, ...] = ()


def explain(name: str, line: int | None, cwd: Path, options: Options) -> list[Fact]:
    """What is known of a file, or of the rows that begin or end on one line of it.

    Raises:
        UsageError: there is no such file, or it is not linted.
    """
    return Explainer((name,), cwd, options).facts(name, line)


class Explainer:
    """Answers questions about files, and keeps their analysis for the next one."""

    def __init__(
        self,
        names: Sequence[str],
        cwd: Path,
        options: Options,
        overlay: Mapping[Path, bytes] | None = None,
    ) -> None:
        """`overlay` has the contents of files that are not taken from the disk.

        Raises:
            UsageError: a file is not there, or is not linted.
        """
        self._cwd = cwd
        self._options = options
        self._overlay = overlay or {}
        self._targets = {name: self._target(name) for name in names}
        auditing = msgspec.structs.replace(
            options,
            persona="auditor",
            paths=tuple(target.name for target in self._targets.values()),
        )
        targets = find_targets(auditing, cwd, self._overlay)
        self._analyses: dict[Path, Analysis] = {}
        self._outcome = engine.check(
            auditing, targets, cwd, self._overlay, projects=self._analyses
        )

    def knows(self, name: str) -> bool:
        """Whether a file is one of those."""
        return name in self._targets

    def facts(self, name: str, line: int | None) -> list[Fact]:
        """What is known of one of the files, or of one 1-based line of it."""
        target = self._targets[name]
        root = project_roots.project_root(target.name, self._cwd)
        analysis = self._analyses[root].with_settings(target.config.settings)
        findings = [finding for at, finding in self._outcome.findings if at == root]
        wanted = Persona[(self._options.persona or target.config.settings.persona).upper()]
        rules = rules_of(target.config.settings, self._options)
        return [*_Page(analysis, target, line, findings, rules, wanted).facts()]

    def _target(self, name: str) -> Target:
        path = absolute(name, self._cwd)
        options = msgspec.structs.replace(self._options, paths=(name,))
        targets = find_targets(options, self._cwd, self._overlay)
        for sentence in targets.missing:
            raise UsageError(sentence)
        for target in targets.files:
            if target.path == path:
                return target
        for skipped in targets.skipped:
            if skipped.path == path:
                raise UsageError(f"{name} is not linted: {skipped.reason}")
        raise UsageError(
            f"{name} is a folder: name a file, or a file and a line (`{name}/app.py:24`)"
        )


def parse_place(text: str, cwd: Path) -> tuple[str, int | None]:
    """The path and the line that a text names: `FILE`, `FILE:24`, `FILE:24:7`, `FILE.ipynb:cell 7:3`.

    The line of a notebook is that of its JSON, in which the line of the cell stands.

    Raises:
        UsageError: the notebook has no such cell, or the cell no such line.
    """
    match = _PLACE.fullmatch(text)
    if match is None:
        return text, None
    name, cell = match["path"], match["cell"]
    line = match["line_of_cell"] or match["line_of_file"]
    if cell is None:
        return name, int(line)
    try:
        raw = files.read(absolute(name, cwd), files.LARGEST_SOURCE)
    except UnreadableFileError as error:
        raise UsageError(f"{name}: {error.message}") from None
    cells = cells_of(text_of(PurePosixPath(name), raw))
    found = cells.raw_line(int(cell), int(line or 1)) if cells is not None else None
    if found is None:
        raise UsageError(f"{name} has no cell {cell} with code in line {line or 1}")
    return name, found


_PLACE: Final = lazy_re.compile(
    r"(?P<path>.+?):(?:cell (?P<cell>[0-9]+)(?::(?P<line_of_cell>[0-9]+))?|(?P<line_of_file>[0-9]+))(?::[0-9]+)?",
    re.DOTALL,
)


class _Page:
    """The facts of one file."""

    def __init__(  # noqa: PLR0913, PLR0917 - what was asked, and what a run says of it
        self,
        analysis: Analysis,
        target: Target,
        line: int | None,
        findings: Sequence[Finding],
        rules: Sequence[Rule],
        wanted: Persona,
    ) -> None:
        self._target = target
        self._line = line
        self._findings = findings
        self._rules = rules
        self._wanted = wanted
        self._relative = Path(os.path.relpath(target.name, analysis.project.root)).as_posix()
        self._whole = analysis
        self._analysis = analysis

    def facts(self) -> Iterator[Fact]:
        """The file first, then its rows from the top, then the rules."""
        try:
            file = self._whole.file(self._target.name)
        except UnreadableFileError as error:
            yield Fact(
                "file", f"it {error.message}: only the shapes of keys are searched in it"
            )
            return
        yield self._of_file(file)
        if file is None:
            return
        self._analysis = self._whole.as_in(file)
        rows = [
            *self._clients(file),
            *self._calls(file),
            *self._variables(file),
            *self._functions(file),
        ]
        yield from sorted(rows, key=_order)
        yield from self._of_rules(file)

    def _of_file(self, file: File | None) -> Fact:
        project = self._whole.project
        kind = project.sources.kind(self._relative)
        if file is None:
            reason = "it does not name LangSmith, and no file in scope hands it a client"
            return Fact(
                "file", f"{kind}: not parsed, since {reason}; keys are searched in its bytes"
            )
        names = project.names_langsmith(self._target.path)
        why = "it names LangSmith" if names else "it uses a client that another file makes"
        details = [f"judged by {self._whole.as_in(file).project.version.described}"]
        if file.is_test:
            details.append("a test: rules about 403s and credentials leave it out")
        return Fact("file", f"{kind}: parsed, since {why}", None, tuple(details))

    # -- rows --------------------------------------------------------------------------------------------------------

    def _clients(self, file: File) -> Iterator[Fact]:
        for client in self._analysis.clients.constructions(file):
            span = client.call.callee_span
            if self._is_asked(file, span):
                text = f"`{client.written}()` builds a `{client.cls}`"
                yield Fact(
                    "client", text, self._place(file, span), tuple(self._credentials(client))
                )

    def _credentials(self, client: Construction) -> Iterator[str]:
        evidence, file = self._analysis.evidence, client.file
        variables = evidence.variables(client)
        yield f"reads {', '.join(variables)}" if variables else "reads no variable for its key"
        if evidence.arguments.carry_key(client):
            yield "credentials: an argument may carry them"
        elif evidence.in_file(file, variables):
            yield "credentials: this file names the variable, or loads a file of variables"
        elif evidence.alternatives.is_optional(client):
            yield "credentials: the program works without this client, or a caller brings another"
        else:
            search = evidence.in_project(variables)
            looked = ", ".join(search.other_files) or "no other files"
            code = f"{counted(search.python_files, 'Python file')}, {counted(search.notebooks, 'notebook')}"
            nothing = f"no evidence in {code}, {looked}"
            yield (
                f"credentials: evidence in {search.found}"
                if search.found is not None
                else f"credentials: {nothing}"
            )

    def _calls(self, file: File) -> Iterator[Fact]:
        for call in self._analysis.clients.api_calls(file):
            if self._is_asked(file, call.span):
                owner = f"{call.owner}." if call.owner else ""
                text = f"`{call.label}` is `{owner}{call.name}`"
                yield Fact(
                    "call", text, self._place(file, call.span), tuple(self._becomes(call))
                )

    def _becomes(self, call: ApiCall) -> Iterator[str]:
        if call.origin is not None:
            file, site = call.origin
            yield f"its client is built at {self._at(file, file.model.calls[site].callee_span)}"
        if call.method is None:
            yield "no release of the SDK that the project may use has it"
            return
        yield from (f"403: {text}" for text in sorted(self._modes(call)))
        yield from self._fate(self._analysis.outcomes.fate(call))

    def _modes(self, call: ApiCall) -> set[str]:
        methods = (way.method for way in self._analysis.outcomes.ways(call))
        return {
            f"raised {_MOMENTS[method.when]}"
            + (f" as `{method.error}`" if method.error else "")
            for method in methods
            if method is not None
        }

    def _fate(self, fate: ExceptionOutcome) -> Iterator[str]:
        if fate.unsure:
            yield "whether it is caught can't be told: a handler, a decorator or a caller can't be followed"
        for handler in fate.caught_by:
            yield f"caught by the handler at {self._at(handler.file, handler.handler.span)}"
        for handler in fate.held_by:
            where = self._at(handler.file, handler.handler.span)
            yield f"retried by the handler at {where}, from which the last attempt's 403 escapes"
        for escape in fate.escapes:
            steps = " → ".join(step.label for step in escape.path)
            yield f"escapes to its entry point, a {escape.entry.kind} in {escape.entry.file.relative}: {steps}"
            for missed in escape.missed:
                yield f"passes the handler at {self._at(missed.file, missed.handler.span)}, which can't catch it"
        if not (fate.unsure or fate.caught_by or fate.escapes or fate.held_by) and fate.points:
            yield "caught on every path, or no path leads there"

    def _variables(self, file: File) -> Iterator[Fact]:
        for setting in self._analysis.environment.settings(file):
            span = setting.name_span or setting.span
            if self._is_asked(file, span):
                text = f"sets {setting.name}" + (
                    f" for {setting.group}" if setting.group else ""
                )
                yield Fact(
                    "variable",
                    text,
                    self._place(file, span),
                    tuple(dict.fromkeys(self._effective(setting))),
                )

    def _effective(self, setting: Setting) -> Iterator[str]:
        """What each process gets that is given the variable, and from where."""
        processes = [
            process for process in self._analysis.processes.all if _is_source(setting, process)
        ]
        if not processes:
            yield "no process of the project is known to get it"
        for process in processes:
            given = process.effective(setting.name)
            if given is not None:
                value = self._shown(given)
                is_own = given.setting == setting
                source = (
                    "this line" if is_own else self._at(given.setting.file, given.setting.span)
                )
                yield f"{process.label}: {value}, from {source}"

    def _shown(self, given: Given) -> str:
        """A value as it may be printed: no secret, and nothing out of a file that git ignores."""
        setting = given.setting
        if given.value is None:
            return "a value from elsewhere"
        if setting.name.upper().endswith(_SECRET) or self._analysis.processes.is_ignored(
            setting.file.relative
        ):
            return "a value"
        return f"`{given.value}`"

    def _functions(self, file: File) -> Iterator[Fact]:
        for traced in self._analysis.tracing.of(file):
            scope = file.model.scopes[traced.function.scope]
            if self._is_asked(file, scope.span):
                yield Fact(
                    "function", f"`{scope.name}()` is traced", self._place(file, scope.span)
                )

    # -- rules -------------------------------------------------------------------------------------------------------

    def _of_rules(self, file: File) -> Iterator[Fact]:
        silent = []
        for rule in self._rules:
            found = [
                violation
                for violation in rule.check(file, self._analysis)
                if self._is_asked(file, violation.at)
            ]
            yield from (self._judged(file, rule, violation) for violation in found)
            if not found:
                silent.append(rule.code)
        yield Fact(
            "rule", f"{counted(len(silent), 'rule')} found nothing here", None, tuple(silent)
        )

    def _judged(self, file: File, rule: Rule, violation: Violation) -> Fact:
        where = self._place(file, violation.at)
        severity, persona = (
            violation.severity or rule.severity,
            violation.persona or rule.persona,
        )
        reported = any(
            (finding.code, finding.span.line) == (rule.code, where.line)
            and finding.persona == persona
            for finding in self._findings
        )
        if not reported:
            verdict = "found, and suppressed by a comment or the configuration"
        elif persona > self._wanted:
            verdict = f"for the persona {persona.label}, so not shown"
        else:
            verdict = f"reported as {severity.label}"
        return Fact("rule", f"{rule.code} {rule.name}: {verdict}", where, (violation.message,))

    # -- places ------------------------------------------------------------------------------------------------------

    def _is_asked(self, file: File, span: Span) -> bool:
        shown = span if file.places is None else file.places.span(span)[0]
        return self._line is None or shown.line <= self._line <= shown.end_line

    def _place(self, file: File, span: Span) -> Place:
        if file.places is None:
            return Place(file.relative, span.line, span.column)
        shown, cell = file.places.span(span)
        line = span.line - file.places.cell_start(span.line) + 1
        in_cell = (cell, line, span.column) if cell is not None else None
        return Place(file.relative, shown.line, shown.column, in_cell)

    def _at(self, file: File, span: Span) -> str:
        place = self._place(file, span)
        return f"{place.path}:{place.line_shown}"


def _is_source(setting: Setting, process: Process) -> bool:
    """Whether a setting stands in a source of a process, even if another one beats it."""
    return any(given.setting == setting for _, given in process.found(setting.name))


def _order(fact: Fact) -> tuple[int, int]:
    return (fact.place.line, fact.place.column) if fact.place is not None else (0, 0)


def as_text(name: str, facts: Iterable[Fact]) -> str:
    """The facts for a reader; keys are masked."""
    return redact("\n".join([name, *(f"  {line}" for line in fact_lines(facts))]))


def fact_lines(facts: Iterable[Fact]) -> Iterator[str]:
    """A line for each fact, its details indented below it."""
    for fact in facts:
        where = f"{fact.place.shown} " if fact.place is not None else ""
        yield f"{where}{fact.kind}: {fact.text}"
        if fact.kind != "rule" or fact.place is not None:
            # The codes of rules that found nothing are for programs.
            yield from (f"    {detail}" for detail in fact.details)


def as_objects(facts: Iterable[Fact]) -> list[dict[str, object]]:
    """The facts as JSON has them; keys are masked."""
    return [_object(fact) for fact in facts]


def _object(fact: Fact) -> dict[str, object]:
    place = fact.place
    return {
        "kind": fact.kind,
        "text": redact(fact.text),
        "path": place.path if place is not None else None,
        "line": place.line if place is not None else None,
        "column": place.column if place is not None else None,
        "cell": place.cell[0] if place is not None and place.cell is not None else None,
        "details": [*map(redact, fact.details)],
    }
