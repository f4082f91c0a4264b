"""The settings: one frozen struct from which the configuration's keys, the options' help and the JSON schema come."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

PersonaName: TypeAlias = Literal["regular", "pedantic", "auditor"]
SeverityName: TypeAlias = Literal["error", "warning", "info"]
FailOn: TypeAlias = Literal["error", "warning", "info", "never"]
Credentials: TypeAlias = Literal["project", "file", "argument"]
Uncaught: TypeAlias = Literal["once-per-script", "every-call"]


def _about(doc: str, example: Any) -> Meta:
    return Meta(description=doc, examples=[example])


class Settings(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"
):
    """What a project configures. Paths and patterns are relative to the directory of the configuration file."""

    select: Annotated[
        tuple[str, ...],
        _about("Rules to run: codes, prefixes of codes, names, or ALL.", ["LS1", "LS301"]),
    ] = ("ALL",)
    extend_select: Annotated[
        tuple[str, ...], _about("Rules to run besides those of `select`.", ["LS202"])
    ] = ()
    ignore: Annotated[
        tuple[str, ...],
        _about(
            "Rules not to run. Of `select` and `ignore` the longer selector wins.",
            ["blank-api-key"],
        ),
    ] = ()
    persona: Annotated[
        PersonaName,
        _about(
            "Whose findings to show: regular (high signal), pedantic (smells), auditor (all doubts).",
            "pedantic",
        ),
    ] = "regular"
    preview: Annotated[
        bool,
        _about(
            "Whether rules in preview run: new ones, of which the next release may change what they report.",
            True,
        ),
    ] = False
    fail_on: Annotated[
        FailOn,
        _about("The least severity that makes the exit code 1; never keeps it 0.", "error"),
    ] = "warning"
    severity: Annotated[
        dict[str, SeverityName],
        _about("Severities of single rules, by code or name.", {"LS202": "info"}),
    ] = {}
    output_format: Annotated[
        str | None,
        _about(
            "Format of the report when no option says one; the configuration of the working directory counts.",
            "concise",
        ),
    ] = None
    include: Annotated[
        tuple[str, ...],
        _about(
            "Files to lint, as patterns of gitignore: the default is every text file.",
            ["*.py", "*.ipynb", ".env*"],
        ),
    ] = ("*",)
    extend_include: Annotated[
        tuple[str, ...], _about("Files to lint besides those of `include`.", ["docs/*.md"])
    ] = ()
    baseline: Annotated[
        str | None,
        _about(
            "File of known findings, which are not reported (`--write-baseline` makes it).",
            "baseline.json",
        ),
    ] = None
    exclude: Annotated[
        tuple[str, ...],
        _about(
            "Files not to lint, as patterns of gitignore. They still count as evidence.",
            ["vendor/"],
        ),
    ] = ()
    respect_gitignore: Annotated[
        bool, _about("Whether files that git ignores, and does not track, are left out.", False)
    ] = True
    per_file_ignores: Annotated[
        dict[str, tuple[str, ...]],
        _about(
            "Rules not to run on files that match a pattern. The most specific pattern wins.",
            {"scripts/*": ["LS301"]},
        ),
    ] = {}
    src: Annotated[
        tuple[str, ...],
        _about(
            "Folders from which the project's modules are imported, besides the root.", ["src"]
        ),
    ] = ("src",)
    langsmith_version: Annotated[
        str,
        _about(
            "The langsmith the project uses: a version, a range, or newest; auto asks lock files, then dependencies.",
            ">=0.4.20,<0.7",
        ),
    ] = "auto"
    credentials: Annotated[
        Credentials,
        _about(
            "Where LS201 looks for a key: in the project, in the file alone, or only in the argument.",
            "file",
        ),
    ] = "project"
    uncaught: Annotated[
        Uncaught,
        _about(
            "Whether LS301 reports scripts once, with their other calls as related, or each call.",
            "every-call",
        ),
    ] = "once-per-script"
    allow_foreign_pragmas: Annotated[
        bool,
        _about(
            "Whether `gitleaks:allow`, `pragma: allowlist secret`, `nosec` and `trufflehog:ignore` allow a hardcoded "
            "LangSmith key (LS101), too; the other rules about secrets always heed them.",
            True,
        ),
    ] = False
    extend: Annotated[
        str | None,
        _about(
            "Another configuration file on which this one builds.", "../lint-langsmith.toml"
        ),
    ] = None


DEFAULTS: Final = Settings()


class SettingDoc(msgspec.Struct, frozen=True):
    """One setting as documentation shows it."""

    key: str
    doc: str
    default: Any
    example: Any


def documentation() -> tuple[SettingDoc, ...]:
    """All settings, in the order in which they are declared."""
    found = []
    for field in msgspec.structs.fields(Settings):
        meta = field.type.__metadata__[0]
        found.append(
            SettingDoc(
                field.encode_name,
                meta.description,
                getattr(DEFAULTS, field.name),
                meta.examples[0],
            )
        )
    return tuple(found)


def json_schema() -> dict[str, Any]:
    """The JSON schema of a configuration file, in the draft that SchemaStore and its readers take."""
    schema = msgspec.json.schema(Settings)
    body = schema.pop("$defs")["Settings"]
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "https://lint-langsmith.github.io/lint-langsmith/settings.schema.json",
        "title": "Configuration of lint-langsmith",
        **{key: value for key, value in body.items() if key != "title"},
    }


def in_toml(value: Any) -> str:
    """A value of a setting as a configuration file has it."""
    import json  # noqa: PLC0415 - for those who read

    if isinstance(value, dict):
        inner = ", ".join(f"{json.dumps(key)} = {in_toml(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return json.dumps(value)
