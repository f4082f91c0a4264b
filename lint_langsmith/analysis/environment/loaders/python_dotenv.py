"""Python programs: python-dotenv, and what loads files of variables as it does.

Executed on python-dotenv 1.2.4, environs 15.2.0, python-decouple 3.8, starlette 1.10.0, pydantic-settings 2.16.3:
`load_dotenv()` looks for `.env` in the folder of the calling file and in those around it, and leaves alone what is set
already (`override=True` does not); `Env.read_env()` looks in the same way, and puts what it finds into the environment
up to environs 14.6; 15.2 keeps it to itself, and is taken to do as the older ones. `dotenv_values`, decouple,
starlette's `Config` and settings classes of pydantic read a file for themselves: nothing of it reaches the environment.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.checkout import located
from lint_langsmith.analysis.environment.flags import meaning
from lint_langsmith.analysis.environment.process import NOTHING, Given, Process, Source, outside
from lint_langsmith.analysis.environment.writes import is_certain, runs_with_function
from lint_langsmith.analysis.environment.written_paths import WrittenPath, written_path
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.limits import PATH_HOPS, PATH_STEPS, PROGRAM_FILES
from lint_langsmith.analysis.project.file import File, is_test, last_name
from lint_langsmith.analysis.values.abstract import FunctionRef
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.remembered import remembered
from lint_langsmith.sdk.keys import unusable_form
from lint_langsmith.sdk.variables import KEYS, TRACING_FLAGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.process import Loader
    from lint_langsmith.analysis.environment.programs import Programs
    from lint_langsmith.analysis.environment.variables import Environment, Load
    from lint_langsmith.analysis.environment.writes import Setting
    from lint_langsmith.analysis.project.file import Place

_DEFAULT: Final = ".env"
# Of these the rule is known; what others load is not in the source.
_SEARCHING: Final = frozenset({"load_dotenv", "read_env"})
# As documented by chainlit (it loads `.env` of the folder where it is started; not executed) and for Streamlit
# (docs.streamlit.io, "Secrets management": top-level secrets are environment variables, too) and Modal (`Secret`).
_LOADING_THEMSELVES: Final = {"chainlit": _DEFAULT}
_WITH_SECRETS: Final = {"streamlit": "secrets of Streamlit", "modal": "secrets of Modal"}
_QUOTED: Final = lazy_re.compile(r"[\"']([^\"'\n]*)[\"']")
_BASENAME: Final = lazy_re.compile(r"[\w.-]*env[\w.-]*", re.IGNORECASE)


class _Loaded(NamedTuple):
    """A file of variables that is loaded, whether it beats what is set already, and the place of the call that does."""

    source: Source
    overrides: bool
    place: Place | None = None


class _Sequence(NamedTuple):
    """The statements of one scope that set variables, by the order of the first of them."""

    scope: int
    first: int

    def comes_after(self, loaded: _Loaded) -> bool:
        """Whether all of them run behind a call that loads."""
        place = loaded.place
        return place is not None and place.scope == self.scope and place.order < self.first


class PythonPrograms:
    """The processes that files of Python start, or are a part of."""

    def __init__(
        self, checkout: Checkout, environment: Environment, programs: Programs
    ) -> None:
        """`environment` says what files set and load, `programs` which of them run together."""
        self._checkout = checkout
        self._environment = environment
        self._programs = programs

    def processes(self) -> Iterator[Process]:
        """One for each file that loads variables, switches tracing on or off, or sets a key that is none."""
        names = self.suppliers
        for name in names:
            file = self._checkout.file(name)
            if file is not None and (self._loads(name) or self._switches(file)):
                yield self._process(name, self._programs.together(name, names))
        for name in sorted(self._environment.settings_readers):
            if not is_test(name):
                yield from self._settings_only(name)

    @functools.cached_property
    def suppliers(self) -> tuple[str, ...]:
        """The files that load or set variables by themselves, or by a framework that they import; no tests."""
        found = set(self._environment.suppliers)
        for name in self._checkout.python_below(""):
            content = self._checkout.content(name)
            if any(word.encode() in content for word in _LOADING_THEMSELVES):
                found.add(name)
        return tuple(sorted(name for name in found if not is_test(name)))

    def loads(self, names: Sequence[str]) -> tuple[Source, ...]:
        """The files of variables that some files load."""
        return tuple(loaded.source for name in names for loaded in self._loads(name))

    def _switches(self, file: File) -> bool:
        """Whether a file sets what a process is judged by: the flag of tracing, or a key that is none by its form."""
        return any(
            _is_own(setting) and (setting.name in TRACING_FLAGS or _sets_no_key(setting))
            for setting in self._environment.settings(file)
        )

    def _process(self, name: str, together: Sequence[str]) -> Process:
        loaded = [(other, item) for other in together for item in self._loads(other)]
        root = self._root(together)
        own = self._sequence(root, together) if root is not None else None
        over: list[_Loaded] = []
        late: list[_Loaded] = []
        for other, item in reversed(loaded):
            if item.overrides:
                is_late = own is not None and other == root and own.comes_after(item)
                (late if is_late else over).append(item)
        under = [*late, *(item for _, item in loaded if not item.overrides)]
        before = [item.source for item in over]
        behind = [item.source for item in under]
        sources = {
            source.label: source for source in (*before, self._code(name, together), *behind)
        }
        return Process(
            f"`{name}`", "project", tuple(sources.values()), self._programs.starts(name)
        )

    def _root(self, together: Sequence[str]) -> str | None:
        """The file of a program that none of its others imports, if there is only one."""
        if len(together) > PROGRAM_FILES:
            return None
        names = frozenset(together)
        roots = [name for name in together if self._programs.starts(name) & names == {name}]
        return roots[0] if len(roots) == 1 else None

    def _sequence(self, root: str, together: Sequence[str]) -> _Sequence | None:
        """Where a program sets its variables: in one scope of its only file, or in functions that its root calls."""
        if len(together) == 1:
            return self._own_sequence(root)
        calls, orders = self._calls(root), []
        for other in together:
            file = self._checkout.file(other)
            for setting in self._environment.settings(file) if file is not None else ():
                if not _is_own(setting):
                    continue
                place = setting.place
                order = calls.get(_function_of(setting)) if place is not None else None
                if other == root and place is not None and place.scope == 0:
                    order = place.order
                if order is None:
                    return None
                orders.append(order)
        return _Sequence(0, min(orders)) if orders else None

    def _calls(self, root: str) -> Mapping[FunctionRef, int]:
        """The functions that the root of a program surely calls."""
        file = self._checkout.file(root)
        return self._environment.called_by_module(file) if file is not None else {}

    def _own_sequence(self, name: str) -> _Sequence | None:
        """Where a file sets its variables, if it does so in one scope."""
        file = self._checkout.file(name)
        settings = self._environment.settings(file) if file is not None else ()
        places = [setting.place for setting in settings if _is_own(setting)]
        rows = [place for place in places if place is not None]
        if not rows or len(rows) < len(places) or len({row.scope for row in rows}) > 1:
            return None
        return _Sequence(rows[0].scope, min(row.order for row in rows))

    # -- what the code sets itself -----------------------------------------------------------------------------------

    def _code(self, name: str, together: Sequence[str]) -> Source:
        found: dict[str, list[Setting]] = defaultdict(list)
        for other in together:
            file = self._checkout.file(other)
            for setting in self._environment.settings(file) if file is not None else ():
                if _is_own(setting):
                    found[setting.name].append(setting)
        root = self._root(together)
        calls = self._calls(root) if root is not None else {}
        given: dict[str, Given] = {}
        for variable, settings in found.items():
            is_called = all(_is_called(setting, calls) for setting in settings)
            given[variable] = _agreed(settings)._replace(is_called=is_called)
        return Source(f"the code of `{name}`", given)

    # -- what it loads -----------------------------------------------------------------------------------------------

    @remembered
    def _loads(self, name: str) -> tuple[_Loaded, ...]:
        file = self._checkout.file(name)
        return tuple(self._find_loads(file)) if file is not None else ()

    def _find_loads(self, file: File) -> Iterator[_Loaded]:
        by_span = {call.span: call for call in file.model.calls}
        for load in self._environment.loads(file):
            found = self._load(file, load, by_span.get(load.span))
            yield found._replace(place=load.place)
        modules = _imported(file)
        for module in sorted(modules & _LOADING_THEMSELVES.keys()):
            folder = file.relative.rpartition("/")[0]
            yield _Loaded(self._searched(folder, _LOADING_THEMSELVES[module]), overrides=False)
        for module in sorted(modules & _WITH_SECRETS.keys()):
            yield _Loaded(outside(_WITH_SECRETS[module]), overrides=False)
        for loaded in file.model.environment_files:
            folder = file.relative.rpartition("/")[0]
            yield _Loaded(self._searched(folder, loaded.path or _DEFAULT), overrides=False)

    def _load(self, file: File, load: Load, call: ir.Call | None) -> _Loaded:
        if call is None or load.name not in _SEARCHING:
            return _Loaded(outside(f"`{load.name}` in `{file.relative}`"), overrides=False)
        keywords = {arg.keyword: arg.value for arg in call.args if arg.keyword}
        overrides = keywords.get("override") == ir.Constant("True")
        given = keywords.get("dotenv_path") or keywords.get("path") or keywords.get("env_file")
        first = next((arg.value for arg in call.args if arg.keyword is None), None)
        path = given if given is not None else first
        if "stream" in keywords or any(arg.stars for arg in call.args):
            return _Loaded(outside(f"`{load.name}` in `{file.relative}`"), overrides)
        if path is None or path == ir.Constant("None"):
            return _Loaded(
                self._searched(file.relative.rpartition("/")[0], _DEFAULT), overrides
            )
        return _Loaded(self._named(file, path, call), overrides)

    def _searched(self, folder: str, path: str) -> Source:
        """The first file of that path in a folder and in those around it, up to the root."""
        name = self._nearest(folder, path)
        if name is not None:
            return self._checkout.variables_of(name, "python-dotenv")
        templates = map(self._checkout.template_of, _candidates(folder, path))
        absent = self._checkout.variables_of(path, "python-dotenv")
        return absent._replace(meant=next(filter(None, templates), NOTHING))

    def _nearest(self, folder: str, path: str) -> str | None:
        return next(filter(self._checkout.has, _candidates(folder, path)), None)

    def _named(self, file: File, path: ir.Expr, call: ir.Call) -> Source:
        """A file that an expression names: by a text, by `Path(__file__).parent / ".env"`, by `find_dotenv()`."""
        folder = file.relative.rpartition("/")[0]
        written = written_path(file, path, call, PATH_STEPS)
        if written is not None and _BASENAME.fullmatch(
            written.parts[-1] if written.parts else ""
        ):
            return self._at(written, folder)
        text = _written(file, path, call, PATH_HOPS)
        pieces = [piece.strip("./") for piece in _QUOTED.findall(text) if piece.strip("./")]
        if "find_dotenv" in text and not pieces:
            return self._searched(folder, _DEFAULT)
        tail = "/".join(_dotted(piece) for piece in _QUOTED.findall(text) if piece.strip("./"))
        if (
            not tail
            or _BASENAME.fullmatch(tail.rpartition("/")[2]) is None
            or "{" in text
            or "environ" in text
        ):
            return outside(f"what `{file.relative}` loads")
        # The working directory, and what names of folders stand for, are not known: the nearest is meant.
        return self._searched(folder, tail)

    def _at(self, written: WrittenPath, folder: str) -> Source:
        """The file at a path that is written out; a relative one may count from the file, or from the root."""
        if written.is_anchored:
            return self._checkout.variables_of(located("", written.text), "python-dotenv")
        if ".." not in written.parts:
            # The working directory is not known: the nearest is meant.
            return self._searched(folder, written.text)
        names = (located(start, written.text) for start in (folder, ""))
        here = next(
            (name for name in names if name is not None and self._checkout.has(name)), None
        )
        return self._checkout.variables_of(here, "python-dotenv")

    # -- settings ----------------------------------------------------------------------------------------------------

    def _settings_only(self, name: str) -> Iterator[Process]:
        """Files that are read for settings, and never reach the environment."""
        file = self._checkout.file(name)
        if file is None:
            return
        for path in _read_for_settings(file):
            found = self._searched(name.rpartition("/")[0], path)
            source = found._replace(loader=_grammar_of_settings(file))
            yield Process(
                f"the settings of `{name}`",
                "project",
                (source,),
                self._programs.starts(name),
                "",
                False,
            )


def _candidates(folder: str, path: str) -> Iterator[str]:
    """A path in a folder and in those around it, the nearest first."""
    parts = folder.split("/") if folder else []
    return ("/".join((*parts[:size], path)) for size in range(len(parts), -1, -1))


def _is_own(setting: Setting) -> bool:
    """Whether a setting is for the process that makes it."""
    if setting.kind == "magic":
        return setting.group in {"%env", "%set_env"}
    return setting.how in {"set", "default"} and not setting.group


def _function_of(setting: Setting) -> FunctionRef:
    """The function in which a setting of Python stands."""
    scope = setting.place.scope if setting.place is not None else 0
    return FunctionRef(setting.file, setting.file.function_of(scope))


def _is_called(setting: Setting, calls: Mapping[FunctionRef, int]) -> bool:
    """Whether one of some functions runs a setting whenever it is called."""
    place = setting.place
    return (
        place is not None
        and _function_of(setting) in calls
        and runs_with_function(setting.file, place)
    )


def _sets_no_key(setting: Setting) -> bool:
    is_key = setting.name in KEYS and setting.value is not None
    return is_key and unusable_form(setting.value or "") is not None


def _agreed(settings: Sequence[Setting]) -> Given:
    """What settings of one variable come to: unknown where they differ, or where one may not run and switches off."""
    values = {setting.value for setting in settings}
    last = settings[-1]
    if len(values) != 1:
        return Given(last, None)
    is_off = (
        last.name in TRACING_FLAGS and last.value is not None and meaning(last.value) != "on"
    )
    is_key = last.name in KEYS
    return Given(
        last, None if (is_off or is_key) and not all(map(is_certain, settings)) else last.value
    )


def _written(file: File, expr: ir.Expr, call: ir.Call, hops: int) -> str:
    """The source of an expression; of a name that of what it stands for."""
    if isinstance(expr, ir.Text):
        return f'"{expr.value}"'
    if isinstance(expr, ir.Name) and hops:
        found = [row for row in lookup(file, expr.id, call) if row.value is not None]
        return (
            _written(file, found[-1].value, call, hops - 1)
            if len(found) == 1 and found[-1].value
            else "{}"
        )
    if isinstance(expr, ir.Binary):
        return f"{_written(file, expr.left, call, hops)} / {_written(file, expr.right, call, hops)}"
    if isinstance(expr, ir.CallRef):
        inner = file.model.calls[expr.site]
        arguments = " ".join(_written(file, arg.value, call, hops) for arg in inner.args)
        return f"{last_name(inner.func)}({arguments})"
    return last_name(expr) if isinstance(expr, (ir.Name, ir.Attribute)) else ""


def _dotted(piece: str) -> str:
    """A part of a path without `./`, `../` and slashes around it."""
    return "/".join(part for part in piece.split("/") if part not in {"", ".", ".."})


def _imported(file: File) -> frozenset[str]:
    """The packages that a file imports, by their first names."""
    rows = (
        row
        for row in file.model.bindings
        if row.kind in {"import", "star-import"} and not row.level
    )
    return frozenset((row.module or row.name).partition(".")[0] for row in rows)


def _grammar_of_settings(file: File) -> Loader:
    """How the files are read from which a file takes settings: decouple and starlette do it by themselves."""
    return "decouple" if _imported(file) & {"decouple", "starlette"} else "settings"


def _read_for_settings(file: File) -> Iterator[str]:
    """The files of variables that settings of a file are read from, as written."""
    if "decouple" in _imported(file):
        yield _DEFAULT
    for name in ("SettingsConfigDict", "ConfigDict", "Config", "dotenv_values"):
        for site in file.calls_by_name.get(name, ()):
            for arg in file.model.calls[site].args:
                is_path = arg.keyword in {"env_file", "dotenv_path"} or (
                    arg.keyword is None and name in {"Config", "dotenv_values"}
                )
                texts = arg.value.items if isinstance(arg.value, ir.Sequence) else (arg.value,)
                yield from (
                    text.value for text in texts if is_path and isinstance(text, ir.Text)
                )
            if name == "dotenv_values" and not file.model.calls[site].args:
                yield _DEFAULT
    for binding in file.model.bindings:
        if binding.name == "env_file" and isinstance(binding.value, ir.Text):
            yield binding.value.value
        if binding.name == "model_config" and isinstance(binding.value, ir.Mapping):
            for key, value in zip(binding.value.keys, binding.value.values, strict=True):
                if (
                    isinstance(key, ir.Text)
                    and key.value == "env_file"
                    and isinstance(value, ir.Text)
                ):
                    yield value.value
