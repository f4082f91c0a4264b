"""Keywords that a callee does not take: which one is meant, and the edit that renames it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Final, NamedTuple

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.fix_safety import sure_unless_tried
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Applicability, Edit, Fix, Span, Violation
from lint_langsmith.rules.fixes.keywords import keyword_span

# What programs write for another keyword; each is offered only where the callee has it.
_MEANT: Final[dict[str, tuple[str, ...]]] = {
    "url": ("api_url", "base_url"),
    "endpoint": ("api_url", "base_url", "api_endpoint"),
    "base_url": ("api_url", "api_endpoint"),
    "api_base": ("api_url", "base_url"),
    "api_endpoint": ("api_url", "base_url"),
    "api_url": ("base_url", "api_endpoint"),
    "key": ("api_key",),
    "token": ("api_key",),
    "timeout": ("timeout_ms",),
    "workspace": ("workspace_id",),
    "tenant_id": ("workspace_id",),
    "project": ("project_name",),
    "session_name": ("project_name",),
    "dataset": ("dataset_name", "data"),
    "name": ("dataset_name", "project_name"),
}
# What is passed under these may be of another unit or another kind (seconds, a name for an id, an object for a name).
_OF_ANOTHER_KIND: Final = frozenset({"timeout", "workspace", "project", "dataset", "name"})
# How alike two words are, as `difflib` counts it, if one is taken for the other misspelled.
_LEAST_RATIO: Final = 0.8
# Callees with more keywords are told of by their signature.
_MOST_LISTED: Final = 8


class PassedKeyword(NamedTuple):
    """A keyword argument of a call that `label` names; `owner` is the class or module that decides what it takes."""

    file: File
    call: ir.Call
    keyword: str
    label: str
    owner: str = ""

    @property
    def name_span(self) -> Span | None:
        """Where the keyword stands; None where its source does not tell it."""
        return keyword_span(self.file, self.call, self.keyword)

    @property
    def span(self) -> Span:
        """Where the keyword stands, or else the callee."""
        return self.name_span or self.call.callee_span


def raises_type_error(
    passed: PassedKeyword, known: Sequence[str], analysis: Analysis
) -> Violation:
    """The finding for a keyword that is none of the `known` ones, in a call that takes no others."""
    taken = {other.keyword for other in passed.call.args}
    meant = _meant(passed.keyword, [name for name in known if name not in taken])
    release = analysis.project.version_for(passed.owner).spoken
    is_short = 0 < len(known) <= _MOST_LISTED
    return Violation(
        at=passed.span,
        message=f"`{passed.label}` takes no `{passed.keyword}` in {release}; the call raises TypeError",
        help=_use(meant) or (_takes(known) if is_short else "see its signature"),
        fix=_renaming(passed, meant, _safety(passed, meant)),
    )


def is_ignored(passed: PassedKeyword, known: Sequence[str]) -> Violation:
    """The finding for a keyword that is none of the `known` ones, of which the callee only warns."""
    meant = _meant(passed.keyword, known)
    return Violation(
        at=passed.span,
        message=f"`{passed.label}` takes no `{passed.keyword}`; it is ignored with a warning",
        help=_use(meant) or _takes(known),
        fix=_renaming(passed, meant, Applicability.UNSAFE),
    )


def _meant(keyword: str, known: Sequence[str]) -> str | None:
    for candidate in _MEANT.get(keyword, ()):
        if candidate in known:
            return candidate
    near = difflib.get_close_matches(keyword, known, n=1, cutoff=_LEAST_RATIO)
    return near[0] if near else None


def _use(meant: str | None) -> str:
    return f"use `{meant}`" if meant is not None else ""


def _takes(known: Sequence[str]) -> str:
    return f"it takes {', '.join(f'`{name}`' for name in known)}"


def _safety(passed: PassedKeyword, meant: str | None) -> Applicability:
    is_sure = meant in _MEANT.get(passed.keyword, ())
    if is_sure and passed.keyword not in _OF_ANOTHER_KIND:
        return sure_unless_tried(passed.file, passed.call.block)
    return Applicability.UNSAFE


def _renaming(
    passed: PassedKeyword, meant: str | None, applicability: Applicability
) -> Fix | None:
    span = passed.name_span
    if span is None or meant is None:
        return None
    return Fix(f"use `{meant}`", applicability, (Edit(span, meant),))
