"""Writes the generated parts of the README and of the documentation: tables, and the output of every command shown.

A block of the language `console` holds commands behind `$ `, each followed by what it prints. The commands of a page
run one after the other in a folder that has `fixtures/seed` in it, so a later one sees what an earlier one wrote.

Usage: `python tools/readme.py [--check]`.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from checkout import ROOT, put

from lint_langsmith.config.settings import documentation, in_toml

_SETTINGS: Final = re.compile(r"(?s)(<!-- settings -->\n).*?(\n<!-- /settings -->)")
_CONSOLE: Final = re.compile(r"(?ms)^```console\n(.*?)^```$")


def pages() -> list[Path]:
    """The README and every page of the documentation that is written by hand."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def settings() -> str:
    """The table of settings."""
    rows = [
        f"| `{item.key}` | {item.doc} | {_default(item.default)} |" for item in documentation()
    ]
    return "\n".join(["| setting | | default |", "| --- | --- | --- |", *rows])


def _default(value: Any) -> str:
    return "" if value is None else f"`{in_toml(value)}`"


def refreshed(text: str) -> str:
    """A page with its generated parts made anew."""
    text = _SETTINGS.sub(lambda marks: f"{marks[1]}{settings()}{marks[2]}", text)
    if not _CONSOLE.search(text):
        return text
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder)
        shutil.copytree(
            ROOT / "fixtures" / "seed",
            where / "fixtures" / "seed",
            ignore=shutil.ignore_patterns(".lint_langsmith_cache"),
        )
        # As in a clone: in a git checkout it is known what starts a script.
        subprocess.run(["git", "init", "-q"], cwd=where, check=True)
        return _CONSOLE.sub(lambda block: f"```console\n{_session(block[1], where)}```", text)


def _session(body: str, where: Path) -> str:
    """The commands of a block, each with what it prints now."""
    commands = [line[2:] for line in body.splitlines() if line.startswith("$ ")]
    return "".join(f"$ {command}\n{_output(command, where)}" for command in commands)


def _output(command: str, where: Path) -> str:
    """What a command prints: its report, then what it says besides."""
    tool = where / "bin" / "lint-langsmith"
    if not tool.exists():
        tool.parent.mkdir()
        tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m lint_langsmith "$@"\n')
        tool.chmod(0o755)
    path = os.pathsep.join([str(tool.parent), os.environ["PATH"]])
    plain = {**os.environ, "NO_COLOR": "1", "PYTHONUTF8": "1", "PATH": path}
    result = subprocess.run(
        ["sh", "-c", command],
        cwd=where,
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
        env=plain,
    )
    return result.stdout + result.stderr


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing, and fail where a page differs"
    )
    options = parser.parse_args()
    changed = [
        put(page, refreshed(page.read_text(encoding="utf-8")), check=options.check)
        for page in pages()
    ]
    sys.exit(int(any(changed) and options.check))
