"""The options that several commands have, and how the shell completes their values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

FORMATS: Final = (
    "full, concise, grouped, json, jsonl, github, gitlab, junit, sarif, pylint, rdjson, azure, markdown, csv, html, "
    "auto (github or azure where one of them runs it), or a template such as '{path}:{line}: {message}'"
)


# -- completion ------------------------------------------------------------------------------------------------------


def complete_files(
    _ctx: click.Context, _param: click.Parameter | None, incomplete: str
) -> list[CompletionItem]:
    """Complete a path, which the shell does itself."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def complete_rules(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete codes and names of rules, behind a comma as well."""
    from click.shell_completion import CompletionItem

    from lint_langsmith.rules import registry

    before, comma, begun = incomplete.rpartition(",")
    names = sorted(registry.names().items())
    words = [
        (word, name) for code, name in names for word in (code, name) if word.startswith(begun)
    ]
    return [CompletionItem(f"{before}{comma}{word}", help=name) for word, name in words]


def complete_settings(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the keys of settings."""
    from click.shell_completion import CompletionItem

    from lint_langsmith.config.settings import documentation

    return [
        CompletionItem(item.key, help=item.doc)
        for item in documentation()
        if item.key.startswith(incomplete)
    ]


# -- options ---------------------------------------------------------------------------------------------------------


def repeatable(*names: str, metavar: str, help: str, **more: Any) -> Callable[[Any], Any]:  # noqa: A002 - click's own word
    """An option that may be given several times, with the text of `help` and what else click takes."""
    return click.option(*names, multiple=True, metavar=metavar, help=help, **more)


def listed(values: Sequence[str]) -> tuple[str, ...]:
    """The rules that options name, separated by commas."""
    return tuple(item.strip() for value in values for item in value.split(",") if item.strip())


def by_variable(option: str) -> dict[str, Any]:
    """What has a variable give an option, too: never one that writes files or hides findings."""
    return {"envvar": f"LINT_LANGSMITH_{option}", "show_envvar": True}


def output_format(*, help: str) -> Callable[[Any], Any]:  # noqa: A002 - click's own word
    """The option for formats, each with its file."""
    return repeatable(
        "--output-format",
        "-f",
        metavar="FORMAT[:FILE]",
        help=help,
        **by_variable("OUTPUT_FORMAT"),
    )


def formats(given: Sequence[str]) -> tuple[str, ...]:
    """The formats of the command line, or of the variable: that one writes no file and is no template.

    Raises:
        UsageError: the variable names a file or a template.
    """
    source = click.get_current_context().get_parameter_source("output_format")
    if source is click.core.ParameterSource.ENVIRONMENT:
        from lint_langsmith.config.options import UsageError

        for name in given:
            if ":" in name or "{" in name:
                raise UsageError(
                    f"LINT_LANGSMITH_OUTPUT_FORMAT: `{name}`: a file or a template belongs to the command line"
                )
    return tuple(given)


def persona(*, help: str, **more: Any) -> Callable[[Any], Any]:  # noqa: A002 - click's own word
    """The option for whom the findings are."""
    return click.option(
        "--persona", type=click.Choice(["regular", "pedantic", "auditor"]), help=help, **more
    )


def baseline(*, help: str) -> Callable[[Any], Any]:  # noqa: A002 - click's own word
    """The option for a file of what is known."""
    return click.option("--baseline", metavar="FILE", shell_complete=complete_files, help=help)


def write_baseline(*, help: str) -> Callable[[Any], Any]:  # noqa: A002 - click's own word
    """The option to write that file."""
    return click.option(
        "--write-baseline", metavar="FILE", shell_complete=complete_files, help=help
    )


def quiet(*, help: str) -> Callable[[Any], Any]:  # noqa: A002 - click's own word
    """The option to print nothing but what was found."""
    return click.option("--quiet", "-q", is_flag=True, help=help)


def cache_dir(*, help: str) -> Callable[[Any], Any]:  # noqa: A002 - click's own word
    """The option for the folder of the caches."""
    return click.option(
        "--cache-dir", metavar="FOLDER", shell_complete=complete_files, help=help
    )


OUTPUT_FILE: Final = click.option(
    "--output-file",
    "-o",
    metavar="FILE",
    shell_complete=complete_files,
    help="Write the report to a file.",
)
ISOLATED: Final = click.option(
    "--isolated", is_flag=True, help="Ignore all configuration files."
)
JOBS: Final = click.option(
    "--jobs",
    "-j",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Number of processes (default: as many as there are cores).",
    **by_variable("JOBS"),
)
NO_CACHE: Final = click.option(
    "--no-cache",
    is_flag=True,
    help="Neither use nor write the cache.",
    **by_variable("NO_CACHE"),
)
CACHE_DIR: Final = cache_dir(
    help="Keep the caches there (default: LINT_LANGSMITH_CACHE_DIR, or the user's cache folder)."
)
EXIT_ZERO: Final = click.option(
    "--exit-zero", is_flag=True, help="Exit with 0 whatever is found."
)
FORM: Final = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Text to read, or JSON.",
)
