"""Writes to the environment in Python: which variables a program sets, with which value, and for which program."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.dict_displays import (
    has_entries,
    is_made_of_displays,
    items_of,
    mappings_in,
    shown_by,
)
from lint_langsmith.analysis.environment.setter_functions import SetterFunctions
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed, last_name, span_of
from lint_langsmith.analysis.values.abstract import (
    Bound,
    ExternalName,
    FunctionRef,
    Outcome,
    Parameter,
)
from lint_langsmith.analysis.values.abstract import Literal as Text
from lint_langsmith.analysis.values.call_arguments import passed_argument
from lint_langsmith.findings import Span
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluator import Evaluator

# `set` replaces what was there, `default` does not; `patch` is undone (tests); `process` is for a child process, `file`
# is written to a file of variables; `mapping` is a dict that something gets as variables; `define` stands in a file
# that is no Python.
How: TypeAlias = Literal["set", "default", "patch", "process", "file", "mapping", "define"]

_ENVIRON: Final = "os.environ"
_OWN: Final = ExternalName(_ENVIRON)
_COPY: Final = Outcome(ExternalName(f"{_ENVIRON}.copy"))
_VARIABLE: Final = lazy_re.compile(r"LAN[A-Z]{2,8}(?:_[A-Z0-9]+)+")
# Calls that set the variable named by the argument at the position, to the one behind it.
_SETTERS: Final[dict[str, tuple[How, int]]] = {
    "putenv": ("set", 0),
    "setenv": ("patch", 0),
    "set_key": ("file", 1),
}


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
    place: Placed | None = None
    expr: ir.Expr | None = None

    @property
    def value(self) -> str | None:
        """The one string that the program gets; None where that can't be told."""
        return self.texts[0] if self.is_sure and len(self.texts) == 1 else None

    @property
    def at(self) -> Span:
        """Where a finding about the variable stands: its name, or the value if the name is put together."""
        return self.name_span or self.span


def is_certain(setting: Setting) -> bool:
    """Whether a setting of Python runs whenever its module does."""
    place = setting.place
    return place is not None and place.scope == 0 and runs_with_module(setting.file, place)


def runs_with_module(file: File, place: Placed) -> bool:
    """Whether nothing but blocks that always run stands around a statement of a module."""
    return all(
        file.model.blocks[block].kind in CERTAIN for block in file.block_chain(place.block)
    )


def runs_with_function(file: File, place: Placed) -> bool:
    """The same for a statement of a function: whether it runs whenever the function does."""
    for block in file.block_chain(place.block):
        row = file.model.blocks[block]
        if row.kind not in CERTAIN:
            return False
        if row.kind == "scope":
            return True
    return False


# Blocks that run whenever what is around them does.
CERTAIN: Final = frozenset({"with", "try", "finally", "try-else", "scope"})
# A dict that stands in the source: its display, the call of `dict` that makes it, and a statement that adds to it.
_Shown: TypeAlias = "ir.Mapping | ir.Call | ir.Store"


class _Way(NamedTuple):
    """How a statement sets variables: where it stands, and for which program."""

    file: File
    place: Placed
    how: How
    group: str = ""


class Writes:
    """The writes to the environment in the Python files of one project."""

    def __init__(self, values: Evaluator, whole_values: Evaluator) -> None:
        """`values` answers what is asked of every call and write; `whole_values` of LangSmith's variables."""
        self._values = values
        self._whole_values = whole_values
        self._setters = SetterFunctions(values.project, self.environ)

    def of(self, file: File) -> Iterator[Setting]:
        """The variables that the Python of a file sets, in no special order."""
        seen: set[_Shown] = set()
        for store in file.model.stores:
            if not store.deleted:
                yield from self._stored(file, store, seen)
        for site, call in enumerate(file.model.calls):
            yield from self._called(file, site, call, seen)
        yield from self._displayed(file, seen)

    def _stored(self, file: File, store: ir.Store, seen: set[_Shown]) -> Iterator[Setting]:
        target = store.target
        if store.value is None:
            return
        if isinstance(target, ir.Subscript):
            group = self.environ(file, target.value, store)
            if group is not None:
                way = _Way(file, store, "process" if group else "set", group)
                items = items_of(file, target.index, store)
                if items is not None:
                    yield from self._mapped(way, items, seen)
                else:
                    yield from self._named(way, target.index, store.value)
        elif (
            has_entries(file, store.value, store)
            and self.environ(file, target, store) is not None
        ):
            yield from self._mapped(_Way(file, store, "set"), store.value, seen)

    def environ(self, file: File, expr: ir.Expr, place: Placed) -> str | None:
        """Whether an expression is the environment (empty string), or a copy that is made for a child process."""
        if isinstance(expr, ir.Name) and is_made_of_displays(file, expr.id, place):
            return None
        for value in self._values.of(file, expr, place):
            if value == _OWN:
                return ""
            if value == _COPY:
                return f"process:{last_name(expr)}"
        return None

    def _named(self, way: _Way, name: ir.Expr, value: ir.Expr) -> Iterator[Setting]:
        """`name` may stand for several variables (a loop over names); a parameter's are set where it is called."""
        found = self._values.of(way.file, name, way.place)
        if any(isinstance(item, Parameter) for item in found):
            return
        for item in found:
            if isinstance(item, Text):
                yield self._setting(way, item.text, name, value)

    def _setting(
        self, way: _Way, name: str, name_expr: ir.Expr | None, value: ir.Expr
    ) -> Setting:
        # The value of the few variables that rules speak of may come from anywhere.
        evaluator = self._whole_values if _VARIABLE.fullmatch(name) else self._values
        values = evaluator.of(way.file, value, way.place)
        texts = tuple(dict.fromkeys(item.text for item in values if isinstance(item, Text)))
        name_span = name_expr.span if isinstance(name_expr, ir.Text) else None
        span = span_of(way.file, value) or name_span
        if span is None:
            span = (
                span_of(way.file, name_expr) if name_expr is not None else None
            ) or ir.NOWHERE
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

    def _mapped(self, way: _Way, value: ir.Expr, seen: set[_Shown]) -> Iterator[Setting]:
        """The entries of a dict display, of `dict(…)`, or of one that a name stands for."""
        if isinstance(value, ir.Binary):
            yield from self._mapped(way, value.left, seen)
            yield from self._mapped(way, value.right, seen)
        elif isinstance(value, ir.CallRef):
            call = way.file.model.calls[value.site]
            if isinstance(call.func, ir.Name) and call.func.id == "dict" and call not in seen:
                seen.add(call)
                yield from self._updated(way, call.args, seen)
        elif isinstance(value, ir.Name):
            for shown in shown_by(way.file, value.id, way.place):
                yield from self._mapped(way, shown, seen)
        elif isinstance(value, ir.Mapping) and value not in seen:
            seen.add(value)
            for key, item in zip(value.keys, value.values, strict=True):
                if key is not None:
                    yield from self._named(way, key, item)

    def _called(
        self, file: File, site: int, call: ir.Call, seen: set[_Shown]
    ) -> Iterator[Setting]:
        for arg in call.args:
            if arg.keyword == "env":
                way = _Way(file, call, "process", f"process:{site}")
                yield from self._mapped(way, arg.value, seen)
                yield from self._added(way, arg.value, seen)
        name = last_name(call.func)
        args = [arg.value for arg in call.args if arg.keyword is None and not arg.stars]
        if name in {"setdefault", "__setitem__", "update"} and isinstance(
            call.func, ir.Attribute
        ):
            if self.environ(file, call.func.value, call) is None:
                return
            way = _Way(file, call, "default" if name == "setdefault" else "set")
            if name == "update":
                yield from self._updated(way, call.args, seen)
            elif len(args) == 2:
                yield from self._named(way, args[0], args[1])
        elif name in _SETTERS:
            how, position = _SETTERS[name]
            if len(args) >= position + 2:
                way = _Way(file, call, how, "" if how == "set" else f"{how}:{call.scope}")
                yield from self._named(way, args[position], args[position + 1])
        elif name == "dict" and args:
            yield from self._patched(file, call, seen)
        else:
            yield from self._by_helper(file, site, call)

    def _added(self, way: _Way, value: ir.Expr, seen: set[_Shown]) -> Iterator[Setting]:
        """What statements put into the dict display of a name that a process gets: `env["NAME"] = …`."""
        if not isinstance(value, ir.Name) or not is_made_of_displays(
            way.file, value.id, way.place
        ):
            return
        for store in self._item_stores(way.file).get(value.id, ()):
            is_new = store not in seen
            seen.add(store)
            if is_new and isinstance(store.target, ir.Subscript) and store.value is not None:
                added = way._replace(place=store)
                yield from self._named(added, store.target.index, store.value)

    @remembered
    def _item_stores(self, file: File) -> Mapping[str, Sequence[ir.Store]]:
        """The statements of a file that store items, by the names of what they store them in."""
        found: dict[str, list[ir.Store]] = defaultdict(list)
        for store in file.model.stores:
            target = store.target
            if isinstance(target, ir.Subscript) and isinstance(target.value, ir.Name):
                found[target.value.id].append(store)
        return dict(found)

    def _updated(
        self, way: _Way, args: Iterable[ir.Argument], seen: set[_Shown]
    ) -> Iterator[Setting]:
        for arg in args:
            if arg.keyword is not None:
                yield self._setting(way, arg.keyword, None, arg.value)
            elif not arg.stars:
                yield from self._mapped(way, arg.value, seen)

    def _patched(self, file: File, call: ir.Call, seen: set[_Shown]) -> Iterator[Setting]:
        """`patch.dict(os.environ, {…})`, `patch.dict("os.environ", NAME="…")`."""
        first = call.args[0].value
        named = isinstance(first, ir.Text) and first.value == _ENVIRON
        if not isinstance(call.func, ir.Attribute) or not (
            named or self.environ(file, first, call) is not None
        ):
            return
        rest = [
            ir.Argument(arg.value) if arg.keyword == "values" else arg for arg in call.args[1:]
        ]
        way = _Way(file, call, "patch", f"patch:{call.scope}")
        yield from self._updated(way, (arg for arg in rest if arg.keyword != "clear"), seen)

    def _by_helper(self, file: File, site: int, place: Placed) -> Iterator[Setting]:
        """A function of the project that sets the variable whose name it is given."""
        call = file.model.calls[site]
        if not call.args or not self._setters.may_be_called(file, call):
            return
        for callee in self._values.callee(file, site):
            function = callee.function if isinstance(callee, Bound) else callee
            if not isinstance(function, FunctionRef):
                continue
            for parameter, value in self._setters.parameters_set(function):
                name = passed_argument(file, site, function, parameter)
                passed = passed_argument(file, site, function, value) if value else None
                if name is None:
                    continue
                for setting in self._named(_Way(file, place, "set"), name, passed or name):
                    yield (
                        setting
                        if passed is not None
                        else setting._replace(texts=(), is_sure=False)
                    )

    def _displayed(self, file: File, seen: set[_Shown]) -> Iterator[Setting]:
        """Dict displays with names of variables that go anywhere else: to a container, to a deployment."""
        for expr, place in file.displays:
            for mapping in mappings_in(expr):
                if mapping in seen:
                    continue
                seen.add(mapping)
                for key, item in zip(mapping.keys, mapping.values, strict=True):
                    if isinstance(key, ir.Text) and _VARIABLE.fullmatch(key.value):
                        way = _Way(file, place, "mapping", f"mapping:{len(seen)}")
                        yield self._setting(way, key.value, key, item)
        for site in file.calls_by_name.get("dict", ()):
            call = file.model.calls[site]
            if call not in seen and isinstance(call.func, ir.Name):
                way = _Way(file, call, "mapping", f"mapping:{len(seen)}")
                named = [
                    arg
                    for arg in call.args
                    if arg.keyword is not None and _VARIABLE.fullmatch(arg.keyword)
                ]
                yield from self._updated(way, named, seen)
