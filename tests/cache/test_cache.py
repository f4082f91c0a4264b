"""The cache: the same findings with and without it, no secret in it, and no failure of it is a failure of the run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lint_langsmith.cache.location import Caches
from lint_langsmith.sdk.keys import find_keys

BODY = "a8a2766846114e79b865474f36bce73e"
KEY = f"lsv2_pt_{BODY}_5bf7752d65"
SHARED = "from langsmith import Client\n\nclient = Client()\n"
USER = (
    "from shared import client\n\n\ndef main() -> None:\n    client.read_run('x')\n\n\nmain()\n"
)


def lint(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lint_langsmith", "check", "-f", "concise", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def write(path: Path, text: str) -> None:
    """Write a file that is old enough to be trusted by its time."""
    path.write_text(text, encoding="utf-8")
    old = time.time() - 60
    os.utime(path, (old, old))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").touch()
    write(tmp_path / "shared.py", SHARED)
    write(tmp_path / "user.py", USER)
    write(tmp_path / "plain.py", "import os\n")
    return tmp_path


def folder_of(project: Path) -> Path:
    return Caches(None, project).of(project).path


def entries(project: Path) -> list[Path]:
    return sorted(path for path in folder_of(project).rglob("*") if path.is_file())


def test_findings_are_the_same_with_and_without_it(project: Path) -> None:
    without = lint(project, "--no-cache")
    assert not folder_of(project).exists()
    first, second = lint(project), lint(project)
    assert without.stdout == first.stdout == second.stdout
    assert "LS201" in without.stdout


def test_a_changed_file_is_read_again(project: Path) -> None:
    before = lint(project).stdout
    write(project / "plain.py", "from langsmith import Client\n\nother = Client()\n")
    after = lint(project)
    assert after.stdout != before
    assert after.stdout == lint(project, "--no-cache").stdout


def test_it_is_marked_as_a_cache_and_kept_out_of_git(project: Path) -> None:
    lint(project)
    folder = folder_of(project)
    assert (
        (folder / "CACHEDIR.TAG")
        .read_bytes()
        .startswith(b"Signature: 8a477f597d28d172789f06886806bc55")
    )
    assert "*" in (folder / ".gitignore").read_text().splitlines()


def test_no_secret_is_in_it(project: Path) -> None:
    write(
        project / "leak.py",
        f"from langsmith import Client\n\nclient = Client(api_key='{KEY}')\n",
    )
    write(
        project / "other.py",
        f"from langsmith import Client  # {KEY}\n\nclient = Client(api_key='hunter2-{KEY[8:]}')\n",
    )
    first, second = lint(project), lint(project)
    assert "LS101" in first.stdout
    assert first.stdout == second.stdout
    for path in entries(project):
        content = path.read_bytes().decode("latin-1")
        assert not list(find_keys(content))
        assert BODY not in content


@pytest.mark.parametrize("damage", [b"", b"\x93", b"\x92\xa3abc\x80", b"not a cache"])
def test_a_damaged_cache_is_ignored(project: Path, damage: bytes) -> None:
    expected = lint(project).stdout
    for path in entries(project):
        path.write_bytes(damage if path.name != "CACHEDIR.TAG" else path.read_bytes())
    again = lint(project)
    assert (again.stdout, again.stderr) == (expected, lint(project, "--no-cache").stderr)
    assert again.returncode == 1


def test_verbose_says_what_is_wrong_with_it(project: Path) -> None:
    lint(project)
    for path in (folder_of(project) / "index").iterdir():
        path.write_bytes(b"not a cache")
    assert "cache:" in lint(project, "-v").stderr


def test_a_place_that_cannot_be_written_is_no_failure(project: Path) -> None:
    folder_of(project).parent.mkdir(parents=True, exist_ok=True)
    folder_of(project).write_text("a file is in the way")
    assert lint(project).returncode == lint(project, "--no-cache").returncode


def test_cache_dir_and_clean(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("caches")
    lint(project, "--cache-dir", str(elsewhere))
    assert not folder_of(project).exists()
    (folder,) = elsewhere.iterdir()
    command = [sys.executable, "-m", "lint_langsmith", "clean", "--cache-dir", str(elsewhere)]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    assert not folder.exists()


def test_clean_deletes_nothing_that_is_not_a_cache(project: Path) -> None:
    folder_of(project).mkdir(parents=True, mode=0o700)
    (folder_of(project) / "precious").touch()
    command = [sys.executable, "-m", "lint_langsmith", "clean"]
    refused = subprocess.run(command, cwd=project, check=False, capture_output=True, text=True)
    assert refused.returncode == 2
    assert "CACHEDIR.TAG" in refused.stderr
    assert (folder_of(project) / "precious").exists()


def test_the_number_of_processes_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    write(tmp_path / "shared.py", SHARED)
    for number in range(30):
        write(
            tmp_path / f"user_{number}.py", USER + f"# langsmith {number}\nimport langsmith\n"
        )
    one, two = (lint(tmp_path, "--no-cache", "--jobs", jobs) for jobs in ("1", "2"))
    assert one.stdout == two.stdout
    assert one.stdout.count("LS301") > 1


@pytest.mark.skipif(
    os.name == "nt" or getattr(os, "geteuid", int)() == 0, reason="root writes everywhere"
)
def test_a_folder_that_is_read_only_is_no_failure(project: Path) -> None:
    expected = lint(project)
    folders = [folder for folder in folder_of(project).rglob("*") if folder.is_dir()]
    for folder in (folder_of(project), *folders):
        folder.chmod(0o555)
    write(project / "user.py", USER + "# changed\n")
    assert lint(project).returncode == expected.returncode
    for folder in (folder_of(project), *folders):
        folder.chmod(0o755)


def test_what_a_newer_version_wrote_is_ignored_and_written_anew(project: Path) -> None:
    expected = lint(project).stdout
    runs, (index,) = folder_of(project) / "runs", (folder_of(project) / "index").iterdir()
    shutil.rmtree(runs, ignore_errors=True)
    written = index.read_bytes()
    index.write_bytes(written.replace(b"cache 2", b"cache 3"))
    again = lint(project, "-v")
    assert again.stdout == expected
    assert "another version" in again.stderr
    assert index.read_bytes().startswith(written[:23])


def test_two_runs_at_once_leave_a_cache_that_serves(project: Path) -> None:
    expected = lint(project, "--no-cache").stdout
    command = [sys.executable, "-m", "lint_langsmith", "check", "-f", "concise"]
    runs = [
        subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [run.communicate()[0] for run in runs] == [expected] * 4
    after = lint(project, "-v")
    assert after.stdout == expected
    assert "not used" not in after.stderr
    assert not [
        path
        for path in entries(project)
        if path.name.startswith(".") and path.name != ".gitignore"
    ]


def test_no_cache_neither_reads_nor_writes(project: Path) -> None:
    lint(project, "--no-cache")
    assert not folder_of(project).exists()
    lint(project)
    before = {path: path.read_bytes() for path in entries(project)}
    write(project / "user.py", USER + "# changed\n")
    lint(project, "--no-cache")
    assert {path: path.read_bytes() for path in entries(project)} == before


def test_notebooks_are_kept_too(project: Path) -> None:
    cells = [{"cell_type": "code", "source": SHARED.splitlines(keepends=True)}]
    write(
        project / "book.ipynb",
        json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}),
    )
    first = lint(project).stdout
    assert "book.ipynb" in first
    program = (
        "import sys\nfrom lint_langsmith.cli import main\n"
        "try:\n    main(['check', '-f', 'concise'])\n"
        "except SystemExit:\n    print('libcst' in sys.modules)"
    )
    again = subprocess.run(
        [sys.executable, "-c", program], cwd=project, capture_output=True, text=True, check=True
    )
    assert again.stdout == first + "False\n"
