"""Questions about the whole of an answer, where those of `reveal.py` ask for the part that a page speaks of.

They are asked of each line (`LINES`), or of each file (`FILES`), and what is told is recorded in
`tests/analysis/told/`: a name, a place or a mark that is wrong is noticed, whichever page it is on.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeAlias, get_args

import msgspec
from asked import Asked, at, at_call, named, shown

from lint_langsmith.analysis.credentials import key_names
from lint_langsmith.analysis.environment.process import Given, Loader, Process, Source
from lint_langsmith.analysis.environment.reads import constants
from lint_langsmith.analysis.environment.settings_classes import (
    ignored_names,
    settings_classes,
)
from lint_langsmith.analysis.environment.variable_lines import line_faults
from lint_langsmith.analysis.environment.writes import Setting, is_certain
from lint_langsmith.analysis.exceptions.function_exit import FunctionExit, MissedHandler
from lint_langsmith.analysis.exceptions.hiding import expects_type_error, is_narrowed
from lint_langsmith.analysis.exceptions.kept_errors import kept, taken_out
from lint_langsmith.analysis.exceptions.raised import RaisedError
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.access_tables import AccessTables
from lint_langsmith.analysis.project.binding_tables import BindingTables
from lint_langsmith.analysis.project.byte_gate import (
    is_relevant,
    is_relevant_text,
    look_at,
    may_hold_key,
)
from lint_langsmith.analysis.project.call_tables import CallTables
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.project.import_edits import imported
from lint_langsmith.analysis.project.import_graph import survey
from lint_langsmith.analysis.project.name_reads import may_read
from lint_langsmith.analysis.project.structure import Structure
from lint_langsmith.analysis.sdk_use.arguments import (
    fails_on_arguments,
    lacks_one_of,
    unknown_keywords,
)
from lint_langsmith.analysis.sdk_use.evaluated import returned_names
from lint_langsmith.analysis.sdk_use.evaluated_arguments import passed, refused
from lint_langsmith.analysis.sdk_use.prompts import is_refused
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.analysis.values import abstract
from lint_langsmith.analysis.values.abstract import Instance, Value
from lint_langsmith.findings import Span
from lint_langsmith.sdk.variables import ENDPOINTS, KEYS, TRACING_FLAGS

Ask: TypeAlias = Callable[[Asked], Iterable[str]]


def _place(span: Span) -> str:
    end = f"{span.end_line}:" if span.end_line != span.line else ""
    return f"{span.line}:{span.column} to {end}{span.end_column}"


def _text(text: str) -> str:
    return shown((abstract.Literal(text),))


def _marks(*marks: tuple[str | None, object]) -> str:
    """The words of the marks that are true."""
    return ", ".join(word for word, is_so in marks if is_so and word)


def _is_first(asked: Asked) -> bool:
    """Whether the file is the first one of its project: it is asked about all of it."""
    project = asked.analysis.project
    return asked.file.relative == min((*project.python_names, *project.other_names))


# -- environment -----------------------------------------------------------------------------------------------------


def _setting(asked: Asked) -> Iterator[str]:
    """Where each variable that the line sets has its name and value, for whom, and how it is judged."""
    analysis = asked.analysis
    spoken_of = set(analysis.settings(asked.file))
    judged = set(analysis.environment.judged(asked.file))
    for row in analysis.environment.settings(asked.file):
        if asked.is_here(row.at):
            yield ", ".join(_of_setting(asked, row, spoken_of=spoken_of, judged=judged))


def _of_setting(
    asked: Asked, row: Setting, *, spoken_of: set[Setting], judged: set[Setting]
) -> Iterator[str]:
    analysis = asked.analysis
    yield row.name
    yield f"name at {_place(row.name_span)}" if row.name_span is not None else "no name"
    yield f"{_text(row.written)} at {_place(row.span)}"
    if row.group:
        yield f"of {row.group}"
    marks = _marks(
        ("certain", is_certain(row)),
        ("left out", row not in judged),
        ("of no program", row in judged and row not in spoken_of),
        ("read by others", analysis.foreign_services.read(row.name)),
        ("ignored by litellm", analysis.processes.litellm.ignores(row)),
    )
    if marks:
        yield marks


def _sources(asked: Asked) -> Iterator[str]:
    """The sources of each process that the file describes, the one that beats others first, and what each gives."""
    for process in asked.analysis.processes.all:
        if asked.file.relative in process.label:
            found = " > ".join(_of_source(source) for source in process.sources)
            yield f"{_of_process(process)} from {found or 'nowhere'}"


def _of_process(process: Process) -> str:
    marks = _marks(("not exported", not process.is_exported))
    return f"{process.label} ({marks})" if marks else process.label


def _of_source(source: Source) -> str:
    marks = _marks(
        (f"by {source.loader}", source.loader),
        (f"path {source.path}", source.path is not None and source.path not in source.label),
        ("in part", not source.is_whole),
    )
    given = ", ".join(f"{name} {_of_given(row)}" for name, row in sorted(source.given.items()))
    meant = ", ".join(f"{name} {_of_given(row)}" for name, row in sorted(source.meant.items()))
    return (
        source.label
        + (f" ({marks})" if marks else "")
        + (f": {given}" if given else "")
        + (f", meant {meant}" if meant else "")
    )


def _of_given(given: Given) -> str:
    marks = _marks(("fallback", given.is_fallback), ("called", given.is_called))
    value = "?" if given.value is None else _text(given.value)
    setting = given.setting
    place = f"{setting.file.relative}:{setting.at.line}"
    return f"= {value} at {place}" + (f" ({marks})" if marks else "")


def _dropped(asked: Asked) -> Iterator[str]:
    """What each loader makes of a line of variables that it does not read as it is meant."""
    if asked.file.kind == "dotenv":
        loaders: tuple[Loader, ...] = get_args(Loader)
        for loader in loaders:
            for row in line_faults(asked.file.lines, loader):
                if row.line == asked.line:
                    yield f"{loader}: {row.name} at {row.column}, {row.effect}, right {row.right}"


def _lost(asked: Asked) -> Iterator[str]:
    for row in asked.analysis.environment.lost_settings(asked.file):
        if asked.is_here(row.span):
            yield f"{row.name} by {row.call}"


def _unreached(asked: Asked) -> Iterator[str]:
    """The variables on the line that reach no environment: of compose, of Streamlit's secrets, of pydantic's fields."""
    unpassed = asked.analysis.processes.unpassed(asked.file)
    if unpassed is not None and asked.is_here(unpassed.setting.at):
        yield f"{unpassed.setting.name} not passed by {unpassed.compose}"
    for row in asked.analysis.processes.unexported(asked.file):
        if asked.is_here(row.at):
            yield f"{row.name} not exported: {row.why}"
    for ignored in ignored_names(asked.file, asked.analysis.values):
        if asked.is_here(ignored.span):
            yield f"{ignored.field} reads {ignored.read} for {ignored.name}"


def _region(asked: Asked) -> Iterator[str]:
    found = asked.analysis.processes.region
    if found is not None and found.setting.file.relative == asked.file.relative:
        yield f"{found.host} by {found.setting.name} on {found.setting.at.line}"


def _copied(asked: Asked) -> Iterator[str]:
    """What copies the file into an image."""
    for row in asked.analysis.processes.image_files.copying(asked.file.relative):
        yield f"{row.dockerfile}:{row.at.line} by {row.written}"


def _program(asked: Asked) -> Iterator[str]:
    """Which programs the file is a part of, what of a job starts it, and whether it brings variables in."""
    name, environment = asked.file.relative, asked.analysis.environment
    starts = asked.analysis.processes.programs.starts(name)
    if starts != {name}:
        yield f"begins in {', '.join(sorted(starts))}"
    if (starter := asked.analysis.starters.in_ci.get(name)) is not None:
        yield f"started in {starter}"
    marks = _marks(
        ("supplies", name in environment.suppliers),
        ("reads settings", name in environment.settings_readers),
        ("active", name in environment.active_modules),
        ("with key", asked.analysis.processes.starts_with_key(name)),
    )
    if marks:
        yield marks
    called = environment.called_by_module(asked.file) if asked.file.model.scopes else {}
    if called:
        yield f"calls {', '.join(map(named, called))}"


_NAMES: Final = (*KEYS, *TRACING_FLAGS, *ENDPOINTS)


def _of_project(asked: Asked) -> Iterator[str]:
    """What is true of the project; asked of its first file."""
    analysis = asked.analysis
    if _is_first(asked):
        marks = _marks(
            ("foreign services", analysis.foreign_services.are_there),
            ("runs JavaScript", analysis.foreign_services.run_javascript),
            ("has JavaScript", analysis.readings.has_javascript),
            ("serves", analysis.environment.serves),
            ("starters known", analysis.starters.is_known),
            ("traced", analysis.processes.programs.is_traced()),
        )
        if marks:
            yield marks
        ways = (
            ("reads", analysis.readings.is_read),
            ("reads by others", analysis.foreign_services.read),
            ("names", analysis.readings.is_named),
            ("sets", analysis.readings.is_set),
            ("in code", analysis.processes.is_in_code),
            ("anywhere", analysis.processes.is_named),
        )
        for word, holds in ways:
            found = [name for name in _NAMES if holds(name)]
            if found:
                yield f"{word} {', '.join(found)}"


def _afresh(asked: Asked) -> Iterator[str]:
    """What the call on the line keeps in the SDK that the next client reads afresh, and in which block."""
    for row in asked.analysis.sdk_reads.of(asked.file):
        if asked.is_here(row.span):
            again = ", ".join(
                sorted(name for name in row.again if name.startswith("LANGSMITH_"))
            )
            yield f"{row.label} at {_place(row.span)} in {_block(asked.file, row.block)}" + (
                f", {again}" if again else ""
            )


def _block(file: File, block: int) -> str:
    row = file.model.blocks[block]
    scope = file.qualified_scope(row.scope)
    return f"{row.kind} {block}" + (f" of {scope}" if scope else "")


def _default(asked: Asked) -> Iterator[str]:
    """Where fields of settings on the line end, and what they get when no variable fills them."""
    for cls in settings_classes(asked.analysis.values, ("",)):
        for field in cls.fields if cls.cls.file.relative == asked.file.relative else ():
            if asked.is_here(field.span):
                default = (
                    "none" if field.default is None else _spelled(asked.file, field.default)
                )
                yield f"{field.name} to line {field.end_line}, default {default}"


def _spelled(file: File, expr: ir.Expr) -> str:
    """An expression of a file, without a place: the kinds and names in it."""
    if isinstance(expr, ir.CallRef):
        call = file.model.calls[expr.site]
        return f"{_spelled(file, call.func)}()"
    if isinstance(expr, ir.Text):
        return _text(expr.value)
    if isinstance(expr, ir.Constant):
        return expr.literal
    if isinstance(expr, ir.Attribute):
        return f"{_spelled(file, expr.value)}.{expr.name}"
    return expr.id if isinstance(expr, ir.Name) else type(expr).__name__.lower()


def _quoted(asked: Asked) -> Iterator[str]:
    """Where names of keys stand as texts."""
    for name in KEYS:
        for span in constants(asked.file, name):
            if asked.is_here(span):
                yield f"{name} at {_place(span)}"


# -- credentials -----------------------------------------------------------------------------------------------------


def _named_like_key(asked: Asked) -> Iterator[str]:
    """What on the line is named like the key and gets a value."""
    for row in key_names.named(asked.file):
        span = getattr(row.expr, "span", None)
        line = span.line if span is not None else _line(asked.file, row.expr)
        if line == asked.line:
            yield f"{row.what} = {_spelled(asked.file, row.expr)}"


def _line(file: File, expr: ir.Expr) -> int:
    return file.model.calls[expr.site].span.line if isinstance(expr, ir.CallRef) else 1


def _settings_key(asked: Asked) -> Iterator[str]:
    """What is known of fields of settings on the line that are filled with the key."""
    settings = asked.analysis.evidence.settings
    for field in settings.fields(KEYS, from_file=False):
        if field.cls.file.relative == asked.file.relative and asked.is_here(field.span):
            default = settings.default_of(field.name, KEYS)
            unused = settings.unused(KEYS)
            marks = _marks(
                ("from a file", field in set(settings.fields(KEYS, from_file=True))),
                ("unused", unused is not None and unused == field),
                ("exported", settings.is_exported(KEYS)),
                ("only filled", settings.is_only_filled_from(field.name, KEYS)),
            )
            names = ", ".join(sorted(settings.variables_of(field.name, KEYS)))
            given = "none" if default is None else _spelled(asked.file, default)
            yield f"{field.owner}.{field.name} from {names}, default {given}, {marks}"


def _supply(asked: Asked) -> Iterator[str]:
    """Where a key gets in, and what of the project does it there."""
    for row in asked.analysis.key_timing.of(asked.file):
        if asked.is_here(row.span):
            calls = ", ".join(map(named, row.calls))
            yield (
                f"{_place(row.span)} in {_block(row.file, row.block)}"
                + (" by a load" if row.is_load else "")
                + (f", calls {calls}" if calls else "")
            )


def _demand(asked: Asked) -> Iterator[str]:
    """Where a key is looked for, and what in an imported module does it."""
    for row in asked.analysis.key_timing.demands(asked.file):
        if asked.is_here(row.span):
            source = f", by {row.source[0].relative}:{row.source[1].line}" if row.source else ""
            yield f"{_place(row.span)} in {_block(row.file, row.block)}{source}"


def _process_keys(asked: Asked) -> Iterator[str]:
    """All that is said of the keys of a process whose flag or key the line sets."""
    found = asked.analysis.process_keys
    for keyless in found.keyless(asked.file):
        if asked.is_here(keyless.flag.setting.at):
            removal = f", removed on {keyless.removal.span.line}" if keyless.removal else ""
            unread = f", not read {_of_given(keyless.unread)}" if keyless.unread else ""
            yield f"{keyless.process.label} keyless by {_of_given(keyless.flag)}{removal}{unread}"
    for undecided in found.undecided(asked.file):
        if asked.is_here(undecided.flag.setting.at):
            yield f"{undecided.process.label} undecided by {_of_given(undecided.flag)}"
    for unusable in found.unusable(asked.file):
        if asked.is_here(unusable.given.setting.at):
            yield f"{unusable.process.label} gets {_of_given(unusable.given)}"


def _request(asked: Asked) -> Iterator[str]:
    """The headers of the requests on the line, and where their values stand."""
    requests = asked.analysis.requests
    for row in (*requests.of(asked.file), *requests.sessions(asked.file)):
        if asked.is_here(row.span):
            headers = ", ".join(
                f"{header.name} = {shown(asked.analysis.values.of(header.file, header.expr, header.place))}"
                for header in row.headers
            )
            yield f"{_place(row.span)} {row.url}, {headers or 'no header'}"


def _expected(asked: Asked) -> Iterator[str]:
    """All that is known of places on the line that expect a key."""
    for row in asked.analysis.credentials.of(asked.file):
        if asked.is_here(row.at):
            client = f", for {row.client.written}" if row.client is not None else ""
            marks = _marks(("licence", row.is_licence), (f"written {row.written}", row.written))
            yield f"{row.what} at {_place(row.at)}: {shown(row.values)}{client} {marks}".rstrip()


def _pieces(asked: Asked) -> Iterator[str]:
    """Where keys, and pieces of keys, stand on the line."""
    for row in asked.analysis.secrets.of(asked.file):
        if asked.is_here(row.span):
            word = "composed " if row.composed else ""
            yield f"{word}{type(row.found).__name__.lower()} at {_place(row.span)}"
    for span in asked.analysis.secrets.pieces(asked.file):
        if asked.is_here(span):
            yield f"piece at {_place(span)}"


def _search(asked: Asked) -> Iterator[str]:
    """What is said of the credentials of the client that the line builds."""
    evidence = asked.analysis.evidence
    for client in asked.analysis.clients.constructions(asked.file):
        if asked.is_here(client.call.callee_span):
            variables = evidence.variables(client)
            found = evidence.in_project(variables)
            others = asked.analysis.loaded_elsewhere.of(client, variables)
            yield _marks(
                (f"found in {found.found}", found.found),
                (f"{found.python_files} files", found.python_files),
                (f"{found.notebooks} notebooks", found.notebooks),
                (f"others {', '.join(found.other_files)}", found.other_files),
                (f"other names {', '.join(found.other_names)}", found.other_names),
                ("in the file", evidence.in_file(asked.file, variables)),
                ("names the key", evidence.names_key(asked.file, variables)),
                ("injectable", evidence.alternatives.is_injectable_default(client)),
                (
                    others and f"{others.described} is loaded by {', '.join(others.loading)}",
                    others is not None,
                ),
            )


def _credentials_of_project(asked: Asked) -> Iterator[str]:
    """What is true of the credentials of the project; asked of its first file."""
    if _is_first(asked):
        if asked.analysis.process_keys.may_send_telemetry_only:
            yield "may send telemetry only"
        names = asked.analysis.evidence.supplying_names
        if names:
            yield f"supplied in {', '.join(names)}"


# -- exceptions ------------------------------------------------------------------------------------------------------

_FORBIDDEN: Final = "langsmith.utils.LangSmithError"
_ERRORS: Final = (
    "langsmith.utils.LangSmithAuthError",
    "langsmith.utils.LangSmithNotFoundError",
    "langsmith.sandbox._exceptions.SandboxAuthenticationError",
    "requests.exceptions.HTTPError",
    "httpx.HTTPStatusError",
    "langgraph_sdk.errors.PermissionDeniedError",
)


def _others(asked: Asked) -> Iterator[str]:
    """What the handler on the line makes of other exceptions than that of a 403: catches, and lets go on or not."""
    outcomes, sdk = asked.analysis.outcomes, asked.analysis.sdk
    for row in asked.file.model.tries:
        for handler in row.handlers:
            if asked.is_here(handler.span):
                found: dict[str, list[str]] = defaultdict(list)
                for error in _ERRORS:
                    mro = sdk.error_mro(error)
                    catches = outcomes.catches(asked.file, handler, mro)
                    exit_ = _exit(outcomes.local(asked.file, row.body, mro), mro[0])
                    found[f"{catches}, {exit_}"].append(error.rpartition(".")[2])
                for said, names in found.items():
                    yield f"{' and '.join(names)} {said}" if len(found) > 1 else f"all {said}"


def _exit(found: FunctionExit, error: str) -> str:
    """How far an exception of a name gets within a function."""
    is_other = bool(found.thrown.mro) and found.thrown != RaisedError(found.thrown.mro)
    is_other = is_other or found.thrown.mro[:1] not in {(), (error,)}
    return _marks(
        (f"caught {found.verdict}", True),
        (f"by {_handler(found.caught_by)}", found.caught_by is not None),
        (f"misses {_handlers(found.missed)}", found.missed),
        (f"holds {_handlers(found.held)}", found.held),
        (f"as {_error(found.thrown)}", is_other),
        ("swallowed by a manager", found.swallowed_by >= 0),
    )


def _handlers(rows: Iterable[MissedHandler]) -> str:
    return " and ".join(map(_handler, rows))


def _handler(row: MissedHandler | None) -> str:
    if row is None:
        return "none"
    marks = _marks(("grouped", row.grouped), (row.wrapped.rpartition(".")[2], row.wrapped))
    return at(row.file, row.handler.span) + (f" ({marks})" if marks else "")


def _error(thrown: RaisedError) -> str:
    names = " or ".join(mro[0].rpartition(".")[2] for mro in thrown.alternatives if mro)
    return f"group of {names}" if thrown.grouped else names


def _kept_error(asked: Asked) -> Iterator[str]:
    """What the handler on the line does with the exception but for raising it."""
    for row in asked.file.model.tries:
        for handler in row.handlers:
            if asked.is_here(handler.span):
                for word, found in (
                    ("kept", kept(asked.file, handler, asked.analysis.values)),
                    ("taken out", taken_out(asked.file, handler)),
                ):
                    for held in found:
                        yield (
                            f"{word} {'-'.join(held.layers)} at {at(held.file, held.span)} for {held.use.kind}"
                        )


def _escape(asked: Asked) -> Iterator[str]:
    """How each 403 of the line leaves the program: where it is raised, as what, by which handlers it misses."""
    for call in _api_calls(asked):
        fate = asked.analysis.outcomes.fate(call)
        marks = _marks(("taken", fate.taken), ("dangles", fate.dangles))
        points = ", ".join(
            f"{at(point.file, point.span)} in {_block(point.file, point.block)}"
            for point in fate.points
        )
        yield f"{call.label} raised at {points or 'no place'} {marks}".rstrip()
        for escape in fate.escapes:
            entry = escape.entry.kind + ("" if escape.entry.certain else " (not called)")
            missed = f", misses {_handlers(escape.missed)}" if escape.missed else ""
            yield f"{entry} gets {_error(escape.thrown)}{missed}"


def _api_calls(asked: Asked) -> Iterator[ApiCall]:
    return (
        call
        for call in asked.analysis.clients.api_calls(asked.file)
        if asked.is_here(call.span)
    )


def _ready(asked: Asked) -> Iterator[str]:
    """For which faults of a release the program is ready on the line."""
    outcomes = asked.analysis.outcomes
    for site in asked.sites():
        if expects_type_error(asked.file, asked.file.model.calls[site].block, outcomes):
            yield "type error"
            break
    for load in asked.file.model.loads:
        expr = load.expr
        if not isinstance(expr, ir.Attribute) or not asked.is_here(expr.span):
            continue
        if is_narrowed(asked.file, expr, load, outcomes):
            yield f"narrowed {expr.name}"


def _entries(asked: Asked) -> Iterator[str]:
    """What catches other exceptions that leave the function on the line, where that is not what catches a 403."""
    function, handlers = asked.function(), asked.analysis.outcomes.framework_handlers
    usual = handlers.entry(function, asked.analysis.sdk.error_mro(_FORBIDDEN))
    for error in ("fastapi.exceptions.HTTPException", "httpx.HTTPStatusError"):
        mro = (
            *asked.analysis.sdk.error_mro(error),
            "builtins.Exception",
            "builtins.BaseException",
        )
        entry = handlers.entry(function, mro)
        if entry is not None and entry != usual:
            name = error.rpartition(".")[2]
            yield f"{name} to {entry.kind}" + ("" if entry.certain else " (not called)")


# -- entry points and uses of the SDK --------------------------------------------------------------------------------


def _role(asked: Asked) -> Iterator[str]:
    """What runs the function on the line, and what it is handed to."""
    function, entries = asked.function(), asked.analysis.entry_points
    found = entries.function(function)
    handed = [at_call(file, site) for file, site in entries.handed_over(function)]
    starts = [
        at(file, call.span) for file, call in asked.analysis.outcomes.commands.starts(function)
    ]
    classes = map(named, asked.analysis.outcomes.commands.group_classes(function))
    yield from (
        f"{word} {what}"
        for word, what in (
            ("role", entries.role(function)),
            (
                "entry",
                found and found.kind + ("" if found.certain else " (not called)"),
            ),
            ("handed over on", ", ".join(handed)),
            ("started on", ", ".join(starts)),
            ("in groups of", ", ".join(classes)),
            ("installed as a", entries.declared.is_command(function) and "command"),
            ("makes a", entries.declared.makes_graph(function) and "graph"),
        )
        if what
    )


def _registered(asked: Asked) -> Iterator[str]:
    """What the calls of the line make of a function that they get."""
    for site in asked.sites():
        role = asked.analysis.entry_points.registration(asked.file, site)
        if role is not None:
            yield role


def _script(asked: Asked) -> Iterator[str]:
    """Whether the file is a script, where it begins, and who loads it."""
    entries = asked.analysis.entry_points
    guards = entries.main_guards(asked.file)
    marks = _marks(
        ("script", entries.is_script(asked.file)),
        (f"begins in {' and '.join(map(str, guards))}", guards),
        ("served", entries.declared.is_served(asked.file)),
        (
            f"for {', '.join(sorted(entries.declared.importing(asked.file)))}",
            len([*entries.declared.importing(asked.file)]) > 1,
        ),
    )
    if marks:
        yield marks


def _call_of_sdk(asked: Asked) -> Iterator[str]:
    """What each call of the SDK on the line is given and lacks, and how it fails."""
    analysis = asked.analysis
    for call in _api_calls(asked):
        given = ", ".join(
            "*" * arg.stars or arg.keyword or "a position"
            for arg in analysis.clients.arguments(call)
        )
        lacks = lacks_one_of(call)
        marks = _marks(
            (f"lacks one of {', '.join(lacks)}", lacks),
            ("fails", fails_on_arguments(call)),
            ("refused", is_refused(call, analysis.values)),
            ("by its object", call.by_object),
        )
        origin = call.origin
        built = f" built at {at_call(*origin)}" if origin is not None else ""
        yield f"{call.label}({given}){built} {marks}".rstrip()
    for client in analysis.clients.constructions(asked.file):
        if asked.is_here(client.call.callee_span):
            unknown = unknown_keywords(client, analysis.sdk)
            yield f"{client.written} is {client.cls}" + (
                f", unknown {', '.join(unknown)}" if unknown else ""
            )


def _evaluation(asked: Asked) -> Iterator[str]:
    """What `evaluate()` passes to the function on the line, what it refuses, and which names the function returns."""
    function = asked.function()
    names = ", ".join(sorted(returned_names(function)))
    if names:
        yield f"returns {names}"
    found = asked.analysis.evaluated.by_function.get(function)
    if found is not None:
        given = ", ".join(
            f"{name}{' each' if row.each else ''}"
            for name, row in sorted(passed(function, found).items())
        )
        bad = refused(function, found)
        yield f"{found.argument} gets {given or 'nothing'}" + (
            f", refused for {bad.name}" if bad is not None else ""
        )


def _hands_on(asked: Asked) -> Iterator[str]:
    """What the file keeps clients as, and which files get one from it."""
    carriers = asked.analysis.carriers
    kept_as = sorted({name for name in carriers.kept_as(asked.file) if name.startswith('"')})
    files = sorted({file.relative for file in carriers.receivers(asked.file)})
    if kept_as:
        yield f"keeps {', '.join(kept_as)}"
    if files:
        yield f"to {', '.join(files)}"


def _sdk_type(asked: Asked) -> Iterator[str]:
    """Which class of the SDK the results of the calls on the line are of, and what is called on them."""
    types = asked.analysis.sdk_types
    for site in asked.sites():
        for value in asked.analysis.values.call(asked.file, site):
            found = types.of(value)
            if found is not None:
                yield f"{shown((value,))} is {shown((found,))}" + (
                    ", a client" if types.is_client(value) else ""
                )
        for callee in asked.analysis.values.callee(asked.file, site):
            yield from _member(asked, callee)


def _member(asked: Asked, callee: Value) -> Iterator[str]:
    types = asked.analysis.sdk_types
    if isinstance(callee, abstract.ExternalAttribute):
        method, items = types.method(callee), types.elements(callee)
        yield _marks(
            (shown((callee,)), True),
            ("of the SDK", method is not None),
            (f"items {shown((items,))}" if items is not None else "", items is not None),
        )


# -- values ----------------------------------------------------------------------------------------------------------


def _returned(asked: Asked) -> Iterator[str]:
    """What the function on the line gives."""
    found = shown(asked.analysis.values.results(asked.function()))
    if found != "Unknown":
        yield found


def _known_as(asked: Asked) -> Iterator[str]:
    """By which names the function on the line is called, from where, and under which decorators."""
    function, graph = asked.function(), asked.analysis.call_graph
    decorators = asked.analysis.values.decorator_names(function)
    references = [
        f"{at(row.file, span)} for {row.use.kind}"
        for row in graph.references(function)
        if (span := getattr(row.expr, "span", None)) is not None
    ]
    unknown = [at_call(file, site) for file, site in graph.calls_on_unknown(function)]
    for word, found in (
        ("decorated by", decorators),
        ("named", graph.names_of(function)),
        ("far", graph.far_callers(function)),
        ("inherited in", graph.derived_in(function)),
        ("read on", references),
        ("perhaps called on", unknown),
    ):
        texts = list(found)
        if texts and texts != [function.file.model.scopes[function.scope].name]:
            yield f"{word} {', '.join(texts)}"


def _results(asked: Asked) -> Iterator[str]:
    """What the calls on the line give."""
    found = [shown(asked.analysis.values.call(asked.file, site)) for site in asked.sites()]
    if any(text != "Unknown" for text in found):
        yield "; ".join(found)


def _attributes(asked: Asked) -> Iterator[str]:
    """What attributes and items that are read on the line are."""
    for row in asked.file.model.loads:
        if asked.is_here(row.expr.span):
            found = shown(asked.analysis.values.of(asked.file, row.expr, row))
            if found != "Unknown":
                yield f"{asked.file.source(row.expr.span)} = {found}"


def _near_only(asked: Asked) -> Iterator[str]:
    """What is known otherwise where only files in scope are looked into."""
    near = asked.analysis.values.relevant_only
    values = asked.analysis.values
    for site in asked.sites():
        found = shown(near.callee(asked.file, site))
        if found != shown(values.callee(asked.file, site)):
            yield f"callee {found}"
        found = shown(near.call(asked.file, site))
        if found != shown(values.call(asked.file, site)):
            yield f"result {found}"


def _class_of(asked: Asked) -> Iterator[str]:
    """Of what the class on the line is made, and which attributes its objects have."""
    for scope, row in enumerate(asked.file.model.scopes):
        if row.kind == "class" and asked.is_here(row.span):
            cls, values = abstract.ClassRef(asked.file, scope), asked.analysis.values
            bases = " > ".join(shown((base,)) for base in values.ancestry(cls))
            yield f"bases {shown(values.bases(cls)) or 'none'}, in order {bases}"
            for name in sorted(values.attribute_names(cls)):
                found = values.attribute(Instance(cls), name)
                yield f"{name} = {shown(found)}"
            derived = ", ".join(
                sorted(f"{path}:{name}" for name, path in values.name_users.derived(cls))
            )
            if derived:
                yield f"derived {derived}"


def _types(asked: Asked) -> Iterator[str]:
    """The types that annotations on the line name."""
    values = asked.analysis.values
    for row in asked.file.model.bindings:
        if row.annotation is not None and asked.is_here(row.span):
            yield f"{row.name}: {shown(values.types(asked.file, row.annotation, row))}"


def _exports(asked: Asked) -> Iterator[str]:
    """What other files get by the names of the module that say more than the file itself."""
    values = asked.analysis.values
    for name in sorted({name for scope, name in asked.file.bindings if scope == 0}):
        found = shown(values.exported(asked.file, name))
        is_plain = found.rpartition(" ")[2].rpartition(".")[2] == name
        if found != "Unknown" and not is_plain:
            yield f"{name} = {found}"


# -- rows and tables -------------------------------------------------------------------------------------------------


def _rows(asked: Asked) -> Iterator[str]:
    """The rows of the file, with all that is not as usual."""
    for table in asked.file.model.__struct_fields__:
        for number, row in enumerate(getattr(asked.file.model, table)):
            yield f"{table} {number} {_written(row)}"


def _written(value: object) -> str:
    """A row, an expression or a part of one."""
    if isinstance(value, Span):
        return _place(value)
    if isinstance(value, msgspec.Struct):
        usual = dict(
            zip(
                reversed(value.__struct_fields__),
                reversed(value.__struct_defaults__),
                strict=False,
            )
        )
        parts = [
            f"{field}={_written(found)}"
            for field in value.__struct_fields__
            if (found := getattr(value, field)) != usual.get(field, _NONE)
        ]
        word = type(value).__name__.lower() if isinstance(value, ir.Node) else ""
        return f"{word}({' '.join(parts)})"
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(_written, value))}]"
    return _text(value) if isinstance(value, str) else str(value)


_NONE: Final = object()


def _tables(asked: Asked) -> Iterator[str]:
    """What is looked up in the tables of the file; asked of the first file of a project."""
    file = asked.file
    if not _is_first(asked) or not file.model.scopes:
        return
    for cls in (Structure, BindingTables, CallTables, AccessTables):
        for name, member in vars(cls).items():
            if _is_table(name, member):
                found = _listed(getattr(file, name))
                if found:
                    yield f"{name} {found}"
    for scope in range(len(file.model.scopes)):
        seen = [
            f"{row.scope}{'' if row.is_running else ' later'}"
            for row in file.visible_from(scope)
        ]
        yield (
            f"scope {scope} {file.qualified_scope(scope)} in {file.function_of(scope)}, "
            f"around {_listed(file.scopes_around(scope))}, sees {', '.join(seen)}"
        )
    for block in range(len(file.model.blocks)):
        yield (
            f"block {block} in {_listed(file.block_chain(block))}, has {_listed(file.blocks_within(block))}, "
            f"loops {_listed(sorted(file.around(block)[1]))}, last {file.last_binding_in(block)}"
        )


def _is_table(name: str, member: object) -> bool:
    is_own = name.startswith("_") or name in _OWN_PAGES
    return isinstance(member, functools.cached_property) and not is_own


# What pages ask of by themselves, what only hands on, and methods that are remembered.
_OWN_PAGES: Final = frozenset(
    {"tests_of_names", "asked_names", "rows_by_block", "visible_from", "around"}
)


def _listed(value: object) -> str:
    """What a table has, in order: of rows the event, of expressions the place."""
    if isinstance(value, Span):
        return _place(value)
    if isinstance(value, Mapping):
        rows = sorted((_listed(key), _listed(found)) for key, found in value.items())
        return "; ".join(f"{key}: {found}" for key, found in rows)
    if isinstance(value, (set, frozenset)):
        return ", ".join(sorted(map(_listed, value)))
    if hasattr(value, "order"):
        return f"#{value.order}"
    if isinstance(value, ir.Node):
        span = getattr(value, "span", None)
        return _place(span) if span is not None else type(value).__name__.lower()
    if isinstance(value, tuple):
        return " ".join(map(_listed, value))
    if isinstance(value, (list, Iterator)):
        return ", ".join(map(_listed, value))
    return str(value)


def _bytes(asked: Asked) -> Iterator[str]:
    """What is told of the file from its bytes: whether it matters, what it imports, which names it may read."""
    project, name = asked.analysis.project, asked.file.relative
    content = project.content(name)
    seen = look_at(content)
    yield _marks(
        (f"{asked.file.kind}", True),
        ("relevant", is_relevant(seen)),
        ("relevant text", is_relevant_text(seen)),
        ("harmless", seen.is_harmless),
        ("with a key", may_hold_key(content)),
        (f"usual {seen.usual_words}", seen.usual_words),
        (f"imports at {', '.join(map(str, seen.imports))}", seen.imports),
    )
    row = survey(content, asked.file.kind, name)
    yield f"row {row.relevant} {row.imports!r} {row.words}"
    if asked.file.kind == "python":
        words = sorted(set(re.findall(r"[A-Za-z_]\w*", asked.file.code)))
        yield f"may read {', '.join(word for word in words if may_read(content, word))}"
        derived = {word: project.subclasses(name).of(word) or () for word in words}
        found = [
            f"{word}: {', '.join(sorted(names))}" for word, names in derived.items() if names
        ]
        if found:
            yield f"subclasses {'; '.join(found)}"


def _edits(asked: Asked) -> Iterator[str]:
    """How code at the beginning, in the middle and at the end of the file comes by some modules."""
    if asked.file.kind in {"python", "notebook"}:
        last = asked.file.text.count("\n") + 1
        for line in sorted({1, (last + 1) // 2, last}):
            for module in ("os", "langsmith", "typing"):
                found = imported(asked.file, module, Span(line, 1, line, 1))
                how = "not at all" if found is None else found.name
                edit = found.edit if found is not None else None
                put = f", put in on {edit.span.line}" if edit is not None else ""
                yield f"{module} on {line}: {how}{put}"


_DISTRIBUTIONS: Final = (
    "langsmith",
    "langchain-core",
    "langchain",
    "langgraph-sdk",
)


def _releases(asked: Asked) -> Iterator[str]:
    """Which releases of LangChain's packages the project may use; asked of its first file."""
    if _is_first(asked):
        for name in _DISTRIBUTIONS:
            found = asked.analysis.project.version_of(name)
            yield f"{found.described}{', chosen' if found.is_chosen else ''}"


LINES: Final[Mapping[str, Ask]] = {
    "setting": _setting,
    "dropped": _dropped,
    "lost": _lost,
    "unreached": _unreached,
    "afresh": _afresh,
    "default": _default,
    "quoted": _quoted,
    "named-like-key": _named_like_key,
    "settings-key": _settings_key,
    "supply": _supply,
    "demand": _demand,
    "process-keys": _process_keys,
    "headers": _request,
    "expected": _expected,
    "pieces": _pieces,
    "search": _search,
    "others": _others,
    "kept-error": _kept_error,
    "escape": _escape,
    "ready": _ready,
    "entries": _entries,
    "role": _role,
    "registered": _registered,
    "sdk-call": _call_of_sdk,
    "evaluation": _evaluation,
    "sdk-type": _sdk_type,
    "returned": _returned,
    "known-as": _known_as,
    "results": _results,
    "attributes": _attributes,
    "near-only": _near_only,
    "class": _class_of,
    "types": _types,
}
FILES: Final[Mapping[str, Ask]] = {
    "sources": _sources,
    "region": _region,
    "copied": _copied,
    "program": _program,
    "environment-of-project": _of_project,
    "credentials-of-project": _credentials_of_project,
    "is-script": _script,
    "hands-on": _hands_on,
    "module-names": _exports,
    "rows": _rows,
    "tables": _tables,
    "bytes": _bytes,
    "edits": _edits,
    "releases": _releases,
}
# Of these each row is recorded on a line of its own.
MANY: Final = frozenset({"sources", "rows", "tables", "class", "bytes", "edits"})
# By package what is asked of each of its pages.
OF_PACKAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "environment": (
        *("setting", "dropped", "lost", "unreached", "afresh", "default", "quoted"),
        *("sources", "region", "copied", "program", "environment-of-project"),
    ),
    "credentials": (
        *("named-like-key", "settings-key", "supply", "demand", "process-keys", "headers"),
        *("expected", "pieces", "search", "credentials-of-project", "setting"),
    ),
    "exceptions": ("others", "kept-error", "escape", "ready", "entries"),
    "ir": ("rows",),
    "readers": ("rows",),
    "project": ("tables", "bytes", "edits", "releases"),
    "entry_points": ("role", "registered", "is-script"),
    "sdk_use": ("sdk-call", "evaluation", "sdk-type", "hands-on"),
    "values": (
        *("returned", "known-as", "results", "attributes", "near-only", "class", "types"),
        *("module-names", "sdk-type"),
    ),
}
