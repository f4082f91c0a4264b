"""Shells that a program starts only to set variables: `os.system("export NAME=…")`.

Executed on Python 3.11 (Linux): what such a shell sets ends with it, and `os.environ` stays as it was. `setx` of
Windows is documented to be for processes that begin later.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.values.abstract import ExternalName
from lint_langsmith.findings import Span
from lint_langsmith.sdk.variables import is_known

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.abstract import Values
    from lint_langsmith.analysis.values.evaluator import Evaluator

_SHELLS: Final = frozenset({"os.system", "os.popen", "subprocess.getoutput"})
_WITH_SHELL: Final = frozenset(
    f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "Popen")
)
_NAMES: Final = frozenset(
    name.rpartition(".")[2] for names in (_SHELLS, _WITH_SHELL) for name in names
)
_VALUE: Final = r"(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s\"'|&;<>]*)"
_SETTING: Final = (
    rf"(?:(?:export|set)[ \t]{{1,9}}[\"']?(?:\w+={_VALUE}[ \t]{{0,9}})+[\"']?|\w+={_VALUE}"
    rf"|(?:setx|setenv)[ \t]{{1,9}}\w+[ \t]{{1,9}}{_VALUE})"
)
_ONLY_SETTINGS: Final = lazy_re.compile(
    rf"\s{{0,99}}{_SETTING}(?:\s{{0,9}}(?:;|&&|&|\n)\s{{0,9}}{_SETTING})*[\s;]{{0,99}}"
)
_NAME: Final = lazy_re.compile(r"(?<!\w)(?P<name>LANG[A-Z]{2,8}_[A-Z0-9_]{1,80})[= \t]")


class LostSetting(NamedTuple):
    """A call that sets a variable for nothing but the shell that it starts; `call` is the name of what is called."""

    name: str
    call: str
    span: Span


def lost_settings(file: File, values: Evaluator) -> Iterator[LostSetting]:
    """The variables of LangSmith that a file sets so, one for each name and call."""
    for name in sorted(_NAMES & file.calls_by_name.keys()):
        for site in file.calls_by_name[name]:
            call = file.model.calls[site]
            command = _command(call)
            if command is None or _ONLY_SETTINGS.fullmatch(command) is None:
                continue
            called = _shell(call, values.callee(file, site))
            if called is None:
                continue
            names = dict.fromkeys(match["name"] for match in _NAME.finditer(command))
            for variable in filter(is_known, names):
                yield LostSetting(variable, called, call.span)


def _command(call: ir.Call) -> str | None:
    """The command as far as it stands there; what an f-string fills in is a word."""
    first = call.args[0].value if call.args and call.args[0].keyword is None else None
    if isinstance(first, ir.Text):
        return first.value
    if isinstance(first, ir.Template):
        return "".join(part.value if isinstance(part, ir.Text) else "x" for part in first.parts)
    return None


def _shell(call: ir.Call, callees: Values) -> str | None:
    """What a call that hands its first argument to a shell calls; None for all others."""
    names = [callee.name for callee in callees if isinstance(callee, ExternalName)]
    if not names:
        return None
    is_shell = any(
        arg.keyword == "shell" and arg.value == ir.Constant("True") for arg in call.args
    )
    taken = _SHELLS | _WITH_SHELL if is_shell else _SHELLS
    return names[0] if names[0] in taken else None
