"""What the command line and the configuration call rules, checked before anything runs."""

from __future__ import annotations

from lint_langsmith.config.options import Options, UsageError
from lint_langsmith.config.targets import Targets
from lint_langsmith.rules import selection


def check_selectors(options: Options, targets: Targets) -> None:
    """Raise for what the command line or a configuration calls a rule and is none.

    Raises:
        UsageError: with the nearest code or name.
    """
    try:
        selection.check_selectors((*options.select, *options.extend_select, *options.ignore))
        for config in {id(target.config): target.config for target in targets.files}.values():
            settings = config.settings
            ignored = [selector for selectors in settings.per_file_ignores.values() for selector in selectors]
            named = (*settings.select, *settings.extend_select, *settings.ignore, *ignored, *settings.severity)
            try:
                selection.check_selectors(named)
            except selection.SelectorError as error:
                raise UsageError(f"{config.path}: {error}") from None
    except selection.SelectorError as error:
        raise UsageError(str(error)) from None
