"""`lint-langsmith history`, `fleet`, `init` and `clean`: what is done with whole projects and repositories."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from lint_langsmith.commands import shared_options as shared
from lint_langsmith.commands.shared_options import (
    complete_files,
    complete_rules,
    formats,
    listed,
    repeatable,
)
from lint_langsmith.commands.streams import echo, read_stdin

if TYPE_CHECKING:
    from lint_langsmith.config.options import Options
    from lint_langsmith.fleet.command import Request


@click.command(name="history", short_help="Find keys in the whole history of git repositories.")
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


@click.command(
    name="init", short_help="Write what a project lacks to be linted; show it first."
)
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


@click.command(name="clean", short_help="Delete the cache of a project.")
@click.argument("paths", nargs=-1, shell_complete=complete_files)
@shared.cache_dir(help="The folder that was named when linting.")
@click.pass_context
def clean(ctx: click.Context, paths: tuple[str, ...], cache_dir: str | None) -> None:
    """Delete the cache of the projects that the paths belong to (default: the current one)."""
    from lint_langsmith.cache.location import Caches, UnusableCacheError
    from lint_langsmith.source.project_roots import project_root

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


_NEEDS: Final = "lint-langsmith: error: fleet needs `pip install 'lint-langsmith[fleet]'`"
_MIB: Final = 1 << 20


@click.command(name="fleet", short_help="Lint many repositories, on a cluster of Dask.")
@click.argument("sources", nargs=-1, required=True, shell_complete=complete_files)
@click.option(
    "--out",
    metavar="FOLDER",
    required=True,
    shell_complete=complete_files,
    help="Where the results go; the same folder again goes on, and skips what has not changed.",
)
@click.option("--history", "with_history", is_flag=True, help="Search the histories, too.")
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="A Dask scheduler, such as tcp://10.0.0.1:8786 (default: processes of this machine).",
)
@shared.JOBS
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=click.IntRange(1, 7 * 86400),
    default=600,
    show_default=True,
    help="The time that a repository may take.",
)
@click.option(
    "--memory",
    metavar="MIB",
    type=click.IntRange(min=256),
    default=2048,
    show_default=True,
    help="The memory that a repository may take.",
)
@click.option(
    "--retries",
    metavar="N",
    type=click.IntRange(0, 100),
    default=2,
    show_default=True,
    help="How often to ask again where a worker is lost, or an address can't be cloned.",
)
@repeatable(
    "--resource",
    metavar="NAME=AMOUNT",
    help="What a repository asks of a worker, as `dask worker --resources` declares it.",
)
@click.option(
    "--dashboard",
    metavar="ADDRESS",
    help="Where to serve Dask's dashboard, such as 127.0.0.1:8787 (default: nowhere).",
)
@repeatable("--select", metavar="RULES", help="As for `check`.", shell_complete=complete_rules)
@repeatable(
    "--extend-select", metavar="RULES", help="As for `check`.", shell_complete=complete_rules
)
@repeatable("--ignore", metavar="RULES", help="As for `check`.", shell_complete=complete_rules)
@shared.persona(help="Whose findings to report.")
@click.option("--preview", is_flag=True, help="Run new rules, too.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info", "never"]),
    help="The least severity that makes the exit code 1.",
)
@repeatable("--config", metavar="KEY=VALUE", help="A setting over those of all repositories.")
@shared.ISOLATED
@shared.EXIT_ZERO
@shared.quiet(help="Say nothing.")
@click.pass_context
def fleet(ctx: click.Context, /, **given: Any) -> None:
    """Lint many repositories at HEAD, on a cluster of Dask: folders, addresses, or a file with one a line."""
    from importlib.util import find_spec

    from lint_langsmith.config.config import ConfigError
    from lint_langsmith.config.options import UsageError

    if os.name != "posix":
        echo("lint-langsmith: error: fleet needs Linux or macOS", err=True)
        ctx.exit(2)
    if find_spec("distributed") is None:
        echo(_NEEDS, err=True)
        ctx.exit(2)
    from lint_langsmith.fleet.command import run

    try:
        ctx.exit(run(_fleet_options(given), _fleet_request(given), Path.cwd(), read_stdin))
    except (UsageError, ConfigError) as error:
        echo(f"lint-langsmith: error: {error}", err=True)
        ctx.exit(2)


def _fleet_options(given: dict[str, Any]) -> Options:
    from lint_langsmith.config.options import Options
    from lint_langsmith.output.terminal import wants_progress

    return Options(
        paths=given["sources"],
        select=listed(given["select"]),
        extend_select=listed(given["extend_select"]),
        ignore=listed(given["ignore"]),
        persona=given["persona"],
        preview=given["preview"],
        fail_on=given["fail_on"],
        overrides=given["config"],
        isolated=given["isolated"],
        exit_zero=given["exit_zero"],
        quiet=given["quiet"],
        progress=not given["quiet"]
        and wants_progress(os.environ, terminal=sys.stderr.isatty()),
    )


def _fleet_request(given: dict[str, Any]) -> Request:
    """How the work is done.

    Raises:
        UsageError: a resource is no name with an amount.
    """
    from lint_langsmith.fleet.command import Request
    from lint_langsmith.fleet.engine import Engine
    from lint_langsmith.workers.pool import processors

    engine = Engine(
        scheduler=given["scheduler"],
        workers=given["jobs"] or processors(),
        dashboard=given["dashboard"],
        timeout=float(given["timeout"]),
        memory=given["memory"] * _MIB,
        retries=given["retries"],
        resources=dict(map(_resource, given["resource"])),
    )
    return Request(given["out"], given["with_history"], engine)


def _resource(word: str) -> tuple[str, float]:
    from lint_langsmith.config.options import UsageError

    name, _, amount = word.partition("=")
    try:
        return name, float(amount)
    except ValueError:
        raise UsageError(f"--resource: `{word}` is not NAME=AMOUNT") from None
