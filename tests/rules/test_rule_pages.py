"""The page of each rule (its docstring) has the same parts, and its examples do what they say."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import casebook
import pytest
from linting import lint

import lint_langsmith.rules
from lint_langsmith.rules.registry import Rule, all_rules

HEADINGS = [
    "What it does",
    "Why it matters",
    "Example",
    "Use instead",
    "Not flagged",
    "Fix safety",
    "References",
]
# No program makes a rule crash on purpose; `test_rules.py` plants a rule that does.
WITHOUT_EXAMPLE = {"LS999"}
RULES = {rule.code: rule for rule in all_rules()}


def section(rule: Rule, heading: str) -> str:
    found = re.search(rf"(?ms)^## {heading}\n(.*?)(?=^## |\Z)", rule.doc)
    assert found is not None, f"{rule.code} has no {heading!r}"
    return found[1]


def write_example(rule: Rule, heading: str, root: Path) -> list[str]:
    """Write the code of a section; return the files' names. The first one is `main.py` unless it has a name."""
    keys = casebook.Keys(f"{rule.code}/{heading}")
    (root / "pyproject.toml").touch()
    names = []
    for language, name, body in re.findall(
        r"(?ms)^```(\w+) ?(\S*)\n(.*?)^```$", section(rule, heading)
    ):
        assert name or language == "python", f"{rule.code}: a block without a file name"
        names.append(name or "main.py")
        path = root / names[-1]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(keys.fill(body), encoding="utf-8")
    return names


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_page_has_all_parts(rule: Rule) -> None:
    assert re.findall("(?m)^## (.+)$", rule.doc) == HEADINGS
    assert rule.summary
    assert len(rule.summary) < 120
    for heading in HEADINGS:
        assert section(rule, heading).strip(), f"{rule.code}: {heading} is empty"


@pytest.mark.parametrize("code", sorted(RULES.keys() - WITHOUT_EXAMPLE))
def test_example_fires_exactly_this_rule(code: str, tmp_path: Path) -> None:
    rule = RULES[code]
    assert write_example(rule, "Example", tmp_path)
    outcome = lint(tmp_path, "--preview", "--persona", rule.persona.label)
    assert set(outcome.codes) == {rule.code}, outcome.output


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_use_instead_is_silent(rule: Rule, tmp_path: Path) -> None:
    assert write_example(rule, "Use instead", tmp_path)
    assert lint(tmp_path, "--preview", ".").codes == []


def test_a_family_is_a_hundred_of_codes() -> None:
    """`tools/new_rule.py` goes by it."""
    for family in pkgutil.iter_modules(lint_langsmith.rules.__path__):
        if not family.ispkg or family.name in {"shared", "fixes"}:
            continue
        package = importlib.import_module(f"lint_langsmith.rules.{family.name}")
        digits = {module.name[:3].upper() for module in pkgutil.iter_modules(package.__path__)}
        assert digits == {(package.__doc__ or "")[:3]}, family.name


def test_code_and_name_of_a_rule_are_its_own() -> None:
    names = [rule.name for rule in all_rules()]
    assert len(set(names)) == len(names)
    for rule in all_rules():
        assert re.fullmatch("[a-z]+(-[a-z]+)+", rule.name)
        assert rule.check.__module__.endswith(f".{rule.code.lower()}")
