"""Regular expressions that are compiled when they are first used."""

from __future__ import annotations

import re
from typing import Any, AnyStr, Final, cast

_OF_A_PATTERN: Final = (
    *("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split"),
    *("pattern", "flags", "groups", "groupindex"),
)


class LazyPattern:
    """What stands for a compiled expression: the first question to it compiles it."""

    def __init__(self, written: str | bytes, flags: int) -> None:
        self._written = written
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        if name not in _OF_A_PATTERN:
            raise AttributeError(name)
        compiled = re.compile(self._written, self._flags)
        # They stand in the object from now on: it costs what the compiled expression costs.
        vars(self).update({of: getattr(compiled, of) for of in _OF_A_PATTERN})
        return getattr(compiled, name)


def compile(written: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:  # noqa: A001 - as `re` names it
    """Stand for the compiled expression `written`, as `re.compile` gives it, and compile it when it is first used.

    The package has some 400 expressions and a run uses a third of them: to compile all of them when a module is
    imported takes a tenth of the time of a run over one file. `re`'s functions, which take texts, forget what they
    compiled once there are more than 256 (Python 3.12) and cost twice as much for short texts.

    Raises:
        re.error: where it is first used, when it is none.
    """
    return cast("re.Pattern[AnyStr]", LazyPattern(written, flags))
