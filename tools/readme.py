"""Writes the generated parts of the README: a screenful of real output, the table of rules, the table of settings."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from lint_langsmith.rules.registry import all_rules
from lint_langsmith.settings import documentation

ROOT = Path(__file__).parent.parent
COMMAND = ("-f", "full", "fixtures/seed/broken")


def screenful() -> str:
    """The output of the command that the README shows."""
    run = [sys.executable, "-m", "lint_langsmith", *COMMAND]
    plain = {**os.environ, "NO_COLOR": "1", "PYTHONUTF8": "1"}
    result = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False, encoding="utf-8", env=plain)
    return f"```text\n$ lint-langsmith {' '.join(COMMAND)}\n{result.stdout}```"


def rules() -> str:
    """The table of rules."""
    rows = [f"| {rule.code} | `{rule.name}` | {rule.severity.label} | {rule.summary} |" for rule in all_rules()]
    return "\n".join(["| code | name | severity | |", "| --- | --- | --- | --- |", *rows])


def settings() -> str:
    """The table of settings."""
    rows = [f"| `{item.key}` | {item.doc} | `{json.dumps(item.default)}` |" for item in documentation()]
    return "\n".join(["| setting | | default |", "| --- | --- | --- |", *rows])


def readme(text: str) -> str:
    """The README with its generated parts made anew."""
    text = re.sub(r"(?s)```text\n\$ lint-langsmith .*?```", lambda _: screenful(), text, count=1)
    for name, content in (("rules", rules()), ("settings", settings())):
        pattern = rf"(?s)<!-- {name} -->\n.*?<!-- /{name} -->"
        replacement = f"<!-- {name} -->\n{content}\n<!-- /{name} -->".replace("\\", r"\\")
        text = re.sub(pattern, replacement, text)
    return text


if __name__ == "__main__":
    path = ROOT / "README.md"
    path.write_text(readme(path.read_text(encoding="utf-8")), encoding="utf-8")
    print("wrote README.md")
