"""Functions that are there to find out whether LangSmith lets the program in: what a refusal gives is their answer."""

from __future__ import annotations

from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.project.file import File

# Words of a function's name, in whatever way they are joined.
_OF_ACCESS: Final = lazy_re.compile(
    r"(?i)(?:^|[ _])(?:api)?(?:keys?|auth\w*|credentials?|connect\w*|health\w*|ping|reachable|available|valid\w*"
    r"|access\w*|permissions?|allowed)(?![a-z])"
)
_CAMEL: Final = lazy_re.compile(r"(?<=[a-z])(?=[A-Z])")


def checks_access(file: File, block: int) -> bool:
    """Whether the function around a block is named for a check of the key or of the connection."""
    scope = file.function_of(file.model.blocks[block].scope)
    name = _CAMEL.sub("_", file.model.scopes[scope].name) if scope else ""
    return _OF_ACCESS.search(name) is not None
