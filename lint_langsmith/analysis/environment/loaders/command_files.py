"""Files of variables that a command loads for the program that it starts: `uv run --env-file`, `pipenv run`, `just`.

Executed: uv 0.13.9 (`uv run --env-file`, also several times in one command, of which the last one counts, and
`UV_ENV_FILE`), honcho 2.0.0 (`start` and `run` load `.env`), just 1.59.0 (recipes get `.env` by `set dotenv-load`).
Documented: `pipenv run` loads `.env` (pipenv.pypa.io, "Automatic loading of .env"); foreman does; what stands at the
top of Streamlit's secrets is in the environment (docs.streamlit.io, "Secrets management"); the `langgraph` command
loads what `langgraph.json` names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.process import Source, outside

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.process import Loader

_PATH: Final = r"[^\s\"',;|&)\]]{1,300}"
# Programs that run Python and know the option, and the rest of their command: node has an option of that name as well.
_STARTED: Final = lazy_re.compile(
    r"\b(?:uvx?|uvicorn|hypercorn|fastapi|flask|chainlit|langgraph)\b"
    r"(?P<rest>(?:[^\n;&|]|\\\n|\n[ \t]{0,99}(?=-)){0,500})"
)
# As a word of a shell, or as an item of a list.
_OPTION: Final = lazy_re.compile(
    rf"--env-file(?:=|[\"']?,?[ \t]{{1,99}}|[\"'],)[\"']?(?P<path>{_PATH})"
)
_VARIABLE: Final = lazy_re.compile(rf"\bUV_ENV_FILE=[\"']?(?P<path>{_PATH})")
_BY_ITSELF: Final = lazy_re.compile(
    r"\b(?:pipenv[ \t]{1,99}run|(?:honcho|foreman)[ \t]{1,99}(?:start|run)|hivemind|overmind"
    r"|set[ \t]{1,99}dotenv-load(?![ \t]{0,99}:=[ \t]{0,99}false))\b"
)
# These name the file elsewhere, or have one of their own.
_ELSEWHERE: Final = lazy_re.compile(
    r"\bset[ \t]{1,99}dotenv-(?:filename|path)\b|\b(?:langgraph[ \t]{1,99}(?:dev|up)|streamlit[ \t]{1,99}run)\b"
)


def named_files(command: str) -> Iterator[str]:
    """The paths of the files that a command names for the Python that it runs."""
    for started in _STARTED.finditer(command):
        yield from (match["path"] for match in _OPTION.finditer(started["rest"]))
    yield from (match["path"] for match in _VARIABLE.finditer(command))


def loaded_by(
    checkout: Checkout, command: str, folder: str = "", *, is_elsewhere: bool = False
) -> Iterator[Source]:
    """What a command loads that is started in a folder.

    `is_elsewhere`: not in this working copy, but in a clone or in an image, where a file that git ignores is another.
    """
    for path in named_files(command):
        yield _source(checkout, folder, path, "dotenvy", is_elsewhere=is_elsewhere)
    if _BY_ITSELF.search(command) is not None:
        yield _source(checkout, folder, ".env", "python-dotenv", is_elsewhere=is_elsewhere)
    if _ELSEWHERE.search(command) is not None:
        yield outside("a file of variables")


def _source(
    checkout: Checkout, folder: str, path: str, loader: Loader, *, is_elsewhere: bool
) -> Source:
    """A file in the folder, or at the top of the project."""
    below = f"{folder}/{path}" if folder else path
    base = folder if checkout.has(below) else ""
    source = checkout.variables(base, path, loader)
    if is_elsewhere and source.path is not None and checkout.is_ignored(source.path):
        return outside(f"`{path}`, which is another one there")
    return source
