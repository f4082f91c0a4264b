#!/usr/bin/env python3
"""Begin a rule: write its module and its page of fixtures, ready to be filled in.

    python tools/new_rule.py LS306 retried-forbidden forbidden --severity warning

What it writes is found by discovery and by the tests at once; they fail until the rule has content. A new rule is in
preview for one release (docs/policy.md).
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
RULES: Final = "lint_langsmith/rules"

_MODULE: Final = '''\
"""{code}: {words}."""

from __future__ import annotations

from collections.abc import Iterator

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Severity, Violation
from lint_langsmith.rules.registry import rule


@rule("{code}", "{name}", severity=Severity.{severity}, since="{since}", preview=True)
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """One sentence: what the program does wrong.

    ## What it does
    Which code is flagged.

    ## Why it matters
    What happens to whom, and how that is known.

    ## Example
    ```python
    import langsmith
    ```

    ## Use instead
    ```python
    import langsmith
    ```

    ## Not flagged
    What looks like it and is right.

    ## Fix safety
    There is no automatic fix.

    ## References
    - [LangSmith's documentation](https://docs.langchain.com/langsmith)
    """
    yield from ()
'''

_PAGE: Final = """\
# {code} {name}

One sentence: what the rule is about, and what it leaves to others.

## Flagged

### The plain case

```py
import langsmith  # {code} {severity}
```

## Not flagged

### What looks like it and is right

```py
import langsmith
```
"""


class RefusedError(Exception):
    """The rule can't be made; the message says why."""


def create(root: Path, *, code: str, name: str, family: str, severity: str) -> list[Path]:
    """Write the files of a new rule below `root`; return their paths.

    Raises:
        RefusedError: the code, the name or a file is taken, or the family is another code's.
    """
    _check_spelling(code, name, family)
    rules = root / RULES
    _check_free(rules, code, name)
    _check_family(rules, code, family)
    fields = {
        "code": code,
        "name": name,
        "words": name.replace("-", " "),
        "severity": severity.upper(),
        "since": _next_version(root),
    }
    module = rules / family / f"{code.lower()}.py"
    page = root / "fixtures/rules" / f"{code}.md"
    for path in (module, page):
        if path.exists():
            raise RefusedError(f"{path.relative_to(root)} exists")
    written = [module, page]
    init = rules / family / "__init__.py"
    if not init.exists():
        init.parent.mkdir()
        init.write_text(f'"""{code[:3]}: {family}."""\n', encoding="utf-8")
        written.insert(0, init)
    module.write_text(_MODULE.format(**fields), encoding="utf-8")
    page.write_text(_PAGE.format(**{**fields, "severity": severity}), encoding="utf-8")
    return written


def _check_spelling(code: str, name: str, family: str) -> None:
    for value, pattern, what in (
        (code, "LS[1-9][0-9]{2}", "a code like LS306"),
        (name, "[a-z0-9]+(-[a-z0-9]+)+", "a kebab name like retried-forbidden"),
        (family, "[a-z]+", "the name of a family like forbidden"),
    ):
        if not re.fullmatch(pattern, value):
            raise RefusedError(f"{value!r} is not {what}")


def _check_free(rules: Path, code: str, name: str) -> None:
    for module in sorted(rules.rglob("*.py")):
        text = module.read_text(encoding="utf-8")
        for taken in (code, name):
            if re.search(rf'(?m)^ *(?:@rule\(|code=|name=).*"{taken}"', text):
                raise RefusedError(
                    f"{taken} is taken by {module.relative_to(rules.parent.parent)}"
                )


def _check_family(rules: Path, code: str, family: str) -> None:
    """A family is a folder and a hundred of codes; its `__init__.py` begins with the code's first digit."""
    for init in sorted(rules.glob("*/__init__.py")):
        digit = init.read_text(encoding="utf-8").lstrip('"')[:3]
        if (digit == code[:3]) != (init.parent.name == family):
            raise RefusedError(
                f"{digit} is the family {init.parent.name!r}, not {family!r}"
                if digit == code[:3]
                else f"the family {family!r} is {digit}, not {code[:3]}"
            )


def _next_version(root: Path) -> str:
    version = re.search(
        r'__version__[^"]*"(\d+\.\d+)', (root / "lint_langsmith/__init__.py").read_text("utf-8")
    )
    if version is None:
        raise RefusedError("lint_langsmith/__init__.py has no version")
    return version[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the rule that the arguments ask for; 0, or 2 with the reason on stderr."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("code", help="LSnnn")
    parser.add_argument("name", help="a kebab name that says what is wrong")
    parser.add_argument("family", help=f"a folder of {RULES}")
    parser.add_argument("--severity", choices=("error", "warning", "info"), default="warning")
    options = parser.parse_args(arguments)
    try:
        written = create(
            ROOT,
            code=options.code,
            name=options.name,
            family=options.family,
            severity=options.severity,
        )
    except RefusedError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for path in written:
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
