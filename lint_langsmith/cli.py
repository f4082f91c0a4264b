"""The command line: arguments in, exit code out. Everything heavy is imported when it is needed."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO, TypeGuard

import click

from lint_langsmith import __version__
from lint_langsmith.interruption import first_signal, interrupt, raise_if_interrupted

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from lint_langsmith.config.options import Options
    from lint_langsmith.config.targets import Targets

_FORMATS: Final = (
    "full, concise, grouped, json, jsonl, github, gitlab, junit, sarif, pylint, rdjson, azure, markdown, csv, html, "
    "auto (github or azure where one of them runs it), or a template such as '{path}:{line}: {message}'"
)


class _DefaultToCheck(click.Group):
    """`lint-langsmith src/` is `lint-langsmith check src/`; a path called like a command needs `./` or `check`."""

    def main(self, *args: Any, **more: Any) -> Any:
        with _ended_by_signals():
            return super().main(*args, **more)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        _prepare_streams()
        if ctx.resilient_parsing and not args:
            return super().parse_args(
                ctx, args
            )  # what is asked for is a completion, also of commands
        if not args or (
            args[0] not in self.commands and args[0] not in {"--help", "-h", "--version"}
        ):
            if args:
                self._suggest_command(args[0])
            args = ["check", *args]
        elif args[0] != "check" and Path(args[0]).exists():
            note = f"`{args[0]}` is a command; to lint the path of that name: `lint-langsmith check {args[0]}`"
            _echo(f"lint-langsmith: {note}", err=True)
        with _fit_to_print(ctx):
            return super().parse_args(ctx, args)

    def _suggest_command(self, word: str) -> None:
        """Say so where the first argument is no path and nearly a command."""
        if not word.isalpha() or Path(word).exists():
            return
        import difflib

        for near in difflib.get_close_matches(word, self.commands, n=1, cutoff=0.7):
            note = f"`{word}` is no command; did you mean `lint-langsmith {near}`?"
            _echo(f"lint-langsmith: {note}", err=True)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands, and what the default one takes: its options and paths."""
        check = self.commands["check"]
        of_check = check.shell_complete(
            click.Context(check, parent=ctx, info_name="check"), incomplete
        )
        paths = [] if incomplete.startswith("-") else _files(ctx, None, incomplete)
        return [*super().shell_complete(ctx, incomplete), *of_check, *paths]

    def invoke(self, ctx: click.Context) -> Any:
        with _fit_to_print(ctx):
            try:
                return super().invoke(ctx)
            except OSError as error:
                if not _is_of_output(error):
                    raise
                _lose_output()
                _echo(
                    f"lint-langsmith: error: cannot write to standard output: {error.strerror}",
                    err=True,
                )
                ctx.exit(2)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """End the process by Ctrl-C or SIGTERM as others end: shells see 130 or 143, and loops of scripts stop.

    Before that drafts of files are deleted, and the processes that help let go. A signal that whoever started us
    has ignored (`nohup`) stays so.
    """
    before: dict[signal.Signals, Any] = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(ValueError):  # in a thread
            if signal.getsignal(number) in {signal.default_int_handler, signal.SIG_DFL}:
                before[number] = signal.signal(number, interrupt)
    try:
        yield
    finally:
        came = first_signal()
        if came is not None:
            _end_by(signal.Signals(came))
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_by(number: signal.Signals) -> None:
    """End this process by a signal; where that is no way to end, with the exit code that shells give it."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    signal.signal(number, signal.SIG_DFL)
    if os.name == "posix":
        os.kill(os.getpid(), number)
    os._exit(128 + number)


def _is_of_output(error: OSError) -> bool:
    """Whether it says that what is printed has no room: errors of files that are opened have a name."""
    return error.filename is None and error.errno in {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EIO,
        errno.EBADF,
    }


def _lose_output() -> None:
    """Nothing more can be printed, not even at shutdown."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _files(
    _ctx: click.Context, _param: click.Parameter | None, incomplete: str
) -> list[CompletionItem]:
    """Lets the shell complete a path."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def _rules(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Completes codes and names of rules, behind a comma as well."""
    from click.shell_completion import CompletionItem

    from lint_langsmith.rules import registry

    before, comma, begun = incomplete.rpartition(",")
    names = sorted(registry.names().items())
    words = [
        (word, name) for code, name in names for word in (code, name) if word.startswith(begun)
    ]
    return [CompletionItem(f"{before}{comma}{word}", help=name) for word, name in words]


def _settings(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Completes the keys of settings."""
    from click.shell_completion import CompletionItem

    from lint_langsmith.config.settings import documentation

    return [
        CompletionItem(item.key, help=item.doc)
        for item in documentation()
        if item.key.startswith(incomplete)
    ]


def _prepare_streams() -> None:
    """Make a character that the terminal's encoding lacks no reason to fail."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def _fit_to_print(ctx: click.Context) -> Iterator[None]:
    """Whatever click has to say of an argument, or a crash of its values, it holds no key and no command."""
    try:
        yield
    except click.ClickException as error:
        from lint_langsmith.output.printable import printable

        # There is no other way to change what click says.
        error.message = printable(error.message)  # type: ignore[misc]
        raise
    except Exception as error:
        is_of_output = isinstance(error, OSError) and (
            _is_of_output(error) or error.errno == errno.EPIPE
        )
        if is_of_output or isinstance(error, (click.exceptions.Exit, click.Abort)):
            raise
        _echo_crash(error)  # Python's own traceback would print its values as they are
        ctx.exit(2)


def _echo_crash(error: Exception) -> None:
    raise_if_interrupted()
    trace = "" if _is_exhausted(error) else _trace()
    _echo(f"{trace}lint-langsmith: error: {_whose_fault(error)}", err=True)


def _echo(text: str, *, err: bool = False) -> None:
    """Print a text that holds no key and no command, whatever it quotes: a path, a setting, a selector."""
    from lint_langsmith.output.printable import printable

    click.echo(printable(text), err=err)


def _echo_json(content: Any) -> None:
    """Print JSON: in ASCII, which is JSON in every encoding of a terminal."""
    import json

    from lint_langsmith.output.printable import Medium, printable

    click.echo(
        printable(
            json.dumps(content, indent=2, ensure_ascii=not _is_utf8(sys.stdout)), Medium.JSON
        )
    )


def _is_utf8(stream: TextIO) -> bool:
    return (stream.encoding or "").lower().replace("-", "") == "utf8"


@click.group(
    cls=_DefaultToCheck,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`lint-langsmith PATHS…` is `lint-langsmith check PATHS…`; its options: `lint-langsmith check --help`.",
)
@click.version_option(__version__, prog_name="lint-langsmith")
def main() -> None:
    """The linter for programs that use LangSmith."""


def _many(*names: str, metavar: str, help: str, **more: Any) -> Callable[[Any], Any]:  # noqa: A002 - click's own word
    return click.option(*names, multiple=True, metavar=metavar, help=help, **more)


# The options of `check` under headings, those first that people use first. What is under none is listed last.
_SECTIONS: Final = {
    "Most used": ("fix", "select", "ignore", "output_format", "since"),
    "Rules": ("extend_select", "persona", "preview", "fail_on"),
    "Files": ("exclude", "force_exclude", "require_files", "stdin_filename", "show_files"),
    "Configuration": ("config", "isolated", "show_settings"),
    "Reports": (
        "output_file",
        "sarif_root",
        "color",
        "quiet",
        "verbose",
        "statistics",
        "timings",
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


def _variable(option: str) -> dict[str, Any]:
    """An option that a variable may give as well: never one that writes files or hides findings."""
    return {"envvar": f"LINT_LANGSMITH_{option}", "show_envvar": True}


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
        shown = {param.name or "": param.get_help_record(ctx) for param in self.get_params(ctx)}
        for title, names in option_sections(self, shown):
            records = [record for name in names if (record := shown[name]) is not None]
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        return super().parse_args(
            ctx,
            ["--add-ignore=" if arg == "--add-ignore" else arg for arg in args[:end]]
            + args[end:],
        )


@main.command(cls=_Check)
@click.argument("paths", nargs=-1, shell_complete=_files)
@_many(
    "--select",
    metavar="RULES",
    help="Rules to run: codes, prefixes or names, separated by commas.",
    shell_complete=_rules,
)
@_many(
    "--extend-select",
    metavar="RULES",
    help="Rules to run besides the configured ones.",
    shell_complete=_rules,
    **_variable("EXTEND_SELECT"),
)
@_many("--ignore", metavar="RULES", help="Rules not to run.", shell_complete=_rules)
@click.option(
    "--persona",
    type=click.Choice(["regular", "pedantic", "auditor"]),
    help="Whose findings to show.",
    **_variable("PERSONA"),
)
@click.option(
    "--preview",
    is_flag=True,
    help="Run new rules, too, which the next release may change.",
    **_variable("PREVIEW"),
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info", "never"]),
    help="The least severity that makes the exit code 1 (default: warning).",
)
@_many(
    "--output-format",
    "-f",
    metavar="FORMAT[:FILE]",
    help=f"{_FORMATS}. Repeat it for several, each with a file.",
    **_variable("OUTPUT_FORMAT"),
)
@click.option(
    "--output-file",
    "-o",
    metavar="FILE",
    shell_complete=_files,
    help="Write the report to a file.",
)
@click.option(
    "--sarif-root",
    metavar="FOLDER",
    shell_complete=_files,
    help="The folder that paths in reports for services (SARIF, GitLab, GitHub, Azure) are relative to.",
    **_variable("SARIF_ROOT"),
)
@_many(
    "--config",
    metavar="FILE|KEY=VALUE",
    shell_complete=_files,
    help="Use this configuration file for all files; `key = value` (TOML) sets one setting over all files.",
)
@click.option("--isolated", is_flag=True, help="Ignore all configuration files.")
@_many("--exclude", metavar="PATTERN", help="Files not to lint, besides the configured ones.")
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
    shell_complete=_files,
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
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Processes (default: all cores).",
    **_variable("JOBS"),
)
@click.option(
    "--no-cache", is_flag=True, help="Neither use nor write the cache.", **_variable("NO_CACHE")
)
@click.option(
    "--cache-dir",
    metavar="FOLDER",
    shell_complete=_files,
    help="Keep the caches there (default: LINT_LANGSMITH_CACHE_DIR, or the user's cache folder).",
)
@click.option("--statistics", is_flag=True, help="Count the findings of each rule.")
@click.option("--timings", is_flag=True, help="Show the time that each phase and rule took.")
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
@click.option(
    "--baseline",
    metavar="FILE",
    shell_complete=_files,
    help="Do not report the findings that are listed in this file.",
)
@click.option(
    "--write-baseline",
    metavar="FILE",
    shell_complete=_files,
    help="Write the present findings to a baseline.",
)
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
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found.")
@click.option("--quiet", "-q", is_flag=True, help="Print findings only.")
@click.option("--verbose", "-v", is_flag=True, help="Say what is done.")
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Color the report.",
    **_variable("COLOR"),
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
        _echo(f"lint-langsmith: error: {error}", err=True)
        ctx.exit(2)
    except ExhaustedError as error:
        _echo(f"lint-langsmith: error: {error}", err=True)
        ctx.exit(2)
    except BrokenPipeError:
        _lose_output()  # the reader has gone (`| head`)
        ctx.exit(141)
    except Exception as error:
        if isinstance(error, (click.ClickException, click.exceptions.Exit, click.Abort)):
            raise
        if isinstance(error, OSError) and _is_of_output(error):
            raise
        _echo_crash(error)
        ctx.exit(2)


def _trace() -> str:
    """Where the error that is handled comes from; nothing where there is not even a file descriptor to tell it by."""
    try:
        import traceback

        return traceback.format_exc()
    except Exception:  # noqa: BLE001 - that an error can't be shown is no reason for another exit code
        return ""


def _whose_fault(error: Exception) -> str:
    if _is_exhausted(error):
        return f"{error.strerror}: fewer processes (`-j1`) need fewer"
    return "this is a fault of lint-langsmith, please report it"


def _is_exhausted(error: Exception) -> TypeGuard[OSError]:
    return isinstance(error, OSError) and error.errno in {errno.EMFILE, errno.ENFILE}


def _options(given: dict[str, Any]) -> Options:
    from lint_langsmith.config.options import Options
    from lint_langsmith.output.terminal import wants_colour, wants_links, wants_progress

    terminal = sys.stdout.isatty()
    return Options(
        paths=given["paths"],
        select=_listed(given["select"]),
        extend_select=_listed(given["extend_select"]),
        ignore=_listed(given["ignore"]),
        persona=given["persona"],
        preview=given["preview"],
        fail_on=given["fail_on"],
        outputs=_formats(given["output_format"]),
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


def _formats(given: Sequence[str]) -> tuple[str, ...]:
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


def _reason(given: str | None) -> str | None:
    """What `--add-ignore=` was given: one line, since a comment has no more."""
    return None if given is None else " ".join(given.split())


def _listed(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(item.strip() for value in values for item in value.split(",") if item.strip())


def _check(options: Options, *, show_files: bool, show_settings: bool) -> int:
    from lint_langsmith.config.targets import find_targets
    from lint_langsmith.run import pipeline

    cwd = Path.cwd()
    if show_files or show_settings:
        targets = find_targets(options, cwd)
        (_show_files if show_files else _show_settings)(options, targets, cwd)
        for sentence in targets.missing:
            _echo(f"lint-langsmith: error: {sentence}", err=True)
        return 2 if targets.missing else 0
    return pipeline.run(options, cwd, _read_stdin)


def _read_stdin() -> bytes:
    from lint_langsmith.config.options import UsageError

    if sys.stdin is None:  # closed by who started us (`<&-`)
        raise UsageError(
            "standard input is closed, so there is nothing to lint by the name of `-`"
        )
    return sys.stdin.buffer.read()


def _show_files(options: Options, targets: Targets, cwd: Path) -> None:
    from lint_langsmith.output.printable import safe_path

    for target in targets.files:
        _echo(safe_path(os.path.relpath(target.name, cwd)))
    if options.verbose:
        for skipped in sorted(targets.skipped):
            _echo(
                f"{safe_path(os.path.relpath(skipped.path, cwd))}: skipped, {skipped.reason}",
                err=True,
            )


def _show_settings(options: Options, targets: Targets, cwd: Path) -> None:
    from lint_langsmith.analysis.project.project import Project
    from lint_langsmith.config.settings import documentation, in_toml
    from lint_langsmith.output.printable import one_line
    from lint_langsmith.source.discover import project_root, walk_project

    if not targets.files:
        if not targets.missing:
            _echo("lint-langsmith: warning: there are no files to lint", err=True)
        return
    target = targets.files[0]
    _echo(f"# settings for {one_line(os.path.relpath(target.name, cwd))}")
    root = project_root(target.name, cwd)
    _echo(f"# from {target.config.path or 'the defaults'}; project root {root}")
    project = Project(root, target.config.settings, walk_project(root))
    _echo(
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
        _echo(f"# {item.key} is not set" if value is None else f"{item.key} = {in_toml(value)}")


def _between(versions: tuple[str, ...]) -> str:
    return (
        ", ".join(versions)
        if len(versions) <= 2
        else f"{len(versions)} releases from {versions[0]} to {versions[-1]}"
    )


@main.command()
@click.argument("paths", nargs=-1, shell_complete=_files)
@click.option(
    "--cache-dir",
    metavar="FOLDER",
    shell_complete=_files,
    help="The folder that was named when linting.",
)
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
            _echo(f"lint-langsmith: error: {error}", err=True)
            ctx.exit(2)
        _echo(
            f"lint-langsmith: {'deleted' if done else 'there is no cache in'} {folder.path}",
            err=True,
        )


_FORM: Final = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Text to read, or JSON.",
)


@main.command(name="rule")
@click.argument("name", required=False, metavar="CODE|NAME", shell_complete=_rules)
@click.option("--all", "every", is_flag=True, help="Show all rules, as without a code.")
@_FORM
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
        _echo(f"lint-langsmith: error: {error}", err=True)
        ctx.exit(2)
    if form == "json":
        _echo_json([rule_object(rule) for rule in found])
    else:
        _echo(rule_page(found[0]) if len(found) == 1 else rule_table(found))


@main.command(name="config")
@click.argument("key", required=False, shell_complete=_settings)
@_FORM
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
        _echo(f"lint-langsmith: error: {error}", err=True)
        ctx.exit(2)
    if form == "json":
        _echo_json(
            [{"key": item.key, "doc": item.doc, "default": item.default} for item in found]
        )
    else:
        _echo(setting_page(found[0]) if len(found) == 1 else setting_table(found))


@main.command()
@click.argument("place", metavar="FILE[:LINE]", shell_complete=_files)
@click.option(
    "--persona",
    type=click.Choice(["regular", "pedantic", "auditor"]),
    help="Whose findings count as shown.",
)
@click.option(
    "--config", metavar="FILE", shell_complete=_files, help="Use this configuration file."
)
@click.option("--isolated", is_flag=True, help="Ignore all configuration files.")
@_FORM
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
        _echo(f"lint-langsmith: error: {error}", err=True)
        ctx.exit(2)
    if form == "json":
        _echo_json(as_objects(facts))
    else:
        _echo(as_text(place, facts))


@main.command()
@click.argument("repositories", nargs=-1, metavar="[REPO]...", shell_complete=_files)
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
@_many(
    "--output-format",
    "-f",
    metavar="FORMAT[:FILE]",
    help="As for `check`; github, gitlab, azure and rdjson have only what stands at HEAD.",
    **_variable("OUTPUT_FORMAT"),
)
@click.option(
    "--output-file",
    "-o",
    metavar="FILE",
    help="Write the report to a file.",
    shell_complete=_files,
)
@click.option(
    "--baseline",
    metavar="FILE",
    help="Do not report the keys that are listed in this file.",
    shell_complete=_files,
)
@click.option(
    "--write-baseline",
    metavar="FILE",
    shell_complete=_files,
    help="Put the present keys away: write their SHA-256 to a file.",
)
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Processes (default: all cores).",
    **_variable("JOBS"),
)
@click.option(
    "--no-cache",
    is_flag=True,
    help="Search again what was searched before.",
    **_variable("NO_CACHE"),
)
@click.option(
    "--cache-dir", metavar="FOLDER", help="Keep the cache there.", shell_complete=_files
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found.")
@click.option("--quiet", "-q", is_flag=True, help="Print keys only.")
@click.pass_context
def history(ctx: click.Context, /, **given: Any) -> None:
    """Find keys in the whole history of git repositories (default: the current one)."""
    from lint_langsmith.config.options import Options, UsageError
    from lint_langsmith.history.command import Request, run
    from lint_langsmith.output.report import UnknownFormatError

    options = Options(
        paths=given["repositories"],
        outputs=_formats(given["output_format"]),
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
        ctx.exit(run(options, request, Path.cwd(), _read_stdin))
    except (UsageError, UnknownFormatError) as error:
        _echo(f"lint-langsmith: error: {error}", err=True)
        ctx.exit(2)


@main.command()
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
            _echo(f"lint-langsmith: {note}", err=True)
        if not planned.changes:
            return
        _echo(starting.difference(planned, cwd).rstrip("\n"))
        count = len(planned.changes)
        files = "this file" if count == 1 else f"these {count} files"
        if not yes and not (sys.stdin.isatty() and sys.stdout.isatty()):
            _echo(f"lint-langsmith: `lint-langsmith init --yes` writes {files}", err=True)
        elif yes or click.confirm(f"Write {files}?", err=True):
            starting.write(planned)
            _echo("lint-langsmith: written; `lint-langsmith` lints the project", err=True)
    except (UsageError, ConfigError) as error:
        _echo(f"lint-langsmith: error: {error}", err=True)
        ctx.exit(2)


@main.command()
@click.pass_context
def server(ctx: click.Context) -> None:
    """Speak the language server protocol over standard input and output, for editors."""
    import gc

    gc.enable()
    for number in (signal.SIGINT, signal.SIGTERM):  # the server has ways of its own to end
        signal.signal(
            number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
        )
    try:
        from lint_langsmith.integrations.lsp import serve
    except ImportError as error:
        if error.name is None or error.name.partition(".")[0] not in {"pygls", "lsprotocol"}:
            raise
        _echo(
            "lint-langsmith: error: the language server needs `pip install 'lint-langsmith[lsp]'`",
            err=True,
        )
        ctx.exit(2)
    serve()
