"""What a casebook page of `fixtures/analysis` can ask the analysis, and how the answer is written.

A page is read as those of the rules are (`casebook.py`). In place of findings, its lines say what the analysis knows of
what begins on them:

    x = "a" + suffix
    reveal(x)  # value: "a" | "ab"
    except LangSmithAuthError:  # classes: langsmith.utils.LangSmithAuthError
    client.read_run(run_id)  # api: langsmith.Client.read_run # outcome: escapes script

A comment is the kind of the question, for some kinds a subject (`# read LANGSMITH_PROJECT: yes`), and behind the colon
the answer; several stand behind each other. It is cut off before the file is written, as expectations are. `reveal(x)`
is part of the program, whose first argument is what `value` and `bindings` are about. An answer of several rows has
them in order of place, set apart by `; `; one of which nothing is known is `nothing`.

What the pages of a package do not ask of their lines, and the analysis tells all the same, is recorded in
`tests/analysis/told/`, so that nothing is told or left out unnoticed; `python tests/reveal.py` writes it anew, with
names of packages what is told of them. So is what a package tells of some cases of the rules' pages, in `told/rules/`:
a heading `== package/LSnnn/case` names one.

`KINDS` is the table of questions, and all that the tests of the analysis know of how it is asked. A page with
```` ```py run=yes ```` has a program that is run as well: what `reveal(x)` gets then must be among the values of `x`.
"""

from __future__ import annotations

import functools
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import casebook
import msgspec
import whole_answers
from asked import Asked, at, at_call, named, shown

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.credentials.commands import authorizations
from lint_langsmith.analysis.credentials.credentials import is_example
from lint_langsmith.analysis.credentials.http_requests import Request
from lint_langsmith.analysis.entry_points.background import is_in_background_loop
from lint_langsmith.analysis.entry_points.dependencies import dependencies
from lint_langsmith.analysis.environment.settings_classes import settings_classes
from lint_langsmith.analysis.exceptions.fix_safety import is_tried
from lint_langsmith.analysis.exceptions.function_exit import MissedHandler
from lint_langsmith.analysis.exceptions.hiding import (
    asks_for,
    asks_for_import,
    hides_attribute,
    hides_import,
    hides_type_error,
    is_asked_for,
)
from lint_langsmith.analysis.exceptions.outcome import ExceptionOutcome
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.byte_gate import is_relevant, is_relevant_text, look_at
from lint_langsmith.analysis.project.file import File, Place, span_of
from lint_langsmith.analysis.project.import_edits import imported
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.analysis.sdk_use import sdk_names
from lint_langsmith.analysis.sdk_use.arguments import missing_arguments
from lint_langsmith.analysis.sdk_use.built_by_libraries import built_by_library
from lint_langsmith.analysis.sdk_use.prompts import pulled
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.analysis.sdk_use.traceable import traceable
from lint_langsmith.analysis.values import abstract
from lint_langsmith.analysis.values.abstract import FunctionRef
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.analysis.values.call_graph import RUNS, EdgeKind
from lint_langsmith.analysis.values.constant_folding import fold
from lint_langsmith.config.settings import Settings
from lint_langsmith.findings import Span
from lint_langsmith.source import discover

PAGES: Final = casebook.FIXTURES / "analysis"
TOLD: Final = Path(__file__).parent / "analysis" / "told"
TOLD_OF_RULES: Final = TOLD / "rules"
_FORBIDDEN: Final = "langsmith.utils.LangSmithError"


def _value(asked: Asked) -> Iterator[str]:
    expr, call = asked.revealed()
    yield shown(asked.analysis.values.of(asked.file, expr, call))


def _bound(asked: Asked) -> Iterator[str]:
    """What the names of the line are bound to."""
    for row in asked.file.model.bindings:
        if asked.is_here(row.span) and row.value is not None and row.via == "direct":
            place = Place(row.scope, row.block, row.order)
            yield f"{row.name} = {shown(asked.analysis.values.of(asked.file, row.value, place))}"


def _folded(asked: Asked) -> Iterator[str]:
    expr, call = asked.revealed()
    found = fold(expr, asked.analysis.values.resolver(asked.file, call), asked.file)
    yield "unknown" if found is None else shown((abstract.Literal(found),))


def _made(asked: Asked) -> Iterator[str]:
    """The texts that the statements of the line make when the file's are run on constants."""
    rows = asked.analysis.values.texts_made(asked.file)
    found = tuple(abstract.Literal(row.text) for row in rows if asked.is_here(row.span))
    yield shown(found) or "nothing"


def _bindings(asked: Asked) -> Iterator[str]:
    expr, call = asked.revealed()
    assert isinstance(expr, ir.Name)
    lines = sorted(binding.span.line for binding in lookup(asked.file, expr.id, call))
    yield ", ".join(map(str, lines)) or "nothing"


def _callee(asked: Asked) -> Iterator[str]:
    for site in asked.sites():
        yield shown(asked.analysis.values.callee(asked.file, site))


def _given(asked: Asked) -> Iterator[str]:
    """The values of the arguments of each call on the line."""
    for site in asked.sites():
        call = asked.file.model.calls[site]
        values = [asked.analysis.values.of(asked.file, arg.value, call) for arg in call.args]
        yield f"({', '.join(map(shown, values))})"


def _callers(asked: Asked) -> Iterator[str]:
    sure, maybe = asked.analysis.call_graph.of(asked.function())
    yield from (at_call(file, site) for file, site in sorted(sure, key=_order))
    yield from (f"maybe {at_call(file, site)}" for file, site in sorted(maybe, key=_order))


def _order(place: tuple[File, int]) -> tuple[str, int]:
    return place[0].relative, place[1]


def _edges(asked: Asked) -> Iterator[str]:
    """What runs and what gets the function that is defined on the line, and what it runs, each by a kind of edge."""
    graph, function = asked.analysis.call_graph, asked.function()
    for edge in (*graph.callers(function), *graph.takers(function)):
        yield f"{edge.kind} from {_place_of(edge.caller)}"
    for edge in graph.callees(function):
        yield f"{edge.kind} to {named(edge.callee)}"


def _place_of(function: FunctionRef) -> str:
    return named(function) if function.scope else function.file.relative


def _reached(asked: Asked) -> Iterator[str]:
    """All that the function reaches by calls, and that reaches it, also by callbacks."""
    graph, function = asked.analysis.call_graph, asked.function()
    every: frozenset[EdgeKind] = RUNS | {"callback"}
    down = [_place_of(found) for found in graph.reachable([function], every)]
    up = [_place_of(found) for found in graph.reaching([function], every)]
    yield f"down {', '.join(down)}"
    yield f"up {', '.join(up)}"


def _hand_overs(asked: Asked) -> Iterator[str]:
    found = asked.analysis.call_graph.hand_overs(asked.function())
    yield from (at_call(file, site) for file, site in sorted(set(found), key=_order))


# -- exceptions ------------------------------------------------------------------------------------------------------


def _handler(asked: Asked) -> tuple[ir.Handler, int]:
    for row in asked.file.model.tries:
        for handler in row.handlers:
            if asked.is_here(handler.span):
                return handler, row.body
    raise AssertionError(f"{asked.file.relative}:{asked.line}: no handler begins here")


def _classes(asked: Asked) -> Iterator[str]:
    handler, _ = _handler(asked)
    yield (
        shown(asked.analysis.outcomes.classes(asked.file, handler))
        if handler.type is not None
        else "everything"
    )


def _catches(asked: Asked) -> Iterator[str]:
    handler, _ = _handler(asked)
    mro = asked.analysis.sdk.error_mro(asked.subject or _FORBIDDEN)
    yield asked.analysis.outcomes.catches(asked.file, handler, mro)


def _effect(asked: Asked) -> Iterator[str]:
    """What becomes of a 403 that is raised in the body of the try."""
    _, body = _handler(asked)
    found = asked.analysis.outcomes.local(
        asked.file, body, asked.analysis.sdk.error_mro(asked.subject or _FORBIDDEN)
    )
    verdict = {"yes": "caught", "no": "goes on", "unsure": "unsure"}[found.verdict]
    yield verdict + (" after the last attempt" if found.held else "")


def _api_calls(asked: Asked) -> Iterator[ApiCall]:
    for call in asked.analysis.clients.api_calls(asked.file):
        if asked.is_here(call.span) and asked.subject in {"", call.name}:
            yield call


def _api(asked: Asked) -> Iterator[str]:
    for call in _api_calls(asked):
        owner = f"{call.owner}." if call.owner else ""
        yield (
            f"{owner}{call.name}"
            + (" handed over" if call.handed is not None else "")
            + (" (not in the SDK)" if call.method is None else "")
        )


def _labels(asked: Asked) -> Iterator[str]:
    """How a call is spoken of and where it is marked; whether it asks no key, or its own machine; what it lacks."""
    for call in _api_calls(asked):
        marks = [
            f"{call.label} at {call.span.line}:{call.span.column} to {call.span.end_column}"
        ]
        marks += ["of a shared run"] if call.takes_share_token else []
        marks += ["local"] if asked.analysis.clients.addresses.is_local(call) else []
        lacks = missing_arguments(call)
        marks += [f"lacks {', '.join(lacks)}"] if lacks else []
        given = asked.analysis.clients.arguments(call)
        marks.append(f"{len(given)} given")
        yield ", ".join(marks)


def _carries(asked: Asked) -> Iterator[str]:
    """The names of the file through which another comes by a client or an error of the SDK."""
    yield ", ".join(sorted(set(asked.analysis.carriers.carried_names(asked.file)))) or "nothing"


def _outcome(asked: Asked) -> Iterator[str]:
    for call in _api_calls(asked):
        yield _fate(asked.analysis.outcomes.fate(call))


def _hides(asked: Asked) -> Iterator[str]:
    """Whether a handler around a call of the line hides a TypeError or AttributeError; whether any may see it."""
    for site in asked.sites():
        call = asked.file.model.calls[site]
        hidden = hides_type_error(asked.file, call.block, asked.analysis.outcomes)
        tried = is_tried(asked.file, call.block)
        yield "hidden" if hidden else "tried" if tried else "open"
        return


def _absent(asked: Asked) -> Iterator[str]:
    """The imports and attributes of the line for whose absence the program is ready, and how."""
    outcomes = asked.analysis.outcomes
    for row in asked.file.model.bindings:
        if row.kind == "import" and asked.is_here(row.span):
            ways = (
                ("hidden", hides_import(asked.file, row, outcomes)),
                ("asked for", asks_for_import(asked.file, row, outcomes)),
            )
            yield from (f"{row.name} {word}" for word, is_so in ways if is_so)
    for load in asked.file.model.loads:
        if isinstance(load.expr, ir.Attribute) and asked.is_here(load.expr.span):
            name = load.expr.name
            uses = (
                ("hidden", hides_attribute(asked.file, load, outcomes)),
                ("asked for", is_asked_for(asked.file, load, name, outcomes)),
                ("named", asks_for(asked.file, name)),
            )
            yield from (f"{name} {word}" for word, is_so in uses if is_so)


def _accepted(asked: Asked) -> Iterator[str]:
    """Whether each escape of the line's calls comes behind a request that shows that the key is accepted."""
    for call in _api_calls(asked):
        for escape in asked.analysis.outcomes.fate(call).escapes:
            is_so = asked.analysis.accepted_keys.is_before(call, escape)
            yield "yes" if is_so else "no"


def _when(asked: Asked) -> Iterator[str]:
    """When the 403 of the line's calls is raised, and as what, in each release that the project may use."""
    outcomes = asked.analysis.outcomes
    for call in _api_calls(asked):
        for way in outcomes.ways(call):
            if way.method is not None:
                error = outcomes.error_mro(way)[0].rpartition(".")[2]
                yield f"{outcomes.when(way.method, way)} {error}"


def _meets(asked: Asked) -> Iterator[str]:
    """Whose 403s the handler of the line misses, catches, or lets go on after the last attempt."""
    handler, _ = _handler(asked)
    outcomes, name = asked.analysis.outcomes, asked.file.relative
    missed = [
        call for call, row in outcomes.missed_by_file.get(name, ()) if row.handler == handler
    ]
    tables = (outcomes.caught_by_file, outcomes.held_by_file)
    caught, held = (
        [
            call
            for row, calls in table.get(name, {}).items()
            if row.handler == handler
            for call in calls
        ]
        for table in tables
    )
    for word, calls in (("misses", missed), ("catches", caught), ("holds", held)):
        if calls:
            yield f"{word} {', '.join(at(call.file, call.span) for call in calls)}"


def _ends(asked: Asked) -> Iterator[str]:
    """The scripts and commands that the 403s of the line's calls end, and nothing else."""
    for call in _api_calls(asked):
        table = asked.analysis.outcomes.ending_scripts
        yield (
            ", ".join(sorted(name for name, calls in table.items() if call in calls)) or "none"
        )


def _fate(fate: ExceptionOutcome) -> str:
    said: list[str] = []
    kinds = sorted({f"escapes {escape.entry.kind}" for escape in fate.escapes})
    said.extend(kinds)
    said.extend(f"caught {_row(row)}" for row in sorted(set(fate.caught_by), key=_missed_order))
    said.extend(
        f"tried again {_row(row)}" for row in sorted(set(fate.held_by), key=_missed_order)
    )
    if fate.handed_out:
        said.append("handed out")
    if fate.unsure:
        said.append("unsure")
    if not said:
        return "caught" if any(not point.handed_on for point in fate.points) else "never raised"
    return ", ".join(said)


def _missed_order(row: MissedHandler) -> tuple[str, int]:
    return row.file.relative, row.handler.span.line


def _row(row: MissedHandler) -> str:
    return at(row.file, row.handler.span)


def _raised(asked: Asked) -> Iterator[str]:
    for call in _api_calls(asked):
        for point in asked.analysis.outcomes.points(call):
            marks = [
                word
                for word, is_so in (
                    ("handed on", point.handed_on),
                    ("in a group", point.grouped),
                )
                if is_so
            ]
            yield " ".join([at(point.file, point.span), *marks])


def _missed(asked: Asked) -> Iterator[str]:
    for call in _api_calls(asked):
        rows = {
            row
            for escape in asked.analysis.outcomes.fate(call).escapes
            for row in escape.missed
        }
        for row in sorted(rows, key=_missed_order):
            why = (
                " as a group"
                if row.grouped
                else f" as {row.wrapped.rpartition('.')[2]}"
                if row.wrapped
                else ""
            )
            yield f"{_row(row)}{why}"


def _path(asked: Asked) -> Iterator[str]:
    for call in _api_calls(asked):
        for escape in asked.analysis.outcomes.fate(call).escapes:
            yield " > ".join(step.label for step in escape.path) or "nothing"


def _steps(asked: Asked) -> Iterator[str]:
    """Where the steps of each path stand."""
    for call in _api_calls(asked):
        for escape in asked.analysis.outcomes.fate(call).escapes:
            yield " > ".join(at(step.file, step.span) for step in escape.path) or "nothing"


def _doubts(asked: Asked) -> Iterator[str]:
    """What on the way of the 403s of the line's calls may catch them and can't be resolved."""
    for call in _api_calls(asked):
        for doubt in asked.analysis.outcomes.fate(call).doubts:
            yield f"{doubt.cause} at {at(doubt.file, doubt.span)}"


def _thrown(asked: Asked) -> Iterator[str]:
    for call in _api_calls(asked):
        escapes = asked.analysis.outcomes.fate(call).escapes
        yield " | ".join(
            sorted({mro[0] for escape in escapes for mro in escape.thrown.alternatives})
        )


def _retried(asked: Asked) -> Iterator[str]:
    for call in _api_calls(asked):
        for rows in asked.analysis.retries.by_file.values():
            for retry, calls in rows.items():
                if call in calls:
                    yield f"by {retry.names} on {at(retry.file, retry.span)}"


# -- environment -----------------------------------------------------------------------------------------------------


def _settings(asked: Asked) -> Iterator[str]:
    for row in asked.analysis.environment.settings(asked.file):
        if asked.is_here(row.at) and asked.subject in {"", row.name}:
            texts = shown(tuple(map(abstract.Literal, row.texts))) if row.texts else "?"
            unsure = "" if row.is_sure or not row.texts else " | ?"
            group = "" if not row.group else f" in {row.group.partition(':')[0]}"
            yield f"{row.name} = {texts}{unsure} ({row.how}{group})"


def _loads(asked: Asked) -> Iterator[str]:
    for load in asked.analysis.environment.loads(asked.file):
        if asked.is_here(load.span):
            yield load.name


def _effects(asked: Asked) -> Iterator[str]:
    for site in asked.sites():
        yield (
            ", ".join(sorted(asked.analysis.environment.of_call(asked.file, site))) or "nothing"
        )


def _on_import(asked: Asked) -> Iterator[str]:
    yield ", ".join(sorted(asked.analysis.environment.on_import(asked.file))) or "nothing"


def _removes(asked: Asked) -> Iterator[str]:
    """The keys that the line takes out of the environment, and whether it does so whenever its module is imported.

    Also the calls of `use` in whose blocks it has run.
    """
    calls = asked.file.model.calls
    uses = [calls[site] for site in asked.file.calls_by_name.get("use", ())]
    for row in asked.analysis.environment.removals(asked.file):
        if asked.is_here(row.span):
            names = "everything" if row.is_of_all else ", ".join(sorted(row.names))
            before = [str(use.span.line) for use in uses if row.has_run_before(use.block)]
            yield (
                names
                + ("" if row.has_run_before(0) else ", perhaps")
                + (f", before {' and '.join(before)}" if before else "")
            )


def _may_remove(asked: Asked) -> Iterator[str]:
    """The variables, of whatever name, that the file may take out of the environment."""
    found = asked.analysis.environment.may_be_removed(asked.file)
    yield "anything" if found is None else ", ".join(sorted(found)) or "nothing"


def _read(asked: Asked) -> Iterator[str]:
    yield "yes" if asked.analysis.readings.is_read(asked.subject) else "no"


def _imported_at(asked: Asked) -> Iterator[str]:
    """Where other files import the file."""
    found = asked.analysis.environment.importers(asked.file)
    yield ", ".join(sorted(at(other, span) for other, span in found)) or "nothing"


def _read_by(asked: Asked) -> Iterator[str]:
    """Whether any file names the variable, and whether any sets it."""
    found = asked.analysis.readings
    yield ("named" if found.is_named(asked.subject) else "not named") + (
        ", set" if found.is_set(asked.subject) else ", not set"
    )


def _kept(asked: Asked) -> Iterator[str]:
    for row in asked.analysis.sdk_reads.of(asked.file):
        if asked.is_here(row.span):
            names = sorted(
                name.removeprefix("LANGSMITH_")
                for name in row.variables
                if name.startswith("LANGSMITH_")
            )
            yield f"{row.label}, {', '.join(names) or 'nothing kept'}"


def _fields(asked: Asked) -> Iterator[str]:
    for cls in settings_classes(asked.analysis.values, ("",)):  # whatever fills them
        for field in cls.fields if cls.cls.file.relative == asked.file.relative else ():
            if asked.is_here(field.span):
                yield f"{cls.name}.{field.name} from {', '.join(field.variables)}" + (
                    " (file)" if cls.env_file else ""
                )


def _foreign(asked: Asked) -> Iterator[str]:
    for row in asked.analysis.environment.settings(asked.file):
        if asked.is_here(row.at):
            yield "yes" if asked.analysis.foreign_services.gets(row) else "no"


def _safe(asked: Asked) -> Iterator[str]:
    for row in asked.analysis.environment.settings(asked.file):
        if asked.is_here(row.at):
            yield "yes" if asked.analysis.foreign_services.safety(row).name == "SAFE" else "no"


def _gets(asked: Asked) -> Iterator[str]:
    """The processes that get what a setting says."""
    for row in asked.analysis.environment.settings(asked.file):
        if asked.is_here(row.at):
            found = sorted(
                {
                    f"{item.label} ({item.code})"
                    for item in asked.analysis.processes.getting(row)
                }
            )
            yield ", ".join(found) or "no process"


def _processes(asked: Asked) -> Iterator[str]:
    """The processes that a file describes: whose code they run, from which files, with which flag and key."""
    for row in asked.analysis.processes.all:
        if asked.file.relative in row.label:
            parts = [row.label, row.code, f"in {row.folder or '.'}"]
            parts += [f"starts {', '.join(sorted(row.entries))}"] if row.entries else []
            given = (("tracing", row.tracing), ("key", row.key), ("blank", row.blank_key))
            parts += [f"{word} {found.value}" for word, found in given if found is not None]
            parts += ["whole"] if row.is_whole else []
            parts += ["closed"] if row.is_closed else []
            yield ", ".join(parts)


def _beaten(asked: Asked) -> Iterator[str]:
    for row in asked.analysis.processes.beaten(asked.file):
        if asked.is_here((row.winner if row.is_same else row.loser).setting.at):
            winner, loser = row.winner.setting, row.loser.setting
            yield f"{winner.name} of {winner.file.relative} beats {loser.name} of {loser.file.relative}"


def _reach(asked: Asked) -> Iterator[str]:
    """Whether any program of the project may get what a setting says."""
    for row in asked.analysis.environment.settings(asked.file):
        if asked.is_here(row.at):
            yield "no" if asked.analysis.processes.is_out_of_reach(row) else "yes"


def _prefix(asked: Asked) -> Iterator[str]:
    found = asked.analysis.processes.other_prefix(asked.file, asked.analysis.values)
    if found is not None and asked.is_here(found.span):
        yield f"{found.name}, where {found.twin.name} is set in {found.twin.file.relative}"


def _loaded(asked: Asked) -> Iterator[str]:
    yield (
        ", ".join(sorted(asked.analysis.processes.loaders_of(asked.file.relative))) or "nothing"
    )


def _keyless(asked: Asked) -> Iterator[str]:
    for row in asked.analysis.process_keys.keyless(asked.file):
        if asked.is_here(row.flag.setting.at):
            yield f"{row.process.label}, looked at {', '.join(row.looked)}"


def _unusable(asked: Asked) -> Iterator[str]:
    for row in asked.analysis.process_keys.unusable(asked.file):
        if asked.is_here(row.given.setting.at):
            yield f"{row.process.label} {row.use}"


def _stays_on(asked: Asked) -> Iterator[str]:
    """The flag that keeps tracing on where the line turns it off, and for which program."""
    left = asked.analysis.flags_left_on.of(asked.file)
    if left is not None and asked.is_here(left.span):
        where = "the template of " if left.is_template else ""
        yield f"{left.stays.setting.name} of {where}{left.process.label}"


def _started(asked: Asked) -> Iterator[str]:
    """Whether something in the checkout starts the file, and whether a process that does gives it a key."""
    is_started = asked.file.relative in asked.analysis.starters.started
    has_key = asked.analysis.processes.starts_with_key(asked.file.relative)
    yield ("yes" if is_started else "no") + (", with a key" if has_key else "")


def _flag(asked: Asked) -> Iterator[str]:
    from lint_langsmith.analysis.environment.flags import faults

    for row in asked.analysis.environment.settings(asked.file):
        for fault in (
            faults(row, asked.analysis.values, asked.analysis.foreign_services)
            if asked.is_here(row.at)
            else ()
        ):
            content = fault.fix.edits[0].content if fault.fix is not None else "none"
            yield f"{fault.shown} is {fault.meaning}, fix {content}"


# -- credentials -----------------------------------------------------------------------------------------------------


def _credentials(asked: Asked) -> Iterator[str]:
    for row in asked.analysis.credentials.of(asked.file):
        if asked.is_here(row.at):
            texts = (
                " | ".join(sorted({_masked(text) for text, _ in row.texts}))
                or shown(row.values or ())
                or "?"
            )
            yield f"{row.what} = {texts}"


def _texts(asked: Asked) -> Iterator[str]:
    """Where the texts of a credential stand."""
    for row in asked.analysis.credentials.of(asked.file):
        if asked.is_here(row.at):
            found = sorted({(span.line, span.column, span.end_column) for _, span in row.texts})
            yield (
                ", ".join(f"{line}:{start} to {end}" for line, start, end in found) or "nowhere"
            )


def _script(asked: Asked) -> Iterator[str]:
    """The program of its own in which the client of the line is built."""
    for client in asked.analysis.clients.constructions(asked.file):
        if asked.is_here(client.call.callee_span):
            yield asked.analysis.evidence.script_of(client) or "part of another"


def _authorization(asked: Asked) -> Iterator[str]:
    for row in authorizations(asked.file):
        if asked.is_here(row.span):
            host = "a deployment" if row.of_deployment else "LangSmith"
            yield f"{row.scheme or 'no scheme'} {row.value} to {host} at column {row.span.column}"


def _masked(text: str) -> str:
    return "a key" if text.startswith(("lsv2_", "ls__")) else shown((abstract.Literal(text),))


def _example(asked: Asked) -> Iterator[str]:
    yield "yes" if is_example(asked.file) else "no"


def _secrets(asked: Asked) -> Iterator[str]:
    for row in asked.analysis.secrets.of(asked.file):
        if asked.is_here(row.span):
            yield f"columns {row.span.column} to {row.span.end_column}"


def _evidence(asked: Asked) -> Iterator[str]:
    client = asked.client()
    evidence = asked.analysis.evidence
    if evidence.arguments.carry_key(client):
        yield "arguments"
    elif evidence.alternatives.is_optional(client):
        yield "optional"
    elif (key := evidence.settings.only_in(client)) is not None:
        yield f"only in {key.owner}.{key.name}"
    else:
        found = evidence.in_project(evidence.variables(client))
        missing = evidence.missing_modules.of(client)
        names = f", but {', '.join(found.other_names)}" if found.other_names else ""
        count = found.python_files + found.notebooks + len(found.other_files)
        yield found.found or (
            f"not here: {missing}"
            if missing is not None
            else f"nothing in {count} files{names}"
        )


def _client(asked: Asked) -> Iterator[str]:
    """What else is known of the client that the line builds, and of the key that it may get."""
    analysis = asked.analysis
    for client in analysis.clients.constructions(asked.file):
        if asked.is_here(client.call.callee_span):
            assert analysis.clients.construction(client.file, client.site) is client
            headers = client.argument("headers", "default_headers")
            place = client.file.place(client.call)
            shown = analysis.requests.headers_in(client.file, headers, place) if headers else ()
            alone = analysis.evidence.in_project(
                analysis.evidence.variables(client), analysis.evidence.script_of(client)
            )
            marks = (
                ("unpacks", client.unpacks),
                ("needs no key", analysis.process_keys.needs_no_key(client)),
                ("key by package", analysis.key_timing.by_package(client.file)),
                (f"{len(analysis.evidence.literal_keys(client))} literal", True),
                (f"headers {', '.join(row.name for row in shown)}", bool(shown)),
                (f"found in {alone.found}", alone.found is not None),
            )
            yield ", ".join(word for word, is_so in marks if is_so)


def _exported(asked: Asked) -> Iterator[str]:
    """Whether a page of the project says to set the key in the shell."""
    names = ("LANGSMITH_API_KEY", "LANGCHAIN_API_KEY")
    yield "yes" if asked.analysis.evidence.is_exported_in_documents(names) else "no"


def _sdk_sites(asked: Asked) -> Iterator[str]:
    """The calls of the line that ask the SDK or build a client."""
    for site in sorted(asked.analysis.clients.sites(asked.file)):
        call = asked.file.model.calls[site]
        if asked.is_here(call.span):
            yield " ".join(asked.file.source(call.callee_span).split())


def _uses_tracing(asked: Asked) -> Iterator[str]:
    """Whether the project traces functions of its own."""
    yield "yes" if asked.analysis.tracing.is_used else "no"


def _deployed(asked: Asked) -> Iterator[str]:
    yield "yes" if asked.analysis.deployment.hands_over_to(asked.file) else "no"


def _gone(asked: Asked) -> Iterator[str]:
    """What takes the key away from the client of the line, and from the traces of a program that ends with it."""
    removals, client = asked.analysis.key_removals, asked.client()
    found = removals.before(client, asked.analysis.evidence.variables(client))
    if found is not None:
        yield f"before on {found.span.line}"
    last = removals.at_end(asked.file)
    if last is not None:
        yield f"for good on {last.span.line}"


def _withheld(asked: Asked) -> Iterator[str]:
    """What starts the program of the client without a key."""
    found = asked.analysis.process_keys.withheld(asked.client())
    if found is not None:
        yield f"{at(found.starter, found.span)} starts {found.process.label}"


def _undecided(asked: Asked) -> Iterator[str]:
    for row in asked.analysis.process_keys.undecided(asked.file):
        if asked.is_here(row.flag.setting.at):
            yield f"{row.process.label}, not read {', '.join(row.unread)}"


def _exports(asked: Asked) -> Iterator[str]:
    """Where OpenTelemetry's exporter sends traces."""
    for row in asked.analysis.otlp_addresses.of(asked.file):
        if asked.is_here(row.span):
            yield f"{row.text}{'/v1/traces' if row.is_base else ''} at column {row.span.column}"


def _supplies(asked: Asked) -> Iterator[str]:
    for row in asked.analysis.key_timing.of(asked.file):
        if asked.is_here(row.span):
            yield row.label + (" (load)" if row.is_load else "")


def _demands(asked: Asked) -> Iterator[str]:
    for row in asked.analysis.key_timing.demands(asked.file):
        if asked.is_here(row.span):
            yield row.label


def _requests(asked: Asked) -> Iterator[str]:
    rows: Iterable[Request] = (
        *asked.analysis.requests.of(asked.file),
        *asked.analysis.requests.sessions(asked.file),
    )
    for row in rows:
        if asked.is_here(row.span):
            names = ", ".join(sorted({header.name for header in row.headers})) or "no header"
            yield f"{row.url} with {names}" + ("" if row.is_whole else " and more")


# -- entry points and uses of the SDK --------------------------------------------------------------------------------


def _entry(asked: Asked) -> Iterator[str]:
    mro = asked.analysis.sdk.error_mro(asked.subject or _FORBIDDEN)
    entry = asked.analysis.outcomes.framework_handlers.entry(asked.function(), mro)
    yield (
        "nothing" if entry is None else entry.kind + ("" if entry.certain else " (not called)")
    )


def _dependencies(asked: Asked) -> Iterator[str]:
    """The functions that FastAPI runs around the route that is defined on the line."""
    yield from map(named, dependencies(asked.function(), asked.analysis.values))


def _module_entry(asked: Asked) -> Iterator[str]:
    for call in asked.file.model.calls:
        if asked.is_here(call.span):
            yield asked.analysis.entry_points.module(asked.file, call.block).kind
            return


def _runs_alone(asked: Asked) -> Iterator[str]:
    """Whether the file is a script that nothing imports and no server loads."""
    yield "yes" if asked.analysis.entry_points.runs_alone(asked.file) else "no"


def _agent_runs(asked: Asked) -> Iterator[str]:
    """The calls of the line that run a graph, a chain or an agent."""
    for file, call in asked.analysis.entry_points.agent_runs():
        if file.relative == asked.file.relative and asked.is_here(call.span):
            yield file.source(call.callee_span)


def _looping(asked: Asked) -> Iterator[str]:
    """Whether the first call of the line stands in a loop without end that waits between its rounds."""
    for site in asked.sites():
        block = asked.file.model.calls[site].block
        yield "yes" if is_in_background_loop(asked.file, block) else "no"
        return


def _built(asked: Asked) -> Iterator[str]:
    for client in asked.analysis.clients.constructions(asked.file):
        if asked.is_here(client.call.callee_span):
            yield (
                client.cls
                + (" with " if client.arguments else "")
                + ", ".join(
                    "*" * arg.stars or arg.keyword or "a position" for arg in client.arguments
                )
            )


def _built_by_library(asked: Asked) -> Iterator[str]:
    """What of LangChain builds a client for the calls of the line."""
    for client in built_by_library(asked.file, asked.analysis.values):
        if asked.is_here(client.call.callee_span):
            yield f"{client.builder} {client.written}"


def _factories(asked: Asked) -> Iterator[str]:
    for client, span in asked.analysis.clients.factories(asked.file):
        if asked.is_here(span):
            yield client.cls


def _traced(asked: Asked) -> Iterator[str]:
    found = traceable(asked.function(), asked.analysis.values)
    yield "no" if found is None else "yes" + "".join(f" {arg.keyword}" for arg in found)


def _evaluated(asked: Asked) -> Iterator[str]:
    """What the function on the line is for `evaluate()`: where it is run, and which function returns its results."""
    found = asked.analysis.evaluated.by_function.get(asked.function())
    if found is not None:
        by = f" by {named(found.by)}" if found.by is not None else ""
        yield f"{found.part} of {at(found.call.file, found.call.span)}{by}"


def _evaluated_here(asked: Asked) -> Iterator[str]:
    """The functions of the file that `evaluate()` runs."""
    found = asked.analysis.evaluated.by_file.get(asked.file.relative, ())
    yield ", ".join(map(named, found)) or "nothing"


def _address(asked: Asked) -> Iterator[str]:
    """Where the object that is built on the line sends its requests."""
    for site in asked.sites():
        yield asked.analysis.clients.addresses.of((asked.file, site))


def _tracing(asked: Asked) -> Iterator[str]:
    """Whether a call of the function on the line surely runs traced code."""
    yield "yes" if asked.analysis.tracing.traces(asked.function()) else "no"


def _traced_functions(asked: Asked) -> Iterator[str]:
    rows = (row.function for row in asked.analysis.traced_functions())
    yield ", ".join(sorted(named(row) for row in rows)) or "nothing"


def _imported(asked: Asked) -> Iterator[str]:
    for row in sdk_names.imports(asked.file, asked.analysis.project):
        if asked.is_here(row.binding.span):
            hidden = (
                " (guarded)"
                if hides_import(asked.file, row.binding, asked.analysis.outcomes)
                else ""
            )
            yield ", ".join(row.names or (row.module,)) + hidden


def _attributes(asked: Asked) -> Iterator[str]:
    for row in sdk_names.attributes(asked.file, asked.analysis.values.relevant_only):
        if asked.is_here(row.span):
            yield " | ".join(sorted(name or "?" for name in row.names))


def _prompt(asked: Asked) -> Iterator[str]:
    for call in _api_calls(asked):
        found = pulled(call, asked.analysis.values)
        marks = (
            (
                "public" if found.is_public else "own",
                *(["trusted"] if found.trusts_owner else []),
            )
            if found
            else ()
        )
        yield f"{found.identifier} ({', '.join(marks)})" if found is not None else "unknown"


# -- project, readers, rows ------------------------------------------------------------------------------------------


def _importers(asked: Asked) -> Iterator[str]:
    found = asked.analysis.project.imports.importers(asked.file.relative)
    yield ", ".join(sorted(found)) or "nothing"


def _direct_importers(asked: Asked) -> Iterator[str]:
    found = asked.analysis.project.imports.direct_importers(asked.file.relative)
    yield ", ".join(sorted(found)) or "nothing"


def _module(asked: Asked) -> Iterator[str]:
    found = asked.analysis.project.find_module(asked.subject, asked.file)
    yield found.relative if found is not None else "nothing"


def _relevant(asked: Asked) -> Iterator[str]:
    content = asked.analysis.project.content(asked.file.relative)
    judge = is_relevant if asked.file.kind == "python" else is_relevant_text
    yield "yes" if judge(look_at(content)) else "no"


def _published(asked: Asked) -> Iterator[str]:
    yield "yes" if asked.analysis.project.is_published(asked.file) else "no"


def _importing(asked: Asked) -> Iterator[str]:
    """How code on the line comes by a module: by a name that is there, or by a line that is put in."""
    found = imported(asked.file, asked.subject, Span(asked.line, 1, asked.line, 1))
    edit = found.edit if found is not None else None
    put = f", put in on {edit.span.line}" if edit is not None else ""
    yield f"{found.name}{put}" if found is not None else "not at all"


def _statement(asked: Asked) -> Iterator[str]:
    first, last = asked.file.statement_at(asked.line)
    yield f"{first} to {last}"


def _near(asked: Asked) -> Iterator[str]:
    yield "yes" if asked.file.relative in asked.analysis.view.in_scope else "no"


def _version(asked: Asked) -> Iterator[str]:
    yield asked.analysis.as_in(asked.file).project.version.spoken


def _definitions(asked: Asked) -> Iterator[str]:
    for row in asked.file.model.definitions:
        if asked.is_here(row.name_span):
            value = "?" if row.value is None else shown((abstract.Literal(row.value),))
            yield f"{row.name} = {value} ({row.kind}{f' in {row.group}' if row.group else ''})"


def _definition_places(asked: Asked) -> Iterator[str]:
    """Where the variables that are defined on the line have their names and values, and how these are written."""
    for row in asked.file.model.definitions:
        if asked.is_here(row.name_span):
            written = shown((abstract.Literal(_KEY.sub("KEY", row.written)),))
            yield f"{row.name} at {_place(row.name_span)}, {written} at {_place(row.span)}"


def _place(span: Span) -> str:
    return f"{span.line}:{span.column} to {span.end_line}:{span.end_column}"


def _tested(asked: Asked) -> Iterator[str]:
    """What has come out where the line is reached of tests of the names that its calls get."""
    for site in asked.sites():
        call = asked.file.model.calls[site]
        for arg in call.args:
            if isinstance(arg.value, ir.Name):
                for row in asked.file.tests_of_names.at(arg.value.id, call):
                    word = "case " if row.is_pattern else "" if row.holds else "not "
                    yield f"{word}{_written(asked.file, row.test)}"


def _written(file: File, expr: ir.Expr) -> str:
    """An expression as it is written; a comparison, which knows no place, by its operators."""
    if isinstance(expr, ir.Comparison):
        rights = zip(expr.ops, expr.rights, strict=True)
        further = [f"{op} {_written(file, right)}" for op, right in rights]
        return " ".join([_written(file, expr.left), *further])
    span = span_of(file, expr)
    return file.source(span) if span is not None else type(expr).__name__


def _asks(asked: Asked) -> Iterator[str]:
    """The names of which the function that is defined on the line asks what they are."""
    found = asked.file.asked_names.get(asked.function().scope, ())
    yield ", ".join(sorted(found)) or "nothing"


def _files(asked: Asked) -> Iterator[str]:
    for row in asked.file.model.environment_files:
        if asked.is_here(row.span):
            yield f"{row.path or '?'}{f' in {row.group}' if row.group else ''}"


def _use(asked: Asked) -> Iterator[str]:
    for site in asked.sites():
        call = asked.file.model.calls[site]
        awaited = (
            f" then {_used(asked.file, call.awaited_use)}"
            if call.awaited_use is not None
            else ""
        )
        yield f"{_used(asked.file, call.use)}{awaited}"


def _used(file: File, use: ir.Use) -> str:
    parts: list[str] = [use.kind]
    if use.outer is not None and use.kind in {"argument", "callee"}:
        parts.append(f"of {file.source(file.model.calls[use.outer].callee_span)}")
    if use.names:
        parts.append(f"as {', '.join(use.names)}")
    if use.inside is not None:
        parts.append(f"in {_used(file, use.inside)}")
    return " ".join(parts)


def _binds(asked: Asked) -> Iterator[str]:
    for row in asked.file.model.bindings:
        if asked.is_here(row.span):
            part = "" if row.part is None else f" {row.part[0] + 1} of {row.part[1]}"
            via = "" if row.via == "direct" else f" by {row.via}"
            yield f"{row.kind} {row.name}{via}{part}"


def _block(asked: Asked) -> Iterator[str]:
    """The blocks around the first call of the line, from the inside out, up to its function."""
    for site in asked.sites():
        kinds = []
        for block in asked.file.block_chain(asked.file.model.calls[site].block):
            row = asked.file.model.blocks[block]
            kinds.append(
                row.kind if row.ends == "falls" else f"{row.kind} that ends by {row.ends}"
            )
            if row.kind == "scope":
                break
        yield " in ".join(kinds)
        return


def _span(asked: Asked) -> Iterator[str]:
    for site in asked.sites():
        span = asked.file.model.calls[site].span
        yield f"{span.line}:{span.column} to {span.end_line}:{span.end_column}"


def _scope(asked: Asked) -> Iterator[str]:
    for scope in asked.file.model.scopes:
        if asked.is_here(scope.span) and scope.kind not in {"module", "comprehension"}:
            words = [
                word
                for word, is_so in (
                    ("async", scope.is_async),
                    ("generator", scope.is_generator),
                )
                if is_so
            ]
            params = ", ".join("*" * param.stars + param.name for param in scope.params)
            yield " ".join([*words, scope.kind, scope.name, f"({params})"])


def _composites(asked: Asked) -> Iterator[str]:
    for row in asked.file.model.composites:
        if asked.is_here(row.span):
            yield f"{row.span.line}:{row.span.column} to {row.span.end_line}:{row.span.end_column}"


def _stores(asked: Asked) -> Iterator[str]:
    for row in asked.file.model.stores:
        if asked.is_here(row.target.span):
            value = "deleted" if row.deleted else "changed" if row.value is None else "set"
            yield f"{asked.file.source(row.target.span)} {value}"


Ask: TypeAlias = Callable[[Asked], Iterable[str]]
KINDS: Final[Mapping[str, Ask]] = {
    "value": _value,
    "folded": _folded,
    "made": _made,
    "bound": _bound,
    "bindings": _bindings,
    "callee": _callee,
    "given": _given,
    "callers": _callers,
    "handed": _hand_overs,
    "edges": _edges,
    "reached": _reached,
    "classes": _classes,
    "catches": _catches,
    "effect": _effect,
    "api": _api,
    "hides": _hides,
    "meets": _meets,
    "absent": _absent,
    "accepted": _accepted,
    "when": _when,
    "ends": _ends,
    "labels": _labels,
    "carries": _carries,
    "outcome": _outcome,
    "raised": _raised,
    "missed": _missed,
    "path": _path,
    "steps": _steps,
    "doubts": _doubts,
    "thrown": _thrown,
    "retried": _retried,
    "sets": _settings,
    "loads": _loads,
    "effects": _effects,
    "on-import": _on_import,
    "removes": _removes,
    "may-remove": _may_remove,
    "read": _read,
    "named-or-set": _read_by,
    "imported-at": _imported_at,
    "keeps": _kept,
    "field": _fields,
    "foreign": _foreign,
    "safe": _safe,
    "flag": _flag,
    "gets": _gets,
    "processes": _processes,
    "beaten": _beaten,
    "loaded-by": _loaded,
    "prefix": _prefix,
    "started": _started,
    "in-reach": _reach,
    "keyless": _keyless,
    "unusable": _unusable,
    "stays-on": _stays_on,
    "undecided": _undecided,
    "withheld": _withheld,
    "gone": _gone,
    "exports": _exports,
    "credential": _credentials,
    "texts": _texts,
    "authorization": _authorization,
    "script": _script,
    "example": _example,
    "secret": _secrets,
    "evidence": _evidence,
    "client": _client,
    "exported": _exported,
    "sdk-sites": _sdk_sites,
    "uses-tracing": _uses_tracing,
    "deployed": _deployed,
    "supplies": _supplies,
    "demands": _demands,
    "request": _requests,
    "entry": _entry,
    "module-entry": _module_entry,
    "depends-on": _dependencies,
    "in-background": _looping,
    "alone": _runs_alone,
    "agent-run": _agent_runs,
    "built": _built,
    "built-by-library": _built_by_library,
    "factory": _factories,
    "traced": _traced,
    "evaluated": _evaluated,
    "all-evaluated": _evaluated_here,
    "address": _address,
    "traces": _tracing,
    "all-traced": _traced_functions,
    "imported": _imported,
    "named": _attributes,
    "prompt": _prompt,
    "importers": _importers,
    "direct-importers": _direct_importers,
    "module": _module,
    "relevant": _relevant,
    "published": _published,
    "importing": _importing,
    "statement": _statement,
    "near": _near,
    "version": _version,
    "defines": _definitions,
    "written": _definition_places,
    "tested": _tested,
    "asks": _asks,
    "file": _files,
    "use": _use,
    "binds": _binds,
    "block": _block,
    "span": _span,
    "scope": _scope,
    "composite": _composites,
    "stores": _stores,
    **whole_answers.LINES,
    **whole_answers.FILES,
}
_QUESTION: Final = r"[ \t]*# (?P<kind>[a-z-]+)(?: (?P<subject>[^\s:]+))?: "
_COMMENT: Final = re.compile(_QUESTION + r"(?P<answer>.*?)(?=[ \t]+# [a-z-]+(?: [^\s:]+)?: |$)")


class Reveal(msgspec.Struct, frozen=True):
    """What a line of a page says: the question and the answer that is true."""

    path: str
    line: int
    kind: str
    subject: str
    answer: str


def split(line: str) -> tuple[str, tuple[tuple[str, str, str], ...]]:
    """A line as it is written to the file, and the questions with their answers that stand behind it."""
    for start in _COMMENT.finditer(line):
        if start["kind"] in KINDS:
            found = tuple(
                (m["kind"], m["subject"] or "", m["answer"])
                for m in _COMMENT.finditer(line, start.start())
            )
            return line[: start.start()], found
    return line, ()


def reveals(case: casebook.Case) -> list[Reveal]:
    """All that a case says, in order."""
    return [
        Reveal(block.name, number, *told)
        for block in case.blocks
        for number, line in enumerate(block.text.split("\n"), start=1)
        for told in split(line)[1]
    ]


def plain(case: casebook.Case) -> casebook.Case:
    """The case with its files as they are written."""
    blocks = tuple(
        msgspec.structs.replace(block, text=_plain_text(block.text)) for block in case.blocks
    )
    return msgspec.structs.replace(case, blocks=blocks)


def _plain_text(text: str) -> str:
    return "\n".join(split(line)[0] for line in text.split("\n"))


def cases() -> list[casebook.Case]:
    """The cases of all pages; the id of one is the folder and name of its page, and its heading."""
    pages = {
        page.relative_to(PAGES).with_suffix("").as_posix(): page
        for page in sorted(PAGES.rglob("*.md"))
    }
    return [
        case
        for name, page in pages.items()
        for case in casebook.parse_page(name, page.read_text(encoding="utf-8"))
    ]


def borrowed() -> list[casebook.Case]:
    """Cases of the pages of rules, loaders and reports, of which it is recorded what a package tells.

    `told/rules/` names them. What is right there is said by the findings that the page expects; what is recorded says
    which package is wrong.
    """
    return [
        msgspec.structs.replace(case, code=f"{path.stem}/{case.code}")
        for path in sorted(TOLD_OF_RULES.glob("*.txt"))
        for case in _of_rules(path)
    ]


def _of_rules(path: Path) -> Iterator[casebook.Case]:
    """The rules' cases that a file names, in the order of the pages."""
    named = {
        line.removeprefix("== ").partition("/")[2]
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("== ")
    }
    for code in sorted({name.partition("/")[0] for name in named}):
        (page,) = casebook.FIXTURES.glob(f"*/{code}.md")
        found = casebook.parse_page(code, page.read_text(encoding="utf-8"))
        yield from (case for case in found if case.id in named)


def analysis_of(case: casebook.Case, root: Path) -> Analysis:
    """The analysis of the project that a case is, written into an empty directory."""
    plain(case).write(root)
    return Analysis(Project(root, Settings(), discover.walk(root).files))


# A key that a case has made up is never written down.
_KEY: Final = re.compile(r"(?i)lsv2_[a-z]{2}_\w+|ls__\w+")
# Questions whose answers are rows that begin on a line, so that each line of a page can be asked them.
OF_LINES: Final = (
    *(
        "bound",
        "callee",
        "given",
        "callers",
        "handed",
        "edges",
        "reached",
        "use",
        "block",
        "span",
    ),
    *("binds", "stores", "scope", "composite", "defines", "written", "file", "tested", "asks"),
    *("api", "labels", "raised", "missed", "path", "thrown", "retried", "outcome"),
    *(
        "classes",
        "catches",
        "effect",
        "meets",
        "absent",
        "accepted",
        "when",
        "steps",
        "doubts",
        "ends",
        "hides",
        "entry",
        "module-entry",
        "depends-on",
        "in-background",
        "agent-run",
    ),
    *("sets", "loads", "gets", "beaten", "loaded-by", "in-reach", "supplies", "demands"),
    *("effects", "removes", "keeps", "field", "foreign", "safe", "flag", "prefix"),
    *(
        "credential",
        "texts",
        "script",
        "authorization",
        "secret",
        "request",
        "keyless",
        "unusable",
        "undecided",
        "withheld",
        "gone",
        "exports",
        "evidence",
        "client",
    ),
    *(
        "built",
        "built-by-library",
        "factory",
        "imported",
        "named",
        "prompt",
        "traced",
        "traces",
        "evaluated",
        "address",
    ),
    "sdk-sites",
    *whole_answers.LINES,
)
# Questions that are about a whole file: they are asked of its first line.
OF_FILES: Final = (
    *("importers", "direct-importers", "relevant", "published", "near", "version"),
    *("on-import", "imported-at", "processes", "deployed", "example", "carries", "alone"),
    *("may-remove", "exported", "uses-tracing", "started", "all-evaluated"),
    *whole_answers.FILES,
)
# Answers that most lines have: only another one is recorded.
USUAL: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("in-background", "accepted", "foreign", "safe", "alone", "exported"), "no"
    ),
    **dict.fromkeys(
        ("example", "deployed", "uses-tracing", "traces", "published", "started"), "no"
    ),
    "hides": "open",
    "ends": "none",
    "in-reach": "yes",
    "near": "yes",
    "client": "0 literal",
    "when": "call LangSmithError",
    "use": "statement",
}


def kinds_of(package: str) -> tuple[str, ...]:
    """The questions of lines and files that the pages of a package ask somewhere, and those of whole answers."""
    return _kinds_by_package()[package]


@functools.cache
def _kinds_by_package() -> Mapping[str, tuple[str, ...]]:
    asked = defaultdict(
        set, {name: {*kinds} for name, kinds in whole_answers.OF_PACKAGES.items()}
    )
    for case in cases():
        asked[package_of(case)].update(row.kind for row in reveals(case))
    return {
        package: tuple(kind for kind in (*OF_LINES, *OF_FILES) if kind in kinds)
        for package, kinds in asked.items()
    }


def package_of(case: casebook.Case) -> str:
    """The package of the analysis that a case is about."""
    return case.id.partition("/")[0]


def unasked(case: casebook.Case, analysis: Analysis) -> list[str]:
    """All that the analysis tells of a case's lines beyond what the page asks, one answer a line."""
    asked = {(row.path, row.line, row.kind) for row in reveals(case)}
    return [
        f"{path}:{line} {kind}: {row}"
        for path, line in _lines(case, analysis)
        for kind in kinds_of(package_of(case))
        if (path, line, kind) not in asked and (line == 1 or kind not in OF_FILES)
        for row in _try_answers(analysis, Reveal(path, line, kind, "", ""))
        if row not in {"nothing", USUAL.get(kind)}
    ]


def _lines(case: casebook.Case, analysis: Analysis) -> Iterator[tuple[str, int]]:
    for block in plain(case).blocks:
        if analysis.project.try_load(block.name) is not None:
            yield from ((block.name, line + 1) for line in range(block.text.count("\n") + 1))


def _try_answers(analysis: Analysis, reveal: Reveal) -> list[str]:
    """The answer as it is recorded, of some kinds each of its rows."""
    try:
        rows = _answers(analysis, reveal)
    except AssertionError:  # what the question is about does not stand on this line
        return []
    return [
        _KEY.sub("(a key)", row)
        for row in (rows if reveal.kind in whole_answers.MANY else ["; ".join(rows)])
        if row
    ]


def recorded(package: str) -> Mapping[str, list[str]]:
    """What is recorded as told of each case of a package, beyond what its pages ask."""
    found: dict[str, list[str]] = {}
    for path in (TOLD / f"{package}.txt", TOLD_OF_RULES / f"{package}.txt"):
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            if line.startswith("== "):
                current = found.setdefault(line.removeprefix("== "), [])
            else:
                current.append(line)
    return found


def record(packages: Sequence[str] = ()) -> None:
    """Write anew what is told beyond what the pages ask, of all packages or some of them.

    What changes is to be read as a page would be.
    """
    for folder, known in ((TOLD, cases()), (TOLD_OF_RULES, borrowed())):
        texts: dict[str, list[str]] = defaultdict(list)
        for case in known:
            if not packages or package_of(case) in packages:
                found = _told(case)
                texts[package_of(case)] += [f"== {case.id}", *found] if found else []
        for package, lines in texts.items():
            text = "".join(f"{line}\n" for line in lines)
            (folder / f"{package}.txt").write_text(text, encoding="utf-8")


def _told(case: casebook.Case) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        analysis = analysis_of(case, Path(folder).resolve())
        for row in reveals(case):
            answer(analysis, row)
        return unasked(case, analysis)


def answer(analysis: Analysis, reveal: Reveal) -> str:
    """What the analysis says."""
    return "; ".join(_answers(analysis, reveal)) or "nothing"


def _answers(analysis: Analysis, reveal: Reveal) -> list[str]:
    """The rows of what the analysis says."""
    file = analysis.project.try_load(reveal.path)
    assert file is not None, f"{reveal.path} can't be read"
    asked = Asked(analysis, file, reveal.line, reveal.subject)
    return [*KINDS[reveal.kind](asked)]


if __name__ == "__main__":
    record(sys.argv[1:])
