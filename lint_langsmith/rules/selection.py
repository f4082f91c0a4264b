"""Which rules run: codes, prefixes of codes and names turned into rules, and what single files leave out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.config.options import Options
from lint_langsmith.config.settings import Settings
from lint_langsmith.rules import registry
from lint_langsmith.rules.registry import Rule

_PREFIX: Final = lazy_re.compile(r"LS[0-9]{0,3}")
_CODE_OR_NAME: Final = lazy_re.compile(r"LS[0-9]{3}|[a-z0-9-]+")
# What says that something was not checked: a file that can't be read, a rule that failed. The configuration is part of
# the checkout, which may be a stranger's: it can't hide that; who runs the linter can.
ALWAYS_SAID: Final = frozenset({"LS900", "LS999"})
_ALL: Final = "ALL"


class SelectorError(Exception):
    """A selector that names no rule."""


class Layer(NamedTuple):
    """Selectors of one source: the configuration's, or the command line's over it."""

    select: Sequence[str]
    ignore: Sequence[str]


def check_selectors(selectors: Iterable[str]) -> None:
    """Raise for the first selector that names no rule.

    Raises:
        SelectorError: with the nearest code or name.
    """
    for selector in selectors:
        if not _is_known(selector):
            import difflib  # noqa: PLC0415 - for a message only

            known = [
                word for code, name in sorted(registry.names().items()) for word in (code, name)
            ]
            near = difflib.get_close_matches(
                selector, known, n=1, cutoff=0.4
            ) or difflib.get_close_matches(selector.upper(), known, n=1, cutoff=0.4)
            hint = f", did you mean `{near[0]}`?" if near else ""
            raise SelectorError(f"unknown rule `{selector}`{hint}")


def _is_known(selector: str) -> bool:
    """Whether a selector names a rule; codes are known without reading any."""
    if _PREFIX.fullmatch(selector):
        return any(code.startswith(selector) for code in registry.codes())
    return selector == _ALL or selector in registry.names().values()


def is_named(rule: Rule, selectors: Iterable[str], least: int = 1) -> bool:
    """Whether one of the selectors names a rule, with at least that specificity."""
    return any(specificity(selector, rule) >= least for selector in selectors)


def specificity(selector: str, rule: Rule) -> int:
    """How exactly a selector names a rule: 0 not at all, 1 for ALL, the length of a prefix, most for its name."""
    if selector == _ALL:
        return 1
    if selector == rule.name:
        return len(rule.code) + 1
    if _PREFIX.fullmatch(selector) and rule.code.startswith(selector):
        return len(selector)
    return 0


def enabled(layers: Sequence[Layer]) -> tuple[Rule, ...]:
    """The rules that run by these layers."""
    return tuple(rule for rule in registry.all_rules() if _is_enabled(rule, layers))


def _is_enabled(rule: Rule, layers: Sequence[Layer]) -> bool:
    """Whether a rule runs: of several layers the last that names it decides, in a layer the longest selector."""
    for layer in reversed(layers):
        chosen = max((specificity(selector, rule) for selector in layer.select), default=0)
        left_out = max((specificity(selector, rule) for selector in layer.ignore), default=0)
        if chosen or left_out:
            return chosen > left_out
    return False


def layers_of(
    settings: Settings, select: Sequence[str], extend: Sequence[str], ignore: Sequence[str]
) -> list[Layer]:
    """The layers of a run: a `--select` replaces the configuration's choice, the rest is laid over it."""
    base = Layer((*settings.select, *settings.extend_select), settings.ignore)
    if select:
        base = Layer((), settings.ignore)
    over = Layer((*select, *extend), ignore)
    return [base, over] if over.select or over.ignore else [base]


def rules_of(settings: Settings, options: Options) -> tuple[Rule, ...]:
    """The rules that run on the files with these settings; of some only the command line decides whether they do.

    A rule in preview runs only where previews are on, however exactly it is selected: a selection that was written
    before the rule existed (`ALL`, `LS3`) must report the same after an update.
    """
    has_previews = settings.preview or options.preview
    layers = layers_of(settings, options.select, options.extend_select, options.ignore)
    unconfigured = [Layer(() if options.select else (_ALL,), ()), *layers[1:]]
    return tuple(
        rule
        for rule in registry.all_rules()
        if (has_previews or not rule.preview)
        and _is_enabled(rule, unconfigured if rule.code in ALWAYS_SAID else layers)
    )


def previews_selected(selectors: Iterable[str]) -> Iterator[str]:
    """The codes of the rules in preview that a selector names exactly, by code or name."""
    exact = {selector for selector in selectors if _CODE_OR_NAME.fullmatch(selector)}
    for rule in registry.all_rules() if exact else ():
        if rule.preview and not exact.isdisjoint({rule.code, rule.name}):
            yield rule.code


def per_file(
    ignores: Mapping[str, Sequence[str]], matches: Mapping[str, bool]
) -> frozenset[str]:
    """The selectors that a file leaves out: those of the most specific pattern that matches it.

    The longer of two patterns is the more specific one, without counting its wildcards. `matches` says which match.
    """
    hits = [pattern for pattern in ignores if matches[pattern]]
    if not hits:
        return frozenset()
    best = max(hits, key=lambda pattern: (len(pattern.replace("*", "")), pattern))
    return frozenset(ignores[best])


def severity_of(rule: Rule, settings: Settings) -> str | None:
    """The configured severity of a rule, by its code or its name."""
    if rule.code in ALWAYS_SAID:
        return None
    return settings.severity.get(rule.code) or settings.severity.get(rule.name)
