"""The comparison of two revisions: what it measures, and what it calls slower."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "tools"))

import speed_gate
from checkout import ROOT


def test_a_run_is_measured_by_stage(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "client.py").write_text(
        "from langsmith import Client\n\nclient = Client()\nclient.read_project()\n"
    )
    found = speed_gate.times(ROOT, tmp_path)
    assert {"all (CPU)", "find", "read", "parse", "link", "rules"} <= found.keys()
    assert found["all (CPU)"] > found["find"] > 0


def test_what_fails_is_no_measurement(tmp_path: Path) -> None:
    (tmp_path / "lint_langsmith").mkdir()
    for name in ("__init__.py", "cli.py"):
        (tmp_path / "lint_langsmith" / name).write_text("")
    with pytest.raises(SystemExit, match="failed over"):
        speed_gate.times(tmp_path, tmp_path)


def test_what_got_slower_is_marked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The ratio is taken pair by pair, so a machine that is slow for a while does not count."""
    before, after = Path("before"), Path("after")
    spent = {
        before: iter(
            [
                {"read": 9e9, "parse": 9e9, "find": 1.0},
                *({"read": t, "parse": t, "find": 1.0} for t in (100.0, 900.0)),
            ]
        ),
        after: iter(
            [
                {"read": 1.0, "parse": 1.0, "find": 9.0},
                *({"read": t * 1.2, "parse": t, "find": 9.0} for t in (100.0, 900.0)),
            ]
        ),
    }
    monkeypatch.setattr(speed_gate, "times", lambda source, _folder: next(spent[source]))
    rows = {row.stage: row for row in speed_gate.compare(before, after, Path("x"), 2)}
    assert rows["read"].ratio == pytest.approx(1.2)
    assert {stage for stage, row in rows.items() if row.is_slower} == {"read"}
    speed_gate.show(list(rows.values()))
    said = capsys.readouterr().out
    assert "SLOWER" in said
    assert "find" not in said
