"""LS407: a cell that does not set a variable as written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Applicability, Edit, Fix, Severity, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.sdk.variables import KEYS, is_known

_CALL: Final = lazy_re.compile(
    r"[A-Za-z_][\w.]*\(.*\)|[A-Za-z_][\w.]*\[[\"'].*[\"']\]", re.DOTALL
)
# A line of a shell on which variables are set and nothing is done with them.
_ASSIGNMENTS: Final = lazy_re.compile(
    r"[ \t]*(?:!{1,2}|%(?:sx|system|bash|sh)\b)?[ \t]*"
    r"(?:(?:setenv|setx)[ \t]+\w+[ \t]+\S+[ \t]*|(?:(?:export|set)[ \t]+)?"
    r"(?:\w+=(?:\"[^\"]*\"|'[^']*'|[^\s\"'|&;<>]*)[ \t;]*)+)"
)


@rule("LS407", "notebook-environment-mistake", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A notebook's cell or a shell seems to set a variable of LangSmith, but does not, or sets another value.

    ## What it does
    Reports `%env NAME="value"` (the quotes become part of the value), `%env NAME=getpass()` (the text of the call
    becomes the value), `!export NAME=value` and `%%bash` cells (the shell ends with the cell), and an assignment
    `LANGSMITH_API_KEY = "…"` that the notebook never uses, because a Python variable is not in the environment. In
    all code it reports a shell that is started only to set variables (`os.system("export NAME=value")`), because they
    end with it.

    ## Why it matters
    The key is missing or wrong, and every request fails with 401 or 403; a tracing flag with quotes is off.

    ## Example
    ```json notebook.ipynb
    {
     "cells": [
      {
       "cell_type": "code",
       "execution_count": null,
       "metadata": {},
       "outputs": [],
       "source": ["!export LANGSMITH_PROJECT=demo"]
      }
     ],
     "metadata": {},
     "nbformat": 4,
     "nbformat_minor": 5
    }
    ```

    ## Use instead
    ```json notebook.ipynb
    {
     "cells": [
      {
       "cell_type": "code",
       "execution_count": null,
       "metadata": {},
       "outputs": [],
       "source": ["%env LANGSMITH_PROJECT=demo"]
      }
     ],
     "metadata": {},
     "nbformat": 4,
     "nbformat_minor": 5
    }
    ```

    ## Not flagged
    `%env NAME=value`, `%env NAME={expression}` and `%env NAME=$name`, which work as written; shells that run a command
    with the variable, or write it to a file; Python variables that the notebook uses.

    ## Fix safety
    The fix removes the quotes and is unsafe. The other faults have no fix.

    ## References
    - [%env](https://ipython.readthedocs.io/en/stable/interactive/magics.html#magic-env)
    """
    for lost in analysis.environment.lost_settings(file) if not file.is_test else ():
        yield Violation(
            at=lost.span,
            message=f"`{lost.name}` is set in a shell that ends with `{lost.call}()`; this program never gets it",
            help=f'write `os.environ["{lost.name}"] = …`',
        )
    if file.kind != "notebook":
        return
    for setting in analysis.environment.settings(file):
        if setting.kind == "magic" and is_known(setting.name):
            yield from _magic(setting)
    yield from _plain(file)


def _magic(setting: Setting) -> Iterator[Violation]:
    if setting.group in {"%env", "%set_env"}:
        written = setting.written.strip()
        if len(written) > 1 and written[0] == written[-1] and written[0] in "\"'":
            yield Violation(
                at=setting.at,
                message=f"`{setting.group} {setting.name}=…` makes the quotes a part of the value",
                help="write the value without quotes",
                fix=_fix(setting, written[1:-1]),
            )
        elif _CALL.fullmatch(written):
            yield Violation(
                at=setting.at,
                message=f"`{setting.group} {setting.name}=…` does not call it; the text of the call becomes the value",
                help=f'write `os.environ["{setting.name}"] = …`, or put the expression in braces',
            )
    elif setting.group and _is_alone(setting):
        yield Violation(
            at=setting.at,
            message=f"`{setting.name}` is set in a shell that ends with the cell; the notebook never gets it",
            help=f"write `%env {setting.name}=…`",
        )


def _is_alone(setting: Setting) -> bool:
    """Whether a shell only sets variables: with a command behind them they are for that command."""
    file, number = setting.file, setting.span.line
    if file.places is None or not setting.group.startswith("%%"):
        return _ASSIGNMENTS.fullmatch(file.lines[number - 1]) is not None
    start = file.places.cell_start(number)
    cell = [
        line
        for at, line in enumerate(file.lines, start=1)
        if at > start and file.places.cell_start(at) == start
    ]
    return all(
        _ASSIGNMENTS.fullmatch(line)
        for line in cell
        if line.strip() and not line.lstrip().startswith("#")
    )


def _fix(setting: Setting, value: str) -> Fix | None:
    if setting.span.line != setting.span.end_line or not value:
        return None
    return Fix("remove the quotes", Applicability.UNSAFE, (Edit(setting.span, value),))


def _plain(file: File) -> Iterator[Violation]:
    """Variables of Python that are named as those of the environment, and that nothing uses."""
    used = {read.name for read in file.model.reads} | {expr.name for expr in _attributes(file)}
    for binding in file.model.bindings:
        if (
            binding.kind != "assign"
            or binding.scope != 0
            or binding.name in used
            or binding.value is None
        ):
            continue
        if is_known(binding.name) and isinstance(
            binding.value, (ir.Text, ir.CallRef, ir.Template)
        ):
            yield Violation(
                at=binding.span,
                message=f"`{binding.name}` is an unused variable of Python; the SDK reads the environment",
                help=f'write `os.environ["{binding.name}"] = …`',
                secrets=(binding.value.span,)
                if binding.name in KEYS and isinstance(binding.value, ir.Text)
                else (),
            )


def _attributes(file: File) -> Iterator[ir.Attribute]:
    return (load.expr for load in file.model.loads if isinstance(load.expr, ir.Attribute))
