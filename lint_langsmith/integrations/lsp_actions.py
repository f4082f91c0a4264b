"""Code actions: the fix of a finding, comments that ignore it, and the fix of all findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lsprotocol import types
from pygls.workspace import TextDocument

from lint_langsmith.findings import Finding, Span
from lint_langsmith.integrations.lsp_diagnostics import Judged, diagnostic
from lint_langsmith.integrations.lsp_documents import Source, range_of
from lint_langsmith.results.add_ignore import ignore_edit

_FIX_ALL: Final = "source.fixAll.lint-langsmith"
_FIX_NOTEBOOK: Final = f"notebook.{_FIX_ALL}"
KINDS: Final = (types.CodeActionKind.QuickFix, _FIX_ALL, _FIX_NOTEBOOK)
# Selects, in the editor, the reason that an action has put into a comment, so that one types over it.
SELECT: Final = "lint-langsmith.select"
_REASON: Final = "reason"


def code_actions(
    judged: Judged, document: TextDocument, params: types.CodeActionParams, *, can_select: bool
) -> list[types.CodeAction]:
    """Fixes and ignores for the findings on the lines of a document that are asked about, and the fix of all.

    `can_select` says whether the editor can be asked to select the reason of an ignore.
    """
    only = params.context.only
    actions: list[types.CodeAction] = []
    if only is None or types.CodeActionKind.QuickFix in only:
        for finding in judged.findings:
            place = judged.source.locate(finding.span)
            if place is None or place[0].uri != document.uri:
                continue
            if _touches(place[1], params.range):
                shown = diagnostic(finding, range_of(place[1], document))
                actions += _actions(judged.source, finding, shown, can_select=can_select)
    for kind in (_FIX_ALL, _FIX_NOTEBOOK):
        if _is_wanted(kind, only):
            actions += _fix_all(judged, kind)
    return actions


def _is_wanted(kind: str, only: Sequence[types.CodeActionKind | str] | None) -> bool:
    """Whether an editor asks for a kind of actions: without asking for any, for all but those of whole notebooks."""
    if only is None:
        return kind != _FIX_NOTEBOOK
    return any(kind.startswith(str(getattr(asked, "value", asked))) for asked in only)


def _touches(span: Span, asked: types.Range) -> bool:
    """Whether a finding is on one of the lines that the editor asks about."""
    return span.line - 1 <= asked.end.line and asked.start.line <= span.end_line - 1


def _actions(
    source: Source, finding: Finding, shown: types.Diagnostic, *, can_select: bool
) -> list[types.CodeAction]:
    """The fix of a finding, and comments that ignore it."""
    actions = []
    changes = source.edited(finding.fix.edits) if finding.fix is not None else None
    if finding.fix is not None and changes is not None:
        is_safe = finding.is_fixable(unsafe=False)
        title = finding.fix.title if is_safe else f"{finding.fix.title} (unsafe)"
        action = _action(title, types.CodeActionKind.QuickFix, changes, shown)
        action.is_preferred = is_safe or None
        actions.append(action)
    for reason in ("", _REASON):
        ignore = ignore_edit(source.path, source.content, finding, reason)
        changes = source.edited([ignore]) if ignore is not None else None
        if changes is not None:
            behind = " with a reason" if reason else ""
            title = f"Ignore {finding.code} {finding.name} on this line{behind}"
            action = _action(title, types.CodeActionKind.QuickFix, changes, shown)
            if reason and can_select:
                action.command = _selection_of(reason, changes)
            actions.append(action)
    return actions


def _action(
    title: str,
    kind: types.CodeActionKind | str,
    changes: dict[str, list[types.TextEdit]],
    shown: types.Diagnostic | None = None,
) -> types.CodeAction:
    return types.CodeAction(
        title=title,
        kind=kind,
        edit=types.WorkspaceEdit(changes=changes),
        diagnostics=[shown] if shown is not None else None,
    )


def _selection_of(
    reason: str, changes: dict[str, list[types.TextEdit]]
) -> types.Command | None:
    """The command that selects a reason in the one line that an edit has put it into."""
    ((uri, (edit,)),) = changes.items()
    before, found, _ = edit.new_text.rpartition(reason)
    if not found:
        return None
    # What stands before it is ASCII, which every unit of columns counts alike.
    row = edit.range.start.line + before.count("\n")
    column = len(before) - (before.rfind("\n") + 1)
    if "\n" not in before:
        column += edit.range.start.character
    at = types.Range(types.Position(row, column), types.Position(row, column + len(reason)))
    return types.Command("Select the reason", SELECT, arguments=[uri, at])


def _fix_all(judged: Judged, kind: str) -> list[types.CodeAction]:
    changes = judged.source.fixed(judged.findings)
    title = "Fix all that lint-langsmith can fix safely"
    return [_action(title, kind, changes)] if changes else []
