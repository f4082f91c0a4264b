"""Templates of files of variables that call LangSmith optional, and turn tracing on with a placeholder for the key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.credentials.credentials import is_example, is_hosted
from lint_langsmith.analysis.environment.flags import meaning
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.analysis.project.file import File
from lint_langsmith.sdk.keys import is_placeholder
from lint_langsmith.sdk.variables import ENDPOINTS, KEYS, TRACING_FLAGS

# What authors write of a part that the program runs without.
_OPTIONAL: Final = re.compile(
    r"(?i)(?<!not )(?<!non-)\b(?:optional(?:ly)?|opcional|optionnel(?:le)?|facultatif|valgfri(?:tt)?)\b"
    r"|可选|可選|선택|任意"
)


class OptionalTracing(NamedTuple):
    """A flag that is on, and the placeholder that each copy of the template has for a key."""

    flag: Setting
    key: Setting


def optional_tracing(file: File, analysis: Analysis) -> OptionalTracing | None:
    """What a template turns on for those who fill in nothing, although its comment says that they need not."""
    if file.kind != "dotenv" or not is_example(file):
        return None
    given: dict[str, Setting] = {}
    for setting in analysis.environment.settings(file):
        given.setdefault(setting.name, setting)
    flag, key = _first(given, TRACING_FLAGS), _first(given, KEYS)
    if flag is None or key is None or meaning(flag.value or "") != "on":
        return None
    is_told = any(_is_optional(file, setting, given) for setting in (flag, key))
    if not is_told or not is_placeholder(key.value or "") or _goes_elsewhere(given):
        return None
    if _is_known_to_code(key.value or "", analysis) or not _is_traced(analysis):
        return None
    return OptionalTracing(flag, key)


def _first(given: Mapping[str, Setting], names: Sequence[str]) -> Setting | None:
    return next((given[name] for name in names if name in given), None)


def _is_optional(file: File, setting: Setting, given: Mapping[str, Setting]) -> bool:
    """Whether the comment behind a variable, or the one above its paragraph, calls it optional."""
    lines = file.lines
    number = setting.at.line - 1
    behind = lines[number].partition(" #")[2]
    if _OPTIONAL.search(behind):
        return True
    while number > 0 and _is_variable(lines[number - 1]):
        number -= 1
    # A comment above another variable speaks of that one.
    first = {item.name for item in given.values() if item.at.line == number + 1}
    if not first & {*TRACING_FLAGS, *KEYS}:
        return False
    above: list[str] = []
    while number > 0 and lines[number - 1].lstrip().startswith("#"):
        number -= 1
        above.append(lines[number])
    return any(map(_OPTIONAL.search, above))


def _is_variable(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _goes_elsewhere(given: Mapping[str, Setting]) -> bool:
    """Whether traces go to an address that is not LangSmith's."""
    addresses = [given[name].value or "" for name in ENDPOINTS if name in given]
    return any(text.startswith("http") and not is_hosted(text) for text in addresses)


def _is_known_to_code(placeholder: str, analysis: Analysis) -> bool:
    """Whether code of the project names the placeholder, so that it can tell it from a key."""
    return bool(analysis.project.mentioning(placeholder))


def _is_traced(analysis: Analysis) -> bool:
    return analysis.processes.programs.is_traced()
