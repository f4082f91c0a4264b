"""The folders that caches are in: where they are, how they are marked, what may be written there, how they go."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from lint_langsmith.source.files import write_whole

FOLDER: Final = ".lint_langsmith_cache"
_TAG: Final = (
    b"Signature: 8a477f597d28d172789f06886806bc55\n# Made by lint-langsmith; see https://bford.info/cachedir/\n"
)
# Long words of letters and digits may be credentials of any kind.
_SECRETIVE: Final = rb"[A-Za-z0-9_+/=-]{32,}"


def folder_for(root: Path, given: Path | None) -> Path:
    """Where the cache of a project is: in its root, or in a folder of its own below the one that was given."""
    if given is None:
        return root / FOLDER
    from hashlib import blake2b  # noqa: PLC0415 - most runs name no folder

    return given / f"{root.name}-{blake2b(os.fsencode(root), digest_size=6).hexdigest()}"


def prepare(folder: Path) -> None:
    """Mark a folder as a cache, and keep it out of git.

    Raises:
        OSError: it can't be written.
    """
    for name, content in ((".gitignore", b"# Made by lint-langsmith.\n*\n"), ("CACHEDIR.TAG", _TAG)):
        if not (folder / name).exists():
            write_whole(folder / name, content)


def clean(folder: Path) -> bool:
    """Delete a cache; whether there was one. A folder without our tag is not touched.

    Raises:
        OSError: it can't be deleted.
    """
    import shutil  # noqa: PLC0415 - for this only

    if not (folder / "CACHEDIR.TAG").is_file():
        return False
    shutil.rmtree(folder)
    return True


def may_hold_secret(content: bytes) -> bool:
    """Whether something that looks like a credential of whatever kind stands in what is to be written."""
    return any(map(_looks_secret, re.findall(_SECRETIVE, content)))


def _looks_secret(word: bytes) -> bool:
    digits = sum(48 <= byte <= 57 for byte in word)
    return digits >= 6 and digits < len(word)
