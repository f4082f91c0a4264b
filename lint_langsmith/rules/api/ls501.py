"""LS501: names that LangSmith never had."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.fix_safety import sure_unless_tried
from lint_langsmith.analysis.exceptions.hiding import (
    hides_attribute,
    hides_import,
    is_asked_for,
)
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.sdk_names import (
    Imported,
    Used,
    attributes,
    imports,
    spoken,
)
from lint_langsmith.findings import Edit, Fix, Severity, Span, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.handlers import contents

if TYPE_CHECKING:
    from lint_langsmith.sdk.facts import Method

_ONE_LINE_IMPORT = lazy_re.compile(
    r"\s*from\s+(?P<module>[\w.]+)\s+import\s+(?P<names>[\w,](?:[\w\s,]*[\w,])?)\s*(?:#.*)?"
)


@rule("LS501", "unknown-langsmith-api", severity=Severity.ERROR, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """Code uses a module, a name or a method that no version of LangSmith has.

    ## What it does
    Compares imports from `langsmith`, attributes of its modules, and attributes and methods of its clients with the
    names of all released versions. Reports names that no version has, and suggests the nearest real name. The same is
    done for `langgraph_sdk`, `langchainhub`, `langchain_core.tracers`, and for `hub`, `smith` and `callbacks` of
    langchain and langchain-classic.

    ## Why it matters
    Such names come from other SDKs, from old drafts and from language models. Inside `try … except ImportError` they
    do not even fail: the feature is off on every machine, and no message says so. Where the handler puts another name
    in the place of the missing one, the program works, and the finding is an info.

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
    Names that any released version has (LS502 looks at your version); aliases (`Client as LangSmithClient`);
    names behind `hasattr` or `except AttributeError`; packages and classes of your own called `langsmith` or
    `LangSmithClient`; `langfuse` and other packages.

    ## Fix safety
    The fix replaces an invented class name by the real one. The import keeps its local name
    (`from langsmith import Client as LangSmithClient`), so the rest of the file does not change. Exceptions are
    imported from the module that defines them. An invented method is renamed if the real method takes the same
    arguments. The fix is safe, because the old line can only raise `ImportError` or `AttributeError`. It is unsafe
    inside a `try` (or `contextlib.suppress`), because the program may rely on the handler. If several real names are
    possible, there is no fix.

    ## References
    - The table of names was made from the wheels of all releases on PyPI: langsmith 0.0.1 to 0.15.1, and those of the
      other packages.
    """
    imported: set[str] = set()
    for found in imports(file, analysis.project):
        missing = next((name for name in found.names if not analysis.sdk.ever(name)), None)
        if missing is not None:
            imported.add(missing)
            hidden = hides_import(file, found.binding, analysis.outcomes)
            swallowed = "; the handler around it hides the error, so the feature is off on every machine"
            replaced = hidden and _is_replaced(file, found.binding)
            if replaced:
                swallowed = "; the handler around it always puts another in its place"
            fix = _import_fix(file, found, missing, analysis)
            kind = "module" if f"{found.module}.".startswith(f"{missing}.") else "name"
            fault = _Missing(missing, kind, swallowed if hidden else "", is_harmless=replaced)
            yield _violation(fault, found.binding.span, analysis, fix)
    yield from _attributes(file, analysis, imported)


def _is_replaced(file: File, imported: ir.Binding) -> bool:
    """Whether the handlers around an import bind its name to something else that works: `Tracer = OldTracer`."""
    outer = next(
        (block for block in file.block_chain(imported.block) if _is_try(file, block)), -1
    )
    handlers = file.model.tries[file.model.blocks[outer].owner].handlers if outer >= 0 else ()
    return bool(handlers) and all(
        _binds_other(file, handler.block, imported.name) for handler in handlers
    )


def _binds_other(file: File, block: int, name: str) -> bool:
    return any(_is_other(row, name) for row in contents(file, block).bindings)


def _is_try(file: File, block: int) -> bool:
    return file.model.blocks[block].kind == "try"


def _is_other(row: ir.Binding, name: str) -> bool:
    """Whether a name is bound to what another name has, here or in another module."""
    is_taken = row.kind == "import" or isinstance(row.value, (ir.Name, ir.Attribute))
    return row.name == name and is_taken


def _attributes(file: File, analysis: Analysis, imported: set[str]) -> Iterator[Violation]:
    """Attributes that do not exist; what an import was reported for already is not reported again where it is used."""
    done: set[ir.Load] = set()
    for used in attributes(file, analysis.values.relevant_only):
        # Where one of the things that the receiver may be has the name, its author knows more than we do.
        missing = [
            name for name in used.names if name is not None and not _exists(name, analysis)
        ]
        if len(missing) < len(used.names) or missing[0] in imported or used.load in done:
            continue
        if not is_asked_for(file, used.load, used.attribute.name, analysis.outcomes):
            done.add(used.load)
            hidden = hides_attribute(file, used.load, analysis.outcomes)
            fix = _attribute_fix(file, used, missing[0], analysis)
            swallowed = "; the handler around it hides the AttributeError" if hidden else ""
            fault = _Missing(missing[0], _kind(file, used, missing[0]), swallowed)
            yield _violation(fault, used.span, analysis, fix)


def _exists(name: str, analysis: Analysis) -> bool:
    owner, _, attribute = name.rpartition(".")
    return analysis.sdk.is_attribute(owner, attribute) or analysis.sdk.ever(name)


class _Missing(NamedTuple):
    """A name that no version has; `kind` is what it is called, `swallowed` the part of the message about a handler.

    It `is_harmless` where the handler puts what another name has in its place.
    """

    qualified: str
    kind: str
    swallowed: str
    is_harmless: bool = False


def _kind(file: File, used: Used, missing: str) -> str:
    """What a missing attribute is called: a name of a module, or a method or an attribute of a class."""
    if not missing.split(".")[-2][:1].isupper():
        return "name"
    return "method" if used.attribute.span in file.call_by_callee else "attribute"


def _violation(missing: _Missing, span: Span, analysis: Analysis, fix: Fix | None) -> Violation:
    real = analysis.sdk.suggest(missing.qualified)
    package = analysis.sdk.distribution(missing.qualified)
    owner, _, name = spoken(missing.qualified).rpartition(".")
    meant = spoken(real).removeprefix(f"{owner}.") if real is not None else ""
    suggestion = f"; did you mean `{meant}`?" if meant else ""
    return Violation(
        at=span,
        message=f"`{owner}` has no {missing.kind} `{name}` in any version of {package}{missing.swallowed}{suggestion}",
        help=f"use `{spoken(real)}`"
        if real is not None
        else "look up the name in the SDK's reference",
        severity=Severity.INFO if missing.is_harmless else None,
        fix=fix,
    )


# -- fixes -----------------------------------------------------------------------------------------------------------


def _import_fix(file: File, found: Imported, missing: str, analysis: Analysis) -> Fix | None:
    real = analysis.sdk.renamed(missing)
    member = found.binding.member
    if real is None or not member:
        return None
    name = real.rpartition(".")[2]
    if missing == f"{found.module}.{member}" and analysis.sdk.is_same(
        f"{found.module}.{name}", real
    ):
        return _renamed_import(file, found.binding, member, name)
    return _moved_import(
        file,
        found.binding,
        real if analysis.sdk.is_module(real) else real.rpartition(".")[0],
        analysis,
    )


def _renamed_import(file: File, binding: ir.Binding, member: str, name: str) -> Fix | None:
    """`LangSmithClient` → `Client as LangSmithClient`; of `LangSmithClient as X` the first name alone changes."""
    span = binding.span
    written = file.source(span)
    if not written.startswith(member):
        return None
    end = Span(span.line, span.column, span.line, span.column + len(member))
    content = f"{name} as {member}" if written == member else name
    return _fix(f"import `{name}`", Edit(end, content), file, binding.block)


def _moved_import(
    file: File, binding: ir.Binding, module: str, analysis: Analysis
) -> Fix | None:
    """`from langsmith.errors import X` → `from langsmith.utils import X`, where that has all that the line imports."""
    line = file.lines[binding.span.line - 1]
    match = _ONE_LINE_IMPORT.fullmatch(line)
    if match is None or binding.span.line != binding.span.end_line:
        return None
    names = [part.split()[0] for part in match["names"].split(",") if part.strip()]
    if not analysis.sdk.is_module(module) or not all(
        analysis.sdk.ever(f"{module}.{name}") for name in names
    ):
        return None
    start = match.start("module") + 1
    span = Span(binding.span.line, start, binding.span.line, start + len(match["module"]))
    return _fix(f"import from `{module}`", Edit(span, module), file, binding.block)


def _attribute_fix(file: File, used: Used, missing: str, analysis: Analysis) -> Fix | None:
    real = analysis.sdk.renamed(missing)
    if real is None:
        return None
    owner, _, name = real.rpartition(".")
    method = analysis.sdk.methods(owner).get(name)
    fits = missing.rpartition(".")[0] == owner if method is None else _takes(file, used, method)
    return _fix(f"use `{name}`", Edit(used.span, name), file, used.load.block) if fits else None


def _takes(file: File, used: Used, method: Method) -> bool:
    """Whether the attribute is called with arguments that the real method takes as well."""
    call = file.call_by_callee.get(used.attribute.span)
    if call is None or not call.args or any(arg.stars for arg in call.args):
        return False
    given = [arg.keyword for arg in call.args if arg.keyword is not None]
    return len(call.args) - len(given) <= len(method.positional) and set(given) <= set(
        method.parameters
    )


def _fix(title: str, edit: Edit, file: File, block: int) -> Fix:
    return Fix(title, sure_unless_tried(file, block), (edit,))
