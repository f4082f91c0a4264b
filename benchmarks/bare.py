"""What a linter that walks code with libcst can't do without: `python bare.py FOLDER`.

Finds the files, reads them, and parses those that name LangSmith with libcst, half of them in a process of its own. It
asks no question of any of them. A linter of this kind can hardly be faster than that on the same machine.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path


def main(folder: str) -> None:
    """Do that for a folder."""
    gc.disable()
    found: list[bytes] = []
    for place, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".py"):
                content = Path(place, name).read_bytes()
                if b"langsmith" in content.lower():
                    found.append(content)
    found.sort(key=len)
    child = os.fork()
    _parse(found[::2] if child else found[1::2])
    if not child:
        os._exit(0)
    os.waitpid(child, 0)


def _parse(contents: list[bytes]) -> None:
    import libcst

    for content in contents:
        libcst.parse_module(content)


if __name__ == "__main__":
    main(sys.argv[1])
