"""Where the comments of each kind of file stand: what suppresses, what is only read, and what a fix may take out."""

from __future__ import annotations

import re
import shutil
import sysconfig
import time
from pathlib import Path, PurePosixPath
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linting import lint

from lint_langsmith.source.comments import remarks
from lint_langsmith.source.kinds import kind_of

ROOT: Final = Path(__file__).parents[2]
_I: Final = "lint-langsmith: ignore[LS101]"
# A file of each kind: `@` marks what is a comment, `%` one that is an example, `^` what is a text.
CASES: Final[dict[str, tuple[str, ...]]] = {
    "a.md": (
        "@<!-- I -->\nText. @<!-- I why -->\n",
        "`^<!-- I -->` and ``^# I ` ^# I`` then ^# I\n",
        "a `b\n^<!-- I --> c` d @<!-- I -->\n",
        "``a ` b `` ` c ``` ` @<!-- I --> `\n^<!-- I --> `\n",
        "\\`@<!-- I -->`\n",
        "- a `b\n- @<!-- I --> c` d\n",
        "| `a | b |\n| @<!-- I --> | c` |\n",
        "```\n^# I\n^<!-- I -->\n```\nb @<!-- I -->\n",
        "```text\n^# I\n```\n~~~json\n^// I\n~~~\n",
        "```python\nx = 1  %# I\ny = '^# I'\nz = '''\n^# I\n'''\n%# I\n```\n",
        "```sh title='a'\nexport A=1 %# I\necho '^# I'\n```\n",
        "```js\n%// I\nx /* no */ %/* I */\n```\n",
        "```yaml\na: b %# I\n```\n",
        "> ```python\n> %# I\n> ```\n",
        "- ```python\n  %# I\n  ```\n",
        "````markdown\n```python\n^# I\n```\n^<!-- I -->\n````\n@<!-- I -->\n",
        "``` ^# I ```\n@<!-- I -->\n",
        "a\n\n    ^<!-- I -->\n    ^# I\n\nb\n",
        "- a\n\n    @<!-- I -->\n\n          ^<!-- I -->\n",
        "1. a\n\n   ```python\n   %# I\n   ```\n",
        "---\na: b @# I\nc: '^# I'\n---\n^# I\n",
        "^// I\n^-- I\n^; I\n^.. I\n^noqa\n^# noqa\n",
        "<!-- See ^# I -->\n<!-- a\n^I\n-->\n",
        "```python\n%# I",
    ),
    "a.mdx": ("Text. @{/* I */}\n`^{/* I */}`\n@{/* I */}\n",),
    "a.rst": (
        "@.. I\n\nText ^# I, ``^.. I``::\n\n    ^# I\n    ^.. I\n\n@.. I\n",
        ".. code-block:: python\n\n   x = 1  %# I\n\nText ^.. I\n",
        ".. code-block:: text\n\n   ^# I\n",
    ),
    "a.html": (
        "<p>^# I ^// I</p> @<!-- I -->\n<script>\nx('^// I') @// I\n</script>\n<style>\na {} @/* I */\n</style>\n",
    ),
    "a.txt": ("^# I\n^<!-- I -->\n^// I\n",),
    "README": ("^# I\n",),
    "a.adoc": ("^# I\n^// I\n",),
    "requirements-dev.txt": ("a==1  @# I\n@# I\n",),
    "a.js": (
        "x = '^// I'; y = `\n^// I\n`; @// I\nz @/* I */\n# ^// I\n@// I\n".replace(
            "# ^// I", 'u = "^// I"'
        ),
    ),
    "a.sql": ("select '^-- I' @-- I\n@-- I\n",),
    "a.el": ('(a "^; I") @;; I\n',),
    ".env": (
        "@# I\nA=1 @# I\nB='1' @# I\nC=\"\n^# I\n\" @# I\nD=a^# I\nE= ^# I\nF=it's @# I\nexport G=1 @# I\n  @# I\n",
    ),
    "a.toml": (
        'a = \'^# I\' @# I\nb = \'\'\'\n^# I\n\'\'\'@# I\nc = "\\"^# I" @# I\nd = """\n^# I\n"""\n@# I\n',
    ),
    "a.ini": ("[a]\n@# I\n@; I\nb = 1 @# I\nc = d^# I\n",),
    "a.yaml": (
        "@# I\na: b @# I\nc: '^# I' @# I\nd: |\n  ^# I\ne: \"b^# I\"\nf: [a, @# I\n  b]\ng: 'a\n  ^# I\n  b'\n@# I\n",
        "run: | @# I\n  echo @# I\n  echo '^# I'\n@# I\nb: 1\n",
        "script:\n  - |\n    @# I\n  - b @# I\n",
        "data:\n  run.sh: |\n    x @# I\n  README.md: |\n    ^# I\n  b: |\n    ^# I\n@# I\n",
        "{{ a }}\nb: c @# I\nd: '^# I'\ne: |\n  ^# I\n",
    ),
    "a.json": ('{"a": "^// I"} @// I\n',),
    "a.sh": (
        "@# I\na=1 @# I\necho '^# I' \"\n^# I\n\" @# I\necho a^# I $# \\@# I\n".replace(
            "$# \\@# I", "$#"
        ),
        "cat <<E <<'F' @# I\n^# I\nE\n^# I\nF\n@# I\n",
        "echo \\'  @# I\n",
    ),
    "a.ps1": ('$env:A = "^# I" @# I\n',),
    "a.bat": ("^# I\n",),
    "Dockerfile": (
        "FROM a\n@# I\nENV A=1 ^# I\nRUN a \\\n  @# I\n  b @# I\nRUN <<E\n^# I\nE\nCOPY <<E /a\n^# I\nE\n@# I\n",
    ),
    "a.tf": ('a { b = "^# I" @# I\n} @// I\n@/* I */\nc = <<-E\n  ^# I\n  E\n@# I\n',),
    "a.weird": ("%# I\na %// I\nb^# I\n",),
}
_MARKS: Final = re.compile(r"[@%^](?=#|//|--|;|<!--|/\*|\{/\*|\.\.|I\n|noqa)")


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_is_a_comment(name: str, newline: str) -> None:
    for case in CASES[name]:
        marked = case.replace("\n", newline)
        text, wanted, at = "", set(), 0
        for match in _MARKS.finditer(marked):
            text += marked[at : match.start()]
            if match[0] != "^":
                begin = len(text) + (marked[match.end()] == "{")
                line = text.count("\n") + 1
                wanted.add((line, begin - (text.rfind("\n") + 1) + 1, match[0] == "%"))
            at = match.end()
        text = text + marked[at:]
        # The words come in afterwards: `I` is as long as no other word.
        found = {
            (remark.line, remark.column, remark.is_example)
            for remark in remarks(
                PurePosixPath(name), kind_of(PurePosixPath(name), text.encode()), _full(text)
            )
        }
        assert _columns(found, text) == wanted, case


def _full(text: str) -> str:
    return re.sub(r"\bI\b", _I, text)


def _columns(found: set[tuple[int, int, bool]], text: str) -> set[tuple[int, int, bool]]:
    """The columns as they are before the words came in."""
    lines = text.splitlines()
    longer = len(_I) - 1
    result = set()
    for line, column, is_example in found:
        before = _full(lines[line - 1])[: column - 1]
        result.add((line, column - longer * before.count(_I), is_example))
    return result


def test_the_text_of_a_comment_has_the_columns_of_the_file() -> None:
    text = f"Text. <!--  {_I} why --> more\n"
    (found,) = remarks(PurePosixPath("a.md"), "markdown", text)
    assert found.text == f"#     {_I} why"
    assert text.index("ignore") == found.column - 1 + found.text.index("ignore")
    assert text[found.column - 1 : found.end_column - 1] == f"<!--  {_I} why -->"


# -- what a fix takes out --------------------------------------------------------------------------------------------

REMOVED: Final = {
    "prose": ("a.md", "Text. <!-- I why --> More, see # 1.\n", "Text. More, see # 1.\n"),
    "hard break": ("a.md", "Text <!-- I -->  \nb\n", "Text  \nb\n"),
    "cell": ("a.md", "| a | b <!-- I --> |\n| - | - |\n", "| a | b |\n| - | - |\n"),
    "one of two": ("a.md", "Text <!-- lint-langsmith: ignore[LS101, LS998] -->\n", None),
    "between blocks": ("a.md", "- a\n\n<!-- I -->\n\n- b\n", None),
    "rst": ("a.rst", "a\n\n.. I\n\nb\n", None),
    "dotenv": (".env", "A=1 # I why\r\n# I\r\nB=2\n", "A=1\r\nB=2\n"),
    "yaml": ("a.yml", "a: 1  # I\n# I see #12\nb: 2\n", "a: 1\nb: 2\n"),
    "script in yaml": ("a.yml", "run: |\n  a # I\n", None),
    "json": ("a.jsonc", '{\n  // I\n  "a": 1 /* I */\n}\n', '{\n  "a": 1\n}\n'),
    "toml": ("a.toml", "# I\na = 1 # I\n", "a = 1\n"),
    "value of ini": ("a.ini", "[a]\nb = 1 # I\n", None),
    "ini": ("a.ini", "[a]\n; I\nb = 1\n", "[a]\nb = 1\n"),
    "shell": ("a.sh", "# I\na # I\n", "a\n"),
    "shell, goes on": ("a.sh", "echo a \\\n# I\necho b\n", None),
    "Dockerfile": ("Dockerfile", "FROM a\n# I\nRUN b # I\n", "FROM a\nRUN b\n"),
    "directive below": ("Dockerfile", "# I\n# escape=`\nFROM a\n", None),
    "Dockerfile, goes on": ("Dockerfile", "FROM a\nRUN b # I \\\n  c\n", None),
    "terraform": ("a.tf", "# I\na = 1 // I\n", "a = 1\n"),
    "javascript": ("a.js", "x = 1; // I\n", "x = 1;\n"),
    "other tool's": (
        "a.sh",
        "a # I  # shellcheck disable=SC1\n",
        "a # shellcheck disable=SC1\n",
    ),
    "unknown": ("a.weird", "# I\na\n", None),
}


@pytest.mark.parametrize("case", REMOVED)
def test_a_fix_takes_out_the_comment_alone(tmp_path: Path, case: str) -> None:
    name, before, after = REMOVED[case]
    path = tmp_path / name
    path.write_bytes(_full(before).encode())
    lint(tmp_path, "--isolated", "--fix", "--select", "LS101,LS901", name)
    wanted = _full(before) if after is None else after
    if case == "one of two":
        wanted = "Text <!-- lint-langsmith: ignore[LS998] -->\n"
    assert path.read_bytes().decode() == wanted


PYTHON: Final = {
    "mentions": "x = 1  # as in `y = 2  # lint-langsmith: ignore[LS101] why` and (# lint-langsmith: ignore[LS101])\n",
    "docstring": '"""Write `# lint-langsmith: ignore[LS101]`."""\n\nx = "# lint-langsmith: ignore[LS101]"\n',
}


@pytest.mark.parametrize("text", PYTHON.values(), ids=PYTHON)
def test_python_that_explains_a_comment(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.py").write_text(text)
    found = lint(tmp_path, "--isolated", "--fix", "--select", "LS9", "a.py")
    assert found.findings == ()
    assert (tmp_path / "a.py").read_text() == text


def test_a_number_in_a_reason_is_no_comment(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "x = 1  # lint-langsmith: ignore[LS101] see #12 of us  # type: ignore\n"
    )
    lint(tmp_path, "--isolated", "--fix", "--select", "LS101,LS901", "a.py")
    assert (tmp_path / "a.py").read_text() == "x = 1  # type: ignore\n"


# -- real documentation ----------------------------------------------------------------------------------------------


def documents() -> list[Path]:
    """The documentation of this project."""
    return [
        ROOT / "README.md",
        ROOT / "CHANGELOG.md",
        ROOT / "CONTRIBUTING.md",
        *sorted((ROOT / "docs").rglob("*.md")),
    ]


def test_our_own_documentation(tmp_path: Path) -> None:
    for path in documents():
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.md")}
    found = lint(tmp_path, "--isolated", "--persona", "auditor", "--fix", ".")
    assert [finding for finding in found.findings if finding.code.startswith("LS90")] == []
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.md")} == before


def installed_documents() -> list[Path]:
    folder = Path(sysconfig.get_path("purelib"))
    return sorted(
        path for suffix in ("*.md", "*.rst", "*.txt") for path in folder.rglob(suffix)
    )[:400]


@pytest.mark.parametrize("comment", ["# lint-langsmith: ignore[LS101] why", "# noqa: LS101"])
def test_a_comment_in_prose_anywhere_is_text(tmp_path: Path, comment: str) -> None:
    """The words of a comment behind every fifth line of documents that are installed: none is ever taken out."""
    before: dict[Path, bytes] = {}
    for number, source in enumerate(installed_documents()):
        lines = source.read_bytes().decode("utf-8", "replace").split("\n")
        lines[::5] = [f"{line} {comment}" for line in lines[::5]]
        path = tmp_path / f"{number}{source.suffix}"
        before[path] = "\n".join(lines).encode()
        path.write_bytes(before[path])
    found = lint(tmp_path, "--isolated", "--select", "LS101,LS9", "--fix", ".")
    matter = {
        finding.path
        for finding in found.findings
        if finding.code in {"LS901", "LS902", "LS903"}
    }
    assert matter == set()
    assert {path: path.read_bytes() for path in before} == before


PIECES: Final = [
    "`",
    "``",
    "```\n",
    "```python\n",
    "\n",
    "\n\n",
    "    ",
    "- ",
    "> ",
    "<!-- ",
    " -->",
    "# ",
    "a ",
    '"',
    "'",
]


@given(parts=st.lists(st.sampled_from([*PIECES, f"{_I} ", "noqa: LS101 "]), max_size=25))
def test_any_prose_can_be_asked(parts: list[str]) -> None:
    text = "".join(parts)
    for name in CASES:
        for remark in remarks(
            PurePosixPath(name), kind_of(PurePosixPath(name), text.encode()), text
        ):
            line = text.splitlines()[remark.line - 1]
            assert remark.text.startswith("#")
            assert 0 < remark.column < remark.end_column <= len(line) + 1


@pytest.mark.parametrize(
    ("name", "unit"),
    [("a.tf", "<<E\n"), ("a.md", "` `` "), ("a.md", f"a <!-- {_I} --> `a` \n")],
)
def test_the_time_doubles_with_the_text(name: str, unit: str) -> None:
    def seconds(size: int) -> float:
        text = f"{unit * (size // len(unit))}\n# {_I}\n"
        start = time.process_time()
        list(remarks(PurePosixPath(name), kind_of(PurePosixPath(name), text.encode()), text))
        return time.process_time() - start

    small, large = (min(seconds(size) for _ in range(3)) for size in (100_000, 400_000))
    assert large < 8 * small + 0.2
