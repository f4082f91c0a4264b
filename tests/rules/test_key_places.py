"""LS102, LS103 and LS104 in every place where a LangSmith key is expected, and their silence about placeholders."""

from __future__ import annotations

from pathlib import Path

import pytest
from casebook import Keys
from key_places import PLACES
from linting import lint


def codes(root: Path, made_of: str) -> dict[str, list[str]]:
    """The codes that are reported for each place when its key is `made_of` something."""
    keys = Keys("places")
    for relative, text in PLACES.values():
        path = root / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(keys.fill(text.replace("{KEY}", made_of)), encoding="utf-8")
    (root / "pyproject.toml").touch()
    found = lint(root, ".", "--select", "LS102,LS103,LS104").findings
    return {
        name: sorted({finding.code for finding in found if finding.path == relative})
        for name, (relative, _) in PLACES.items()
    }


@pytest.mark.parametrize(
    ("made_of", "expected"),
    [
        ("{TOKEN}", ["LS102"]),
        ("{OPENAI_KEY}", ["LS103"]),
        ("{KEY[:36]}", ["LS104"]),
        ("{KEY}", []),
        ("your-api-key-goes-here", []),
        ("", []),
        ("<LANGSMITH_API_KEY>", []),
        ("lsv2_pt_...", []),
    ],
)
def test_what_stands_where_a_key_is_expected(
    tmp_path: Path, made_of: str, expected: list[str]
) -> None:
    found = codes(tmp_path, made_of)
    assert {name: codes for name, codes in found.items() if codes != expected} == {}
