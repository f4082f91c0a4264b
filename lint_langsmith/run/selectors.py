"""What the command line and the configuration call rules, checked before anything runs."""

from __future__ import annotations

from collections.abc import Iterable

from lint_langsmith.config.config import Config, place
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
            _check_settings(config)
    except selection.SelectorError as error:
        raise UsageError(str(error)) from None


def _check_settings(config: Config) -> None:
    settings = config.settings
    _check_setting(config, "select", settings.select)
    _check_setting(config, "extend-select", settings.extend_select)
    _check_setting(config, "ignore", settings.ignore)
    _check_setting(config, "severity", settings.severity)
    for selectors in settings.per_file_ignores.values():
        _check_setting(config, "per-file-ignores", selectors)


def _check_setting(config: Config, key: str, selectors: Iterable[str]) -> None:
    try:
        selection.check_selectors(selectors)
    except selection.SelectorError as error:
        where = place(config.path, key) if config.path is not None else "--config"
        raise UsageError(f"{where}: `{key}`: {error}") from None
