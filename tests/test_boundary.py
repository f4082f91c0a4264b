"""The file system of a checkout: what is opened, where the run stays, what it writes, and what it says it left out."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from linting import concise
from pace import within
from pathspec import GitIgnoreSpec
from test_reports import made_up_key

import lint_langsmith
from lint_langsmith import git
from lint_langsmith.cli import main
from lint_langsmith.source import discover, files, project_roots
from lint_langsmith.source.git_index import git_folders, read_index
from lint_langsmith.source.globs import gitignore_spec
from lint_langsmith.source.root import Root
from lint_langsmith.source.text import UnreadableFileError

pytestmark = pytest.mark.skipif(
    os.name != "posix", reason="links, FIFOs and modes are those of POSIX"
)

FAULTY: Final = "from langsmith import Client\nClient().create_dataset('x')\n"
CLEAN: Final = "import langsmith\n"
MISSPELLED: Final = 'import os\nos.environ["LANGSMITH_TRACKING"] = "true"\n'


def program(
    folder: Path, *args: str, before: str = "", **more: object
) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own; `before` is a command of the shell that comes first."""
    command = f'{before} exec "$0" -m lint_langsmith --no-cache -f concise "$@"'
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        ["sh", "-c", command, sys.executable, *args],
        cwd=folder, capture_output=True, text=True, check=False, timeout=120, **more,
    )  # fmt: skip


# -- what is imported ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(
            ["-P", "-m", "lint_langsmith"],
            marks=pytest.mark.skipif(sys.version_info < (3, 11), reason="-P is new in 3.11"),
        ),
        # The console script: Python puts the folder of the script first, not the working directory.
        ["bin/script.py"],
    ],
    ids=["python -P -m", "script"],
)
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_nothing_of_the_checkout_is_imported(
    tmp_path: Path, command: list[str], jobs: str
) -> None:
    """Modules that a run imports, and those that Python itself does at its start, under their names in the checkout."""
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in (
        "click",
        "libcst",
        "json",
        "re",
        "types",
        "random",
        "tomllib",
        "multiprocessing",
    ):
        (checkout / f"{name}.py").write_text(f"open('ran-{name}', 'w').close()\n")
    (checkout / "lint_langsmith").mkdir()
    (checkout / "lint_langsmith" / "__main__.py").write_text("open('ran-it', 'w').close()\n")
    for name in ("a.py", "b.py"):
        (checkout / name).write_text(FAULTY)
    script = tmp_path / "bin" / "script.py"
    script.parent.mkdir()
    script.write_text("from lint_langsmith.__main__ import run\nrun()\n")
    started = [str(tmp_path / part) if part.startswith("bin/") else part for part in command]
    done = subprocess.run(
        [sys.executable, *started, "check", "--no-cache", "-f", "concise", "-j", jobs, "."],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(Path(lint_langsmith.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "LS201" in done.stdout
    assert not list(checkout.glob("ran-*"))


# -- what is opened --------------------------------------------------------------------------------------------------


def a_fifo(path: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as end:
        os.chdir(path.parent)  # the name of a socket may not be long
        end.bind(path.name)


def a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def a_link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def a_folder(path: Path) -> None:
    path.mkdir()


IRREGULAR: Final = [a_fifo, a_socket, a_device, a_link_to_itself, a_folder]


@pytest.mark.parametrize("make", IRREGULAR)
def test_only_regular_files_are_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None]
) -> None:
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "x.py")
    for ask in (
        files.read,
        lambda path: files.head_of(path, 10),
        lambda path: files.holds(path, (b"key",)),
    ):
        with pytest.raises(UnreadableFileError):
            ask(tmp_path / "x.py")


@pytest.mark.parametrize("make", IRREGULAR)
def test_the_run_goes_on_and_says_what_it_left_out(
    repo: Path, make: Callable[[Path], None]
) -> None:
    (repo / "a.py").write_text(FAULTY)
    make(repo / "odd.py")
    result = concise("-v", ".")
    assert result.exit_code == 1, result.output
    assert "a.py:2" in result.stdout
    assert "odd.py" in result.stderr or make is a_folder


@pytest.mark.parametrize("make", IRREGULAR)
def test_programs_without_langsmith_are_acquitted_beside_them(
    repo: Path, make: Callable[[Path], None]
) -> None:
    (repo / "plain.py").write_text("x = 1\n")
    make(repo / "odd.py")
    assert concise("plain.py").exit_code == 0


@pytest.mark.parametrize(
    "name",
    ["lint-langsmith.toml", "pyproject.toml", ".gitignore", ".git/index", ".git/info/exclude"],
)
@pytest.mark.parametrize("make", IRREGULAR)
def test_what_git_and_we_read_is_no_trap(
    repo: Path, name: str, make: Callable[[Path], None]
) -> None:
    (repo / "a.py").write_text(FAULTY)
    (repo / "sub").mkdir()
    (repo / "sub" / ".gitignore").write_text("*.log\n")
    (repo / "sub" / "x.log").touch()
    (repo / name).unlink(missing_ok=True)
    make(repo / name)
    os.chdir(repo)
    assert "a.py:2" in concise(".").stdout


@pytest.mark.parametrize("key", ["extend", "baseline"])
@pytest.mark.parametrize("make", IRREGULAR)
def test_what_a_configuration_names_is_no_trap(
    repo: Path, key: str, make: Callable[[Path], None]
) -> None:
    (repo / "a.py").write_text(FAULTY)
    (repo / "lint-langsmith.toml").write_text(f'{key} = "odd"\n')
    make(repo / "odd")
    result = concise("a.py")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1, "one clear sentence"


@pytest.mark.parametrize(
    "text",
    [
        'extend = "a\\u0000b"',
        'baseline = "a\\u0000b"',
        f"select = {'[' * 6000}",
        "[" * 6000,
        'extend = "."',
        "a\0b = 1",
    ],
)
def test_a_configuration_that_can_not_be_used_is_one_sentence(repo: Path, text: str) -> None:
    (repo / "a.py").write_text(FAULTY)
    (repo / "lint-langsmith.toml").write_text(text)
    result = concise("a.py")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("lint-langsmith: error: ")


def test_a_chain_of_configurations_ends(repo: Path) -> None:
    for number in range(2000):
        (repo / f"c{number}.toml").write_text(f'extend = "c{number + 1}.toml"\n')
    assert "more than 32 files" in concise("--config", "c0.toml", ".").stderr


def test_no_more_is_read_than_a_bound(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 11)
    with pytest.raises(UnreadableFileError, match="larger"):
        files.read(tmp_path / "large", 10)
    assert files.read(tmp_path / "large", 11) == b"x" * 11
    with (tmp_path / "sparse.py").open("wb") as file:
        file.truncate(files.LARGEST_SOURCE + 1)
    result = CliRunner().invoke(
        main, ["--no-cache", "-f", "concise", str(tmp_path / "sparse.py")]
    )
    assert "LS900" in result.output
    assert "larger than 100 MiB" in result.output


def test_a_word_across_two_parts_of_a_large_file_is_found(tmp_path: Path) -> None:
    for before in range(1024 * 1024 - 6, 1024 * 1024 + 1):
        (tmp_path / "large").write_bytes(b" " * before + b"lsv2_" + b" " * 10)
        assert files.holds(tmp_path / "large", (b"lsv2_", b"ls__"))
    assert not files.holds(tmp_path / "large", (b"nothing",))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_key_in_a_large_file_is_found(repo: Path, encoding: str) -> None:
    row = '{"name": "value", "other": [1, 2, 3]},\n'
    rows = row * (1024 * 1024 // len(row))
    (repo / "large.json").write_text(
        f'[\n{rows}{{"key": "{made_up_key()}"}},\n{rows}{{}}]\n', encoding=encoding
    )
    (repo / "plain.json").write_text(f"[\n{rows * 2}{{}}]\n")
    result = concise(".", "--select", "LS101")
    assert "large.json" in result.stdout
    assert result.stdout.count("LS101") == 1
    assert made_up_key()[8:40] not in result.output


# -- links -----------------------------------------------------------------------------------------------------------


def skipped(top: Path) -> dict[str, str]:
    discover.forget()
    return {
        path.relative_to(top).as_posix(): why
        for path, why in discover.walk(top).skipped
        if path.name != ".git"
    }


def walked(top: Path) -> list[str]:
    discover.forget()
    return [Path(path).relative_to(top).as_posix() for path in discover.walk(top).files]


def test_a_link_that_leads_out_is_left_out(repo: Path) -> None:
    (repo.parent / "outside").mkdir()
    (repo.parent / "outside" / "b.py").touch()
    (repo / "file.py").symlink_to("../outside/b.py")
    (repo / "folder").symlink_to("../outside")
    (repo / "root").symlink_to("/")
    (repo / "inner").mkdir()
    (repo / "inner" / "c.py").touch()
    (repo / "again.py").symlink_to("inner/c.py")
    assert walked(repo) == ["again.py", "inner/c.py"]
    assert skipped(repo) == dict.fromkeys(["file.py", "folder", "root"], discover.LEADS_OUT)


def test_links_that_lead_out_are_said_in_one_line(repo: Path) -> None:
    (repo / "a.py").touch()
    for number in range(5):
        (repo / f"link{number}.py").symlink_to("../outside.py")
    (repo.parent / "outside.py").touch()
    said = CliRunner().invoke(main, ["--no-cache"]).stderr
    assert (
        "5 links lead out of the checkout and were left out: link0.py, link1.py, link2.py, …\n"
        in said
    )
    assert said.count("link0.py") == 1
    for number in range(1, 5):
        (repo / f"link{number}.py").unlink()
    said = CliRunner().invoke(main, ["--no-cache"]).stderr
    assert "1 link leads out of the checkout and was left out: link0.py\n" in said
    assert CliRunner().invoke(main, ["--no-cache", "-v"]).stderr.count("link0.py") == 1


def test_folders_that_links_lead_to_are_entered_once(repo: Path) -> None:
    """2^17 ways lead to one file; a folder's own name goes before those of links."""
    (repo / "d").mkdir()
    for number in range(18):
        (repo / f"d{number:02}").mkdir()
    for number in range(17):
        for name in "ab":
            (repo / f"d{number:02}" / name).symlink_to(f"../d{number + 1:02}")
    (repo / "d17" / "x.py").touch()
    (repo / "d" / "way").symlink_to("../d00")
    assert walked(repo) == ["d17/x.py"]
    with within(1):
        assert [path.count("/") for path in walked(repo / "d")] == [18]


@pytest.fixture
def deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file in 1,200 folders that lie in each other: deeper than Python's stack, which pytest would tidy up with."""
    monkeypatch.chdir(tmp_path)
    try:
        for _ in range(1200):
            Path("d").mkdir()
            os.chdir("d")
        Path("x.py").touch()
        yield tmp_path
    finally:
        os.chdir(tmp_path)
        subprocess.run(["rm", "-r", "d"], check=True)


def test_a_tree_deeper_than_pythons_stack(deep: Path) -> None:
    (file,) = walked(deep)
    assert file.count("/") == 1200
    assert project_roots.project_root(deep / file, deep / "elsewhere").is_relative_to(deep)
    os.chdir(deep)
    assert concise(".").exit_code == 0


def test_nothing_above_the_work_tree_is_read(repo: Path) -> None:
    (repo.parent / "lint-langsmith.toml").write_text("select = 5\n")
    (repo.parent / ".gitignore").write_text("*.py\n")
    (repo.parent / "setup.py").write_text("x")
    (repo.parent / ".env").write_text("LANGSMITH_API_KEY=x\n")
    (repo / "a.py").write_text(FAULTY)
    assert "LS201" in concise("a.py", ".").stdout
    assert project_roots.project_root(repo / "a.py", Path("/")) == repo


def test_a_submodule_has_the_configuration_of_the_tree_around_it(repo: Path) -> None:
    (repo / "lint-langsmith.toml").write_text('select = ["LS301"]\n')
    (repo / "sub").mkdir()
    (repo / "sub" / ".git").write_text("gitdir: ../.git/modules/sub\n")
    (repo / "sub" / "a.py").write_text(FAULTY)
    assert {
        line.split()[1] for line in concise("sub/a.py").stdout.splitlines() if ":" in line
    } == {"LS301"}
    (repo / "sub" / ".git").write_text("gitdir: /elsewhere/.git/worktrees/sub\n")
    assert "LS201" in concise("sub/a.py").stdout, "a work tree of its own"


# -- what a person names is read, but neither written nor quoted -----------------------------------------------------


@pytest.fixture
def outside(repo: Path) -> Path:
    """A file outside of the work tree, to which a link in it leads."""
    path = repo.parent / "outside.py"
    path.write_text(MISSPELLED)
    (repo / "link.py").symlink_to(path)
    return path


@pytest.mark.parametrize("option", ["--fix", "--add-ignore=why", "--diff"])
def test_a_link_out_that_is_named_is_read_and_not_written(
    repo: Path, outside: Path, option: str
) -> None:
    assert "LS401" in concise("link.py").stdout
    result = concise("link.py", option)
    assert result.exit_code == 2
    assert f"cannot write {repo / 'link.py'}: it is a link" in result.stderr
    assert (
        "LANGSMITH_TRACING" not in result.stdout.replace("did you mean", "")
        or option != "--diff"
    )
    assert outside.read_text() == MISSPELLED
    assert (repo / "link.py").is_symlink()


@pytest.mark.parametrize("form", ["full", "html", "sarif", "markdown", "json", "rdjson"])
def test_a_file_outside_is_not_quoted(repo: Path, outside: Path, form: str) -> None:
    outside.write_text(f"{MISSPELLED.replace('true', 'on the other side')}# never quoted\n")
    result = CliRunner().invoke(main, ["--no-cache", "-f", form, "link.py"])
    assert "LS401" in result.stdout
    assert "on the other side" not in result.stdout
    assert "never quoted" not in result.stdout


def test_a_folder_that_leads_out_is_read_where_it_is_named(repo: Path) -> None:
    (repo.parent / "outside").mkdir()
    (repo.parent / "outside" / "a.py").write_text(MISSPELLED)
    (repo.parent / "outside" / "b.py").symlink_to("a.py")
    (repo / "folder").symlink_to("../outside")
    result = concise("folder", "--fix")
    assert result.exit_code == 2
    assert f"{repo / 'folder'} is a link" in result.stderr
    assert (repo.parent / "outside" / "a.py").read_text() == MISSPELLED


def test_a_link_of_the_user_to_a_checkout_is_no_link_of_it(tmp_path: Path, repo: Path) -> None:
    (repo / "a.py").write_text(MISSPELLED)
    (tmp_path / "work").symlink_to(repo)
    result = concise(str(tmp_path / "work"), "--fix")
    assert result.exit_code == 0, result.output
    assert "LANGSMITH_TRACING" in (repo / "a.py").read_text()


def test_nothing_of_what_is_extended_outside_is_shown(repo: Path) -> None:
    (repo / "a.py").write_text(CLEAN)
    (repo / "lint-langsmith.toml").write_text('extend = "../secret.toml"\n')
    for text in (
        "hush = 1\n",
        'select = 5\nignore = "hush"\n',
        'fail-on = "hush"\n',
        "hush hush\n",
        '"hush" = {',
    ):
        (repo.parent / "secret.toml").write_text(text)
        result = concise("a.py")
        assert result.exit_code == 2
        assert "hush" not in result.output
    (repo.parent / "secret.toml").write_text('select = ["LS1"]\n')
    assert concise("a.py").exit_code == 0, "it is read"


def test_a_configuration_that_is_a_link_out_is_not_found(repo: Path) -> None:
    (repo / "a.py").write_text(FAULTY)
    (repo.parent / "theirs.toml").write_text('select = ["LS1"]\n')
    (repo / "lint-langsmith.toml").symlink_to("../theirs.toml")
    result = concise("-v", ".")
    assert result.exit_code == 1
    assert f"lint-langsmith.toml: skipped, {discover.LEADS_OUT}" in result.stderr
    assert concise("a.py", "--config", "lint-langsmith.toml").exit_code == 0, (
        "a person names it"
    )


# -- writing ---------------------------------------------------------------------------------------------------------


def test_reports_and_baselines_are_not_written_through_links(repo: Path) -> None:
    (repo / "a.py").write_text(FAULTY)
    victim = repo.parent / "victim"
    victim.write_text("kept")
    (repo / "out").symlink_to(victim)
    (repo / "folder").symlink_to(repo.parent)
    for name in ("out", "folder/victim", "folder/new"):
        for args in (["-o", name], ["-f", f"json:{name}"], ["--write-baseline", name]):
            result = CliRunner().invoke(main, ["--no-cache", "a.py", *args])
            assert result.exit_code == 2
            assert "is a link" in result.stderr
    assert victim.read_text() == "kept"
    assert sorted(path.name for path in repo.parent.iterdir()) == ["repo", "victim"]


def test_a_baseline_outside_is_read_and_not_pruned(repo: Path) -> None:
    (repo / "a.py").write_text(FAULTY)
    known = str(repo.parent / "known.json")
    assert concise("a.py", "--write-baseline", known).exit_code == 0, (
        "the command line says where to write"
    )
    before = Path(known).read_text()
    (repo / "a.py").write_text(CLEAN)
    (repo / "lint-langsmith.toml").write_text('baseline = "../known.json"\n')
    result = concise("a.py", "--prune-baseline")
    assert result.exit_code == 2
    assert "lies outside of" in result.stderr
    assert Path(known).read_text() == before
    assert concise("a.py").exit_code == 0


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="has no such link")
def test_the_command_line_may_name_what_is_no_file(repo: Path) -> None:
    (repo / "a.py").write_text(FAULTY)
    assert "LS201" in program(repo, "a.py", "-o", "/dev/stdout").stdout


def test_a_configuration_names_no_report_file(repo: Path) -> None:
    (repo / "a.py").write_text(FAULTY)
    (repo / "lint-langsmith.toml").write_text('output-format = "json:../out.json"\n')
    result = CliRunner().invoke(main, ["--no-cache", "a.py"])
    assert result.exit_code == 2
    assert not (repo.parent / "out.json").exists()


@pytest.mark.parametrize(
    "text", ["::error file=x::{code}", "##vso[task.x]{code}", "\\u001b[31m{code}", "{path}"]
)
def test_a_template_belongs_to_the_command_line(repo: Path, text: str) -> None:
    (repo / "a.py").write_text(FAULTY)
    (repo / "lint-langsmith.toml").write_text(f'output-format = "\\n{text}"\n')
    result = CliRunner().invoke(main, ["--no-cache", "a.py"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "a template belongs to the command line" in result.stderr


@pytest.mark.parametrize(
    "spec", [">999999999", ".999999999", "99999999999999999999d", "1001", "9" * 5000]
)
def test_the_widths_of_a_template_are_bounded(repo: Path, spec: str) -> None:
    (repo / "a.py").write_text(FAULTY)
    assert (
        "is wider than 1000"
        in CliRunner().invoke(main, ["--no-cache", "-f", f"{{line:{spec}}}", "a.py"]).stderr
    )
    assert CliRunner().invoke(main, ["--no-cache", "-f", "{line:>1000}", "a.py"]).exit_code == 1


def test_the_format_is_that_of_the_working_directory(repo: Path) -> None:
    """It was that of the configuration of whichever file came first."""
    (repo / "a").mkdir()
    (repo / "a" / "a.py").write_text(FAULTY)
    (repo / "a" / "lint-langsmith.toml").write_text('output-format = "json"\n')
    assert not CliRunner().invoke(main, ["--no-cache"]).stdout.startswith("{")
    (repo / "lint-langsmith.toml").write_text('output-format = "json"\n')
    (repo / "a" / "lint-langsmith.toml").unlink()
    assert CliRunner().invoke(main, ["--no-cache"]).stdout.startswith("{")


# -- what can't be read is a finding ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        'ignore = ["LS9"]',
        'ignore = ["ALL"]',
        'ignore = ["unreadable-file"]',
        'select = ["LS1"]',
        '[severity]\nLS900 = "info"',
        '[per-file-ignores]\n"*" = ["LS900"]',
    ],
)
def test_no_configuration_hides_that_a_file_was_not_read(repo: Path, text: str) -> None:
    (repo / "a.py").write_text("from langsmith import Client\ndef f(:\n")
    (repo / "lint-langsmith.toml").write_text(f"{text}\n")
    result = CliRunner().invoke(main, ["--no-cache", "-f", "{code} {severity}"])
    assert (result.stdout, result.exit_code) == ("LS900 error\n", 1)
    for said in (["--ignore", "LS900"], ["--select", "LS1"]):
        assert (concise(*said).stdout, concise(*said).exit_code) == ("", 0)


def test_an_ignore_file_of_very_many_patterns_is_not_applied(repo: Path) -> None:
    """1 MiB of them took over 30 s."""
    (repo / "a.py").write_text(FAULTY)
    (repo / ".gitignore").write_text(
        "a.py\n" + "\n".join(f"*a*{number}" for number in range(100_000))
    )
    with within(5):
        found = concise().stdout
    assert ".gitignore:1:1: LS900" in found
    assert "LS201" in found


def test_the_patterns_of_a_configuration_are_bounded(repo: Path) -> None:
    patterns = [f'"a*{number}.py" = ["LS301"]' for number in range(10_000)]
    (repo / "a.py").write_text(FAULTY)
    (repo / "lint-langsmith.toml").write_text("[per-file-ignores]\n" + "\n".join(patterns))
    result = CliRunner().invoke(main, ["--no-cache"])
    assert result.exit_code == 2
    assert (
        "lint-langsmith.toml:1: `per-file-ignores` has more than 2,000 patterns"
        in result.stderr
    )
    (repo / "lint-langsmith.toml").write_text(
        "[per-file-ignores]\n" + "\n".join(patterns[:2000])
    )
    with within(5):
        assert "LS201" in concise().stdout


def unprivileged() -> list[str] | None:
    """What makes a program obey the modes of files: root does not."""
    if os.geteuid() != 0:
        return []
    command = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    tool = shutil.which("setpriv")
    return (
        command
        if tool
        and subprocess.run([*command, "true"], check=False, capture_output=True).returncode == 0
        else None
    )


@pytest.mark.skipif(unprivileged() is None, reason="root reads everything")
class TestModes:
    def lint(
        self, folder: Path, *args: str, unset: str = ""
    ) -> subprocess.CompletedProcess[str]:
        command = [
            *(unprivileged() or []),
            sys.executable,
            "-m",
            "lint_langsmith",
            "--no-cache",
            "-f",
            "concise",
            *args,
        ]
        environment = {name: value for name, value in os.environ.items() if name != unset}
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )

    @pytest.mark.parametrize("text", [CLEAN, "x = 1\n"])
    def test_folders_and_files_beside_clean_ones(self, repo: Path, text: str) -> None:
        (repo / "a.py").write_text(text)
        (repo / "locked").mkdir()
        (repo / "locked" / "b.py").write_text(FAULTY)
        (repo / "shut.py").write_text(FAULTY)
        (repo / ".gitignore").write_text("gone\n")
        for name in ("locked", "shut.py", ".gitignore"):
            (repo / name).chmod(0)
        result = self.lint(repo, ".")
        (repo / "locked").chmod(0o755)
        assert result.returncode == 1, result.stderr
        lines = [line.split()[:4] for line in result.stdout.splitlines()[:3]]
        assert lines == [
            [".gitignore:1:1:", "LS900", "unreadable-file", "this"],
            ["locked:1:1:", "LS900", "unreadable-file", "this"],
            ["shut.py:1:1:", "LS900", "unreadable-file", "this"],
        ]
        assert "this folder cannot be read: Permission denied" in result.stdout
        assert result.stderr == ""

    def test_a_folder_that_is_excluded_need_not_be_read(self, repo: Path) -> None:
        (repo / "a.py").write_text(CLEAN)
        (repo / "data").mkdir()
        (repo / "data").chmod(0)
        (repo / "lint-langsmith.toml").write_text('exclude = ["data/"]\n')
        result = self.lint(repo, ".")
        (repo / "data").chmod(0o755)
        assert (result.returncode, result.stdout) == (0, "")

    @pytest.mark.parametrize("name", ["pyproject.toml", "lint-langsmith.toml"])
    def test_configuration(self, repo: Path, name: str) -> None:
        (repo / "a.py").write_text(CLEAN)
        (repo / name).touch()
        (repo / name).chmod(0)
        result = self.lint(repo, ".")
        assert result.returncode == 2
        assert (
            result.stderr
            == f"lint-langsmith: error: {repo / name}: cannot be read: Permission denied\n"
        )

    def test_an_index_of_git(self, repo: Path) -> None:
        (repo / "a.py").write_text(FAULTY)
        (repo / ".gitignore").write_text("a.py\n")
        (repo / ".git" / "index").touch()
        (repo / ".git" / "index").chmod(0)
        assert self.lint(repo, ".").returncode == 1, "what may be tracked is looked at"


def test_without_a_home(repo: Path) -> None:
    (repo / "a.py").write_text(FAULTY)
    script = (
        "import pathlib, sys\n"
        "def no_home(*_): raise RuntimeError('Could not determine home directory.')\n"
        "pathlib.Path.home = no_home\n"
        "sys.argv = ['lint-langsmith', '--no-cache', '-f', 'concise', '.']\n"
        "from lint_langsmith.__main__ import run\nrun()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=repo, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")


def test_a_name_alone_is_no_environment(repo: Path) -> None:
    (repo / "src").mkdir()
    (repo / "src" / "a.py").write_text(FAULTY)
    (repo / "src" / "pyvenv.cfg").touch()
    assert "src/a.py:2" in concise(".").stdout
    (repo / "src" / "pyvenv.cfg").write_text("home = /usr/bin\n")
    assert "src/a.py:2" in concise(".").stdout
    (repo / "src" / "bin").mkdir()
    (repo / "src" / "bin" / "python").symlink_to("/nowhere/python3")
    (repo / "src" / "lib").mkdir()
    result = concise("-v", ".")
    assert result.stdout == ""
    assert f"src: skipped, {discover.ENVIRONMENT}" in result.stderr
    subprocess.run(["git", "add", "-f", "src"], cwd=repo, check=True)
    assert "src/a.py:2" in concise(".").stdout, "what is tracked is written by somebody"


def test_a_folder_that_git_ignores_says_so(repo: Path) -> None:
    (repo / "gen").mkdir()
    (repo / "gen" / "a.py").write_text(FAULTY)
    (repo / ".gitignore").write_text("gen/\n")
    result = concise("gen")
    assert result.exit_code == 0
    assert "gen: git ignores all files in it" in result.stderr
    assert "gen: git ignores all files in it" in concise("gen", ".gitignore").stderr
    assert "LS201" in concise("gen/a.py").stdout, "a file that is named is linted"


_NAME: Final = st.text(alphabet="ab/", min_size=1, max_size=12)


@pytest.mark.filterwarnings("ignore:Possible nested set")
@given(pattern=st.text(alphabet="ab*?/[]!^\\", min_size=1, max_size=12), name=_NAME)
def test_patterns_match_what_they_matched(pattern: str, name: str) -> None:
    try:
        plain = GitIgnoreSpec.from_lines([pattern])
    except ValueError:
        return
    if pattern.count("**") < 2:
        assert (
            gitignore_spec([pattern]).check_file(name).include == plain.check_file(name).include
        )


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("*a" * 40 + "*b", "a" * 255),
        ("*[ab]" * 40 + "*c", "a" * 255),
        ("*?a" * 20 + "*b", "a" * 255),
        ("a/**/" * 40 + "b", "a/" * 2000),
        ("**/*a*a*a/" * 2 + "b", "aaaa/" * 400),
    ],
)
def test_no_pattern_takes_long(pattern: str, name: str) -> None:
    spec = gitignore_spec([pattern])
    with within(0.5):
        assert spec.check_file(name).include is None


# -- git's index -----------------------------------------------------------------------------------------------------


def tracked(top: Path) -> set[str]:
    folders = git_folders(str(top))
    assert folders is not None
    index = read_index(folders.own)
    assert index is not None
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=top, capture_output=True, check=True
    ).stdout.split(b"\0")
    assert all(index.tracks(name, is_folder=False) for name in names if name)
    assert not index.tracks(b"nowhere", is_folder=False)
    return {os.fsdecode(name) for name in names if name}


@pytest.mark.parametrize(
    "form", ["2", "4", "split", "split 4", "sha256", "sha256 4", "sha256 split"]
)
def test_every_form_of_the_index_is_read(tmp_path: Path, form: str) -> None:
    hashes = ["--object-format=sha256"] if "sha256" in form else []
    subprocess.run(["git", "init", "-q", *hashes, str(tmp_path)], check=True)

    def ask(*args: str) -> None:
        subprocess.run(
            ["git", "-c", "splitIndex.maxPercentChange=100", *args], cwd=tmp_path, check=True
        )

    names = [
        *(f"some/folder/file{number}.py" for number in range(150)),
        "a",
        "ab",
        "b" * 200,
        "deep/" * 40 + "x.env",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / ".gitignore").write_text("*\n")
    if "4" in form:
        ask("update-index", "--index-version", "4")
    ask("add", "-f", *names)
    if "split" in form:
        ask("update-index", "--split-index")
        (tmp_path / "new.env").write_text("x")
        (tmp_path / "a").write_text("other")
        ask("add", "-f", "new.env", "a")
        ask("rm", "-q", "--cached", "ab", "some/folder/file100.py", "some/folder/file7.py")
    found = tracked(tmp_path)
    assert set(walked(tmp_path)) == found
    assert ("ab" in found) == ("split" not in form)


def test_a_linked_work_tree_has_an_index_and_excludes(repo: Path) -> None:
    (repo / "x.env").touch()
    subprocess.run(["git", "add", "x.env"], cwd=repo, check=True)
    commit = ["git", "-c", "user.name=n", "-c", "user.email=e", "commit", "-qm", "m"]
    subprocess.run(commit, cwd=repo, check=True)
    subprocess.run(
        ["git", "worktree", "add", "-q", "../tree"], cwd=repo, check=True, capture_output=True
    )
    (repo / ".git" / "info" / "exclude").write_text("*.env\n")
    tree = repo.parent / "tree"
    (tree / "y.env").touch()
    assert walked(tree) == [".git", "x.env"]


@pytest.mark.parametrize(
    "content",
    [b"", b"DIRC", b"DIRC\0\0\0\4\xff\xff\xff\xff", b"DIRC\0\0\0\5\0\0\0\1", b"\0" * 99],
)
def test_an_index_that_can_not_be_read_hides_nothing(repo: Path, content: bytes) -> None:
    (repo / "a.py").write_text(FAULTY)
    (repo / ".gitignore").write_text("a.py\n")
    (repo / ".git" / "index").write_bytes(content)
    assert "a.py" in walked(repo)


# -- git -------------------------------------------------------------------------------------------------------------


def test_nothing_that_a_repository_configures_is_run(repo: Path) -> None:
    marker = repo.parent / "ran"
    (repo / "a.py").write_text(CLEAN)
    (repo / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    subprocess.run(["git", "add", "."], cwd=repo, check=True)
    commit = ["git", "-c", "user.name=n", "-c", "user.email=e", "commit", "-qm", "m"]
    subprocess.run(commit, cwd=repo, check=True)
    (repo / "a.py").write_text(FAULTY)
    hook = repo / ".git" / "hooks" / "post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {marker}\n")
    hook.chmod(0o755)
    with (repo / ".git" / "config").open("a") as config:
        for section, key in [
            ("core", "fsmonitor"), ("core", "pager"), ("core", "sshCommand"), ("core", "gitProxy"), ("core", "editor"),
            ("core", "alternateRefsCommand"), ("core", "askPass"), ("diff", "external"), ('diff "evil"', "textconv"),
            ('diff "evil"', "command"), ('filter "evil"', "clean"), ('filter "evil"', "smudge"), ("gpg", "program"),
            ('filter "evil"', "process"), ("credential", "helper"), ("log", "showSignature"), ("alias", "rev-parse"),
        ]:  # fmt: skip
            config.write(
                f'[{section}]\n\t{key} = "!touch {marker} #"\n'.replace("!touch", "touch")
            )
        config.write(f'[remote "o"]\n\turl = "ext::touch {marker}"\n\tpromisor = true\n')
        config.write(
            "[extensions]\n\tpartialClone = o\n[core]\n\trepositoryformatversion = 1\n"
        )
    subprocess.run(["git", "diff"], cwd=repo, check=False, capture_output=True)
    assert marker.exists(), "the traps work"
    marker.unlink()
    result = concise("--since", "HEAD", ".")
    assert result.exit_code == 1, result.output
    assert git.run(repo, "cat-file", "-p", "0123456789012345678901234567890123456789").code != 0
    git.run(repo, "diff-index", "--cached", "-p", "HEAD")
    git.run(repo, "diff-tree", "-p", "HEAD")
    with pytest.raises(ValueError, match="status"):
        git.run(repo, "status")
    git.run(repo, "log", "-p")
    assert not marker.exists()


# -- how it ends -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_process_as_signals_do(
    repo: Path, number: signal.Signals, code: int
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "lint_langsmith", "--no-cache", "-"],
        cwd=repo, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    with process:
        assert process.stdin is not None
        process.stdin.write(
            b"#" * 300_000
        )  # more than a pipe holds: it reads, and the end is never sent
        process.stdin.flush()
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == -number, said
    assert 128 + number == code
    assert b"Traceback" not in said


def test_closed_streams(repo: Path) -> None:
    (repo / "a.py").write_text(FAULTY)
    assert program(repo, "a.py", before="exec <&-;").returncode == 1
    done = program(repo, "-", before="exec <&-;")
    assert done.returncode == 2
    assert done.stderr.startswith("lint-langsmith: error: standard input is closed")


@pytest.mark.parametrize("limit", [5, 16])
def test_few_descriptors_are_an_error_and_no_finding(repo: Path, limit: int) -> None:
    for number in range(60):
        (repo / f"a{number}.py").write_text(f"{FAULTY}# {'x' * 2000}\n")
    done = program(repo, ".", "-j8", before=f"ulimit -n {limit};")
    assert done.returncode == 2, done.stdout
    assert "Traceback" not in done.stderr


def test_a_root_holds_what_lies_in_it(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    root = Root.at(str(tmp_path / "a"))
    assert root.holds(str(tmp_path / "a"))
    assert root.holds(str(tmp_path / "a" / "b" / "c"))
    assert not root.holds(str(tmp_path / "ab"))
    assert not root.holds(str(tmp_path))
