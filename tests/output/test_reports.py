"""The writers: golden files, what the Actions runner makes of our annotations, and that no key gets out."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import NamedTuple

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lint_langsmith.findings import (
    Applicability,
    Edit,
    Finding,
    Fix,
    Persona,
    Related,
    Secret,
    Severity,
    Span,
)
from lint_langsmith.output.report import FORMATS, Report, UnknownFormatError, writer
from lint_langsmith.output.report.full import marked
from lint_langsmith.redaction import redact
from lint_langsmith.rules.registry import all_rules

GOLDEN = Path(__file__).parent / "golden"
ROOT = Path("/work tree/project")
SOURCE = "import os\n\nclient = Client(\n    timeout=3,\n)\n\tkey = '日本語', \"{}\"\n"


def finding(**changes: object) -> Finding:
    facts: dict[str, object] = {
        "code": "LS201",
        "name": "client-without-credentials",
        "severity": Severity.ERROR,
        "persona": Persona.REGULAR,
        "message": "`Client()` is built without credentials: nothing sets LANGSMITH_API_KEY",
        "path": "src/app.py",
        "span": Span(3, 10, 3, 16),
        "help": "set LANGSMITH_API_KEY",
    }
    return Finding(**{**facts, **changes})  # type: ignore[arg-type]


FINDINGS = (
    finding(),
    finding(
        code="LS301",
        name="uncaught-forbidden",
        severity=Severity.WARNING,
        message="a 403 is not caught\nnowhere",
        span=Span(3, 1, 5, 2),
        help=None,
        related=(
            Related("src/other.py", Span(1, 1, 1, 5), "`main()` [entry]", step=1),
            Related("src/app.py", Span(3, 10, 3, 16), "raised here", step=2),
        ),
        fix=Fix("catch it", Applicability.UNSAFE, (Edit(Span(3, 1, 3, 1), "try:\n"),)),
    ),
    finding(
        code="LS505",
        name="public-prompt-pull",
        severity=Severity.INFO,
        path="a,b:c%d.py",
        span=Span(6, 9, 6, 12),
    ),
)


def report(
    *findings: Finding, source: str = SOURCE, hidden: int = 2, colour: bool = False
) -> Report:
    return Report(
        findings=findings,
        roots=(ROOT,) * len(findings),
        sources=lambda _root, _path: source,
        contents=lambda _root, _path: source.encode("utf-8", "replace"),
        cwd=ROOT,
        base=ROOT,
        rules=lambda: tuple(
            rule for rule in all_rules() if rule.code in {"LS101", "LS201", "LS301"}
        ),
        files=7,
        hidden=hidden,
        colour=colour,
    )


@pytest.mark.parametrize(
    "name", [*FORMATS, "{path}:{line}:{column}-{end_line}: {severity:>7} {code:<6} {name}"]
)
def test_golden(name: str) -> None:
    """Write the files anew with UPDATE_GOLDEN=1, and read the difference."""
    path = GOLDEN / f"{name if name in FORMATS else 'template'}.txt"
    text = writer(name)(report(*FINDINGS))
    if name == "sarif":
        text = without_rule_pages(text)
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def without_rule_pages(text: str) -> str:
    """A SARIF log without what changes with the rules' docstrings and with each release."""
    log = json.loads(text)
    driver = log["runs"][0]["tool"]["driver"]
    driver |= {"version": "…", "semanticVersion": "…"}
    for rule in driver["rules"]:
        rule |= {
            "shortDescription": {"text": "…"},
            "fullDescription": {"text": "…"},
            "help": {"text": "…"},
        }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize(
    "name", ["full", "concise", "grouped", "jsonl", "github", "pylint", "azure", "{code}"]
)
def test_nothing_found_is_nothing_said(name: str) -> None:
    assert writer(name)(report(hidden=0)) == ""


JSON_SCHEMA = {
    "type": "object",
    "required": ["schema_version", "findings", "summary"],
    "additionalProperties": False,
    "properties": {
        "schema_version": {"const": 1},
        "summary": {
            "type": "object",
            "required": ["errors", "warnings", "infos", "files", "hidden", "rules"],
        },
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": [
                    *(
                        "code",
                        "name",
                        "severity",
                        "persona",
                        "message",
                        "help",
                        "path",
                        "line",
                        "column",
                        "end_line",
                    ),
                    *("end_column", "cell", "related", "fix", "url", "root"),
                ],
                "properties": {
                    "code": {"pattern": "^LS[0-9]{3}$"},
                    "name": {"pattern": "^[a-z0-9-]+$"},
                    "severity": {"enum": ["error", "warning", "info"]},
                    "persona": {"enum": ["regular", "pedantic", "auditor"]},
                    "message": {"type": "string"},
                    "help": {"type": ["string", "null"]},
                    "path": {"type": "string"},
                    "line": {"type": "integer", "minimum": 1},
                    "column": {"type": "integer", "minimum": 1},
                    "end_line": {"type": "integer", "minimum": 1},
                    "end_column": {"type": "integer", "minimum": 1},
                    "cell": {"type": ["integer", "null"]},
                    "related": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["path", "line", "column", "message"],
                        },
                    },
                    "fix": {"type": ["object", "null"]},
                    "url": {"pattern": "^https://"},
                    "root": {"type": "string"},
                },
            },
        },
    },
}


def test_json_keeps_its_schema_and_the_order_of_its_keys() -> None:
    content = json.loads(writer("json")(report(*FINDINGS)))
    jsonschema.validate(content, JSON_SCHEMA)
    required = JSON_SCHEMA["properties"]["findings"]["items"]["required"]  # type: ignore[index]
    assert list(content["findings"][0]) == required
    assert content["summary"]["rules"] == {"LS201": 1, "LS301": 1, "LS505": 1}


@pytest.mark.parametrize("name", ["json", "jsonl"])
def test_json_tells_the_projects_of_a_run_apart(name: str) -> None:
    whole = report(*FINDINGS[:1] * 3)
    text = writer(name)(
        msgspec.structs.replace(
            whole, roots=(ROOT / "one", ROOT / "two/deep", ROOT.parent / "beside")
        )
    )
    found = (
        json.loads(text)["findings"]
        if name == "json"
        else [json.loads(line) for line in text.splitlines()]
    )
    assert [item["root"] for item in found] == [
        "one",
        "two/deep",
        (ROOT.parent / "beside").as_posix(),
    ]
    assert {item["path"] for item in found} == {FINDINGS[0].path}


class Annotation(NamedTuple):
    """What the Actions runner reads of a command."""

    command: str
    properties: dict[str, str]
    message: str


def decode(line: str) -> Annotation | None:
    """As the runner does it (ActionCommand.cs): head up to the next `::`, properties split on commas, then unescape."""
    line = line.lstrip()
    if not line.startswith("::") or line.find("::", 2) < 0:
        return None
    end = line.find("::", 2)
    command, _, rest = line[2:end].partition(" ")
    properties = {}
    for part in filter(None, rest.strip().split(",")):
        key, separator, value = part.partition("=")
        if separator:
            properties[key] = unescape(
                value, (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
            )
    return Annotation(
        command,
        properties,
        unescape(line[end + 2 :], (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))),
    )


def unescape(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    for escaped, plain in pairs:
        text = text.replace(escaped, plain)
    return text


HOSTILE = (
    "a,b:c%d.py",
    "weird\ndir/x.py",
    "::error file=x::boo.py",
    "100%25.py",
    "tab\tx.py",
    "cr\rx.py",
    "日本.py",
)


@pytest.mark.parametrize("path", HOSTILE)
def test_annotations_survive_the_runner(path: str) -> None:
    item = finding(path=path, message="50% of a,b::c\nnext line")
    lines = writer("github")(report(item)).split("\n")
    found = decode(lines[0])
    assert found is not None
    assert found.command == "error"
    assert found.properties == {
        "title": "LS201 client-without-credentials",
        "file": path,
        "line": "3",
        "endLine": "3",
        "col": "10",
        "endColumn": "16",
    }
    assert "50% of a,b::c\nnext line" in found.message
    assert all(decode(line) is None for line in lines[1:])


def test_columns_only_on_one_line_and_messages_not_too_long() -> None:
    item = finding(span=Span(3, 1, 5, 2), message="x" * 9000)
    found = decode(writer("github")(report(item)).split("\n")[0])
    assert found is not None
    assert {"col", "endColumn"}.isdisjoint(found.properties)
    assert len(found.message) <= 4000


def test_the_ten_that_matter_first_and_a_line_for_the_rest() -> None:
    infos = [
        finding(severity=Severity.INFO, span=Span(line, 1, line, 2)) for line in range(1, 15)
    ]
    errors = [finding(span=Span(line, 1, line, 2)) for line in range(20, 33)]
    lines = writer("github")(report(*infos, *errors)).splitlines()
    commands = [found.command for found in map(decode, lines) if found is not None]
    assert commands == ["error"] * 10 + ["notice"] * 10
    assert any("and 3 more of severity error" in line for line in lines)
    assert sum(decode(line) is None and "LS201" in line for line in lines) == 3 + 4


@pytest.mark.parametrize("name", ["concise", "full"])
def test_a_path_that_looks_like_a_command_is_none(name: str) -> None:
    text = writer(name)(report(finding(path="::add-mask::x.py")))
    # Absolute paths and the working directory never begin with colons; a relative one gets a `./`.
    assert not any(line.startswith("::") for line in text.splitlines())
    assert "./::add-mask::x.py" in text


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{pth}", "did you mean `path`"),
        ("{path", "bad output template"),
        ("{path.parent}", "unknown field"),
        ("{path[0]}", "unknown field"),
        ("{code!r}", "conversions"),
        ("{line:{column}}", "nested"),
        ("{line:zz}", "can't be formatted"),
        ("{}", "unknown field"),
    ],
)
def test_bad_templates_are_refused(template: str, words: str) -> None:
    with pytest.raises(UnknownFormatError, match=re.escape(words)):
        writer(template)


def test_the_mark_stands_under_what_it_marks() -> None:
    shown, start, end = marked("\tkey = '日本語', x", Span(6, 9, 6, 12), [])
    assert shown == "    key = '日本語', x"
    assert (start, end) == (11, 17)
    long = "x = [" + "1, " * 200 + "Client()" + ", 2" * 200
    shown, start, end = marked(long, Span(1, 606, 1, 612), [])
    assert shown[start:end] == "Client"
    assert len(shown) < 200


def test_secrets_of_other_findings_are_masked_in_an_excerpt() -> None:
    key = made_up_key()
    source = f"a = Client(api_key='{key}')\n"
    at = Span(1, 21, 1, 21 + len(key))
    text = writer("full")(
        report(
            finding(span=Span(1, 5, 1, 11)),
            finding(code="LS101", span=at, secrets=(at,)),
            source=source,
        )
    )
    assert "*" * len(key) in text
    assert key[10:22] not in text


def made_up_key(seed: int = 7) -> str:
    digits = f"{seed * 0x9E3779B97F4A7C15F39CC0605CEDC834 % 16**32:032x}"
    body = f"{digits[:12]}4{digits[13:16]}8{digits[17:]}"
    return f"lsv2_pt_{body}_{digits[:10]}"


@given(
    seed=st.integers(1, 10**9),
    name=st.sampled_from([*FORMATS, "{message} {help} {path}"]),
    colour=st.booleans(),
    before=st.integers(0, 200),
    column=st.integers(1, 300),
)
def test_no_format_ever_shows_a_key(
    seed: int, name: str, colour: bool, before: int, column: int
) -> None:
    """In whatever field it comes, and wherever in a long line that an excerpt cuts."""
    key = made_up_key(seed)
    item = finding(
        message=f"found {key} here",
        help=f"take {key} out",
        path=f"src/{key}.py",
        related=(Related(f"{key}.py", Span(1, 1, 1, 2), f"also {key}", step=1),),
        fix=Fix(f"replace {key}", Applicability.UNSAFE, (Edit(Span(1, 1, 1, 2), key),)),
        span=Span(1, column, 1, column + 4),
    )
    text = writer(name)(
        report(item, source=f"{'x' * before} = '{key}'  # {key}{' y' * 100}\n", colour=colour)
    )
    assert all(
        key[start : start + 12] not in text for start in range(len("lsv2_pt_"), len(key) - 12)
    )


@given(seed=st.integers(1, 10**9), name=st.sampled_from(FORMATS), column=st.integers(1, 80))
def test_no_format_ever_shows_a_secret_of_another_shape(
    seed: int, name: str, column: int
) -> None:
    secret = f"{seed * 0x9E3779B97F4A7C15F39CC060 % 16**24:024x}"
    at = Span(1, 14, 1, 14 + len(secret))
    items = [
        finding(
            span=Span(1, column, 1, column + 5),
            related=(Related("src/app.py", at, "here", step=1),),
        ),
        finding(code="LS102", span=at, secrets=(at,)),
    ]
    text = writer(name)(report(*items, source=f"c = C(api_key{secret}, x=1)\n"))
    assert secret[1:13] not in text
    assert secret[-12:] not in text


def test_a_secret_can_not_be_turned_into_text() -> None:
    key = made_up_key()
    secret = Secret(key)
    for text in (
        str(secret),
        repr(secret),
        f"{secret}",
        f"{secret!r}",
        f"{secret}",
        format(secret, ">80"),
    ):
        assert key[8:20] not in text
    assert f"{secret}" == f"lsv2_pt_***{key[-2:]}"
    with pytest.raises(TypeError):
        __import__("pickle").dumps(secret)
    assert redact(f"a {key} b") == f"a lsv2_pt_***{key[-2:]} b"
