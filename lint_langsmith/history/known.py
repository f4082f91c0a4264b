"""The keys of a history that are put away: a file with the SHA-256 of each, from which nobody gets the key.

A key has 168 random bits: there is no guessing one by its digest. A key that was revoked stays in the history, and its
digest in this file says that somebody has seen to it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import msgspec

from lint_langsmith.config.options import UsageError
from lint_langsmith.history.occurrences import LeakedKey
from lint_langsmith.source import files
from lint_langsmith.source.text import UnreadableFileError

VERSION = 1


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    sha256: str
    shown: str = ""
    kind: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    keys: list[_Row]


def read(path: Path) -> frozenset[str]:
    """The digests in a file of known keys.

    Raises:
        UsageError: it can't be read, or is none.
    """
    try:
        content = msgspec.json.decode(files.read(path, files.LARGEST_BASELINE), type=_File)
    except UnreadableFileError as error:
        why = error.message.removeprefix("cannot be read: ")
        hint = "" if files.exists(path) else "; `--write-baseline` makes one"
        raise UsageError(f"cannot read the baseline {path}: {why}{hint}") from None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise UsageError(f"{path} is no baseline of `lint-langsmith history`") from None
    if content.version != VERSION:
        raise UsageError(
            f"{path} is a baseline of version {content.version}, this is lint-langsmith for {VERSION}"
        )
    return frozenset(row.sha256 for row in content.keys)


def write(path: Path, keys: Iterable[LeakedKey]) -> None:
    """Write a file of known keys, whole: a key a line, sorted.

    Raises:
        UsageError: it can't be written.
    """
    rows = {
        key.digest: {"sha256": key.digest, "shown": key.shown, "kind": key.kind} for key in keys
    }
    listed = ",\n".join(f"    {json.dumps(rows[digest])}" for digest in sorted(rows))
    between = f"\n{listed}\n  " if rows else ""
    text = f'{{\n  "version": {VERSION},\n  "keys": [{between}]\n}}\n'
    try:
        files.write_whole(path, text.encode())
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
