"""Fixes in notebooks of which a cell was no Python before: that is no reason to leave the others alone."""

from __future__ import annotations

import json
from pathlib import Path

from linting import lint
from test_notebooks import code, document

BROKEN = "for each run:\n"


def test_a_cell_that_is_no_python_keeps_no_other_from_being_fixed(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(
        document(code('import os\nos.environ["LANGSMITH_TRACING"] = "True"\n'), code(BROKEN))
    )
    before = lint(tmp_path)
    assert "LS900" in before.codes
    assert "LS402" in before.codes
    outcome = lint(tmp_path, "--fix", "--unsafe-fixes")
    assert "this is a fault of lint-langsmith" not in outcome.output
    after = json.loads(path.read_text())
    assert (
        "".join(after["cells"][0]["source"])
        == 'import os\nos.environ["LANGSMITH_TRACING"] = "true"\n'
    )
    assert "".join(after["cells"][1]["source"]) == BROKEN
