"""Calls that fail on their arguments, before anything is asked of LangSmith."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.sdk import results

if TYPE_CHECKING:
    from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall


def missing_arguments(call: ApiCall) -> tuple[str, ...]:
    """The arguments that every release of the SDK wants and that a call of a client's method surely does not pass."""
    if call.method is None or not _is_plain(call):
        return ()
    # What goes by another name may be a partial, which holds the others; so may what is unpacked.
    func = call.call.func
    if (
        not isinstance(func, ir.Attribute)
        or func.name != call.name
        or any(arg.stars for arg in call.call.args)
    ):
        return ()
    # What can be passed by position alone is no parameter of the table: where it stands is not known.
    known = call.method.parameters
    wanted = (name for name in results.required(f"{call.owner}.{call.name}") if name in known)
    keywords = {arg.keyword for arg in call.call.args}
    count = sum(1 for arg in call.call.args if arg.keyword is None)
    return tuple(
        name
        for name in wanted
        if name not in keywords and name not in call.method.positional[:count]
    )


def fails_on_arguments(call: ApiCall) -> bool:
    """Whether a call raises `TypeError`: an argument is missing, or its release takes no such keyword."""
    if call.method is None or not _is_plain(call):
        return False
    keywords = {arg.keyword for arg in call.call.args if arg.keyword is not None}
    unknown = not call.method.open_keywords and not keywords.issubset(call.method.parameters)
    return unknown or bool(missing_arguments(call))


def _is_plain(call: ApiCall) -> bool:
    """Whether a method is called where it stands: a function has no owner, what is handed over others may call."""
    return bool(call.owner) and call.handed is None
