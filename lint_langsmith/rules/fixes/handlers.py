"""What a handler that a fix writes does: it reports in the way that the file reports already."""

from __future__ import annotations

from typing import Final, NamedTuple

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, last_name
from lint_langsmith.analysis.project.import_edits import imported
from lint_langsmith.findings import Edit, Span

MESSAGE: Final = "LangSmith request failed, check LANGSMITH_API_KEY and its permissions"
_LOGGERS: Final = frozenset({"getLogger", "get_logger", "getChild"})
_LOGGING_METHODS: Final = frozenset(
    {"debug", "info", "warning", "warn", "error", "exception", "critical"}
)
_ERROR_NAMES: Final = ("error", "exc", "refused")


class Report(NamedTuple):
    """A line that reports an exception, whether it names it, and the edits that it needs."""

    line: str
    names_error: bool
    edits: tuple[Edit, ...] = ()


def report(file: File, at: Span, error: str) -> Report | None:
    """How the file reports what went wrong: by its logger, by `logging`, or by `print`; None where no name is free.

    `error` is the name of the exception, `at` the place of the handler.
    """
    logger = _logger(file, at)
    if logger:
        return Report(f'{logger}.exception("{MESSAGE}")', names_error=False)
    if "logging" not in file.packages and file.calls_by_name.get("print"):
        return Report(f'print(f"{MESSAGE}: {{{error}}}")', names_error=True)
    found = imported(file, "logging", at)
    if found is None:
        return None
    edits = (found.edit,) if found.edit is not None else ()
    return Report(f'{found.name}.exception("{MESSAGE}")', names_error=False, edits=edits)


def _logger(file: File, at: Span) -> str:
    """The name of the module's logger: made there, or imported and used as one; empty without one."""
    for row in file.model.bindings:
        if row.scope != 0 or row.span >= at:
            continue
        if row.kind == "assign" and isinstance(row.value, ir.CallRef):
            called = file.model.calls[row.value.site].func
            if last_name(called) in _LOGGERS:
                return row.name
        is_module = row.module == "logging" and not row.member
        if row.kind == "import" and not is_module and _is_used_as_logger(file, row.name):
            return row.name
    return ""


def _is_used_as_logger(file: File, name: str) -> bool:
    """Whether methods of a name `logger` or `log` are called that loggers have."""
    if name.strip("_").lower() not in {"logger", "log"}:
        return False
    called = (file.model.calls[site].func for site in file.sites_by_base.get(name, ()))
    return any(last_name(func) in _LOGGING_METHODS for func in called)


def error_name(file: File, scope: int) -> str:
    """A name for the exception that nothing but handlers binds in a scope; empty without one."""
    for name in _ERROR_NAMES:
        if all(row.kind == "except" for row in file.bindings.get((scope, name), ())):
            return name
    return ""
