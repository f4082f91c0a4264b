"""The shell of a folder with `mise.toml`.

Documented (mise.jdx.dev/environments): `[env]` is exported to every program that is started there; `_.file` and
`_.source` bring in files, and what is written beside them beats those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.environment.process import Process, Source, given_by, outside

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout

_NAMES: Final = re.compile(
    r"(?:.*/)?(?:\.?mise(?:\.[\w-]+)?\.toml|\.?(?:config/)?mise/config\.toml)"
)
_FILES: Final = re.compile(
    r"(?m)^[ \t]*(?:_\.(?:file|source)|(?:file|source))[ \t]*=[ \t]*(?P<value>[^\n]{0,500})"
)
_QUOTED: Final = re.compile(r"[\"'](?P<path>[^\"'\n]{1,300})[\"']")


class Mise:
    """The folders of one project for which mise sets variables."""

    def __init__(self, checkout: Checkout) -> None:
        """`checkout` has the files."""
        self._checkout = checkout

    def processes(self) -> Iterator[Process]:
        """One for each file that sets variables."""
        for name in self._checkout.names:
            if _NAMES.fullmatch(name) is None:
                continue
            file = self._checkout.file(name)
            if file is None or file.kind != "toml":
                continue
            folder = name.rpartition("/")[0]
            own = [
                setting for setting in self._checkout.settings(file) if setting.group == "env"
            ]
            sources = [Source(f"`[env]` of `{name}`", given_by(own), name)]
            for match in _FILES.finditer(self._checkout.text(name)):
                paths = [found["path"] for found in _QUOTED.finditer(match["value"])]
                sources += [self._checkout.variables(folder, path, "dotenvy") for path in paths]
                if not paths:
                    sources.append(outside(f"a file that `{name}` names"))
            yield Process(f"the shell of `{name}`", "project", tuple(sources), None, folder)
