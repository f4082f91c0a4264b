"""The words by which code supplies a key: names of variables, what sets or loads them, what fetches secrets.

They are searched for in bytes, before a file is parsed, and in the text of those that are.
"""

from __future__ import annotations

import functools
import re
from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.project.words import LOADERS

# Functions and objects that fetch secrets from elsewhere, and often put them where they are looked for.
_FETCHING: Final = (
    r"\b(?:userdata\.get|UserSecretsClient\(\)|get_secret\w*|SecretClient|secretsmanager|hvac|SecretManagerServiceClient"
    r"|access_secret_version|dbutils\.secrets|(?:st|streamlit)\.secrets|Dynaconf|load_env\w*|load_environment\w*"
    r"|set_env|_set_env|_set_if_undefined)\b(?P<named>\(\s*[\"'](?P<name>[^\"']+)[\"'])?"
)
SECRETS: Final = lazy_re.compile(_FETCHING)
OWN_WORD: Final = lazy_re.compile(r"(?i)lang.?(?:smith|chain)|^\.?env|\.env$")
# Words without one of which a code file supplies no key: a variable's name or a part that it is put together from, what
# sets variables, what loads them, and what fetches secrets. `langchain` is in every import, and stands for nothing.
_NAMES: Final = r"LANG_?(?:SMITH|CHAIN)|(?i:lang_?(?:smith|chain)[_-]?(?:api|key|token))"


_CHANGES: Final = r"environ\b(?!\.get\()|dotenv|putenv|setenv"


_NAMED: Final = lazy_re.compile(_NAMES.encode())


_SUPPLIED: Final = lazy_re.compile("|".join((_CHANGES, *sorted(LOADERS), _FETCHING)).encode())


# In whatever case, one of these is in everything that the last of them finds; bytes are searched for them in a tenth of
# the time.
_STEMS: Final = (b"env", b"secret", b"userdata", b"hvac", b"dynaconf", b"undefined")


ANY_KEY: Final = lazy_re.compile(
    # Bounded, as no name is so long: three runs would share out a long one between them in every way there is.
    r"(?<![A-Za-z0-9_])[A-Z0-9_]{0,50}LANG_?(?:SMITH|CHAIN)[A-Z0-9_]{0,50}(?:KEY|TOKEN)[A-Z0-9_]{0,50}(?![A-Za-z0-9_])"
)


def may_supply(content: bytes) -> bool:
    """Whether the bytes of a code file show that it may supply a key."""
    if _NAMED.search(content) is not None:
        return True
    plain = content.lower()
    return any(stem in plain for stem in _STEMS) and _SUPPLIED.search(content) is not None


@functools.lru_cache(maxsize=64)
def word_of(variables: tuple[str, ...]) -> re.Pattern[str]:
    """The names of variables, as variables, fields, options and keys of other files spell them."""
    plain = "|".join(re.escape(name).replace("_", "[_-]") for name in variables)
    camel = "|".join(
        re.sub("_(.)", lambda match: match[1].upper(), name.lower()) for name in variables
    )
    return re.compile(rf"(?<![A-Za-z0-9_])(?:TF_VAR_)?(?:(?i:{plain})|{camel})(?![A-Za-z0-9_])")
