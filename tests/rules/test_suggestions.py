"""Code that a finding suggests runs as it is written: its names are names of the file, or it says what to import."""

from __future__ import annotations

import ast
import builtins
import re
from pathlib import Path

import casebook
import pytest
from linting import lint

# The rules that suggest calls, each with a page of fixtures.
SUGGESTING = ("LS303", "LS503", "LS505", "LS509", "LS603")
CASES = {
    case.id: case
    for page in casebook.pages()
    for case in casebook.read_page(page)
    if case.code in SUGGESTING
}


def calls_in(help_: str) -> list[str]:
    """The suggested pieces of code that call something."""
    return [piece for piece in re.findall(r"`([^`]+)`", help_) if "(" in piece]


def names_of(code: str) -> set[str]:
    """The names that a piece of code reads; `…` stands for arguments, and `[…]` for an item."""
    plain = code.replace("[…]", "[0]").replace("=…", "=_").replace("…", "*_")
    for source in (
        f"async def f():\n    {plain}",
        f"async def f():\n    {plain}:\n        pass",
    ):
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue
        bound = {
            node.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        return read - bound - {"_"}
    raise AssertionError(f"no code: {code}")


def names_in(text: str) -> set[str]:
    """The names that a file binds anywhere, and those of Python."""
    found = set(dir(builtins))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Name):
            found.add(node.id)
    return found


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_names_of_suggestions(case: casebook.Case, tmp_path: Path) -> None:
    case.write(tmp_path)
    for finding in lint(tmp_path).findings:
        if finding.code not in SUGGESTING or not finding.path.endswith(".py"):
            continue
        text = (tmp_path / finding.path).read_text(encoding="utf-8", errors="replace")
        related = [place.path for place in finding.related if place.path.endswith(".py")]
        known = names_in(text).union(
            *(names_in((tmp_path / name).read_text(encoding="utf-8")) for name in related)
        )
        imported = set(re.findall(r"`import (\w+)`", finding.help or ""))
        for code in calls_in(finding.help or ""):
            assert names_of(code) <= known | imported, (finding.code, finding.path, code)


def test_the_call_as_the_file_has_it(tmp_path: Path) -> None:
    """The hub as it was imported."""
    (tmp_path / "app.py").write_text(
        "from fastapi import FastAPI\n"
        "from langchain_classic import hub\n"
        "from langsmith import Client\n\n"
        "app = FastAPI()\n"
        'client = Client(api_key="x" * 40)\n'
        "\n\n"
        '@app.get("/")\n'
        "async def route():\n"
        "    try:\n"
        '        return hub.pull("prompt"), hub.pull("mine/prompt")\n'
        "    except Exception:\n"
        "        return None\n",
        encoding="utf-8",
    )
    said = {finding.code: finding.help or "" for finding in lint(tmp_path).findings}
    assert "asyncio.to_thread(hub.pull, …)" in said["LS603"]
    assert "`import asyncio`" in said["LS603"]
    assert 'hub.pull("prompt")' in said["LS505"]


def test_a_long_path_has_all_its_steps_in_related_places(tmp_path: Path) -> None:
    """The message has the first step and the last two."""
    functions = "".join(
        f"def step{number}(client):\n    return step{number + 1}(client)\n\n\n"
        for number in range(1, 9)
    )
    (tmp_path / "app.py").write_text(
        "import os\n\nfrom langsmith import Client\n\n\n"
        f"{functions}"
        'def step9(client):\n    return client.read_dataset(dataset_name="a")\n\n\n'
        'step1(Client(api_key=os.environ["LANGSMITH_API_KEY"]))\n',
        encoding="utf-8",
    )
    [found] = [finding for finding in lint(tmp_path).findings if finding.code == "LS301"]
    assert "(step1() → … → step9() → client.read_dataset())" in found.message
    told = " ".join(place.message for place in found.related)
    assert all(f"`step{number}()`" in told for number in range(1, 10))
