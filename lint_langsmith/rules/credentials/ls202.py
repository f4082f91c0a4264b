"""LS202: a blank or a placeholder in place of a key."""

from __future__ import annotations

from collections.abc import Iterator

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.credentials.process_keys import Unusable, is_literal_reference
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.ir.walk import descend
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.sdk_calls import Construction
from lint_langsmith.analysis.values.abstract import (
    Environment,
    Literal,
    Parameter,
    Unknown,
    Value,
)
from lint_langsmith.findings import (
    Applicability,
    Edit,
    Fix,
    Related,
    Severity,
    Span,
    Violation,
)
from lint_langsmith.rules.registry import rule
from lint_langsmith.rules.shared.optional_templates import OptionalTracing, optional_tracing
from lint_langsmith.sdk.keys import fault_of, is_placeholder, unusable_form
from lint_langsmith.sdk.variables import KEYS


@rule("LS202", "blank-api-key", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A client, or a process that traces, gets a blank key or a placeholder.

    ## What it does
    Reports `api_key=""`, blanks, placeholders, and fallbacks to them (`os.getenv("LANGSMITH_API_KEY", "")`, `key or
    ""`) that reach the constructor of a LangSmith client. Also reports a blank or a placeholder that a process gets as
    `LANGSMITH_API_KEY` or `LANGCHAIN_API_KEY` from an environment file that it loads (a `.env`, or any file that
    `env_file` or `load_dotenv` names, or that fills in `${LANGSMITH_API_KEY}`, even `.env.example`), from compose, a
    workflow (there the text `$LANGSMITH_API_KEY` too, below `env`), or `os.environ[…] = "your-key"`, if tracing is on
    or a client reads the variable (an info in a notebook); in a `.env` that git ignores a legacy key or one that is cut
    short as well, which no other rule looks for there. A template that nothing loads (`.env.example`) is reported in
    one case: a comment in it or a README above it (an item of a list, a heading, the words above a block, a table's
    column "Required") calls LangSmith optional, and yet it turns tracing on and has a blank or a placeholder for the
    key.

    ## Why it matters
    A placeholder is sent as the key, and every request and upload is refused with 401 or 403. With a blank `api_key`
    the client has no key **and** does not read the environment, so even a variable that is set is not used (measured on
    0.1.147 to 0.15.0). Omit the argument, or pass `None`.

    ## Example
    ```python
    import os

    from langsmith import Client

    client = Client(api_key=os.getenv("LANGSMITH_API_KEY", ""))
    ```

    ## Use instead
    ```python
    import os

    from langsmith import Client

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])
    ```

    ## Not flagged
    `None`; placeholders in tests, and for clients that only read shared data (`read_shared_dataset`); a value that
    the program checks before it uses it; blank keys for the sandbox clients, which fall back to the environment;
    all other templates that are never loaded, and those whose placeholder the code names; a blank if tracing is
    off, unless the program writes it itself or git ignores its file; values that another source of the process
    overrides; services that run third-party programs; defaults of an interpolation (`${LANGSMITH_API_KEY:-}`).

    ## Fix safety
    The fix turns tracing off in the template. It is unsafe: those who fill in a key have to turn it on as well. For
    all else there is no fix.

    ## References
    - [Create an account and API key](https://docs.langchain.com/langsmith/create-account-api-key)
    """
    if file.is_test:
        return
    for unusable in analysis.process_keys.unusable(file):
        yield _of_process(unusable)
    found = optional_tracing(file, analysis)
    if found is not None:
        yield _of_template(found)
    clients = analysis.clients.constructions(file)
    checked = _checked_names(file) if clients else frozenset()
    keyless = _of_shared_data(file, analysis) if clients else frozenset()
    for client in clients:
        value = client.argument("api_key")
        if value is None or _dotted(value) in checked or client.site in keyless:
            continue
        problem = _problem(client, value, analysis)
        if problem is not None:
            yield Violation(
                at=_span(value, client),
                message=problem,
                help="omit `api_key` so that the SDK reads the environment, or stop if the variable is not set",
            )


def _of_process(unusable: Unusable) -> Violation:
    setting, value = unusable.given.setting, unusable.given.value or ""
    is_reference = is_literal_reference(setting)
    what = (
        f"is the text `{value}`, because only `${{{{ … }}}}` is filled in here"
        if is_reference
        else unusable_form(value)
    )
    return Violation(
        at=setting.at,
        message=(
            f"`{setting.name}` {what}, and {unusable.process.label} gets it as its key where {unusable.use}; "
            "LangSmith refuses its requests with 401 or 403"
        ),
        help=(
            f"write `${{{{ secrets.{setting.name} }}}}`"
            if is_reference
            else "set a key, or turn tracing off"
        ),
        # Whoever runs a notebook fills in the key, or sees at once that it is missing.
        severity=Severity.INFO if setting.file.kind == "notebook" else None,
    )


def _of_template(found: OptionalTracing) -> Violation:
    flag, key = found.flag, found.key
    what = "placeholder" if (key.value or "").strip() else "blank"
    by = f"and `{found.readme}`" if found.readme else "which"
    is_there = "is blank" if what == "blank" else "is a placeholder"
    return Violation(
        at=flag.at,
        message=(
            f"`{flag.name}` is on in this template, {by} calls LangSmith optional; in a copy without a key LangSmith "
            f"refuses each trace with 401 or 403, because `{key.name}` {is_there}"
        ),
        help=f"write `{flag.name}=false`, to be turned on with the key",
        related=(Related(key.file.relative, key.at, f"the {what}"),),
        fix=Fix("turn tracing off", Applicability.UNSAFE, (Edit(flag.span, "false"),)),
    )


def _of_shared_data(file: File, analysis: Analysis) -> frozenset[int]:
    """Where clients are built that only read what is shared by a link: the SDK wants some key, and any word does."""
    sharing: dict[int, bool] = {}
    for call in analysis.clients.api_calls(file):
        if call.origin is not None and call.origin[0] == file:
            site = call.origin[1]
            sharing[site] = sharing.get(site, True) and call.takes_share_token
    return frozenset(site for site, is_shared in sharing.items() if is_shared)


def _problem(client: Construction, value: ir.Expr, analysis: Analysis) -> str | None:
    values = analysis.values.of(client.file, value, client.file.place(client.call))
    passed_in = any(isinstance(item, (Parameter, Unknown)) for item in values)
    reads_environment = "sandbox" in client.cls
    for item in values:
        if isinstance(item, Environment) and not reads_environment and _is_blank(item.default):
            return (
                f"the key falls back to a blank if {item.variable} is not set; "
                f"`{client.written}` then has no key and does not read the environment"
            )
        if isinstance(item, Environment) and _is_placeholder_by_default(item):
            return (
                f"the key falls back to a placeholder if {item.variable} is not set; "
                "LangSmith refuses every request then"
            )
        if not isinstance(item, Literal) or passed_in:
            continue
        if not item.text.strip() and not reads_environment:
            return f"`{client.written}` gets a blank key; it then has no key and does not read the environment"
        if item.text.strip() and is_placeholder(item.text) and fault_of(item.text) is None:
            return f"`{client.written}` gets a placeholder as its key; LangSmith refuses every request"
    return None


def _is_placeholder_by_default(item: Environment) -> bool:
    """Whether a key is a placeholder where its variable is not set: `os.getenv(name, "your-api-key")`."""
    return item.variable in KEYS and any(
        isinstance(value, Literal)
        and bool(value.text.strip())
        and is_placeholder(value.text)
        and fault_of(value.text) is None
        for value in item.default
    )


def _is_blank(values: tuple[Value, ...]) -> bool:
    return any(isinstance(item, Literal) and not item.text.strip() for item in values)


def _checked_names(file: File) -> frozenset[str | None]:
    """The names and attributes that the file tests somewhere: `if not config.KEY:`."""
    through = (ir.Unary, ir.Boolean, ir.Comparison)
    parts = (
        part for branch in file.model.branches for part in descend(branch.test, through=through)
    )
    names = (part.name if isinstance(part, ir.Walrus) else _dotted(part) for part in parts)
    return frozenset(names) - {None}


def _dotted(expr: ir.Expr) -> str | None:
    if isinstance(expr, ir.Attribute):
        owner = _dotted(expr.value)
        return owner and f"{owner}.{expr.name}"
    return expr.id if isinstance(expr, ir.Name) else None


def _span(value: ir.Expr, client: Construction) -> Span:
    if isinstance(value, ir.CallRef):
        return client.file.model.calls[value.site].span
    return getattr(value, "span", client.call.callee_span)
