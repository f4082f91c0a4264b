"""Clients that a library builds without being given one: for a tracer, prompts of the hub, an evaluation, a run tree.

Executed on langsmith 0.15.1: `evaluate` and its kin build `langsmith.Client()` where no `client` is passed. Executed on
langchain-core 0.3.86 and langchain 0.3.27 with langsmith 0.15.1: both build `langsmith.Client()`, which
reads its variables and raises nothing without a key; traces are refused in the background, and a prompt of one's own
raises. Read in langsmith 0.15.1: `RunTree.post()` takes the client of `get_cached_client()`, which is built without
arguments, where it was given none. Public prompts, which are named with their owner, are left out: some are open to
everyone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.sdk_use.sdk_calls import Builder, Construction
from lint_langsmith.analysis.values.abstract import ExternalName, Literal

if TYPE_CHECKING:
    from lint_langsmith.analysis.project.file import File
    from lint_langsmith.analysis.values.evaluator import Evaluator

_CLIENT: Final = "langsmith.client.Client"
HUB_KEY: Final = "LANGCHAIN_HUB_API_KEY"
_TRACER: Final = "LangChainTracer"
_PACKAGES: Final = ("langchain.", "langchain_core.", "langchain_classic.")
_HUB: Final = frozenset(
    f"{package}.hub.{name}"
    for package in ("langchain", "langchain_classic")
    for name in ("pull", "push")
)
# Functions of the SDK that build a client, where none is passed.
_EVALUATING: Final = frozenset(
    {
        "evaluate",
        "aevaluate",
        "evaluate_existing",
        "aevaluate_existing",
        "evaluate_comparative",
    }
)
_RUN_TREE: Final = "RunTree"
# Methods by which a run tree is sent, and keywords by which it gets its client.
_SENDING: Final = ("post", "patch")
_CLIENTS_OF_RUN_TREES: Final = ("client", "ls_client", "_client")


def built_by_library(file: File, values: Evaluator) -> Iterator[Construction]:
    """The calls in a file for which LangChain or the SDK builds a client."""
    for name in (_TRACER, _RUN_TREE, "pull", "push", *sorted(_EVALUATING)):
        for known_as in (name, *sorted(file.other_names.get(name, ()))):
            for site in file.calls_by_name.get(known_as, ()):
                call = file.model.calls[site]
                builder = _builder(file, site, values)
                if builder is not None and not any(arg.stars for arg in call.args):
                    written = file.source(call.callee_span)
                    yield Construction(file, site, _CLIENT, written, builder)


def _builder(file: File, site: int, values: Evaluator) -> Builder | None:
    """What a call has a library build a client for; None where it builds none."""
    call = file.model.calls[site]
    for callee in values.callee(file, site):
        if not isinstance(callee, ExternalName):
            continue
        is_tracer = callee.name.startswith(_PACKAGES) and callee.name.endswith(f".{_TRACER}")
        if is_tracer and _has_no_client(call, position=2):
            return "tracer"
        is_evaluation = (
            callee.name.startswith("langsmith.") and _last(callee.name) in _EVALUATING
        )
        if is_evaluation and _has_no_client(call, position=None):
            return "evaluation"
        if _sends_by_itself(file, call, callee):
            return "run tree"
        if callee.name in _HUB and _names_own_prompt(file, call, values):
            return "hub"
    return None


def _sends_by_itself(file: File, call: ir.Call, callee: ExternalName) -> bool:
    """Whether a call makes a `RunTree` without a client, in a file that sends such trees by itself."""
    is_tree = callee.name.startswith("langsmith.") and _last(callee.name) == _RUN_TREE
    is_sent = any(name in file.calls_by_name for name in _SENDING)
    return is_tree and is_sent and _argument(call, None, _CLIENTS_OF_RUN_TREES) is None


def _has_no_client(call: ir.Call, position: int | None) -> bool:
    """Whether a call gets no client: `LangChainTracer(example_id, project_name, client, …)`, `evaluate(client=…)`."""
    client = _argument(call, position, ("client",))
    return client is None or client == ir.Constant("None")


def _names_own_prompt(file: File, call: ir.Call, values: Evaluator) -> bool:
    """Whether the prompt that is pulled or pushed is surely named without an owner."""
    named = _argument(call, 0, ("owner_repo_commit", "repo_full_name"))
    found = values.of(file, named, file.place(call)) if named is not None else ()
    return bool(found) and all(
        isinstance(value, Literal) and "/" not in value.text for value in found
    )


def _argument(call: ir.Call, position: int | None, keywords: tuple[str, ...]) -> ir.Expr | None:
    """What a call passes at a position (from 0; None for none) or by one of the keywords, if it does."""
    for number, arg in enumerate(call.args):
        if arg.keyword in keywords or (arg.keyword is None and number == position):
            return arg.value
    return None


def _last(name: str) -> str:
    return name.rpartition(".")[2]
