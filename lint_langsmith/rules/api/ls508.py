"""LS508: a method of a client that is called on its class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, last_name
from lint_langsmith.analysis.values.abstract import Constant, ExternalName, Literal, Value
from lint_langsmith.analysis.values.bindings import lookup
from lint_langsmith.findings import Severity, Violation
from lint_langsmith.rules.registry import rule


@rule("LS508", "client-not-constructed", severity=Severity.ERROR, since="0.2")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A method is called on the class of a client, or on the function that builds one.

    ## What it does
    Reports `Client.list_runs()`, also behind `client = Client` without parentheses, for the clients of langsmith,
    langgraph-sdk and langgraph's `RemoteGraph`; and `get_client.threads.create()`, where the function was not called.

    ## Why it matters
    Without an object, the first argument is taken as `self`, and the call raises `TypeError` for a missing argument, or
    `AttributeError`. A handler meant for LangSmith's errors hides that.

    ## Example
    ```python
    from langsmith import Client

    client = Client


    def vote(run_id, score):
        try:
            client.create_feedback(run_id, key="thumbs", score=score)
        except Exception as error:
            print(f"no feedback: {error}")
    ```

    ## Use instead
    ```python
    import os

    from langsmith import Client

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    def vote(run_id, score):
        try:
            client.create_feedback(run_id, key="thumbs", score=score)
        except Exception as error:
            print(f"no feedback: {error}")
    ```

    ## Not flagged
    Class methods; methods that are passed as values (`functools.partial(Client.read_run, client)`, `patch.object`) or
    get the client as their first argument (`Client.read_run(client, run_id)`); a class that is a parameter; classes
    whose methods the program assigns; tests.

    ## Fix safety
    There is no automatic fix: the linter does not know the arguments of the client.

    ## References
    - Executed on langsmith 0.15.1 and langgraph-sdk 0.4.14; langchain-ai/langsmith-sdk#947.
    """
    if file.is_test:
        return
    for site, call in enumerate(file.model.calls):
        if not isinstance(call.func, ir.Attribute) or file.stores_by_attribute.get(
            call.func.name
        ):
            continue
        missed = [
            _missed(value, analysis)
            for value in analysis.values.relevant_only.callee(file, site)
        ]
        found = missed[0] if missed else None
        if (
            found is None
            or None in missed
            or (found.takes_object and _passes_object(file, call, analysis))
        ):
            continue
        yield Violation(
            at=call.callee_span,
            message=f"`{_spelled(file, call)}()` is called on {found.what}, not on a client; it raises {found.error}",
            help=f"create a client first: `{found.build}`",
        )


class _Missed(NamedTuple):
    """What a method is called on instead of a client, what that raises, and how a client is built."""

    what: str
    error: str
    build: str
    takes_object: bool


def _missed(callee: Value, analysis: Analysis) -> _Missed | None:
    """What a called value is a method of; None where it is a client, or anything else."""
    if not isinstance(callee, ExternalName) or not analysis.sdk.owns(callee.name):
        return None
    owner, _, name = callee.name.rpartition(".")
    cls = analysis.values.sdk_types.client_class(ExternalName(owner))
    if cls is not None and name in analysis.sdk.methods(cls):
        written = owner.rpartition(".")[2]
        return _Missed(
            f"the class `{written}`", "TypeError", f"{written}(…)", takes_object=True
        )
    while owner:
        if analysis.sdk.made_by(owner) is not None:
            function = owner.rpartition(".")[2]
            return _Missed(
                f"the function `{function}`",
                "AttributeError",
                f"{function}(…)",
                takes_object=False,
            )
        owner = owner.rpartition(".")[0]
    return None


def _passes_object(file: File, call: ir.Call, analysis: Analysis) -> bool:
    """Whether the first argument may be the client.

    Under the class's own name that is anything but a literal; what has a name like an object's was taken for one.
    """
    first = next((arg for arg in call.args if arg.keyword is None or arg.stars), None)
    if first is None:
        return False
    values = analysis.values.of(file, first.value, file.place(call))
    if first.stars or any(map(analysis.clients.is_client, values)):
        return True
    return not _is_named_as_object(file, call) and not all(
        isinstance(value, (Literal, Constant)) for value in values
    )


def _is_named_as_object(file: File, call: ir.Call) -> bool:
    """Whether the receiver is a variable, with a small initial, that the program has set itself."""
    receiver = call.func.value if isinstance(call.func, ir.Attribute) else call.func
    if not last_name(receiver)[:1].islower():
        return False
    found = lookup(file, receiver.id, file.place(call)) if isinstance(receiver, ir.Name) else ()
    return not any(binding.kind == "parameter" for binding in found)


def _spelled(file: File, call: ir.Call) -> str:
    """The called expression, where it is short; else its last name."""
    text = file.source(call.callee_span)
    return text if text.replace(".", "_").isidentifier() else last_name(call.func)
