"""The table of what methods need and give, asked again of the installed langsmith."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import msgspec
import pytest

from lint_langsmith.sdk.facts import DATA
from lint_langsmith.sdk.results import DICT, attributes, required, result, takes_index

CLIENTS = ("langsmith.client.Client", "langsmith.async_client.AsyncClient")
STORED = msgspec.json.decode((DATA / "results.json").read_bytes())


def thing(qualified: str) -> Any:
    """What is installed under a name; None where the installed release has no such thing."""
    owner, _, name = qualified.rpartition(".")
    home: Any
    try:
        home = import_module(owner)
    except ImportError:
        home = thing(owner) if "." in owner else None
    return inspect.getattr_static(home, name, None) if home is not None else None


def of_clients(names: dict[str, str]) -> Iterator[tuple[str, Any]]:
    for qualified in names:
        if qualified.startswith(tuple(f"{cls}." for cls in CLIENTS)):
            found = thing(qualified)
            if found is not None:
                yield qualified, inspect.unwrap(found)


def test_what_every_release_wants_the_installed_one_wants() -> None:
    asked = 0
    for qualified, function in of_clients(STORED["required"]):
        parameters = inspect.signature(function).parameters.values()
        wanted = {item.name for item in parameters if item.default is item.empty} - {"self"}
        assert set(required(qualified)) <= wanted, qualified
        asked += 1
    assert asked > 100


def test_what_the_installed_release_gives_is_in_the_table() -> None:
    """By the name of the class: an annotation is a text, and the class may be imported for types alone."""
    asked = 0
    for qualified, function in of_clients(STORED["results"]):
        found, written = result(qualified), str(function.__annotations__.get("return"))
        if found is not None and found.classes != (DICT,):
            names = [cls.rpartition(".")[2] for cls in found.classes if cls != DICT]
            assert any(name in written for name in names), (qualified, written)
            assert found.each is any(
                word in written for word in ("Iter", "Generator", "List[", "list[", "Sequence")
            ), (qualified, written)
            asked += 1
    assert asked > 30


@pytest.mark.parametrize("qualified", sorted(STORED["attributes"]))
def test_attributes_of_results_are_those_of_the_installed_classes(qualified: str) -> None:
    cls = thing(qualified)
    if cls is None:
        pytest.skip("the installed release has no such class")
    names = {*dir(cls), *getattr(cls, "model_fields", ())}
    public = {name for name in names if not name.startswith("_")}
    assert public <= attributes(qualified)


@pytest.mark.parametrize("qualified", sorted(STORED["attributes"]))
def test_what_takes_no_index_takes_none_in_the_installed_release(qualified: str) -> None:
    cls = thing(qualified)
    if cls is None:
        pytest.skip("the installed release has no such class")
    assert takes_index(qualified) is hasattr(cls, "__getitem__")
