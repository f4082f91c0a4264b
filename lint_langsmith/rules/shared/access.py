"""Requests that come behind one which proved that the key is accepted: what is refused later is a permission."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.outcome import Escape, MissedHandler, Step
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.clients import ApiCall
from lint_langsmith.analysis.values.abstract import Instance

# Blocks that run whenever what is around them gets to them.
_ALWAYS_RUN = frozenset({"with", "try"})
# Arguments of a client that say which key it sends, or where to.
_OF_ACCESS = ("api_key", "api_url", "api_urls", "url", "profile", "headers", "session")


class _Access(NamedTuple):
    """With which key a call asks: of the client built at `origin`, of a spelled receiver, or the environment."""

    origin: tuple[File, int] | None = None
    receiver: str = ""


_OF_ENVIRONMENT = _Access()


def is_accepted_before(call: ApiCall, escape: Escape, analysis: Analysis) -> bool:
    """Whether a call comes behind a request with the same key whose 403 is caught, and would have ended the path.

    It is looked for in each function on the path of the exception, where it surely runs before the next step.
    """
    access = _access(call, analysis)
    steps = (step for step in escape.path if step.block >= 0)
    return any(
        earlier is not call and _access(earlier, analysis) == access
        for step in steps
        for earlier in _guarded_before(step, analysis)
    )


def _guarded_before(step: Step, analysis: Analysis) -> Iterator[ApiCall]:
    """The requests before a step that it is only reached behind if they were not refused."""
    around = tuple(step.file.block_chain(step.block))
    for call in analysis.clients.api_calls(step.file):
        if call.call.span >= step.span:
            continue
        owner = _always_run_in(call.file, call.call.block)
        if owner < 0:
            continue
        row = call.file.model.tries[owner]
        inside = {row.finalbody, *(handler.block for handler in row.handlers)}
        parent = call.file.model.blocks[row.body].parent
        if parent in around and inside.isdisjoint(around) and _ends(call, owner, analysis):
            yield call


def _always_run_in(file: File, block: int) -> int:
    """The `try` in whose body a block surely runs, -1 for none."""
    for current in file.block_chain(block):
        row = file.model.blocks[current]
        if row.kind == "try":
            return row.owner
        if row.kind not in _ALWAYS_RUN:
            return -1
    return -1


def _ends(call: ApiCall, owner: int, analysis: Analysis) -> bool:
    """Whether a 403 of the call is caught by a handler of that `try`, which does not go on behind it."""
    fate = analysis.outcomes.fate(call)
    caught: list[MissedHandler] = [
        found for found in fate.caught_by if found.file is call.file and found.owner == owner
    ]
    blocks = call.file.model.blocks
    return bool(caught) and all(blocks[found.handler.block].ends != "falls" for found in caught)


def _access(call: ApiCall, analysis: Analysis) -> _Access:
    if call.owner:
        spelled = call.label.rpartition(".")[0] or call.label
        return (
            _of_client(call.origin, analysis) if call.origin else _of_unknown(spelled, analysis)
        )
    client = next((arg for arg in call.call.args if arg.keyword == "client"), None)
    if client is None:
        return _OF_ENVIRONMENT
    values = analysis.values.of(call.file, client.value, call.file.place(call.call))
    origins = {value.origin for value in values if isinstance(value, Instance)}
    origin = origins.pop() if len(origins) == 1 else None
    if origin is not None:
        return _of_client(origin, analysis)
    spelled = client.value.id if isinstance(client.value, ir.Name) else call.label
    return _of_unknown(spelled, analysis)


def _of_unknown(receiver: str, analysis: Analysis) -> _Access:
    """A client that comes from elsewhere: where all clients of a project have one key, it has that."""
    built = {
        _of_client((found.file, found.site), analysis)
        for found in analysis.clients_of_project()
    }
    return built.pop() if len(built) == 1 else _Access(receiver=receiver)


def _of_client(origin: tuple[File, int], analysis: Analysis) -> _Access:
    """That of the environment for a client that is told neither key nor address."""
    file, site = origin
    built = next(
        (found for found in analysis.clients.constructions(file) if found.site == site), None
    )
    if (
        built is None
        or built.unpacks
        or built.argument(*_OF_ACCESS) is not None
        or built.call.args[:1]
    ):
        return _Access(origin)
    return _OF_ENVIRONMENT
