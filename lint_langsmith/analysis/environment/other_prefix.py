"""Variables that the program reads under one name, where only another name for the same thing is set.

The SDK takes both prefixes, and four names for the tracing flag; a program that reads one itself does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.values.abstract import Environment
from lint_langsmith.findings import Span
from lint_langsmith.sdk.variables import ENDPOINTS, KEYS, TRACING_FLAGS

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.writes import Setting
    from lint_langsmith.analysis.project.file import File
    from lint_langsmith.analysis.values.evaluator import Evaluator

_GROUPS: Final = (KEYS, TRACING_FLAGS, ENDPOINTS)
_READERS: Final = ("getenv", "get")


class OtherPrefix(NamedTuple):
    """A variable that is read and set nowhere, where it is read, and the setting of its twin."""

    name: str
    span: Span
    twin: Setting


def read_under_other_prefix(
    file: File, values: Evaluator, checkout: Checkout
) -> OtherPrefix | None:
    """The first such read of a file; in a `conftest.py` only of what it does not set for its tests."""
    if file.is_test and (checkout.settings(file) or "setenv" in file.code):
        return None
    for name, span in sorted(_reads(file, values), key=lambda read: read[1]):
        for twin in _twins(name):
            setting = checkout.set_in_files.get(twin)
            if setting is not None and not _is_known(name, twin, file, checkout):
                return OtherPrefix(name, span, setting)
    return None


def _is_known(name: str, twin: str, file: File, checkout: Checkout) -> bool:
    """Whether another file names what is read, or code the twin that is set."""
    if name in TRACING_FLAGS:  # of which some are parts of others
        return checkout.names_whole(name, but=file.relative) or checkout.names_whole(
            twin, only_code=True
        )
    return checkout.names_word(name, but=file.relative) or checkout.in_code(twin)


def _twins(name: str) -> Iterator[str]:
    """The names of the other prefix for the same thing, and every other name of the tracing flag."""
    prefix = name.partition("_")[0]
    for names in _GROUPS:
        if name in names:
            yield from (
                other
                for other in names
                if not other.startswith(prefix) or (names is TRACING_FLAGS and other != name)
            )


def _reads(file: File, values: Evaluator) -> Iterator[tuple[str, Span]]:
    """Where a file reads one of the variables by its name."""
    known: Mapping[str, object] = dict.fromkeys(name for names in _GROUPS for name in names)
    for reader in _READERS:
        for site in file.calls_by_name.get(reader, ()):
            call = file.model.calls[site]
            first = call.args[0].value if call.args else None
            if isinstance(first, ir.Text) and first.value in known:
                found = values.call(file, site)
                if any(
                    isinstance(value, Environment) and value.variable == first.value
                    for value in found
                ):
                    yield first.value, call.span
    for load in file.model.loads:
        expr = load.expr
        if (
            isinstance(expr, ir.Subscript)
            and isinstance(expr.index, ir.Text)
            and expr.index.value in known
        ):
            found = values.of(file, expr, file.place(load))
            if any(isinstance(value, Environment) for value in found):
                yield expr.index.value, expr.span
