"""Runnables of LangChain that go on with another one where they fail: `RunnableLambda(f).with_fallbacks([g])`.

Executed on langchain-core 1.8: `with_fallbacks` handles what `exceptions_to_handle` names, by default every
`Exception`, in each method that runs the runnable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, TypeAlias

from lint_langsmith.analysis.exceptions.raised import RaisedError, Verdict, agreed, one_of
from lint_langsmith.analysis.exceptions.retry_policies import keyword_argument
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.limits import NAME_HOPS
from lint_langsmith.analysis.project.file import File, Placed
from lint_langsmith.analysis.values.abstract import Values
from lint_langsmith.analysis.values.bindings import lookup

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluator import Evaluator

# Methods that give the same runnable with something around it.
_AROUND: Final = frozenset(
    {"with_retry", "with_config", "with_listeners", "with_alisteners", "with_types", "bind"}
)

_Catches: TypeAlias = "Callable[[Values, tuple[str, ...]], Verdict]"


def falls_back(
    file: File, site: int, thrown: RaisedError, values: Evaluator, catches: _Catches
) -> Verdict:
    """Whether another runnable takes over where the one that the call at `site` makes raises an exception.

    `catches` says whether one of some classes is a base of an exception.
    """
    verdicts: list[Verdict] = []
    for other in file.calls_by_name.get("with_fallbacks", ()):
        call = file.model.calls[other]
        if isinstance(call.func, ir.Attribute) and any(
            made == site for made in _makers(file, call.func.value, call)
        ):
            handled = keyword_argument(call, "exceptions_to_handle")
            found = values.of(file, handled, file.place(call)) if handled is not None else None
            verdicts.append(
                "yes"
                if found is None
                else agreed(catches(found, mro) for mro in thrown.alternatives)
            )
    return one_of(verdicts)


def _makers(file: File, expr: ir.Expr, place: Placed) -> Iterator[int]:
    """The calls that make a runnable, or the parts of a chain."""
    pending = [expr]
    for _ in range(NAME_HOPS):
        if not pending:
            return
        current = pending.pop()
        if isinstance(current, ir.Binary):
            pending += (current.left, current.right)
        elif isinstance(current, ir.Name):
            rows = lookup(file, current.id, place)
            pending += [row.value for row in rows if row.value is not None]
        elif isinstance(current, ir.CallRef):
            func = file.model.calls[current.site].func
            if isinstance(func, ir.Attribute) and func.name in _AROUND:
                pending.append(func.value)
            else:
                yield current.site
