"""A run is said again only while nothing has changed of what it depended on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from linting import lint

from lint_langsmith.cache import run_cache
from lint_langsmith.cache.location import Caches
from lint_langsmith.config.options import Options
from lint_langsmith.source import discover

KEY = f"lsv2_pt_{'a8a2766846114e79b865474f36bce73e'}_5bf7752d65"
CLIENT = "from langsmith import Client\n\nclient = Client()\nclient.read_run('x')\n"
FILES = {
    "app/pyproject.toml": "[project]\nname = 'x'\n[tool.lint-langsmith]\nextend = '../base.toml'\n",
    "app/main.py": CLIENT,
    "app/tools/plain.py": "import os\n",
    "app/.env.example": "DEBUG=1\n",
    "app/uv.lock": '[[package]]\nname = "langsmith"\nversion = "0.4.20"\n',
    "app/.gitignore": "ignored/\n*.log\n",
    "app/ignored/other.py": CLIENT,
    "app/run.log": "x\n",
    "app/env/pyvenv.cfg": "home = /usr/bin\n",
    "app/env/bin/python": "",
    "app/env/lib/x.txt": "",
    "app/env/module.py": CLIENT,
    "base.toml": "ignore = ['LS501']\n",
    "README.md": "# A monorepo\n",
    ".gitignore": "*.tmp\n",
    ".git/HEAD": "ref: refs/heads/main\n",
    ".github/workflows/ci.yml": "jobs: {}\n",
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in a repository, linted once; that its files are young does not matter."""
    monkeypatch.setattr(run_cache, "_UNSURE_NS", -(10**18))
    for name, text in FILES.items():
        write(tmp_path / name, text)
    lint(tmp_path / "app")
    assert is_known(tmp_path)
    return tmp_path


def folder_of(project: Path) -> Path:
    return Caches(None, project).of(project).path


def is_known(root: Path, *paths: str, **options: object) -> bool:
    discover.forget()
    asked = Options(paths=paths or (".",), **options)  # type: ignore[arg-type]
    return run_cache.Runs(asked, root / "app").recall() is not None


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def rewrite(root: Path) -> None:
    """Another content of the same size, and the old time of change."""
    path = root / "app/main.py"
    before = path.stat()
    path.write_text(CLIENT.replace("'x'", "'y'"), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


CHANGES: dict[str, Callable[[Path], object]] = {
    "a file is written": lambda root: (root / "app/main.py").write_text("import langsmith\n"),
    "a file keeps size and time": rewrite,
    "a file is new": lambda root: (root / "app/tools/new.py").touch(),
    "a file is gone": lambda root: (root / "app/tools/plain.py").unlink(),
    "a file has another name": lambda root: (root / "app/tools/plain.py").rename(
        root / "app/tools/other.py"
    ),
    "a folder is new": lambda root: (root / "app/more").mkdir(),
    "a folder is gone": lambda root: shutil.rmtree(root / "app/tools"),
    "a file that is no Python": lambda root: (root / "app/.env.example").write_text(
        "LANGSMITH_API_KEY=\n"
    ),
    "a lock file": lambda root: (root / "app/uv.lock").write_text(""),
    "the configuration": lambda root: (root / "app/pyproject.toml").write_text(""),
    "what the configuration extends": lambda root: (root / "base.toml").write_text(
        "ignore = []\n"
    ),
    "a configuration in a folder": lambda root: (
        root / "app/tools/lint-langsmith.toml"
    ).touch(),
    "a configuration that git ignores": lambda root: (root / "app/pyproject.toml").write_text(
        "[project]\n"
    ),
    "what git ignores": lambda root: (root / "app/.gitignore").write_text(""),
    "what git ignores above": lambda root: (root / ".gitignore").write_text("app/tools/\n"),
    "what git ignores here alone": lambda root: write(root / ".git/info/exclude", "tools/\n"),
    "a file beside the project": lambda root: (root / "README.md").write_text(
        "LANGSMITH_API_KEY\n"
    ),
    "a new file beside the project": lambda root: (root / ".env").touch(),
    "a workflow above": lambda root: (root / ".github/workflows/ci.yml").write_text(
        "env: {}\n"
    ),
    "the repository is another": lambda root: (root / ".git").rename(root / ".hg"),
    "a folder becomes a project": lambda root: (root / "app/tools/.git").mkdir(),
    "a folder beside the project": lambda root: (root / "other").mkdir(),
    "an environment is none": lambda root: (root / "app/env/pyvenv.cfg").unlink(),
}
NO_CHANGES: dict[str, Callable[[Path], object]] = {
    "a file that is only touched": lambda root: (root / "app/main.py").touch(),
    "a file that is written as it was": lambda root: (root / "app/main.py").write_text(CLIENT),
    "a configuration that is only touched": lambda root: (root / "app/pyproject.toml").touch(),
    "a file beside the project that is only touched": lambda root: (root / "README.md").touch(),
    "a file that git ignores": lambda root: (root / "app/run.log").write_text("y\n"),
    "a file in an ignored folder": lambda root: (root / "app/ignored/new.py").touch(),
    "a cache of another tool": lambda root: (root / "app/tools/__pycache__").mkdir(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_is_seen(root: Path, change: Callable[[Path], object]) -> None:
    change(root)
    assert not is_known(root)
    assert lint(root / "app").findings == lint(root / "app", "--no-cache", ".").findings


@pytest.mark.parametrize("change", NO_CHANGES.values(), ids=NO_CHANGES.keys())
def test_what_is_no_change(root: Path, change: Callable[[Path], object]) -> None:
    change(root)
    assert is_known(root)


@pytest.mark.parametrize(
    "options",
    [
        {"select": ("LS1",)},
        {"extend_select": ("LS1",)},
        {"ignore": ("LS1",)},
        {"persona": "auditor"},
        {"exclude": ("main.py",)},
        {"force_exclude": True},
        {"isolated": True},
        {"config": "pyproject.toml"},
        {"paths": ("tools",)},
    ],
    ids=str,
)
def test_another_question_is_another_run(root: Path, options: dict[str, object]) -> None:
    assert not is_known(root, *options.pop("paths", ()), **options)  # type: ignore[misc]


def test_options_that_change_no_finding_do_not_matter(root: Path) -> None:
    assert is_known(root, quiet=True, jobs=2, fail_on="error", outputs=("json",))


def test_it_says_the_same_in_all_formats(root: Path) -> None:
    for options in (
        ["-f", "full"],
        ["-f", "sarif"],
        ["-f", "{path}:{line}"],
        ["--persona", "auditor"],
        ["--diff"],
    ):
        first, again = (lint(root / "app", *options, ".") for _ in range(2))
        assert (first.output, first.exit_code) == (again.output, again.exit_code)
        assert first.output == lint(root / "app", "--no-cache", *options, ".").output


def test_the_analysis_is_not_even_imported(root: Path) -> None:
    program = (
        "import sys\nfrom lint_langsmith.cache import run_cache\nfrom lint_langsmith.cli import main\n"
        "try:\n    main(['check', '-v', '-f', 'concise'])\n"
        "except SystemExit as error:\n    print('libcst' in sys.modules, 'lint_langsmith.run.engine' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=root / "app",
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.splitlines()[-1] == "False False"
    assert "LS201" in run.stdout
    assert "nothing has changed" in run.stderr


def test_young_files_are_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_cache, "_UNSURE_NS", 3600 * 10**9)
    for name, text in FILES.items():
        write(tmp_path / name, text)
    lint(tmp_path / "app")
    assert not is_known(tmp_path)


def test_no_secret_is_kept(root: Path) -> None:
    (root / "app/leak.py").write_text(f"key = '{KEY}'\n")
    lint(root / "app")
    assert is_known(root)
    for path in folder_of(root / "app").rglob("*"):
        if path.is_file():
            assert KEY[8:40].encode() not in path.read_bytes()


def test_a_file_that_is_named_by_a_key_keeps_the_run_from_being_kept(root: Path) -> None:
    write(root / "app" / f"{KEY}.py", CLIENT)
    lint(root / "app")
    assert not is_known(root)
    kept = b"".join(
        path.read_bytes() for path in folder_of(root / "app").rglob("*") if path.is_file()
    )
    assert KEY[8:20].encode() not in kept


@pytest.mark.parametrize("damage", [b"", b"\x93", b"not a run"])
def test_damage_is_ignored(root: Path, damage: bytes) -> None:
    expected = lint(root / "app")
    for path in (folder_of(root / "app") / "runs").iterdir():
        path.write_bytes(damage)
    again = lint(root / "app")
    assert again == expected


def test_few_runs_are_kept(root: Path) -> None:
    for number in range(12):
        lint(root / "app", "--exclude", f"{number}.py", ".")
    assert len(list((folder_of(root / "app") / "runs").iterdir())) == run_cache._KEPT_RUNS
