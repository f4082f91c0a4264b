"""A call that builds a client, and a call of an SDK method, as rules get them; how they are written in the source."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.partials import held_arguments
from lint_langsmith.findings import Span

if TYPE_CHECKING:
    from lint_langsmith.sdk.table import Method

# What builds a client of its own accord: LangChain's tracer and its hub, the SDK's evaluation and its `RunTree`.
Builder: TypeAlias = Literal["tracer", "hub", "evaluation", "run tree"]


class Construction(NamedTuple):
    """A call that builds a client. `cls` is the SDK's class by canonical name; `written` is what the source names.

    `builder` says what builds it, where that is not the call itself.
    """

    file: File
    site: int
    cls: str
    written: str
    builder: Builder | None = None

    @property
    def call(self) -> ir.Call:
        """The call itself."""
        return self.file.model.calls[self.site]

    @property
    def arguments(self) -> tuple[ir.Argument, ...]:
        """Its arguments, those of a dict that stands in it (`**{"api_key": key}`), and of the partial that it calls."""
        own = itertools.chain.from_iterable(map(_unpacked, self.call.args))
        return (*own, *held_arguments(self.file, self.call.func, self.call))

    def argument(self, *names: str) -> ir.Expr | None:
        """The value passed for the first of the keywords that is passed."""
        for arg in self.arguments:
            if arg.keyword in names:
                return arg.value
        return None

    @property
    def unpacks(self) -> bool:
        """Whether arguments are passed as `*args` or `**kwargs`, so that any may be among them."""
        return any(arg.stars for arg in self.arguments)


def _unpacked(arg: ir.Argument) -> Iterator[ir.Argument]:
    """What a dict that stands in a call passes; the argument itself where it is none, or its keys are not known."""
    shown = arg.value
    if arg.stars != 2 or not isinstance(shown, ir.Mapping):
        yield arg
        return
    for key, value in zip(shown.keys, shown.values, strict=True):
        if isinstance(key, ir.Text):
            yield ir.Argument(value, key.value, 0)
        else:
            yield arg


class ApiCall(NamedTuple):
    """A call of an SDK method or function. `method` is None for one that the SDK does not have.

    `owner` is the canonical class, empty for a function; `origin` where the client was built, if that is known.
    `handed` is the method as it is passed, when the call at `site` gets it to call it: `to_thread(client.read_run)`;
    with `by_object` the object of which a method is called: `add_node("child", remote_graph)`.
    """

    file: File
    site: int
    owner: str
    name: str
    method: Method | None
    origin: tuple[File, int] | None
    handed: ir.Expr | None = None
    by_object: bool = False

    @property
    def call(self) -> ir.Call:
        """The call itself."""
        return self.file.model.calls[self.site]

    @property
    def _named(self) -> ir.Expr:
        """What is called, as its author reads it: of a partial what it holds, of an object made here its class."""
        if not isinstance(self.handed, ir.CallRef):
            return self.handed or self.call.func
        made = self.file.model.calls[self.handed.site]
        return made.func if self.by_object else made.args[0].value

    @property
    def span(self) -> Span:
        """The called name: a region short enough to lie on one line of a pull request."""
        func = self._named
        if self.handed is not None and isinstance(func, (ir.Attribute, ir.Name)):
            return func.span
        if isinstance(func, ir.Attribute) and func.span.line != func.span.end_line:
            return func.name_span
        return self.call.callee_span

    @property
    def takes_share_token(self) -> bool:
        """Whether the method reads what is shared by a link, for which no key and no permission is asked."""
        return self.name.startswith(("read_shared_", "list_shared_"))

    @property
    def label(self) -> str:
        """The call as its author reads it, without arguments."""
        func = self._named
        if self.by_object and isinstance(func, (ir.Attribute, ir.Name)):
            return f"{_spelled(func, self.file)}.{self.name}()"
        # A function goes by the name that the file has for it; a method under another name by its own.
        is_spelled = isinstance(func, ir.Attribute) or (
            not self.owner and isinstance(func, ir.Name)
        )
        return f"{_spelled(func, self.file)}()" if is_spelled else f"{self.name}()"


def written(expr: ir.Expr) -> str:
    """How a name, an attribute or a text is written; empty for other expressions."""
    if isinstance(expr, ir.Attribute):
        owner = written(expr.value)
        return owner and f"{owner}.{expr.name}"
    if isinstance(expr, ir.Name):
        return expr.id
    return repr(expr.value) if isinstance(expr, ir.Text) else ""


def _spelled(expr: ir.Expr, file: File) -> str:
    """The dotted spelling of an expression, calls and items without their insides; `…` for other parts."""
    if isinstance(expr, ir.Name):
        return expr.id
    if isinstance(expr, ir.Attribute):
        return f"{_spelled(expr.value, file)}.{expr.name}"
    if isinstance(expr, ir.CallRef):
        return f"{_spelled(file.model.calls[expr.site].func, file)}()"
    if isinstance(expr, ir.Subscript):
        return f"{_spelled(expr.value, file)}[…]"
    return "…"
