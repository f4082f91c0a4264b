"""Objects that pass attributes on without end: the question ends, and nothing else of the file is lost."""

from __future__ import annotations

from pathlib import Path

from linting import lint

ITSELF = """
import langsmith


class Computed:
    def __getattr__(self, name):
        return getattr(self, name)


def show(computed: Computed):
    computed.first.second()
    print(computed.first)


Computed().first.second()
print(Computed().third)
"""


def test_an_object_that_asks_itself(tmp_path: Path) -> None:
    """It raises RecursionError when it is run; the analysis does not."""
    (tmp_path / "computed.py").write_text(ITSELF, encoding="utf-8")
    assert not [found for found in lint(tmp_path).findings if found.code == "LS999"]
