"""What methods of LangSmith's clients need and give: `data/results.json`.

`tools/sdk_results.py` reads it from the wheels of all minor lines. What is wanted is what every release wants; what is
given, and what that has, is what any release has. So a project's release need not be known.
"""

from __future__ import annotations

import functools
from typing import Final

import msgspec

from lint_langsmith.sdk.facts import DATA

# Stands for the class of what is a plain dict, a `TypedDict` among them.
DICT: Final = "dict"


class Result(msgspec.Struct, frozen=True):
    """The classes of what a method gives, any of which it may be; `each` where it gives such things one by one."""

    classes: tuple[str, ...]
    each: bool


class _Stored(msgspec.Struct, frozen=True):
    required: dict[str, str]
    results: dict[str, str]
    attributes: dict[str, str]


@functools.cache
def _stored() -> _Stored:
    return msgspec.json.decode((DATA / "results.json").read_bytes(), type=_Stored)


def required(qualified: str) -> tuple[str, ...]:
    """The arguments of a method or class, by canonical name, without which every release raises."""
    return tuple(_stored().required.get(qualified, "").split())


def result(qualified: str) -> Result | None:
    """What a method gives in any release; None where that is not known, or differs in kind."""
    found = _stored().results.get(qualified)
    if found is None:
        return None
    parts = found.split("|")
    if all(part.startswith(("*", "[]")) for part in parts):
        return Result(tuple(dict.fromkeys(part.lstrip("*[]") for part in parts)), each=True)
    plain = not any(part.startswith(("*", "[]")) for part in parts)
    return Result(tuple(parts), each=False) if plain else None


def attributes(cls: str) -> frozenset[str]:
    """The public attributes that objects of a class have in any release; nothing where that is not known."""
    return (
        frozenset(dir(dict))
        if cls == DICT
        else frozenset(_stored().attributes.get(cls, "").split())
    )


# What every model of pydantic has; none takes an index.
_OF_MODELS: Final = frozenset({"construct", "copy", "parse_obj"})
_NOT_INDEXED: Final = frozenset(
    {
        "langsmith.evaluation._runner.ExperimentResults",
        "langsmith.evaluation._arunner.AsyncExperimentResults",
    }
)


# The fields of runs and examples that are a dict, or None where there is none: asked of langsmith 0.15.1, as above.
HAS_DICTS: Final = frozenset(
    {"langsmith.schemas.Run", "langsmith.run_trees.RunTree", "langsmith.schemas.Example"}
)
DICT_FIELDS: Final = frozenset({"inputs", "outputs", "metadata"})


def takes_index(cls: str) -> bool:
    """Whether an object of a class may be indexed by a text; False where that surely raises TypeError.

    Asked of langsmith 0.15.1 (`tests/sdk/test_results.py` asks the installed release again).
    """
    return cls not in _NOT_INDEXED and not attributes(cls) >= _OF_MODELS
