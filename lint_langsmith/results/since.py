"""`--since REV`: only findings on lines that were changed since a git revision.

Git is asked for what was committed and never looks at the work tree: its filters, hooks and drivers would be programs
of the repository, and nothing of what is linted is ever run.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from lint_langsmith import git
from lint_langsmith.config.options import UsageError
from lint_langsmith.findings import Finding
from lint_langsmith.results.alignment import Alignment
from lint_langsmith.results.run_result import Outcome
from lint_langsmith.source.kinds import text_of
from lint_langsmith.source.text import UnreadableFileError, split_lines

_ALWAYS: Final = frozenset({"LS900", "LS999"})


class Revision:
    """The commit from which changes count: where the branch left the revision that was named."""

    def __init__(self, revision: str, cwd: Path) -> None:
        """Find the repository around `cwd`, and the revision in it.

        Raises:
            UsageError: there is no git, no repository or no such revision.
        """
        self._top = cwd
        top = self._git("rev-parse", "--show-toplevel")
        if top is None:
            raise UsageError(f"--since needs a git repository, and {cwd} is in none")
        self._top = Path(os.fsdecode(top.rstrip(b"\n")))
        named = self._git(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        )
        if named is None:
            hint = "in a shallow clone it must be fetched first (actions/checkout: `fetch-depth: 0`)"
            raise UsageError(
                f"--since: there is no revision `{revision}` in {self._top}; {hint}"
            )
        commit = named.decode().strip()
        base = self._git("merge-base", commit, "HEAD")
        self.commit = base.decode().strip() if base else commit
        self._renamed = self._renames()

    def _git(self, *arguments: str, stdin: bytes = b"") -> bytes | None:
        """What git says; None when it refuses.

        Raises:
            UsageError: there is no git, it does not answer, or the repository belongs to another user.
        """
        try:
            done = git.run(self._top, *arguments, stdin=stdin)
        except OSError:
            raise UsageError("--since needs git, which is not installed") from None
        except git.StreamError as error:
            raise UsageError(f"--since: {error}") from None
        if done.code != 0 and b"dubious ownership" in done.errors:
            raise UsageError(
                f"--since: git refuses a repository that belongs to another user: {self._top}"
            )
        return done.output if done.code == 0 else None

    def _renames(self) -> dict[str, str]:
        """For files that were renamed since, committed or staged: where they came from."""
        listed = self._git(
            "diff-index",
            "--cached",
            "-M",
            "--diff-filter=R",
            "--name-status",
            "-z",
            self.commit,
        )
        fields = [os.fsdecode(field) for field in (listed or b"").split(b"\0")]
        return {
            new: old
            for _, old, new in zip(fields[::3], fields[1::3], fields[2::3], strict=False)
        }

    def before(self, paths: Sequence[Path]) -> dict[Path, bytes]:
        """The contents that files had; those that were not there are left out."""
        names: dict[Path, str] = {}
        for path in paths:
            real = path.resolve()
            if real.is_relative_to(self._top.resolve()):
                name = real.relative_to(self._top.resolve()).as_posix()
                name = self._renamed.get(name, name)
                if "\n" not in name:
                    names[path] = name
        asked = b"".join(os.fsencode(f"{self.commit}:{name}\n") for name in names.values())
        answer = self._git("cat-file", "--batch", stdin=asked) or b""
        return dict(_contents(answer, names))


def _contents(answer: bytes, names: Iterable[Path]) -> Iterable[tuple[Path, bytes]]:
    """Read what `git cat-file --batch` answers: a line with the kind and the size, then the content."""
    position = 0
    for path in names:
        end = answer.find(b"\n", position)
        if end < 0:
            return
        head = answer[position:end].rsplit(b" ", 2)
        position = end + 1
        if len(head) == 3 and head[2].isdigit():
            size = int(head[2])
            if head[1] == b"blob":
                yield path, answer[position : position + size]
            position += size + 1


def only_changed(outcome: Outcome, revision: Revision) -> Outcome:
    """The outcome with the findings on changed lines only; what kept a file from being checked always stays."""
    by_file = outcome.by_file()
    before = revision.before(list(by_file))
    changed = {
        path: changed_lines(
            _lines(path, before[path]), _lines(path, outcome.contents.get(path, b""))
        )
        for path in by_file
        if path in before
    }
    kept = [
        (root, finding)
        for root, finding in outcome.findings
        if root / finding.path not in changed or _touches(finding, changed[root / finding.path])
    ]
    return outcome._replace(findings=tuple(kept))


def _touches(finding: Finding, lines: frozenset[int]) -> bool:
    if finding.code in _ALWAYS:
        return True
    return any(line in lines for line in range(finding.span.line, finding.span.end_line + 1))


def _lines(path: Path, content: bytes) -> list[str]:
    try:
        return split_lines(text_of(PurePosixPath(path), content))
    except UnreadableFileError:
        return split_lines(content.decode("latin-1"))


def changed_lines(before: Sequence[str], after: Sequence[str]) -> frozenset[int]:
    """The numbers of the lines of `after` that are not in `before`, or not there."""
    return frozenset(
        line + 1
        for kind, _, _, first, last in Alignment(before, after).get_opcodes()
        if kind != "equal"
        for line in range(first, last)
    )
