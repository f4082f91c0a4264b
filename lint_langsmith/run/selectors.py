"""The rules that the command line and the configurations select: their selectors, checked before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lint_langsmith.config.config import Config, place
from lint_langsmith.config.options import Options, UsageError
from lint_langsmith.config.targets import Target, Targets
from lint_langsmith.rules import selection


def check_selectors(options: Options, targets: Targets) -> None:
    """Raise for what the command line or a configuration calls a rule and is none.

    Raises:
        UsageError: with the nearest code or name.
    """
    try:
        selection.check_selectors((*options.select, *options.extend_select, *options.ignore))
        for config in _configs(targets.files):
            _check_settings(config)
    except selection.SelectorError as error:
        raise UsageError(str(error)) from None


def codes_of(targets: Sequence[Target], options: Options) -> frozenset[str]:
    """The codes of the rules that run on any of the files."""
    return frozenset(
        rule.code
        for config in _configs(targets)
        for rule in selection.rules_of(config.settings, options)
    )


def _configs(targets: Sequence[Target]) -> Iterable[Config]:
    """The configurations of some files, each once."""
    return {id(target.config): target.config for target in targets}.values()


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
