"""Running the linter the way users do: through its command line, with the JSON report."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
from click.testing import CliRunner, Result

from lint_langsmith.cli import main


class Place(msgspec.Struct, frozen=True):
    """A related location of a finding."""

    path: str
    line: int
    column: int
    message: str


class Reported(msgspec.Struct, frozen=True):
    """A finding as the JSON report shows it."""

    code: str
    name: str
    severity: str
    persona: str
    message: str
    help: str | None
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    related: tuple[Place, ...]
    url: str
    cell: int | None = None


class Outcome(NamedTuple):
    """What a run of the linter gave: its findings, its exit code, and everything that it printed."""

    findings: tuple[Reported, ...]
    exit_code: int
    output: str

    @property
    def codes(self) -> list[str]:
        """The codes of all findings, sorted."""
        return sorted(finding.code for finding in self.findings)


def lint(directory: Path, *arguments: str) -> Outcome:
    """Run `lint-langsmith check -f json` in `directory` (over all of it, unless `arguments` name paths)."""
    # A process of the tests is large, and they lint a few lines: to fork it takes longer than to parse them in it.
    command = ["check", "-f", "json", "--jobs", "1", *(arguments or (".",))]
    with _inside(directory):
        result = CliRunner().invoke(main, command, catch_exceptions=False)
    if not result.stdout.startswith("{"):
        return Outcome((), result.exit_code, result.output)
    findings = msgspec.convert(json.loads(result.stdout)["findings"], tuple[Reported, ...])
    return Outcome(findings, result.exit_code, result.output)


@contextmanager
def _inside(directory: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)


def concise(*args: str) -> Result:
    """A run in the working directory without a cache, whose findings are a line each."""
    return CliRunner().invoke(main, ["--no-cache", "-f", "concise", *args])
