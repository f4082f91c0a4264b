"""`lint-langsmith init`: what a project lacks is shown, and written whole, by consent, and never through a link."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import tomli
import yaml

from lint_langsmith import __version__
from lint_langsmith.config.options import UsageError
from lint_langsmith.run import init

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
HOOKS = ".pre-commit-config.yaml"
WORKFLOW = ".github/workflows/lint-langsmith.yml"


def run(cwd: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lint_langsmith", "init", *args],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git/" not in path.as_posix()
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path


def test_without_a_terminal_it_only_shows(project: Path) -> None:
    (project / "pyproject.toml").write_text('[project]\nname = "x"\n')
    before = files_of(project)
    result = run(project)
    assert result.returncode == 0
    assert "+[tool.lint-langsmith]\n" in result.stdout
    assert f"+++ {WORKFLOW}\n" in result.stdout
    assert result.stderr == "lint-langsmith: `lint-langsmith init --yes` writes these 3 files\n"
    assert files_of(project) == before


def test_what_it_shows_is_what_it_writes(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (project / "pyproject.toml").write_text('[project]\nname = "x"\n')
    (project / HOOKS).write_text("repos:\n  - repo: meta\n    hooks:\n      - id: identity\n")
    patched = tmp_path_factory.mktemp("patched")
    for name in ("pyproject.toml", HOOKS):
        (patched / name).write_bytes((project / name).read_bytes())
    shown = run(project, "--yes")
    assert shown.returncode == 0
    subprocess.run(
        ["git", "apply", "-p0"], cwd=patched, input=shown.stdout, text=True, check=True
    )
    assert files_of(patched) == files_of(project)
    # It is then a project like any other, that lacks nothing.
    again = run(project, "--yes")
    assert (again.returncode, again.stdout) == (0, "")
    assert again.stderr.count("already") == 3


def test_what_it_writes_works(project: Path) -> None:
    (project / "pyproject.toml").write_text('[project]\nname = "x"\n')
    assert run(project, "-y").returncode == 0
    assert tomli.loads((project / "pyproject.toml").read_text())["tool"]["lint-langsmith"]
    for command in (
        ["lint-langsmith", "."],
        ["pre-commit", "validate-config", HOOKS],
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", WORKFLOW],
        [
            "zizmor",
            "--offline",
            "--no-progress",
            "--config",
            str(ROOT / ".github/zizmor.yml"),
            WORKFLOW,
        ],
    ):
        done = subprocess.run(
            [BIN / command[0], *command[1:]],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    hooks = yaml.safe_load((project / HOOKS).read_text())["repos"][0]
    published = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert {hook["id"] for hook in hooks["hooks"]} <= {hook["id"] for hook in published}
    assert hooks["rev"] == f"v{__version__}"


@pytest.mark.skipif(os.name == "nt", reason="there are no such terminals")
@pytest.mark.parametrize("answer", ["y", "n"])
def test_on_a_terminal_it_asks(project: Path, answer: str) -> None:
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "lint_langsmith", "init"],
        cwd=project,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while b"[y/N]" not in shown:
        shown += os.read(ours, 4096)
    assert b"Write these 3 files?" in shown
    assert not files_of(project)
    os.write(ours, f"{answer}\n".encode())
    assert process.wait() == 0
    os.close(ours)
    assert len(files_of(project)) == (3 if answer == "y" else 0)


def test_without_a_pyproject_the_settings_get_a_file(project: Path) -> None:
    run(project, "-y")
    assert "persona" in tomli.loads((project / "lint-langsmith.toml").read_text())


def test_what_is_there_is_respected(project: Path) -> None:
    (project / "lint-langsmith.toml").write_text("")
    (project / HOOKS).write_text(
        "repos:\n- repo: https://github.com/lint-langsmith/lint-langsmith\n"
        "  rev: v0.0.1\n  hooks: [{id: lint-langsmith}]\n"
    )
    (project / ".github" / "workflows").mkdir(parents=True)
    (project / ".github" / "workflows" / "all.yaml").write_text("# runs lint-langsmith\n")
    before = files_of(project)
    result = run(project, "-y")
    assert (result.returncode, result.stdout) == (0, "")
    assert files_of(project) == before


def test_a_configuration_further_up_counts(project: Path) -> None:
    (project / "lint-langsmith.toml").write_text("")
    (project / "app").mkdir()
    assert run(project / "app", "-y").returncode == 0
    assert sorted(files_of(project)) == [WORKFLOW, HOOKS, "lint-langsmith.toml"]


@pytest.mark.parametrize("name", [".gitlab-ci.yml", "azure-pipelines.yml"])
def test_a_project_of_another_service_gets_no_workflow(project: Path, name: str) -> None:
    (project / name).write_text("test: {script: [true]}\n")
    result = run(project, "-y")
    assert "guide/ci/ has what to add" in result.stderr
    assert WORKFLOW not in files_of(project)


PRE_COMMIT = {
    "indented": "repos:\n  - repo: a\n    rev: '1'\n    hooks:\n      - id: b\n",
    "not indented, with more behind": (
        "ci: {}\nrepos:\n- repo: a\n  rev: '1'\n  hooks:\n  - id: b\n  # - id: c\n\n# of ci\nexclude: x\n"
    ),
    "without a last line's end": "repos:\n- repo: a\n  hooks: [{id: b}]",
    "carriage returns": "repos:\r\n- repo: a\r\n  hooks: [{id: b}]\r\nfail_fast: true\r\n",
    "an anchor": "x: &x [1]\nrepos:\n- repo: a\n  hooks: [{id: b, args: *x}]\n...\n",
}


@pytest.mark.parametrize("text", PRE_COMMIT.values(), ids=PRE_COMMIT.keys())
def test_hooks_are_added_and_no_line_is_changed(project: Path, text: str) -> None:
    (project / HOOKS).write_bytes(text.encode())
    assert run(project, "-y").returncode == 0
    new = (project / HOOKS).read_bytes().decode()
    before, after = yaml.safe_load(text), yaml.safe_load(new)
    assert after == {**before, "repos": [*before["repos"], after["repos"][-1]]}
    assert after["repos"][-1]["hooks"][0]["id"] == "lint-langsmith"
    lines = iter(new.splitlines())
    assert all(line in lines for line in text.splitlines()), "in their order"
    assert new.count("\r\n") in {0, new.count("\n")}


@pytest.mark.parametrize(
    "text", ["repos: []\n", "repos: [{repo: meta, hooks: []}]\n", "- a\n", ""]
)
def test_hooks_in_another_form_are_left_for_a_person(project: Path, text: str) -> None:
    (project / HOOKS).write_text(text)
    result = run(project, "-y")
    assert result.returncode == 0
    assert "is left as it is; add to its `repos`:" in result.stderr
    assert (project / HOOKS).read_text() == text


@pytest.mark.parametrize(
    ("name", "text"), [("pyproject.toml", "[project\n"), (HOOKS, "repos: [\n"), (HOOKS, "\0")]
)
def test_a_file_that_is_broken_is_said_and_nothing_is_written(
    project: Path, name: str, text: str
) -> None:
    (project / name).write_text(text)
    before = files_of(project)
    result = run(project, "-y")
    assert (result.returncode, result.stdout) == (2, "")
    assert f"{name}: is not valid" in result.stderr
    assert files_of(project) == before


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
@pytest.mark.parametrize(
    "name", ["pyproject.toml", HOOKS, WORKFLOW, ".github", ".github/workflows"]
)
def test_nothing_is_written_through_a_link(
    project: Path, tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (project / name).parent.mkdir(parents=True, exist_ok=True)
    target = outside / "file"
    if "." in Path(name).name[1:]:
        target.write_text("repos:\n- repo: a\n  hooks: []\n" if name == HOOKS else "")
    else:
        target.mkdir()
    (project / name).symlink_to(target)
    before = (files_of(project), files_of(outside))
    result = run(project, "-y")
    assert result.returncode == 2, result.stderr
    assert "link" in result.stderr
    assert (files_of(project), files_of(outside)) == before


def test_a_file_that_changes_meanwhile_is_not_overwritten(project: Path) -> None:
    (project / "pyproject.toml").write_text('[project]\nname = "x"\n')
    planned = init.plan(project)
    (project / "pyproject.toml").write_text('[project]\nname = "y"\n')
    with pytest.raises(UsageError, match="has changed meanwhile"):
        init.write(planned)
    assert sorted(files_of(project)) == ["pyproject.toml"]


def test_a_key_in_a_file_is_not_shown(project: Path) -> None:
    key = "lsv2_pt_" + "0123456789abcdef" * 2 + "_" + "0123456789"
    (project / "pyproject.toml").write_text(f'[tool.x]\nkey = "{key}"\n')
    shown = run(project)
    assert "+[tool.lint-langsmith]" in shown.stdout
    assert key not in shown.stdout


def test_a_hook_of_many_aliases_costs_no_time(project: Path) -> None:
    rows = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    text = "a0: &a0 [1]\n" + "\n".join(rows) + "\nrepos:\n- repo: a\n  hooks: []\n"
    (project / HOOKS).write_text(text)
    assert run(project, "-y").returncode == 0
    assert "id: lint-langsmith #" in (project / HOOKS).read_text()


@pytest.mark.parametrize(
    "text", ["x = " + "[" * 100_000, ".".join("a" * 100_000) + " = 1", f"x = {'9' * 5000}"]
)
def test_a_file_that_no_parser_takes_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(UsageError, match="is not valid TOML"):
        init.plan(tmp_path)
