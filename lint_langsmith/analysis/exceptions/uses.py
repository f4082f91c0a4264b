"""Where a program uses what it has put under a name, into an attribute or into a collection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.exceptions.deferred import DeferredValue, Layers
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import (
    BindingKey,
    File,
    Place,
    Placed,
    SitesByMethod,
    UsesByBinding,
)
from lint_langsmith.analysis.values.abstract import (
    ClassRef,
    FunctionRef,
    Instance,
    ModuleRef,
    Value,
    Values,
)
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.analysis.values.instances import is_of

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluator import Evaluator

# Methods of collections that give one of the things in it, and those that give all of them.
_TAKING: Final = frozenset({"get", "pop", "popleft", "setdefault", "get_nowait"})
_ALL: Final = frozenset({"values", "items", "copy"})

# Methods of a decorated function that give it once more, decorated otherwise (tenacity 9.1).
REMADE: Final = frozenset({"retry_with"})

NO_USE: Final = ir.Use("other")


def of_name(
    file: File, name: str, bindings: Sequence[ir.Binding], layers: Layers
) -> Iterator[DeferredValue]:
    """The uses of a name where it stands for one of these bindings, which hold a value with `layers`."""
    found = [uses_of(file, name, binding) for binding in bindings]
    reads = {read.span: read for reads, _ in found for read in reads}
    for _, read in sorted(reads.items()):
        # `if handler:` looks at it, and does nothing with it; so does `raise`, but to an error.
        if read.use.kind != "other" or layers[0] == "error":
            expr = ir.Name(name, read.span)
            yield DeferredValue(file, expr, read.use, file.place(read), read.span, layers)
    for site, given in _that_use(file, [sites for _, sites in found], layers):
        yield call_held(file, site, given)


def _that_use(
    file: File, sites: Sequence[SitesByMethod], layers: Layers
) -> Sequence[tuple[int, Layers]]:
    """The calls that do something with what waits in a value, in order, each with what it gives.

    Of a list there are thousands of `append`, and each of the values in it asks.
    """
    found: dict[int, Layers] = {}
    for of_method in (of_method for methods in sites for of_method in methods.values()):
        given = called(file.model.calls[of_method[0]].func, layers)
        if given is not None:
            found.update(dict.fromkeys(of_method, given))
    return sorted(found.items())


def uses_of(
    file: File, name: str, binding: ir.Binding
) -> tuple[Sequence[ir.Read], SitesByMethod]:
    """The reads of a name, and its calls and those of its methods, where it may stand for a binding."""
    # Many functions of a file have a name in common: each is only asked about its own.
    scope = None if name in file.shared_names else binding.scope
    known = file.uses_by_binding.get((scope, name))
    if known is None:
        known = file.uses_by_binding[scope, name] = _by_binding(file, name, scope)
    key = _key(binding)
    return known.reads.get(key, ()), known.sites.get(key, {})


def _by_binding(file: File, name: str, scope: int | None) -> UsesByBinding:
    """The uses of a name in a scope and in those within (None for the whole file), by what it may stand for."""
    in_sight = (
        file.reads_by_name.get(name, ())
        if scope is None
        else file.reads_below.get((scope, name), ())
    )
    reads: dict[BindingKey, list[ir.Read]] = defaultdict(list)
    for read in in_sight:
        for binding in lookup(file, name, file.place(read)):
            reads[_key(binding)].append(read)
    sites: dict[BindingKey, dict[str, list[int]]] = defaultdict(dict)
    for method, of_method in file.sites_by_method.get((scope, name), {}).items():
        for site in of_method:
            for binding in lookup(file, name, file.place(file.model.calls[site])):
                sites[_key(binding)].setdefault(method, []).append(site)
    return UsesByBinding(reads, sites)


def _key(binding: ir.Binding) -> BindingKey:
    return binding.scope, binding.order, binding.span


def of_attribute(
    values: Evaluator, file: File, target: ir.Attribute, place: Placed, layers: Layers
) -> Iterator[DeferredValue]:
    """The uses, in the whole project, of an attribute of an object of the project's own that holds the value."""
    owners = [
        value.cls if isinstance(value, Instance) else value
        for value in values.of(file, target.value, place)
        if isinstance(value, (Instance, ClassRef))
    ]
    own = [owner for owner in owners if isinstance(owner, ClassRef)]
    if own:
        yield from _read(
            values,
            file,
            target.name,
            layers,
            lambda found: any(is_of(value, owner, values) for value in found for owner in own),
        )


def of_option(
    values: Evaluator, file: File, name: str, layers: Layers
) -> Iterator[DeferredValue]:
    """The uses of what `parser.set_defaults(name=value)` puts into the namespace of a command line: `args.name`."""
    return _read(values, file, name, layers, lambda found: not any(map(_is_own, found)))


def _is_own(value: Value) -> bool:
    """Whether a value is none that a library makes of the command line."""
    return isinstance(value, (ClassRef, FunctionRef, ModuleRef)) or (
        isinstance(value, Instance) and isinstance(value.cls, ClassRef)
    )


def _read(
    values: Evaluator,
    file: File,
    name: str,
    layers: Layers,
    is_meant: Callable[[Values], bool],
) -> Iterator[DeferredValue]:
    """The uses, in the whole project, of an attribute of that name, of the objects that are meant."""
    for reader in values.name_users.readers(file, name):
        for read in {read.expr: read for read in reader.attribute_reads.get(name, ())}.values():
            where = Place(read.scope, read.block, read.order)
            if is_meant(values.of(reader, read.expr.value, where)):
                yield from of_expression(reader, read.expr, layers)


def of_expression(
    file: File, expr: ir.Attribute | ir.Subscript, layers: Layers
) -> Iterator[DeferredValue]:
    """What is done with an attribute or an item, where it stands: it is used itself, called, or an item is taken."""
    for load in file.loads_through.get(expr.span, ()):
        if load.expr == expr:
            yield DeferredValue(file, expr, load.use, file.place(load), expr.span, layers)
        else:
            yield from _further(file, load, expr, layers)


def items(held: DeferredValue) -> Iterator[DeferredValue]:
    """What is taken from a collection by a key or a number: `table[key]`, `jobs[0].result()`."""
    for load in held.file.loads_through.get(held.span, ()):
        yield from _further(held.file, load, held.expr, held.layers)


def of_method(held: DeferredValue) -> DeferredValue | None:
    """What a method gives that is called on the value where it stands: `pool.submit(f).result()`."""
    for site in held.file.calls_by_name.get(held.use.names[0], ()) if held.use.names else ():
        func = held.file.model.calls[site].func
        if isinstance(func, ir.Attribute) and func.value == held.expr:
            given = called(func, held.layers)
            return call_held(held.file, site, given) if given is not None else None
    return None


def _further(
    file: File, load: ir.Load, expr: ir.Expr, layers: Layers
) -> Iterator[DeferredValue]:
    """What the rest of a chain of attributes and items does with the expression that is a part of it."""
    outer = next((part for part in chain(load.expr) if part.value == expr), None)
    if isinstance(outer, ir.Attribute):
        given = called(outer, layers)
        if (
            outer == load.expr
            and load.use.kind == "callee"
            and load.use.outer is not None
            and given is not None
        ):
            yield call_held(file, load.use.outer, given)
    elif outer is not None and layers[0] == "each":
        yield from of_expression(file, outer, layers[1:]) if layers[1:] else ()


def chain(expr: ir.Expr) -> Iterator[ir.Attribute | ir.Subscript]:
    """An attribute or an item, and those that it is taken from, from the outside in."""
    while isinstance(expr, (ir.Attribute, ir.Subscript)):
        yield expr
        expr = expr.value


def called(func: ir.Expr, layers: Layers) -> Layers | None:
    """What a call of a value, or of a method of it, gives; None where nothing that is deferred is in that."""
    if not isinstance(func, ir.Attribute):
        return layers[1:] if layers[0] == "callable" else None
    if layers[0] == "callable" and func.name in REMADE:
        return layers
    if layers[0] == "each":
        return layers[1:] if func.name in _TAKING else layers if func.name in _ALL else None
    if func.name == "with_traceback" and layers[0] == "error":
        return layers
    if func.name == "exception" and layers[0] in {"future", "awaitable"}:
        return None if layers[1:] else ("error",)
    return layers[1:] if DeferredValue.takes_off(func.name, layers) else None


def call_held(file: File, site: int, layers: Layers) -> DeferredValue:
    """A call as a value."""
    call = file.model.calls[site]
    return DeferredValue(
        file, ir.CallRef(site), call.use, file.place(call), call.callee_span, layers
    )


def scope_held(file: File, scope: int, layers: Layers) -> DeferredValue:
    """A lambda or comprehension as a value."""
    row = file.model.scopes[scope]
    parent = file.model.blocks[row.block].parent
    nothing = ir.Opaque(())
    expr = (
        ir.Lambda(scope, nothing)
        if row.kind == "lambda"
        else ir.Comprehension("generator", scope, nothing, nothing)
    )
    return DeferredValue(
        file,
        expr,
        row.use or NO_USE,
        Place(row.parent, parent, row.order),
        row.span,
        layers,
    )


def generator_around(file: File, block: int) -> DeferredValue | None:
    """The generator expression in whose body a block is, as a value; None where a function comes first."""
    for current in file.block_chain(block):
        row = file.model.blocks[current]
        scope = file.model.scopes[row.owner] if row.kind == "scope" else None
        if scope is None:
            continue
        if scope.kind in {"function", "lambda"}:
            return None
        if scope.kind == "comprehension" and scope.name == "generator":
            awaits = ir.Use("await")
            is_async = any(
                read.use == awaits and read.scope == row.owner for read in file.model.reads
            )
            return scope_held(
                file, row.owner, ("async-iterator",) if is_async else ("iterator",)
            )
    return None
