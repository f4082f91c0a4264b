"""Calls that fail on their arguments, before anything is asked of LangSmith."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.sdk import results

if TYPE_CHECKING:
    from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall, Construction
    from lint_langsmith.sdk.table import SdkTable

_NONE: Final = ir.Constant("None")
# Methods that want one of several arguments, none of which is required by itself; without, they raise ValueError before
# they send a request (executed on 0.1.77, 0.1.147, 0.3.45 and 0.15.1).
_ONE_OF: Final = {
    "langsmith.client.Client.create_feedback": ("run_id", "trace_id", "project_id")
}


def missing_arguments(call: ApiCall) -> tuple[str, ...]:
    """The arguments that every release of the SDK wants and that a call of a client's method surely does not pass."""
    if call.method is None or not _passes_all(call):
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


def lacks_one_of(call: ApiCall) -> tuple[str, ...]:
    """The arguments of which a call passes none but `None`, although its method wants one: `run_id=None`."""
    wanted = _ONE_OF.get(f"{call.owner}.{call.name}", ())
    if call.method is None or not _passes_all(call):
        return ()
    by_position = [arg.value for arg in call.call.args if arg.keyword is None]
    given = dict(zip(call.method.positional, by_position, strict=False))
    given.update((arg.keyword, arg.value) for arg in call.call.args if arg.keyword is not None)
    is_there = any(given.get(name, _NONE) != _NONE for name in wanted)
    return () if is_there or missing_arguments(call) else wanted


def fails_on_arguments(call: ApiCall) -> bool:
    """Whether a call raises an error: an argument is missing, or its release takes no such keyword."""
    if call.method is None or not _is_plain(call):
        return False
    if lacks_one_of(call):
        return True
    keywords = {arg.keyword for arg in call.call.args if arg.keyword is not None}
    unknown = not call.method.open_keywords and not keywords.issubset(call.method.parameters)
    return unknown or bool(missing_arguments(call))


def unknown_keywords(client: Construction, sdk: SdkTable) -> tuple[str, ...]:
    """The keywords for which the constructor of a client of the SDK raises TypeError."""
    signature = sdk.constructor(client.cls)
    if signature is None or signature.unknown != "TypeError":
        return ()
    passed = (arg.keyword for arg in client.call.args)
    return tuple(name for name in passed if name is not None and name not in signature.keywords)


def _is_plain(call: ApiCall) -> bool:
    """Whether a method is called where it stands: a function has no owner, what is handed over others may call."""
    return bool(call.owner) and call.handed is None


def _passes_all(call: ApiCall) -> bool:
    """Whether all that a method gets stands in the call.

    What goes by another name may be a partial, which holds the others; so may what is unpacked.
    """
    func = call.call.func
    return (
        _is_plain(call)
        and isinstance(func, ir.Attribute)
        and func.name == call.name
        and not any(arg.stars for arg in call.call.args)
    )
