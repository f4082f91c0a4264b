"""The fixtures themselves: the notation is read as it is documented, and the pages keep to it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import casebook
import pytest

PAGE = """\
# LS101 page

```env .env.example
LANGSMITH_API_KEY=
```

## Group

Prose.

### First

```py
A = "{KEY}"  # LS101
B = C  # noqa: LS101  # LS901 warning; LS302 info pedantic +2: both words
```

```text
no name, but a language: an error
```
"""


def parse(text: str) -> list[casebook.Case]:
    return casebook.parse_page("LS101", text)


def all_cases() -> list[casebook.Case]:
    return [
        case
        for page in (*casebook.pages(), *casebook.more_pages())
        for case in casebook.read_page(page)
    ] + casebook.read_projects()


def test_block_with_a_language_needs_a_name() -> None:
    with pytest.raises(casebook.BadPageError, match="no file name"):
        parse(PAGE)


def test_a_case_has_the_files_of_the_page_and_its_own() -> None:
    (case,) = parse(PAGE.replace("```text", "```"))
    assert case.id == "LS101/First"
    assert [block.name for block in case.blocks] == [".env.example", "main.py"]


def test_expectations_are_read_and_cut_off() -> None:
    (case,) = parse(PAGE.replace("```text", "```"))
    assert case.expected() == [
        casebook.Expected("main.py", 1, "LS101"),
        casebook.Expected("main.py", 2, "LS302", "info", "pedantic", 2, "both words"),
        casebook.Expected("main.py", 2, "LS901", "warning"),
    ]
    assert (
        casebook.strip_expectations(case.blocks[1].text)
        == 'A = "{KEY}"\nB = C  # noqa: LS101\n'
    )


def test_codes_of_one_entry_and_doubles() -> None:
    (case,) = parse("# LS301 x\n\n## a\n\n```py\nf(g())  # LS301 LS301 LS501: name\n```\n")
    assert [entry.code for entry in case.expected()] == ["LS301", "LS301", "LS501"]
    assert {entry.fragment for entry in case.expected()} == {"name"}


@pytest.mark.parametrize(
    "comment", ["# LS301 fatal", "# LS301, LS302", "# LS301 because it is", "# LS301; "]
)
def test_an_unreadable_expectation_is_an_error(comment: str) -> None:
    (case,) = parse(f"# LS301 x\n\n## a\n\n```py\nf()  {comment}\n```\n")
    with pytest.raises(casebook.BadPageError):
        case.expected()


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("# LS301 x\n\n## a\n\n```py\nf()\n", "never closed"),
        ("# LS301 x\n\n## a\n\n```py\n```\n\n## a\n\n```py\n```\n", "two cases"),
        ("# LS301 x\n\n## a\n\n```py\n```\n\n```py main.py\n```\n", "second main.py"),
        ("no heading at all\n", "no heading"),
    ],
)
def test_a_page_that_breaks_the_notation_is_an_error(page: str, message: str) -> None:
    with pytest.raises(casebook.BadPageError, match=message):
        parse(page)


def test_a_longer_fence_holds_a_shorter_one(tmp_path: Path) -> None:
    (case,) = parse("# LS101 x\n\n## a\n\n````md notes/README.md\n```py\nx\n```\n````\n")
    case.write(tmp_path)
    assert (tmp_path / "notes/README.md").read_text() == "```py\nx\n```\n"


def test_files_are_written_as_the_block_says(tmp_path: Path) -> None:
    (case,) = parse(
        "# LS101 x\n\n## a\n\n```py main.py encoding=utf-16 newline=crlf\nä = 1  # LS101\n```\n"
    )
    case.write(tmp_path)
    assert (tmp_path / "main.py").read_bytes().decode("utf-16") == "ä = 1\r\n"
    assert (tmp_path / "pyproject.toml").read_bytes() == b""


def test_keys_have_the_shape_that_their_name_says() -> None:
    keys = casebook.Keys("seed")
    version_4 = "[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}"
    assert re.fullmatch(f"lsv2_pt_{version_4}_[0-9a-f]{{10}}", keys["KEY"])
    assert re.fullmatch(f"lsv2_sk_{version_4}_[0-9a-f]{{10}}", keys["SERVICE_KEY"])
    assert re.fullmatch(f"ls__{version_4}", keys["LEGACY_KEY"])
    assert re.fullmatch(f"lsv2_pt_{version_4}_[0-9a-f]{{10}}", keys["PATTERNED_KEY"])
    for name in ("RANDOM_KEY", "FAKE_KEY", "REPEATED_KEY", "PERIODIC_KEY"):
        assert re.fullmatch("lsv2_pt_[0-9a-f]{32}_[0-9a-f]{10}", keys[name])
        assert not re.fullmatch(f"lsv2_pt_{version_4}_[0-9a-f]{{10}}", keys[name])
    assert keys["KEY"] != keys["KEY2"] != casebook.Keys("other")["KEY2"]
    assert casebook.Keys("seed")["KEY2"] == casebook.Keys("seed")["KEY2"]


def test_placeholders_and_their_parts_are_filled_in() -> None:
    keys = casebook.Keys("seed")
    key = keys["KEY"]
    assert keys.fill("{KEY[:8]}|{KEY[8:40]}|{KEY[41:]}") == f"lsv2_pt_|{key[8:40]}|{key[41:]}"
    assert keys.fill("{KEY.upper}") == "lsv2_pt_" + key[8:].upper()
    assert keys.fill("{KEY.base64}").startswith("bHN2Ml")
    assert keys.fill("{HEAD}{KEYS}{key}") == "{HEAD}{KEYS}{key}"
    assert keys.genuine == [key]


def test_no_page_holds_a_key() -> None:
    for page in [*casebook.pages(), *casebook.FIXTURES.rglob("*.py")]:
        text = page.read_text(encoding="utf-8")
        assert not re.search("(?i)lsv2_[a-z]{2}_[0-9a-f]{20}|ls__[0-9a-f]{20}", text), page


def test_every_page_has_cases_that_fire_and_cases_that_do_not() -> None:
    for page in casebook.pages():
        cases = casebook.read_page(page)
        codes = {entry.code for case in cases for entry in case.expected()}
        assert page.stem in codes or page.stem == "LS999", page
        assert any(not case.expected() for case in cases) or page.stem == "LS999", page


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.id)
def test_python_of_the_fixtures_compiles(case: casebook.Case) -> None:
    """A typing slip in a fixture would otherwise pass as a case in which nothing is found."""
    if case.code == "LS900":
        pytest.skip("broken on purpose")
    keys = casebook.Keys(case.id)
    for block in case.blocks:
        source = keys.fill(casebook.strip_expectations(block.text))
        if not block.name.endswith(".py") or (
            "except*" in source and sys.version_info < (3, 11)
        ):
            continue
        compile(source, block.name, "exec", dont_inherit=True)


def test_every_trap_is_covered() -> None:
    """The ten traps and the snippets that this issue's rules judge, by the numbers in headings and prose."""
    headings = " ".join(case.heading for case in all_cases())
    assert {int(number) for number in re.findall(r"Trap (\d+)", headings)} == set(range(1, 11))
    prose = " ".join(case.prose for case in all_cases())
    covered = {int(number) for number in re.findall(r"Snippet (\d+)", prose)}
    later = {5}  # a key in an environment file
    assert covered == set(range(1, 26)) - later
