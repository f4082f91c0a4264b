"""What LS301 leaves to auditors: a path that was cut is told from one that is silent."""

from __future__ import annotations

from pathlib import Path

import pytest
from linting import lint

from lint_langsmith.analysis import limits

_PROGRAM = """from langsmith import Client


def read(client: Client, run_id):
    return client.read_run(run_id)


def main(client: Client):
    try:
        read(client, "x")
    except Exception:
        raise
"""


def test_a_path_beyond_the_limit_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.py").write_text(_PROGRAM)
    options = ("--isolated", "--select", "LS301", "--persona", "auditor", "a.py")
    (found,) = lint(tmp_path, *options).findings
    assert found.persona == "regular"
    monkeypatch.setattr(limits, "STEPS", 0)
    monkeypatch.setattr(limits, "LEAST_STEPS", 0)
    (tmp_path / "a.py").write_text(f"{_PROGRAM}\n")
    (found,) = lint(tmp_path, *options).findings
    assert (found.persona, found.severity) == ("auditor", "info")
    assert "its path is longer, or goes through" in found.message


def test_one_line_for_each_cause(tmp_path: Path) -> None:
    reads = "".join(
        f"\n\ndef read_{number}(langsmith_client):\n"
        f"    return langsmith_client.read_dataset(dataset_name='{number}')\n"
        for number in range(30)
    )
    (tmp_path / "a.py").write_text(f"import langsmith\n{reads}\n\nprint(langsmith)\n")
    (found,) = lint(
        tmp_path, "--isolated", "--select", "LS301", "--persona", "auditor", "a.py"
    ).findings
    assert "`read_dataset()` (and 29 more)" in found.message
    assert len(found.related) == 29


_SERVICES = """services:
  web:
    build: .
    env_file: .env
    environment: {LANGSMITH_TRACING: "true"}
  worker:
    build: .
    env_file: .env
    environment: {LANGSMITH_TRACING: "true"}
  cron:
    build: .
    env_file: [cron.env]
    environment: {LANGSMITH_TRACING: "true"}
"""


def test_processes_whose_keys_are_unresolved_are_grouped_by_where_they_may_come_from(
    tmp_path: Path,
) -> None:
    (tmp_path / "compose.yaml").write_text(_SERVICES)
    (tmp_path / "Dockerfile").write_text('FROM python:3.13\nCMD ["python", "app.py"]\n')
    (tmp_path / "app.py").write_text("import langchain\n\nprint(langchain)\n")
    found = [
        (row.line, row.message)
        for row in lint(tmp_path, "--persona", "auditor", ".").findings
        if row.code == "LS207"
    ]
    assert [line for line, _ in found] == [5, 13]
    assert "service `web` of `compose.yaml` (and 1 more)" in found[0][1]
    assert "`.env`" in found[0][1]
    assert "`cron.env`" in found[1][1]
    assert not [row for row in lint(tmp_path, ".").findings if row.code == "LS207"]
