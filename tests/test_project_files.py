"""The README, the hook, the action and the import contract: what the project promises outside of its code."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from test_reports import made_up_key

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))
LEAVE_OUT = shutil.ignore_patterns(
    ".git", ".venv", "*_cache", "__pycache__", ".hypothesis", "*.egg-info", "dist"
)
BAD = "from langsmith import LangSmithClient\n\nprint(LangSmithClient)\n"


def sh(*command: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
        env={**os.environ, **env},
    )


@pytest.mark.parametrize(
    "page",
    [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))],
    ids=lambda page: page.name,
)
def test_tables_and_outputs_in_the_documentation_are_fresh(page: Path) -> None:
    from readme import refreshed

    text = page.read_text(encoding="utf-8")
    assert refreshed(text) == text, "run python tools/readme.py"


def test_a_fresh_clone_prints_the_demo_of_the_readme(tmp_path: Path) -> None:
    """Also in the repository itself, whose workflows and programs lie around the demo's project."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(
        r"(?s)^```console\n\$ (lint-langsmith [^\n]*)\n(.*?)^```$", text, re.MULTILINE
    )
    assert block is not None
    command, shown = block[1], block[2]
    clone = tmp_path / "clone"
    for name in ("fixtures/seed", ".github", "tools"):
        shutil.copytree(ROOT / name, clone / name, ignore=LEAVE_OUT)
    shutil.copy(ROOT / "pyproject.toml", clone)
    subprocess.run(["git", "init", "-q"], cwd=clone, check=True)
    subprocess.run(["git", "add", "-A"], cwd=clone, check=True)
    printed = subprocess.run(
        [sys.executable, "-m", "lint_langsmith", *command.split()[1:]],
        cwd=clone,
        capture_output=True,
        text=True,
        check=False,
    )
    assert printed.stdout == shown


def test_the_readme_shows_a_screenful_that_is_really_printed() -> None:
    from readme import refreshed

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    wrong = text.replace("^^^^", "^^^", 1)
    assert wrong != text
    assert refreshed(wrong) == text


def test_the_readme_has_the_two_commands_and_ci_runs_the_second() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    main_job = "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/lint-langsmith fixtures/seed"
    tests = "python3 -m venv .venv && .venv/bin/pip install '.[dev]' && .venv/bin/pytest"
    assert main_job in lines
    assert tests in lines
    assert tests in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_imports_point_one_way() -> None:
    result = sh(str(Path(sys.executable).parent / "lint-imports"), "--no-cache", cwd=ROOT)
    assert result.returncode == 0, result.stdout


def git_copy(target: Path) -> Path:
    """The project as a git repository of its own, as pre-commit clones it."""
    shutil.copytree(ROOT, target, ignore=LEAVE_OUT)
    commit(target)
    return target


def commit(folder: Path) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    sh("git", "init", "-q", ".", cwd=folder)
    sh("git", "add", "-A", cwd=folder)
    assert sh("git", *identity, "commit", "-qm", "x", cwd=folder).returncode == 0


@pytest.fixture(scope="module")
def hook_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return git_copy(tmp_path_factory.mktemp("hook") / "lint-langsmith")


@pytest.mark.slow
def test_pre_commit_really_runs_the_hook(
    hook_repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.lint-langsmith]\nexclude = ["vendor/"]\n')
    (tmp_path / "bad.py").write_text(BAD)
    (tmp_path / "good.py").write_text("print('hello')\n")
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "bad.py").write_text(BAD)
    commit(tmp_path)
    use_hooks(tmp_path, hook_repository)
    monkeypatch.delenv("PYTHONPATH")  # the hook runs what was installed for it
    # A home of its own, in which the first run installs the linter for the others.
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path.parent / "pre-commit-home"))
    bad = hook(tmp_path, "lint-langsmith", "bad.py", "good.py", "vendor/bad.py")
    assert bad.returncode == 1, bad.stdout + bad.stderr
    assert "bad.py:1:23: LS501" in bad.stdout
    assert "vendor/bad.py" not in bad.stdout
    good = hook(tmp_path, "lint-langsmith", "good.py")
    assert good.returncode == 0, good.stdout + good.stderr
    (tmp_path / "good.py").write_text("import langsmith  # noqa: LS101\n")
    fixed = hook(tmp_path, "lint-langsmith-fix", "good.py")
    assert fixed.returncode == 1, "a hook that changes a file stops the commit"
    assert (tmp_path / "good.py").read_text() == "import langsmith\n"
    (tmp_path / "notes.txt").write_text(f"key: {made_up_key()}\n")
    text = hook(tmp_path, "lint-langsmith-text", "notes.txt")
    assert "notes.txt:1:6: LS101" in text.stdout


def use_hooks(project: Path, hooks: Path) -> None:
    """Configure pre-commit in a project to run every hook of the newest commit of a repository."""
    commit = sh("git", "rev-parse", "HEAD", cwd=hooks).stdout.strip()
    names = ("lint-langsmith", "lint-langsmith-fix", "lint-langsmith-text")
    repository = {"repo": str(hooks), "rev": commit, "hooks": [{"id": name} for name in names]}
    config = yaml.safe_dump({"repos": [repository]})
    (project / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
    sh("git", "add", ".pre-commit-config.yaml", cwd=project)


def hook(project: Path, name: str, *files: str) -> subprocess.CompletedProcess[str]:
    pre_commit = str(Path(sys.executable).parent / "pre-commit")
    return sh(pre_commit, "run", name, "--files", *files, cwd=project)


def test_the_hooks_have_the_fields_that_matter() -> None:
    hooks = {
        hook["id"]: hook
        for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    }
    pushed = hooks.pop("lint-langsmith-history")
    assert pushed["entry"] == "lint-langsmith history --pushed"
    assert (pushed["stages"], pushed["pass_filenames"]) == (["pre-push"], False)
    assert hooks.keys() == {"lint-langsmith", "lint-langsmith-fix", "lint-langsmith-text"}
    for hook in hooks.values():
        assert hook["entry"].split()[:3] == ["lint-langsmith", "check", "--force-exclude"]
        assert hook["require_serial"] is True
        assert hook["args"] == []
        assert hook["minimum_pre_commit_version"] == "2.9.2"
    assert hooks["lint-langsmith"]["types_or"] == ["python", "pyi", "jupyter"]
    assert hooks["lint-langsmith-fix"]["entry"].endswith(" --fix")
    assert hooks["lint-langsmith-text"]["types"] == ["text"]
    assert hooks["lint-langsmith-text"]["exclude_types"] == ["python", "pyi", "jupyter"]


def steps() -> dict[str, dict[str, object]]:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    assert set(action["inputs"]) == {"version", "paths", "args", "sarif-file", "python-version"}
    return {step["name"]: step for step in action["runs"]["steps"] if "name" in step}


def runner(tmp_path: Path) -> dict[str, str]:
    """The variables of the Actions runner, with a linter where the install step would put it."""
    tool = tmp_path / "temp" / "lint-langsmith" / "bin"
    tool.mkdir(parents=True)
    (tool / "lint-langsmith").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -m lint_langsmith "$@"\n'
    )
    (tool / "lint-langsmith").chmod(0o755)
    return {
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "GITHUB_WORKSPACE": str(tmp_path / "work"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_ACTIONS": "true",
    }


def lint_step(
    tmp_path: Path, paths: str, args: str, sarif: str = ""
) -> subprocess.CompletedProcess[str]:
    variables = runner(tmp_path)
    script = str(steps()["Lint"]["run"])
    assert "${{" not in script, "inputs must come through the environment"
    command = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
    return sh(
        *command,
        cwd=tmp_path / "work",
        **variables,
        INPUT_PATHS=paths,
        INPUT_ARGS=args,
        INPUT_SARIF_FILE=sarif,
    )


def test_the_action_annotates_and_sums_up(tmp_path: Path) -> None:
    work = tmp_path / "work"
    (work / "src").mkdir(parents=True)
    (work / "pyproject.toml").touch()
    (work / "src" / "bad.py").write_text(BAD)
    result = lint_step(tmp_path, "src\n", "--persona pedantic")
    assert result.returncode == 1, result.stderr
    assert result.stdout.startswith(
        "::error title=LS501 unknown-langsmith-api,file=src/bad.py,line=1,"
    )
    summed_up = (tmp_path / "summary.md").read_text()
    assert (
        "/rules/unknown-langsmith-api/) | `src/bad.py:1:23` | `langsmith` has no name"
        in summed_up
    )
    assert "exit code" not in summed_up


def test_the_action_says_when_nothing_is_found_and_when_it_failed(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "good.py").write_text("print()\n")
    assert lint_step(tmp_path, ".", "").returncode == 0
    assert "No findings in 1 file." in (tmp_path / "summary.md").read_text()
    shutil.rmtree(tmp_path / "temp")
    (tmp_path / "summary.md").unlink()
    assert lint_step(tmp_path, "nowhere", "").returncode == 2
    assert "exit code 2" in (tmp_path / "summary.md").read_text()


def test_inputs_of_the_action_are_never_run(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    lint_step(
        tmp_path,
        "$(touch hacked) `touch hacked` ; touch hacked",
        "--select LS1;touch${IFS}hacked",
    )
    assert not (tmp_path / "work" / "hacked").exists()
