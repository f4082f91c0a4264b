"""LS501: names that LangSmith never had."""

from __future__ import annotations

from collections.abc import Iterator

from lint_langsmith.findings import Severity, Span, Violation
from lint_langsmith.model import data
from lint_langsmith.model.file import File, Place
from lint_langsmith.model.project import Project
from lint_langsmith.model.values import Constant, Group, Instance, Member, Parameter, Symbol, Value, absolute
from lint_langsmith.rules.registry import rule


@rule("LS501", "unknown-langsmith-api", severity=Severity.ERROR, since="0.1")
def check(file: File, project: Project) -> Iterator[Violation]:
    """A module, name or method of LangSmith is used that exists in no version of it.

    ## What it does
    Compares imports from `langsmith`, attributes of its modules, and attributes and methods of its clients with the
    names that the released versions really have, and reports those that none has, with the nearest real one.

    ## Why it matters
    Such names come from other SDKs, from old drafts and from language models. Inside `try … except ImportError` they
    do not even fail: the feature is off everywhere, for ever, and nobody is told.

    ## Example
    ```python
    from langsmith import LangSmithClient

    print(LangSmithClient)
    ```

    ## Use instead
    ```python
    from langsmith import Client

    print(Client)
    ```

    ## Not flagged
    Names that any released version has (another rule looks at your version); aliases (`Client as LangSmithClient`);
    names behind `hasattr` or `except AttributeError`; packages and classes of your own called `langsmith` or
    `LangSmithClient`; `langgraph_sdk`, `langfuse` and other packages.

    ## Fix safety
    There is no automatic fix yet.

    ## References
    - The table of names was made from the wheels of the released versions of langsmith, 0.0.x to 0.15.0.
    """
    imported: set[str] = set()
    yield from _imports(file, project, imported)
    yield from _attributes(file, project, imported)


def _imports(file: File, project: Project, imported: set[str]) -> Iterator[Violation]:
    for binding in file.model.bindings:
        if binding.kind not in {"import", "star-import"} or binding.level:
            continue
        module = absolute(file, binding)
        if module.partition(".")[0] != "langsmith" or project.find_module(module, file) or _is_own(module, project):
            continue
        missing = _missing_module(module, project)
        name = binding.member if binding.kind == "import" and binding.member else None
        if missing is None and name is not None and not project.sdk.ever(f"{module}.{name}"):
            missing = f"{module}.{name}"
        if missing is not None:
            imported.add(missing)
            yield _violation(missing, binding.span, project, _swallowed(file, binding, project))


def _is_own(module: str, project: Project) -> bool:
    return project.is_own_package(module)


def _missing_module(module: str, project: Project) -> str | None:
    """The first part of a dotted module that no version has."""
    parts = module.split(".")
    for length in range(2, len(parts) + 1):
        dotted = ".".join(parts[:length])
        if not project.sdk.ever(dotted):
            return dotted
    return None


def _swallowed(file: File, binding: data.Binding, project: Project) -> str:
    """What becomes of the ImportError, when something catches it."""
    local = project.flow.local(
        file, binding.block, ("builtins.ImportError", "builtins.Exception", "builtins.BaseException")
    )
    if local.verdict != "yes":
        return ""
    return "; the handler around it hides that: what depends on it is off on every machine"


def _attributes(file: File, project: Project, imported: set[str]) -> Iterator[Violation]:
    """Attributes that do not exist; what an import was reported for already is not reported again where it is used."""
    reported: set[Span] = set()
    for load in file.model.loads:
        place = Place(load.scope, load.block, load.order)
        for part in _chain(load.expr):
            missing = _missing_attribute(file, part, place, project)
            if missing is None or missing in imported or part.name_span in reported:
                continue
            reported.add(part.name_span)
            if not _is_probed(file, load, part.name, project):
                yield _violation(missing, part.name_span, project, _hidden(file, load, project))
                break


def _chain(expr: data.Expr) -> Iterator[data.Attribute]:
    """The attributes of a chain from the inside out."""
    if isinstance(expr, (data.Attribute, data.Subscript)):
        yield from _chain(expr.value)
    if isinstance(expr, data.Attribute):
        yield expr


def _missing_attribute(file: File, part: data.Attribute, place: Place, project: Project) -> str | None:
    values = [value for value in project.values.of(file, part.value, place) if not _says_nothing(value)]
    missing = [_missing_of(value, part.name, project) for value in values]
    # Where one of the things that the receiver may be has the name, its author knows more than we do.
    return missing[0] if missing and all(missing) else None


def _says_nothing(value: Value) -> bool:
    """What a caller may pass, and `None`, stand beside the type that an annotation or a default tells."""
    return isinstance(value, (Parameter, Constant))


def _missing_of(value: Value, name: str, project: Project) -> str | None:
    sdk = project.sdk
    if name.startswith("__"):
        return None
    if isinstance(value, Symbol) and value.name.partition(".")[0] == "langsmith":
        if sdk.is_module(value.name) and not sdk.ever(f"{value.name}.{name}"):
            return f"{value.name}.{name}"
        return None
    if isinstance(value, Instance):
        owner = project.clients.client_class(value.cls)
        if owner is None or not isinstance(value.cls, Symbol):
            return None
        if sdk.is_attribute(owner, name) or sdk.ever(f"{owner}.{name}"):
            return None
        return f"{owner}.{name}"
    return None


def _is_probed(file: File, load: data.Load, name: str, project: Project) -> bool:
    """`hasattr(client, "trace")`, `except AttributeError`, and attributes that the program itself sets."""
    for site in (*file.calls_by_name.get("hasattr", ()), *file.calls_by_name.get("getattr", ())):
        args = file.model.calls[site].args
        if len(args) > 1 and isinstance(args[1].value, data.Text) and args[1].value.value == name:
            return True
    if any(store.value is not None for store in file.stores_by_attribute.get(name, ())):
        return True
    for block in file.block_chain(load.block):
        row = file.model.blocks[block]
        if row.kind == "try":
            for handler in file.model.tries[row.owner].handlers:
                if handler.type is not None and _names_attribute_error(file, handler, project):
                    return True
    return False


def _names_attribute_error(file: File, handler: data.Handler, project: Project) -> bool:
    block = file.model.blocks[handler.block]
    if handler.type is None:
        return False
    values = project.values.of(file, handler.type, Place(block.scope, block.parent, 10**9))
    flat = [item for value in values for item in (_flat(value) if isinstance(value, Group) else [value])]
    return Symbol("builtins.AttributeError") in flat


def _flat(group: Group) -> list[Value]:
    return [item for items in group.items for item in items]


def _hidden(file: File, load: data.Load, project: Project) -> str:
    local = project.flow.local(
        file, load.block, ("builtins.AttributeError", "builtins.Exception", "builtins.BaseException")
    )
    return "; the handler around it hides the AttributeError" if local.verdict == "yes" else ""


def _violation(missing: str, span: Span, project: Project, swallowed: str) -> Violation:
    real = project.sdk.suggest(missing)
    spoken = missing.removeprefix("langsmith.client.")
    suggestion = f": `{_spoken(real)}` is the real one" if real is not None else ""
    return Violation(
        at=span,
        message=f"`{_spoken(missing) if spoken else missing}` exists in no version of langsmith{suggestion}{swallowed}",
        help=f"use `{_spoken(real)}`" if real is not None else "see the SDK's reference for what there is",
    )


def _spoken(qualified: str) -> str:
    """The way users write it: `Client.read_project` rather than `langsmith.client.Client.read_project`."""
    parts = qualified.split(".")
    if len(parts) > 2 and parts[-2][:1].isupper():
        return ".".join(parts[-2:])
    return qualified


__all__ = ["Member", "check"]
