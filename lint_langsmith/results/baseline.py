"""The baseline: findings that were there when it was written, counted by path, rule and fingerprint.

It has no line numbers and no dates, is sorted, and has an entry on each line: it changes when findings do, and merges.
An entry absorbs as many findings as it counts, so that one more of the same kind is new.
"""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import msgspec

from lint_langsmith.config.options import UsageError
from lint_langsmith.findings import Finding, SpansByLine, spans_hidden_by
from lint_langsmith.output.printable import counted
from lint_langsmith.redaction import redact
from lint_langsmith.results.run_result import Entry, Outcome
from lint_langsmith.rules import registry
from lint_langsmith.source import files
from lint_langsmith.source.fingerprint import fingerprint
from lint_langsmith.source.kinds import text_of
from lint_langsmith.source.text import UnreadableFileError

VERSION = 1


class Baseline(NamedTuple):
    """The counts of a baseline file, the files for which it is configured, and the codes of the rules that ran."""

    path: Path
    counts: Counter[Entry]
    files: frozenset[Path]
    ran: frozenset[str]


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    path: str
    code: str
    fingerprint: str
    count: int = 1


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    findings: list[_Row]


def read(path: Path) -> Counter[Entry]:
    """The entries of a baseline.

    Raises:
        UsageError: it can't be read, or is none.
    """
    try:
        content = msgspec.convert(json.loads(files.read(path, files.LARGEST_BASELINE)), _File)
    except UnreadableFileError as error:
        hint = "" if files.exists(path) else "; `--write-baseline` makes one"
        why = error.message.removeprefix("cannot be read: ")
        raise UsageError(f"cannot read the baseline {path}: {why}{hint}") from None
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        raise UsageError(f"{path} is no baseline: {_fault(error)}") from None
    if content.version != VERSION:
        raise UsageError(
            f"{path} is a baseline of version {content.version}, this is lint-langsmith for {VERSION}"
        )
    counts: Counter[Entry] = Counter()
    for row in content.findings:
        counts[Entry(row.path, row.code, row.fingerprint)] += row.count
    return counts


def _fault(error: Exception) -> str:
    """What is wrong with a baseline, without a word from it: a configuration may name any file as one."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return (
        "it has a field that no baseline has" if "unknown field" in str(error) else str(error)
    )


def render(counts: Mapping[Entry, int]) -> str:
    """The text of a baseline: an entry a line, sorted."""
    rows = [f"    {_row(entry, count)}" for entry, count in sorted(counts.items()) if count > 0]
    listed = "[\n" + ",\n".join(rows) + "\n  ]" if rows else "[]"
    return f'{{\n  "version": {VERSION},\n  "findings": {listed}\n}}\n'


def _row(entry: Entry, count: int) -> str:
    # A path that is no UTF-8 has characters that no file can hold: they are escaped.
    is_text = entry.path.isascii() or not any(
        "\ud800" <= character <= "\udfff" for character in entry.path
    )
    return json.dumps({**entry._asdict(), "count": count}, ensure_ascii=not is_text)


def write(path: Path, counts: Mapping[Entry, int]) -> None:
    """Write a baseline, whole; one that would not change is left alone.

    Raises:
        UsageError: it can't be written.
    """
    content = render(counts).encode()
    try:
        if not _holds(path, content):
            files.write_whole(path, content)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def _holds(path: Path, content: bytes) -> bool:
    try:
        return files.read(path, files.LARGEST_BASELINE) == content
    except UnreadableFileError:
        return False


def entries(outcome: Outcome, path: Path, *, secrets: bool) -> Counter[Entry]:
    """The entries for all findings of an outcome; leaked keys only with `secrets`."""
    known = _Known(outcome, path)
    leaks = frozenset() if secrets else registry.secret_codes()
    return Counter(
        known.entry(root, finding)
        for root, finding in outcome.findings
        if finding.code not in leaks
    )


class _Known:
    """Makes entries of findings; the text of each file is read once."""

    def __init__(self, outcome: Outcome, path: Path) -> None:
        self._outcome = outcome
        self._folder = path.parent
        self._texts: dict[Path, str] = {}
        self._secrets = {
            path: SpansByLine(spans_hidden_by(findings))
            for path, findings in outcome.by_file().items()
        }

    def entry(self, root: Path, finding: Finding) -> Entry:
        path = root / finding.path
        if path not in self._texts:
            try:
                content = self._outcome.contents.get(path, b"")
                self._texts[path] = text_of(PurePosixPath(path), content)
            except UnreadableFileError:
                self._texts[path] = ""
        print_ = fingerprint(
            finding, self._texts[path], self._secrets.get(path) or SpansByLine(finding.secrets)
        )
        return Entry(relative(path, self._folder), finding.code, print_)


def relative(path: Path, folder: Path) -> str:
    """A path as a baseline in `folder` has it; a key in it is masked."""
    return redact(Path(os.path.relpath(path, folder)).as_posix())


def absorb(outcome: Outcome, baselines: Iterable[Baseline]) -> Outcome:
    """Take out the findings that the baselines know, and note what of them is stale.

    Of a file that was not looked at, or a rule that did not run, no entry is stale.
    """
    stale: dict[Path, Counter[Entry]] = {}
    moved: dict[Path, Counter[tuple[Entry, Entry]]] = {}
    for baseline in baselines:
        known = _Known(outcome, baseline.path)
        left = Counter(baseline.counts)
        kept: list[tuple[Path, Finding]] = []
        unknown: Counter[Entry] = Counter()
        for root, finding in outcome.findings:
            entry = (
                known.entry(root, finding) if root / finding.path in baseline.files else None
            )
            if entry is not None and left[entry] > 0:
                left[entry] -= 1
            else:
                kept.append((root, finding))
                if entry is not None:
                    unknown[entry] += 1
        moved[baseline.path] = _moved(baseline, left, unknown)
        kept = [*_without(kept, known, moved[baseline.path], left)]
        for root, finding in outcome.concealed:
            left[known.entry(root, finding)] -= 1
        absorbed = len(outcome.findings) - len(kept)
        outcome = outcome._replace(findings=tuple(kept), known=outcome.known + absorbed)
        stale[baseline.path] = Counter(
            {entry: left[entry] for entry in left if _is_over(entry, left, baseline)}
        )
    return outcome._replace(stale=stale, moved=moved)


def _moved(
    baseline: Baseline, left: Mapping[Entry, int], unknown: Mapping[Entry, int]
) -> Counter[tuple[Entry, Entry]]:
    """How often which entries of files that are gone are found again under which others: their files were renamed.

    A file was renamed to another if that has no entry of its own, and at least half of the entries. Leaked keys stay
    with their files: their entries say nothing of the key, so that a new one would pass for an old one.
    """
    leaks = registry.secret_codes()
    gone: dict[str, list[Entry]] = defaultdict(list)
    new: dict[str, set[Entry]] = defaultdict(set)
    known_paths = {entry.path for entry in baseline.counts}
    for entry in unknown:
        if entry.path not in known_paths and entry.code not in leaks:
            new[entry.path].add(entry)
    for entry in sorted(left) if new else ():
        if left[entry] > 0 and entry.code in baseline.ran - leaks and _is_gone(baseline, entry):
            gone[entry.path].append(entry)
    moved: Counter[tuple[Entry, Entry]] = Counter()
    for entries_ in gone.values():
        total = sum(left[entry] for entry in entries_)
        best, path = max(
            ((_shared(entries_, path, left, unknown), path) for path in new),
            key=lambda pair: (pair[0].total(), pair[1]),
            default=(Counter(), ""),
        )
        if 2 * best.total() >= total:
            moved += best
            new.pop(path, None)
    return moved


def _shared(
    entries_: Iterable[Entry],
    path: str,
    left: Mapping[Entry, int],
    unknown: Mapping[Entry, int],
) -> Counter[tuple[Entry, Entry]]:
    """The entries of one file that are found in another, each with how often."""
    pairs = ((entry, entry._replace(path=path)) for entry in entries_)
    return +Counter({(old, now): min(left[old], unknown.get(now, 0)) for old, now in pairs})


def _is_gone(baseline: Baseline, entry: Entry) -> bool:
    return not files.exists(Path(os.path.normpath(baseline.path.parent / entry.path)))


def _without(
    kept: Iterable[tuple[Path, Finding]],
    known: _Known,
    moved: Mapping[tuple[Entry, Entry], int],
    left: Counter[Entry],
) -> Iterator[tuple[Path, Finding]]:
    """The findings but those that entries of renamed files absorb; they are taken from what is left of these."""
    budget: Counter[Entry] = Counter()
    for (old, new), count in moved.items():
        left[old] -= count
        budget[new] += count
    for root, finding in kept:
        entry = known.entry(root, finding) if budget else None
        if entry is not None and budget[entry] > 0:
            budget[entry] -= 1
        else:
            yield root, finding


def _is_over(entry: Entry, left: Counter[Entry], baseline: Baseline) -> bool:
    """Whether there is no finding, and will be none, for all that an entry counts."""
    if left[entry] <= 0:
        return False
    place = Path(os.path.normpath(baseline.path.parent / entry.path))
    known = {rule.code for rule in registry.all_rules()}
    return (
        entry.code not in known
        or not files.exists(place)
        or (entry.code in baseline.ran and place in baseline.files)
    )


def settle(
    outcome: Outcome,
    baselines: Iterable[Baseline],
    may_quote: Callable[[Path], bool],
    *,
    prune: bool,
) -> list[str]:
    """Take stale entries out of the baselines, or say in sentences that there are some.

    Which ones is only said of baselines that may be quoted: a configuration may name any file.
    """
    said: list[str] = []
    for baseline in baselines:
        stale, moved = outcome.stale[baseline.path], outcome.moved[baseline.path]
        if (stale or moved) and prune:
            write(baseline.path, _renamed(baseline.counts - stale, moved))
        if moved and prune:
            renamed = counted(len({old.path for old, _ in moved}), "renamed file")
            said.append(f"wrote the new names of {renamed} to {baseline.path}")
        if stale and prune:
            said.append(
                f"took {counted(stale.total(), 'finding')} out of {baseline.path}: gone"
            )
        elif stale:
            gone = counted(stale.total(), "finding")
            said.append(
                f"warning: {gone} of {baseline.path} gone: `--prune-baseline` takes what is stale out"
            )
            if may_quote(baseline.path):
                said += [f"  {entry.path}: {entry.code}" for entry in sorted(stale)]
    return said


def _renamed(
    counts: Counter[Entry], moved: Mapping[tuple[Entry, Entry], int]
) -> Counter[Entry]:
    """Counts with the entries of renamed files under their new names."""
    counts = Counter(counts)
    for (old, new), count in moved.items():
        counts[old] -= count
        counts[new] += count
    return counts
