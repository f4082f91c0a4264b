"""The counts and times of a run that `--statistics` and `--timings` ask for. Imported only for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from lint_langsmith.clock import Clock
from lint_langsmith.output.printable import counted
from lint_langsmith.results.run_result import Outcome
from lint_langsmith.rules import registry

_PHASES: Final = {
    "find": "finding the files",
    "read": "reading them, searching their bytes",
    "parse": "parsing, and lowering to the model",
    "link": "linking files by their imports and clients",
    "flow": "following 403s to where they end",
    "load": "loading the rules",
    "check": "suppressions, and what no rule asked for",
    "cache": "writing the cache",
    "report": "writing the reports",
}


def statistics(outcome: Outcome, *, unsafe: bool) -> list[str]:
    """The findings counted by rule, the most frequent first; `[*]` where `--fix` mends some of them."""
    found = Counter(finding.code for _, finding in outcome.findings)
    fixable = {
        finding.code for _, finding in outcome.findings if finding.is_fixable(unsafe=unsafe)
    }
    names = registry.names()
    rows = [
        f"  {count:>6}  {code:<6} {'[*]' if code in fixable else '   '} {names[code]}"
        for code, count in sorted(found.items(), key=lambda item: (-item[1], item[0]))
    ]
    return [f"{counted(found.total(), 'finding')} of {counted(len(found), 'rule')}", *rows]


def timings(clock: Clock, outcome: Outcome) -> Iterator[str]:
    """Where the time went: the phases in their order, then the rules, each with what it was the first to ask for."""
    found = Counter(finding.code for _, finding in outcome.findings)
    yield f"{counted(outcome.files, 'file')} in {sum(clock.seconds.values()):.3f} s"
    for phase, words in _PHASES.items():
        done = f" ({clock.counts[phase]})" if clock.counts[phase] else ""
        yield f"  {clock.seconds[phase] * 1000:>9.1f} ms  {phase:<6} {words}{done}"
    rules = [(seconds, name) for name, seconds in clock.seconds.items() if name not in _PHASES]
    for seconds, code in sorted(rules, reverse=True):
        yield f"  {seconds * 1000:>9.1f} ms  {code:<6} {counted(found[code], 'finding')}"
