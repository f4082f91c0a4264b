"""The command line: arguments in, exit code out. Everything heavy is imported when it is needed."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lint_langsmith import __version__
from lint_langsmith.commands.check import check
from lint_langsmith.commands.explain import show_config, show_rule, why
from lint_langsmith.commands.projects import clean, fleet, history, init
from lint_langsmith.commands.shared_options import complete_files
from lint_langsmith.commands.streams import (
    echo,
    echo_crash,
    is_of_output,
    lose_output,
    prepare_streams,
)
from lint_langsmith.interruption import first_signal, interrupt

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class _DefaultToCheck(click.Group):
    """`lint-langsmith src/` is `lint-langsmith check src/`; a path called like a command needs `./` or `check`."""

    def main(self, *args: Any, **more: Any) -> Any:
        with _ended_by_signals():
            return super().main(*args, **more)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        prepare_streams()
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
            echo(f"lint-langsmith: {note}", err=True)
        with _fit_to_print(ctx):
            return super().parse_args(ctx, args)

    def _suggest_command(self, word: str) -> None:
        """Say so where the first argument is no path and nearly a command."""
        if not word.isalpha() or Path(word).exists():
            return
        import difflib

        for near in difflib.get_close_matches(word, self.commands, n=1, cutoff=0.7):
            note = f"`{word}` is no command; did you mean `lint-langsmith {near}`?"
            echo(f"lint-langsmith: {note}", err=True)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the commands, and the options of the default one that people use first."""
        super().format_commands(ctx, formatter)
        with formatter.section("Most used options of check"):
            formatter.write_dl(check.most_used(click.Context(check, parent=ctx)))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands, and what the default one takes: its options and paths."""
        check = self.commands["check"]
        of_check = check.shell_complete(
            click.Context(check, parent=ctx, info_name="check"), incomplete
        )
        paths = [] if incomplete.startswith("-") else complete_files(ctx, None, incomplete)
        return [*super().shell_complete(ctx, incomplete), *of_check, *paths]

    def invoke(self, ctx: click.Context) -> Any:
        with _fit_to_print(ctx):
            try:
                return super().invoke(ctx)
            except OSError as error:
                if not is_of_output(error):
                    raise
                lose_output()
                echo(
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
        is_lost = isinstance(error, OSError) and (
            is_of_output(error) or error.errno == errno.EPIPE
        )
        if is_lost or isinstance(error, (click.exceptions.Exit, click.Abort)):
            raise
        echo_crash(error)  # Python's own traceback would print its values as they are
        ctx.exit(2)


@click.group(
    cls=_DefaultToCheck,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`lint-langsmith PATHS…` is `lint-langsmith check PATHS…`; all its options: `lint-langsmith check --help`.",
)
@click.version_option(__version__, prog_name="lint-langsmith")
def main() -> None:
    """The linter for programs that use LangSmith."""


for _command in (check, clean, fleet, history, init, show_config, show_rule, why):
    main.add_command(_command)


@main.command(short_help="Serve an editor: the language server.")
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
        echo(
            "lint-langsmith: error: the language server needs `pip install 'lint-langsmith[lsp]'`",
            err=True,
        )
        ctx.exit(2)
    serve()
