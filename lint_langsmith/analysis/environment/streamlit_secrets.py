"""What stands in Streamlit's secrets, and does not reach the environment of the program.

Executed on streamlit 1.67: texts and numbers above the first table are put into the environment; booleans, tables and
what stands in tables are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.project.contents import sought
from lint_langsmith.sdk.variables import GROUPS, TRACING_FLAGS
from lint_langsmith.source.text import LineIndex

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.writes import Setting
    from lint_langsmith.analysis.project.file import File
    from lint_langsmith.findings import Span

_SECRETS: Final = lazy_re.compile(r"(?:.*/)?\.streamlit/secrets(?:\.[\w-]+)*")
_NAMES: Final = frozenset(name for names in GROUPS for name in names)
_TABLE: Final = lazy_re.compile(
    r"(?m)^[ \t]*\[[ \t]*[\"']?(?P<name>[A-Z_]{1,99})[\"']?[ \t]*\]"
)
# Code that looks at all of them may hand on any.
_ALL: Final = lazy_re.compile(
    rb"\bsecrets\.(?:items|values|keys|to_dict)\b|\bin[ \t]+(?:st|streamlit)\.secrets[ \t]*:"
    rb"|\b(?:dict|update|deepcopy)\([ \t]*(?:st|streamlit)\.secrets\b"
)


class Unexported(NamedTuple):
    """A variable that stands in the secrets and not in the environment: its place, and why not."""

    name: str
    at: Span
    why: str


def unexported(file: File, checkout: Checkout) -> Iterator[Unexported]:
    """The variables of LangSmith in a file of secrets, or in its template, that do not reach the environment."""
    if file.kind != "toml" or _SECRETS.fullmatch(file.relative) is None:
        return
    codes = [
        content for name in checkout.python_below("") if (content := checkout.content(name))
    ]
    if not any(b"streamlit" in code for code in codes) or any(map(_ALL.search, codes)):
        return
    for setting in checkout.settings(file):
        why = _why(setting, codes) if setting.name in _NAMES else ""
        if why:
            yield Unexported(setting.name, setting.at, why)
    index = LineIndex(file.text)
    for match in _TABLE.finditer(file.text):
        if match["name"] in _NAMES and not any(_looks_into(match["name"], c) for c in codes):
            yield Unexported(match["name"], index.span(*match.span("name")), "it is a table")


def _why(setting: Setting, codes: Sequence[bytes]) -> str:
    """Why a setting does not reach the environment; empty where it does, or where code takes it out by itself."""
    table = setting.group.strip("[] \"'").rpartition(".")[2]
    is_switch = setting.name in TRACING_FLAGS and setting.written == "true"
    why = (
        f"it stands in the table `{table}`"
        if table
        else "it is a boolean and no text"
        if is_switch
        else ""
    )
    word = sought(table or setting.name)
    return "" if any(word in code for code in codes) else why


def _looks_into(name: str, code: bytes) -> bool:
    """Whether code takes something out of a table: `st.secrets["NAME"]["value"]`."""
    return re.search(sought(name) + rb"[\"']?\]?[ \t]*[.\[]", code) is not None
