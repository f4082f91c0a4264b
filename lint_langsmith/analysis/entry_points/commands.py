"""Command lines: the groups that a command is part of, where they are started, and what classes they are of."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place, last_name
from lint_langsmith.analysis.project.words import ADDERS
from lint_langsmith.analysis.values.abstract import (
    ClassRef,
    ExternalName,
    FunctionRef,
    Instance,
    Value,
)

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluator import Evaluator

# What a group of commands is: a function under `@click.group()`, or an application object (`typer.Typer()`).
Group: TypeAlias = FunctionRef | Instance

_MEMBERS: Final = frozenset({"command", "group", "callback"})
_COMMAND_LINES: Final = ("click.", "typer.", "rich_click.", "asyncclick.")


class _Named(NamedTuple):
    """A group, with the file in which it is made and the name under which it was met."""

    group: Group
    file: File
    name: str


class Commands:
    """The command lines of one project."""

    def __init__(self, values: Evaluator) -> None:
        """`values` resolves names."""
        self._project = values.project
        self._values = values

    def starts(self, function: FunctionRef) -> Iterator[tuple[File, ir.Call]]:
        """Where a command line is started that a command belongs to: `cli()` behind `@cli.command()`."""
        for around in self._around(function):
            for caller in self._values.name_users.possible(around.file, around.name):
                for site in caller.calls_by_name.get(around.name, ()):
                    if around.group in self._values.callee(caller, site):
                        yield caller, caller.model.calls[site]

    def group_classes(self, function: FunctionRef) -> Iterator[ClassRef]:
        """The project's own classes of the groups around a command: `@click.group(cls=SafeGroup)`."""
        groups = [around.group for around in self._around(function)]
        if not self._is_command(function, groups):
            return
        for group in groups:
            if isinstance(group, FunctionRef):
                yield from self._declared_classes(group)
        if not any(True for _ in self.starts(function)):
            yield from self._lazy_classes

    def _is_command(self, function: FunctionRef, groups: list[Group]) -> bool:
        named = self._values.decorator_names(function)
        return bool(groups) or any(name.startswith(_COMMAND_LINES) for name in named)

    # -- groups ------------------------------------------------------------------------------------------------------

    def _around(self, function: FunctionRef) -> Iterator[_Named]:
        """The groups that a command is in, those that they are in, and so on."""
        pending: list[Value] = [function]
        seen: set[Value] = {function}
        while pending:
            member = pending.pop()
            for around in (*self._by_decorator(member), *self._by_call(member)):
                if around.group not in seen:
                    seen.add(around.group)
                    pending.append(around.group)
                    yield around

    def _by_decorator(self, member: Value) -> Iterator[_Named]:
        if not isinstance(member, FunctionRef):
            return
        file = member.file
        scope = file.model.scopes[member.scope]
        place = Place(scope.parent, scope.outer_block, scope.order)
        for decorator in scope.decorators:
            func = (
                file.model.calls[decorator.site].func
                if isinstance(decorator, ir.CallRef)
                else decorator
            )
            if isinstance(func, ir.Attribute) and func.name in _MEMBERS:
                for group in self._values.of(file, func.value, place):
                    if isinstance(group, (FunctionRef, Instance)):
                        yield _Named(group, _home(group, file), last_name(func.value))

    def _by_call(self, member: Value) -> Iterator[_Named]:
        yield from (around for added, around in self._added if added == member)

    @functools.cached_property
    def _added(self) -> tuple[tuple[Value, _Named], ...]:
        """What the project adds to groups by a call: `cli.add_command(datasets)`, `app.add_typer(runs)`."""
        found: list[tuple[Value, _Named]] = []
        for adder, names in self._project.holding(ADDERS).items():
            for name in sorted(names):
                file = self._project.try_load(name)
                for site in file.calls_by_name.get(adder, ()) if file is not None else ():
                    found.extend(self._additions(file, site) if file is not None else ())
        return tuple(found)

    def _additions(self, file: File, site: int) -> Iterator[tuple[Value, _Named]]:
        call = file.model.calls[site]
        if not call.args or not isinstance(call.func, ir.Attribute):
            return
        values = self._values
        for group in values.of(file, call.func.value, file.place(call)):
            if isinstance(group, (FunctionRef, Instance)):
                around = _Named(group, _home(group, file), last_name(call.func.value))
                for member in values.of(file, call.args[0].value, file.place(call)):
                    yield member, around

    # -- classes -----------------------------------------------------------------------------------------------------

    def _declared_classes(self, group: FunctionRef) -> Iterator[ClassRef]:
        file = group.file
        for decorator in file.model.scopes[group.scope].decorators:
            if isinstance(decorator, ir.CallRef):
                call = file.model.calls[decorator.site]
                for arg in call.args:
                    if arg.keyword == "cls":
                        values = self._values.of(file, arg.value, file.place(call))
                        yield from (value for value in values if isinstance(value, ClassRef))

    @functools.cached_property
    def _lazy_classes(self) -> tuple[ClassRef, ...]:
        """Own group classes that look commands up themselves: any command of the project may be one of theirs."""
        found: list[ClassRef] = []
        for name in self._project.mentioning("get_command"):
            file = self._project.try_load(name)
            for index, scope in enumerate(file.model.scopes if file is not None else ()):
                if (
                    file is not None
                    and scope.kind == "class"
                    and (index, "get_command") in file.bindings
                ):
                    found.append(ClassRef(file, index))
        return tuple(cls for cls in found if self._is_group_class(cls))

    def _is_group_class(self, cls: ClassRef) -> bool:
        ancestry = self._values.ancestry(cls)
        return any(
            isinstance(base, ExternalName) and base.name.startswith(_COMMAND_LINES)
            for base in ancestry
        )


def _home(group: Group, file: File) -> File:
    if isinstance(group, FunctionRef):
        return group.file
    return group.origin[0] if group.origin is not None else file
