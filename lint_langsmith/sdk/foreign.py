"""Programs that are none of LangSmith's packages: which of its variables they read, and which images run one.

`data/foreign.json` says what packages read (found by `tools/foreign_variables.py` in the packages themselves). Images
are told by their documented names.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from lint_langsmith import lazy_re

_DATA: Final = Path(__file__).with_name("data") / "foreign.json"
# How a project that uses a package names it, where it is not by the package's own name: by its image, by its module.
_ALSO: Final[dict[str, tuple[str, ...]]] = {
    "langflow-base": ("langflow",),
    "npm:flowise-components": ("flowise",),
    "npm:@mastra/langsmith": ("@mastra",),
    "deepagents-code": ("dcode",),
}
# The last part of an image's name; a part behind a hyphen may follow (`litellm-database`, `dify-api`).
_IN_JAVASCRIPT: Final = (
    r"n8n|flowise|langfuse|librechat|lobe-chat|anythingllm|anything-llm|langgraphjs-api|activepieces|promptfoo|mastra"
    r"|typebot|trigger\.dev|nextchat|chatgpt-next-web"
)
_IN_OTHER: Final = (
    r"litellm|langflow|dify|open-webui|openwebui|ragflow|agenta|opik|phoenix|helicone|weave|mlflow|superset"
    r"|langsmith|agent-builder|bifrost|kong|portkey|ollama|vllm|jaeger|opentelemetry-collector|otel-collector"
)
_PROGRAM: Final = lazy_re.compile(
    rf"(?i)(?:.*/)?(?:{_IN_JAVASCRIPT}|{_IN_OTHER})(?:-[\w.-]+)?(?:[:@].*)?"
)
_JAVASCRIPT: Final = lazy_re.compile(rf"(?i)(?:{_IN_JAVASCRIPT})(?:-[\w.-]+)?")
# What an image is made from, or that runs a project's own code.
_RUNTIME: Final = lazy_re.compile(
    r"(?i)(?:.*/)?(?:python|pypy|uv|miniconda3?|micromamba|mambaforge|langgraph-api|langgraph-server|ubuntu|debian"
    r"|alpine|busybox|cuda|pytorch|tensorflow|jupyter|[\w.-]*-notebook|lambda|airflow|spark|buildpack-deps)"
    r"(?:[-_][\w.-]+)?(?:[:@].*)?"
)


class _Package(msgspec.Struct, frozen=True):
    version: str
    variables: frozenset[str]


class _Table(msgspec.Struct, frozen=True):
    date: str
    packages: dict[str, _Package]


@functools.cache
def _table() -> _Table:
    return msgspec.json.decode(_DATA.read_bytes(), type=_Table)


def readers(variable: str) -> tuple[str, ...]:
    """The words by which a project names a foreign package that reads a variable; empty where none is known."""
    found: list[str] = []
    for package, row in _table().packages.items():
        if variable in row.variables:
            found += (package.removeprefix("npm:"), *_ALSO.get(package, ()))
    return tuple(found)


def names_any(content: bytes, words: Iterable[str]) -> bool:
    """Whether a file names one of some packages, as a dependency, an import, an image or a setting's prefix."""
    lowered = content.lower()
    return any(
        re.search(rb"(?<![a-z0-9])" + re.escape(form.encode()) + rb"(?![a-z0-9])", lowered)
        for word in words
        for form in {word.lower(), word.lower().replace("-", "_")}
        if form.encode() in lowered
    )


def is_known_program(image: str) -> bool:
    """Whether an image runs a program that is known, and is not the project's."""
    return _PROGRAM.fullmatch(image) is not None


def is_runtime(image: str) -> bool:
    """Whether an image is a language or a system, which runs what it is given."""
    return _RUNTIME.fullmatch(image) is not None


_IMAGE_LINE: Final = lazy_re.compile(rb"(?i)image|from[ \t]|docker|podman|npx|npm")
_WORD: Final = lazy_re.compile(rb"[\w.-]+")


def runs_javascript(content: bytes) -> bool:
    """Whether a file of a deployment names the image of a program that is written in JavaScript."""
    for line in content.splitlines():
        if _IMAGE_LINE.search(line) and any(
            _JAVASCRIPT.fullmatch(word.decode("ascii", "replace"))
            for word in _WORD.findall(line)
        ):
            return True
    return False
