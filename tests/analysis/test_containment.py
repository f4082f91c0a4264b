"""One file's crash takes nothing from another file, and one rule's crash nothing from other rules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from linting import Outcome, lint

from lint_langsmith.analysis.environment.variables import Environment
from lint_langsmith.analysis.exceptions.deferred_transfer import DeferredTransfers
from lint_langsmith.analysis.exceptions.retries import Retries
from lint_langsmith.analysis.exceptions.transfer import Transfers
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.clients import Clients
from lint_langsmith.analysis.values.evaluator import Evaluator
from lint_langsmith.rules import registry

SOURCE = """\
import os

from langsmith import Client
from langsmith.utils import LangSmithAuthError

client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


def read():
    try:
        return client.read_project(project_name="x")
    except LangSmithAuthError:
        return None


if __name__ == "__main__":
    read()
"""


def project(folder: Path) -> Path:
    (folder / "pyproject.toml").write_text("", encoding="utf-8")
    for name in ("first", "bad", "last"):
        (folder / f"{name}.py").write_text(SOURCE, encoding="utf-8")
    return folder


def codes(outcome: Outcome, path: str) -> list[str]:
    return [finding.code for finding in outcome.findings if finding.path == path]


@pytest.mark.parametrize(
    ("owner", "method", "file_of"),
    [
        (Evaluator, "_evaluate", lambda file, *_: file),
        (Evaluator, "_called", lambda file, *_: file),
        (Evaluator, "_given_by", lambda file, *_: file),
        (DeferredTransfers, "of", lambda at: at.held.file),
        (Transfers, "_left", lambda at: at.function.file),
        (Clients, "_find_calls", lambda file: file),
        (Clients, "_find_constructions", lambda file: file),
        (Environment, "_find_settings", lambda file: file),
        (Environment, "_find_loads", lambda file: file),
        (Retries, "_in_releases", lambda call: call.file),
    ],
    ids=lambda value: value if isinstance(value, str) else getattr(value, "__name__", ""),
)
@pytest.mark.parametrize("error", [RuntimeError, RecursionError, KeyError])
def test_a_failure_over_one_file_stays_in_it(  # noqa: PLR0913, PLR0917 - what fails, where, and how
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    owner: type,
    method: str,
    file_of: Callable[..., File],
    error: type[Exception],
) -> None:
    real = getattr(owner, method)

    def failing(self: Any, *arguments: Any) -> Any:
        if file_of(*arguments).relative == "bad.py":
            raise error("boom")
        return real(self, *arguments)

    monkeypatch.setattr(owner, method, failing)
    outcome = lint(project(tmp_path), "--isolated", "--no-cache", "-j1")
    assert codes(outcome, "first.py") == codes(outcome, "last.py") == ["LS302"]
    assert codes(outcome, "bad.py").count("LS999") == 1
    assert outcome.exit_code == 2
    assert "boom" not in outcome.output


def test_a_rule_that_fails_takes_nothing_from_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> Any:
        raise RuntimeError("boom")

    rules = [
        msgspec.structs.replace(one, check=failing) if one.code == "LS301" else one
        for one in registry.all_rules()
    ]
    monkeypatch.setattr(registry, "all_rules", lambda: tuple(rules))
    outcome = lint(project(tmp_path), "--isolated", "--no-cache", "-j1")
    for name in ("first.py", "bad.py", "last.py"):
        assert sorted(codes(outcome, name)) == ["LS302", "LS999"]
    assert outcome.exit_code == 2
