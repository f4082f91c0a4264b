"""Rules and settings in words: what `lint-langsmith rule` and `lint-langsmith config` show, as pure functions."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from lint_langsmith.config.settings import SettingDoc, documentation, in_toml
from lint_langsmith.findings import DOCS_URL
from lint_langsmith.rules.registry import Rule, all_rules


class UnknownNameError(Exception):
    """There is no such rule or setting; the message names the nearest."""


def find_rules(name: str | None) -> Sequence[Rule]:
    """The rule of a code or name, or those whose codes begin so; all for None.

    Raises:
        UnknownNameError: there is none.
    """
    every = all_rules()
    if name is None:
        return every
    found = [rule for rule in every if name in {rule.code, rule.name}]
    found = found or [
        rule for rule in every if name.startswith("LS") and rule.code.startswith(name)
    ]
    if not found:
        raise UnknownNameError(
            _unknown("rule", name, [word for rule in every for word in (rule.code, rule.name)])
        )
    return found


def find_settings(key: str | None) -> Sequence[SettingDoc]:
    """The setting of a key; all for None.

    Raises:
        UnknownNameError: there is none.
    """
    every = documentation()
    found = [item for item in every if key in {None, item.key}]
    if not found:
        raise UnknownNameError(_unknown("setting", key or "", [item.key for item in every]))
    return found


def _unknown(what: str, name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    return f"unknown {what} `{name}`" + (f", did you mean `{near[0]}`?" if near else "")


def rule_table(rules: Sequence[Rule]) -> str:
    """A line per rule."""
    return "\n".join(
        f"{rule.code} {rule.name:<28} {rule.severity.label:<8} {rule.summary}" for rule in rules
    )


def rule_page(rule: Rule) -> str:
    """The page of a rule, in Markdown."""
    return f"# {rule.code} {rule.name} ({rule.severity.label}, {age(rule)})\n\n{rule.doc}"


def age(rule: Rule) -> str:
    """Since when there is a rule, and that it is in preview."""
    return f"{'in preview ' if rule.preview else ''}since {rule.since}"


def rule_object(rule: Rule) -> dict[str, Any]:
    """A rule as JSON has it."""
    return {
        "code": rule.code,
        "name": rule.name,
        "summary": rule.summary,
        "severity": rule.severity.label,
        "persona": rule.persona.label,
        "since": rule.since,
        "preview": rule.preview,
        "url": f"{DOCS_URL}/rules/{rule.name}/",
        "page": rule.doc,
    }


def setting_table(settings: Sequence[SettingDoc]) -> str:
    """A line per setting."""
    return "\n".join(f"{item.key:<22} {item.doc}" for item in settings)


def setting_page(item: SettingDoc) -> str:
    """What a setting is for, its default, and an example."""
    default = (
        "Not set by default." if item.default is None else f"Default: {in_toml(item.default)}"
    )
    return f"# {item.key}\n\n{item.doc}\n{default}\n\nExample: {item.key} = {in_toml(item.example)}"
