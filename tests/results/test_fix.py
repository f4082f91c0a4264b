"""Fixes: edits put together, rounds, what is refused, and files written with all that they had."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from test_reports import made_up_key

from lint_langsmith.cli import main
from lint_langsmith.findings import Applicability, Edit, Finding, Fix, Persona, Severity, Span
from lint_langsmith.output.printable import printable
from lint_langsmith.results import fix
from lint_langsmith.results.run_result import Outcome
from lint_langsmith.source.edits import apply_edits
from lint_langsmith.source.text import LineIndex, decode

# -- edits -----------------------------------------------------------------------------------------------------------


def edit(
    line: int, column: int, end_column: int, content: str, end_line: int | None = None
) -> Edit:
    return Edit(Span(line, column, end_line or line, end_column), content)


def test_groups_that_meet_wait_and_those_that_begin_first_go_first() -> None:
    text = "abcdef\n"
    merged = apply_edits(
        text,
        [[edit(1, 3, 5, "X")], [edit(1, 1, 2, "Y"), edit(1, 4, 5, "Z")], [edit(1, 6, 7, "W")]],
    )
    assert (merged.text, merged.taken) == ("YbcZeW\n", (1, 2))
    assert apply_edits(text, [[edit(1, 1, 3, "X")], [edit(1, 3, 4, "Y")]]).taken == (0,), (
        "touching edits wait"
    )


def test_equal_edits_count_once() -> None:
    shared = edit(1, 1, 1, "# once\n")
    merged = apply_edits("a b\n", [[shared, edit(1, 1, 2, "A")], [shared, edit(1, 3, 4, "B")]])
    # The first group's own edits touch: that is its author's business. The second's insertion is the same one.
    assert (merged.text, merged.taken) == ("# once\nA B\n", (0, 1))


def test_imports_at_one_place_are_merged() -> None:
    def wants(statement: str, at: int) -> list[Edit]:
        return [edit(2, 1, 1, f"{statement}\n"), edit(3, at, at + 1, "!")]

    statements = [
        "from langsmith.utils import B",
        "import os",
        "from langsmith.utils import A",
        "import os",
    ]
    merged = apply_edits(
        "'doc'\n\n1 2 3 4\n", [wants(text, 2 * n + 1) for n, text in enumerate(statements)]
    )
    assert merged.text == "'doc'\nimport os\nfrom langsmith.utils import A, B\n\n! ! ! !\n"
    assert merged.taken == (0, 1, 2, 3)
    insertion = [edit(2, 1, 1, "import os\n")]
    for beside, text in (
        ([edit(2, 1, 2, "c")], "a\nimport os\nc\n"),
        ([edit(1, 1, 1, "", 2)], "import os\nb\n"),
    ):
        assert apply_edits("a\nb\n", [insertion, beside]) == (text, (0, 1))
    assert apply_edits("a\nb\n", [insertion, [edit(2, 1, 1, "x = 1\n")]]).taken == (0,)


@pytest.mark.parametrize(
    "outside", [edit(9, 1, 1, "x"), edit(1, 1, 9, "x"), edit(1, 3, 2, "x"), edit(1, 9, 9, "x")]
)
def test_an_edit_outside_the_text_is_never_made(outside: Edit) -> None:
    assert apply_edits("ab\ncd\n", [[outside], [edit(2, 1, 2, "X")]]) == ("ab\nXd\n", (1,))


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_inserted_lines_end_as_the_others(newline: str) -> None:
    text = f"a{newline}b{newline}"
    assert (
        apply_edits(text, [[edit(2, 1, 1, "x\ny\n")]]).text
        == f"a{newline}x{newline}y{newline}b{newline}"
    )


LINES = st.lists(st.text("ab\té", max_size=5), min_size=1, max_size=5)


@given(
    lines=LINES,
    marks=st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 6), st.text("xy\n", max_size=3))
    ),
)
def test_edits_that_are_apart_are_all_made(
    lines: list[str], marks: list[tuple[int, int, str]]
) -> None:
    text = "\n".join(lines)
    index = LineIndex(text)
    expected, position, groups = "", -1, []
    pieces = []
    for start, length, content in sorted(marks):
        if start > position and start + length <= len(text):
            pieces.append((start, start + length, content))
            position = start + length
    last = 0
    for start, end, content in pieces:
        expected += text[last:start] + content
        last = end
        groups.append([Edit(index.span(start, end), content)])
    merged = apply_edits(text, groups[::-1])
    assert merged.taken == tuple(range(len(groups)))
    assert merged.text == expected + text[last:]


# -- rounds ----------------------------------------------------------------------------------------------------------

ROOT = Path("/project")
PATH = ROOT / "a.py"


def finding(*edits: Edit, code: str = "LS801", safe: bool = True) -> Finding:
    return Finding(
        code=code,
        name="made-up",
        severity=Severity.WARNING,
        persona=Persona.REGULAR,
        message="x",
        path="a.py",
        span=edits[0].span if edits else Span(1, 1, 1, 2),
        fix=Fix("x", Applicability.SAFE if safe else Applicability.UNSAFE, edits)
        if edits
        else None,
    )


class Linter:
    """Judges one file by a table: what a word of it is to become."""

    def __init__(
        self, content: bytes, table: Mapping[str, str], *, safe: bool = True, broken: str = "\0"
    ) -> None:
        self.content, self.table, self.safe, self.broken = content, table, safe, broken
        self.runs = 0

    def __call__(self, overlay: Mapping[Path, bytes]) -> Outcome:
        self.runs += 1
        content = overlay.get(PATH, self.content)
        text = decode(content)
        index = LineIndex(text)
        found: list[Finding] = [finding(code="LS900")] if self.broken in text else []
        for word, instead in self.table.items():
            at = text.find(word)
            if at >= 0:
                found.append(
                    finding(Edit(index.span(at, at + len(word)), instead), safe=self.safe)
                )
        return Outcome(tuple((ROOT, item) for item in found), {PATH: content}, 1, False)

    def fixed(self, *, unsafe: bool = False) -> fix.Fixed:
        return fix.fix_all(self({}), self, {}, unsafe=unsafe)


def test_rounds_go_on_until_nothing_is_left() -> None:
    linter = Linter(b"one + two\n", {"one": "two", "two": "three"})
    fixed = linter.fixed()
    assert fixed.after == {PATH: b"three + three\n"}
    assert fixed.before == {PATH: b"one + two\n"}
    assert [item.code for _, item in fixed.done] == ["LS801"] * 3
    assert fixed.problems == ()
    assert fixed.outcome.findings == ()


def test_unsafe_fixes_are_made_only_when_asked_for() -> None:
    linter = Linter(b"one\n", {"one": "two"}, safe=False)
    assert linter.fixed().after == {}
    assert linter.fixed(unsafe=True).after == {PATH: b"two\n"}


def test_fixes_that_undo_each_other_change_nothing() -> None:
    fixed = Linter(b"one\n", {"one": "two", "two": "one"}).fixed()
    assert (fixed.before, fixed.after, fixed.done) == ({}, {}, ())
    assert "not settled after 10 rounds" in fixed.problems[0]
    assert "please report" in fixed.problems[0]
    growing = Linter(b"one\n", {"one": "one + one"}).fixed()
    assert growing.after == {}
    assert growing.problems


def test_a_fix_that_breaks_the_syntax_is_left_out_and_the_others_go_in() -> None:
    fixed = Linter(b"one\ntwo\nthree\n", {"one": "(", "two": "2", "three": "3"}).fixed()
    assert fixed.after == {PATH: b"one\n2\n3\n"}
    assert len(fixed.problems) == 1
    assert f"{PATH}:1: the fix of LS801 would break the file" in fixed.problems[0]


def test_fixes_that_break_the_syntax_only_together_go_one_by_one() -> None:
    # Either quote alone is refused with the other one standing; the first that holds is taken, then the rest again.
    content = b"x = [one, two]\n"
    fixed = Linter(content, {"one": "*a", "two": "*b"}).fixed()
    assert fixed.after == {PATH: b"x = [*a, *b]\n"}
    clash = Linter(b"def f():\n    one\n    two\n", {"one": "nonlocal x", "two": "3"}).fixed()
    assert clash.after == {PATH: b"def f():\n    nonlocal x\n    3\n"}


def test_a_file_that_can_not_be_read_after_its_fixes_gets_its_content_back() -> None:
    fixed = Linter(b"one\n", {"one": "bad"}, broken="bad").fixed()
    assert (fixed.after, fixed.done) == ({}, ())
    assert "can't be read any more" in fixed.problems[0]
    assert [item.code for _, item in fixed.outcome.findings] == ["LS801"]


def test_a_character_that_the_encoding_lacks_is_never_written() -> None:
    content = "# -*- coding: latin-1 -*-\none = 'é'\ntwo\n".encode("latin-1")
    fixed = Linter(content, {"one": "日", "two": "ü"}).fixed()
    assert fixed.after == {PATH: "# -*- coding: latin-1 -*-\none = 'é'\nü\n".encode("latin-1")}
    assert fixed.problems


@pytest.mark.parametrize(
    ("name", "before", "after", "sound"),
    [
        ("a.py", "x", "x =", False),
        ("a.py", "print 1", "print 2", True),
        ("a.pyi", "x: int", "x:", False),
        ("script", "#!/usr/bin/env python\nx", "#!/usr/bin/env python\n(", False),
        ("a.ipynb", "{}", "{", False),
        ("a.json", "{}", "[]", True),
        ("a.toml", "a = 1", "a = ", False),
        ("a.md", "x", "(", True),
    ],
)
def test_what_is_sound(name: str, before: str, after: str, sound: bool) -> None:
    assert fix.is_sound(Path(name), before, after) is sound


# -- writing ---------------------------------------------------------------------------------------------------------


def fixed_file(path: Path, before: bytes, after: bytes) -> fix.Fixed:
    outcome = Outcome((), {}, 1, False)
    return fix.Fixed(outcome, {path: before}, {path: after}, (), ())


def test_the_mode_stays(tmp_path: Path) -> None:
    real = tmp_path / "real.py"
    real.write_bytes(b"a")
    real.chmod(0o751)
    assert fix.write(fixed_file(real, b"a", b"b"), ()).problems == ()
    assert real.read_bytes() == b"b"
    assert stat.S_IMODE(real.stat().st_mode) == 0o751
    assert [path.name for path in tmp_path.iterdir()] == ["real.py"]


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.py").write_bytes(b"a")
    link = tmp_path / "link.py"
    link.symlink_to(tmp_path / "real.py")
    (problem,) = fix.write(fixed_file(link, b"a", b"b"), ()).problems
    assert problem == f"cannot write {link}: it is a link"
    assert (tmp_path / "real.py").read_bytes() == b"a"


def test_a_file_with_two_names_is_written_once(project: Path) -> None:
    (project / "link.py").symlink_to(project / "a.py")
    result = run("--fix", "a.py", "link.py")
    assert result.exit_code == 0, result.stderr
    assert (project / "a.py").read_text() == FIXED
    assert (project / "link.py").is_symlink()


def test_a_file_that_changed_meanwhile_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"new")
    (problem,) = fix.write(fixed_file(path, b"old", b"fixed"), ()).problems
    assert "changed while it was linted" in problem
    assert path.read_bytes() == b"new"
    result = fix.write(fixed_file(path, b"old", b"fixed"), ())
    assert (result.after, fix.headline(result)) == ({}, "fixed 0 findings in 0 files")
    path.unlink()
    (problem,) = fix.write(fixed_file(path, b"old", b"fixed"), ()).problems
    assert "cannot write" in problem
    assert not path.exists()


def test_a_write_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    (problem,) = fix.write(fixed_file(path, b"old", b"new"), ()).problems
    assert "No space left" in problem
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.py"]
    assert path.read_bytes() == b"old"


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everything")
def test_a_write_protected_file_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"old")
    path.chmod(0o444)
    assert "write-protected" in fix.write(fixed_file(path, b"old", b"new"), ()).problems[0]
    assert path.read_bytes() == b"old"


# -- the command line ------------------------------------------------------------------------------------------------

UNUSED = (
    "import langsmith  # lint-langsmith: ignore[LS101] none\n\n"
    "print(langsmith)  # type: ignore  # noqa: LS101, F401\n"
)
FIXED = "import langsmith\n\nprint(langsmith)  # type: ignore  # noqa: F401\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "a.py").write_text(UNUSED)
    return tmp_path


def run(*args: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["check", *args], input=stdin, catch_exceptions=False)


def test_fix_writes_and_a_second_run_changes_nothing(project: Path) -> None:
    result = run("--fix", "--show-fixes")
    assert (result.exit_code, result.stdout) == (0, "")
    assert (
        "fixed 2 findings in 1 file\n- a.py:\n    2 x LS901 (unused-suppression)"
        in result.stderr
    )
    assert (project / "a.py").read_text() == FIXED
    before = (project / "a.py").stat().st_mtime_ns
    assert run("--fix").stderr == ""
    assert (project / "a.py").stat().st_mtime_ns == before


def test_what_is_left_is_still_reported(project: Path) -> None:
    (project / "b.py").write_text("import langsmith.nothing_like_this  # noqa: LS101\n")
    result = run("--fix")
    assert result.exit_code == 1
    assert result.stdout.startswith("b.py:1:8: LS501")
    assert (project / "b.py").read_text() == "import langsmith.nothing_like_this\n"


def test_fix_only_says_nothing_of_the_rest(project: Path) -> None:
    (project / "b.py").write_text("import langsmith.nothing_like_this\n")
    assert run("b.py").exit_code == 1
    result = run("--fix-only")
    assert (result.exit_code, result.stdout) == (0, "")
    assert (project / "a.py").read_text() == FIXED


def test_diff_changes_nothing_and_says_by_its_exit_code_whether_it_would(project: Path) -> None:
    result = run("--diff")
    assert result.exit_code == 1
    assert result.stdout.startswith(
        "--- a.py\n+++ a.py\n@@ -1,3 +1,3 @@\n-import langsmith  # lint-langsmith"
    )
    assert "would fix 2 findings in 1 file" in result.stderr
    assert (project / "a.py").read_text() == UNUSED
    (project / "a.py").write_text(FIXED)
    clean = run("--diff")
    assert (clean.exit_code, clean.stdout) == (0, "")


def test_a_diff_shows_no_key(project: Path) -> None:
    key = made_up_key()
    (project / "a.py").write_text(f"key = '{key}'  # noqa: LS301\n")
    result = run("--diff")
    assert "-key = 'lsv2_pt_***" in result.stdout
    assert key[8:20] not in result.output


def test_standard_input_comes_out_fixed_and_findings_go_to_standard_error(
    project: Path,
) -> None:
    source = UNUSED.replace("\n", "\r\n").encode() + b"import langsmith.nothing_like_this\r\n"
    result = run("-", "--stdin-filename", "a.py", "--fix", stdin=source)
    assert (
        result.stdout_bytes
        == FIXED.replace("\n", "\r\n").encode() + b"import langsmith.nothing_like_this\r\n"
    )
    assert "a.py:4:8: LS501" in result.stderr
    assert result.exit_code == 1
    assert (project / "a.py").read_text() == UNUSED


@pytest.mark.parametrize(
    ("encoding", "cookie", "newline"),
    [
        ("utf-8", "", "\r\n"),
        ("utf-8-sig", "", "\n"),
        ("latin-1", "# coding: latin-1\n", "\n"),
        ("utf-8", "", "\r"),
    ],
)
def test_encoding_mark_and_line_ends_stay(
    project: Path, encoding: str, cookie: str, newline: str
) -> None:
    def as_bytes(text: str) -> bytes:
        return (cookie + text + "name = 'é'").replace("\n", newline).encode(encoding)

    (project / "a.py").write_bytes(as_bytes(UNUSED))
    assert run("--fix").exit_code == 0
    assert (project / "a.py").read_bytes() == as_bytes(FIXED)


def test_fixable_findings_are_marked(project: Path) -> None:
    assert "a.py:1:44: LS901 unused-suppression [*] no finding" in run("-f", "concise").stdout
    full = run("-f", "full").stdout
    assert "warning[LS901 unused-suppression] [*]: no finding" in full
    assert "= fix: Remove the entry" in full
    assert "\nfound 2 warnings in 1 file; 2 fixable with `--fix`\n" in full


ENTRIES = st.lists(
    st.sampled_from(["LS101", "LS301", "blank-api-key", "LS501"]),
    min_size=1,
    max_size=4,
    unique=True,
)
COMMENTS = st.builds(
    lambda form, entries, separator, reason, before: (
        f"{before}# {form}[{separator.join(entries)}]{reason}"
    ),
    st.sampled_from(["lint-langsmith: ignore", "lint-langsmith:file-ignore"]),
    ENTRIES,
    st.sampled_from([",", ", ", " , "]),
    st.sampled_from(["", " a reason", " one # type: ignore"]),
    st.sampled_from(["", "# pyright: ignore  "]),
)
STATEMENTS = st.sampled_from(
    ["import langsmith", "x = 1", "def f():\n    pass", "y = (\n    1,\n)", ""]
)


@settings(max_examples=25)
@given(lines=st.lists(st.tuples(STATEMENTS, COMMENTS | st.just("")), max_size=5))
def test_no_unused_suppression_is_left_after_fixing(
    lines: Iterable[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = "import langsmith\n" + "".join(f"{code}  {comment}\n" for code, comment in lines)
    folder = tmp_path_factory.mktemp("fix")
    (folder / "pyproject.toml").touch()
    (folder / "a.py").write_text(text)
    name = str(folder / "a.py")
    assert run(name, "--fix").exit_code == 0, text
    fixed = (folder / "a.py").read_text()
    assert "lint-langsmith" not in fixed
    assert fixed.count("type: ignore") == text.count("type: ignore")
    assert fixed.count("pyright") == text.count("pyright")
    assert run(name, "--diff").exit_code == 0


@pytest.mark.parametrize(
    "content",
    [
        UNUSED.encode(),
        UNUSED.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + UNUSED.replace("\n", "\r\n").encode(),
        UNUSED.rstrip().encode(),
        UNUSED.encode() + b"x = '\\x0c\\u2028'\n",
        (UNUSED + "x = '\u2028 ä'\n").encode(),
    ],
)
def test_a_difference_can_be_applied(project: Path, content: bytes) -> None:
    path = project / "a.py"
    path.write_bytes(content)
    shown = run("--diff", "a.py")
    assert shown.exit_code == 1
    assert "keys are masked" not in shown.stderr
    applied = subprocess.run(
        ["git", "apply", "-p0"],
        input=shown.stdout_bytes,
        cwd=project,
        capture_output=True,
        check=False,
    )
    assert applied.returncode == 0, applied.stderr
    by_git = path.read_bytes()
    path.write_bytes(content)
    run("--fix", "a.py")
    assert path.read_bytes() == by_git


def test_a_difference_with_masked_keys_says_that_it_can_not_be_applied(project: Path) -> None:
    (project / "a.py").write_text(f"key = '{made_up_key()}'\n{UNUSED}")
    shown = run("--diff", "a.py")
    assert made_up_key()[8:20] not in shown.output
    assert (
        "keys are masked in this difference: it is for reading, and can't be applied"
        in shown.stderr
    )


def test_a_terminal_takes_no_orders_from_a_difference() -> None:
    assert (
        printable("a\x1b[2J\tb\r\n\x9bc\x00d é\u2028")
        == "a\\x1b[2J\tb\r\n\\x9bc\\x00d é\\u2028"
    )
