"""Words for which most runs search the bytes of all code: all of them are looked for in one reading."""

from __future__ import annotations

from typing import Final

# What loads variables from elsewhere: which ones is not in the source.
LOADERS: Final = frozenset(
    {
        *("load_dotenv", "load_env", "load_env_file", "load_env_vars", "load_environment", "read_env", "read_envfile"),
        *("load_dotenv_if_exists", "read_dotenv", "load_secrets", "load_envs", "load_dot_env"),
    },
)
# What the bytes of files are searched for that set variables: those of a file of variables, or any.
FILE_WORDS: Final = ("dotenv", '.env"', ".env'")
WRITES: Final = ("environ[", "environ.setdefault", "environ.update", "putenv", "setenv")
# Methods that add to a group of commands.
ADDERS: Final = ("add_command", "add_typer")
USUAL: Final = ("environ", *sorted(LOADERS), *FILE_WORDS, *WRITES, *ADDERS)
