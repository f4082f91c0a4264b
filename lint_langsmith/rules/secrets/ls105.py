"""LS105: a key in printed or logged output, or in a web page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, Placed, last_name, span_of
from lint_langsmith.analysis.values.abstract import (
    Environment,
    ExternalAttribute,
    ExternalName,
    Instance,
    Outcome,
    Value,
)
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.findings import Severity, Span, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.bundled_keys import bundled_keys
from lint_langsmith.sdk.variables import KEYS
from lint_langsmith.source.places import Places
from lint_langsmith.source.text import split_lines

_PRINTING: Final = frozenset(
    {
        *(
            "builtins.print",
            "rich.print",
            "pprint.pprint",
            "pprint.pp",
            "sys.stdout.write",
            "sys.stderr.write",
        ),
        *(
            "click.echo",
            "click.secho",
            "typer.echo",
            "typer.secho",
            "warnings.warn",
            "IPython.display.display",
        ),
        *(
            "streamlit.write",
            "streamlit.text",
            "streamlit.info",
            "streamlit.success",
            "streamlit.code",
        ),
        *(
            "streamlit.markdown",
            "streamlit.error",
            "streamlit.warning",
            "rich.pretty.pprint",
            "icecream.ic",
        ),
    },
)
_LOG_METHODS: Final = frozenset(
    {"debug", "info", "warning", "warn", "error", "critical", "exception", "log", "success"}
)
_LOGGERS: Final = ("logging.", "loguru.", "structlog.", "absl.logging.", "rich.console.")
_SHOWING_MAGIC: Final = lazy_re.compile(
    rf"[ \t]*(?P<command>%env[ \t]+(?P<variable>{'|'.join(KEYS)})"
    rf"|!{{1,2}}[ \t]*(?:echo|printenv)\b[^|>\n]*?\$?\{{?(?P<echoed>{'|'.join(KEYS)})\b[^|>\n]*?)[ \t]*"
)
_LOGGER_NAMES: Final = frozenset(
    {"logger", "log", "logging", "_logger", "LOGGER", "LOG", "_log", "console"}
)


@rule("LS105", "printed-api-key", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A LangSmith key is printed, logged or written into a web page.

    ## What it does
    Reports `print`, loggers, `click.echo`, `st.write` and similar functions that get a LangSmith key: a value read from
    the key's variable, `client.api_key`, or a field of settings that has it, also inside an f-string, `%` or `format`.
    In a notebook, also reports the output of a cell: a key as its last expression, `%env LANGSMITH_API_KEY` without a
    value, `!echo $LANGSMITH_API_KEY`. Also reports a key in a variable whose value a builder of web pages writes into
    what each browser loads (`NEXT_PUBLIC_LANGSMITH_API_KEY`, `VITE_LANGSMITH_API_KEY`).

    ## Why it matters
    Logs are stored, shipped and read by more people than the secret store. Notebooks store their output in the file.

    ## Example
    ```python
    import os

    print("key:", os.environ["LANGSMITH_API_KEY"])
    ```

    ## Use instead
    ```python
    import os

    print("key is set:", bool(os.environ.get("LANGSMITH_API_KEY")))
    ```

    ## Not flagged
    Parts of a key (`key[:8]`), `bool(key)`, `len(key)`, `key is None`, the result of a function that gets the key; a
    key in the source (LS101).

    ## Fix safety
    There is no automatic fix.

    ## References
    - [CWE-532: Insertion of Sensitive Information into Log File](https://cwe.mitre.org/data/definitions/532.html)
    """
    yield from bundled_keys(file)
    if file.places is not None:
        yield from _shown(file, file.places, analysis)
    for site, call in enumerate(file.model.calls):
        if not call.args or not _prints(file, site, call, analysis):
            continue
        place = file.place(call)
        for arg in call.args:
            source = (
                _key_in(file, arg.value, place, analysis)
                if arg.keyword not in {"file", "end", "sep"}
                else None
            )
            if source is not None:
                yield _violation(
                    span_of(file, arg.value) or call.callee_span, f"`{_name(call)}`", source
                )
                break


def _violation(at: Span, what: str, source: str) -> Violation:
    return Violation(
        at=at,
        message=f"{what} shows the LangSmith key from {source}",
        help="print whether it is set, or a part like `key[:8]`; revoke a key that was printed",
    )


def _shown(file: File, places: Places, analysis: Analysis) -> Iterator[Violation]:
    """What the cells of a notebook show by themselves."""
    for expr, row in _statements(file):
        span = span_of(file, expr)
        if span is not None and _ends_cell(file, places, span):
            source = _key_in(file, expr, file.place(row), analysis)
            if source is not None:
                yield _violation(span, "the last line of this cell", source)
    for number, (line, code) in enumerate(
        zip(file.lines, split_lines(file.code), strict=False), start=1
    ):
        match = _SHOWING_MAGIC.fullmatch(line) if line.rstrip() != code.rstrip() else None
        if match is not None:
            name = match["variable"] or match["echoed"]
            at = Span(number, match.start("command") + 1, number, len(line.rstrip()) + 1)
            yield _violation(at, f"`{match['command']}`", name)


def _statements(file: File) -> Iterator[tuple[ir.Expr, ir.Read | ir.Load | ir.Call]]:
    """The expressions at the top of a notebook that are statements of their own, or items of a tuple that is one."""
    for read in file.model.reads:
        if _is_statement(read.use) and read.block == 0:
            yield ir.Name(read.name, read.span), read
    for load in file.model.loads:
        if _is_statement(load.use) and load.block == 0:
            yield load.expr, load
    for site, call in enumerate(file.model.calls):
        if _is_statement(call.use) and call.block == 0:
            yield ir.CallRef(site), call


def _is_statement(use: ir.Use | None) -> bool:
    return use is not None and (
        use.kind == "statement" or (use.kind == "element" and _is_statement(use.inside))
    )


def _ends_cell(file: File, places: Places, span: Span) -> bool:
    """Whether nothing but remarks stands between the end of an expression and the end of its cell; `;` hides it."""
    if ";" in file.lines[span.end_line - 1][span.end_column - 1 :].partition("#")[0]:
        return False
    cell = places.cell_start(span.line)
    for number, line in enumerate(file.lines[span.end_line :], start=span.end_line + 1):
        if line.strip() and not line.lstrip().startswith("#"):
            return places.cell_start(number) != cell
    return True


def _prints(file: File, site: int, call: ir.Call, analysis: Analysis) -> bool:
    name = last_name(call.func)
    callees = analysis.values.relevant_only.callee(file, site)
    if any(isinstance(callee, ExternalName) and callee.name in _PRINTING for callee in callees):
        return True
    if name not in _LOG_METHODS or not isinstance(call.func, ir.Attribute):
        return (
            name == "print"
            and last_name(getattr(call.func, "value", ir.Constant("None"))) in _LOGGER_NAMES
        )
    described = [_described(callee) for callee in callees]
    return last_name(call.func.value) in _LOGGER_NAMES or any(
        text.startswith(_LOGGERS) for text in described
    )


def _described(value: Value) -> str:
    if isinstance(value, ExternalName):
        return value.name
    if isinstance(value, Outcome):
        return _described(value.of)
    if isinstance(value, ExternalAttribute) and isinstance(value.receiver.cls, ExternalName):
        return value.receiver.cls.name
    return ""


def _key_in(
    file: File, expr: ir.Expr, place: Placed, analysis: Analysis, seen: tuple[ir.Expr, ...] = ()
) -> str | None:
    """Where the key comes from that an expression shows, as a reader would say it; None where it shows none.

    `seen` are the choices that led here.
    """
    parts = _parts(file, expr)
    if parts is not None:
        shown = (_key_in(file, part, place, analysis, seen) for part in parts)
        return next(filter(None, shown), None)
    if isinstance(expr, ir.Name):
        found = lookup(file, expr.id, place)
        chosen = found[0].value if len(found) == 1 and found[0].via == "direct" else None
        # In a loop `key = key if key else other` reads what it bound before.
        if isinstance(chosen, ir.Conditional) and chosen not in seen:
            there = file.place(found[0])
            return _key_in(file, chosen, there, analysis, (*seen, chosen))
    sources = (
        _source(value, analysis)
        for value in analysis.values.relevant_only.of(file, expr, place)
    )
    return next(filter(None, sources), None) or _field(expr, analysis)


def _field(expr: ir.Expr, analysis: Analysis) -> str | None:
    """The field of settings that has the key and that an expression shows; pydantic shows `SecretStr` as stars."""
    if not isinstance(expr, ir.Attribute) or expr.name not in analysis.once(
        _shown_fields, None
    ):
        return None
    return f"`{expr.name}` of the settings"


def _shown_fields(analysis: Analysis, _: None) -> frozenset[str]:
    """The fields of settings that have the key as plain text, and no namesake of another kind."""
    settings = analysis.evidence.settings
    plain: dict[str, bool] = {}
    for field in settings.fields(KEYS, from_file=False):
        line = field.cls.file.lines[field.span.line - 1]
        plain[field.name] = plain.get(field.name, True) and "Secret" not in line
    return frozenset(
        name
        for name, shows in plain.items()
        if shows and settings.is_only_filled_from(name, KEYS)
    )


# A part of a key that is shown to tell keys apart; every form of key is longer.
_LONGEST_PART: Final = 32
_LONGER: Final = frozenset({"GreaterThan", "GreaterThanEqual"})
_SHORTER: Final = frozenset({"LessThan", "LessThanEqual"})


def _results(file: File, expr: ir.Boolean | ir.Conditional) -> Iterator[ir.Expr]:
    """What `a or b`, `a and b` and `a if test else b` may give, without what a test of its length calls short."""
    if isinstance(expr, ir.Boolean):
        yield from expr.values if expr.op == "or" else expr.values[-1:]
        return
    if not _is_about_length(file, expr.test, _SHORTER):
        yield expr.body
    if not _is_about_length(file, expr.test, _LONGER):
        yield expr.orelse


def _is_about_length(file: File, test: ir.Expr, ops: frozenset[str]) -> bool:
    """Whether a test compares a length with a small number: `key and len(key) > 20`."""
    asked = test.values[-1] if isinstance(test, ir.Boolean) and test.op == "and" else test
    if not isinstance(asked, ir.Comparison) or len(asked.ops) != 1 or asked.ops[0] not in ops:
        return False
    measured, limit = asked.left, asked.rights[0]
    if not isinstance(measured, ir.CallRef) or not isinstance(limit, ir.Constant):
        return False
    is_length = last_name(file.model.calls[measured.site].func) == "len"
    return is_length and limit.literal.isdecimal() and int(limit.literal) <= _LONGEST_PART


def _parts(file: File, expr: ir.Expr) -> tuple[ir.Expr, ...] | None:
    """The expressions of which an expression shows what they are; None for one that has no parts."""
    if isinstance(expr, ir.Template):
        return expr.parts
    if isinstance(expr, ir.Binary) and expr.op in {"+", "%"}:
        return (expr.left, expr.right)
    if isinstance(expr, ir.Sequence):
        return expr.items
    if isinstance(expr, ir.Mapping):
        return expr.values
    if isinstance(expr, ir.CallRef):
        call = file.model.calls[expr.site]
        shows = last_name(call.func) in _SHOWING
        return tuple(arg.value for arg in call.args) if shows else None
    if isinstance(expr, (ir.Boolean, ir.Conditional)):
        return tuple(_results(file, expr))
    return None


# Functions and methods whose result has what they are given in it.
_SHOWING: Final = frozenset({"format", "join", "str", "repr"})


def _source(value: Value, analysis: Analysis) -> str | None:
    if isinstance(value, Environment) and value.variable in KEYS:
        return value.variable
    if isinstance(value, ExternalAttribute) and value.name in {"api_key", "_api_key"}:
        receiver = value.receiver
        if isinstance(receiver, Instance) and analysis.clients.is_client(receiver):
            return f"`{value.name}` of the client"
    return None


def _name(call: ir.Call) -> str:
    func = call.func
    if isinstance(func, ir.Attribute) and isinstance(func.value, ir.Name):
        return f"{func.value.id}.{func.name}()"
    return f"{last_name(func)}()"
