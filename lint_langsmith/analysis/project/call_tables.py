"""The calls of one file, by what is asked of them: by what they call, what they get, where they stand."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import last_name, parts
from lint_langsmith.analysis.project.structure import Structure
from lint_langsmith.findings import Span

# Call sites in order by the method that is called, which is empty where the value itself is.
SitesByMethod: TypeAlias = "Mapping[str, Sequence[int]]"


class CallTables(Structure):
    """Look-ups of call sites; each is made once, when it is asked for."""

    @functools.cached_property
    def calls_by_name(self) -> dict[str, list[int]]:
        """Call sites by the last name of what is called."""
        table: dict[str, list[int]] = defaultdict(list)
        for site, call in enumerate(self.model.calls):
            table[last_name(call.func)].append(site)
        return dict(table)

    @functools.cached_property
    def call_by_callee(self) -> Mapping[Span, ir.Call]:
        """The calls by where what they call stands; the first of several."""
        return {call.callee_span: call for call in reversed(self.model.calls)}

    @functools.cached_property
    def sites_by_function(self) -> dict[int, list[int]]:
        """Call sites by the scope of the function they are in; 0 for those of the module."""
        table: dict[int, list[int]] = defaultdict(list)
        for site, call in enumerate(self.model.calls):
            table[self.function_of(call.scope)].append(site)
        return dict(table)

    @functools.cached_property
    def calls_of_parameters(self) -> Mapping[int, Sequence[ir.Call]]:
        """The calls of parameters of functions further out, by those functions and all that stand around them."""
        scopes = self.model.scopes
        table: dict[int, list[ir.Call]] = defaultdict(list)
        for call in self.model.calls:
            name, is_parameter = last_name(call.func), False
            current = scopes[call.scope].parent if isinstance(call.func, ir.Name) else -1
            while current >= 0:
                is_parameter = is_parameter or any(
                    param.name == name for param in scopes[current].params
                )
                if is_parameter:
                    table[current].append(call)
                current = scopes[current].parent
        return dict(table)

    @functools.cached_property
    def last_calls(self) -> Mapping[int, int]:
        """When the last call of each function happens, by its scope; that of the module by 0."""
        table: dict[int, int] = {}
        for call in self.model.calls:
            function = self.function_of(call.scope)
            table[function] = max(call.order, table.get(function, call.order))
        return table

    @functools.cached_property
    def sites_by_base(self) -> dict[str, list[int]]:
        """Call sites by the bare name that is called, or a method of which is called: `f()`, `f.result()`."""
        table: dict[str, list[int]] = defaultdict(list)
        for site, call in enumerate(self.model.calls):
            base = call.func.value if isinstance(call.func, ir.Attribute) else call.func
            if isinstance(base, ir.Name):
                table[base.id].append(site)
        return dict(table)

    @functools.cached_property
    def sites_by_method(self) -> Mapping[tuple[int | None, str], SitesByMethod]:
        """The calls of a bare name or of a method of it, by each scope around them (None for any) and the name."""
        table: dict[tuple[int | None, str], dict[str, list[int]]] = defaultdict(dict)
        for name, sites in self.sites_by_base.items():
            for site in sites:
                call = self.model.calls[site]
                method = call.func.name if isinstance(call.func, ir.Attribute) else ""
                for scope in (None, *self.scopes_around(call.scope)):
                    table[scope, name].setdefault(method, []).append(site)
        return table

    @functools.cached_property
    def sites_by_argument(self) -> dict[str, list[int]]:
        """Call sites by the last names of their arguments, and of the items of lists that are passed."""
        table: dict[str, list[int]] = defaultdict(list)
        for site, call in enumerate(self.model.calls):
            for name in {last_name(part) for arg in call.args for part in parts(arg.value)}:
                table[name].append(site)
        return dict(table)

    @functools.cached_property
    def method_calls(self) -> dict[tuple[str, str], dict[int, list[int]]]:
        """Call sites of methods, by the method's name and the last name before it: `self.jobs.append(…)`.

        Those of a name by the outermost scopes that they are in (`outermost`).
        """
        table: dict[tuple[str, str], dict[int, list[int]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for site, call in enumerate(self.model.calls):
            if isinstance(call.func, ir.Attribute):
                table[call.func.name, last_name(call.func.value)][
                    self.outermost[call.scope]
                ].append(site)
        return dict(table)

    @functools.cached_property
    def sites_by_block(self) -> Mapping[int, Sequence[int]]:
        """Call sites by the innermost blocks that they are in."""
        table: dict[int, list[int]] = defaultdict(list)
        for site, call in enumerate(self.model.calls):
            table[call.block].append(site)
        return dict(table)

    @functools.cached_property
    def awaited(self) -> frozenset[Span]:
        """The callees of calls that are awaited, by where they stand."""
        return frozenset(row.callee_span for row in self.model.calls if row.use.kind == "await")
