"""What a 403 is deferred in until it is raised: iterators, coroutines, futures, functions; what calls do with that.

A value that has not raised yet is described by its **layers**, the outermost first: a `functools.partial` of a method
of `AsyncClient` is `("callable", "awaitable")`. Each use in the right way takes one layer off, and the exception
is raised where the last one goes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Place
from lint_langsmith.findings import Span

Layer: TypeAlias = Literal[
    "callable", "iterator", "awaitable", "async-iterator", "future", "manager", "each", "error"
]
Layers: TypeAlias = tuple[Layer, ...]

# The uses that take a layer off. `each` is a collection of values that wait: its uses hand out what is in it. `error`
# is the exception itself, as an object that nothing raises but `raise`.
RELEASES: Final[Mapping[Layer, frozenset[ir.UseKind]]] = {
    "callable": frozenset({"callee"}),
    "iterator": frozenset({"iterate", "comprehension", "unpack", "star", "yield-from"}),
    "awaitable": frozenset(
        {"await", "yield-from", "async-iterate", "async-comprehension", "async-with"}
    ),
    "async-iterator": frozenset({"async-iterate", "async-comprehension"}),
    "future": frozenset({"await"}),
    "manager": frozenset({"with", "async-with"}),
    "each": frozenset(),
    "error": frozenset(),
}
# Attributes whose call takes a layer off.
_RELEASING_METHODS: Final[Mapping[Layer, frozenset[str]]] = {
    "callable": frozenset({"__call__"}),
    "iterator": frozenset({"__next__", "send"}),
    "awaitable": frozenset({"result", "__await__", "send"}),
    "async-iterator": frozenset({"__anext__", "asend"}),
    "future": frozenset({"result", "get"}),
    "manager": frozenset({"__enter__", "__aenter__"}),
    "each": frozenset(),
    "error": frozenset(),
}
HANDING_OUT: Final[frozenset[ir.UseKind]] = frozenset(
    {"iterate", "async-iterate", "comprehension", "async-comprehension", "generator", "unpack"},
)


class DeferredValue(NamedTuple):
    """A value with layers, as an expression of the program: what is done with it, and where."""

    file: File
    expr: ir.Expr
    use: ir.Use
    place: Place
    span: Span
    layers: Layers

    @staticmethod
    def takes_off(method: str, layers: Layers) -> bool:
        """Whether a method of a value takes its outermost layer off."""
        return method in _RELEASING_METHODS[layers[0]]

    @property
    def is_raised(self) -> bool:
        """Whether it stands behind `raise`."""
        return any(row.value == self.expr for row in self.file.model.raises)


class Effect(NamedTuple):
    """What a call does with a value that it is given.

    `raises`: it uses it there and then; `gives`: its own result holds the value, in `layers`; `keeps`: the exception
    is never raised; `adds`: its receiver is a collection that holds it from now on.
    """

    what: Literal["raises", "gives", "keeps", "adds"]
    layers: Layers = ()


class Passing(NamedTuple):
    """A value on its way into a call: by position or keyword, starred or not."""

    names: Collection[str]
    call: ir.Call
    position: int
    argument: ir.Argument
    layers: Layers

    @property
    def method(self) -> str:
        """The last name of what is called."""
        func = self.call.func
        return (
            func.name
            if isinstance(func, ir.Attribute)
            else func.id
            if isinstance(func, ir.Name)
            else ""
        )

    def is_one_of(self, names: Collection[str]) -> bool:
        """Whether the callee is one of these functions."""
        return any(name in names for name in self.names)

    def says(self, keyword: str, literal: str) -> bool:
        """Whether the call passes a constant for a keyword."""
        return any(
            arg.keyword == keyword and arg.value == ir.Constant(literal)
            for arg in self.call.args
        )

    def leaves_open(self, keyword: str) -> bool:
        """Whether the call passes something for a keyword that is no constant."""
        return any(
            arg.keyword == keyword and not isinstance(arg.value, ir.Constant)
            for arg in self.call.args
        )


# Calls that look at what they get, or store it, and do not use it.
_LOOKING: Final = frozenset(
    {
        *(
            f"builtins.{name}"
            for name in (
                "print",
                "repr",
                "str",
                "type",
                "isinstance",
                "issubclass",
                "id",
                "bool",
            )
        ),
        *(
            f"builtins.{name}"
            for name in (
                "callable",
                "hasattr",
                "getattr",
                "hash",
                "format",
                "len",
                "vars",
                "dir",
            )
        ),
        *(
            "inspect.signature",
            "inspect.iscoroutine",
            "inspect.isawaitable",
            "inspect.iscoroutinefunction",
        ),
        *(
            "functools.wraps",
            "functools.update_wrapper",
            "unittest.mock.patch.object",
            "sys.getsizeof",
        ),
        *("asyncio.iscoroutine", "asyncio.iscoroutinefunction"),
        *("weakref.ref", "weakref.finalize"),
    },
)
_LOGGING: Final = frozenset(
    {"debug", "info", "warning", "error", "exception", "critical", "log"}
)
# Iterators and collections that hand on what is in another.
_WRAPPING: Final = frozenset(
    {
        *(
            f"builtins.{name}"
            for name in ("enumerate", "zip", "iter", "aiter", "map", "filter", "reversed")
        ),
        *(
            f"itertools.{name}"
            for name in (
                "islice",
                "chain",
                "takewhile",
                "dropwhile",
                "groupby",
                "tee",
                "starmap",
            )
        ),
        *(
            "itertools.chain.from_iterable",
            "itertools.cycle",
            "itertools.zip_longest",
            "itertools.batched",
        ),
        *(
            "contextlib.closing",
            "contextlib.aclosing",
            "tqdm.tqdm",
            "tqdm.auto.tqdm",
            "tqdm.notebook.tqdm",
        ),
        *("rich.progress.track", "typing.cast", "more_itertools.chunked"),
    },
)
_COLLECTING: Final = frozenset(
    f"builtins.{name}" for name in ("list", "tuple", "set", "frozenset", "sorted", "dict")
)
_AS_COMPLETED: Final = frozenset({"asyncio.as_completed", "concurrent.futures.as_completed"})
_WAITING: Final = frozenset({"asyncio.wait", "concurrent.futures.wait"})
ADDING: Final = frozenset({"append", "add", "appendleft", "insert", "put", "put_nowait"})
_PARTIALS: Final = frozenset({"functools.partial", "functools.partialmethod"})
_TO_THREAD: Final = frozenset({"to_thread", "run_in_executor", "run_sync", "run_in_threadpool"})
_SUBMITTING: Final = frozenset({"submit", "apply_async", "map_async", "starmap_async"})
_POOL_MAPS: Final = frozenset({"imap", "imap_unordered"})
_CALLED_LATER: Final = frozenset(
    {"call_soon", "call_later", "call_at", "call_soon_threadsafe", "add_done_callback"}
)
_TASK_MAKERS: Final = frozenset(
    f"asyncio.{name}"
    for name in ("create_task", "ensure_future", "shield", "wait_for", "gather", "wrap_future")
)
_TASK_METHODS: Final = frozenset({"create_task", "ensure_future"})
_RUNNERS: Final = frozenset({"run", "run_until_complete"})
# Those that get the function, and not what its call gives.
_ASYNC_RUNNERS: Final = frozenset(
    {"anyio.run", "anyio.from_thread.run", "trio.run", "trio.from_thread.run"}
)
_ENTERING: Final = frozenset({"enter_context", "enter_async_context"})


def passed(passing: Passing) -> Effect:
    """What a call of a library does with the value that it gets."""
    if passing.argument.stars == 1:
        return _unpacked(passing)
    if passing.is_one_of(_LOOKING) or (
        passing.method in _LOGGING and passing.layers[0] != "callable"
    ):
        return Effect("keeps")
    if passing.method in ADDING and isinstance(passing.call.func, ir.Attribute):
        return Effect("adds", ("each", *passing.layers))
    if passing.is_one_of(_WAITING) and passing.layers[0] == "each":
        # Two sets of them: those that are done, and the others.
        waits: Layers = ("awaitable",) if passing.is_one_of({"asyncio.wait"}) else ()
        return Effect("gives", (*waits, "each", *passing.layers))
    return _BY_LAYER[passing.layers[0]](passing)


def _unpacked(passing: Passing) -> Effect:
    first, *rest = passing.layers
    if first == "each":
        layers: Layers = tuple(rest)
        single = passing.argument.__class__(passing.argument.value, passing.argument.keyword)
        return (
            passed(passing._replace(layers=layers, argument=single))
            if layers
            else Effect("raises")
        )
    return Effect("raises" if first == "iterator" else "keeps")


def _callable(passing: Passing) -> Effect:
    rest = passing.layers[1:]
    if passing.is_one_of(_PARTIALS):
        return Effect("gives", passing.layers)
    if passing.method in _TO_THREAD:
        return Effect("gives", ("awaitable", *rest))
    if passing.method in {"sync_to_async", "asyncify"}:
        return Effect("gives", ("callable", "awaitable", *rest))
    if passing.method in _SUBMITTING:
        return Effect("gives", ("future", *rest))
    if passing.method in _CALLED_LATER:
        return Effect("keeps")
    if _maps_lazily(passing):
        return Effect("gives", ("each", *rest) if rest else ("iterator",))
    if passing.is_one_of(_ASYNC_RUNNERS) and rest[:1] == ("awaitable",):
        rest = rest[1:]
    return Effect("gives", rest) if rest else Effect("raises")


def _maps_lazily(passing: Passing) -> bool:
    """`map(f, …)`, `pool.map(f, …)`: the calls are made, or their outcomes asked for, step by step."""
    if passing.is_one_of({"builtins.map", "builtins.filter", "itertools.starmap"}):
        return True
    of_pool = any(name.startswith("multiprocessing.") for name in passing.names)
    is_method = isinstance(passing.call.func, ir.Attribute)
    return is_method and (
        passing.method in _POOL_MAPS or (passing.method == "map" and not of_pool)
    )


def _iterator(passing: Passing) -> Effect:
    if _joins(passing):
        return Effect("gives", passing.layers[1:])
    if passing.is_one_of(_WRAPPING):
        return Effect("gives", passing.layers)
    if passing.method in _TO_THREAD:
        return Effect("gives", ("awaitable",))
    if passing.method in _SUBMITTING:
        return Effect("gives", ("future",))
    if passing.is_one_of(_PARTIALS):
        return Effect("keeps")
    return Effect("raises")


def _joins(passing: Passing) -> bool:
    """`chain.from_iterable(…)` goes through what is in what it gets as well."""
    inner = passing.layers[1:2]
    return passing.is_one_of({"itertools.chain.from_iterable"}) and inner in {
        ("iterator",),
        ("each",),
    }


def _awaitable(passing: Passing) -> Effect:
    if passing.says("return_exceptions", "True"):
        # What raises later than at its `await` is among the results as it is.
        return Effect("gives", ("awaitable", "each", *(passing.layers[1:] or ("error",))))
    if passing.leaves_open("return_exceptions"):
        return Effect("keeps")
    if passing.is_one_of(_TASK_MAKERS) or passing.method in _TASK_METHODS:
        return Effect("gives", passing.layers)
    if passing.method == "run_coroutine_threadsafe":
        return Effect("gives", ("future", *passing.layers[1:]))
    if passing.layers[1:] and passing.method in _RUNNERS:
        return Effect("gives", passing.layers[1:])
    return Effect("raises")


def _async_iterator(passing: Passing) -> Effect:
    if passing.is_one_of(_WRAPPING):
        return Effect("gives", passing.layers)
    return (
        Effect("gives", ("awaitable",))
        if passing.is_one_of({"builtins.anext"})
        else Effect("raises")
    )


def _each(passing: Passing) -> Effect:
    if _joins(passing):
        return Effect("gives", passing.layers[1:])
    if passing.is_one_of(_WRAPPING | _COLLECTING | _AS_COMPLETED):
        return Effect("gives", passing.layers)
    if passing.method in {"extend", "update"}:
        return Effect("adds", passing.layers)
    return Effect("keeps" if passing.layers[1:] == ("future",) else "raises")


def _manager(passing: Passing) -> Effect:
    return Effect("raises") if passing.method in _ENTERING else Effect("keeps")


def _future(passing: Passing) -> Effect:
    if passing.is_one_of({"asyncio.wrap_future"}):
        return Effect("gives", ("awaitable", *passing.layers[1:]))
    return Effect("keeps")


def _error(_: Passing) -> Effect:
    return Effect("keeps")


_BY_LAYER: Final = {
    "callable": _callable,
    "iterator": _iterator,
    "awaitable": _awaitable,
    "async-iterator": _async_iterator,
    "future": _future,
    "manager": _manager,
    "each": _each,
    "error": _error,
}
