"""The tables of clients and calls of a file: by the call, by the block, by what is passed."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.analysis.sdk_use.clients import Clients
from lint_langsmith.analysis.sdk_use.sdk_calls import written
from lint_langsmith.config.settings import Settings

PROGRAM = """\
import functools
from concurrent.futures import ThreadPoolExecutor

from langsmith import Client

client = Client(timeout_ms=1, **{"api_key": "x", name: 1})
half = functools.partial(Client, api_url="u")
other = half(*rest)
client.read_run(run.id)
client.share_run(run.id)
client.read_run(run_id=run.id), client.delete_run("r")
if client:
    client.read_run(run.id)
    client.read_run("r", 1)
ThreadPoolExecutor().submit(client.read_run, run.id)
print(client)
"""


@pytest.fixture(scope="module")
def analyzed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clients, File]:
    root: Path = tmp_path_factory.mktemp("clients")
    (root / "main.py").write_text(PROGRAM, encoding="utf-8")
    analysis = Analysis(Project(root, Settings(), [root / "main.py"]))
    file = analysis.project.try_load("main.py")
    assert file is not None
    return analysis.clients, file


def site_on(file: File, line: int) -> int:
    """The outermost call that begins a line."""
    rows = [
        (row.span.column, -row.span.end_column, site)
        for site, row in enumerate(file.model.calls)
        if row.span.line == line
    ]
    return min(rows)[2]


def test_constructions_by_their_call(analyzed: tuple[Clients, File]) -> None:
    clients, file = analyzed
    built = clients.constructions(file)
    assert [(row.call.span.line, row.cls, row.written) for row in built] == [
        (6, "langsmith.client.Client", "Client"),
        (8, "langsmith.client.Client", "Client"),
    ]
    for row in built:
        assert clients.construction(file, row.site) is row
    assert clients.construction(file, site_on(file, 16)) is None


def test_arguments_of_a_construction(analyzed: tuple[Clients, File]) -> None:
    """Those of a dict that stands in the call are its own; what else is unpacked may be any."""
    clients, file = analyzed
    first, second = clients.constructions(file)
    assert [(arg.keyword, arg.stars) for arg in first.arguments] == [
        ("timeout_ms", 0),
        ("api_key", 0),
        (None, 2),
    ]
    assert written(first.argument("api_url", "api_key") or ir.Constant("None")) == "'x'"
    assert first.argument("timeout_ms", "api_key") == ir.Constant("1")
    assert first.argument("api_url") is None
    assert first.unpacks
    assert written(second.argument("api_url") or ir.Constant("None")) == "'u'"
    assert second.unpacks
    assert not first._replace(site=site_on(file, 16)).unpacks


def test_calls_by_their_site(analyzed: tuple[Clients, File]) -> None:
    clients, file = analyzed
    for call in clients.api_calls(file):
        assert call in clients.api_calls_at(file, call.site)
    (handed,) = clients.api_calls_at(file, site_on(file, 15))
    assert (handed.name, handed.handed is not None) == ("read_run", True)
    assert not clients.api_calls_at(file, site_on(file, 16))


def test_calls_of_a_block_that_pass_the_same(analyzed: tuple[Clients, File]) -> None:
    clients, file = analyzed
    outside, inside = (file.model.calls[site_on(file, line)].block for line in (9, 13))

    def found(block: int, argument: str) -> list[tuple[int, str]]:
        return [
            (call.span.line, call.name)
            for call in clients.api_calls_with(file, block, argument)
        ]

    assert found(outside, "run.id") == [
        (9, "read_run"),
        (10, "share_run"),
        (11, "read_run"),
        (15, "read_run"),
    ]
    assert found(inside, "run.id") == [(13, "read_run")]
    assert found(inside, "'r'") == [(14, "read_run")]
    assert found(outside, "'r'") == [(11, "delete_run")]
    assert found(outside, "nothing") == []


def test_how_an_expression_is_written(analyzed: tuple[Clients, File]) -> None:
    _, file = analyzed
    args = {
        site_on(file, line): file.model.calls[site_on(file, line)].args for line in (9, 14, 15)
    }
    texts = [[written(arg.value) for arg in given] for given in args.values()]
    assert texts == [["run.id"], ["'r'", ""], ["client.read_run", "run.id"]]
    name = ir.Name("x", ir.NOWHERE)
    called = ir.Attribute(ir.CallRef(0), "y", ir.NOWHERE, ir.NOWHERE)
    assert written(name) == "x"
    assert written(called) == ""
    assert written(ir.Subscript(name, name, ir.NOWHERE)) == ""


def test_sites_are_of_calls_and_constructions(analyzed: tuple[Clients, File]) -> None:
    clients, file = analyzed
    lines = {file.model.calls[site].span.line for site in clients.sites(file)}
    assert lines == {6, 8, 9, 10, 11, 13, 14, 15}
