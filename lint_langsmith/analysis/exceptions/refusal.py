"""What a program sees of a 403: its status and its text, by the class of the exception.

Measured on langsmith 0.15.1 against a server that answers 403: `LangSmithError` and its kin have no `status_code` and
no `response`, and their text says `403 Client Error: Forbidden` (`Client`), `403 Forbidden` (`AsyncClient`) or
`Forbidden` (sandboxes); the errors of the generated clients have `status_code`; those of requests and httpx have it in
`response`.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final, Literal, TypeAlias

from lint_langsmith.analysis.exceptions.raised import Verdict

STATUS: Final = HTTPStatus.FORBIDDEN.value
STATUS_NAMES: Final = frozenset({"status_code", "status", "code"})
# How a program writes the text of an exception.
Written: TypeAlias = Literal["as it is", "lower", "upper"]
_PHRASES: Final[dict[Written, str]] = {
    "as it is": "Forbidden",
    "lower": "forbidden",
    "upper": "FORBIDDEN",
}
_OTHER_STATUSES: Final = tuple(
    status for status in HTTPStatus if status.value >= 400 and status.value != STATUS
)
# What messages about other things than access say; the phrases of the other status codes are among them.
_OTHER_MATTERS: Final = frozenset(
    {
        *(status.phrase.casefold() for status in _OTHER_STATUSES),
        *(str(status.value) for status in _OTHER_STATUSES),
        "already exists",
        "already been taken",
        "connection",
        "does not exist",
        "doesn't exist",
        "duplicate",
        "exists",
        "no such",
        "notfound",
        "nothing to commit",
        "rate limit",
        "rate_limit",
        "ratelimit",
        "resource not found",
        "timed out",
        "timeout",
    }
)
# Exceptions in which others come: they have no status, and their text does not say what is in them (tenacity 9.2).
_AROUND: Final = ("tenacity.", "builtins.")


def has_status(mro: tuple[str, ...], *, direct: bool) -> Verdict:
    """Whether an exception has a status itself (`direct`), or in its `response`."""
    if "langsmith.utils.LangSmithError" in mro or mro[0].startswith(_AROUND):
        return "no"
    if mro[0].startswith(("langsmith.", "langgraph_sdk.")):
        return "yes"
    if mro[0].startswith(("requests.", "httpx.")):
        return "no" if direct else "yes"
    return "unsure"


def is_said(text: str, written: Written, mro: tuple[str, ...]) -> Verdict:
    """Whether a text, or one of the alternatives in it (`403|Forbidden`), stands in the text of the exception."""
    parts = [part.strip() for part in text.split("|")]
    phrase = _PHRASES[written]
    if phrase in parts and "langsmith.utils.LangSmithError" in mro:
        return "yes"
    if str(STATUS) in parts and _has_number_in_text(mro):
        return "yes"
    if mro[0].startswith(_AROUND) and {phrase, str(STATUS)}.issuperset(parts):
        return "no"
    return "no" if all(part.casefold() in _OTHER_MATTERS for part in parts) else "unsure"


def _has_number_in_text(mro: tuple[str, ...]) -> bool:
    is_known = mro[0].startswith(("langsmith.", "requests.", "httpx."))
    return is_known and ".sandbox." not in mro[0]
