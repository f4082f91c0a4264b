"""Templates of variables whose placeholders each copy keeps: of a key that is optional, or that nobody asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.credentials.credentials import is_example, is_hosted
from lint_langsmith.analysis.environment.flags import meaning
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import descend
from lint_langsmith.analysis.project.file import File, within
from lint_langsmith.rules.shared.warned_only import only_told
from lint_langsmith.sdk.keys import is_placeholder
from lint_langsmith.sdk.variables import ENDPOINTS, KEYS, TRACING_FLAGS

# What authors write of a part that the program runs without.
_OPTIONAL: Final = lazy_re.compile(
    r"(?i)(?<!not )(?<!non-)\b(?:optional(?:ly)?|opcional|optionnel(?:le)?|facultatif|valgfri(?:tt)?)\b"
    r"|\bnot (?:required|necessary|needed|mandatory)\b|\b(?:only )?(?:needed|required) (?:only )?(?:if|for) tracing\b"
    r"|可选|可選|선택|任意"
)
# A part of a README that is about LangSmith: a heading, an item of a list, a comment in a block.
_ABOUT_LANGSMITH: Final = lazy_re.compile(
    r"(?i)langsmith|\bLANGCHAIN_(?:API_KEY|TRACING(?:_V2)?)\b"
)
_ITEM: Final = lazy_re.compile(r"\s*(?:#|[-*+]\s|\d+[.)]\s|\||\*\*|//)")
# Longer lines speak of more than one thing.
_LONGEST_ITEM: Final = 160
_KEYS_AND_FLAGS: Final = (*KEYS, *TRACING_FLAGS)
# The column of a table that says which variables are needed, and what it says of those that are not.
_REQUIRED: Final = lazy_re.compile(
    r"(?i)(?:is )?(?:required|mandatory|needed|necessary)\??|obligatori[oa]|obrigat[oó]ri[oa]|requerid[oa]|requis|"
    r"必須|必填|必需|필수"
)
_NOT_REQUIRED: Final = lazy_re.compile(
    r"(?i)no|n|false|non|não|nein|❌(?: no)?|✗|✘|✖|🔴|否|不|いいえ|아니오"
)
_RULE_OF_TABLE: Final = frozenset("|-: \t")
_README: Final = lazy_re.compile(r"(?i)readme(?:\.\w+)*\.(?:md|markdown|rst)")
_FENCES: Final = ("```", "~~~")


class OptionalTracing(NamedTuple):
    """A flag that is on, and the blank or the placeholder that each copy of the template has for a key.

    `readme` is the file that calls LangSmith optional, empty where the template itself does.
    """

    flag: Setting
    key: Setting
    readme: str


class ShadowingKey(NamedTuple):
    """A placeholder of a template, the key that it replaces in each copy, and the README that asks for that alone."""

    placeholder: Setting
    key: Setting
    readme: str


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
    readme = "" if is_told else _optional_in_readme(file, analysis)
    if readme is None:
        return None
    value = (key.value or "").strip()
    if (value and not is_placeholder(value)) or _goes_elsewhere(given):
        return None
    if (value and _is_known_to_code(value, analysis)) or not _is_traced(analysis):
        return None
    return OptionalTracing(flag, key, readme)


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


def shadowing_key(file: File, analysis: Analysis) -> ShadowingKey | None:
    """The placeholder of a template that stays in each copy, and is read before the key that the README asks for."""
    if file.kind != "dotenv" or not is_example(file):
        return None
    given: dict[str, Setting] = {}
    for setting in analysis.environment.settings(file):
        given.setdefault(setting.name, setting)
    first, second = KEYS
    if (
        first not in given
        or second not in given
        or not is_placeholder(given[first].value or "")
    ):
        return None
    if _goes_elsewhere(given) or not _is_traced(analysis):
        return None
    if not analysis.sdk.reads_variable(first):
        return None
    readmes = list(_readmes(file, analysis))
    asking = next((readme for readme in readmes if second in readme.text), None)
    if asking is None or any(first in readme.text for readme in readmes):
        return None
    return ShadowingKey(given[first], given[second], asking.relative)


def _optional_in_readme(template: File, analysis: Analysis) -> str | None:
    """The README of the template's folder, or of one above it, that calls LangSmith optional."""
    readmes = _readmes(template, analysis)
    return next(
        (readme.relative for readme in readmes if _shows_optional(readme, analysis)), None
    )


def _readmes(template: File, analysis: Analysis) -> Iterator[File]:
    project = analysis.project
    for name in project.other_names:
        folder, _, base = name.rpartition("/")
        is_above = not folder or template.relative.startswith(f"{folder}/")
        readme = project.try_load(name) if is_above and _README.fullmatch(base) else None
        if readme is not None:
            yield readme


def _shows_optional(readme: File, analysis: Analysis) -> bool:
    """Whether a README calls LangSmith optional: by an item of a list, or at a block that turns tracing on."""
    given = {item.name: item for item in analysis.environment.settings(readme)}
    flags = [
        setting
        for setting in analysis.environment.settings(readme)
        if setting.name in TRACING_FLAGS and meaning(setting.value or "") == "on"
    ]
    if any(map(_is_optional_item, readme.lines)) or _has_optional_row(readme.lines):
        return True
    return any(
        _is_optional(readme, flag, given) or _OPTIONAL.search(_above_block(readme, flag))
        for flag in flags
    )


def _is_optional_item(line: str) -> bool:
    """Whether a heading or an item of a list calls LangSmith, its key or its flag optional."""
    return (
        len(line) <= _LONGEST_ITEM
        and _OPTIONAL.search(line) is not None
        and _ITEM.match(line) is not None
        and _ABOUT_LANGSMITH.search(line) is not None
    )


def _has_optional_row(lines: Sequence[str]) -> bool:
    """Whether a table says "no" of the key or the flag in its column for what is required."""
    column: int | None = None
    for above, line in pairwise(("", *lines)):
        if "|" not in line:
            column = None
        elif _RULE_OF_TABLE.issuperset(line) and "--" in line:
            heads = _cells(above)
            column = next(
                (at for at, cell in enumerate(heads) if _REQUIRED.fullmatch(cell)), None
            )
        elif column is not None and _ABOUT_LANGSMITH.search(line):
            cells = _cells(line)
            is_needed = column >= len(cells) or not _NOT_REQUIRED.fullmatch(cells[column])
            if not is_needed and any(
                name in cell for cell in cells for name in _KEYS_AND_FLAGS
            ):
                return True
    return False


def _cells(row: str) -> list[str]:
    return [cell.strip(" \t*`_") for cell in row.strip().strip("|").split("|")]


def _above_block(readme: File, setting: Setting) -> str:
    """The last paragraph or heading before the fenced block that a setting stands in; empty for one without a fence."""
    lines, number = readme.lines, setting.at.line - 1
    while number > 0 and not lines[number].lstrip().startswith(_FENCES):
        if not lines[number].strip():
            return ""
        number -= 1
    above = number - 1
    while above > 0 and not lines[above].strip():
        above -= 1
    found: list[str] = []
    while above >= 0 and lines[above].strip() and not lines[above].lstrip().startswith(_FENCES):
        found.append(lines[above])
        above -= 1
    return "\n".join(reversed(found)) if number > 0 else ""


def _is_variable(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _goes_elsewhere(given: Mapping[str, Setting]) -> bool:
    """Whether traces go to an address that is not LangSmith's."""
    addresses = [given[name].value or "" for name in ENDPOINTS if name in given]
    return any(text.startswith("http") and not is_hosted(text) for text in addresses)


def _is_known_to_code(placeholder: str, analysis: Analysis) -> bool:
    """Whether code of the project may tell the placeholder from a key, and does more then than to say so."""
    files = [
        analysis.project.try_load(name) for name in analysis.project.mentioning(placeholder)
    ]
    return not all(file is not None and _is_only_told(file, placeholder) for file in files)


# What a condition may compare in: `key in ("", "your-key")`.
_THROUGH: Final = (ir.Unary, ir.Boolean, ir.Comparison, ir.Sequence)


def _names(test: ir.Expr, text: str) -> bool:
    """Whether a text stands in a condition."""
    parts = descend(test, through=_THROUGH)
    return any(isinstance(part, ir.Text) and part.value == text for part in parts)


def _is_only_told(file: File, placeholder: str) -> bool:
    """Whether a file names the placeholder in conditions alone, whose branches only tell whether there is a key."""
    asking = [branch for branch in file.model.branches if _names(branch.test, placeholder)]
    blocks = [
        block for branch in asking for block in (branch.body, branch.orelse) if block >= 0
    ]
    return len(asking) == file.code.count(placeholder) and all(
        only_told(file, set(within(file, block))) is not None for block in blocks
    )


def _is_traced(analysis: Analysis) -> bool:
    return analysis.processes.programs.is_traced()
