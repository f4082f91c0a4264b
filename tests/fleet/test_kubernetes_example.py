"""The manifests of the guide: valid by the schemas, whole among themselves, and with options that exist."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
import pytest
import yaml

from lint_langsmith.cli import main

EXAMPLE: Final = Path(__file__).parents[2] / "docs" / "examples" / "kubernetes-fleet.yml"
OBJECTS: Final[list[dict[str, Any]]] = [*yaml.safe_load_all(EXAMPLE.read_text("utf-8"))]


def pods() -> Iterator[dict[str, Any]]:
    for one in OBJECTS:
        if "template" in one["spec"]:
            yield one["spec"]["template"]


def command_of(name: str) -> list[str]:
    containers = [one for pod in pods() for one in pod["spec"]["containers"]]
    (container,) = (one for one in containers if one["name"] == name)
    return [*container["command"], *container.get("args", ())]


@pytest.mark.parametrize("one", OBJECTS, ids=lambda one: str(one["kind"]))
def test_the_schema_takes_it(one: dict[str, Any]) -> None:
    kubernetes = pytest.importorskip("kubernetes_validate")
    newest = kubernetes.latest_version()
    kubernetes.validate(one, newest, strict=True)
    with pytest.raises(kubernetes.ValidationError):
        kubernetes.validate({**one, "spec": {**one["spec"], "nothing": 1}}, newest, strict=True)


def test_what_is_named_is_there() -> None:
    names = {(one["kind"], one["metadata"]["name"]) for one in OBJECTS}
    assert len(names) == len(OBJECTS)
    labels = [pod["metadata"]["labels"] for pod in pods()]
    for one in OBJECTS:
        selector = one["spec"].get("selector") or one["spec"].get("podSelector")
        if selector is not None:
            wanted = selector.get("matchLabels", selector)
            assert any(wanted.items() <= found.items() for found in labels), one
    for pod in pods():
        volumes = {volume["name"] for volume in pod["spec"].get("volumes", ())}
        for container in pod["spec"]["containers"]:
            mounts = {mount["name"] for mount in container.get("volumeMounts", ())}
            assert mounts <= volumes
        assert pod["spec"]["automountServiceAccountToken"] is False
        for volume in pod["spec"].get("volumes", ()):
            if "persistentVolumeClaim" in volume:
                claim = volume["persistentVolumeClaim"]["claimName"]
                assert ("PersistentVolumeClaim", claim) in names


def test_the_options_exist() -> None:
    program, command, *words = command_of("run")
    assert program == "lint-langsmith"
    context = main.commands[command].make_context(command, [*words])
    assert context.params["scheduler"] in command_of("worker")


@pytest.mark.parametrize("name", ["scheduler", "worker"])
def test_dask_has_the_options(name: str) -> None:
    from importlib import import_module

    program, command, *words = command_of(name)
    assert (program, command) == ("dask", name)
    options: click.Command = import_module(f"distributed.cli.dask_{name}").main
    options.make_context(name, [*words])
