"""What a rule is, and where all of them are found."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

import msgspec

import lint_langsmith.rules
from lint_langsmith.findings import Persona, Severity, Violation

if TYPE_CHECKING:
    from lint_langsmith.model.file import File
    from lint_langsmith.model.project import Project

Check: TypeAlias = "Callable[[File, Project], Iterable[Violation]]"

_CODE = re.compile(r"LS[0-9]{3}")


class Rule(msgspec.Struct, frozen=True):
    """A rule: its code and name, how it is reported unless configured otherwise, and the question it asks."""

    code: str
    name: str
    severity: Severity
    persona: Persona
    since: str
    check: Check

    @property
    def is_about_secrets(self) -> bool:
        """Whether its findings are leaks: what hides findings in bulk leaves those alone."""
        return self.code.startswith("LS1")

    @property
    def doc(self) -> str:
        """The rule's page (Markdown), from its docstring."""
        return inspect.getdoc(self.check) or ""

    @property
    def summary(self) -> str:
        """The first line of the page."""
        return self.doc.partition("\n")[0].rstrip(".")


def rule(
    code: str,
    name: str,
    *,
    severity: Severity,
    since: str,
    persona: Persona = Persona.REGULAR,
) -> Callable[[Check], Rule]:
    """Turn a check function into the `Rule` that discovery finds in its module."""
    if not _CODE.fullmatch(code):
        raise ValueError(f"{code!r} is no rule code")

    def register(check: Check) -> Rule:
        return Rule(code, name, severity, persona, since, check)

    return register


@functools.cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule in the package, by code."""
    found: dict[str, Rule] = {}
    for module_info in pkgutil.walk_packages(lint_langsmith.rules.__path__, "lint_langsmith.rules."):
        module = importlib.import_module(module_info.name)
        for value in vars(module).values():
            if isinstance(value, Rule):
                other = found.setdefault(value.code, value)
                if other is not value:
                    raise ValueError(f"two rules claim {value.code}: {other.name} and {value.name}")
    return tuple(found[code] for code in sorted(found))


@functools.cache
def secret_codes() -> frozenset[str]:
    """The codes of the rules whose findings are leaks."""
    return frozenset(rule.code for rule in all_rules() if rule.is_about_secrets)
