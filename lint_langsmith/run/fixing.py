"""What `--fix`, `--diff` and `--add-ignore` do with the outcome of a run. Imported only for them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lint_langsmith.config.options import Options
from lint_langsmith.output.printable import printable
from lint_langsmith.output.sinks import say
from lint_langsmith.output.terminal import is_regular_file, reads_commands
from lint_langsmith.results import add_ignore, fix
from lint_langsmith.results.run_result import Outcome
from lint_langsmith.rules import registry, selection
from lint_langsmith.source.root import Boundary

if TYPE_CHECKING:
    from lint_langsmith.results.fix import Fixed, Lint


def fixed_in_memory(
    outcome: Outcome,
    lint: Lint,
    overlay: Mapping[Path, bytes],
    options: Options,
    boundary: Boundary,
) -> Fixed:
    """The files fixed, or with `--add-ignore` commented, in memory: those that may be written."""
    changed = _changed(outcome, lint, overlay, options)
    return fix.kept_inside(changed, overlay, lambda path: boundary.why_not_written(str(path)))


def _changed(
    outcome: Outcome, lint: Lint, overlay: Mapping[Path, bytes], options: Options
) -> Fixed:
    if options.add_ignore is None:
        return fix.fix_all(outcome, lint, overlay, unsafe=options.unsafe_fixes)
    named = {
        rule.code
        for rule in registry.all_rules()
        if selection.is_named(rule, options.select, least=2)
    }
    return add_ignore.add_ignores(
        outcome,
        lambda after: lint({**overlay, **after}),
        options.add_ignore,
        registry.secret_codes() - named,
    )


def show_diff(fixed: Fixed, outcome: Outcome, options: Options, cwd: Path) -> int:
    """Print what `--fix` would change; the exit code."""
    for problem in fixed.problems:
        say(f"error: {problem}")
    for note in fixed.notes:
        say(note)
    difference = fix.diff(fixed, outcome, cwd)
    is_read_along = options.terminal or (
        reads_commands(os.environ) and not is_regular_file(sys.stdout)
    )
    shown = printable(difference.text) if is_read_along else difference.text
    sys.stdout.write(shown)
    sys.stdout.flush()
    if difference.is_masked:
        say(
            "keys are masked in this difference: it is for reading, and can't be applied; `--fix` makes the change"
        )
    elif shown != difference.text:
        say(
            "control characters are escaped in this difference: it is for reading, and can't be applied"
        )
    if options.show_fixes and fixed.done:
        say(*fix.summary(fixed, cwd, "would fix"))
    elif fixed.done and not options.quiet:
        say(fix.headline(fixed, "would fix"))
    return (
        2
        if outcome.failed or fixed.problems
        else int(bool(fixed.after) and not options.exit_zero)
    )


def write_fixes(
    fixed: Fixed, overlay: Mapping[Path, bytes], options: Options, cwd: Path
) -> Outcome:
    """Write what was fixed (standard input to standard output), and say so; the outcome after it."""
    fixed = fix.write(fixed, overlay)
    for problem in fixed.problems:
        say(f"error: {problem}")
    for note in fixed.notes:
        say(note)
    for path, content in overlay.items():
        sys.stdout.buffer.write(fixed.after.get(path, content))
    sys.stdout.flush()
    verb = "fixed" if options.add_ignore is None else "ignored"
    if options.show_fixes and fixed.done:
        say(*fix.summary(fixed, cwd, verb))
    elif fixed.done and not options.quiet:
        say(fix.headline(fixed, verb))
    return fixed.outcome._replace(failed=fixed.outcome.failed or bool(fixed.problems))
