"""`tools/new_rule.py` makes rules that discovery and the other tests take, and overwrites nothing."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import casebook
import pytest

from lint_langsmith.rules.registry import Rule

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("new_rule", ROOT / "tools/new_rule.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copytree(
        ROOT / "lint_langsmith",
        tmp_path / "lint_langsmith",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copytree(
        ROOT / "fixtures/rules",
        tmp_path / "fixtures/rules",
        ignore=shutil.ignore_patterns(".lint_langsmith_cache"),
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_a_new_rule_is_whole(tool: ModuleType, checkout: Path) -> None:
    written = tool.create(
        checkout, code="LS399", name="made-up-rule", family="forbidden", severity="info"
    )
    assert [path.relative_to(checkout).as_posix() for path in written] == [
        "lint_langsmith/rules/forbidden/ls399.py",
        "fixtures/rules/LS399.md",
    ]
    cases = casebook.read_page(written[1])
    assert [(entry.code, entry.severity) for case in cases for entry in case.expected()] == [
        ("LS399", "info")
    ]

    spec = importlib.util.spec_from_file_location("ls399", written[0])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert isinstance(module.check, Rule)
    assert (module.check.code, module.check.name) == ("LS399", "made-up-rule")
    assert "## Use instead" in module.check.doc


def test_a_new_rule_is_formatted(tool: ModuleType, checkout: Path) -> None:
    module = tool.create(
        checkout, code="LS399", name="made-up-rule", family="forbidden", severity="error"
    )[0]
    ruff = [sys.executable, "-m", "ruff"]
    subprocess.run([*ruff, "format", "--check", module], cwd=checkout, check=True)
    # The arguments are unused only until the rule has content.
    subprocess.run(
        [*ruff, "check", "--no-cache", "--ignore", "ARG001", module], cwd=checkout, check=True
    )


def test_a_new_family_gets_a_folder(tool: ModuleType, checkout: Path) -> None:
    written = tool.create(
        checkout, code="LS899", name="made-up-rule", family="fancy", severity="error"
    )
    assert (
        written[0].relative_to(checkout).as_posix() == "lint_langsmith/rules/fancy/__init__.py"
    )
    assert tool.create(
        checkout, code="LS898", name="other-rule", family="fancy", severity="error"
    )


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("LS101 made-up-rule secrets", "LS101 is taken"),
        ("LS199 hardcoded-api-key secrets", "hardcoded-api-key is taken"),
        ("LS199 made-up-rule forbidden", "the family"),
        ("LS199 made-up-rule fancy", "the family"),
        ("X199 made-up-rule secrets", "not a code"),
        ("LS199 MadeUpRule secrets", "kebab"),
        ("LS199 made-up-rule ../secrets", "family"),
    ],
)
def test_what_is_taken_or_misspelt_is_refused(
    tool: ModuleType, checkout: Path, rule: str, reason: str
) -> None:
    code, name, family = rule.split()
    before = sorted(checkout.rglob("*"))
    with pytest.raises(tool.RefusedError, match=reason):
        tool.create(checkout, code=code, name=name, family=family, severity="error")
    assert sorted(checkout.rglob("*")) == before


def test_an_existing_page_is_not_overwritten(tool: ModuleType, checkout: Path) -> None:
    page = checkout / "fixtures/rules/LS399.md"
    page.write_text("mine")
    with pytest.raises(tool.RefusedError, match="exists"):
        tool.create(
            checkout, code="LS399", name="made-up-rule", family="forbidden", severity="error"
        )
    assert page.read_text() == "mine"
