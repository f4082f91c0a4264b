"""Decorators and context managers of libraries that catch what they are put around.

Executed on loguru 0.7.3, returns 0.30.0 and funcy 2.1. `logger.catch` logs the exception and goes on, for coroutines
and generators too, for asynchronous generators not; with `reraise=True` it raises again. All other decorators and
managers of libraries that were met (routes, caches, traces, limits, tasks) let exceptions through.
"""

from __future__ import annotations

from typing import Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.values.abstract import (
    ExternalAttribute,
    ExternalName,
    Value,
)

_CATCHING: Final = frozenset(
    {
        "loguru.logger.catch",
        "returns.result.safe",
        "returns.io.impure_safe",
        "returns.future.future_safe",
        "funcy.silent",
        "funcy.ignore",
    }
)
# Keywords by which they are told what to catch; the first argument says so as well.
CLASSES: Final = frozenset({"exception", "exceptions", "errors"})
# With these some, or all, of what they catch gets through.
NARROWED: Final = frozenset({"reraise", "exclude"})
RERAISING: Final = ("reraise", ir.Constant("True"))


def catches(value: Value) -> bool:
    """Whether a value is one of them, as it is written or called."""
    if isinstance(value, ExternalAttribute):
        return isinstance(value.receiver.cls, ExternalName) and (
            f"{value.receiver.cls.name}.{value.name}" in _CATCHING
        )
    return isinstance(value, ExternalName) and value.name in _CATCHING
