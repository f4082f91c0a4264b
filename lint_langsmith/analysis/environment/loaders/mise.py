"""The shell of a folder with `mise.toml`.

Documented (mise.jdx.dev/environments): `[env]` is exported to every program that is started there; `_.file` and
`_.source` bring in files, and what is written beside them beats those.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.process import Process, Source, given_by, outside

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.project.file import File

_NAMES: Final = lazy_re.compile(
    r"(?:.*/)?(?:\.?mise(?:\.[\w-]+)?\.toml|\.?(?:config/)?mise/config\.toml)"
)
_FILES: Final = lazy_re.compile(
    r"(?m)^[ \t]*(?:_\.(?:file|source)|(?:file|source))[ \t]*=[ \t]*(?P<value>[^\n]{0,500})"
)
_QUOTED: Final = lazy_re.compile(r"[\"'](?P<path>[^\"'\n]{1,300})[\"']")


class Mise:
    """The folders of one project for which mise sets variables."""

    def __init__(self, checkout: Checkout) -> None:
        """`checkout` has the files."""
        self._checkout = checkout

    def processes(self) -> Iterator[Process]:
        """One for each file that sets variables."""
        for name in self._checkout.names:
            if not is_of_mise(name):
                continue
            file = self._checkout.file(name)
            if file is None or file.kind != "toml":
                continue
            folder = name.rpartition("/")[0]
            sources = tuple(variables_of_mise(self._checkout, file))
            yield Process(f"the shell of `{name}`", "project", sources, None, folder)


def is_of_mise(name: str) -> bool:
    """Whether a file, by its path, is the configuration of mise."""
    return _NAMES.fullmatch(name) is not None


def variables_of_mise(checkout: Checkout, file: File) -> Iterator[Source]:
    """What `[env]` of a file sets, and the files that it names."""
    name = file.relative
    own = [setting for setting in checkout.settings(file) if setting.group == "env"]
    yield Source(f"`[env]` of `{name}`", given_by(own), name)
    for match in _FILES.finditer(checkout.text(name)):
        paths = [found["path"] for found in _QUOTED.finditer(match["value"])]
        for path in paths:
            yield checkout.variables(name.rpartition("/")[0], path, "dotenvy")
        if not paths:
            yield outside(f"a file that `{name}` names")
