"""Modules that may bring a key in and that are not among the files: only a part of the program is there."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.values.abstract import ExternalName
from lint_langsmith.findings import Span
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.analysis.sdk_use.sdk_calls import Construction
    from lint_langsmith.analysis.values.evaluator import Evaluator

# Where functions come from of which is known that they bring no key in.
_KNOWN_ROOTS: Final = sys.stdlib_module_names | {
    "builtins",
    "langsmith",
    "langchain",
    "langchain_core",
}


class MissingModules:
    """Those of one project."""

    def __init__(self, values: Evaluator) -> None:
        """`values` tells where called functions come from."""
        self._values = values
        self._project = values.project

    def of(self, client: Construction) -> str | None:
        """The module that may bring the key of a client in; None where there is no such module.

        A module beside the file, or one of which a function without arguments and result has run before the client is
        built (`export_settings()`).
        """
        return self._not_beside(client.file) or self._set_up_elsewhere(client)

    @remembered
    def _not_beside(self, file: File) -> str | None:
        """A module beside the file that it imports and that is not among the files."""
        project = self._project
        for row in file.model.bindings:
            # `from ._version import __version__`: what a build makes brings nothing in.
            if (
                row.kind not in {"import", "star-import"}
                or not row.level
                or (row.member or "").startswith("__")
            ):
                continue
            module = file.module_of(row)
            named = [module, ".".join(filter(None, (module, row.member)))]
            if not any(name and project.find_module(name, file) for name in named):
                return f"{'.' * row.level}{row.module or row.member}"
        return None

    def _set_up_elsewhere(self, client: Construction) -> str | None:
        set_up = self._set_up_by_functions(client.file)
        around = client.file.function_of(client.call.scope)
        found = [set_up[function] for function in {0, around} if function in set_up]
        return next((module for span, module in sorted(found) if span < client.call.span), None)

    @remembered
    def _set_up_by_functions(self, file: File) -> Mapping[int, tuple[Span, str]]:
        """By function (0 is the module) the first call that may bring a key in, and the module that it comes from."""
        found: dict[int, tuple[Span, str]] = {}
        for site, row in enumerate(file.model.calls):
            if row.args or row.use.kind != "statement" or not isinstance(row.func, ir.Name):
                continue
            function = file.function_of(row.scope)
            if function in found and found[function][0] < row.span:
                continue
            for callee in self._values.callee(file, site):
                module = (
                    callee.name.rpartition(".")[0] if isinstance(callee, ExternalName) else ""
                )
                if module and module.partition(".")[0] not in _KNOWN_ROOTS:
                    found[function] = (row.span, module)
                    break
        return found
