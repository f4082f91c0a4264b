"""What a rule is, and where all of them are found."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

import lint_langsmith.rules
from lint_langsmith import lazy_re
from lint_langsmith.findings import Persona, Severity, Violation

if TYPE_CHECKING:
    from lint_langsmith.analysis.analysis import Analysis
    from lint_langsmith.analysis.project.file import File

Check: TypeAlias = "Callable[[File, Analysis], Iterable[Violation]]"

_CODE: Final = lazy_re.compile(r"LS[0-9]{3}")
_FILE: Final = lazy_re.compile(r"ls[0-9]{3}\.py")
_DECORATOR: Final = lazy_re.compile(r'(?m)^@rule\(\s*"(LS[0-9]{3})",\s*"([^"]+)"')


class Rule(msgspec.Struct, frozen=True):
    """A rule: its code and name, how it is reported unless configured otherwise, and the question it asks.

    A rule is asked of the files in scope. With `follows` it is asked as well of files that have nothing to do with
    LangSmith but that a 403 passes on its way; with `words` of Python files that hold one of them and import a file in
    scope, directly or through others. In `preview` it runs only where previews are asked for: what a new rule reports
    may still change.
    """

    code: str
    name: str
    severity: Severity
    persona: Persona
    since: str
    check: Check
    follows: bool = False
    words: tuple[str, ...] = ()
    preview: bool = False

    @property
    def is_about_secrets(self) -> bool:
        """Whether its findings are leaks: what hides findings in bulk leaves those alone."""
        return _is_about_secrets(self.code)

    @property
    def doc(self) -> str:
        """The rule's page (Markdown), from its docstring."""
        import inspect  # noqa: PLC0415 - for those who read

        return inspect.getdoc(self.check) or ""

    @property
    def summary(self) -> str:
        """The first line of the page."""
        return self.doc.partition("\n")[0].rstrip(".")


def rule(  # noqa: PLR0913 - what a rule says of itself
    code: str,
    name: str,
    *,
    severity: Severity,
    since: str,
    persona: Persona = Persona.REGULAR,
    follows: bool = False,
    words: tuple[str, ...] = (),
    preview: bool = False,
) -> Callable[[Check], Rule]:
    """Turn a check function into the `Rule` that discovery finds in its module."""
    if not _CODE.fullmatch(code):
        raise ValueError(f"{code!r} is no rule code")

    def register(check: Check) -> Rule:
        return Rule(code, name, severity, persona, since, check, follows, words, preview)

    return register


@functools.cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule in the package, by code. This imports all that the rules need; `codes` and `names` do not."""
    import pkgutil  # noqa: PLC0415 - many runs come to an end before any rule is asked

    found: dict[str, Rule] = {}
    for module_info in pkgutil.walk_packages(
        lint_langsmith.rules.__path__, "lint_langsmith.rules."
    ):
        module = importlib.import_module(module_info.name)
        for value in vars(module).values():
            if isinstance(value, Rule):
                other = found.setdefault(value.code, value)
                if other is not value:
                    raise ValueError(
                        f"two rules claim {value.code}: {other.name} and {value.name}"
                    )
    return tuple(found[code] for code in sorted(found))


@functools.cache
def codes() -> frozenset[str]:
    """The codes of all rules, told from the names of their files."""
    return frozenset(path.stem.upper() for path in _files())


@functools.cache
def names() -> Mapping[str, str]:
    """The names of all rules by their codes, read from their files without running them."""
    found = (_DECORATOR.search(path.read_text(encoding="utf-8")) for path in _files())
    return {match[1]: match[2] for match in found if match is not None}


def _files() -> Iterator[Path]:
    """The files of the rules. That each has one rule, and the rule the code of its file, is checked by a test."""
    for folder in lint_langsmith.rules.__path__:
        yield from (path for path in Path(folder).rglob("ls*.py") if _FILE.fullmatch(path.name))


@functools.cache
def secret_codes() -> frozenset[str]:
    """The codes of the rules whose findings are leaks."""
    return frozenset(code for code in codes() if _is_about_secrets(code))


def _is_about_secrets(code: str) -> bool:
    return code.startswith("LS1")
