"""The baselines of a run: read for its files, written from its findings, and rid of what is stale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lint_langsmith.config.options import Options, UsageError
from lint_langsmith.config.targets import Target
from lint_langsmith.output.printable import counted
from lint_langsmith.output.sinks import say
from lint_langsmith.results import baseline
from lint_langsmith.results.baseline import Baseline
from lint_langsmith.results.run_result import Outcome
from lint_langsmith.run.selectors import codes_of
from lint_langsmith.source.root import Boundary


def opened(
    members: Mapping[Path, Sequence[Target]], options: Options, boundary: Boundary
) -> list[Baseline]:
    """The baselines of some files, by their paths, each with the files that it is for.

    Raises:
        UsageError: one that is to be pruned can't be written.
    """
    for path in members if options.prune_baseline else ():
        why = boundary.why_not_written(str(path))
        if why is not None:
            raise UsageError(f"cannot write the baseline {path}: {why}")
    baselines = []
    for path, found in members.items():
        judged = frozenset(target.path for target in found)
        baselines.append(Baseline(path, baseline.read(path), judged, codes_of(found, options)))
    return baselines


def settle(
    outcome: Outcome, known: Sequence[Baseline], options: Options, boundary: Boundary
) -> None:
    """Take what is stale out of the baselines, or say that something is."""

    def may_quote(path: Path) -> bool:
        named = options.baseline is not None or options.write_baseline is not None
        return named or not boundary.is_foreign(str(path))

    for sentence in baseline.settle(outcome, known, may_quote, prune=options.prune_baseline):
        say(sentence)


def write(outcome: Outcome, path: Path, options: Options, boundary: Boundary) -> None:
    """Write the findings of a run into a baseline, and say how many.

    Raises:
        UsageError: it can't be written there.
    """
    link = boundary.link_to(str(path))
    if link is not None:
        raise UsageError(f"cannot write the baseline {path}: {link}")
    counts = baseline.entries(outcome, path, secrets=options.baseline_secrets)
    baseline.write(path, counts)
    left = len(outcome.findings) - counts.total()
    keys = (
        f", not {left} about leaked keys (`--baseline-secrets` takes them in)" if left else ""
    )
    say(f"wrote {counted(counts.total(), 'finding')} to {options.write_baseline}{keys}")
