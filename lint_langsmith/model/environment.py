"""Environment variables: which ones a file sets, with which value, where, in which order and for which program.

One place answers that for Python and for every other kind of file, so that a rule about variables is one rule for all.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from lint_langsmith.findings import Span
from lint_langsmith.model import data
from lint_langsmith.model.file import File, Place, last_name
from lint_langsmith.model.values import Bound, Constant, FunctionRef, Outcome, Parameter, Symbol
from lint_langsmith.model.values import Literal as Text
from lint_langsmith.source.kinds import CODE
from lint_langsmith.source.text import UnreadableFileError, comments

if TYPE_CHECKING:
    from lint_langsmith.model.project import Project
    from lint_langsmith.model.values import Evaluator

# `set` replaces what was there, `default` does not; `patch` is undone (tests); `process` is for a child process, `file`
# is written to a file of variables; `mapping` is a dict that something gets as variables; `define` stands in a file
# that is no Python.
How: TypeAlias = Literal["set", "default", "patch", "process", "file", "mapping", "define"]

EVERYTHING: Final = "*"
_ENVIRON: Final = "os.environ"
_VARIABLE: Final = re.compile(r"LAN[A-Z]{2,8}(?:_[A-Z0-9]+)+")
# What loads variables from elsewhere: which ones is not in the source.
_LOADERS: Final = frozenset(
    {
        *("load_dotenv", "load_env", "load_env_file", "load_env_vars", "load_environment", "read_env", "read_envfile"),
        *("load_dotenv_if_exists", "read_dotenv", "load_secrets", "load_envs", "load_dot_env"),
    },
)
# What the bytes of files are searched for that set variables: those of a file of variables, or any.
_FILE_WORDS: Final = ("dotenv", '.env"', ".env'")
_WRITES: Final = ("environ[", "environ.setdefault", "environ.update", "putenv", "setenv")
# Calls that set the variable named by the argument at the position, to the one behind it.
_SETTERS: Final[dict[str, tuple[How, int]]] = {"putenv": ("set", 0), "setenv": ("patch", 0), "set_key": ("file", 1)}
_MAX_HOPS: Final = 5


class Setting(NamedTuple):
    """A variable that a file sets.

    `texts` are the strings it may get, as far as they stand in the source; `is_sure` where it gets one of them for
    certain. `name_span` is the name as it stands there (quotes included in Python), None where it is put together.
    `span` is the value, or the name where there is no value. `group` names the program that gets it: empty for the
    program itself. `place` and `expr` are set for Python.
    """

    file: File
    name: str
    texts: tuple[str, ...]
    is_sure: bool
    written: str
    name_span: Span | None
    span: Span
    kind: str
    how: How
    group: str
    order: int
    place: Place | None = None
    expr: data.Expr | None = None

    @property
    def value(self) -> str | None:
        """The one string that the program gets; None where that can't be told."""
        return self.texts[0] if self.is_sure and len(self.texts) == 1 else None

    @property
    def at(self) -> Span:
        """Where a finding about the variable stands: its name, or the value if the name is put together."""
        return self.name_span or self.span


class Load(NamedTuple):
    """A point at which variables come in from elsewhere (`load_dotenv()`, a loop over a file), and what does it."""

    file: File
    place: Place
    span: Span
    name: str


class _Way(NamedTuple):
    """How a statement sets variables: where it stands, and for which program."""

    file: File
    place: Place
    how: How
    group: str = ""


class Environment:
    """What the files of one project do to the environment."""

    def __init__(self, project: Project) -> None:
        """`project` evaluates expressions and lists files."""
        self._project = project
        self._settings: dict[str, tuple[Setting, ...]] = {}
        self._loads: dict[str, tuple[Load, ...]] = {}
        self._effects: dict[tuple[int, int], frozenset[str]] = {}
        self._imports: dict[str, frozenset[str]] = {}

    # -- what a file sets --------------------------------------------------------------------------------------------

    def settings(self, file: File) -> tuple[Setting, ...]:
        """The variables that a file sets, in the order in which the program meets them."""
        known = self._settings.get(file.relative)
        if known is None:
            found = [*self._python(file), *_defined(file)]
            known = tuple(sorted(found, key=lambda setting: (setting.span.line, setting.span.column)))
            self._settings[file.relative] = known
        return known

    def judged(self, file: File) -> tuple[Setting, ...]:
        """The settings that rules speak of: those of tests set what the tests want to see."""
        return () if file.is_test and file.kind in CODE else self.settings(file)

    def _python(self, file: File) -> Iterator[Setting]:
        seen: set[int] = set()
        for store in file.model.stores:
            if not store.deleted:
                yield from self._stored(file, store, seen)
        for site, call in enumerate(file.model.calls):
            yield from self._called(file, site, call, seen)
        yield from self._displayed(file, seen)

    def _stored(self, file: File, store: data.Store, seen: set[int]) -> Iterator[Setting]:
        place = file.place(store)
        target = store.target
        if store.value is None:
            return
        if isinstance(target, data.Subscript):
            group = self._environ(file, target.value, place)
            if group is not None:
                way = _Way(file, place, "process" if group else "set", group)
                yield from self._named(way, target.index, store.value)
        elif self._environ(file, target, place) is not None:
            yield from self._mapped(_Way(file, place, "set"), store.value, seen)

    def _environ(self, file: File, expr: data.Expr, place: Place) -> str | None:
        """Whether an expression is the environment (empty string), or a copy that is made for a child process."""
        for value in self._values.of(file, expr, place):
            if value == Symbol(_ENVIRON):
                return ""
            if value == Outcome(Symbol(f"{_ENVIRON}.copy")):
                return f"process:{last_name(expr)}"
        return None

    def _named(self, way: _Way, name: data.Expr, value: data.Expr) -> Iterator[Setting]:
        """`name` may stand for several variables (a loop over names); a parameter's are set where it is called."""
        found = self._values.of(way.file, name, way.place)
        if any(isinstance(item, Parameter) for item in found):
            return
        for item in found:
            if isinstance(item, Text):
                yield self._setting(way, item.text, name, value)

    def _setting(self, way: _Way, name: str, name_expr: data.Expr | None, value: data.Expr) -> Setting:
        # The value of the few variables that rules speak of may come from anywhere.
        evaluator = self._project.values if _VARIABLE.fullmatch(name) else self._values
        values = evaluator.of(way.file, value, way.place)
        texts = tuple(dict.fromkeys(item.text for item in values if isinstance(item, Text)))
        name_span = name_expr.span if isinstance(name_expr, data.Text) else None
        span = span_of(way.file, value) or name_span
        if span is None:
            span = (span_of(way.file, name_expr) if name_expr is not None else None) or data.NOWHERE
        return Setting(
            file=way.file,
            name=name,
            texts=texts,
            is_sure=all(isinstance(item, Text) for item in values),
            written="",
            name_span=name_span,
            span=span,
            kind="python",
            how=way.how,
            group=way.group,
            order=way.place.order,
            place=way.place,
            expr=value,
        )

    def _mapped(self, way: _Way, value: data.Expr, seen: set[int]) -> Iterator[Setting]:
        """The entries of a dict display, or of one that a name stands for."""
        if isinstance(value, data.Binary):
            yield from self._mapped(way, value.left, seen)
            yield from self._mapped(way, value.right, seen)
        elif isinstance(value, data.Name):
            bindings = way.file.bindings
            for binding in bindings.get((way.place.scope, value.id), ()) or bindings.get((0, value.id), ()):
                if isinstance(binding.value, data.Mapping):
                    yield from self._mapped(way, binding.value, seen)
        elif isinstance(value, data.Mapping) and id(value) not in seen:
            seen.add(id(value))
            for key, item in zip(value.keys, value.values, strict=True):
                if key is not None:
                    yield from self._named(way, key, item)

    def _called(self, file: File, site: int, call: data.Call, seen: set[int]) -> Iterator[Setting]:
        place = file.place(call)
        for arg in call.args:
            if arg.keyword == "env":
                yield from self._mapped(_Way(file, place, "process", f"process:{site}"), arg.value, seen)
        name = last_name(call.func)
        args = [arg.value for arg in call.args if arg.keyword is None and not arg.stars]
        if name in {"setdefault", "__setitem__", "update"} and isinstance(call.func, data.Attribute):
            if self._environ(file, call.func.value, place) is None:
                return
            way = _Way(file, place, "default" if name == "setdefault" else "set")
            if name == "update":
                yield from self._updated(way, call.args, seen)
            elif len(args) == 2:
                yield from self._named(way, args[0], args[1])
        elif name in _SETTERS:
            how, position = _SETTERS[name]
            if len(args) >= position + 2:
                way = _Way(file, place, how, "" if how == "set" else f"{how}:{call.scope}")
                yield from self._named(way, args[position], args[position + 1])
        elif name == "dict" and args:
            yield from self._patched(file, call, seen)
        else:
            yield from self._by_helper(file, site, place)

    def _updated(self, way: _Way, args: Iterable[data.Argument], seen: set[int]) -> Iterator[Setting]:
        for arg in args:
            if arg.keyword is not None:
                yield self._setting(way, arg.keyword, None, arg.value)
            elif not arg.stars:
                yield from self._mapped(way, arg.value, seen)

    def _patched(self, file: File, call: data.Call, seen: set[int]) -> Iterator[Setting]:
        """`patch.dict(os.environ, {…})`, `patch.dict("os.environ", NAME="…")`."""
        first, place = call.args[0].value, file.place(call)
        named = isinstance(first, data.Text) and first.value == _ENVIRON
        if not isinstance(call.func, data.Attribute) or not (named or self._environ(file, first, place) is not None):
            return
        rest = [data.Argument(arg.value) if arg.keyword == "values" else arg for arg in call.args[1:]]
        way = _Way(file, place, "patch", f"patch:{call.scope}")
        yield from self._updated(way, (arg for arg in rest if arg.keyword != "clear"), seen)

    def _by_helper(self, file: File, site: int, place: Place) -> Iterator[Setting]:
        """A function of the project that sets the variable whose name it is given."""
        for callee in self._values.callee(file, site) if file.model.calls[site].args else ():
            function = callee.function if isinstance(callee, Bound) else callee
            if not isinstance(function, FunctionRef):
                continue
            for parameter, value in self._parameters_set(function):
                name = self._project.argument(file, site, function, parameter)
                passed = self._project.argument(file, site, function, value) if value else None
                if name is None:
                    continue
                for setting in self._named(_Way(file, place, "set"), name, passed or name):
                    yield setting if passed is not None else setting._replace(texts=(), is_sure=False)

    def _parameters_set(self, function: FunctionRef) -> Iterator[tuple[str, str | None]]:
        """The parameters of a function whose values name variables that it sets; with the one that is the value."""
        file = function.file
        for store in file.model.stores:
            if store.deleted or not isinstance(store.target, data.Subscript) or store.value is None:
                continue
            index = store.target.index
            if file.function_of(store.scope) != function.scope or not isinstance(index, data.Name):
                continue
            if self._environ(file, store.target.value, file.place(store)) == "":
                yield index.id, store.value.id if isinstance(store.value, data.Name) else None

    def _displayed(self, file: File, seen: set[int]) -> Iterator[Setting]:
        """Dict displays with names of variables that go anywhere else: to a container, to a deployment."""
        for expr, place in _valued(file):
            for mapping in _mappings(expr):
                if id(mapping) in seen:
                    continue
                seen.add(id(mapping))
                for key, item in zip(mapping.keys, mapping.values, strict=True):
                    if isinstance(key, data.Text) and _VARIABLE.fullmatch(key.value):
                        way = _Way(file, place, "mapping", f"mapping:{len(seen)}")
                        yield self._setting(way, key.value, key, item)

    # -- what brings variables in ------------------------------------------------------------------------------------

    def loads(self, file: File) -> tuple[Load, ...]:
        """The calls in a file that bring variables in from elsewhere, by themselves."""
        known = self._loads.get(file.relative)
        if known is None:
            known = tuple(self._find_loads(file))
            self._loads[file.relative] = known
        return known

    def _find_loads(self, file: File) -> Iterator[Load]:
        for site, call in enumerate(file.model.calls):
            name = last_name(call.func)
            if name in _LOADERS:
                callees = self._values.callee(file, site)
                if not any(isinstance(callee, (FunctionRef, Bound)) for callee in callees):
                    yield Load(file, file.place(call), call.span, name)
            elif name == "update" and self._takes_over(file, call):
                yield Load(file, file.place(call), call.span, "os.environ.update")
        yield from self._unnamed(file)

    def _takes_over(self, file: File, call: data.Call) -> bool:
        """`os.environ.update(values)` with values that do not stand in the source."""
        if not isinstance(call.func, data.Attribute) or self._environ(file, call.func.value, file.place(call)) != "":
            return False
        return any(not isinstance(arg.value, data.Mapping) and arg.keyword is None for arg in call.args)

    def _unnamed(self, file: File) -> Iterator[Load]:
        """Writes to variables whose names do not stand in the source: stands for what a loop over a file does."""
        for store in file.model.stores:
            if store.deleted or not isinstance(store.target, data.Subscript):
                continue
            place = file.place(store)
            names = self._values.of(file, store.target.index, place)
            if any(isinstance(name, (Text, Constant, Parameter)) for name in names):
                continue
            if self._environ(file, store.target.value, place) == "":
                yield Load(file, place, store.target.span, "os.environ")

    # -- what functions and modules bring about ----------------------------------------------------------------------

    def effects(self, function: FunctionRef, hops: int = _MAX_HOPS) -> frozenset[str]:
        """The variables that a call of a function sets; `EVERYTHING` among them where it loads unknown ones."""
        key = (id(function.file), function.scope)
        known = self._effects.get(key)
        if known is None and not self._may_supply(function.file):
            known = self._effects[key] = frozenset()
        if known is None:
            self._effects[key] = frozenset()  # what calls itself adds nothing
            known = self._of_scope(function.file, function.scope, hops)
            self._effects[key] = known
        return known

    def on_import(self, file: File) -> frozenset[str]:
        """The variables that are set when a module of the project is imported, by it or by what it imports."""
        known = self._imports.get(file.relative)
        if known is None:
            self._imports[file.relative] = frozenset()
            found = set(self._of_scope(file, 0, _MAX_HOPS))
            for _, module in self.imported(file, within=self._suppliers):
                found |= self.on_import(module)
            known = frozenset(found)
            self._imports[file.relative] = known
        return known

    def _of_scope(self, file: File, scope: int, hops: int) -> frozenset[str]:
        found = {
            setting.name
            for setting in self.settings(file)
            if setting.place is not None
            and setting.how in {"set", "default"}
            and file.function_of(setting.place.scope) == scope
        }
        if any(file.function_of(load.place.scope) == scope for load in self.loads(file)):
            found.add(EVERYTHING)
        if hops:
            for site, call in enumerate(file.model.calls):
                if file.function_of(call.scope) == scope:
                    found |= self.of_call(file, site, hops - 1)
        return frozenset(found)

    def of_call(self, file: File, site: int, hops: int = _MAX_HOPS) -> frozenset[str]:
        """The variables that a call of something of the project sets."""
        found: set[str] = set()
        for callee in self._values.callee(file, site):
            function = callee.function if isinstance(callee, Bound) else callee
            if isinstance(function, FunctionRef):
                found |= self.effects(function, hops)
        return frozenset(found)

    @functools.cached_property
    def _values(self) -> Evaluator:
        """For questions asked of every call: it knows the files that may have to do with variables, and no others."""
        return self._project.within(self._project.near | self._suppliers | self._writers).values

    def _may_supply(self, file: File) -> bool:
        return file.relative in self._project.near or file.relative in self._suppliers

    @functools.cached_property
    def _suppliers(self) -> frozenset[str]:
        """The files that load variables from elsewhere or set the key's, and those that import one; told from bytes.

        What is far from LangSmith and is none of them supplies nothing: a large project must not be lowered for it.
        """
        found = set(self._sources)
        pending = list(found)
        while pending:
            new = self._project.imports.direct_importers(pending.pop()) - found
            found |= new
            pending.extend(new)
        return frozenset(found)

    @functools.cached_property
    def _writers(self) -> frozenset[str]:
        """The files that write variables, whatever their names."""
        return self._holders(*_WRITES)

    @property
    def _sources(self) -> frozenset[str]:
        named = frozenset(self._project.relevant) & self._writers
        by_hand = self._holders(*_FILE_WORDS) & self._holders("environ")
        return self._holders(*_LOADERS) | named | by_hand

    def _holders(self, *words: str) -> frozenset[str]:
        every = self._project.holding(["environ", *_LOADERS, *_FILE_WORDS, *_WRITES])
        return frozenset().union(*(every[word] for word in words))

    def imported(self, file: File, within: Collection[str] | None = None) -> Iterator[tuple[data.Binding, File]]:
        """The modules of the project that a file imports when it is itself imported, with the importing statement.

        Of those, only the ones `within` a collection of relative paths, where there is one.
        """
        from lint_langsmith.model.values import absolute  # noqa: PLC0415 - values need this module's neighbours

        for binding in file.model.bindings:
            if binding.kind not in {"import", "star-import"} or file.function_of(binding.scope):
                continue
            if _is_for_types(file, binding.block):
                continue
            module = absolute(file, binding)
            dotted = [module, f"{module}.{binding.member}"] if binding.member else [module]
            parents = module.split(".")[:-1]
            for name in (*(".".join(parents[: size + 1]) for size in range(len(parents))), *dotted):
                found = self._project.find_module(name, importer=file, within=within)
                if found is not None and found is not file:
                    yield binding, found

    def importers(self, file: File) -> Iterator[tuple[File, Span]]:
        """The files that import a module of the project at once, with the importing statement."""
        for name in self._project.imports.importers(file.relative):
            other = self._project.try_load(name)
            if other is None or other is file:
                continue
            for binding, module in self.imported(other):
                if module is file:
                    yield other, binding.span
                    break

    def users(self, file: File, name: str) -> Iterator[File]:
        """The file itself, and those that import it and use a name."""
        yield file
        for other, _ in self.importers(file):
            if re.search(rf"\b{name}\b", other.code):
                yield other

    @functools.cached_property
    def serves(self) -> bool:
        """Whether the project is a web service."""
        words = ("FastAPI", "Flask", "Starlette", "Quart", "Sanic", "Litestar")
        return any(self._project.holding(words).values())

    # -- what reads a variable ---------------------------------------------------------------------------------------

    def is_read(self, name: str) -> bool:
        """Whether anything in the project reads a variable of this name, or a settings class has a field for it."""
        word = re.compile(rb"(?i)(?<![A-Za-z0-9_])" + name.encode() + rb"(?![A-Za-z0-9_])")
        spellings = (name.upper().encode(), name.lower().encode())  # of variables, and of fields of settings
        for relative in (*self._project.python_names, *self._project.other_names):
            try:
                content = self._project.content(relative)
            except UnreadableFileError:
                continue
            near = len(content) <= _TOO_LARGE and any(spelling in content for spelling in spellings)
            if near and word.search(content) and self._reads(relative, content, name):
                return True
        return self._prefixed(name)

    @functools.cached_property
    def has_javascript(self) -> bool:
        """Whether the project has a JavaScript part that uses LangSmith or LangChain."""
        names = [name for name in self._project.other_names if name.rpartition("/")[2] == "package.json"]
        return any(re.search(rb"langsmith|langchain|langgraph", self._project.content(name)) for name in names)

    def is_named(self, name: str) -> bool:
        """Whether any file of the project holds the name."""
        return self._holds(rf"(?<![A-Za-z0-9_]){name}(?![A-Za-z0-9_])")

    def is_set(self, name: str) -> bool:
        """Whether any file of the project sets a variable of this name, as far as its spelling tells."""
        return self._holds(rf"(?<![A-Za-z0-9_]){name}[\"'\]\)]*\s*(?:=(?!=)|:)")

    def _holds(self, pattern: str) -> bool:
        searched = re.compile(pattern.encode())
        for relative in (*self._project.python_names, *self._project.other_names):
            try:
                content = self._project.content(relative)
            except UnreadableFileError:
                continue
            if len(content) <= _TOO_LARGE and searched.search(content):
                return True
        return False

    def _reads(self, relative: str, content: bytes, name: str) -> bool:
        if relative in self._project.python_names:
            file = self._project.try_load(relative)
            return file is not None and self._reads_in_python(file, name)
        return reads_in_text(relative, content.decode("utf-8", "replace"), name)

    def _reads_in_python(self, file: File, name: str) -> bool:
        lowered = name.lower()
        if any(
            isinstance(load.expr, data.Attribute) and load.expr.name.lower() == lowered for load in file.model.loads
        ):
            return True
        for binding in file.model.bindings:
            if binding.name.lower() == lowered and file.model.scopes[binding.scope].kind == "class":
                return True
        written = {setting.name_span for setting in self.settings(file) if setting.name == name}
        return any(span not in written for span in constants(file, name))

    def _prefixed(self, name: str) -> bool:
        """A settings class whose prefix and field together are the name."""
        from lint_langsmith.model.pydantic import settings_classes  # noqa: PLC0415 - asked for seldom

        return any(
            name in {variable.upper() for variable in field.variables}
            for cls in settings_classes(self._project)
            for field in cls.fields
        )


_TOO_LARGE: Final = 2 * 1024 * 1024
_DOCUMENTS: Final = (".md", ".rst", ".txt", ".mdx", ".adoc", ".csv", ".lock", ".svg", ".html")
_DATA_FILES: Final = (
    *(".env", ".yaml", ".yml", ".toml", ".json", ".ini", ".cfg", ".tf", ".tfvars", ".envrc", ".sh", ".bash", ".ipynb"),
    *(".example", ".sample", ".template", ".local", ".dev", ".prod", ".production", ".test", ".dist"),
)


def reads_in_text(relative: str, text: str, name: str) -> bool:
    """Whether a file that is no Python reads a variable: a program in another language, or a shell's `$NAME`.

    A line that hands a variable on under its own name (`NAME: ${NAME}`) reads nothing.
    """
    base = relative.rpartition("/")[2].lower()
    if base.endswith(_DOCUMENTS):
        return False
    is_data = base.endswith(_DATA_FILES) or base.startswith((".env", "env.")) or "dockerfile" in base or "make" in base
    if not is_data:
        return re.search(rf"(?<![A-Za-z0-9_]){name}(?![A-Za-z0-9_])", text) is not None
    reading = re.compile(
        rf"\$\{{?{name}(?![A-Za-z0-9_])|\b(?:env|environ|vars|process\.env)(?:\.|\[\\?[\"']){name}(?![A-Za-z0-9_])"
        rf"|getenv\(\\?[\"']{name}|environ\.get\(\\?[\"']{name}|(?i:\bvar\.{name}\b)"
    )
    itself = re.compile(rf"^[\s\-\"']*(?:export\s+|ENV\s+|ARG\s+)?{name}[\"']?\s*[:=]")
    return any(reading.search(line) and not itself.match(line) for line in text.splitlines())


def _is_for_types(file: File, block: int) -> bool:
    """Whether a block stands under `if TYPE_CHECKING:` and so never runs."""
    return any(
        file.model.blocks[current].kind == "if"
        and last_name(file.model.branches[file.model.blocks[current].owner].test) == "TYPE_CHECKING"
        for current in file.block_chain(block)
    )


def span_of(file: File, expr: data.Expr) -> Span | None:
    """Where an expression stands, for those that know it."""
    if isinstance(expr, data.CallRef):
        return file.model.calls[expr.site].span
    return getattr(expr, "span", None)


def _defined(file: File) -> Iterator[Setting]:
    for definition in file.model.definitions:
        texts = (definition.value,) if definition.value is not None else ()
        yield Setting(
            file,
            definition.name,
            texts,
            bool(texts),
            definition.written,
            definition.name_span,
            definition.span,
            definition.kind,
            "define",
            definition.group,
            definition.order,
        )


def constants(file: File, name: str) -> Iterator[Span]:
    """Where a string that is exactly `name` stands in code, quotes included."""
    from lint_langsmith.source.text import LineIndex  # noqa: PLC0415 - for the few names that are asked for

    index = LineIndex(file.code)
    remarks = {line: column for line, column, _, _ in comments(file.code)}
    for match in re.finditer(rf"([\"']){name}\1", file.code):
        span = index.span(match.start(), match.end())
        in_comment = span.line in remarks and span.column >= remarks[span.line]
        if not in_comment and not any(doc.line <= span.line <= doc.end_line for doc in file.model.docstrings):
            yield span


def _valued(file: File) -> Iterator[tuple[data.Expr, Place]]:
    """The expressions of a file that may hold a dict display, with their places."""
    for binding in file.model.bindings:
        if binding.value is not None:
            yield binding.value, file.place(binding)
    for store in file.model.stores:
        if store.value is not None:
            yield store.value, file.place(store)
    for result in file.model.returns:
        if result.value is not None:
            yield result.value, file.place(result)
    for call in file.model.calls:
        for arg in call.args:
            yield arg.value, file.place(call)


def _mappings(expr: data.Expr) -> Iterator[data.Mapping]:
    """The dict displays in an expression that does nothing but hold them."""
    pending: list[data.Expr] = [expr]
    while pending:
        current = pending.pop()
        if isinstance(current, data.Mapping):
            yield current
            pending.extend(current.values)
        elif isinstance(current, data.Sequence):
            pending.extend(current.items)
