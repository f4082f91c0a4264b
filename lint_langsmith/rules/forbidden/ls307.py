"""LS307: a function returns nothing after a 403, and its caller uses the result."""

from __future__ import annotations

from collections.abc import Iterator

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Related, Severity, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.handlers import related_calls
from lint_langsmith.rules.shared.nothing_returned import failing_use


@rule("LS307", "nothing-after-forbidden", severity=Severity.WARNING, since="0.3", follows=True)
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A handler makes a function return `None` after a 403, and its caller uses the result as if it were there.

    ## What it does
    Reports handlers that catch the 403 of an API call and end the function without a result (`return None`, or nothing
    behind a message), if a caller of the project uses that result without asking for `None`: its attributes, methods or
    items, as an operand (`prompt | model`), in a loop, or in a function that it passes the result to.

    ## Why it matters
    The caller ends with `AttributeError` or `TypeError` about `None`, far from the cause. Whoever reads that error
    looks for a fault in the program, not for a refused key.

    ## Example
    ```python
    import os

    from langsmith import Client

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    def prompt():
        try:
            return client.pull_prompt("summary")
        except Exception as error:
            print(f"LangSmith: {error}")


    def summarize(text):
        return prompt().invoke({"text": text})
    ```

    ## Use instead
    ```python
    import os

    from langsmith import Client
    from langsmith.utils import LangSmithError

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


    def prompt():
        try:
            return client.pull_prompt("summary")
        except LangSmithError as error:
            raise RuntimeError("no prompt: LangSmith refused the key, or can't be reached") from error


    def summarize(text):
        return prompt().invoke({"text": text})
    ```

    ## Not flagged
    Results that a caller tests before it uses them, under whatever name; callers that pass the result to code outside
    of the project, store it or return it; functions that return something else after the 403; tests.

    ## Fix safety
    There is no automatic fix: the author chooses between raising an error and asking for `None`.

    ## References
    - Measured on langsmith 0.1.0 to 0.15.1: no method returns `None` for a refusal; the exception is the only sign.
    """
    if file.is_test:
        return
    for caught, calls in analysis.outcomes.caught_by_file.get(file.relative, {}).items():
        use = failing_use(caught, analysis)
        if use is None:
            continue
        scopes = file.model.scopes
        name = scopes[file.function_of(file.model.blocks[caught.handler.block].scope)].name
        caller = use.caller.file.model.scopes[use.caller.scope].name
        by = f"`{caller}()`" if use.caller.scope else f"`{use.caller.file.relative}`"
        yield Violation(
            at=caught.handler.span,
            message=(
                f"after a 403 from `{calls[0].label}` `{name}()` returns None, and {by} uses it as if it were there;"
                " the error about None hides the cause"
            ),
            help="raise an error that names LangSmith, or test the result for `None` where it is used",
            related=(
                Related(use.file.relative, use.span, "this fails for None"),
                *related_calls(calls),
            ),
        )
