"""Requests that come behind one which proved that the key is accepted: what is refused later is a permission."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from lint_langsmith.analysis.exceptions.states import Escape, Step
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.values.abstract import Instance
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.analysis.exceptions.outcome import Outcomes
    from lint_langsmith.analysis.sdk_use.clients import Clients
    from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
    from lint_langsmith.analysis.values.evaluator import Evaluator

# Blocks that run whenever what is around them gets to them.
_ALWAYS_RUN = frozenset({"with", "try"})
# Arguments of a client that say which key it sends, or where to.
_OF_ACCESS = ("api_key", "api_url", "api_urls", "url", "profile", "headers", "session")


class _Access(NamedTuple):
    """With which key a call asks: of the client built at `origin`, of a spelled receiver, or the environment."""

    origin: tuple[File, int] | None = None
    receiver: str = ""


_OF_ENVIRONMENT = _Access()


class _Proof(NamedTuple):
    """A call whose 403 ends what it stands in, with the blocks of its `try` that are run after a refusal as well."""

    call: ApiCall
    after: frozenset[int]


# By the block that a `try` stands in and the key that is asked with, in the order of the file.
_Proofs = Mapping[tuple[int, _Access], Sequence[_Proof]]


class AcceptedKeys:
    """Which calls of one project are made only with keys that an earlier request has shown to be accepted."""

    def __init__(self, values: Evaluator, clients: Clients, outcomes: Outcomes) -> None:
        """`clients` has the calls, `outcomes` what becomes of their 403s, `values` the clients of what is passed."""
        self._values = values
        self._clients = clients
        self._outcomes = outcomes
        self._accesses: dict[tuple[File, int], _Access] = {}

    def is_before(self, call: ApiCall, escape: Escape) -> bool:
        """Whether a call comes behind a request with the same key whose 403 is caught, and would have ended the path.

        It is looked for in each function on the path of the exception, where it surely runs before the next step.
        """
        access = self._access(call)
        return any(
            step.block >= 0 and self._is_proved_at(step, access, call) for step in escape.path
        )

    def _is_proved_at(self, step: Step, access: _Access, call: ApiCall) -> bool:
        """Whether a step is only reached behind another request, if that was not refused."""
        proofs = self._proofs_in(step.file)
        around = tuple(step.file.block_chain(step.block))
        return any(
            proof.call is not call and proof.after.isdisjoint(around)
            for block in around
            for proof in _before(proofs.get((block, access), ()), step)
        )

    @remembered
    def _proofs_in(self, file: File) -> _Proofs:
        found: dict[tuple[int, _Access], list[_Proof]] = defaultdict(list)
        for call in self._clients.api_calls(file):
            owner = _always_run_in(file, call.call.block)
            if owner >= 0 and self._ends(call, owner):
                row = file.model.tries[owner]
                after = frozenset((row.finalbody, *(item.block for item in row.handlers)))
                around = file.model.blocks[row.body].parent
                found[around, self._access(call)].append(_Proof(call, after))
        return {
            key: sorted(proofs, key=lambda proof: proof.call.call.span)
            for key, proofs in found.items()
        }

    def _ends(self, call: ApiCall, owner: int) -> bool:
        """Whether a 403 of the call is caught by a handler of that `try`, which does not go on behind it."""
        caught = [
            found
            for found in self._outcomes.fate(call).caught_by
            if found.file is call.file and found.owner == owner
        ]
        blocks = call.file.model.blocks
        return bool(caught) and all(
            blocks[found.handler.block].ends != "falls" for found in caught
        )

    def _access(self, call: ApiCall) -> _Access:
        place = (call.file, call.site)
        if place not in self._accesses:
            self._accesses[place] = self._found_access(call)
        return self._accesses[place]

    def _found_access(self, call: ApiCall) -> _Access:
        if call.owner:
            spelled = call.label.rpartition(".")[0] or call.label
            return self._of_client(call.origin) if call.origin else self._of_unknown(spelled)
        client = next((arg for arg in call.call.args if arg.keyword == "client"), None)
        if client is None:
            return _OF_ENVIRONMENT
        values = self._values.of(call.file, client.value, call.file.place(call.call))
        origins = {value.origin for value in values if isinstance(value, Instance)}
        origin = origins.pop() if len(origins) == 1 else None
        if origin is not None:
            return self._of_client(origin)
        return self._of_unknown(
            client.value.id if isinstance(client.value, ir.Name) else call.label
        )

    def _of_unknown(self, receiver: str) -> _Access:
        """A client that comes from elsewhere: where all clients of a project have one key, it has that."""
        return self._of_project if self._of_project is not None else _Access(receiver=receiver)

    @functools.cached_property
    def _of_project(self) -> _Access | None:
        """The key that all clients of the project ask with; None for several or none."""
        built = {
            self._of_client((found.file, found.site)) for found in self._clients.of_project()
        }
        return built.pop() if len(built) == 1 else None

    def _of_client(self, origin: tuple[File, int]) -> _Access:
        """That of the environment for a client that is told neither key nor address."""
        built = self._clients.construction(*origin)
        is_told = (
            built is None
            or built.unpacks
            or built.argument(*_OF_ACCESS) is not None
            or bool(built.call.args[:1])
        )
        return _Access(origin) if is_told else _OF_ENVIRONMENT


def _before(proofs: Sequence[_Proof], step: Step) -> Iterator[_Proof]:
    """Those of the proofs, in the order of the file, that stand before a step."""
    for proof in proofs:
        if proof.call.call.span >= step.span:
            return
        yield proof


def _always_run_in(file: File, block: int) -> int:
    """The `try` in whose body a block surely runs, -1 for none."""
    for current in file.block_chain(block):
        row = file.model.blocks[current]
        if row.kind == "try":
            return row.owner
        if row.kind not in _ALWAYS_RUN:
            return -1
    return -1
