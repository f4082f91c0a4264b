"""The table of literals that the bytes of every file are searched for, in one pass, and what each of them means."""

from __future__ import annotations

from typing import Final

from lint_langsmith.source.key_signs import KEY_SIGNS

# What loads variables from elsewhere: which ones is not in the source.
LOADERS: Final = frozenset(
    {
        *(
            "load_dotenv",
            "load_env",
            "load_env_file",
            "load_env_vars",
            "load_environment",
            "read_env",
            "read_envfile",
        ),
        *("load_dotenv_if_exists", "read_dotenv", "load_secrets", "load_envs", "load_dot_env"),
    },
)
# What the bytes of files are searched for that set variables: those of a file of variables, or any.
FILE_WORDS: Final = ("dotenv", '.env"', ".env'")
WRITES: Final = ("environ[", "environ.setdefault", "environ.update", "putenv", "setenv")
# Methods that add to a group of commands.
ADDERS: Final = ("add_command", "add_typer")
# What tells of settings classes of pydantic: their base, and an option that only they have.
SETTINGS: Final = ("BaseSettings", "env_prefix")
# What ends a process at once: rules ask it of files that do not name LangSmith (`words=` of a rule).
ENDS: Final = ("os._exit",)
# Words that most runs ask for, of all code.
USUAL: Final = ("environ", *sorted(LOADERS), *FILE_WORDS, *WRITES, *ADDERS, *SETTINGS, *ENDS)

# Variables of LangSmith, spelled right and as public code commonly misspells them; a capital follows the latter.
SDK_VARIABLE: Final = b"LANGSMITH_"
LANGCHAIN_VARIABLE: Final = b"LANGCHAIN_"
_WRONG_ENDS: Final = (b"CHIAN_", b"SMIHT_", b"SMTIH_", b"SMTH_", b"CHIN_")
MISSPELLED: Final = (
    *(b"LANG" + end for end in _WRONG_ENDS),
    *(
        start + end
        for start in (b"LAN", b"LANG_")
        for end in (b"CHAIN_", b"SMITH_", *_WRONG_ENDS)
    ),
)
# These stand for the spellings of LangSmith that people use.
SMITH: Final = b"mith"
CAPITAL_SMITH: Final = b"MITH"
# LangChain has settings named after the variables, and the hub of prompts.
LANGCHAIN: Final = b"langchain"
# The clients of deployments are in langgraph-sdk, and in one module of langgraph.
LANGGRAPH: Final = b"langgraph"
# Suppressions of our codes are judged even where nothing else is.
NOQA: Final = b"noqa:"
# Who imports whom is told by the lines with this word.
IMPORT: Final = b"import "

# The usual words come first: a file's row has a bit for each of them.
TABLE: Final = (
    *(word.encode() for word in USUAL),
    *KEY_SIGNS,
    *(SDK_VARIABLE, LANGCHAIN_VARIABLE, *MISSPELLED),
    *(SMITH, CAPITAL_SMITH, LANGCHAIN, LANGGRAPH, NOQA, IMPORT),
)
# One of these stands in each literal of the table: without an automaton most files are searched for no others.
COVERS: Final = (
    *(*KEY_SIGNS, b"LAN", SMITH, CAPITAL_SMITH, b"lang", NOQA, IMPORT),
    *(b"env", b"load_secrets", b"add_", b"BaseSettings", b"os._exit"),
)
