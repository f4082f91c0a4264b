"""LS404: a variable that is set after the SDK has read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lint_langsmith.findings import Related, Severity, Span, Violation
from lint_langsmith.model import data
from lint_langsmith.model.clients import Construction
from lint_langsmith.model.file import File
from lint_langsmith.model.project import Project
from lint_langsmith.model.values import Bound, FunctionRef, Instance, Member, Symbol, Value
from lint_langsmith.model.writes import Setting
from lint_langsmith.rules.registry import rule
from lint_langsmith.sdk.variables import (
    ENDPOINTS,
    PRIVACY_FLAGS,
    PROJECTS,
    SAMPLING_RATES,
    TRACING_FLAGS,
    WORKSPACES,
)

_RUNS = frozenset(
    {"invoke", "ainvoke", "stream", "astream", "batch", "abatch", "astream_events", "run", "arun", "predict"}
)
_LANGCHAIN = ("langchain.", "langchain_core.", "langchain_openai.", "langchain_anthropic.", "langgraph.", "langchain_")


class _Freeze(NamedTuple):
    """A call that makes the SDK keep the values of variables; `again` where the next client reads them afresh."""

    span: Span
    block: int
    label: str
    variables: tuple[str, ...]
    again: tuple[str, ...] = ()


@rule("LS404", "environment-set-too-late", severity=Severity.WARNING, since="0.1")
def check(file: File, project: Project) -> Iterator[Violation]:
    """A variable of LangSmith is set after the SDK has read it, and so has no effect.

    ## What it does
    Flags writes to a LangSmith variable behind the call that makes the SDK keep its value, in the same straight line of
    code or in the order of a notebook's cells. (A key that comes too late is `credentials-read-too-early`.)

    ## Why it matters
    Executed on 0.15.0. Building a client keeps `*_ENDPOINT` and `*_WORKSPACE_ID` for that client, and `*_HIDE_*` and
    the sampling rate for every later client too. The first traced call and `tracing_is_enabled()` keep the tracing
    flags for the rest of the process, the first call that is traced also the project. What is set afterwards is
    ignored without a word: `LANGSMITH_HIDE_INPUTS=true` then hides nothing.

    ## Example
    ```python
    import os

    from langsmith import traceable


    @traceable
    def answer(question):
        return question


    answer("first")
    os.environ["LANGSMITH_TRACING"] = "true"
    ```

    ## Use instead
    ```python
    import os

    from langsmith import traceable


    @traceable
    def answer(question):
        return question


    os.environ["LANGSMITH_TRACING"] = "true"
    answer("first")
    ```

    ## Not flagged
    Writes behind imports and decorators, which read nothing; behind `get_env_var.cache_clear()`; the endpoint and the
    workspace where another client is built behind the write; variables that an argument of the client stands for.

    ## Fix safety
    There is no automatic fix.

    ## References
    - [Troubleshooting: variables are read once](https://docs.langchain.com/langsmith/troubleshooting-variable-caching)
    """
    if "cache_clear" in file.calls_by_name or not file.code:
        return
    settings = [setting for setting in project.environment.judged(file) if _is_write(setting)]
    freezes = list(_freezes(file, project, settings)) if settings else []
    reported: set[tuple[str, Span]] = set()
    for setting in settings:
        freeze = next((freeze for freeze in freezes if _keeps(file, freeze, setting, freezes)), None)
        if freeze is None or (setting.name, freeze.span) in reported or _says_the_same(setting, freeze, settings):
            continue
        reported.add((setting.name, freeze.span))
        yield Violation(
            at=setting.at,
            message=f"`{setting.name}` is set after {freeze.label}, which has read it already: it has no effect",
            help="set it before, best at the start of the program",
            related=(Related(file.relative, freeze.span, "the value is kept from here on"),),
        )


def _is_write(setting: Setting) -> bool:
    magic = setting.group in {"%env", "%set_env"}
    return magic or (setting.place is not None and setting.how in {"set", "default"})


def _says_the_same(setting: Setting, freeze: _Freeze, settings: list[Setting]) -> bool:
    """Whether the variable had its value before the SDK read it, so that nothing is lost."""
    scope = _function(setting)
    before = [
        other
        for other in settings
        if other.name == setting.name and other.span < freeze.span and _function(other) == scope
    ]
    return bool(before) and before[-1].value is not None and before[-1].value == setting.value


def _function(setting: Setting) -> int:
    return setting.file.function_of(setting.place.scope) if setting.place is not None else 0


def _keeps(file: File, freeze: _Freeze, setting: Setting, freezes: list[_Freeze]) -> bool:
    if setting.name not in freeze.variables or not freeze.span < setting.span:
        return False
    if setting.name in freeze.again and any(
        later.span > setting.span and setting.name in later.again for later in freezes
    ):
        return False
    if setting.place is None:
        return freeze.block == 0
    frozen_in = file.function_of(file.model.blocks[freeze.block].scope)
    return frozen_in == file.function_of(setting.place.scope) and freeze.block in file.block_chain(setting.place.block)


def _freezes(file: File, project: Project, settings: list[Setting]) -> Iterator[_Freeze]:
    """The calls that make the SDK keep values, in order."""
    clients = {client.site: client for client in project.clients.constructions(file)}
    found: list[_Freeze] = []
    for site, call in enumerate(file.model.calls):
        if site in clients:
            found.append(_of_client(clients[site]))
        elif "tracing_is_enabled" in _names(project.values.callee(file, site)):
            found.append(_Freeze(call.span, call.block, "`tracing_is_enabled()`", TRACING_FLAGS))
        else:
            label = _traced(file, site, project)
            if label is not None:
                found.append(_Freeze(call.span, call.block, label, _kept_by_call(call, settings)))
    yield from sorted(found)


def _of_client(client: Construction) -> _Freeze:
    read: list[str] = []
    for name, keyword in (
        *((name, "hide_" + name.rpartition("_")[2].lower()) for name in PRIVACY_FLAGS),
        *((name, "tracing_sampling_rate") for name in SAMPLING_RATES),
        *((name, "api_url") for name in ENDPOINTS),
        *((name, "workspace_id") for name in WORKSPACES),
    ):
        if client.argument(keyword) is None and not client.unpacks:
            read.append(name)
    positional = bool(client.call.args) and client.call.args[0].keyword is None
    if client.cls.endswith("Langsmith") or "sandbox" in client.cls:
        read = [name for name in read if name in ENDPOINTS and "sandbox" in client.cls]
    again = (*ENDPOINTS, *WORKSPACES)
    kept = tuple(name for name in read if not (positional and name in ENDPOINTS))
    return _Freeze(client.call.span, client.call.block, f"`{client.written}()` is built", kept, again)


def _kept_by_call(call: data.Call, settings: list[Setting]) -> tuple[str, ...]:
    """The first call decides whether there is tracing at all; the project only where there is."""
    traced = any(
        setting.name in TRACING_FLAGS and setting.value == "true" and setting.span < call.span for setting in settings
    )
    return (*TRACING_FLAGS, *PROJECTS) if traced else TRACING_FLAGS


def _traced(file: File, site: int, project: Project) -> str | None:
    """What to call a call of traced code; None for all others."""
    call = file.model.calls[site]
    for callee in project.values.callee(file, site):
        function = callee.function if isinstance(callee, Bound) else callee
        if isinstance(function, FunctionRef):
            decorators = project.values.decorator_names(function)
            if any(name.startswith("langsmith.") and name.endswith(".traceable") for name in decorators):
                return f"the first call of `{file.source(call.callee_span)}()`"
        if isinstance(callee, Symbol) and callee.name == "langsmith.trace" and call.use.kind in {"with", "async-with"}:
            return "the first `trace(…)`"
        if isinstance(callee, Member) and callee.name in _RUNS and _is_langchain(callee.receiver):
            return f"the first `{callee.name}()`"
        if (
            isinstance(callee, Symbol)
            and callee.name.rpartition(".")[2] in _RUNS
            and callee.name.startswith(_LANGCHAIN)
        ):
            return f"the first `{callee.name.rpartition('.')[2]}()`"
    return None


def _is_langchain(receiver: Instance) -> bool:
    return isinstance(receiver.cls, Symbol) and receiver.cls.name.startswith(_LANGCHAIN)


def _names(values: tuple[Value, ...]) -> set[str]:
    return {
        value.name.rpartition(".")[2]
        for value in values
        if isinstance(value, Symbol) and value.name.startswith("langsmith.")
    }
