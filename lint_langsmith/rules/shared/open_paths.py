"""Requests that try a key where LangSmith asks for none: any key passes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.credentials.http_requests import Request
from lint_langsmith.analysis.project.file import File
from lint_langsmith.rules.shared.handlers import texts_in
from lint_langsmith.rules.shared.request_keys import is_api, is_open

# Of what a function speaks that is there to try a key; whether LangSmith is up may be asked with any key.
_SPEAKS_OF_KEY: Final = lazy_re.compile(
    r"(?i)\b(?:(?:api)?keys?|unauthori[sz]ed|authenticat\w+|credentials?)\b"
)


def tries_key_in_vain(file: File, analysis: Analysis) -> Iterator[Request]:
    """The requests that send a key to such a path, in functions that speak of the key."""
    for request in analysis.requests.of(file):
        sends = request.header("x-api-key")
        if sends and is_api(request.url) and is_open(request.url):
            scope = file.function_of(file.model.calls[request.site].scope)
            if scope and _speaks_of_key(file, scope):
                yield request


def _speaks_of_key(file: File, scope: int) -> bool:
    function = file.model.scopes[scope]
    texts = (function.name.replace("_", " "), *texts_in(file, function.block))
    return any(_SPEAKS_OF_KEY.search(text) for text in texts)
