"""The findings of one document as its editor has it, whatever is on the disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lint_langsmith import app
from lint_langsmith.findings import Finding
from lint_langsmith.options import Options


def findings_of(path: Path, content: bytes, others: Mapping[Path, bytes], cwd: Path) -> tuple[Finding, ...]:
    """What is found in a document with this content; `others` are the other documents that are open.

    Configuration, excludes and suppressions count as for a file on the disk.

    Raises:
        UsageError: a selector of the configuration names no rule.
        ConfigError: a configuration file is unusable.
    """
    options = Options(paths=("-",), stdin_filename=str(path), force_exclude=True)
    targets = app.find_targets(options, cwd)
    outcome = app.check(options, targets, cwd, {**others, path: content})
    return tuple(finding for _, finding in outcome.findings)
