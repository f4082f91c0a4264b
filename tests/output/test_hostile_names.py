"""Names and lines of linted code that would give orders: to a terminal, to a service that reads a log, to a page."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import click.testing
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from key_forms import strings_of
from test_reports import decode, finding, report

from lint_langsmith.cli import main
from lint_langsmith.findings import Applicability, Edit, Fix, Related, Span
from lint_langsmith.output.printable import Medium, one_line, printable, safe_path
from lint_langsmith.output.report import FORMATS, medium_of, writer

UNFIT = (
    *(
        "\x1b[2J",
        "\x1b]0;title\x07",
        "\x9b31m",
        "\x00",
        "\x08",
        "\x0b",
        "\x0c",
        "\x7f",
        "\x85",
        "\u2028",
        "\u2029",
    ),
    *(
        "\u202e",
        "\u2066",
        "\u200f",
        "\u200b",
        "\ufeff",
        "\udce9",
        "\ud83d",
        "\U000e0041",
        "\r",
        "\n",
        "\r\n",
        "\t",
    ),
)
ORDERS = (
    *(
        "::error file=x::y",
        "::add-mask::x",
        " ::warning::x",
        "\u3000::notice::x",
        "\t::error::x",
        "##[error]x",
    ),
    *(
        "##vso[task.setvariable variable=x]y",
        "###[set-env name=x]y",
        "##VSO[task.complete]",
        "##teamcity[message]",
    ),
    *("##vso[task.logissue type=error;]x", "::error title=LS1::x"),
)
MARKUP = (
    "<script>alert(1)</script>",
    "<img src=x onerror=y>",
    '" onclick="x',
    "']]>",
    "&lt;b&gt;",
    "</style>",
    "<!--",
)
PIECES = (*UNFIT, *ORDERS, *MARKUP, "a", "é", "日", "👩\u200d💻", " ", "`", "|")
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
TEMPLATES = (
    "{path}:{line} {message}",
    "{message}",
    "{help}\n{path}",
    " {message}",
    ":{message}",
    "{absolute_path}",
)


def is_order(line: str) -> bool:
    """Whether GitHub's runner, Azure's agent or TeamCity takes a line for a command."""
    return decode(line) is not None or re.search(r"(?i)##(?:vso|teamcity)?\[", line) is not None


def is_unfit(character: str) -> bool:
    return character not in "\n\t\u200c\u200d" and unicodedata.category(character) in {
        "Cc",
        "Cf",
        "Cs",
        "Zl",
        "Zp",
    }


@given(
    name=st.sampled_from([*FORMATS, *TEMPLATES]),
    path=HOSTILE.map(lambda text: text.lstrip("/") or "x.py"),
    text=HOSTILE,
    line=HOSTILE,
    colour=st.booleans(),
)
@example(
    name="sarif", path="\ud83d\udc80", text="", line="", colour=False
)  # halves of characters: Windows has such names
@example(
    name="junit", path="x.py", text="\r", line="", colour=False
)  # a line end of ours comes behind it
def test_no_format_passes_on_an_order(
    name: str, path: str, text: str, line: str, colour: bool
) -> None:
    item = finding(
        message=text,
        help=text or None,
        path=path,
        related=(
            Related(path, Span(1, 1, 1, 2), text, step=1),
            Related(path, Span(2, 1, 2, 2), text),
        ),
        fix=Fix(text, Applicability.UNSAFE, (Edit(Span(1, 1, 1, 1), text),)),
        span=Span(1, 1, 1, 3),
    )
    # Eleven of a kind: GitHub gets the last one as a plain line.
    shown = writer(name)(report(*[item] * 11, source=f"{line}\n{line}\n", colour=colour))
    if colour:
        shown = re.sub(r"\x1b\[(?:0|1|31|33|34|36)m", "", shown)
    assert not [character for character in shown if is_unfit(character)]
    shown.encode("utf-8")
    assert not [line for line in lines_of(name, shown) if is_order(line)]
    assert_well_formed(name, shown)


def lines_of(name: str, shown: str) -> list[str]:
    """The lines of an output without what is ours of them: the heads of commands."""
    lines = shown.split("\n")
    if name == "azure":
        return [line.removeprefix("##vso[task.logissue ") for line in lines]
    if name == "github":
        return [re.sub("^::(?:error|warning|notice) title=LS", "", line) for line in lines]
    return lines


def assert_well_formed(name: str, shown: str) -> None:
    if medium_of(name) is Medium.JSON:
        for text in shown.splitlines() if name == "jsonl" else [shown]:
            for string in strings_of(text):
                string.encode("utf-8")
    if name == "junit":
        ET.fromstring(shown)
    if name == "html":
        page = Page()
        page.feed(shown)
        assert page.tags <= TAGS
        assert page.attributes <= ATTRIBUTES


TAGS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "main",
        "section",
        "article",
        "h1",
        "h2",
        "h3",
        "p",
    ),
    *(
        "ul",
        "ol",
        "li",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "a",
        "b",
        "i",
        "span",
        "code",
        "pre",
        "mark",
    ),
    *("details", "summary"),
}
ATTRIBUTES = {"lang", "charset", "name", "content", "http-equiv", "class", "href", "id", "open"}


class Page(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


@given(st.text(st.characters() | st.sampled_from("\x1b\x9b\u202e#:[vso\n\r ")))
def test_what_is_printed_is_fit(text: str) -> None:
    for medium in (Medium.TEXT, Medium.HTML, Medium.XML):
        shown = printable(text, medium)
        assert not [item for item in shown if is_unfit(item) and item not in "\r\t"]
    shown = printable(text)
    assert "\r" not in shown.replace("\r\n", "")
    assert not any(is_order(line) for line in shown.split("\n"))
    assert printable(shown) == shown
    assert one_line(text) == "".join(one_line(text).splitlines())
    assert json.loads(printable(json.dumps(text, ensure_ascii=False), Medium.JSON)) == re.sub(
        "[\ud800-\udfff]", lambda match: one_line(match[0]), text
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31m\x9bb\u202e", "a\\x1b[31m\\x9bb\\u202e"),
        ("caf\udce9.py", "caf\\xe9.py"),
        ("x\U000e0041\ud83d", "x\\U000e0041\\ud83d"),
        ("::error::x\n  ::y\na ::b", "\\x3a:error::x\n  \\x3a:y\na ::b"),
        ("###[error]", "##\\x23[error]"),
        ("日本 é 👩\u200d💻\t|", "日本 é 👩\u200d💻\t|"),
    ],
)
def test_what_is_unfit_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_path_stays_one_path() -> None:
    assert safe_path("a\n::error::b.py") == "a\\n::error::b.py"
    assert safe_path(" ::error::b.py") == "./ ::error::b.py"


def test_only_the_commands_of_a_template_are_commands() -> None:
    item = finding(message="::error::x")
    assert (
        writer("::warning file={path}::{message}")(report(item))
        == "::warning file=src/app.py::::error::x\n"
    )
    assert writer("{message}")(report(item)) == "\\x3a:error::x\n"
    assert (
        writer("##[group]{code}\n{message}")(report(item)) == "##[group]LS201\n\\x3a:error::x\n"
    )


# -- the program -----------------------------------------------------------------------------------------------------

NAMES = (
    *(
        b"esc\x1b[31mRED\x1b]0;pwn\x07.py",
        b"c1\xc2\x9b31m.py",
        b"rtl\xe2\x80\xaegpj.py",
        b"caf\xe9.py",
    ),
    *(
        b"##vso[task.setvariable variable=x]y.py",
        b"nl\n::error file=x::pwned\n.py",
        b"vt\x0b::error::z.py",
    ),
    *(b"u2028\xe2\x80\xa8::error::x.py", b" ::add-mask::x.py", b"nel\xc2\x85x.py"),
)
PROGRAM = "import langsmith.nothing_like_this\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    if sys.platform != "linux":
        pytest.skip("such names are for Linux")
    for name in NAMES:
        (tmp_path / os.fsdecode(name)).write_text(PROGRAM)
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "b.env").write_text("LANGSMITH_TRACKING\x1b=1\n")
    return tmp_path


def run(folder: Path, *arguments: str) -> click.testing.Result:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return click.testing.CliRunner().invoke(main, ["check", "--no-cache", *arguments])


COMMANDS = (
    *(("-f", name) for name in FORMATS),
    *(("-f", template) for template in TEMPLATES),
    *(
        ("--show-files", "-v"),
        ("--show-settings",),
        ("-v", "--statistics"),
        ("--diff",),
        ("--exit-zero", "-q"),
    ),
    *(
        ("::error::x",),
        ("a\n::error::x.py",),
        ("--select", "x\n::error::y"),
        ("--config", "\x1b[31m\n::error::x"),
    ),
    *(
        ("--no-\n::error::x",),
        ("--persona", "\x1b\n::error::"),
        ("-f", "\x1b\n::error::x"),
        ("--baseline", "\n::e::x"),
    ),
    *(
        ("-v", "--exclude", "*", os.fsdecode(NAMES[0]), "--force-exclude"),
        ("--show-fixes", "--fix"),
    ),
)


@pytest.mark.parametrize("command", COMMANDS, ids=repr)
def test_nothing_that_is_printed_is_an_order(
    folder: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    result = run(folder, *command)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    lines = lines_of(command[-1], result.output)
    assert not [line for line in lines if is_order(line)]
    assert not [
        character for character in result.output if is_unfit(character) and character != "\t"
    ]


def test_one_name_is_one_line(folder: Path) -> None:
    assert len(run(folder, "--show-files").stdout.splitlines()) == len(NAMES) + 2


def test_a_difference_for_a_tool_is_not_touched(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CI", "GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"):
        monkeypatch.delenv(name, raising=False)
    assert "-LANGSMITH_TRACKING\x1b=1\n" in run(folder, "--diff").stdout
    monkeypatch.setenv("CI", "true")
    result = run(folder, "--diff")
    assert "-LANGSMITH_TRACKING\\x1b=1\n" in result.stdout
    assert "control characters are escaped in this difference" in result.stderr


def test_a_difference_in_a_file_is_no_log(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    patch = tmp_path_factory.mktemp("patch") / "fixes.patch"
    command = [sys.executable, "-m", "lint_langsmith", "check", "--no-cache", "--diff"]
    environment = {**os.environ, "CI": "true", "PYTHONPATH": str(Path(__file__).parents[2])}
    with patch.open("wb") as stream:
        subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdout=stream,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    assert b"-LANGSMITH_TRACKING\x1b=1\n" in patch.read_bytes()


@pytest.mark.parametrize("encoding", ["ascii:strict", "cp437"])
@pytest.mark.parametrize("name", ["json", "jsonl", "sarif", "junit", "full"])
def test_an_output_is_whole_whatever_the_encoding(
    tmp_path: Path, name: str, encoding: str
) -> None:
    if sys.platform != "linux":
        pytest.skip("such names are for Linux")
    (tmp_path / os.fsdecode(b"caf\xe9.py")).write_text(PROGRAM)
    (tmp_path / "日本é.py").write_text(PROGRAM, encoding="utf-8")
    environment = {
        **os.environ,
        "PYTHONIOENCODING": encoding,
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    command = [
        sys.executable,
        "-m",
        "lint_langsmith",
        "check",
        "--no-cache",
        "--select",
        "LS501",
        "-f",
        name,
    ]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 1, done.stderr
    if not medium_of(name).is_utf8:
        text = done.stdout.decode(encoding.partition(":")[0])
        assert text.count("LS501") == 2
        return
    text = done.stdout.decode("utf-8")
    if name == "junit":
        found = {str(case.get("file")) for case in ET.fromstring(text).iter("testcase")}
    else:
        found = set(paths_of(name, text))
    assert found == {
        "caf\\xe9.py" if name != "sarif" else "caf%E9.py",
        "日本é.py" if name != "sarif" else SARIF_NAME,
    }


SARIF_NAME = "%E6%97%A5%E6%9C%AC%C3%A9.py"


def paths_of(name: str, text: str) -> Iterator[str]:
    if name == "sarif":
        for result in json.loads(text)["runs"][0]["results"]:
            yield result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    else:
        objects = (
            json.loads(text)["findings"]
            if name == "json"
            else map(json.loads, text.splitlines())
        )
        yield from (item["path"] for item in objects)


@pytest.mark.parametrize(
    "command",
    [("rule", "LS101", "--format", "json"), ("config", "--format", "json"), ("--help",)],
)
def test_no_command_needs_utf8(command: tuple[str, ...]) -> None:
    environment = {
        **os.environ,
        "PYTHONIOENCODING": "ascii:strict",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    done = subprocess.run(
        [sys.executable, "-m", "lint_langsmith", *command],
        env=environment,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    if "--help" not in command:
        json.loads(done.stdout)
