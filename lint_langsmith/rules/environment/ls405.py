"""LS405: a variable that is set to itself, or to what is no string."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.analysis.exceptions.fix_safety import sure_unless_tried
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed
from lint_langsmith.analysis.values.abstract import Constant, ExternalName, blank_defaults
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.findings import Applicability, Edit, Fix, Severity, Span, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.sdk.variables import PRIVACY_FLAGS, TRACING_FLAGS

_PREFIXES = ("LANGSMITH_", "LANGCHAIN_")
# `setdefault` does the same: where the variable is set it keeps it, else it sets what was asked for.
_HOW: Final = frozenset({"set", "default"})
_NO_STRINGS: Final = frozenset({"None", "True", "False"})
# Of these LS402 and LS701 say so, but for `None`.
_FLAGS: Final = frozenset({*TRACING_FLAGS, *PRIVACY_FLAGS})


@rule("LS405", "environment-self-assignment", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """An environment variable of LangSmith is set to its own value, or to `None`.

    ## What it does
    Reports `os.environ[K] = os.getenv(K)` and `os.environ.setdefault(K, os.getenv(K))`, also with `os.environ.get(K)`
    or `os.environ[K]`, with a blank default, or in `str(…)`. Reports `os.environ[K] = None` and other constants that
    are no strings as well (LS402 and LS701 report those of flags).

    ## Why it matters
    If the variable is set, the line does nothing. If it is not set, `os.environ` raises
    `TypeError: str expected, not NoneType`, which does not name the variable. With `str()` the value becomes the text
    `None`, which LangSmith uses as the key. `os.environ` takes strings alone: `None` does not remove a variable, but
    raises TypeError.

    ## Example
    ```python
    import os

    os.environ["LANGSMITH_API_KEY"] = os.getenv("LANGSMITH_API_KEY")
    ```

    ## Use instead
    ```python
    import os

    if not os.getenv("LANGSMITH_API_KEY"):
        raise RuntimeError("LANGSMITH_API_KEY is not set")
    ```

    ## Not flagged
    Another variable's value; a default that is not blank; `or` with another value; a value that the code tests
    before (`if os.getenv(K):`); a value that may be a string; copies of the environment for another process; tests.

    ## Fix safety
    The fix removes the line, which changes nothing if the variable is set. There is a fix only if the statement is
    alone on its line and its block has other statements. The fix is safe, but unsafe if the line does more than raise
    `TypeError` without the variable: with a default, `str(…)` or `os.environ[K]`, and in a `try`.

    ## References
    - [os.environ](https://docs.python.org/3/library/os.html#os.environ)
    """
    for setting in analysis.environment.judged(file):
        if (
            setting.how not in _HOW
            or not setting.name.startswith(_PREFIXES)
            or setting.expr is None
        ):
            continue
        constant = _constant(setting, analysis)
        if constant is not None:
            yield _no_string(setting, constant)
            continue
        unset = _when_unset(setting, analysis)
        if unset is None or _is_tested(setting):
            continue
        yield Violation(
            at=setting.at,
            message=f"`{setting.name}` is set to its own value; this changes nothing, and {unset} if it is not set",
            help="remove the line; to require the variable, test it and stop with a message that names it",
            fix=_fix(setting, analysis),
        )


def _constant(setting: Setting, analysis: Analysis) -> str | None:
    """What is no string, and is all that a variable may be set to here; None where it may be a string."""
    if setting.place is None or setting.expr is None:
        return None
    values = analysis.values.of(setting.file, setting.expr, setting.place)
    first = values[0] if len(values) == 1 else None
    if not isinstance(first, Constant) or first.literal not in _NO_STRINGS:
        return None
    told_elsewhere = setting.name in _FLAGS and first.literal != "None"
    return None if told_elsewhere else first.literal


def _no_string(setting: Setting, constant: str) -> Violation:
    name = setting.name
    unless = " if the variable is not set" if setting.how == "default" else ""
    return Violation(
        at=setting.at,
        message=(
            f"`{name}` is set to `{constant}`, which is not a string; `os.environ` raises TypeError{unless}"
        ),
        help=f'to remove it, write `os.environ.pop("{name}", None)`'
        if constant == "None"
        else f'write `"{constant.lower()}"`',
    )


def _when_unset(setting: Setting, analysis: Analysis) -> str | None:
    """What a variable's own value does to it where it is not set; None where the value is another."""
    if setting.place is None:
        return None
    file, expr, place = setting.file, setting.expr, setting.place
    as_text = _text_of(file, expr, analysis)
    default = _own_default(setting, expr if as_text is None else as_text, place, analysis)
    if default is None:
        return None
    if default:
        return "sets a blank"
    return "raises TypeError" if as_text is None else "sets the text `None`"


def _text_of(file: File, expr: ir.Expr | None, analysis: Analysis) -> ir.Expr | None:
    """What stands in `str(…)`."""
    if not isinstance(expr, ir.CallRef):
        return None
    args = file.model.calls[expr.site].args
    is_text = len(args) == 1 and analysis.values.callee(file, expr.site) == (
        ExternalName("builtins.str"),
    )
    return args[0].value if is_text else None


def _own_default(
    setting: Setting, expr: ir.Expr | None, place: Placed, analysis: Analysis
) -> tuple[str, ...] | None:
    """The blank default with which a variable's own value is read; None where the value is another."""
    if isinstance(expr, ir.Name):
        changes = _is_changed_meanwhile(setting, analysis)
        if changes or not _is_only_passed_on(setting.file, expr.id, place, analysis):
            return None
    elif not isinstance(expr, (ir.CallRef, ir.Subscript)):
        return None
    values = analysis.values.of(setting.file, expr, place)
    return blank_defaults(values[0], setting.name) if len(values) == 1 else None


def _is_changed_meanwhile(setting: Setting, analysis: Analysis) -> bool:
    """Whether the variable may be another one than when it was read: what was kept is put back.

    It is not where all that the file sets it to is one name of another module, which has read it before.
    """
    file, environment = setting.file, analysis.environment
    all_ = environment.by_name(file).get(setting.name, ())
    others = len(all_) > 1 and not analysis.once(_is_one_import, (file, setting.name))
    return others or any(setting.name in row.names for row in environment.removals(file))


def _is_one_import(analysis: Analysis, variable: tuple[File, str]) -> bool:
    """Whether a file sets a variable to the same name each time, which an import at its top binds."""
    file, name = variable
    settings = analysis.environment.by_name(file)[name]
    names = {row.expr.id if isinstance(row.expr, ir.Name) else "" for row in settings}
    bound = file.bindings.get((0, next(iter(names))), ())
    return len(names) == 1 and len(bound) == 1 and bound[0].kind == "import"


def _is_only_passed_on(file: File, name: str, place: Placed, analysis: Analysis) -> bool:
    """Whether a name stands for what was read, and nobody asks whether that is there."""
    rows = lookup(file, name, place)
    is_read = (
        len(rows) == 1 and rows[0].kind in {"assign", "import"} and rows[0].via == "direct"
    )
    if not is_read or any(name in asked for asked in file.asked_names.values()):
        return False
    if rows[0].kind == "import" and analysis.once(_is_asked_elsewhere, name):
        return False
    return _is_only_handed_on(file, name, analysis)


def _is_only_handed_on(file: File, name: str, analysis: Analysis) -> bool:
    """Whether a file does nothing with a name but hand its value on."""
    return all(_hands_on(file, read.use, analysis) for read in file.reads_by_name.get(name, ()))


def _is_asked_elsewhere(analysis: Analysis, name: str) -> bool:
    """Whether code may ask whether a name is there: by the name, or as an attribute of its module."""
    return any(_asks(other, name, analysis) for other in analysis.project.files_naming(name))


def _asks(file: File, name: str, analysis: Analysis) -> bool:
    return (
        name in file.attribute_reads
        or any(name in asked for asked in file.asked_names.values())
        or not _is_only_handed_on(file, name, analysis)
    )


def _hands_on(file: File, use: ir.Use, analysis: Analysis) -> bool:
    """Whether a value is stored as it is, or given to a function of a library."""
    if use.inside is not None or use.kind not in {"store", "argument"}:
        return False
    callees = analysis.values.callee(file, use.outer) if use.outer is not None else ()
    return all(isinstance(callee, ExternalName) for callee in callees)


def _is_tested(setting: Setting) -> bool:
    """Whether the line stands in a branch whose test speaks of the variable."""
    file, place = setting.file, setting.place
    if place is None:
        return False
    branches = [
        file.model.blocks[block].owner
        for block in file.block_chain(place.block)
        if file.model.blocks[block].kind in {"if", "else"}
    ]
    return any(setting.name in file.source(_lines(file, owner)) for owner in branches)


def _lines(file: File, owner: int) -> Span:
    """The lines from the test of a branch to the first statement in it."""
    body = file.model.branches[owner].body
    rows = [file.model.calls[site].span.line for site in file.sites_by_block.get(body, ())]
    first = min(rows, default=1)
    start = file.statement_before(first) or first
    return Span(start, 1, start, len(file.lines[start - 1]) + 1)


def _fix(setting: Setting, analysis: Analysis) -> Fix | None:
    file, span = setting.file, setting.span
    if (
        file.kind != "python"
        or setting.place is None
        or span.line != span.end_line
        or span.line >= len(file.lines)
    ):
        return None
    line = file.lines[span.line - 1]
    if (
        not line.lstrip().startswith("os.environ[")
        or ";" in line
        or "#" in line
        or not line.endswith(file.source(span))
    ):
        return None
    if not _has_company(setting):
        return None
    edit = Edit(Span(span.line, 1, span.line + 1, 1), "")
    return Fix("remove the line", _safety(setting, analysis), (edit,))


def _safety(setting: Setting, analysis: Analysis) -> Applicability:
    """Safe where the line can only raise TypeError: a blank and `None` are there for whoever reads the variable next.

    `os.environ[K] = os.environ[K]` stops a program that misses the variable, with its name.
    """
    file, place, expr = setting.file, setting.place, setting.expr
    raises = _when_unset(setting, analysis) == "raises TypeError" and isinstance(
        expr, ir.CallRef
    )
    return (
        sure_unless_tried(file, place.block)
        if raises and place is not None
        else Applicability.UNSAFE
    )


def _has_company(setting: Setting) -> bool:
    """Whether the block keeps a statement when the line goes; the module may be empty."""
    file, place = setting.file, setting.place
    if place is None or place.block == 0:
        return True
    here, own = place.block, setting.span.line
    model = file.model
    spans = [row.span for row in model.calls if row.block == here]
    spans += [row.span for row in model.bindings if row.block == here]
    spans += [row.target.span for row in model.stores if row.block == here]
    leaves = [row.block for row in model.returns] + [row.block for row in model.raises]
    return here in leaves or any(span.line != own for span in spans)
