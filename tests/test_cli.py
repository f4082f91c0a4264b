"""The command line, as users run it: what is printed where, and with which exit code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from click.shell_completion import BashComplete
from click.testing import CliRunner
from terminals import run_on_terminal

from lint_langsmith.cli import main
from lint_langsmith.output.report import FORMATS

CLEAN = "print('hello')\n"
UNKNOWN = "from langsmith import LangSmithClient\n\nprint(LangSmithClient)\n"
WARNING = "import langsmith  # lint-langsmith: ignore[LS101] nothing here\n"


def run(
    cwd: Path, *args: str, stdin: str | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lint_langsmith", *args],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONUTF8": "1", **env},
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "clean.py").write_text(CLEAN)
    (tmp_path / "app.py").write_text(UNKNOWN)
    return tmp_path


def test_findings_give_one_and_go_to_stdout(project: Path) -> None:
    result = run(project)
    assert result.returncode == 1
    assert result.stdout.startswith("app.py:1:23: LS501 unknown-langsmith-api ")
    assert result.stderr == ""


def test_clean_gives_zero_and_no_word(project: Path) -> None:
    result = run(project, "clean.py")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_check_is_the_default_command(project: Path) -> None:
    assert run(project, "check", "app.py").stdout == run(project, "app.py").stdout


def test_a_path_called_like_a_command(project: Path) -> None:
    (project / "rule").mkdir()
    (project / "rule" / "x.py").write_text(UNKNOWN)
    assert "rule/x.py:1:" in run(project, "check", "rule").stdout
    assert "rule/x.py:1:" in run(project, "./rule").stdout
    assert "`lint-langsmith check rule`" in run(project, "rule", "LS101").stderr
    assert run(project, "rule", "LS101").stdout.startswith("# LS101")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["missing.py"], ["missing.py"]),
        (["apq.py"], ["did you mean app.py"]),
        (["--select", "LS777"], ["unknown rule `LS777`", "did you mean"]),
        (["--ignore", "hardcoded-apikey"], ["did you mean `hardcoded-api-key`"]),
        (["-f", "jsn"], ["did you mean `json`"]),
        (["-f", "{pth}"], ["did you mean `path`"]),
        (["-f", "{path"], ["bad output template"]),
        (["-f", "{path.__class__}"], ["unknown field"]),
        (["--fail-on", "errors"], ["error"]),
        (["--selct", "LS1"], ["--select"]),
        (["--config", "nope.toml"], ["nope.toml"]),
        (["-f", "json", "-f", "concise"], ["only one format"]),
    ],
)
def test_wrong_usage_gives_two_and_names_the_nearest(
    project: Path, args: list[str], words: list[str]
) -> None:
    result = run(project, *args)
    assert result.returncode == 2
    for word in words:
        assert word in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ([], 1),
        (["--fail-on", "never"], 0),
        (["--exit-zero"], 0),
        (["--select", "LS1"], 0),
        (["--ignore", "unknown-langsmith-api"], 0),
        (["--ignore", "LS5", "--extend-select", "LS501"], 1),
    ],
)
def test_what_decides_the_exit_code(project: Path, args: list[str], code: int) -> None:
    assert run(project, *args).returncode == code


def test_warnings_do_not_fail_on_error(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "a.py").write_text(WARNING)
    assert run(tmp_path).returncode == 1
    assert run(tmp_path, "--fail-on", "error").returncode == 0


def test_the_same_exit_code_for_every_format(project: Path) -> None:
    assert {
        run(project, "-f", name).returncode
        for name in ("full", "concise", "json", "github", "{code}")
    } == {1}


def test_several_formats_in_one_run(project: Path) -> None:
    result = run(project, "-f", "concise", "-f", "json:out/report.json", "-f", "github:gh.txt")
    assert result.stdout.startswith("app.py:1:23: LS501")
    report = json.loads((project / "out" / "report.json").read_text())
    assert [finding["code"] for finding in report["findings"]] == ["LS501"]
    assert (project / "gh.txt").read_text().startswith("::error ")


def test_output_file_is_whole_or_not_there(project: Path) -> None:
    result = run(project, "-f", "json", "-o", "deep/down/out.json")
    assert result.stdout == ""
    assert json.loads((project / "deep/down/out.json").read_text())["schema_version"] == 1
    (project / "file").touch()
    failed = run(project, "-o", "file/out.json")
    assert failed.returncode == 2
    assert "cannot write" in failed.stderr


def test_standard_input_under_a_name(project: Path) -> None:
    result = run(project, "-", "--stdin-filename", "src/new.py", stdin=UNKNOWN)
    assert result.stdout.startswith("src/new.py:1:23: LS501")
    assert run(project, "-", "--stdin-filename", "app.py", stdin=CLEAN).returncode == 0


def test_stdin_sees_the_project_around_it(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    code = "from langsmith import Client\n\nclient = Client()\n"
    assert "LS201" in run(tmp_path, "-", "--stdin-filename", "a.py", stdin=code).stdout
    (tmp_path / ".env.example").write_text("LANGSMITH_API_KEY=\n")
    assert run(tmp_path, "-", "--stdin-filename", "a.py", stdin=code).stdout == ""


def test_no_files_is_a_warning(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert (result.returncode, result.stdout) == (0, "")
    assert "no files to lint" in result.stderr


def test_show_files_and_why_others_are_skipped(project: Path) -> None:
    (project / "build").mkdir()
    (project / "notes.txt").touch()
    (project / "core").write_bytes(b"\x7fELF\0\0")
    (project / "data.json").write_text("[" + "1, " * 400_000 + "1]")
    (project / "app.js").write_text("var a;" * 2000)
    for name in ("logo.png", "uv.lock", "app.min.js", "package-lock.json"):
        (project / name).touch()
    result = run(project, "--show-files", "-v", "--exclude", "clean.py")
    assert result.stdout.splitlines() == ["app.py", "notes.txt", "pyproject.toml"]
    assert result.stderr.splitlines() == [
        "app.js: skipped, minified",
        "app.min.js: skipped, minified",
        "build: skipped, excluded by default",
        "clean.py: skipped, excluded",
        "core: skipped, binary",
        "data.json: skipped, larger than 1 MiB, so searched for keys alone",
        "logo.png: skipped, binary",
        "package-lock.json: skipped, a lock file",
        "uv.lock: skipped, a lock file",
    ]


def test_data_is_searched_for_keys_alone_and_that_is_said(tmp_path: Path) -> None:
    """Large data is not read for what it says; a key in it is found, also one that lies across two pieces."""
    filler = "[" + "1, " * 400_000
    for number in range(2):
        (tmp_path / f"runs-{number}.json").write_text(f"{filler}1]")
    result = run(tmp_path)
    assert result.returncode == 0
    assert result.stderr.splitlines() == [
        "lint-langsmith: 2 files are larger than 1 MiB, so searched for keys alone"
    ]
    assert not run(tmp_path, "--quiet").stderr
    key = "_".join(("lsv2", "pt", uuid.uuid4().hex, uuid.uuid4().hex[:10]))
    start = filler[: 1024 * 1024 - 2]
    (tmp_path / "runs-0.json").write_text(f'{start}"{key}"{filler[: 1024 * 300]}')
    result = run(tmp_path)
    assert result.returncode == 1
    assert "LS101" in result.stdout
    assert "1 file is larger than 1 MiB" in result.stderr


def test_a_long_list_is_data_and_a_short_one_may_set_variables(tmp_path: Path) -> None:
    """ECS takes a list of container definitions; an export of runs is a list too, and sets nothing."""
    entry = '{"name": "LANGSMITH_ENDPOINT", "value": "https://smith.langchain.com"}'
    definitions = f'[{{"name": "app", "environment": [{entry}]}}'
    (tmp_path / "task.json").write_text(f"{definitions}]")
    (tmp_path / "runs.json").write_text(definitions + ", 1" * 30_000 + "]")
    result = run(tmp_path)
    assert "task.json:1" in result.stdout
    assert "runs.json" not in result.stdout
    assert result.stderr.splitlines() == [
        "lint-langsmith: 1 file is larger than 64 KiB and a JSON list, so searched for keys alone"
    ]
    key = "_".join(("lsv2", "pt", uuid.uuid4().hex, uuid.uuid4().hex[:10]))
    (tmp_path / "runs.json").write_text(f'{definitions}{", 1" * 30_000}, "{key}"]')
    assert "runs.json:1" in run(tmp_path).stdout


def test_what_is_included_and_what_is_named_all_the_same(project: Path) -> None:
    (project / "notes.txt").touch()
    (project / "lint-langsmith.toml").write_text(
        'include = ["*.py"]\nextend-include = [".env*"]\n'
    )
    (project / ".env").touch()
    result = run(project, "--show-files", "-v")
    assert result.stdout.splitlines() == [".env", "app.py", "clean.py"]
    assert "notes.txt: skipped, not included" in result.stderr
    assert run(project, "notes.txt", "--show-files").stdout.splitlines() == ["notes.txt"]
    assert run(project, "notes.txt", "--show-files", "--force-exclude").stdout == ""


def test_show_settings_says_where_they_come_from(project: Path) -> None:
    (project / "lint-langsmith.toml").write_text('persona = "pedantic"\n')
    shown = run(project, "--show-settings").stdout
    assert 'persona = "pedantic"' in shown
    assert str(project / "lint-langsmith.toml") in shown


def test_force_exclude_holds_for_named_files(project: Path) -> None:
    assert run(project, "app.py", "--exclude", "app.py").returncode == 1
    quiet = run(project, "app.py", "--exclude", "app.py", "--force-exclude")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    told = run(project, "app.py", "--exclude", "app.py", "--force-exclude", "-v")
    assert "app.py: skipped, excluded\n" in told.stderr


def test_colour(project: Path) -> None:
    assert "\x1b[" not in run(project, "-f", "full").stdout
    assert "\x1b[31m" in run(project, "-f", "full", "--color", "always").stdout
    assert "\x1b[31m" in run(project, "-f", "full", FORCE_COLOR="1", NO_COLOR="").stdout
    assert "\x1b[" not in run(project, "-f", "full", NO_COLOR="1", FORCE_COLOR="1").stdout


def test_rule_explains_and_lists() -> None:
    here = Path(__file__).parent
    shown = run(here, "rule", "LS301").stdout
    assert shown.startswith("# LS301 uncaught-forbidden (error")
    assert "## Not flagged" in shown
    assert run(here, "rule", "uncaught-forbidden").stdout == shown
    assert "LS101 hardcoded-api-key" in run(here, "rule", "--all").stdout
    wrong = run(here, "rule", "uncaugt-forbidden")
    assert wrong.returncode == 2
    assert "did you mean `uncaught-forbidden`" in wrong.stderr


def test_version_and_help() -> None:
    here = Path(__file__).parent
    assert run(here, "--version").stdout.startswith("lint-langsmith")
    assert "--output-format" in run(here, "check", "--help").stdout
    assert "check PATHS" in run(here, "--help").stdout


@pytest.mark.parametrize("form", ["concise", "grouped", "full"])
def test_quiet_prints_findings_only_and_verbose_says_more(project: Path, form: str) -> None:
    loud, quiet = run(project, "-f", form), run(project, "-f", form, "--quiet")
    assert quiet.returncode == loud.returncode == 1
    assert quiet.stdout.strip() == loud.stdout[: loud.stdout.index("found 1 error")].strip()
    assert "files to look at" in run(project, "--verbose").stderr


def test_isolated_reads_no_configuration(project: Path) -> None:
    (project / "lint-langsmith.toml").write_text('ignore = ["LS501"]\n')
    assert run(project).returncode == 0
    assert "LS501" in run(project, "--isolated").stdout


def test_timings(project: Path) -> None:
    result = run(project, "--timings", "--no-cache")
    head, *lines = [
        line.removeprefix("lint-langsmith: ") for line in result.stderr.splitlines()
    ]
    rows = [line.split(maxsplit=3) for line in lines]
    assert [row[2] for row in rows[:9]] == [
        "find",
        "read",
        "parse",
        "link",
        "flow",
        "load",
        "check",
        "cache",
        "report",
    ]
    assert any(row[2:] == ["LS501", "1 finding"] for row in rows[9:])
    total = float(head.removeprefix("3 files in ").removesuffix(" s"))
    assert sum(float(row[0]) for row in rows) == pytest.approx(total * 1000, abs=5), (
        "nothing counts twice"
    )
    assert float(rows[2][0]) > 0, "parsing is a phase of its own"


def test_statistics_count_the_findings_of_each_rule(project: Path) -> None:
    (project / "second.py").write_text(UNKNOWN)
    result = run(project, "--statistics", "--no-cache")
    lines = [
        line.removeprefix("lint-langsmith: ").split() for line in result.stderr.splitlines()
    ]
    assert lines == [
        ["2", "findings", "of", "1", "rule"],
        ["2", "LS501", "[*]", "unknown-langsmith-api"],
    ]


@pytest.mark.parametrize(
    ("argument", "codes"),
    [
        ('select = ["LS9"]', {"LS501"}),  # `extend-select` stays as the file has it
        ("severity.LS501 = 'info'", {"LS501"}),
        ('select = ["LS9"]\nextend-select = ["LS5"]', {"LS501"}),
    ],
)
def test_a_setting_on_the_command_line_beats_the_files(
    project: Path, argument: str, codes: set[str]
) -> None:
    (project / "lint-langsmith.toml").write_text(
        'select = ["LS1"]\nextend-select = ["LS501"]\n'
    )
    result = run(project, "--config", argument, "-f", "json")
    found = {finding["code"] for finding in json.loads(result.stdout)["findings"]}
    assert found == codes
    again = run(
        project,
        "--config",
        argument,
        "--config",
        "extend-select = []",
        "--config",
        'select = ["LS9"]',
    )
    assert again.returncode == 0


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("selekt = []", "--config: unknown key `selekt`, did you mean `select`?"),
        ("select = [", "--config `select = [`: "),
        (
            "select = ['LS3O1']",
            "--config: `select`: unknown rule `LS3O1`, did you mean `LS301`?",
        ),
        ("select = 1", "--config: `select`: "),
    ],
)
def test_a_wrong_setting_on_the_command_line(project: Path, argument: str, words: str) -> None:
    result = run(project, "--config", argument)
    assert result.returncode == 2
    assert words in result.stderr


def test_mistakes_in_a_configuration_have_a_line(project: Path) -> None:
    path = project / "lint-langsmith.toml"
    path.write_text('exclude = []\nignore = ["LS3O1"]\n')
    assert (
        "lint-langsmith.toml:2: `ignore`: unknown rule `LS3O1`, did you mean `LS301`?"
        in run(project).stderr
    )
    path.write_text("exclude = []\nignore = [\n")
    assert "lint-langsmith.toml:3:1: " in run(project).stderr


def test_what_is_nearly_a_command_is_suggested(project: Path) -> None:
    result = run(project, "rulle", "LS301")
    assert "`rulle` is no command; did you mean `lint-langsmith rule`?" in result.stderr
    assert result.returncode == 2
    (project / "rulle").mkdir()
    assert "is no command" not in run(project, "rulle").stderr


def test_variables_give_options_that_hide_nothing_and_write_nothing(project: Path) -> None:
    listed = run(project, "check", "--help").stdout
    named = set(re.findall(r"LINT_LANGSMITH_[A-Z_]+", listed))
    options = {name.removeprefix("LINT_LANGSMITH_").lower() for name in named}
    assert options == {
        *(
            "output_format",
            "extend_select",
            "persona",
            "preview",
            "jobs",
            "no_cache",
            "color",
            "sarif_root",
            "cache_dir",
        )
    }
    assert (
        json.loads(run(project, LINT_LANGSMITH_OUTPUT_FORMAT="json").stdout)["summary"][
            "errors"
        ]
        == 1
    )
    for value in ("json:out.json", "{path}"):
        result = run(project, LINT_LANGSMITH_OUTPUT_FORMAT=value)
        assert result.returncode == 2
        assert "belongs to the command line" in result.stderr
    assert not (project / "out.json").exists()
    assert run(project, LINT_LANGSMITH_FIX="1", LINT_LANGSMITH_EXIT_ZERO="1").returncode == 1


def test_services_get_paths_of_the_repository(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    folder = tmp_path / "services" / "app"
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").touch()
    (folder / "a.py").write_text(UNKNOWN)
    place = "services/app/a.py"
    assert f",file={place},line=1," in run(folder, "-f", "github").stdout
    assert f";sourcepath={place};" in run(folder, "-f", "azure").stdout
    within = run(folder, "-f", "azure", "--sarif-root", str(folder.parent)).stdout
    assert ";sourcepath=app/a.py;" in within


def test_help_has_every_option_once(project: Path) -> None:
    shown = run(project, "check", "--help").stdout
    names = re.findall(r"(?m)^  (?:-\w, )?(--[\w-]+)", shown)
    assert len(names) == len({*names}) > 35
    assert shown.index("Most used:") < shown.index("--fix ") < shown.index("Rules:")


@pytest.mark.skipif(os.name == "nt", reason="there are no such terminals")
def test_a_clean_run_says_what_it_has_seen(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import langsmith\n")
    (tmp_path / "b.py").write_text("x = 1\n")
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "lint-langsmith.toml").write_text("exclude = ['c.py']\n")
    (tmp_path / "c.py").touch()
    shown = on_a_terminal(tmp_path)
    assert "no findings in 4 files, 1 of them names LangSmith; 1 skipped" in shown
    assert "no findings in 4 files, 1 of them names LangSmith; 1 skipped" in on_a_terminal(
        tmp_path
    ), "from the cache"
    assert "no findings in 1 file, 0 of them name LangSmith" in on_a_terminal(
        tmp_path, "b.py"
    ), "not even parsed"
    assert on_a_terminal(tmp_path, "-q") == on_a_terminal(tmp_path, "-f", "jsonl") == ""
    assert not run(tmp_path).stderr, "a pipe hears nothing"


def on_a_terminal(cwd: Path, *args: str) -> str:
    """What a run prints whose output goes to a terminal."""
    command = [sys.executable, "-m", "lint_langsmith", *args]
    variables = {**os.environ, "TERM": "dumb"}
    return run_on_terminal(command, cwd, variables, with_stdout=True)[2]


def test_a_reader_that_goes_away_is_no_error(project: Path) -> None:
    for number in range(400):
        (project / f"m{number}.py").write_text(UNKNOWN)
    command = f"{sys.executable} -m lint_langsmith . | head -1"
    result = subprocess.run(
        ["bash", "-c", command],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ},
    )
    assert "Traceback" not in result.stderr
    assert "BrokenPipe" not in result.stderr


def test_persona_counts_what_it_hides(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "lib.py").write_text(
        "import langsmith\n\n\ndef load(client, name):\n    return client.read_dataset(dataset_name=name)\n"
    )
    assert "1 more under `--persona auditor`" in run(tmp_path).stdout
    assert "lib.py:5:19: LS301" in run(tmp_path, "--persona", "auditor").stdout


def test_a_missing_path_gives_two_and_the_others_are_linted(project: Path) -> None:
    result = run(project, "app.py", "missing.py")
    assert result.returncode == 2
    assert result.stdout.startswith("app.py:1:23: LS501")
    assert "there is no file or folder missing.py" in result.stderr
    assert run(project, "--exit-zero", "clean.py", "missing.py").returncode == 2
    shown = run(project, "--show-files", "app.py", "missing.py")
    assert (shown.returncode, shown.stdout) == (2, "app.py\n")


def test_a_folder_is_no_configuration(project: Path) -> None:
    (project / "src").mkdir()
    result = run(project, "--config", "src")
    assert (result.returncode, result.stderr) == (
        2,
        "lint-langsmith: error: the configuration file src is a folder\n",
    )


def test_a_bad_format_in_the_configuration_names_its_file(project: Path) -> None:
    (project / "lint-langsmith.toml").write_text('output-format = "jsno"\n')
    result = run(project)
    assert result.returncode == 2
    assert (
        f"{project / 'lint-langsmith.toml'}: `output-format`: unknown output format `jsno`"
        in result.stderr
    )


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="there is no device that is always full"
)
@pytest.mark.parametrize("args", [["app.py"], ["--show-files"], ["rule", "--all"]])
def test_output_that_has_no_room_is_an_error_in_one_line(
    project: Path, args: list[str]
) -> None:
    command = [sys.executable, "-m", "lint_langsmith", *args]
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            command, cwd=project, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    words = "lint-langsmith: error: cannot write to standard output: No space left on device\n"
    assert (result.returncode, result.stderr) == (2, words)


@pytest.mark.skipif(os.name == "nt", reason="the shell closes the streams")
def test_closed_streams_are_no_fault(project: Path) -> None:
    command = f"{sys.executable} -m lint_langsmith app.py"
    for closed in (">&-", "2>&-", ">&- 2>&-"):
        result = subprocess.run(
            ["sh", "-c", f"{command} {closed}"], cwd=project, capture_output=True, check=False
        )
        assert (result.returncode, result.stderr) == (1, b"")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names of files are text")
def test_names_that_are_no_text_everywhere(project: Path) -> None:
    strange = os.fsdecode(b"b\xe9")
    (project / f"{strange}.py").write_text(UNKNOWN)
    (project / strange).mkdir()
    (project / strange / "c.py").write_text(UNKNOWN)
    for extra in ([], [], ["--no-cache"]):  # the cache is written, then read
        result = run(project, *extra)
        assert (result.returncode, result.stderr) == (1, "")
        assert "LS999" not in result.stdout
        assert result.stdout.count("LS501") == 3
    result = run(project, *(f"-f{name}:out/{name}" for name in FORMATS), f"{strange}.py")
    assert (result.returncode, result.stdout, result.stderr) == (1, "", "")
    assert "b%E9.py" in (project / "out" / "sarif").read_text()


def test_the_format_of_the_service_that_runs_it(project: Path) -> None:
    for variables, start in (
        ({"GITHUB_ACTIONS": "true", "TF_BUILD": ""}, "::error title="),
        ({"GITHUB_ACTIONS": "", "TF_BUILD": "True"}, "##vso[task.logissue"),
        ({"GITHUB_ACTIONS": "", "TF_BUILD": ""}, "app.py:1:23: LS501"),
    ):
        assert run(project, "-f", "auto", **variables).stdout.startswith(start)
    (project / "lint-langsmith.toml").write_text('output-format = "auto"\n')
    assert run(project, GITHUB_ACTIONS="true").stdout.startswith("::error title=")
    assert run(project, "-f", "concise", GITHUB_ACTIONS="true").stdout.startswith("app.py"), (
        "never unasked"
    )


def test_no_files_can_be_an_error(tmp_path: Path) -> None:
    assert run(tmp_path, "--require-files").returncode == 2
    assert "error: there are no files to lint" in run(tmp_path, "--require-files").stderr
    assert run(tmp_path).returncode == 0


def test_rules_and_settings_are_explained(tmp_path: Path) -> None:
    family = run(tmp_path, "rule", "LS30").stdout.splitlines()
    assert [line[:5] for line in family] == [
        "LS301",
        "LS302",
        "LS303",
        "LS304",
        "LS305",
        "LS306",
        "LS307",
    ]
    (rule,) = json.loads(run(tmp_path, "rule", "uncaught-forbidden", "--format", "json").stdout)
    assert (rule["code"], rule["severity"]) == ("LS301", "error")
    assert rule["page"].startswith(rule["summary"])
    assert 'fail-on = "error"' in run(tmp_path, "config", "fail-on").stdout
    assert "Not set by default." in run(tmp_path, "config", "baseline").stdout
    listed = json.loads(run(tmp_path, "config", "--format", "json").stdout)
    (fail_on,) = (setting for setting in listed if setting["key"] == "fail-on")
    assert fail_on["default"] == "warning"
    assert len(run(tmp_path, "config").stdout.splitlines()) == len(listed)
    for args, words in (
        (["rule", "LS9x"], "unknown rule `LS9x`"),
        (["config", "fail_on"], "did you mean `fail-on`?"),
    ):
        wrong = run(tmp_path, *args)
        assert (wrong.returncode, words in wrong.stderr) == (2, True)


def test_reading_leads_to_the_explanation(project: Path) -> None:
    assert run(project, "-f", "full").stdout.endswith(
        "\n`lint-langsmith rule CODE` explains a rule, `lint-langsmith why FILE:LINE` a finding\n"
    )
    assert "explains" not in run(project, "-f", "full", "-q").stdout
    assert run(project, "-f", "full", "clean.py").stdout == ""


def test_settings_that_are_not_set_are_no_empty_text(project: Path) -> None:
    shown = run(project, "--show-settings").stdout
    assert "# output-format is not set" in shown
    (project / "lint-langsmith.toml").write_text(shown)
    assert run(project, "clean.py").returncode == 0, "what is shown is a configuration"


@pytest.mark.parametrize(
    ("words", "incomplete", "expected"),
    [
        ([], "ru", ["rule", "ru"]),  # the last is for the shell, which completes it as a path
        ([], "--sel", ["--select"]),
        (
            [],
            "",
            [
                "check",
                "clean",
                "config",
                "fleet",
                "history",
                "init",
                "rule",
                "server",
                "why",
                "",
            ],
        ),
        (["check"], "sr", ["sr"]),
        (["--config"], "li", ["li"]),
        (["--select"], "LS1,LS90", ["LS1,LS900", "LS1,LS901", "LS1,LS902", "LS1,LS903"]),
        (["src/", "--ignore"], "uncaught", ["uncaught-forbidden"]),
        (["rule"], "LS90", ["LS900", "LS901", "LS902", "LS903"]),
        (["config"], "per", ["persona", "per-file-ignores"]),
    ],
)
def test_the_shell_completes(words: list[str], incomplete: str, expected: list[str]) -> None:
    found = BashComplete(main, {}, "lint-langsmith", "_COMPLETE").get_completions(
        words, incomplete
    )
    assert [item.value for item in found] == expected
    assert all(item.type == "file" for item in found if item.value == incomplete)


def test_the_help_of_all_shows_what_people_use_first() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output
    assert "..." not in shown.replace("[ARGS]...", ""), "a sentence is cut off"
    for option in ("--fix", "--select", "--ignore", "--output-format", "--since"):
        assert f" {option}" in shown
    assert "--baseline" not in shown
    of_check = CliRunner().invoke(main, ["check", "--help"]).output
    assert of_check.count("[PATHS]...") == 1, "an argument is no option"
