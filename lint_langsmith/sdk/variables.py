"""Which environment variables LangSmith's packages read, in which releases, and which names people write instead.

`data/variables.json` says who reads what (found by `tools/sdk_variables.py` in the packages themselves: wheels of
langsmith and LangChain, and the JavaScript packages). What a value does was executed on langsmith 0.15.0
(`tests/sdk/test_sdk_variables.py` asks the installed release again).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from lint_langsmith import lazy_re

_DATA: Final = Path(__file__).with_name("data") / "variables.json"
_NODE: Final = "npm:"
_PREFIXES: Final = ("LANGSMITH", "LANGCHAIN")


def _both(*stems: str) -> tuple[str, ...]:
    return tuple(f"{prefix}_{stem}" for stem in stems for prefix in _PREFIXES)


# In the order in which they are looked at: the first that is set (and not blank) decides.
TRACING_FLAGS: Final = _both("TRACING_V2", "TRACING")
PRIVACY_FLAGS: Final = _both("HIDE_INPUTS", "HIDE_OUTPUTS", "HIDE_METADATA")
KEYS: Final = _both("API_KEY")
ENDPOINTS: Final = _both("ENDPOINT")
PROJECTS: Final = _both("PROJECT", "SESSION")
WORKSPACES: Final = _both("WORKSPACE_ID")
# With one of these the SDK hands traces to an exporter of OpenTelemetry.
OTEL_SWITCHES: Final = _both("OTEL_ONLY", "OTEL_ENABLED", "TRACING_MODE")
SAMPLING_RATES: Final = _both("TRACING_SAMPLING_RATE")
# Where the address of LangSmith's API may stand: `LANGCHAIN_BASE_URL` is the generated client's.
ADDRESSES: Final = (*ENDPOINTS, "LANGCHAIN_BASE_URL")
# Groups of variables that mean one thing, the winning one first.
GROUPS: Final = (TRACING_FLAGS, KEYS, ENDPOINTS, PROJECTS, WORKSPACES, SAMPLING_RATES)

# The names that everybody sets, and the words that people put into them.
_CORE: Final = frozenset((*TRACING_FLAGS, *KEYS, *ENDPOINTS, *_both("PROJECT")))
_SURPLUS: Final = frozenset(
    {
        "API",
        "SDK",
        "ENV",
        "ENABLE",
        "ENABLED",
        "LANGSMITH",
        "LANGCHAIN",
        "SMITH",
        "CHAIN",
        "TRACING",
    }
)

# What people write for the second half of a name, seen in public code; the edit distance does not lead there.
_STEMS: Final[dict[str, str]] = {
    "TRACKING": "TRACING",
    "TRACKING_V2": "TRACING_V2",
    "TRACE": "TRACING",
    "TRACES": "TRACING",
    "TRACE_V2": "TRACING_V2",
    "TRACING_ENABLED": "TRACING",
    "TRACING_ENABLE": "TRACING",
    "ENABLE_TRACING": "TRACING",
    "ENABLED": "TRACING",
    "TRACE_ENABLED": "TRACING",
    "TRACER_V2": "TRACING_V2",
    "PROJECT_NAME": "PROJECT",
    "API_URL": "ENDPOINT",
    "URL": "ENDPOINT",
    "HOST": "ENDPOINT",
    "API_ENDPOINT": "ENDPOINT",
    "API_HOST": "ENDPOINT",
    "API_BASE": "ENDPOINT",
    "API_BASE_URL": "ENDPOINT",
    "ENDPOINT_URL": "ENDPOINT",
    "APIKEY": "API_KEY",
    "APY_KEY": "API_KEY",
    "API": "API_KEY",
    "KEY": "API_KEY",
    "TOKEN": "API_KEY",
    "API_TOKEN": "API_KEY",
    "SECRET_KEY": "API_KEY",
    "SAMPLE_RATE": "TRACING_SAMPLING_RATE",
    "SAMPLING_RATE": "TRACING_SAMPLING_RATE",
    "TRACE_SAMPLE_RATE": "TRACING_SAMPLING_RATE",
    "TRACE_SAMPLING_RATE": "TRACING_SAMPLING_RATE",
    "TRACING_SAMPLE_RATE": "TRACING_SAMPLING_RATE",
    "WORKSPACE": "WORKSPACE_ID",
}
# `LANGSMITH_BASE_URL` is litellm's, `LANGCHAIN_BASE_URL` the generated client's: only the first can be meant wrongly.
_WHOLE: Final = {"LANGSMITH_BASE_URL": "LANGSMITH_ENDPOINT"}
_PREFIX: Final = lazy_re.compile(r"(LAN[A-Z]*(?:_(?:SMITH|CHAIN))?)_(.+)")
_LONG, _MEDIUM = 7, 5
_MOST_EDITS: Final = 2


class _Table(msgspec.Struct, frozen=True):
    releases: dict[str, tuple[str, ...]]
    variables: dict[str, dict[str, tuple[int, int]]]
    named: frozenset[str]


@functools.cache
def _table() -> _Table:
    return msgspec.json.decode(_DATA.read_bytes(), type=_Table)


def readers(variable: str) -> Mapping[str, tuple[str, str]]:
    """The packages that read a variable, each with the first and the last release that was seen to do so.

    npm's packages are named `npm:…`.
    """
    table = _table()
    rows = table.variables.get(variable, {})
    return {
        package: (table.releases[package][first], table.releases[package][last])
        for package, (first, last) in rows.items()
    }


def is_known(variable: str) -> bool:
    """Whether any release of LangSmith's packages reads the variable, or names it otherwise."""
    return variable in _table().variables or variable in _table().named


def is_javascript_only(variable: str) -> bool:
    """Whether only JavaScript packages read the variable."""
    found = _table().variables.get(variable, {})
    return bool(found) and all(package.startswith(_NODE) for package in found)


def first_release(variable: str) -> str | None:
    """The first sampled release of langsmith that reads a variable; None where none does."""
    found = readers(variable).get("langsmith")
    return found[0] if found is not None else None


def last_release_without(variable: str) -> str | None:
    """The last sampled release of langsmith before the first that reads a variable; None where there is none."""
    row = _table().variables.get(variable, {}).get("langsmith")
    return _table().releases["langsmith"][row[0] - 1] if row is not None and row[0] else None


@functools.lru_cache(maxsize=4096)  # the names are those of all programs that are linted
def meant(variable: str) -> tuple[str, ...]:
    """The variables that an unknown name most likely stands for, the likeliest alone if one stands out.

    Empty for known names, for names of other things, and where nothing comes near.
    """
    right = plain_name(variable)
    if right != variable:
        return (right,) if is_known(right) else ()
    match = _PREFIX.fullmatch(variable)
    if match is None or is_known(variable):
        return ()
    whole = _WHOLE.get(variable) or _without_pasted(variable)
    if whole is not None:
        return (whole,)
    prefix = _nearest_prefix(match[1])
    if prefix is None:
        return ()
    stem = match[2]
    candidate = f"{prefix}_{stem}"
    if prefix != match[1] and _is_read_by_python(candidate):
        return (candidate,)
    if stem in _STEMS:
        return (f"{prefix}_{_STEMS[stem]}",)
    return _without_surplus(prefix, stem) or _near_stems(prefix, stem)


def plain_name(variable: str) -> str:
    """A name without what no reader of the environment overlooks: hyphens, dots, `+`, blanks, small letters."""
    return re.sub(r"[-.+ ]", "_", variable.strip()).upper()


def _without_pasted(variable: str) -> str | None:
    """A name into which another one was pasted: `LANGLANGCHAIN_PROJECTCHAIN_API_KEY`."""
    rests = (variable.replace(pasted, "", 1) for pasted in sorted(_CORE) if pasted in variable)
    return next((rest for rest in rests if rest in _CORE), None)


def _without_surplus(prefix: str, stem: str) -> tuple[str, ...]:
    """A name with a word too many: `LANGCHAIN_API_TRACING_V2`."""
    words = stem.split("_")
    for index, word in enumerate(words):
        candidate = "_".join((prefix, *words[:index], *words[index + 1 :]))
        if word in _SURPLUS and candidate in _CORE:
            return (candidate,)
    return ()


def is_misspelling(variable: str, right: str) -> bool:
    """Whether a name is another with a slip of the pen in it, and no name that somebody may have chosen.

    `LANGSMITH_APIKEY` may be chosen: it differs in its underscores alone.
    """
    plain = variable.replace("_", "") != right.replace("_", "")
    return plain and distance(variable, right) <= _MOST_EDITS


def _nearest_prefix(written: str) -> str | None:
    if written in _PREFIXES:
        return written
    near = [
        prefix for prefix in _PREFIXES if distance(written, prefix, _MOST_EDITS) <= _MOST_EDITS
    ]
    return near[0] if len(near) == 1 else None


def _near_stems(prefix: str, stem: str) -> tuple[str, ...]:
    """By the number of edits; what only goes on behind a real name (`…_API_KEY_2`) is a name of its own."""
    allowed = _MOST_EDITS if len(stem) >= _LONG else 1 if len(stem) >= _MEDIUM else 0
    rows: dict[int, list[str]] = {}
    for known, variable in _stems_of(prefix):
        edits = distance(stem, known, allowed)
        if 0 < edits <= allowed:
            rows.setdefault(edits, []).append(variable)
            if re.fullmatch(re.escape(known) + r"(?:_?\d+|_[A-Z0-9])", stem):
                return ()
    return tuple(sorted(rows[min(rows)])) if rows else ()


@functools.cache
def _stems_of(prefix: str) -> tuple[tuple[str, str], ...]:
    """What stands behind a prefix in the names of the variables that Python packages read, and the whole names."""
    split = ((variable.partition("_"), variable) for variable in _table().variables)
    return tuple(
        (known, variable)
        for (before, _, known), variable in split
        if before == prefix and _is_read_by_python(variable)
    )


def _is_read_by_python(variable: str) -> bool:
    return any(
        not package.startswith(_NODE) for package in _table().variables.get(variable, {})
    )


def distance(one: str, other: str, most: int | None = None) -> int:
    """How many letters must be changed, left out, put in or swapped with a neighbour to turn `one` into `other`.

    More than `most` of them are not counted: the answer is then `most + 1`, and takes a time that no name makes long.
    """
    most = max(len(one), len(other)) if most is None else most
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, start=1):
        # No way with so few edits leads further away from the diagonal than that.
        first, last = max(1, i - most), min(len(other), i + most)
        earlier, before, row = before, row, [i, *(most + 1 for _ in other)]
        for j in range(first, last + 1):
            right = other[j - 1]
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, earlier[j - 2] + 1)
            row[j] = cost
        if min(row[first - 1 : last + 1]) > most:
            return most + 1
    return min(row[-1], most + 1)


# Executed with langchain-core 0.3.79 and 1.8.2: what `env_var_is_set` takes for not set.
_UNSET: Final = frozenset({"", "0", "false", "False"})


def raises_on_v1(variable: str, value: str) -> bool:
    """Whether a value of a variable of the first tracer makes langchain-core refuse every call.

    It does so unless tracing is on by another variable; `LANGCHAIN_TRACING=true` turns it on itself.
    """
    if variable == "LANGCHAIN_TRACING":
        return value != "true" and value not in _UNSET
    return variable == "LANGCHAIN_HANDLER" and value not in _UNSET
