"""Keys in every spelling: masked wherever we print, and found where a file leaves no doubt."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import click.testing
import pytest
from casebook import Keys
from hypothesis import given
from hypothesis import strategies as st
from key_files import FILES, STILL_HIDDEN, Hidden
from key_forms import FORMS, FOUND, read_back
from test_reports import finding, made_up_key, report

from lint_langsmith.cli import main
from lint_langsmith.findings import Applicability, Edit, Fix, Related, Span
from lint_langsmith.output.printable import Medium, printable
from lint_langsmith.output.report import FORMATS, writer
from lint_langsmith.redaction import Decoded, key_like, redact
from lint_langsmith.sdk.keys import find_all

WINDOW = 12


def shows(text: str, key: str) -> bool:
    """Whether twelve characters of a key's digits can be read in a text, or be got out of it."""
    body = key[len("lsv2_pt_") :]
    parts = {body[at : at + WINDOW] for at in range(len(body) - WINDOW + 1)}
    plain = read_back(text)
    return any(part in text or part in plain for part in parts)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_can_be_read_back(form: str) -> None:
    key = made_up_key()
    assert shows(FORMS[form](key), key)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_masked(form: str) -> None:
    key = made_up_key()
    text = redact(f"before {FORMS[form](key)}; behind")
    assert not shows(text, key)
    assert text.startswith("before ")
    assert text.endswith("; behind")


def test_line_ends_in_a_key_stay() -> None:
    text = f"a\n{FORMS['Dockerfile continuation'](made_up_key())}\nb\n"
    assert redact(text).count("\n") == text.count("\n")


def test_what_is_decoded_stands_where_it_stood() -> None:
    text = 'x = "\\u006c\\u0073v2" + &#95;%255f \u200b!'
    decoded = Decoded(text)
    assert decoded.text == 'x = "lsv2" + __ !'
    assert text[slice(*decoded.original(5, 9))] == "\\u006c\\u0073v2"
    assert text[slice(*decoded.original(13, 14))] == "&#95;"
    assert text[slice(*decoded.original(14, 15))] == "%255f"


@given(st.text(st.sampled_from("\\u0041x&#;%25_'\" +\n\u200bals2v"), max_size=60))
def test_offsets_of_decoded_text_are_in_order(text: str) -> None:
    decoded = Decoded(text)
    spans = [decoded.original(at, at + 1) for at in range(len(decoded.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))


ORDINARY = (
    "the prefixes `lsv2_pt_` and `lsv2_sk_`, and 'lsv2_pt_' + rest",
    'key = "lsv2_pt_..." or "ls__..."',
    '{"primaryLocationLineHash": "d41d8cd98f00b204:1", "fingerprint": "d41d8cd98f00b204e9800998ecf8427e"}',
    "a\\\nb \\u0041 &lt;b&gt; %20 '' \"\" x\u200by",
    'prefix.startswith(("lsv2_pt_", "lsv2_sk_", "lsv2_"))',
)


@pytest.mark.parametrize("text", ORDINARY)
def test_nothing_else_is_masked(text: str) -> None:
    assert key_like(text) == []


@given(
    form=st.sampled_from(sorted(FORMS)),
    seed=st.integers(1, 10**9),
    medium=st.sampled_from(Medium),
)
def test_no_way_out_shows_a_key_in_any_form(form: str, seed: int, medium: Medium) -> None:
    key = made_up_key(seed)
    text = f"x: {FORMS[form](key)}"
    assert not shows(
        printable(json.dumps(text) if medium is Medium.JSON else text, medium), key
    )


@given(
    form=st.sampled_from(sorted(FORMS)),
    name=st.sampled_from([*FORMATS, "{path} {absolute_path} {message:.60} {help:>90}"]),
    seed=st.integers(1, 10**9),
    colour=st.booleans(),
    column=st.integers(1, 60),
)
def test_no_format_shows_a_key_in_any_form(
    form: str, name: str, seed: int, colour: bool, column: int
) -> None:
    key = made_up_key(seed)
    text = FORMS[form](key)
    item = finding(
        message=f"found `{text}` here",
        help=f"take {text} out",
        path=f"src/{text}.py".replace("\0", "\x01"),
        related=(Related(f"{text}.py", Span(1, 1, 1, 2), f"also {text}", step=1),),
        fix=Fix(f"replace {text}", Applicability.UNSAFE, (Edit(Span(1, 1, 1, 2), text),)),
        span=Span(1, column, 2, column + 4),
    )
    shown = writer(name)(
        report(item, source=f"KEY='{text}'\nexport LANGSMITH_API_KEY={text}\n\n", colour=colour)
    )
    assert not shows(shown, key)


@pytest.mark.parametrize("form", sorted(FOUND))
def test_forms_that_leave_no_doubt_are_found(form: str) -> None:
    key = made_up_key()
    text = f"LANGSMITH_API_KEY='{FORMS[form](key)}'\n"
    found = list(find_all(text, joints=True))
    assert [item.value for item in found] == [key]
    start, end = text.index("lsv2"), text.rindex(key[-4:]) + 4
    assert (found[0].start, found[0].end) == (start, end)


@pytest.mark.parametrize("form", sorted(FOUND))
def test_made_up_keys_are_not_found_in_other_forms_either(form: str) -> None:
    key = f"lsv2_pt_{'0123456789abcdef' * 2}_{'0' * 10}"
    assert not list(find_all(f"LANGSMITH_API_KEY='{FORMS[form](key)}'\n", joints=True))


def run(folder: Path, *arguments: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return click.testing.CliRunner().invoke(main, list(arguments)).output


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("run.sh", "export LANGSMITH_API_KEY={KEY[:20]}\\\n{KEY[20:]}\n", "1:26"),
        (
            "Dockerfile",
            'FROM python\nENV LANGSMITH_API_KEY="{KEY[:20]}\\\n{KEY[20:]}"\n',
            "2:24",
        ),
        ("run.bash", "LANGSMITH_API_KEY='{KEY[:20]}''{KEY[20:]}' python x\n", "1:20"),
        ("page.html", "<p>{KEY[:4]}&#x5f;pt&#x5F;{KEY[8:]}</p>\n", "1:4"),
        ("log.json", '{"LANGSMITH_API_KEY": "\\u006c{KEY[1:]}"}\n', "1:24"),
        ("link.txt", "key={KEY[:4]}%255Fpt%255F{KEY[8:]}\n", "1:5"),
    ],
)
def test_a_file_with_a_key_in_another_form_is_reported_once(
    tmp_path: Path, name: str, text: str, place: str
) -> None:
    keys = Keys(name)
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / name).write_text(keys.fill(text))
    output = run(
        tmp_path,
        "check",
        "--no-cache",
        "-f",
        "concise",
        "--select",
        "LS101,LS104",
        "--isolated",
    )
    assert re.findall(r"(?m)^([\w.]+:\d+:\d+): (LS10\d)", output) == [
        (f"{name}:{place}", "LS101")
    ]
    assert not shows(output, keys["KEY"])


@pytest.mark.parametrize("hidden", FILES, ids=[hidden.name for hidden in FILES])
def test_a_key_is_found_that_a_file_hides(hidden: Hidden, tmp_path: Path) -> None:
    key = Keys(hidden.name)["KEY"]
    path = tmp_path / hidden.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(hidden.text(key).encode())
    output = run(tmp_path, "check", "--no-cache", "--select", "LS101,LS999", "--isolated")
    assert ("LS101" in output) is (hidden.name not in STILL_HIDDEN)
    assert "LS999" not in output
    assert not shows(output, key)


# A key that is put together, one with a part of it beside it, and one that an object has.
IN_PARTS = {
    "composed": 'key = "{KEY[:20]}" + "{KEY[20:]}"\n',
    "a part beside it": 'import struct\n\na, b = struct.unpack("20s31s", b"{KEY}"[:20] + b"{KEY[20:]}")\n',
    "of an object": (
        "class Parts:\n    def __init__(self):\n"
        '        self.parts = ["{KEY[:20]}", "{KEY[20:]}"]\n\n'
        '    def key(self):\n        return "".join(self.parts)\n'
    ),
    "from its end": 'import langsmith\n\nkey = "{KEY.reversed}"[::-1]\n',
    "in base64": 'import base64\n\nkey = base64.b64decode("{KEY.base64}"[:30] + "{KEY.base64}"[30:])\n',
    "in hexadecimal digits": 'key = bytes.fromhex("{KEY.hex}").decode()\n',
}


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_shows_a_part_of_a_key(name: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    kept = {case: Keys(case) for case in IN_PARTS}
    for number, (case, text) in enumerate(IN_PARTS.items()):
        (tmp_path / f"case{number}.py").write_text(kept[case].fill(text))
    output = run(tmp_path, "check", "--no-cache", "-f", name, "--select", "LS101", "--isolated")
    assert "LS101" in output or name == "junit"
    for case, keys in kept.items():
        key = keys["KEY"]
        encoded = [keys.fill(f"{{KEY.{form}}}") for form in ("reversed", "base64", "hex")]
        assert not shows(output, key), case
        for text in encoded:
            body = text[10:-10]
            assert not any(body[at : at + 24] in output for at in range(len(body) - 24)), case
