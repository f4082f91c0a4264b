"""Programs that code of the project starts with an environment of its own: `subprocess.run(…, env={…})`, `os.execve`.

Executed: such a program gets what the dict holds and nothing else (Python 3.11, Linux); a server that mcp 1.30.0 starts
(`StdioServerParameters`, also by langchain-mcp-adapters 0.3.2) gets `PATH`, `HOME` and the like and what `env` holds,
even where there is no `env`. Documented (nox.thea.codes, "Session.run"): with `include_outer_env=False` a command of a
session of nox gets `env` alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.process import Given, Process, Source
from lint_langsmith.analysis.environment.written_paths import written_path
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.limits import PATH_STEPS
from lint_langsmith.analysis.project.file import File, Placed, is_test, last_name
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.findings import Span
from lint_langsmith.sdk.variables import KEYS

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.loaders.dockerfile import Images
    from lint_langsmith.analysis.environment.writes import Setting

_BY_KEYWORD: Final = frozenset(
    {"run", "Popen", "call", "check_call", "check_output"}
    | {"create_subprocess_exec", "create_subprocess_shell"}
)
# Calls that take the environment as an argument of its own, by its position.
_BY_POSITION: Final = {"execve": 2, "execvpe": 2, "posix_spawn": 2, "spawnve": 3, "spawnvpe": 3}
_SERVER: Final = "StdioServerParameters"
_SERVERS: Final = "MultiServerMCPClient"
_STARTERS: Final = frozenset({*_BY_KEYWORD, *_BY_POSITION, _SERVER, _SERVERS})
# What they are imported with; the functions of `os` are looked for in files that have to do with LangSmith alone.
_PACKAGES: Final = ("subprocess", "asyncio", "mcp", "langchain_mcp_adapters", "nox")
# Others with functions of these names add to what they have themselves: `run` of invoke, of nox.
_OF: Final = frozenset({*_PACKAGES, "os"} - {"nox"})
_STARTS: Final = lazy_re.compile(
    rb"\benv[ \t]{0,9}=|\bexecvp?e\b|\bposix_spawn\b|\bspawnvp?e\b|StdioServerParameters|MultiServerMCPClient"
)


class _Start(NamedTuple):
    """Where code starts a program: the parts of its command, and its environment (None for an empty one)."""

    file: File
    place: Placed
    span: Span
    command: Sequence[ir.Expr]
    environment: ir.Expr | None
    label: str


class Child(NamedTuple):
    """A program that a file starts with an environment of its own; `span` is the call or the entry that does."""

    process: Process
    span: Span


class ChildPrograms:
    """The programs that code of one project starts, and that get no more than it hands them."""

    def __init__(self, checkout: Checkout, images: Images) -> None:
        """`images` tells what a command starts."""
        self._checkout = checkout
        self._images = images

    def of_file(self, file: File) -> Iterator[Child]:
        """The programs of the project that a file starts so."""
        starts = sorted(self._starts(file), key=lambda start: start.span)
        if not starts:
            return
        changes = Changes(file)
        settings = {
            (setting.name, setting.at): setting for setting in self._checkout.settings(file)
        }
        for start in starts:
            entries = self._images.started_by(" ".join(_words(start)))
            source = _environment(start, changes, settings) if len(entries) == 1 else None
            if source is not None:
                label = f"`{next(iter(entries))}`, started by `{file.relative}`"
                process = Process(label, "project", (source,), entries, is_closed=True)
                yield Child(process, start.span)

    def names(self) -> Iterator[str]:
        """The files that may start a program which has to do with LangSmith, told from their bytes."""
        stems = self._checkout.relevant_stems - {b"__init__"}
        for name in sorted(self._checkout.importing(_PACKAGES)):
            content = b"" if is_test(name) else self._checkout.content(name)
            if _STARTS.search(content) is not None and (
                self._checkout.is_relevant(name) or any(stem in content for stem in stems)
            ):
                yield name

    def _starts(self, file: File) -> Iterator[_Start]:
        for name in sorted(_STARTERS & file.calls_by_name.keys()):
            for site in file.calls_by_name[name]:
                packages = {
                    called.partition(".")[0] for called in self._checkout.called(file, site)
                }
                is_session = name == "run" and _is_noxfile(file.relative)
                if is_session or not _OF.isdisjoint(packages):
                    call = file.model.calls[site]
                    yield from _started(file, call, name, is_session=is_session)


# -- where programs are started --------------------------------------------------------------------------------------


def _started(file: File, call: ir.Call, name: str, *, is_session: bool) -> Iterator[_Start]:
    """What a call of a function of this name starts, with an environment of its own."""
    keywords = {arg.keyword: arg.value for arg in call.args if arg.keyword}
    if any(arg.stars for arg in call.args):
        return
    values = [arg.value for arg in call.args if arg.keyword is None]
    if is_session and not _is_false(keywords.get("include_outer_env")):
        return  # nox adds to what it has itself
    if name in _BY_KEYWORD and "env" in keywords:
        command = [*values, *(keywords[key] for key in ("args",) if key in keywords)]
        yield _Start(file, call, call.callee_span, command, keywords["env"], name)
    elif name in _BY_POSITION and len(values) > _BY_POSITION[name]:
        at = _BY_POSITION[name]
        yield _Start(file, call, call.callee_span, values[:at], values[at], name)
    elif name == _SERVER and "command" in keywords:
        command = [keywords[key] for key in ("command", "args") if key in keywords]
        yield _Start(file, call, call.callee_span, command, _given_env(keywords), name)
    elif name == _SERVERS and values:
        yield from _servers(file, call, values[0])


def _is_noxfile(name: str) -> bool:
    return name.rpartition("/")[2] == "noxfile.py"


def _is_false(value: ir.Expr | None) -> bool:
    return isinstance(value, ir.Constant) and value.literal == "False"


def _given_env(keywords: dict[str, ir.Expr]) -> ir.Expr | None:
    value = keywords.get("env")
    return None if value == ir.Constant("None") else value


def _servers(file: File, call: ir.Call, configuration: ir.Expr) -> Iterator[_Start]:
    """The servers in `MultiServerMCPClient({"math": {"command": …, "args": […]}})`."""
    shown = _display(file, configuration, call)
    for server in shown.values if shown is not None else ():
        if not isinstance(server, ir.Mapping) or None in server.keys:
            continue
        entries = {
            key.value: (key.span, value)
            for key, value in zip(server.keys, server.values, strict=True)
            if isinstance(key, ir.Text)
        }
        if "command" in entries:
            command = [entries[key][1] for key in ("command", "args") if key in entries]
            environment = _given_env({key: value for key, (_, value) in entries.items()})
            yield _Start(file, call, entries["command"][0], command, environment, _SERVERS)


def _words(start: _Start) -> Iterator[str]:
    """The words of a command, as far as they stand in the source."""
    pending = list(reversed(start.command))
    while pending:
        expr = pending.pop()
        if isinstance(expr, ir.Sequence):
            pending.extend(reversed(expr.items))
        elif isinstance(expr, ir.Name):
            found = lookup(start.file, expr.id, start.place)
            shown = found[0].value if len(found) == 1 else None
            if isinstance(shown, (ir.Sequence, ir.Text)):
                pending.append(shown)
            else:
                yield from _path(start, expr)
        else:
            yield from _path(start, expr)


def _path(start: _Start, expr: ir.Expr) -> Iterator[str]:
    if isinstance(expr, ir.Text):
        yield expr.value
    elif (path := written_path(start.file, expr, start.place, PATH_STEPS)) is not None:
        yield path.text


# -- what they are handed --------------------------------------------------------------------------------------------


def _environment(
    start: _Start, changes: Changes, settings: Mapping[tuple[str, Span], Setting]
) -> Source | None:
    """The variables that a program is handed; None where they are not all in the source.

    `settings` are those of the file, by their names and where these stand.
    """
    label = f"the environment that `{start.label}` hands over"
    if start.environment is None:
        return Source(label, {})
    entries = dict_entries(start.file, start.environment, start.place, changes)
    if entries is None:
        return None
    given: dict[str, Given] = {}
    for entry in entries:
        setting = settings.get((entry.name, entry.span))
        if setting is not None:
            given[entry.name] = Given(setting, setting.value)
        elif entry.name in KEYS:
            return None
    return Source(label, given)


class _Entry(NamedTuple):
    """A variable in a dict, and the place by which its setting is found."""

    name: str
    span: Span


def dict_entries(
    file: File, expr: ir.Expr, place: Placed, changes: Changes
) -> Sequence[_Entry] | None:
    """The entries of a dict that stands in the source, and of the statements that add to it; None for all others."""
    shown = _display(file, expr, place)
    added = changes.of(expr.id) if isinstance(expr, ir.Name) else ()
    if shown is None or added is None:
        return None
    names = [key for key in shown.keys if isinstance(key, ir.Text)]
    if len(names) < len(shown.keys):
        return None  # `**os.environ`, or a name that is not written there
    return [*(_Entry(name.value, name.span) for name in names), *added]


def _display(file: File, expr: ir.Expr, place: Placed) -> ir.Mapping | None:
    """A dict display, or the one that a name stands for."""
    if isinstance(expr, ir.Name):
        found = lookup(file, expr.id, place)
        value = found[0].value if len(found) == 1 and found[0].via == "direct" else None
        return value if isinstance(value, ir.Mapping) else None
    return expr if isinstance(expr, ir.Mapping) else None


class Changes:
    """What the statements of a file do to the dicts that names stand for."""

    def __init__(self, file: File) -> None:
        self.added: dict[str, list[_Entry]] = defaultdict(list)
        self.unknown: set[str] = set()
        for store in file.model.stores:
            target = store.target
            if isinstance(target, ir.Subscript) and isinstance(target.value, ir.Name):
                if isinstance(target.index, ir.Text):
                    self.added[target.value.id].append(
                        _Entry(target.index.value, target.index.span)
                    )
                else:
                    self.unknown.add(target.value.id)
        for load in file.model.loads:
            if isinstance(load.expr, ir.Attribute) and isinstance(load.expr.value, ir.Name):
                self.unknown.add(load.expr.value.id)
        for read in file.model.reads:
            if not _leaves_alone(file, read.use):
                self.unknown.add(read.name)

    def of(self, name: str) -> Sequence[_Entry] | None:
        """The entries that are added to a dict; None where something else may change it."""
        return None if name in self.unknown else self.added.get(name, ())


def _leaves_alone(file: File, use: ir.Use) -> bool:
    """Whether a use of a name does not change the dict: it takes an item, or starts a program with it."""
    if use.kind == "argument" and use.outer is not None:
        return last_name(file.model.calls[use.outer].func) in _STARTERS
    return use.kind == "subscript"
