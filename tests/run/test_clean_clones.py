"""What a clone lacks is unknown, never "not set": for each loader, as the pages of loaders and reports show it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import casebook
import pytest
from linting import lint


def _is_private(name: str) -> bool:
    """Whether git ignores a file in most projects: one of variables that is no template."""
    base = PurePosixPath(name).name
    return (base.startswith(".env") and "example" not in base) or base.endswith(".env")


CASES = {
    case.id: case
    for page in casebook.more_pages()
    for case in casebook.read_page(page)
    if any(_is_private(block.name) for block in case.blocks)
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_clone_has_no_more_findings_about_the_keys_of_processes(
    case: casebook.Case, tmp_path: Path
) -> None:
    case.write(tmp_path)
    here = _credentials(tmp_path)
    for block in case.blocks:
        if _is_private(block.name):
            (tmp_path / block.name).unlink()
    assert _credentials(tmp_path) <= here


def _credentials(folder: Path) -> set[tuple[str, int, str]]:
    """What is said of the key that a process or a client gets."""
    findings = lint(folder, ".").findings
    return {
        (row.path, row.line, row.code)
        for row in findings
        if row.code in {"LS201", "LS202", "LS207"}
    }
