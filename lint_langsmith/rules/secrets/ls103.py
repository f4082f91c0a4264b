"""LS103: the key of one provider, passed to another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.credentials.credentials import (
    Credential,
    entries,
    is_example,
    is_hosted,
)
from lint_langsmith.analysis.project.file import File, span_of
from lint_langsmith.analysis.values.abstract import Environment, ExternalName, Instance, Literal
from lint_langsmith.findings import Secret, Severity, Span, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.sdk.keys import find_keys, is_placeholder
from lint_langsmith.sdk.providers import (
    ELSEWHERE_ARGUMENTS,
    ELSEWHERE_VARIABLES,
    KEY_ARGUMENTS,
    VARIABLES,
    client_of,
    provider_of,
)
from lint_langsmith.sdk.variables import ADDRESSES, KEYS

# A value that is another variable and nothing else: `${OPENAI_API_KEY}`, `${{ secrets.OPENAI_API_KEY }}`, `$NAME`.
_VARIABLE: Final = lazy_re.compile(
    r"[\"']?\$(?:\{\{\s*(?:secrets|env|vars)\.(?P<a>\w+)\s*\}\}|\{(?P<b>\w+)(?::?-)?\}|(?P<c>\w+))[\"']?"
)


@rule("LS103", "wrong-provider-key", severity=Severity.ERROR, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """Another provider's key is passed to LangSmith, or LangSmith's key to another provider.

    ## What it does
    Reports keys of other providers where LangSmith expects its own key. A key is recognized by the shape of a literal
    (`sk-proj-…`, `sk-ant-…`, `tvly-…`) or by its variable (`Client(api_key=os.environ["OPENAI_API_KEY"])`,
    `LANGSMITH_API_KEY: ${OPENAI_API_KEY}`). Also reports LangSmith's variable or key passed to `OpenAI(…)`,
    `Anthropic(…)` and similar clients without the address of a gateway.

    ## Why it matters
    The request is refused, and one company's key is sent to the other company.

    ## Example
    ```python
    import os

    from langsmith import Client

    client = Client(api_key=os.environ["OPENAI_API_KEY"])
    ```

    ## Use instead
    ```python
    import os

    from langsmith import Client

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])
    ```

    ## Not flagged
    Other providers' clients with a `base_url` (LangSmith's gateway takes LangSmith's key); LangSmith clients with an
    address outside the hosted service; values that may come from more than one place; tests.

    ## Fix safety
    There is no automatic fix: the program does not say which key is the right one.

    ## References
    - [LLM gateway](https://docs.langchain.com/langsmith/llm-gateway)
    """
    if file.is_test:
        return
    seen: set[Span] = set()
    for credential in analysis.credentials.of(file):
        if credential.is_licence or _is_elsewhere(credential, file, analysis):
            continue
        for violation in (*_literals(credential, file), *_named(credential)):
            if violation.at not in seen:
                seen.add(violation.at)
                yield violation
    yield from _given_away(file, analysis)


def _literals(credential: Credential, file: File) -> Iterator[Violation]:
    for text, span in credential.texts:
        provider = provider_of(text)
        if provider is not None and not is_placeholder(text) and not is_example(file):
            yield Violation(
                at=span,
                message=f"{credential.what} is a key of {provider}: `{Secret(text)}`",
                help="revoke it, because it stays in the history; use a LangSmith key, which begins with `lsv2_`",
                secrets=(span,),
            )


def _named(credential: Credential) -> Iterator[Violation]:
    names = [value.variable for value in credential.values if isinstance(value, Environment)]
    if len(names) != len(credential.values):
        names = []
    written = _VARIABLE.fullmatch(credential.written)
    if written is not None:
        names = [written["a"] or written["b"] or written["c"]]
    if names and all(name in VARIABLES for name in names):
        yield Violation(
            at=credential.at,
            message=f"{credential.what} is the key of {VARIABLES[names[0]]}, from {names[0]}",
            help=f"use LANGSMITH_API_KEY; LangSmith refuses {names[0]}, and it is sent there",
        )


def _is_elsewhere(credential: Credential, file: File, analysis: Analysis) -> bool:
    """Whether the key is for an installation that may take any key: an address that is not the hosted service's."""
    client = credential.client
    if client is not None:
        address = client.argument("api_url")
        if client.unpacks:
            return True
        addresses = client.argument("api_urls")
        if addresses is not None:
            names = [
                name
                for name, _ in entries(client.file, addresses, client.file.place(client.call))
            ]
            return not names or not all(map(is_hosted, names))
        if address is not None:
            text = analysis.values.texts(client.file, address, client.file.place(client.call))
            return text is None or not is_hosted(text)
    addresses_set = analysis.environment.by_name(file)
    return any(
        not setting.texts or not all(map(is_hosted, setting.texts))
        for name in ADDRESSES
        for setting in addresses_set.get(name, ())
    )


def _given_away(file: File, analysis: Analysis) -> Iterator[Violation]:
    """LangSmith's key in the hands of another provider's client."""
    for site, call in enumerate(file.model.calls):
        keys = [arg for arg in call.args if arg.keyword in KEY_ARGUMENTS]
        if not keys or any(
            arg.stars == 2 or arg.keyword in ELSEWHERE_ARGUMENTS for arg in call.args
        ):
            continue
        built = [
            value
            for value in analysis.values.relevant_only.call(file, site)
            if isinstance(value, Instance)
        ]
        names = [
            value.cls.name
            for value in built
            if isinstance(value.cls, ExternalName) and client_of(value.cls.name)
        ]
        if not names or any(
            True for name in ELSEWHERE_VARIABLES for _ in analysis.project.mentioning(name)
        ):
            continue
        for arg in keys:
            given = analysis.values.of(file, arg.value, file.place(call))
            if given and all(_is_langsmiths(value) for value in given):
                name = names[0].rpartition(".")[2]
                yield Violation(
                    at=span_of(file, arg.value) or call.callee_span,
                    message=f"`{arg.keyword}` of `{name}` is LangSmith's key; {client_of(names[0])} refuses it, "
                    "and it is sent there",
                    help="pass the provider's own key, or the `base_url` of LangSmith's gateway",
                )


def _is_langsmiths(value: object) -> bool:
    if isinstance(value, Environment):
        return value.variable in KEYS
    return isinstance(value, Literal) and any(find_keys(value.text))
