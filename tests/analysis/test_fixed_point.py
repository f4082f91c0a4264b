"""Closures, components and summaries of graphs: compared with the plain definitions, on graphs drawn by chance."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from linting import lint

from lint_langsmith.analysis.fixed_point import Known, Summaries, closure, components

Graph = dict[int, list[int]]
SEEDS = range(40)


def drawn(seed: int) -> Graph:
    chance = random.Random(seed)
    size = chance.randint(1, 12)
    return {
        node: [chance.randrange(size) for _ in range(chance.randint(0, 3))]
        for node in range(size)
    }


def reached(graph: Graph, root: int) -> set[int]:
    found = {root}
    while further := {successor for node in found for successor in graph[node]} - found:
        found |= further
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_a_closure_is_what_can_be_reached_the_nearest_first(seed: int) -> None:
    graph = drawn(seed)
    found = list(closure([0], graph.__getitem__, 100))
    assert set(found) == reached(graph, 0)
    assert len(found) == len(set(found))
    assert list(closure([0], graph.__getitem__, 2)) == found[:3]


@pytest.mark.parametrize("seed", SEEDS)
def test_components_lead_to_each_other_and_come_behind_what_they_lead_to(seed: int) -> None:
    graph = drawn(seed)
    found = [set(component) for component in components(graph, graph.__getitem__)]
    of_node = {node: at for at, component in enumerate(found) for node in component}
    assert sorted(of_node) == sorted(graph)
    for node in graph:
        both_ways = {other for other in reached(graph, node) if node in reached(graph, other)}
        assert found[of_node[node]] == both_ways
        assert all(of_node[successor] <= of_node[node] for successor in graph[node])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("order", [list, reversed], ids=["from the first", "from the last"])
def test_a_summary_holds_what_is_reached_whoever_is_asked_first(
    seed: int, order: Callable[[Graph], Graph]
) -> None:
    graph = drawn(seed)

    def union(node: int, known: Known) -> frozenset[int]:
        return frozenset({node}).union(*map(known, graph[node]))

    summaries: Summaries[int, frozenset[int]] = Summaries(graph.__getitem__, frozenset(), union)
    for node in order(graph):
        assert summaries.of(node) == reached(graph, node)


def test_a_summary_that_could_not_be_computed_is_computed_when_it_is_asked_for_again() -> None:
    broken = [True]

    def compute(node: int, known: Known) -> bool:
        if node == 2 and broken:
            raise ZeroDivisionError
        return node == 2 or known(node + 1)

    summaries = Summaries(
        lambda node: [node + 1] if node < 2 else [0], bottom=False, compute=compute
    )
    with pytest.raises(ZeroDivisionError):
        summaries.of(0)
    broken.clear()
    assert summaries.of(0)


def test_a_long_chain_takes_no_stack_and_each_node_once() -> None:
    computed: list[int] = []

    def compute(node: int, known: Known) -> bool:
        computed.append(node)
        return node == 50_000 or known(node + 1)

    summaries = Summaries(
        lambda node: [node + 1] if node < 50_000 else [], bottom=False, compute=compute
    )
    assert summaries.of(0)
    assert len(computed) == 50_001


# -- what is asked of the call graph is followed to the end ------------------------------------------------------------

SIZE = 30


def chain(last: str, asynchronous: str = "") -> str:
    """Functions that call each other in a row; the last one has a statement."""
    functions = [f"{asynchronous}def f{at}():\n    return f{at + 1}()\n" for at in range(SIZE)]
    return "\n\n".join([*functions, f"def f{SIZE}():\n    {last}\n"])


def codes(folder: Path, **files: str) -> list[str]:
    (folder / "pyproject.toml").touch()
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return lint(folder, "--no-cache", "-j1", "--select", "ALL", "--persona", "auditor").codes


def test_a_load_of_variables_behind_many_calls_in_another_module_counts(tmp_path: Path) -> None:
    main = "from langsmith import Client\n\nfrom deep import f0\n\nclient = Client()\nf0()\n"
    deep = "from dotenv import load_dotenv\n\n\n" + chain("{}")
    assert "LS203" in codes(tmp_path, main=main, deep=deep.format("load_dotenv()"))
    assert "LS203" not in codes(tmp_path, main=main, deep=deep.format("pass"))


def test_a_client_behind_many_calls_keeps_variables_in_another_module_too(
    tmp_path: Path,
) -> None:
    main = 'import os\n\nimport work\n\n{}work.start()\nos.environ["LANGSMITH_ENDPOINT"] = "https://eu.api.smith.langchain.com"\n'
    work = "from langsmith import Client\n\nfrom deep import f0\n\n\ndef start():\n    f0()\n    return Client\n"
    deep = "from langsmith import Client\n\n\n" + chain("{}")
    kept = codes(
        tmp_path, main=main.format(""), work=work, deep=deep.format("return Client(api_key=1)")
    )
    assert "LS404" in kept
    assert "LS404" not in codes(
        tmp_path, main=main.format(""), work=work, deep=deep.format("return Client")
    )


def test_a_request_at_start_behind_many_calls_is_a_check(tmp_path: Path) -> None:
    service = (
        "import os\n\nimport fastapi\nfrom langsmith import Client\n\napp = fastapi.FastAPI()\n"
        'client = Client(api_key=os.environ["LANGSMITH_API_KEY"])\n\n\n' + chain("{}") + "\n\n"
        '@app.on_event("startup")\ndef start():\n    f0()\n\n\n@app.get("/")\ndef home():\n    return {{}}\n'
    )
    assert "LS206" not in codes(
        tmp_path, main=service.format("return client.read_project(project_name='x')")
    )
    assert "LS206" in codes(tmp_path, main=service.format("return client"))
