"""Programs that put a key and a project's name into the environment, and in which nothing turns tracing on.

Executed on langsmith 0.1.147 to 0.15.1: without one of the flags `@traceable`, wrappers and LangChain send nothing, and
say nothing of it; a client's own requests, `evaluate` and run trees need no flag.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.project.file import is_test
from lint_langsmith.sdk.variables import KEYS, PROJECTS, TRACING_FLAGS

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.programs import Programs
    from lint_langsmith.analysis.environment.variables import Environment
    from lint_langsmith.analysis.environment.writes import Setting
    from lint_langsmith.analysis.project.file import File

# What turns tracing on without a flag, or uses the key and the project's name in another way.
_OTHERWISE: Final = lazy_re.compile(
    rb"\b(?:tracing_context|tracing_v2_enabled|LangChainTracer|RunTree|a?evaluate|create_run|configure)\b"
    rb"|Client\(|\benabled[ \t]*=|OTEL|environ\.update\(|putenv"
)


class NeverOn:
    """Tells where one project sets a project's name for traces that it never sends."""

    def __init__(
        self, checkout: Checkout, environment: Environment, programs: Programs
    ) -> None:
        """`programs` knows which code is traced, `environment` what files load."""
        self._checkout = checkout
        self._environment = environment
        self._programs = programs

    def of(self, file: File) -> Setting | None:
        """The setting of a project's name in a file that sets the key as well, where nothing turns tracing on."""
        if file.kind != "python" or file.is_test:
            return None
        settings = self._environment.settings(file)
        named = next((item for item in settings if item.name in PROJECTS), None)
        if named is None or not any(item.name in KEYS for item in settings):
            return None
        return named if self._is_never_on else None

    @functools.cached_property
    def _is_never_on(self) -> bool:
        code = [name for name in self._checkout.python_below("") if not is_test(name)]
        return (
            self._programs.is_traced()
            # A page that tells to export a flag is a source as well.
            and not any(map(self._checkout.names_word, TRACING_FLAGS))
            and not any(_OTHERWISE.search(self._checkout.content(name)) for name in code)
            and (self._has_variables or not any(map(self._loads, code)))
        )

    @functools.cached_property
    def _has_variables(self) -> bool:
        """Whether a file of variables, or the template of one, is here that names a key."""
        named = (
            name for name in self._checkout.names if b"_API_KEY" in self._checkout.content(name)
        )
        files = (self._checkout.file(name) for name in named)
        settings = (
            setting
            for file in files
            if file is not None and file.kind == "dotenv"
            for setting in self._checkout.settings(file)
        )
        return any(setting.name in KEYS for setting in settings)

    def _loads(self, name: str) -> bool:
        """Whether a file may bring variables in that are not here."""
        content = self._checkout.content(name)
        return b"env" in content and (b"dotenv" in content or b"env_file" in content)
