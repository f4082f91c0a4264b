"""What the rules about flags say of one that is not exactly `true`: LS402 and LS701."""

from __future__ import annotations

from lint_langsmith.analysis.environment.flags import Fault
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.findings import Persona, Severity, Violation


def flag_violation(setting: Setting, fault: Fault, *, off: str, lost: str) -> Violation:
    """The finding for a fault of a flag.

    `off` says what a value that is meant to turn it off does, `lost` what any other value fails to do.
    """
    if fault.refusal:
        return Violation(
            at=fault.span,
            message=f"`{setting.name}` is set to `{fault.shown}`, which is not a string; {fault.refusal}",
            help=f'write `"{"true" if fault.meaning == "meant on" else "false"}"`',
            fix=fault.fix,
        )
    if fault.meaning == "meant off":
        return Violation(
            at=fault.span,
            message=f"`{setting.name}` is {fault.shown!r}; {off} only because it is not `true`",
            help="write `false`",
            persona=Persona.PEDANTIC,
            severity=Severity.WARNING,
            fix=fault.fix,
        )
    return Violation(
        at=fault.span,
        message=f"`{setting.name}` is {fault.shown!r}, but only exactly `true` {lost}",
        help="write `true`" if fault.fix is None else fault.fix.title,
        fix=fault.fix,
    )
