"""How a program says that something is missing, or there already: in words, and with the status 404."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, last_name
from lint_langsmith.analysis.values.abstract import ExternalName
from lint_langsmith.rules.shared.handlers import contents, texts_in

_SAYS_MISSING: Final = lazy_re.compile(
    r"(?i)\b(?:not found|(?:does|do|did)(?: not|n.t) (?:yet )?exist|no such|(?:is|was) missing"
    r"|already exists?|upload \w+ first|no (?:\w+ ){1,3}(?:were )?found"
    r"|n[ãa]o (?:foi )?encontrad[oa]s?|n[ãa]o existe|no (?:fue |se )?(?:encontrad[oa]s?|encontr[óo]|existe)"
    r"|introuvable|n.existe pas|nicht gefunden|existiert nicht)\b"
    r"|不存在|未找到|找不到|見つかりません|見つからない|存在しません|찾을 수 없|존재하지 않",
)
# Behind a call that makes something these only say what failed: "error creating the dataset".
_SAYS_UNMADE: Final = lazy_re.compile(
    r"(?i)\b(?:not (?:yet )?created|creating(?: a| the)?(?: new)?)\b"
)
# A message that speaks of these as well, such as "not found, or access denied", sends nobody after a missing object.
_SAYS_REFUSED: Final = lazy_re.compile(
    r"(?i)\b(?:403|forbidden|denied|refused|permissions?|unauthori[sz]ed|not (?:allowed|authori[sz]ed)|credentials?)\b"
    r"|api[ _-]?key",
)

# What answers a request with a status that stands first among its arguments.
_ANSWERS: Final = frozenset({"HTTPException", "abort", "HTTPError"})


def words_of_missing(file: File, block: int, *, is_made: bool) -> str | None:
    """The words with which a block says that something is missing or there already.

    None where it speaks of a refusal as well. `is_made` tells that it is about a call that makes something.
    """
    return words_in(list(texts_in(file, block)), is_made=is_made)


def words_in(texts: Sequence[str], *, is_made: bool) -> str | None:
    """The words with which some texts say that something is missing or there already, as for `words_of_missing`."""
    if any(_SAYS_REFUSED.search(text) for text in texts):
        return None
    patterns = (_SAYS_MISSING,) if is_made else (_SAYS_MISSING, _SAYS_UNMADE)
    found = (pattern.search(text) for text in texts for pattern in patterns)
    return next((match[0] for match in found if match is not None), None)


def answers_404(file: File, block: int, analysis: Analysis) -> bool:
    """Whether a block has `HTTPException(404)`, `abort(404)`, `JSONResponse(…, status_code=404)`."""
    calls = (file.model.calls[site] for site in contents(file, block).calls)
    return any(_is_404(file, call, analysis) for call in calls)


def _is_404(file: File, call: ir.Call, analysis: Analysis) -> bool:
    if last_name(call.func) in {"Http404", "HTTPNotFound"}:
        return True
    return any(
        status == ir.Constant("404") or _is_named_404(file, call, status, analysis)
        for status in _statuses(call)
    )


def _statuses(call: ir.Call) -> Iterator[ir.Expr]:
    yield from (arg.value for arg in call.args if arg.keyword in {"status_code", "status"})
    if last_name(call.func) in _ANSWERS:
        yield from (arg.value for arg in call.args[:1] if arg.keyword is None)


def _is_named_404(file: File, call: ir.Call, status: ir.Expr, analysis: Analysis) -> bool:
    values = analysis.values.of(file, status, file.place(call))
    return any(
        isinstance(value, ExternalName) and value.name.endswith("HTTP_404_NOT_FOUND")
        for value in values
    )
