"""Reports: one writer per format, each a pure function from a `Report` to text, made fit for what reads it."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Final

import msgspec

from lint_langsmith.findings import Finding
from lint_langsmith.output.printable import Medium, printable
from lint_langsmith.output.report.base import Report, UnknownFormatError, Writer
from lint_langsmith.redaction import redact

__all__ = ["FORMATS", "Report", "UnknownFormatError", "Writer", "medium_of", "writer"]


def writer(name: str) -> Writer:
    """The writer of a format, or of a template (which is what holds a brace).

    Raises:
        UnknownFormatError: there is no such format or field; the message names the nearest one.
    """
    if "{" in name:
        from lint_langsmith.output.report.template import commands, template  # noqa: PLC0415 - loaded when it is used

        return _made_fit(template(name), Medium.TEXT, commands(name))
    if name not in FORMATS:
        import difflib  # noqa: PLC0415 - for a message only

        near = difflib.get_close_matches(name, FORMATS, n=1, cutoff=0.4)
        hint = f", did you mean `{near[0]}`?" if near else ""
        raise UnknownFormatError(
            f"unknown output format `{name}`{hint} (there are: auto, {', '.join(FORMATS)}, or a template)"
        )
    write: Writer = importlib.import_module(f"lint_langsmith.output.report.{name}").write
    return _made_fit(write, medium_of(name), _COMMANDS.get(name, ()))


def _made_fit(write: Writer, medium: Medium, commands: Sequence[str]) -> Writer:
    """A writer behind which no key is left, and of what its reader would obey only its own commands."""

    def fit(report: Report) -> str:
        # Keys go first: escapes of a format would come between the parts of one that is spelled in parts.
        masked = msgspec.structs.replace(report, findings=tuple(map(_masked, report.findings)))
        return printable(
            write(masked), medium, painted=report.colour or report.links, commands=commands
        )

    return fit


def _masked(finding: Finding) -> Finding:
    fix = finding.fix
    if fix is not None:
        edits = tuple(
            msgspec.structs.replace(edit, content=redact(edit.content)) for edit in fix.edits
        )
        fix = msgspec.structs.replace(fix, title=redact(fix.title), edits=edits)
    return msgspec.structs.replace(
        finding,
        message=redact(finding.message),
        help=redact(finding.help) if finding.help is not None else None,
        related=tuple(
            msgspec.structs.replace(item, message=redact(item.message))
            for item in finding.related
        ),
        fix=fix,
    )


def medium_of(name: str) -> Medium:
    """What reads a format."""
    return _MEDIA.get(name, Medium.TEXT)


_MEDIA: Final = {
    **dict.fromkeys(("json", "jsonl", "gitlab", "sarif", "rdjson"), Medium.JSON),
    "junit": Medium.XML,
    "html": Medium.HTML,
}
_COMMANDS: Final = {
    "github": tuple(f"::{command} title=LS" for command in ("error", "warning", "notice")),
    "azure": ("##vso[task.logissue ",),
}
FORMATS: Final = (
    *(
        "full",
        "concise",
        "grouped",
        "json",
        "jsonl",
        "github",
        "gitlab",
        "junit",
        "sarif",
        "pylint",
        "rdjson",
    ),
    *("azure", "markdown", "csv", "html"),
)
