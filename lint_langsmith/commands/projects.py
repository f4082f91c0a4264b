"""`lint-langsmith history`, `init` and `clean`: what is done with whole projects and repositories."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from lint_langsmith.commands import shared_options as shared
from lint_langsmith.commands.shared_options import complete_files, formats
from lint_langsmith.commands.streams import echo, read_stdin


@click.command(name="history")
@click.argument("repositories", nargs=-1, metavar="[REPO]...", shell_complete=complete_files)
@click.option("--since", metavar="REV", help="Search only what is not in the history of REV.")
@click.option(
    "--pushed",
    is_flag=True,
    help="Search what is pushed: for git's hook `pre-push`, and pre-commit's.",
)
@click.option(
    "--unreachable",
    is_flag=True,
    help="Search also what no ref leads to: stashes, reflogs, leftovers.",
)
@shared.output_format(
    help="As for `check`; github, gitlab, azure and rdjson have only what stands at HEAD."
)
@shared.OUTPUT_FILE
@shared.baseline(help="Do not report the keys that are listed in this file.")
@shared.write_baseline(help="Write the SHA-256 of each key found to a file, for `--baseline`.")
@shared.JOBS
@shared.NO_CACHE
@shared.CACHE_DIR
@shared.EXIT_ZERO
@shared.quiet(help="Print keys only.")
@click.pass_context
def history(ctx: click.Context, /, **given: Any) -> None:
    """Find keys in the whole history of git repositories (default: the current one)."""
    from lint_langsmith.config.options import Options, UsageError
    from lint_langsmith.history.command import Request, run
    from lint_langsmith.output.report import UnknownFormatError

    options = Options(
        paths=given["repositories"],
        outputs=formats(given["output_format"]),
        output_file=given["output_file"],
        baseline=given["baseline"],
        write_baseline=given["write_baseline"],
        jobs=given["jobs"],
        cache=not given["no_cache"],
        cache_dir=given["cache_dir"],
        exit_zero=given["exit_zero"],
        quiet=given["quiet"],
        terminal=sys.stdout.isatty(),
    )
    request = Request(given["since"], given["pushed"], given["unreachable"])
    try:
        ctx.exit(run(options, request, Path.cwd(), read_stdin))
    except (UsageError, UnknownFormatError) as error:
        echo(f"lint-langsmith: error: {error}", err=True)
        ctx.exit(2)


@click.command(name="init")
@click.option("--yes", "-y", is_flag=True, help="Write the files without asking.")
@click.pass_context
def init(ctx: click.Context, yes: bool) -> None:
    """Write what a project lacks to be linted: configuration, hooks of pre-commit, workflow; shows it first."""
    from lint_langsmith.config.config import ConfigError
    from lint_langsmith.config.options import UsageError
    from lint_langsmith.run import init as starting

    cwd = Path.cwd()
    try:
        planned = starting.plan(cwd)
        for note in planned.notes:
            echo(f"lint-langsmith: {note}", err=True)
        if not planned.changes:
            return
        echo(starting.difference(planned, cwd).rstrip("\n"))
        count = len(planned.changes)
        files = "this file" if count == 1 else f"these {count} files"
        if not yes and not (sys.stdin.isatty() and sys.stdout.isatty()):
            echo(f"lint-langsmith: `lint-langsmith init --yes` writes {files}", err=True)
        elif yes or click.confirm(f"Write {files}?", err=True):
            starting.write(planned)
            echo("lint-langsmith: written; `lint-langsmith` lints the project", err=True)
    except (UsageError, ConfigError) as error:
        echo(f"lint-langsmith: error: {error}", err=True)
        ctx.exit(2)


@click.command(name="clean")
@click.argument("paths", nargs=-1, shell_complete=complete_files)
@shared.cache_dir(help="The folder that was named when linting.")
@click.pass_context
def clean(ctx: click.Context, paths: tuple[str, ...], cache_dir: str | None) -> None:
    """Delete the cache of the projects that the paths belong to (default: the current one)."""
    from lint_langsmith.cache.location import Caches, UnusableCacheError
    from lint_langsmith.source.discover import project_root

    cwd = Path.cwd()
    caches = Caches(cache_dir, cwd)
    for path in paths or (".",):
        try:
            folder = caches.of(project_root(cwd / path / "any.py", cwd))
            done = folder.clean()
        except UnusableCacheError as error:
            echo(f"lint-langsmith: error: {error}", err=True)
            ctx.exit(2)
        echo(
            f"lint-langsmith: {'deleted' if done else 'there is no cache in'} {folder.path}",
            err=True,
        )
