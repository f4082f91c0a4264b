"""In a project with a history: baselines, changes since a revision, comments in bulk."""

from __future__ import annotations

import ast
import json
import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from test_reports import made_up_key

from lint_langsmith.cli import main
from lint_langsmith.findings import Finding, Persona, Severity, Span
from lint_langsmith.results.add_ignore import with_ignores
from lint_langsmith.results.since import changed_lines

# A module or name that never was is a finding of its own, whatever else changes in the rules.
BAD = "import langsmith.nothing_like_this\n"
WORSE = "def f():\n    import langsmith.nothing_at_all\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text(BAD)
    return tmp_path


def run(*args: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["check", *args], input=stdin, catch_exceptions=False)


def lines(result: Result) -> list[str]:
    return [line.partition(" ")[0] for line in result.stdout.splitlines() if ": LS" in line]


# -- baselines -------------------------------------------------------------------------------------------------------


def test_what_a_baseline_knows_is_not_reported(project: Path) -> None:
    written = run("--write-baseline", "known.json")
    assert (written.exit_code, written.stdout) == (0, "")
    assert "wrote 1 finding to" in written.stderr
    content = (project / "known.json").read_text()
    assert '"line' not in content
    rows = [line for line in content.splitlines() if '"path"' in line]
    assert json.loads(rows[0].strip().rstrip(",")).keys() == {
        "path",
        "code",
        "fingerprint",
        "count",
    }
    assert '"path": "src/a.py"' in rows[0]
    assert run("--baseline", "known.json").exit_code == 0
    assert run().exit_code == 1
    (project / "lint-langsmith.toml").write_text('baseline = "known.json"\n')
    assert run().exit_code == 0
    assert run("src/a.py").exit_code == 0


def test_a_baseline_lives_through_moves_and_formatting(project: Path) -> None:
    run("--write-baseline", "known.json")
    (project / "src" / "a.py").write_text(f'"""Docs."""\n\n\n{BAD.rstrip()}  # a remark\n')
    moved = run("--baseline", "known.json")
    assert (moved.exit_code, moved.stderr) == (0, "")


def test_an_entry_absorbs_as_many_as_it_counts(project: Path) -> None:
    run("--write-baseline", "known.json")
    (project / "src" / "a.py").write_text(BAD * 3)
    assert lines(run("--baseline", "known.json")) == ["src/a.py:2:8:", "src/a.py:3:8:"]
    run("--write-baseline", "known.json")
    assert '"count": 3' in (project / "known.json").read_text()
    assert run("--baseline", "known.json").exit_code == 0


def test_the_same_fault_elsewhere_is_new(project: Path) -> None:
    run("--write-baseline", "known.json")
    (project / "src" / "b.py").write_text(BAD)
    (project / "src" / "a.py").write_text(BAD + "\n\ndef f():\n    " + BAD)
    assert lines(run("--baseline", "known.json")) == ["src/a.py:5:12:", "src/b.py:1:8:"]


def test_names_of_files_that_are_no_text(project: Path) -> None:
    (project / "src" / "a.py").rename(project / "src" / os.fsdecode(b"b\xe9.py"))
    (project / "src" / "ä.py").write_text(BAD)
    assert run("--write-baseline", "known.json").exit_code == 0
    assert "src/ä.py" in (project / "known.json").read_text(encoding="utf-8")
    again = run("--baseline", "known.json", "--fail-on-stale-baseline")
    assert (again.exit_code, again.stderr) == (0, "")


def test_stale_entries_are_reported_and_pruned(project: Path) -> None:
    (project / "src" / "b.py").write_text(WORSE)
    run("--write-baseline", "known.json")
    (project / "src" / "b.py").unlink()
    (project / "src" / "a.py").write_text("import langsmith\n")
    known = ("--baseline", "known.json")
    assert "src/b.py: LS501" in run("src/a.py", *known).stderr, "a file that is gone"
    stale = run(*known)
    assert stale.exit_code == 0
    assert "2 findings of" in stale.stderr
    assert run(*known, "--fail-on-stale-baseline").exit_code == 1
    assert run(*known, "--select", "LS1").stderr.count("src/a.py") == 0, "its rule did not run"
    pruned = run(*known, "--prune-baseline")
    assert "took 2 findings out" in pruned.stderr
    assert json.loads((project / "known.json").read_text()) == {"version": 1, "findings": []}
    assert run(*known, "--fail-on-stale-baseline").exit_code == 0


def test_a_baseline_lives_through_a_renamed_file(project: Path) -> None:
    (project / "src" / "a.py").write_text(BAD + WORSE)
    run("--write-baseline", "known.json")
    (project / "app").mkdir()
    (project / "src" / "a.py").rename(project / "app" / "new.py")
    strict = ("--baseline", "known.json", "--fail-on-stale-baseline")
    moved = run(*strict)
    assert (moved.exit_code, moved.output) == (0, "")
    assert run("--baseline", "known.json", "app/new.py").exit_code == 0, "alone, as in a hook"
    # Another finding in it is new, and one that is mended is stale.
    (project / "app" / "new.py").write_text(BAD + BAD + WORSE)
    assert lines(run(*strict)) == ["app/new.py:2:8:"]
    (project / "app" / "new.py").write_text(BAD)
    assert "1 finding of" in run(*strict).stderr
    pruned = run("--baseline", "known.json", "--prune-baseline")
    assert "wrote the new names of 1 renamed file to" in pruned.stderr
    assert "took 1 finding out of" in pruned.stderr
    (row,) = json.loads((project / "known.json").read_text())["findings"]
    assert (row["path"], row["count"]) == ("app/new.py", 1)
    assert run(*strict).exit_code == 0


def test_what_is_no_renamed_file_is_new(project: Path) -> None:
    (project / "src" / "b.py").write_text(WORSE)
    (project / "src" / "c.py").write_text(BAD + WORSE + "import langsmith.no_third\n")
    run("--write-baseline", "known.json")
    known = ("--baseline", "known.json")
    # The file is still there.
    (project / "src" / "d.py").write_text(BAD)
    assert lines(run(*known)) == ["src/d.py:1:8:"]
    (project / "src" / "d.py").unlink()
    # Another one that the baseline knows has its findings.
    (project / "src" / "a.py").unlink()
    (project / "src" / "b.py").write_text(BAD + WORSE)
    assert lines(run(*known)) == ["src/b.py:1:8:"]
    (project / "src" / "b.py").write_text(WORSE)
    # A new one has less than half of them; two new ones cannot both be the one that is gone.
    (project / "src" / "c.py").unlink()
    (project / "src" / "e.py").write_text("import langsmith.no_third\n")
    (project / "src" / "f.py").write_text(BAD)
    (project / "src" / "g.py").write_text(BAD)
    assert len(lines(run(*known))) == 2
    assert "src/e.py:1:8:" in lines(run(*known))


def test_a_leaked_key_does_not_move_with_its_file(project: Path) -> None:
    (project / "src" / "a.py").write_text(f"key = '{made_up_key()}'\n")
    run("--write-baseline", "known.json", "--baseline-secrets")
    (project / "src" / "a.py").unlink()
    (project / "src" / "b.py").write_text(f"key = '{made_up_key(9)}'\n")
    assert lines(run("--baseline", "known.json")) == ["src/b.py:1:8:"]


def test_a_baseline_is_never_rewritten_unasked(project: Path) -> None:
    run("--write-baseline", "known.json")
    before = (project / "known.json").read_bytes()
    (project / "src" / "a.py").write_text("import langsmith\n")
    run("--baseline", "known.json")
    assert (project / "known.json").read_bytes() == before


def test_leaked_keys_are_left_out_unless_asked_for(project: Path) -> None:
    key = made_up_key()
    (project / "src" / "a.py").write_text(f"key = '{key}'\n")
    written = run("--write-baseline", "known.json")
    assert written.exit_code == 1
    assert "not 1 about leaked keys" in written.stderr
    assert '"findings": []' in (project / "known.json").read_text()
    asked = run("--write-baseline", "known.json", "--baseline-secrets")
    assert asked.exit_code == 0
    assert "LS101" in (project / "known.json").read_text()
    assert key[8:20] not in (project / "known.json").read_text() + asked.output
    (project / "src" / "a.py").write_text(f"key = '{made_up_key(9)}'\n")
    assert run("--baseline", "known.json").exit_code == 0, (
        "nothing of the key is in the fingerprint"
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "`--write-baseline` makes one"),
        ("{", "is no baseline"),
        ("\udcff", "is no baseline"),
        ('{"version": 2, "findings": []}', "of version 2"),
        ('{"version": 1, "findings": [{"path": "x"}]}', "is no baseline"),
    ],
)
def test_a_bad_baseline_is_an_error(project: Path, content: str | None, words: str) -> None:
    if content is not None:
        (project / "known.json").write_text(content, errors="surrogateescape")
    result = run("--baseline", "known.json")
    assert result.exit_code == 2
    assert words in result.stderr


# -- since a revision ------------------------------------------------------------------------------------------------


def git(folder: Path, *args: str) -> str:
    identity = {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org"}
    committer = {"GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.org"}
    environment = {**os.environ, **identity, **committer, "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(
        ["git", *args], cwd=folder, capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout.strip()


@pytest.fixture
def repository(project: Path) -> Path:
    git(project, "init", "-q", "-b", "main")
    git(project, "add", "-A")
    git(project, "commit", "-qm", "first")
    return project


def test_only_changed_lines_are_reported(repository: Path) -> None:
    assert run("--since", "HEAD").exit_code == 0
    (repository / "src" / "a.py").write_text(f"import os\n{BAD}\n{BAD.replace('this', 'that')}")
    (repository / "src" / "new.py").write_text(BAD)
    assert lines(run("--since", "HEAD")) == ["src/a.py:4:8:", "src/new.py:1:8:"]
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "second")
    assert run("--since", "HEAD").exit_code == 0
    assert lines(run("--since", "HEAD~1", "src")) == ["src/a.py:4:8:", "src/new.py:1:8:"]


def test_what_the_other_branch_changed_is_not_ours(repository: Path) -> None:
    git(repository, "checkout", "-qb", "feature")
    git(repository, "checkout", "-q", "main")
    (repository / "src" / "a.py").write_text("import langsmith\n")
    git(repository, "commit", "-qam", "fixed on main")
    git(repository, "checkout", "-q", "feature")
    assert run("--since", "main").exit_code == 0


def test_a_renamed_file_is_compared_with_what_it_was(repository: Path) -> None:
    (repository / "src" / "a.py").write_text("x = 1\n" * 20 + BAD)
    git(repository, "commit", "-qam", "longer")
    git(repository, "mv", "src/a.py", "src/b ä.py")
    assert run("--since", "HEAD").exit_code == 0
    git(repository, "commit", "-qm", "moved")
    (repository / "src" / "b ä.py").write_text("x = 1\n" * 20 + BAD + WORSE)
    assert lines(run("--since", "HEAD~1")) == ["src/b"]


def test_line_ends_alone_are_no_change(repository: Path) -> None:
    (repository / "src" / "a.py").write_bytes(BAD.replace("\n", "\r\n").encode())
    assert run("--since", "HEAD").exit_code == 0


def test_standard_input_is_compared_too(repository: Path) -> None:
    result = run("-", "--stdin-filename", "src/a.py", "--since", "HEAD", stdin=BAD + WORSE)
    assert lines(result) == ["src/a.py:3:12:"]


def test_an_unreadable_file_stays(repository: Path) -> None:
    (repository / "src" / "a.py").write_text("import langsmith\nx = (\n")
    git(repository, "commit", "-qam", "broken")
    assert "LS900" in run("--since", "HEAD").stdout


def test_bad_revisions_and_places_are_errors(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for revision in ("nowhere", "--output=x", "HEAD:src"):
        wrong = run(f"--since={revision}")
        assert wrong.exit_code == 2
        assert "there is no revision" in wrong.stderr
    assert not (repository / "x").exists()


def test_outside_of_git_is_an_error(project: Path) -> None:
    result = run("--since", "HEAD")
    assert result.exit_code == 2
    assert "needs a git repository" in result.stderr


def test_nothing_of_the_repository_is_run(repository: Path) -> None:
    (repository / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    for key in (
        "filter.evil.clean",
        "filter.evil.smudge",
        "diff.evil.textconv",
        "diff.evil.command",
    ):
        git(repository, "config", key, "touch ran; cat")
    git(repository, "config", "core.fsmonitor", "touch ran")
    git(repository, "config", "diff.external", "touch ran")
    (repository / "src" / "a.py").write_text(BAD + WORSE)
    assert lines(run("--since", "HEAD")) == ["src/a.py:3:12:"]
    assert not (repository / "ran").exists()


def test_fixes_touch_changed_lines_only(repository: Path) -> None:
    unused = "import langsmith  # noqa: LS101\n"
    (repository / "src" / "a.py").write_text(unused)
    git(repository, "commit", "-qam", "unused")
    (repository / "src" / "a.py").write_text(f"{unused}{unused}\nprint(langsmith)\n")
    run("--since", "HEAD", "--fix")
    assert (
        repository / "src" / "a.py"
    ).read_text() == f"{unused}import langsmith\n\nprint(langsmith)\n"


TEXTS = st.lists(st.sampled_from("abc"), max_size=12)


@given(before=TEXTS, after=TEXTS)
def test_unchanged_lines_are_a_common_part(before: list[str], after: list[str]) -> None:
    changed = changed_lines(before, after)
    assert changed <= set(range(1, len(after) + 1))
    rest = iter(before)
    assert all(
        line in rest for number, line in enumerate(after, start=1) if number not in changed
    )
    assert not changed_lines(after, after)
    if not before:
        assert len(changed) == len(after)


# -- comments in bulk ------------------------------------------------------------------------------------------------


def test_every_finding_gets_a_comment_and_a_second_run_adds_none(project: Path) -> None:
    (project / "src" / "b.py").write_text(WORSE)
    result = run("--add-ignore=before the linter", "src")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "ignored 2 findings in 2 files" in result.stderr
    comment = "  # lint-langsmith: ignore[LS501] before the linter\n"
    assert (project / "src" / "a.py").read_text() == BAD.rstrip() + comment
    assert (project / "src" / "b.py").read_text() == WORSE.rstrip() + comment
    assert run().exit_code == 0
    assert run("--add-ignore").stderr == ""


def test_the_path_behind_the_bare_option_is_no_reason(project: Path) -> None:
    (project / "b.py").write_text(BAD)
    assert run("--add-ignore", "src").exit_code == 0
    assert (
        project / "src" / "a.py"
    ).read_text() == BAD.rstrip() + "  # lint-langsmith: ignore[LS501]\n"
    assert (project / "b.py").read_text() == BAD


def test_keys_are_not_ignored_in_bulk(project: Path) -> None:
    (project / "src" / "a.py").write_text(f"key = '{made_up_key()}'\n")
    result = run("--add-ignore")
    assert (result.exit_code, "LS101" in result.stdout) == (1, True)
    assert "ignore" not in (project / "src" / "a.py").read_text()
    assert run("--add-ignore", "--select", "LS101").exit_code == 0
    assert run().exit_code == 0


def test_a_diff_shows_the_comments(project: Path) -> None:
    result = run("--add-ignore=why", "--diff")
    assert (
        "+import langsmith.nothing_like_this  # lint-langsmith: ignore[LS501] why"
        in result.stdout
    )
    assert (project / "src" / "a.py").read_text() == BAD


def at(line: int, code: str = "LS501") -> Finding:
    return Finding(
        code=code,
        name="x",
        severity=Severity.ERROR,
        persona=Persona.REGULAR,
        message="x",
        path="a.py",
        span=Span(line, 1, line, 2),
    )


COMMENTED = [
    (
        "x = 1  # type: ignore\n",
        [1],
        "x = 1  # type: ignore  # lint-langsmith: ignore[LS501]\n",
    ),
    (
        "x = 1  # lint-langsmith: ignore[LS101] old\n",
        [1],
        "x = 1  # lint-langsmith: ignore[LS101, LS501] old\n",
    ),
    (
        "x = 1  # lint-langsmith: ignore[LS501] old\n",
        [1],
        "x = 1  # lint-langsmith: ignore[LS501] old\n",
    ),
    ("x = '''\n  y\n'''\n", [2], "x = '''\n  y\n'''  # lint-langsmith: ignore[LS501]\n"),
    ("x = f'''\n{y}\n'''\n", [1], "x = f'''\n{y}\n'''  # lint-langsmith: ignore[LS501]\n"),
    ("x = 1 + \\\n    2\n", [1], "x = 1 + \\\n    2  # lint-langsmith: ignore[LS501]\n"),
    (
        "x = (\n    1,\n    2,\n)\n",
        [2],
        "x = (\n    1,  # lint-langsmith: ignore[LS501]\n    2,\n)\n",
    ),
    ("x = '# no'", [1], "x = '# no'  # lint-langsmith: ignore[LS501]"),
    (
        "with a as b:   \r\n    c\r\n",
        [1],
        "with a as b:  # lint-langsmith: ignore[LS501]\r\n    c\r\n",
    ),
    ("a; b\n", [1, 1], "a; b  # lint-langsmith: ignore[LS501]\n"),
]


@pytest.mark.parametrize(("text", "where", "expected"), COMMENTED)
def test_where_comments_go(text: str, where: list[int], expected: str) -> None:
    found = with_ignores(Path("a.py"), text.encode(), [at(line) for line in where], "")
    assert found.content == expected.encode()
    assert len(found.done) == len(where)


@pytest.mark.parametrize(
    ("name", "text", "line", "expected"),
    [
        (".env", "A=1\nB=2\n", 2, "A=1\n{}\nB=2\n"),
        (
            ".env",
            "# lint-langsmith: ignore[LS401] w\nB=2\n",
            2,
            "# lint-langsmith: ignore[LS401, LS501] w\nB=2\n",
        ),
        ("a.yml", "env:\n  A: 1\n", 2, "env:\n  {}\n  A: 1\n"),
        (
            "a.yml",
            "- run: |\n    x\n  env:\n    A: 1\n",
            4,
            "- run: |\n    x\n  env:\n    {}\n    A: 1\n",
        ),
        ("a.toml", "a = 1\nb = 2\n", 2, "a = 1\n{}\nb = 2\n"),
        ("a.ini", "[a]\nb = 2\n", 2, "[a]\n{}\nb = 2\n"),
        ("a.sh", "cat <<'E' x\ny\nE\nz\n", 4, "cat <<'E' x\ny\nE\n{}\nz\n"),
        ("a.sh", "# don't\nz\n", 2, "# don't\n{}\nz\n"),
        ("a.sh", 'a=$(( 1<<2 ))\necho \\"\nz\n', 3, 'a=$(( 1<<2 ))\necho \\"\n{}\nz\n'),
        ("a.ps1", 'cd "C:\\"\nz\n', 2, 'cd "C:\\"\n{}\nz\n'),
        ("Dockerfile", "ENV A=1 \\\n    B=2\n", 2, "ENV A=1 \\\n    {}\n    B=2\n"),
        ("a.tf", 'a {\n  b = "c"\n}\n', 2, 'a {\n  {}\n  b = "c"\n}\n'),
        (
            "a.jsonc",
            '{\n  "a": 1\n}\n',
            2,
            '{\n  // lint-langsmith: ignore[LS501]\n  "a": 1\n}\n',
        ),
        ("a.md", "Use it.\n", 1, "Use it. <!-- {} -->\n"),
        ("a.md", "a  \nb\n", 1, "a <!-- {} -->  \nb\n"),
        ("a.md", "| a | b |\n", 1, "| a | b <!-- {} --> |\n"),
        ("a.md", "```sh\na=1\n```\n", 2, "```sh\n{}\na=1\n```\n"),
        ("a.md", "```js\na=1\n```\n", 2, "```js\n// lint-langsmith: ignore[LS501]\na=1\n```\n"),
        ("a.md", "````\n```sh\n````\nb\n", 4, "````\n```sh\n````\nb <!-- {} -->\n"),
        ("a.md", "---\nkey: 1\n---\nb\n", 2, "---\n{}\nkey: 1\n---\nb\n"),
        (
            "a.md",
            "b <!-- lint-langsmith: ignore[x] w -->\n",
            1,
            "b <!-- lint-langsmith: ignore[x, LS501] w -->\n",
        ),
        ("a.mdx", "Use it.\n", 1, "Use it. {/* {} */}\n"),
    ],
)
def test_where_comments_go_in_other_files(
    name: str, text: str, line: int, expected: str
) -> None:
    found = with_ignores(Path(name), text.encode(), [at(line)], "")
    written = (
        "lint-langsmith: ignore[LS501]"
        if name.endswith((".md", ".mdx")) and "{} " in expected
        else None
    )
    assert found.content.decode() == expected.replace(
        "{}", written or "# lint-langsmith: ignore[LS501]"
    )
    assert found.done == (at(line),)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        (".env", "A='\nB=2\n'\n", 2),
        ("a.yml", "run: |\n  export A=1\n", 2),
        ("a.yml", "{{ x }}\nrun: |-\n\n  export A=1\n  b\n", 5),
        ("a.yml", "a: 'b\n  c\n  d'\n", 2),
        ("a.toml", "a = '''\nb\n'''\n", 2),
        ("a.json", '{\n"a": 1}\n', 2),
        ("langgraph.json", '{\n"a": 1}\n', 2),
        ("a.sh", "x \\\n  y\n", 2),
        ("a.sh", "cat <<E\nx\ny\nE\n", 3),
        ("a.sh", "echo 'x\ny'\n", 2),
        ("Dockerfile", "RUN <<E\nx\nE\n", 2),
        ("a.tf", "a = <<-E\n  x\n  E\n", 2),
        ("a.bat", "set A=1\r\n", 1),
        ("a.csv", "a,b\n", 1),
        ("a.md", "```\na\n```\n", 2),
        ("a.md", "```json\n{}\n```\n", 2),
        ("a.md", "[a]: https://example.org\n", 1),
        ("a.md", "a\n\n    code\n", 3),
        ("a.md", "a `b\nc` d\n", 1),
    ],
)
def test_no_comment_goes_where_it_would_be_more(name: str, text: str, line: int) -> None:
    found = with_ignores(Path(name), text.encode(), [at(line)], "")
    assert found == (text.encode(), ())


def test_one_finding_without_room_leaves_the_others_theirs() -> None:
    text = b"a = 1\nb = '''\nc\n'''\n"
    found = with_ignores(Path("a.toml"), text, [at(1), at(3)], "why")
    assert found == (b"# lint-langsmith: ignore[LS501] why\n" + text, (at(1),))


def test_a_reason_does_not_end_a_comment() -> None:
    found = with_ignores(Path("a.md"), b"a\n", [at(1)], "see --> there")
    assert found.content == b"a <!-- lint-langsmith: ignore[LS501] see  there -->\n"


def test_comments_in_all_kinds_of_files_suppress(project: Path) -> None:
    key = made_up_key()
    files = {
        "a.md": f"Use {key}.\n\n```sh\nexport K={key}\n```\n",
        ".env": f"LANGSMITH_API_KEY={key}\n",
        "a.yaml": f"a:\n  - key: {key}\n",
        "a.jsonc": f'{{\n  "key": "{key}"\n}}\n',
        "a.sh": f"export A={key}\n",
        "Dockerfile": f"FROM a\nENV A=1 \\\n    B={key}\n",
    }
    for name, text in files.items():
        (project / name).write_text(text)
    asked = ("--select", "LS101", "--add-ignore=a test key")
    result = run(*asked)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "ignored 7 findings in 6 files" in result.stderr
    after = {name: (project / name).read_text() for name in files}
    assert run(*asked).stderr == ""
    assert {name: (project / name).read_text() for name in files} == after


def test_findings_that_no_comment_can_ignore_are_named(project: Path) -> None:
    key = made_up_key()
    (project / "a.json").write_text(f'{{"key": "{key}"}}\n')
    (project / "a.toml").write_text(f"a = '{key}'\nb = '''\n{key}\n'''\n")
    (project / "src" / "a.py").write_text("import langsmith\n")
    result = run("--select", "LS101", "--add-ignore")
    assert result.exit_code == 1
    assert "a.json: 1 finding without a comment: JSON has no comments\n" in result.stderr
    assert (
        "a.toml: 1 finding without a comment: a comment there would be part of a text\n"
        in result.stderr
    )
    assert "`per-file-ignores`" in result.stderr
    assert "ignored 1 finding in 1 file" in result.stderr
    bulk = run("--add-ignore")
    assert "2 findings about leaked keys not ignored" in bulk.stderr
    assert "`--select LS101` insists" in bulk.stderr


PROGRAM = st.lists(
    st.sampled_from(
        [
            "x = 1",
            "x = '''a\nb'''  # c",
            "y = f'''{x}\n{x}'''",
            "if x:\n    pass",
            "z = (1,\n     2)",
            "w = 1 + \\\n    2",
            "@d\ndef f():\n    '''Doc.\n\n    More.'''",
        ]
    ),
    min_size=1,
    max_size=5,
)


@given(parts=PROGRAM, places=st.lists(st.integers(0, 30), min_size=1, max_size=4))
def test_comments_change_no_program(parts: list[str], places: list[int]) -> None:
    text = "\n".join(parts) + "\n"
    count = text.count("\n")
    found = with_ignores(
        Path("a.py"), text.encode(), [at(place % count + 1) for place in places], "r"
    ).content
    assert ast.dump(ast.parse(found)) == ast.dump(ast.parse(text))
    assert found.count(b"lint-langsmith") >= 1


# -- notebooks -------------------------------------------------------------------------------------------------------


def notebook(*cells: list[str]) -> str:
    made: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"c{number}",
            "metadata": {},
            "outputs": [],
            "source": cell,
        }
        for number, cell in enumerate(cells)
    ]
    return json.dumps(
        {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5},
        indent=1,
        ensure_ascii=False,
    )


CELLS = (
    [
        "%pip install langsmith\n",
        "import langsmith.nothing  # noqa: LS101, LS501\n",
        "import langsmith.nothing_like_this",
    ],
    ["x = '''é \"q\"\n", "'''\n", "import langsmith.nothing_at_all  # \\ \n", "y = 1\n"],
)


def sources(text: str) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(text)["cells"]]


def test_a_notebook_is_fixed_in_its_json(project: Path) -> None:
    path = project / "src" / "n.ipynb"
    path.write_text(notebook(*CELLS), encoding="utf-8")
    run("--fix", "src/n.ipynb")
    before = ["".join(cell) for cell in CELLS]
    before[0] = before[0].replace("LS101, ", "")
    assert sources(path.read_text(encoding="utf-8")) == before
    assert path.read_text(encoding="utf-8") == notebook(*CELLS).replace("LS101, ", "")
    assert "LS901" not in run("--diff", "src/n.ipynb").output


def test_a_notebook_gets_comments_in_its_cells(project: Path) -> None:
    path = project / "src" / "n.ipynb"
    path.write_text(notebook(*CELLS), encoding="utf-8")
    run("--fix", "src/n.ipynb")
    result = run('--add-ignore=old "code"', "src/n.ipynb")
    assert result.exit_code == 0, result.output
    first, second = sources(path.read_text(encoding="utf-8"))
    comment = '# lint-langsmith: ignore[LS501] old "code"'
    assert first.splitlines()[2] == f"import langsmith.nothing_like_this  {comment}"
    assert second.splitlines()[2] == f"import langsmith.nothing_at_all  # \\  {comment}"
    assert run("src/n.ipynb").exit_code == 0


def test_a_baseline_tells_the_lines_of_a_notebook_apart(project: Path) -> None:
    path = project / "src" / "n.ipynb"
    path.write_text(notebook(*CELLS), encoding="utf-8")
    run("--write-baseline", "known.json", "src/n.ipynb")
    rows = json.loads((project / "known.json").read_text())["findings"]
    assert [row["count"] for row in rows] == [1, 1, 1]
    longer = (["z = 0\n"], [*CELLS[0][:2], CELLS[0][2] + "\n", "print()"], CELLS[1])
    path.write_text(notebook(*longer), encoding="utf-8")
    moved = run("--baseline", "known.json", "src/n.ipynb")
    assert (moved.exit_code, moved.stderr) == (0, ""), moved.output
