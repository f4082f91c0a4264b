"""Tools and tests work on the checkout, whichever copy of lint-langsmith is installed; a package works without one."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import checkout
import pytest
from checkout import DATA, ROOT, put

import lint_langsmith

TOOLS = sorted(path.name for path in (ROOT / "tools").glob("*.py"))
WHERE = "import lint_langsmith; print(lint_langsmith.__file__)"


def imports(name: str) -> list[str]:
    """The modules that a tool imports when it begins, in order."""
    tree = ast.parse((ROOT / "tools" / name).read_text("utf-8"))
    found: list[str] = []
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom):
            found.append(statement.module or "")
        elif isinstance(statement, ast.Import):
            found += [alias.name for alias in statement.names]
    return found


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in the place of `site-packages`, with a copy in which the tables are damaged."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(
        ROOT / "lint_langsmith",
        folder / "lint_langsmith",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    for path in (folder / "lint_langsmith" / "sdk" / "data").rglob("*.json"):
        path.write_text("{}")
    return folder


def run(*command: str, cwd: Path, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A command, with `path` as all that is said about where to import from."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    more = {"PYTHONPATH": str(path)} if path is not None else {}
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, env={**kept, **more}
    )


def test_tests_import_the_checkout(tmp_path: Path) -> None:
    assert Path(lint_langsmith.__file__).parent == ROOT / "lint_langsmith"
    program = str(Path(sys.executable).parent / "lint-langsmith")
    for command in ([sys.executable, "-m", "lint_langsmith"], [program]):
        told = {**os.environ, "PYTHONVERBOSE": "1"}
        result = subprocess.run(
            [*command, "--version"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
            env=told,
        )
        cli = [
            line
            for line in result.stderr.splitlines()
            if "cli.py" in line and "lint_langsmith" in line
        ]
        assert cli
        assert all(str(ROOT / "lint_langsmith" / "cli.py") in line for line in cli)


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_imports_the_checkout_first(name: str) -> None:
    found = imports(name)
    ours = [
        number
        for number, module in enumerate(found)
        if module.partition(".")[0] == "lint_langsmith"
    ]
    assert not ours or "checkout" in found[: ours[0]]


@pytest.mark.parametrize(
    "tool", ["settings_schema", "sdk_names", "readme", "probe_versions", "provider_clients"]
)
def test_a_tool_works_on_the_checkout_where_another_copy_is_installed(
    tool: str, installed: Path, tmp_path: Path
) -> None:
    start = f"import sys; sys.path.insert(0, {str(ROOT / 'tools')!r}); import {tool}"
    asked = "import subprocess; subprocess.run([sys.executable, '-c', 'import lint_langsmith as l; print(l.__file__)'])"
    result = run(
        sys.executable,
        "-c",
        f"{start}; {WHERE}; sys.stdout.flush(); {asked}",
        cwd=tmp_path,
        path=installed,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [str(ROOT / "lint_langsmith" / "__init__.py")] * 2


def test_the_schema_is_written_into_the_checkout(installed: Path, tmp_path: Path) -> None:
    """A copy of the checkout with a damaged schema: the tool in it mends that, and a second run finds nothing to do."""
    copy = tmp_path / "checkout"
    for name in ("lint_langsmith", "tools"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    schema = copy / "lint_langsmith" / "settings.schema.json"
    whole = schema.read_bytes()
    schema.write_text("{}\n")
    tool = str(copy / "tools" / "settings_schema.py")
    check = run(sys.executable, tool, "--check", cwd=tmp_path, path=installed)
    assert check.returncode == 1
    assert schema.read_text() == "{}\n"
    assert "settings.schema.json: differs\n" in check.stdout
    assert run(sys.executable, tool, cwd=tmp_path, path=installed).returncode == 0
    assert schema.read_bytes() == whole
    again = run(sys.executable, tool, "--check", cwd=tmp_path, path=installed)
    assert (again.returncode, again.stdout) == (
        0,
        "lint_langsmith/settings.schema.json: up to date\n",
    )


def test_what_is_written_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "table.json"
    assert put(path, "a\nb\n")
    assert not put(path, "a\nb\n")
    assert put(path, "a\nc\n", check=True)
    assert path.read_text() == "a\nb\n"
    assert put(path, "a\n" + "x" * 1000 + "\n")
    shown = capsys.readouterr().out
    assert "-b\n    +c\n" in shown
    assert max(map(len, shown.splitlines())) < 400


def test_refresh_makes_every_table() -> None:
    """The steps of the refresh write every file of data that is shipped."""
    from refresh import STEPS

    written = "".join(
        (ROOT / "tools" / tool.split()[0]).read_text("utf-8") for _, tool in STEPS
    )
    for path in (*DATA.rglob("*.json"), ROOT / "lint_langsmith" / "settings.schema.json"):
        assert path.name in written or (
            path.name.startswith("facts-") and "facts-{" in written
        ), path.name


def test_use_is_said_once() -> None:
    before = os.environ["PYTHONPATH"]
    checkout.use()
    assert os.environ["PYTHONPATH"] == before
