"""Which bindings a name can stand for at a point of the program: scopes, order, branches, shadowing."""

from __future__ import annotations

import bisect
import operator
from collections.abc import Mapping, Sequence
from typing import Final

from lint_langsmith.analysis.ir.model import Binary, Binding, Bytes, Constant, Template, Text
from lint_langsmith.analysis.limits import FEW_BINDINGS, most_bindings
from lint_langsmith.analysis.project.file import File, Placed

_order: Final = operator.attrgetter("order")

_WITHOUT_VALUE: Final = frozenset({"delete", "global", "nonlocal"})
# Blocks that run whenever what stands before them has run.
_UNCONDITIONAL = frozenset({"with", "finally", "scope"})


def lookup(file: File, name: str, place: Placed) -> Sequence[Binding]:
    """The bindings that `name` may stand for at `place`; none for a builtin or a name that is not known.

    In the scope that is running, what was bound before counts, back to the last binding that surely ran. In a scope
    around it any binding counts: it may have run by the time this code is called.
    """
    bindings = file.bindings
    for scope, is_running, is_closed in file.visible_from(place.scope):
        found = bindings.get((scope, name))
        if found is None:
            continue
        if (scope, name) in file.global_names:
            return module_bindings(file, name)
        if found[0].kind != "nonlocal":
            reached = (
                _reaching_use(file, scope, found, place)
                if is_running
                else _whenever(file, scope, name)
            )
            if reached or is_closed:
                return reached
    return ()


def besides_none(bindings: Sequence[Binding]) -> list[Binding]:
    """The bindings but those of None: what a name stands for where None would not do."""
    return [row for row in bindings if not _is_of_none(row)]


def _is_of_none(binding: Binding) -> bool:
    return (
        binding.kind in {"assign", "walrus"}
        and binding.via == "direct"
        and binding.value == Constant("None")
    )


def module_bindings(file: File, name: str) -> Sequence[Binding]:
    """What an importer of the file can get by `name`."""
    return _whenever(file, 0, name)


def _whenever(file: File, scope: int, name: str) -> Sequence[Binding]:
    """The bindings of a name in a scope that code elsewhere may meet, which runs at any time."""
    known = file.met_elsewhere.get((scope, name))
    if known is None:
        found = [
            row
            for row in file.bindings.get((scope, name), ())
            if row.kind not in _WITHOUT_VALUE
        ]
        limit = most_bindings(len(file.text))
        if len(found) > limit:
            found = [_anything_before(found[-limit]), *found[-limit:]]
        known = file.met_elsewhere[scope, name] = found
    return known


def _anything_before(binding: Binding) -> Binding:
    """A binding without a value, which stands for anything."""
    return Binding(
        "match", binding.name, binding.scope, binding.block, binding.order, binding.span
    )


def _reaching_use(
    file: File, scope: int, found: Sequence[Binding], place: Placed
) -> Sequence[Binding]:
    """The same as `reaching`, remembered for a name with many bindings: each of its uses is asked about by many."""
    if len(found) <= FEW_BINDINGS:
        return reaching(file, found, place)
    use = (scope, found[0].name, place.scope, place.block, place.order)
    known = file.reaching.get(use)
    if known is None:
        known = file.reaching[use] = reaching(file, found, place)
    return known


def reaching(file: File, found: Sequence[Binding], place: Placed) -> Sequence[Binding]:
    """Those of `found` (bindings of one name in one scope, in order) that can be in force at `place`."""
    chain, loops = file.around(place.block)
    function = file.function_of(place.scope)
    reached: list[Binding] = []
    limit = most_bindings(len(file.text))
    end = _last_before(file, found, place, loops) if len(found) > limit else len(found)
    for index in range(end - 1, -1, -1):
        binding = found[index]
        if end - index > limit:
            reached.append(_anything_before(binding))
            break
        if binding.order > place.order:
            # The end of a loop's body comes before its next beginning.
            if loops and any(block in loops for block in file.block_chain(binding.block)):
                reached.append(binding)
            continue
        if file.function_of(binding.scope) != function:
            # A function that declares the name `global` or `nonlocal`: it may have been called, or not.
            if binding.kind != "delete":
                reached.append(binding)
            continue
        sure = binding.block in chain
        if not sure:
            if _excludes(file, binding.block, chain):
                continue
            sure = _has_run(file, binding.block, chain)
        if binding.kind == "delete":
            if sure:
                break
            continue
        reached.append(binding)
        if (
            sure
            and binding.kind != "annotation"
            and (binding.kind != "augmented" or is_lengthened(binding))
        ):
            break
    return reached


def _last_before(
    file: File, found: Sequence[Binding], place: Placed, loops: frozenset[int]
) -> int:
    """How many of `found` may have run before `place`: those that stand before it, or in a loop around it."""
    last = max(place.order, file.last_binding_in(min(loops))) if loops else place.order
    return bisect.bisect_right(found, last, key=_order)


def is_lengthened(binding: Binding) -> bool:
    """Whether a binding is `text += "…"`, which holds what was there before and can be told whole."""
    value = binding.value
    return (
        binding.kind == "augmented"
        and isinstance(value, Binary)
        and isinstance(value.right, (Text, Bytes, Template))
    )


def _has_run(file: File, block: int, chain: frozenset[int]) -> bool:
    """Whether a statement of `block`, which stands before a point inside of `chain`, has surely run there."""
    while block not in chain:
        row = file.model.blocks[block]
        if row.kind == "try":
            handlers = file.model.tries[row.owner].handlers
            if any(file.model.blocks[handler.block].ends == "falls" for handler in handlers):
                return False
        elif row.kind not in _UNCONDITIONAL:
            return False
        block = row.parent
    return True


def _excludes(file: File, block: int, chain: frozenset[int]) -> bool:
    """Whether the branch of `block` and the one of the point can't both run, as `if` and `else` or two handlers."""
    blocks = file.model.blocks
    while block not in chain:
        row = blocks[block]
        others = _ALTERNATIVES.get(row.kind)
        if others is not None:
            if row.ends in {"return", "raise"}:
                return True
            for other in chain:
                peer = blocks[other]
                if peer.parent == row.parent and peer.kind in others:
                    same_owner = peer.owner == row.owner or row.kind == "case"
                    if same_owner and (peer.kind != row.kind or peer.index != row.index):
                        return True
        block = row.parent
    return False


# The kinds of blocks of which one does not run where another has.
_ALTERNATIVES: Final[Mapping[str, frozenset[str]]] = {
    "if": frozenset({"else"}),
    "else": frozenset({"if"}),
    "handler": frozenset({"handler", "try-else"}),
    "try-else": frozenset({"handler"}),
    "case": frozenset({"case"}),
}
