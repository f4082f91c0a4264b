"""`lint-langsmith rule`, `config` and `why`: what rules and settings mean, and what is known of a line."""

from __future__ import annotations

from pathlib import Path

import click

from lint_langsmith.commands import shared_options as shared
from lint_langsmith.commands.shared_options import (
    FORM,
    complete_files,
    complete_rules,
    complete_settings,
)
from lint_langsmith.commands.streams import echo, echo_json


@click.command(name="rule", short_help="Explain a rule, or list them.")
@click.argument("name", required=False, metavar="[CODE|NAME]", shell_complete=complete_rules)
@click.option("--all", "every", is_flag=True, help="Show all rules, as without a code.")
@FORM
@click.pass_context
def show_rule(ctx: click.Context, name: str | None, every: bool, form: str) -> None:
    """Explain a rule; list those whose codes begin with `LS3`, or all of them."""
    from lint_langsmith.rules.explain import (
        UnknownNameError,
        find_rules,
        rule_object,
        rule_page,
        rule_table,
    )

    try:
        found = find_rules(None if every else name)
    except UnknownNameError as error:
        echo(f"lint-langsmith: error: {error}", err=True)
        ctx.exit(2)
    if form == "json":
        echo_json([rule_object(rule) for rule in found])
    else:
        echo(rule_page(found[0]) if len(found) == 1 else rule_table(found))


@click.command(name="config", short_help="Explain a setting, or list them.")
@click.argument("key", required=False, shell_complete=complete_settings)
@FORM
@click.pass_context
def show_config(ctx: click.Context, key: str | None, form: str) -> None:
    """Explain a setting of the configuration, or list them all."""
    from lint_langsmith.rules.explain import (
        UnknownNameError,
        find_settings,
        setting_page,
        setting_table,
    )

    try:
        found = find_settings(key)
    except UnknownNameError as error:
        echo(f"lint-langsmith: error: {error}", err=True)
        ctx.exit(2)
    if form == "json":
        echo_json(
            [{"key": item.key, "doc": item.doc, "default": item.default} for item in found]
        )
    else:
        echo(setting_page(found[0]) if len(found) == 1 else setting_table(found))


@click.command(
    name="why", short_help="Show what is known of a line, and what each rule makes of it."
)
@click.argument("place", metavar="FILE[:LINE]", shell_complete=complete_files)
@shared.persona(help="Whose findings count as shown.")
@click.option(
    "--config",
    metavar="FILE",
    shell_complete=complete_files,
    help="Use this configuration file.",
)
@shared.ISOLATED
@FORM
@click.pass_context
def why(  # noqa: PLR0913, PLR0917 - click hands over what was given
    ctx: click.Context,
    place: str,
    persona: str | None,
    config: str | None,
    isolated: bool,
    form: str,
) -> None:
    """Show what is known of a file or a line, and what each rule makes of it."""
    from lint_langsmith.config.config import ConfigError
    from lint_langsmith.config.options import Options, UsageError
    from lint_langsmith.run.why import as_objects, as_text, explain, parse_place

    cwd = Path.cwd()
    try:
        name, line = parse_place(place, cwd)
        options = Options(
            paths=(name,),
            persona=persona,
            config=config,
            isolated=isolated,
            cache=False,
            jobs=1,
        )
        facts = explain(name, line, cwd, options)
    except (UsageError, ConfigError) as error:
        echo(f"lint-langsmith: error: {error}", err=True)
        ctx.exit(2)
    if form == "json":
        echo_json(as_objects(facts))
    else:
        echo(as_text(place, facts))
