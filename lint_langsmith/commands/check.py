"""`lint-langsmith check`: lints files and folders. The command that is meant where none is named."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from lint_langsmith.commands import shared_options as shared
from lint_langsmith.commands.shared_options import (
    FORMATS,
    by_variable,
    complete_files,
    complete_rules,
    formats,
    listed,
    repeatable,
)
from lint_langsmith.commands.streams import (
    echo,
    echo_crash,
    is_of_output,
    lose_output,
    read_stdin,
)

if TYPE_CHECKING:
    from lint_langsmith.config.options import Options
    from lint_langsmith.config.targets import Targets

# The options of `check` under headings, those first that people use first. What is under none is listed last.
_SECTIONS: Final = {
    "Most used": ("fix", "select", "ignore", "output_format", "since"),
    "Rules": ("extend_select", "persona", "preview", "fail_on"),
    "Files": (
        "exclude",
        "force_exclude",
        "ignored_env",
        "require_files",
        "stdin_filename",
        "show_files",
    ),
    "Configuration": ("config", "isolated", "show_settings"),
    "Reports": (
        "output_file",
        "sarif_root",
        "color",
        "quiet",
        "verbose",
        "statistics",
        "timings",
        "watch",
        "exit_zero",
    ),
    "Fixes": ("unsafe_fixes", "fix_only", "show_fixes", "diff", "add_ignore"),
    "Known findings": (
        "baseline",
        "write_baseline",
        "prune_baseline",
        "baseline_secrets",
        "fail_on_stale_baseline",
    ),
    "Speed": ("jobs", "no_cache", "cache_dir"),
}


def option_sections(
    command: click.Command, names: Iterable[str]
) -> Iterator[tuple[str, Sequence[str]]]:
    """The options of a command under headings; those of other commands than `check` under an empty one."""
    if not isinstance(command, _Check):
        yield "", [*names]
        return
    yield from _SECTIONS.items()
    listed = {name for section in _SECTIONS.values() for name in section}
    yield "Others", [name for name in names if name not in listed]


class _Check(click.Command):
    """Takes `--add-ignore` for `--add-ignore=`: the path behind it is no reason. Its help has headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        shown = {
            param.name or "": param.get_help_record(ctx)
            for param in self.get_params(ctx)
            if isinstance(param, click.Option)
        }
        for title, names in option_sections(self, shown):
            records = [record for name in names if (record := shown[name]) is not None]
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)

    def most_used(self, ctx: click.Context) -> list[tuple[str, str]]:
        """The options that people use first, with their help."""
        shown = {param.name: param.get_help_record(ctx) for param in self.params}
        records = (shown[name] for name in _SECTIONS["Most used"])
        return [record for record in records if record is not None]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        return super().parse_args(
            ctx,
            ["--add-ignore=" if arg == "--add-ignore" else arg for arg in args[:end]]
            + args[end:],
        )


@click.command(
    name="check", cls=_Check, short_help="Lint files and folders: the command if none is named."
)
@click.argument("paths", nargs=-1, shell_complete=complete_files)
@repeatable(
    "--select",
    metavar="RULES",
    help="Rules to run: codes, prefixes or names, separated by commas.",
    shell_complete=complete_rules,
)
@repeatable(
    "--extend-select",
    metavar="RULES",
    help="Rules to run besides the configured ones.",
    shell_complete=complete_rules,
    **by_variable("EXTEND_SELECT"),
)
@repeatable(
    "--ignore", metavar="RULES", help="Rules not to run.", shell_complete=complete_rules
)
@shared.persona(help="Whose findings to show.", **by_variable("PERSONA"))
@click.option(
    "--preview",
    is_flag=True,
    help="Run new rules, too, which the next release may change.",
    **by_variable("PREVIEW"),
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info", "never"]),
    help="The least severity that makes the exit code 1 (default: warning).",
)
@shared.output_format(help=f"{FORMATS}. Repeat it for several, each with a file.")
@shared.OUTPUT_FILE
@click.option(
    "--sarif-root",
    metavar="FOLDER",
    shell_complete=complete_files,
    help="The folder that paths in reports for services (SARIF, GitLab, GitHub, Azure) are relative to.",
    **by_variable("SARIF_ROOT"),
)
@repeatable(
    "--config",
    metavar="FILE|KEY=VALUE",
    shell_complete=complete_files,
    help="Use this configuration file for all files; `key = value` (TOML) sets one setting over all files.",
)
@shared.ISOLATED
@repeatable(
    "--exclude", metavar="PATTERN", help="Files not to lint, besides the configured ones."
)
@click.option(
    "--force-exclude",
    is_flag=True,
    help="Exclude files also when they are named (for pre-commit).",
)
@click.option(
    "--ignored-env/--no-ignored-env",
    default=None,
    help="Judge files of variables (.env) that git ignores and the program loads; by itself not in baselines and CI.",
)
@click.option(
    "--require-files", is_flag=True, help="Exit with 2 when there is nothing to lint."
)
@click.option(
    "--stdin-filename",
    metavar="FILE",
    shell_complete=complete_files,
    help="The path to assume for standard input (`-`).",
)
@click.option(
    "--show-files",
    is_flag=True,
    help="List the files that would be linted; with -v the others, and why.",
)
@click.option(
    "--show-settings",
    is_flag=True,
    help="Show the settings for the first file, and where they come from.",
)
@shared.JOBS
@shared.NO_CACHE
@shared.CACHE_DIR
@click.option("--statistics", is_flag=True, help="Count the findings of each rule.")
@click.option("--timings", is_flag=True, help="Show the time that each phase and rule took.")
@click.option(
    "--watch",
    "-w",
    is_flag=True,
    help="Lint again whenever something changes on which the findings depend (needs the extra `watch`).",
)
@click.option(
    "--fix", is_flag=True, help="Fix what can be fixed without changing what the program does."
)
@click.option(
    "--unsafe-fixes",
    is_flag=True,
    help="Also apply, or count, fixes that may change what the program does.",
)
@click.option(
    "--fix-only", is_flag=True, help="Fix, but do not report or fail for what is left."
)
@click.option("--show-fixes", is_flag=True, help="List what was fixed.")
@click.option(
    "--diff",
    is_flag=True,
    help="Show what --fix would change, and change nothing; exit code 1 if it would.",
)
@click.option(
    "--add-ignore",
    metavar="[=REASON]",
    help="Suppress every finding by a comment in the code, with a reason.",
)
@shared.baseline(help="Do not report the findings that are listed in this file.")
@shared.write_baseline(help="Write the present findings to a baseline.")
@click.option(
    "--prune-baseline", is_flag=True, help="Remove findings from the baseline that are gone."
)
@click.option(
    "--baseline-secrets", is_flag=True, help="Write leaked keys to the baseline, too."
)
@click.option(
    "--fail-on-stale-baseline",
    is_flag=True,
    help="Exit with 1 when findings of the baseline are gone.",
)
@click.option(
    "--since", metavar="REV", help="Report findings only on lines changed since a git revision."
)
@shared.EXIT_ZERO
@shared.quiet(help="Print findings only.")
@click.option("--verbose", "-v", is_flag=True, help="Say what is done.")
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Color the report.",
    **by_variable("COLOR"),
)
@click.pass_context
def check(ctx: click.Context, /, **given: Any) -> None:
    """Lint files and folders (default: the current one). Exit code 0: clean, 1: findings, 2: something went wrong."""
    from lint_langsmith.config.config import ConfigError
    from lint_langsmith.config.options import UsageError
    from lint_langsmith.output.report import UnknownFormatError
    from lint_langsmith.source.files import ExhaustedError

    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who started us (`>&-`)
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - as long as the process
    try:
        ctx.exit(
            _check(
                _options(given),
                show_files=given["show_files"],
                show_settings=given["show_settings"],
            )
        )
    except (UsageError, ConfigError, UnknownFormatError) as error:
        echo(f"lint-langsmith: error: {error}", err=True)
        ctx.exit(2)
    except ExhaustedError as error:
        echo(f"lint-langsmith: error: {error}", err=True)
        ctx.exit(2)
    except BrokenPipeError:
        lose_output()  # the reader has gone (`| head`)
        ctx.exit(141)
    except Exception as error:
        if isinstance(error, (click.ClickException, click.exceptions.Exit, click.Abort)):
            raise
        if isinstance(error, OSError) and is_of_output(error):
            raise
        echo_crash(error)
        ctx.exit(2)


def _options(given: dict[str, Any]) -> Options:
    from lint_langsmith.config.options import Options
    from lint_langsmith.output.terminal import wants_colour, wants_links, wants_progress

    terminal = sys.stdout.isatty()
    return Options(
        paths=given["paths"],
        select=listed(given["select"]),
        extend_select=listed(given["extend_select"]),
        ignore=listed(given["ignore"]),
        persona=given["persona"],
        preview=given["preview"],
        fail_on=given["fail_on"],
        outputs=formats(given["output_format"]),
        output_file=given["output_file"],
        config=_configured(given["config"]),
        overrides=tuple(value for value in given["config"] if _is_inline(value)),
        isolated=given["isolated"],
        exclude=given["exclude"],
        force_exclude=given["force_exclude"],
        ignored_env=given["ignored_env"],
        stdin_filename=given["stdin_filename"],
        require_files=given["require_files"],
        exit_zero=given["exit_zero"],
        fix=given["fix"],
        fix_only=given["fix_only"],
        unsafe_fixes=given["unsafe_fixes"],
        show_fixes=given["show_fixes"],
        diff=given["diff"],
        add_ignore=_reason(given["add_ignore"]),
        baseline=given["baseline"],
        write_baseline=given["write_baseline"],
        prune_baseline=given["prune_baseline"],
        baseline_secrets=given["baseline_secrets"],
        fail_on_stale_baseline=given["fail_on_stale_baseline"],
        since=given["since"],
        quiet=given["quiet"],
        verbose=given["verbose"],
        statistics=given["statistics"],
        timings=given["timings"],
        watch=given["watch"],
        progress=not given["quiet"]
        and wants_progress(os.environ, terminal=sys.stderr.isatty()),
        jobs=given["jobs"],
        cache=not given["no_cache"],
        cache_dir=given["cache_dir"],
        sarif_root=given["sarif_root"],
        colour=wants_colour(given["color"], os.environ, terminal=terminal),
        links=wants_links(os.environ, terminal=terminal),
        terminal=terminal,
    )


def _is_inline(value: str) -> bool:
    """Whether `--config` was given a setting and not a file."""
    return "=" in value and not Path(value).exists()


def _configured(values: Sequence[str]) -> str | None:
    """The configuration file of the command line.

    Raises:
        UsageError: there are several.
    """
    from lint_langsmith.config.options import UsageError

    files = [value for value in values if not _is_inline(value)]
    if len(files) > 1:
        raise UsageError(
            f"--config: one file is used for all files, not {len(files)}; use `extend` in one of them"
        )
    return files[0] if files else None


def _reason(given: str | None) -> str | None:
    """What `--add-ignore=` was given: one line, since a comment has no more."""
    return None if given is None else " ".join(given.split())


def _check(options: Options, *, show_files: bool, show_settings: bool) -> int:
    from lint_langsmith.config.targets import find_targets
    from lint_langsmith.run import pipeline

    cwd = Path.cwd()
    if show_files or show_settings:
        targets = find_targets(options, cwd)
        (_show_files if show_files else _show_settings)(options, targets, cwd)
        for sentence in targets.missing:
            echo(f"lint-langsmith: error: {sentence}", err=True)
        return 2 if targets.missing else 0
    if options.watch:
        from lint_langsmith.run import watch

        watch.watch(options, cwd)
    return pipeline.run(options, cwd, read_stdin)


def _show_files(options: Options, targets: Targets, cwd: Path) -> None:
    from lint_langsmith.output.printable import safe_path

    for target in targets.files:
        echo(safe_path(os.path.relpath(target.name, cwd)))
    if options.verbose:
        for skipped in sorted(targets.skipped):
            echo(
                f"{safe_path(os.path.relpath(skipped.path, cwd))}: skipped, {skipped.reason}",
                err=True,
            )


def _show_settings(options: Options, targets: Targets, cwd: Path) -> None:
    from lint_langsmith.analysis.project.project import Project
    from lint_langsmith.config.settings import documentation, in_toml
    from lint_langsmith.output.printable import one_line
    from lint_langsmith.source.discover import walk_project
    from lint_langsmith.source.project_roots import project_root

    if not targets.files:
        if not targets.missing:
            echo("lint-langsmith: warning: there are no files to lint", err=True)
        return
    target = targets.files[0]
    echo(f"# settings for {one_line(os.path.relpath(target.name, cwd))}")
    root = project_root(target.name, cwd)
    echo(f"# from {target.config.path or 'the defaults'}; project root {root}")
    project = Project(root, target.config.settings, walk_project(root))
    echo(
        f"# judged by {project.version.described}, as measured on {_between(project.sdk.versions)}"
    )
    over = {
        "persona": options.persona,
        "fail-on": options.fail_on,
        "preview": options.preview or None,
    }
    for item in documentation():
        value = over.get(item.key) or getattr(
            target.config.settings, item.key.replace("-", "_")
        )
        echo(f"# {item.key} is not set" if value is None else f"{item.key} = {in_toml(value)}")


def _between(versions: tuple[str, ...]) -> str:
    return (
        ", ".join(versions)
        if len(versions) <= 2
        else f"{len(versions)} releases from {versions[0]} to {versions[-1]}"
    )
