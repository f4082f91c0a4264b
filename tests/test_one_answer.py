"""The same program has the same findings: whatever was asked before, in which order, and wherever memory lies."""

from __future__ import annotations

import ast
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from linting import lint

import lint_langsmith

HEAD = """\
import logging
import os

from langsmith import Client
from langsmith.utils import LangSmithError

client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


def guard(job):
    try:
        job()
    except LangSmithError:
        logging.exception("refused: check the key")


def plain(job):
    job()


"""


def program(seed: int) -> tuple[str, int]:
    """Functions that hand one of two inner functions to a handler or not; and how many calls escape by construction."""
    choose = random.Random(seed).choice
    text, escaping = HEAD, 0
    for number in range(12):
        names = [f"inner_{number}", f"other_{number}"]
        how, given, back = choose(["guard", "plain"]), choose(names), choose(names)
        escaping += how == "plain" and given == names[0]
        text += (
            f"def make_{number}():\n    def inner_{number}():\n"
            f"        client.read_project(project_name='p{number}')\n\n"
            f"    def other_{number}():\n        return {number}\n\n    {how}({given})\n    return {back}\n\n\n"
        )
    calls = "".join(f"    guard(make_{number}())\n" for number in range(12))
    return f"{text}def main():\n{calls}\n\nif __name__ == '__main__':\n    main()\n", escaping


@pytest.mark.parametrize("seed", range(1, 7))
def test_generated_programs_have_the_findings_that_they_were_made_to_have_in_every_run(
    tmp_path: Path, seed: int
) -> None:
    text, escaping = program(seed)
    (tmp_path / "m.py").write_text(text, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    options = ("--config", "pyproject.toml", "--no-cache", "-j1", "--select", "LS301", "m.py")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.lint-langsmith]\nuncaught = "every-call"\n', encoding="utf-8"
    )
    runs, kept = [], []
    for number in range(10):
        # What is alive decides which addresses are free: it differs from run to run.
        kept.append(
            [bytearray(random.Random(number).randrange(1, 400)) for _ in range(number * 997)]
        )
        runs.append(lint(tmp_path, *options))
    assert {run.output for run in runs} == {runs[0].output}
    assert len(runs[0].findings) == escaping


def test_the_sdk_itself_gives_the_same_bytes_under_other_hashes_and_addresses(
    tmp_path: Path,
) -> None:
    package = Path(str(__import__("langsmith").__file__)).parent
    command = [
        sys.executable,
        "-m",
        "lint_langsmith",
        "check",
        "--isolated",
        "--no-cache",
        "-f",
        "json",
    ]
    outputs = {
        subprocess.run(
            [*command, "--persona", "auditor", str(package)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONMALLOC": malloc},
            capture_output=True,
            check=False,
        ).stdout
        for seed, malloc in (("0", "pymalloc"), ("77", "malloc"))
    }
    assert len(outputs) == 1


CYCLE = """\
import os

from langsmith import Client


class A:
    def __init__(self, peer):
        self.peer = peer or B(self)
        self.client = self.peer.client


class B:
    def __init__(self, peer):
        self.peer = peer or A(self)
        self.client = Client(api_key=os.environ["LANGSMITH_API_KEY"]) if peer else self.peer.client


def a(left):
    return b(left - 1).peer if left else A(None)


def b(left):
    return a(left - 1).peer if left else B(None)
"""


def test_what_is_found_in_a_file_does_not_depend_on_which_files_are_asked_about(
    tmp_path: Path,
) -> None:
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    (tmp_path / "shared.py").write_text(CYCLE, encoding="utf-8")
    for name, call in (
        ("one", "a(3).client"),
        ("two", "b(3).peer.client"),
        ("three", "A(None).peer.peer.client"),
    ):
        source = f"from shared import A, a, b\n\n\ndef {name}():\n    return {call}.read_project(project_name='x')\n"
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
    options = ("--isolated", "--no-cache", "--persona", "auditor")
    whole = lint(tmp_path, *options)
    for order in (("one", "two", "three"), ("three", "two", "one"), ("two",), ("three",)):
        named = {f"{name}.py" for name in order}
        alone = lint(tmp_path, *options, *(f"{name}.py" for name in order))
        expected = [finding for finding in whole.findings if finding.path in named]
        assert [finding for finding in alone.findings if finding.path in named] == expected


HANDLER = """\
import os

from langsmith import Client
from langsmith.utils import LangSmithAuthError

client = Client(api_key=os.environ["LANGSMITH_API_KEY"])
Refused = LangSmithAuthError
try:
    run = client.read_project(project_name="x")
except Refused:
    print("no access")
"""


def test_a_handler_names_the_classes_that_its_names_stand_for_when_it_runs(
    tmp_path: Path,
) -> None:
    (tmp_path / "m.py").write_text(HANDLER, encoding="utf-8")
    before = lint(tmp_path, "--isolated", "m.py")
    (tmp_path / "m.py").write_text(f"{HANDLER}Refused = ConnectionError\n", encoding="utf-8")
    after = lint(tmp_path, "--isolated", "m.py")
    assert "LS302" in before.codes
    assert after.findings == before.findings


# What may be told apart by its address: it lives as long as the table that has the address.
ADDRESSES = {
    "analysis/ir/positions.py": "nodes of the tree whose spans are looked for",
    "source/tree.py": "nodes of YAML's own tree, for aliases",
    "run/engine.py": "the configurations of a run",
    "config/targets.py": "the configurations of a run",
    "run/selectors.py": "the configurations of a run",
    "cache/run_cache.py": "the configurations of a run",
}


def test_nothing_is_remembered_by_an_address_that_may_be_given_away() -> None:
    package = Path(str(lint_langsmith.__file__)).parent
    users = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "id"
    }
    assert users <= ADDRESSES.keys()
