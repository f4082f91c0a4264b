"""What a run has found: the data that fixes, baselines and reports work on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from lint_langsmith.findings import Finding


class Outcome(NamedTuple):
    """The findings of a run with the project root of each, and what else decides the exit code.

    `contents` has the bytes that were linted of each file with findings.
    """

    findings: tuple[tuple[Path, Finding], ...]
    contents: Mapping[Path, bytes]
    files: int
    hidden: int
    failed: bool
    seconds: dict[str, float]

    def by_file(self) -> dict[Path, list[Finding]]:
        """The findings of each file, by its absolute path."""
        found: dict[Path, list[Finding]] = {}
        for root, finding in self.findings:
            found.setdefault(root / finding.path, []).append(finding)
        return found
