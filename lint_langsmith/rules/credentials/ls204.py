"""LS204: a key that stays in a settings object."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Related, Severity, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.sdk.variables import TRACING_FLAGS


@rule("LS204", "settings-not-exported", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """The key is only in a field of a settings class, and the client reads the environment.

    ## What it does
    Reports a client that is created without a key if the key's variable is only in a pydantic settings class with an
    `env_file` (`BaseSettings` of pydantic 1 and pydantic-settings; prefixes and aliases are resolved). Also reports
    `LANGSMITH_TRACING = True` as a name of a module that no code uses, and a field for a tracing flag that is true by
    default, in the `env_file` or in its template, and that no code uses: neither is in the environment.

    ## Why it matters
    The values of `env_file` fill the fields and never `os.environ` (executed with pydantic-settings 2). The program has
    a key only on machines where the variable is also exported.

    ## Example
    ```python
    from langsmith import Client
    from pydantic_settings import BaseSettings, SettingsConfigDict


    class Settings(BaseSettings):
        model_config = SettingsConfigDict(env_file=".env")

        langsmith_api_key: str = ""


    settings = Settings()
    client = Client()
    ```

    ## Use instead
    ```python
    from langsmith import Client
    from pydantic_settings import BaseSettings, SettingsConfigDict


    class Settings(BaseSettings):
        model_config = SettingsConfigDict(env_file=".env")

        langsmith_api_key: str = ""


    settings = Settings()
    client = Client(api_key=settings.langsmith_api_key)
    ```

    ## Not flagged
    Projects with a `load_dotenv()`, with a line that sets the variable from the settings, or with a compose file, a
    workflow or similar that passes it to the program; settings classes that read no file; injectable defaults; names of
    a module that the project uses or that stand in another file too; tests.

    ## Fix safety
    There is no automatic fix.

    ## References
    - [Dotenv support](https://docs.pydantic.dev/latest/concepts/pydantic_settings/#dotenv-env-support)
    """
    if file.is_test:
        return
    yield from _python_names(file, analysis)
    yield from _unused_flag(file, analysis)
    if analysis.project.settings.credentials == "argument":
        return
    evidence = analysis.evidence
    for client in analysis.clients.constructions(file):
        if client.argument("api_key") is not None or evidence.arguments.carry_key(client):
            continue
        if evidence.alternatives.is_injectable_default(client):
            continue
        field = evidence.settings.only_in(client)
        if field is not None:
            owner = field.cls.file
            yield Violation(
                at=client.call.callee_span,
                message=f"`{client.written}()` finds no key; `{field.owner}.{field.name}` reads it from a file, "
                "and pydantic does not export it",
                help=f"pass `api_key=settings.{field.name}`, or call `load_dotenv()` first",
                related=(Related(owner.relative, field.span, "the key is only here"),),
            )


def _python_names(file: File, analysis: Analysis) -> Iterator[Violation]:
    """`LANGSMITH_TRACING = True`: a name of Python that nothing uses, where the environment was meant.

    In a notebook LS407 says so.
    """
    if file.kind == "notebook":
        return
    for binding in file.model.bindings:
        is_flag = (
            binding.scope == 0 and binding.kind == "assign" and binding.name in TRACING_FLAGS
        )
        if is_flag and _is_on(binding.value) and not _is_used(file, binding.name, analysis):
            yield Violation(
                at=binding.span,
                message=(
                    f"`{binding.name}` is only a Python name here; LangSmith reads the environment, "
                    "so it has no effect"
                ),
                help=f'write `os.environ["{binding.name}"] = "true"`, or remove the line',
            )


def _unused_flag(file: File, analysis: Analysis) -> Iterator[Violation]:
    """`langsmith_tracing: bool = True` in a settings class, which no code reads, so that nothing is traced."""
    field = analysis.evidence.settings.unused(TRACING_FLAGS)
    if (
        field is None
        or field.cls.file is not file
        or not analysis.processes.programs.is_traced()
    ):
        return
    is_on = _is_on(analysis.evidence.settings.default_of(field.name, TRACING_FLAGS))
    given = None if is_on else _given_to_settings(analysis)
    if is_on or given is not None:
        where = "" if given is None else f" in `{given.file.relative}`"
        related = () if given is None else (Related(given.file.relative, given.at, "it is on"),)
        yield Violation(
            at=field.span,
            message=(
                f"`{field.owner}.{field.name}` is on{where}, but no code reads it, and pydantic does not export it; "
                "LangSmith reads the environment, so nothing is traced"
            ),
            help='write `os.environ["LANGSMITH_TRACING"] = "true"` where it is on, or remove the field',
            related=related,
        )


def _given_to_settings(analysis: Analysis) -> Setting | None:
    """Where a file that is read for settings alone, or the template of one, turns tracing on."""
    sources = [
        source
        for process in analysis.processes.all
        if not process.is_exported
        for source in process.sources
    ]
    for source in sources:
        for name in TRACING_FLAGS:
            given = source.given.get(name) or source.meant.get(name)
            if given is not None and given.value == "true":
                return given.setting
    return None


def _is_on(value: ir.Expr | None) -> bool:
    is_true = isinstance(value, ir.Constant) and value.literal == "True"
    return is_true or (isinstance(value, ir.Text) and value.value.lower() == "true")


def _is_used(file: File, name: str, analysis: Analysis) -> bool:
    """Whether the project names it anywhere else, or gets at names by their texts."""
    others = (other for other in analysis.project.mentioning(name) if other != file.relative)
    words = re.findall(rf"\b{name}\b|\b(?:globals|locals|vars|__import__|getattr)\(", file.code)
    return len(words) > 1 or any(True for _ in others)
