"""The address that litellm sends its traces to: `LANGSMITH_BASE_URL`, whatever `LANGSMITH_ENDPOINT` says.

Read in `litellm/integrations/langsmith.py` of litellm 1.110.2 (`get_credentials_from_env`): without that variable, or
`langsmith_base_url`, traces go to `https://api.smith.langchain.com`.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from lint_langsmith import lazy_re
from lint_langsmith.sdk.hosts import is_api
from lint_langsmith.sdk.variables import ENDPOINTS

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.writes import Setting

_LITELLM: Final = b"litellm"
# In Python and YAML, in brackets (`callbacks = ["langsmith"]`) or as a list of lines (`- langsmith`).
_CALLBACK: Final = lazy_re.compile(
    rb"\b(?:success_callback|failure_callback|callbacks)[ \t]{0,9}[:=]\s{0,99}"
    rb"(?:\[[^\]]{0,300}?|(?:-[ \t]{1,9}[\w\"']{1,60}\s{1,99}){0,9}?-[ \t]{1,9})[\"']?langsmith\b(?!_)"
)
_ADDRESSES: Final = ("LANGSMITH_BASE_URL", "langsmith_base_url")
_DEFAULT: Final = "https://api.smith.langchain.com"
_CONFIGURATION: Final = (".yaml", ".yml")


class LitellmCallback:
    """Whether the programs of one project send traces by litellm, and to which address."""

    def __init__(self, checkout: Checkout) -> None:
        """`checkout` has the files."""
        self._checkout = checkout

    def ignores(self, setting: Setting) -> bool:
        """Whether a setting is the address of another region that litellm never reads."""
        value = (setting.value or "").strip().strip("\"'")
        is_other = is_api(value) and not value.startswith(_DEFAULT)
        return setting.name in ENDPOINTS and is_other and self._sends_to_default

    @functools.cached_property
    def _sends_to_default(self) -> bool:
        return self._is_used and not any(map(self._checkout.names_word, _ADDRESSES))

    @property
    def _is_used(self) -> bool:
        """Whether a file of the project switches the callback on."""
        configuration = (name for name in self._checkout.names if name.endswith(_CONFIGURATION))
        contents = map(
            self._checkout.content, (*self._checkout.python_below(""), *configuration)
        )
        return any(
            _LITELLM in content and _CALLBACK.search(content) is not None
            for content in contents
        )
