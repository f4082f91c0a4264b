"""Where the checkout is that the tools work on: this one, whatever copy of lint-langsmith is installed.

Every tool imports this module before it imports `lint_langsmith`. After the documented installation (`pip install
'.[dev]'`) there are two copies, one in the checkout and one among the installed packages: what a tool reads and writes,
and what the commands that it starts import, is that of the checkout.
"""

from __future__ import annotations

import difflib
import os
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PACKAGE: Final = ROOT / "lint_langsmith"
DATA: Final = PACKAGE / "sdk" / "data"
# Lines of a difference that are shown, and of each as many characters: tables have their all in a few long lines.
_SHOWN: Final = 20
_WIDTH: Final = 200


def use() -> None:
    """Import `lint_langsmith` from the checkout from now on, here and in the processes that this one starts."""
    path = str(ROOT)
    if path in sys.path:
        sys.path.remove(path)
    sys.path.insert(0, path)
    before = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [path, *(entry for entry in before if entry not in {"", path})]
    )


def put(path: Path, text: str, *, check: bool = False) -> bool:
    """Write a generated file, whole or not at all, and say what changed; with `check` only say it.

    Returns:
        Whether the file was not as it should be.
    """
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.as_posix()
    if before == text and path.exists():
        print(f"{name}: up to date", flush=True)
        return False
    print(f"{name}: {'differs' if check else 'written'}", flush=True)
    lines = list(
        difflib.unified_diff(
            before.splitlines(), text.splitlines(), "before", "after", lineterm="", n=0
        )
    )
    for line in lines[2:][:_SHOWN]:
        print(f"    {line[:_WIDTH]}{'…' if len(line) > _WIDTH else ''}")
    if len(lines) > _SHOWN + 2:
        print(f"    … {len(lines) - _SHOWN - 2} more lines")
    if not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_text(text, encoding="utf-8", newline="\n")
        draft.replace(path)
    return True


use()
