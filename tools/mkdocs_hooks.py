"""A hook of mkdocs: the pages of the site that are made from the code, and the tables inside of the others.

`mkdocs build` runs it. A page says `<!-- made: NAME -->` where a table of that name goes.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent))

import checkout  # noqa: F401 - the site is that of the checkout
import click
import settings_schema
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from lint_langsmith.cli import main as command_line
from lint_langsmith.commands.check import option_sections
from lint_langsmith.config.settings import documentation, in_toml
from lint_langsmith.findings import Persona
from lint_langsmith.rules.explain import age, rule_object
from lint_langsmith.rules.registry import Rule, all_rules
from lint_langsmith.sdk.table import SdkTable, probed_versions, sdk_table

FAMILIES: Final = {
    "1": "Secrets",
    "2": "Credentials",
    "3": "Refused requests",
    "4": "Environment and configuration",
    "5": "The SDK's API",
    "6": "Tracing and async",
    "7": "Privacy",
    "9": "The tool itself",
}
# What stands for a made-up key in the examples: the tests fill in one of the right shape.
_KEY: Final = re.compile(r"\{[A-Z_]*KEY2?(?:\[[0-9:]*\]|\.\w+)?\}")
_MARK: Final = re.compile(r"<!-- made: ([\w-]+) -->")
SOURCE: Final = "https://github.com/lint-langsmith/lint-langsmith/blob/main/"


# -- the hooks -------------------------------------------------------------------------------------------------------


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the rules into the navigation, family by family."""
    for entry in config.nav or []:
        if "Rules" in entry:
            entry["Rules"] = ["rules/index.md", *_families()]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made from the code."""
    pages: dict[str, str] = {
        "rules/index.md": rules_page(),
        "reference/settings.md": settings_page(),
        "reference/cli.md": cli_page(),
        **{f"rules/{rule.name}.md": rule_page(rule) for rule in all_rules()},
    }
    pages |= {"rules.json": rules_json(), "settings.schema.json": settings_schema.schema()}
    for path, content in pages.items():
        files.append(File.generated(config, path, content=content))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill in the tables."""
    return _MARK.sub(lambda match: TABLES[match[1]](), markdown)


# -- rules -----------------------------------------------------------------------------------------------------------


def _families() -> Iterator[dict[str, list[str]]]:
    for digit, rules in groupby(all_rules(), key=lambda rule: rule.code[2]):
        yield {FAMILIES[digit]: [f"rules/{rule.name}.md" for rule in rules]}


def rules_page() -> str:
    """The catalogue."""
    parts = [
        "# Rules",
        "",
        "Codes and names are accepted everywhere, and both are always printed.",
        "",
    ]
    for digit, rules in groupby(all_rules(), key=lambda rule: rule.code[2]):
        parts += [f"## LS{digit} {FAMILIES[digit]}", "", *_rows(rules), ""]
    return "\n".join(parts)


def rules_json() -> str:
    """All rules for programs, as `lint-langsmith rule --all --format json` prints them."""
    rules = [rule_object(rule) for rule in all_rules()]
    return _readable(json.dumps(rules, indent=1, ensure_ascii=False)) + "\n"


def _rows(rules: Iterable[Rule]) -> Iterator[str]:
    yield "| code | name | severity | |"
    yield "| --- | --- | --- | --- |"
    for rule in rules:
        summary = f"Preview: {rule.summary}" if rule.preview else rule.summary
        yield f"| {rule.code} | [`{rule.name}`]({rule.name}.md) | {rule.severity.label} | {summary} |"


def rule_page(rule: Rule) -> str:
    """The page of one rule: what `lint-langsmith rule` shows, with a head."""
    summary, _, body = rule.doc.partition("\n")
    shown = (
        ""
        if rule.persona is Persona.REGULAR
        else f" · shown to the persona **{rule.persona.label}**"
    )
    module = rule.check.__module__.replace(".", "/")
    fixture = f"[more examples]({SOURCE}fixtures/rules/{rule.code}.md)"
    source = f"[source]({SOURCE}{module}.py)"
    head = (
        f"**{rule.code}** · {rule.severity.label} · {age(rule)}{shown} · {source} · {fixture}"
    )
    return f"---\ntitle: {rule.name}\n---\n# {rule.code} {rule.name}\n\n{head}\n\n{summary}\n{_readable(body)}\n"


def _readable(page: str) -> str:
    """Code blocks with a file's name get it as a title, and keys their usual stand-in."""
    page = re.sub(r"(?m)^```(\w+) (\S+)$", r'```\1 title="\2"', page)
    return _KEY.sub("lsv2_pt_…", page)


# -- reference -------------------------------------------------------------------------------------------------------


SETTINGS: Final = """`lint-langsmith.toml`, `.lint-langsmith.toml` or `[tool.lint-langsmith]` in `pyproject.toml`: the
nearest file up the tree counts, and only that one; `extend` names another on which it builds. Patterns are those of
gitignore, relative to the file they stand in. An unknown key is an error. `lint-langsmith --show-settings` says what
holds."""


def settings_page() -> str:
    """All settings."""
    parts = ["# Settings", "", SETTINGS, ""]
    for item in documentation():
        parts += [f"## `{item.key}`", "", item.doc, ""]
        default = (
            "Not set by default."
            if item.default is None
            else f"Default: `{in_toml(item.default)}`"
        )
        parts += [default, "", "```toml", f"{item.key} = {in_toml(item.example)}", "```", ""]
    return "\n".join(parts)


def cli_page() -> str:
    """The help of every command, as lists: two columns of a terminal have no room on a phone."""
    parts = ["# Command line", "", *_command(command_line, "lint-langsmith")]
    for name, command in command_line.commands.items():
        title = f"lint-langsmith {name}"
        parts += [f"## {title}", "", *_command(command, title)]
    parts += [COMPLETION]
    return "\n".join(parts)


def _command(command: click.Command, name: str) -> Iterator[str]:
    context = click.Context(command, info_name=name)
    usage = " ".join(command.collect_usage_pieces(context))
    yield from (f"```text\n{name} {usage}\n```", "", command.help or "", "")
    if isinstance(command, click.Group):
        for title, inner in command.commands.items():
            yield f"[`{title}`](#lint-langsmith-{title})\n:   {inner.get_short_help_str(200)}\n"
    shown = {
        param.name or "": param.get_help_record(context)
        for param in command.get_params(context)
        if isinstance(param, click.Option)
    }
    for heading, names in option_sections(command, shown):
        records = [record for name_ in names if (record := shown[name_]) is not None]
        if records and heading:
            yield (
                f"### {heading}"
                f" {{ #{name.rpartition(' ')[2]}-{heading.lower().replace(' ', '-')} }}\n"
            )
        yield from (_option(*record) for record in records)


def _option(names: str, text: str) -> str:
    text, bracket, defaults = text.partition("  [")
    behind = f" ({defaults.rstrip(']')})" if bracket else ""
    return f"`{names}`\n:   {text}{behind}\n"


COMPLETION: Final = """## Completion in the shell

Commands, options, paths, rules and settings are completed.

| shell | line for its start-up file |
| --- | --- |
| bash | `eval "$(_LINT_LANGSMITH_COMPLETE=bash_source lint-langsmith)"` |
| zsh | `eval "$(_LINT_LANGSMITH_COMPLETE=zsh_source lint-langsmith)"` |
| fish | `_LINT_LANGSMITH_COMPLETE=fish_source lint-langsmith | source` |
"""


# -- what was measured ------------------------------------------------------------------------------------------------


def exceptions_table() -> str:
    """Per client and version, as which class a 403, an organisation's 403, and a 401 come up in most methods."""
    lines = [
        "| client | langsmith | 403 | 403, organisation's key without workspace | 401 |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in (
        "Client",
        "AsyncClient",
        "Client().runs",
        "Langsmith",
        "AsyncLangsmith",
        "SandboxClient",
    ):
        rows = [(version, _usual(sdk_table(version), name)) for version in probed_versions()]
        for classes, run in groupby(
            (row for row in rows if row[1] is not None), key=lambda row: row[1]
        ):
            versions = [version for version, _ in run]
            span = versions[0] if len(versions) == 1 else f"{versions[0]} to {versions[-1]}"
            lines.append(
                f"| `{name}` | {span} | "
                + " | ".join(f"`{cls}`" for cls in classes or ())
                + " |"
            )
    return "\n".join(lines)


def _usual(table: SdkTable, name: str) -> tuple[str, ...] | None:
    """The classes that the most methods of a client raise; None where the version has no such client."""
    cls, _, resource = name.partition("().")
    owner = next(
        (
            item
            for item in table.client_classes
            if item.rpartition(".")[2] == cls and table.methods(item)
        ),
        None,
    )
    if owner is not None and resource:
        owner = table.resources(owner).get(resource)
    if owner is None:
        return None
    seen: dict[tuple[str, ...], int] = {}
    for method in table.methods(owner).values():
        if method.error is not None:
            classes = tuple(
                _spoken(table, item)
                for item in (method.error, method.org_error, method.auth_error)
            )
            seen[classes] = seen.get(classes, 0) + 1
    return max(seen, key=lambda classes: seen[classes]) if seen else None


def _spoken(table: SdkTable, canonical: str | None) -> str:
    return table.public_name(canonical) if canonical is not None else "none"


def lazy_table() -> str:
    """The methods of the newest clients that send nothing before they are iterated."""
    table = sdk_table()
    lines = [
        "| client | methods that raise at the first step, not at the call |",
        "| --- | --- |",
    ]
    for cls in sorted(table.client_classes):
        names = [
            name
            for name, method in table.methods(cls).items()
            if method.when in {"iteration", "async-iteration"}
        ]
        if names:
            lines.append(
                f"| `{cls.rpartition('.')[2]}` | {', '.join(f'`{name}`' for name in sorted(names))} |"
            )
    return "\n".join(lines)


def newest() -> str:
    """The newest version that was measured."""
    return probed_versions()[-1]


TABLES: Final[dict[str, Callable[[], str]]] = {
    "exceptions": exceptions_table,
    "lazy": lazy_table,
    "newest": newest,
}
