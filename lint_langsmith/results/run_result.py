"""What a run has found: the data that fixes, baselines and reports work on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from lint_langsmith.findings import Finding


class Entry(NamedTuple):
    """What findings of one kind have in common; `path` is relative to the folder of the baseline, with `/`."""

    path: str
    code: str
    fingerprint: str


class Outcome(NamedTuple):
    """The findings of a run with the project root of each, and what else decides the exit code.

    `contents` has the bytes that were linted of each file with findings. Of `files` linted files `named` name
    LangSmith, or use a client that another file made. `concealed` are the findings that only other
    personas see, `known` counts those that baselines have taken out, `stale` says for
    each baseline how often which of its entries found nothing any more, `moved` how often which entry of a file that
    is gone was found under which other one, in the file that it was renamed to.
    """

    findings: tuple[tuple[Path, Finding], ...]
    contents: Mapping[Path, bytes]
    files: int
    failed: bool
    named: int = 0
    concealed: tuple[tuple[Path, Finding], ...] = ()
    known: int = 0
    stale: Mapping[Path, Counter[Entry]] = {}
    moved: Mapping[Path, Counter[tuple[Entry, Entry]]] = {}

    def by_file(self) -> dict[Path, list[Finding]]:
        """The findings of each file, by its absolute path."""
        found: dict[Path, list[Finding]] = {}
        for root, finding in self.findings:
            found.setdefault(root / finding.path, []).append(finding)
        return found
