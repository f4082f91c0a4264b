"""The collection that a name surely stands for, folded: its display, and what is put at its end after that.

A text that is written into a buffer piece by piece is folded the same way.

Each of thousands of statements may join one list, so that a list is folded once for its bindings, where it is bound,
and not for each use.
"""

from __future__ import annotations

import bisect
import itertools
import operator
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.model import Binding, Expr
from lint_langsmith.analysis.limits import folding_steps
from lint_langsmith.analysis.project.file import File, Place, Placed
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.analysis.values.constant_folding import fold_list
from lint_langsmith.analysis.values.folded import Collection, Resolver
from lint_langsmith.remembered import remembered

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluation import Evaluation

# What makes a collection or number that folding can take apart; methods of lists that lengthen, and that only look.
_MAKERS: Final = (ir.Sequence, ir.Mapping, ir.CallRef, ir.Comprehension, ir.Constant)
_LENGTHENING: Final = frozenset({"append", "extend", "write"})
_READING: Final = frozenset(
    {
        *("index", "count", "get", "keys", "values", "items", "copy"),
        *("getvalue", "flush", "close"),
    }
)
# Libraries that leave the collections which they are given as they are.
_HARMLESS: Final = (
    *("builtins.", "itertools.", "functools.", "operator.", "collections.", "string.", "re."),
    *(
        "json.",
        "base64.",
        "binascii.",
        "codecs.",
        "struct.",
        "array.",
        "logging.",
        "os.",
        "copy.",
    ),
    *("shlex.", "subprocess.", "argparse.", "pprint.", "typing.", "urllib.", "langsmith."),
)
# What makes an empty buffer, into which `write` puts texts.
_BUFFERS: Final = frozenset({"io.StringIO", "io.BytesIO"})

_EMPTY: Final = ir.Sequence("list", ())
_NOT_KNOWN: Final = Collection(None)
_order: Final = operator.attrgetter("order")


class _Put(NamedTuple):
    """What is put at the end of a list or buffer, and where."""

    scope: int
    block: int
    order: int
    item: Expr
    is_written: bool = False


class CollectionFolder:
    """Folds the collections that names stand for in one view of a project; results are remembered for its life."""

    def __init__(self, values: Evaluation) -> None:
        """`values` answers for the names in a collection."""
        self._values = values

    def folded(self, file: File, expr: Expr, place: Placed) -> Collection:
        """The collection (or number) that a name surely stands for at a place; its value is None where it is unknown.

        A binding is followed in the place where it stands, not in that of the use.
        """
        found = tuple(lookup(file, expr.id, place)) if isinstance(expr, ir.Name) else ()
        if not found or found[-1].via != "direct" or not isinstance(found[-1].value, _MAKERS):
            return _NOT_KNOWN
        key = ("collection", (file, found))
        folded: Collection = self._values.memo.ask(key, _NOT_KNOWN, self._fold, file, found)
        return folded

    def _fold(self, file: File, found: tuple[Binding, ...]) -> Collection:
        *further, start = (
            found  # `parts += [more]` binds the name again, to what it was and more
        )
        name = start.name
        appended = self._appended(file, name) if name not in file.item_stores else None
        lengthened = [row for row in map(_lengthening, further) if row is not None]
        if appended is None or len(lengthened) < len(further) or start.value is None:
            return _NOT_KNOWN
        appended = _while_bound(file, found, appended)
        # Behind so many items nothing is folded: each of thousands of lists may have thousands of items put into it.
        if len(appended) > folding_steps(len(file.text)):
            return _NOT_KNOWN
        put = sorted((*appended, *lengthened), key=_order)
        if any((row.scope, row.block) != (start.scope, start.block) for row in put):
            return _NOT_KNOWN
        is_buffer = self._is_buffer(file, start)
        # What else is given a buffer may write into it as well.
        if is_buffer and name in file.sites_by_argument:
            return _NOT_KNOWN
        # By another name it may be changed as well.
        if (put and name in file.other_names) or self._is_given_away(file, name):
            return _NOT_KNOWN
        if any(row.is_written != is_buffer for row in put):
            return _NOT_KNOWN
        made = _EMPTY if is_buffer else start.value
        parts = [(ir.Starred(made) if put else made, self._resolver(file, start))]
        return fold_list(
            [*parts, *((row.item, self._resolver(file, row)) for row in put)], file
        )

    def _is_buffer(self, file: File, start: Binding) -> bool:
        """Whether a name is bound to `io.StringIO()`, empty as it is."""
        if not isinstance(start.value, ir.CallRef):
            return False
        call = file.model.calls[start.value.site]
        return not call.args and self._resolver(file, start).function(call.func) in _BUFFERS

    @remembered
    def _is_given_away(self, file: File, name: str) -> bool:
        """Whether a function from elsewhere gets a collection that may change it, as `random.shuffle` does."""
        for site in file.sites_by_argument.get(name, ()):
            call = file.model.calls[site]
            function = self._values.resolver(file, call).function(call.func)
            if function is not None and not function.startswith(_HARMLESS):
                return True
        return False

    def _resolver(self, file: File, row: Binding | _Put) -> Resolver:
        # What is bound or put is there before the name: `parts = [*parts]` reads what the name was until then.
        return self._values.resolver(file, Place(row.scope, row.block, row.order - 1))

    @remembered
    def _appended(self, file: File, name: str) -> Sequence[_Put] | None:
        """What is put at the end of a list or buffer, in order; None where something else may be done to it."""
        rows = list(_appended(file, name))
        put = sorted((row for row in rows if row is not None), key=_order)
        return put if len(put) == len(rows) else None


def _appended(file: File, name: str) -> Iterator[_Put | None]:
    for site in file.sites_by_base.get(name, ()):
        call = file.model.calls[site]
        method = call.func.name if isinstance(call.func, ir.Attribute) else ""
        if method in _LENGTHENING and len(call.args) == 1 and not call.args[0].stars:
            value = call.args[0].value
            item = ir.Starred(value) if method == "extend" else value
            yield _Put(call.scope, call.block, call.order, item, method == "write")
        elif method not in _READING:
            yield None


def _while_bound(file: File, found: tuple[Binding, ...], put: Sequence[_Put]) -> Sequence[_Put]:
    """What is put into a list while a name stands for it: behind the next binding it stands for another."""
    start = found[-1]
    rows = file.bindings.get((start.scope, start.name), ())
    behind = bisect.bisect_right(rows, start.order, key=_order)
    others = (row.order for row in itertools.islice(rows, behind, None) if row not in found)
    first = bisect.bisect_right(put, start.order, key=_order)
    end = next(others, None)
    return put[first:] if end is None else put[first : bisect.bisect_left(put, end, key=_order)]


def _lengthening(binding: Binding) -> _Put | None:
    """What `parts += more` puts into a list."""
    if binding.kind != "augmented" or not isinstance(binding.value, ir.Binary):
        return None
    return _Put(binding.scope, binding.block, binding.order, ir.Starred(binding.value.right))
