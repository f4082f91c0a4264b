"""Whether a file that is no code can supply a variable: not each file that names one does.

A page of prose, a list of changes, and a JSON or TOML file that nothing loads bring no key to any process. A block of
shell or a row about the variable in a README says that the shell supplies it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.credentials.configuration_files import (
    is_data,
    is_found_by_name,
    is_list_of_changes,
    is_prose,
)

# A block of code in a page: between fences, or indented.
_BLOCK: Final = lazy_re.compile(
    r"""(?msx)
    ^[ \t]*(```|~~~)[^\n]*\n (?P<fenced>.*?) ^[ \t]*\1
    | ^(?:[ ]{4}|\t) (?P<indented>[^\n]*) $
    """
)
# What stands before a name that a row of a list or table is about.
_ROW: Final = lazy_re.compile(
    r"""(?x)
    ^[ \t]* (?:[-*+|>]|\d+[.)]) [ \t|*]*  # the mark of the row
    [`"']? \**[`"']? $  # what is put around the name
    """
)
# What pytest-env sets for tests (executed: 1.8.5 in `pyproject.toml` and `pytest.ini`), which no other process gets.
_TESTED: Final = lazy_re.compile(
    r"""(?msx)
    ^\[ (?:tool\.pytest[\w.]{0,99}|pytest|pytest_env|tool:pytest) \] [ \t]*$
    .*? (?=^\[|\Z)  # up to the next table
    """
)
# What tox sets for its environments (executed: 4.67), and what they run: without a program of the project, tests only.
_TOX: Final = lazy_re.compile(
    r"(?ms)^\[(?:testenv|tool\.tox\b)[^\]\n]{0,99}\][ \t]*$.*?(?=^\[|\Z)"
)
_STARTS: Final = lazy_re.compile(
    r"(?m)\b(?:python[\d.]*[ \t]+(?!-m[ \t]+(?:pytest|unittest|coverage|build|pip)\b)"
    r"|uvicorn\b|gunicorn\b|streamlit\b|langgraph\b|celery\b|flask\b|fastapi\b)"
)
_TEST_SETTINGS: Final = frozenset(
    {"pyproject.toml", "pytest.ini", ".pytest.ini", "pytest.toml", "setup.cfg", "tox.ini"}
)
# What is said of a variable where the reader is to set it.
_TOLD: Final = lazy_re.compile(
    r"""(?ix)
    \b(?:
    set|export|add|put|configure|define|specify|enter|paste|fill|supply|pass|replace|store  # an instruction
    |provide|get|create|obtain
    |require[sd]?|need(?:s|ed)?|expects?|reads?|must|should  # a demand
    |via|from|with|through|using  # a means
    )\b
    """
)


def supplies(
    name: str, text: str, word: re.Pattern[str], is_named_in_code: Callable[[str], bool]
) -> bool:
    """Whether a file may supply a variable that `word` finds; `is_named_in_code` asks for the name of the file."""
    base = name.rpartition("/")[2]
    if is_prose(base):
        return not is_list_of_changes(base) and _is_told(text, word)
    if word.search(text) is None:
        return False
    if base in _TEST_SETTINGS and word.search(_without_tests(text)) is None:
        return False
    if is_data(base) and not is_found_by_name(base):
        return is_named_in_code(base)
    return True


def _without_tests(text: str) -> str:
    """The settings of a project without what they set for tests alone."""
    plain = _TESTED.sub("", text)
    return _TOX.sub(lambda match: match[0] if _STARTS.search(match[0]) else "", plain)


def _is_told(text: str, word: re.Pattern[str]) -> bool:
    """Whether a page tells its reader to set the variable: in a block, in a row of a list or table, in a sentence."""
    if word.search(text) is None:
        return False
    if any(
        word.search(match["fenced"] or match["indented"] or "")
        for match in _BLOCK.finditer(text)
    ):
        return True
    for line in text.splitlines():
        match = word.search(line)
        if match is not None and (_ROW.match(line[: match.start()]) or _TOLD.search(line)):
            return True
    return False
