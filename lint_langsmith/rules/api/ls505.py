"""LS505: public prompts that the SDK refuses to pull, or that are pulled without a commit."""

from __future__ import annotations

from collections.abc import Iterator

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.prompts import FLAG, Pulled, is_refused, pulled
from lint_langsmith.analysis.sdk_use.sdk_calls import ApiCall
from lint_langsmith.findings import Severity, Violation
from lint_langsmith.rules.registry import rule


@rule("LS505", "public-prompt-pull", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A public prompt is pulled without the flag that the SDK requires, or without a commit.

    ## What it does
    Reports three faults:

    - `pull_prompt("owner/name")` without `dangerously_pull_public_prompt=True`, also if the owner is you, and
      `hub.pull("owner/name")` of langchain, which can't pass the flag, if all of the project's releases refuse the call
      (0.8.0 and newer);
    - the flag without a commit (`owner/name:abc123`), which loads whatever the owner publishes next;
    - `include_model=True` without `secrets` or `secrets_from_env`, where the model gets no key (0.5.1 and newer).

    ## Why it matters
    Another owner's prompt may contain serialized objects that are created in your process. Since 0.8.0 the SDK raises
    `ValueError` before it sends a request, so code that worked before fails after an update.

    ## Example
    ```python
    import os

    from langsmith import Client

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])
    try:
        prompt = client.pull_prompt("hwchase17/react")
    except Exception as error:
        print("no prompt:", error)
    ```

    ## Use instead
    Copy the prompt into your workspace once, and pull the copy:

    ```python
    import os

    from langsmith import Client

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])
    try:
        prompt = client.pull_prompt("react")
    except Exception as error:
        print("no prompt:", error)
    ```

    ## Not flagged
    Prompts of your own workspace (`"name"`, `"-/name"`); identifiers that are not in the source; projects that may use
    a release that does not refuse the call yet; calls whose `ValueError` is caught.

    ## Fix safety
    There is no automatic fix: a linter can't decide whether you trust a prompt.

    ## References
    - Executed on 0.1.0 to 0.15.0 with an identifier that names an owner: `ValueError` and no request since 0.8.0.
    """
    for call in analysis.clients.api_calls(file):
        if (
            call.method is not None
            and call.handed is None
            and call.name in {"pull_prompt", "pull"}
        ):
            yield from _pulled(call, analysis)


def _pulled(call: ApiCall, analysis: Analysis) -> Iterator[Violation]:
    if any(arg.stars for arg in call.call.args):
        return
    passed = {arg.keyword: arg.value for arg in call.call.args if arg.keyword is not None}
    prompt = pulled(call, analysis.values)
    if prompt is not None and all(is_refused(way, analysis.values) for way in _releases(call)):
        yield _refused(call, prompt, analysis)
    elif prompt is not None and prompt.trusts_owner:
        yield Violation(
            at=prompt.span,
            message=f"`{call.label}` trusts whatever the owner of this prompt publishes next",
            help="name the commit that you have reviewed, as in `owner/name:commit`",
        )
    method = call.method
    everywhere = method is not None and all(
        "secrets_from_env" in way.parameters for way in (method, *method.others)
    )
    wants_model = passed.get("include_model") == ir.Constant("True")
    if wants_model and everywhere and not passed.keys() & {"secrets", "secrets_from_env"}:
        yield Violation(
            at=call.span,
            message=f"`{call.label}` builds the model without its key; the key is not read from the environment",
            help="pass `secrets={…}`, or `secrets_from_env=True` for a prompt of your own",
        )


def _releases(call: ApiCall) -> Iterator[ApiCall]:
    """The call as each of the project's releases takes it."""
    for method in (call.method, *call.method.others) if call.method is not None else ():
        yield call._replace(method=method)


def _refused(call: ApiCall, prompt: Pulled, analysis: Analysis) -> Violation:
    takes_flag = call.method is not None and FLAG in call.method.parameters
    written = call.file.source(call.call.callee_span)
    _, _, name = prompt.identifier.partition("/")
    own = f'`{written}("{name}")`' if written.isprintable() else f"`{name}`"
    commit = f'("{prompt.identifier.partition(":")[0]}:<commit>", {FLAG}=True)'
    trusted = (
        f"`{written}{commit}`"
        if takes_flag
        else f"`langsmith.Client().pull_prompt{commit}` (with `import langsmith`)"
    )
    return Violation(
        at=prompt.span,
        message=f"`{call.label}` refuses every prompt that is named with an owner, also your own, in"
        f" {analysis.project.version.spoken}; it raises ValueError before it asks LangSmith",
        help=f"a prompt of your workspace is pulled without the owner: {own}; one that you trust: {trusted}",
    )
