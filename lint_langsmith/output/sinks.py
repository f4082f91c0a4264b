"""Where reports go: formats, and the files that they are written to."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TextIO

import msgspec

from lint_langsmith.config.config import Config
from lint_langsmith.config.options import Options, UsageError
from lint_langsmith.output.printable import one_line, printable
from lint_langsmith.output.report import Report, UnknownFormatError, Writer, medium_of, writer
from lint_langsmith.source import files, project_roots
from lint_langsmith.source.root import Boundary

AUTO: Final = "auto"
_SERVICES: Final = {"GITHUB_ACTIONS": "github", "TF_BUILD": "azure"}


class Sink(NamedTuple):
    """A format, and the file that it goes to (None for standard output)."""

    format: str
    file: Path | None


def sinks(options: Options, config: Config | None, cwd: Path) -> tuple[Sink, ...]:
    """Where the reports go: `-f FORMAT`, `-f FORMAT:FILE`; with `--output-file` the first plain one goes there.

    `auto` is the format of the service that runs us, elsewhere that for a terminal or for none.

    Raises:
        UsageError: two reports would go to standard output, or none is left for `--output-file`.
        UnknownFormatError: there is no such format.
    """
    plain = "full" if options.terminal else "concise"
    default = plain
    if config is not None and config.settings.output_format:
        default = config.settings.output_format
        _check_configured(default, config)
    found: list[Sink] = []
    for output in options.outputs or (default,):
        name, separator, file = output.partition(":")
        if separator and "{" not in output and file:
            found.append(Sink(name, _absolute(file, cwd)))
        else:
            found.append(Sink(output, None))
    found = [
        sink._replace(format=_of_service() or plain) if sink.format == AUTO else sink
        for sink in found
    ]
    if options.output_file is not None:
        first = next((index for index, sink in enumerate(found) if sink.file is None), None)
        if first is None:
            raise UsageError("--output-file: every format has a file of its own already")
        found[first] = found[first]._replace(file=_absolute(options.output_file, cwd))
    if sum(sink.file is None for sink in found) > 1:
        raise UsageError(
            "only one format can go to standard output: give the others a file, as in `-f json:out.json`"
        )
    for sink in found:
        writer(sink.format)
    return tuple(found)


def _of_service() -> str | None:
    """The format in which the service that runs us shows findings, by the variables that it sets."""
    return next(
        (
            name
            for variable, name in _SERVICES.items()
            if os.environ.get(variable, "").lower() == "true"
        ),
        None,
    )


def _check_configured(name: str, config: Config) -> None:
    if "{" in name:
        # A repository would have its own words printed where a pipeline takes some for commands.
        raise UnknownFormatError(
            f"{config.path}: `output-format`: a template belongs to the command line (`-f`)"
        )
    try:
        if name != AUTO:
            writer(name)
    except UnknownFormatError as error:
        raise UnknownFormatError(f"{config.path}: `output-format`: {error}") from None


def _absolute(name: str, cwd: Path) -> Path:
    return Path(os.path.normpath(cwd / name))


def write_reports(
    report: Report,
    where: Sequence[Sink],
    options: Options,
    *,
    stdout: bool = True,
    writers: Callable[[str], Writer] = writer,
) -> None:
    """Write the reports; a file appears whole or not at all. Without `stdout` the plain one goes to standard error.

    `writers` gives the writer of each format.

    Raises:
        UsageError: a file can't be written.
    """
    boundary = project_roots.boundary(options.paths or (".",), report.cwd)
    for sink in where:
        to_terminal = sink.file is None
        painted = msgspec.structs.replace(
            report,
            colour=options.colour and to_terminal,
            links=options.links and to_terminal,
            quiet=options.quiet,
        )
        text = writers(sink.format)(painted)
        if sink.file is not None:
            _write_file(sink.file, text, boundary)
        elif not (options.quiet and not report.findings):
            _write_stream(
                sys.stdout if stdout else sys.stderr, text, utf8=medium_of(sink.format).is_utf8
            )
    sys.stdout.flush()


def say(*lines: str) -> None:
    """Tell the user something that is no finding, on standard error. What the lines quote adds no line to them."""
    text = "".join(f"{one_line(line)}\n" for line in lines)
    sys.stderr.write(f"lint-langsmith: {printable(text)}")


def _write_stream(stream: TextIO, text: str, *, utf8: bool) -> None:
    """Write to a standard stream: what a parser reads as UTF-8, whatever the encoding of the terminal is."""
    buffer = getattr(stream, "buffer", None) if utf8 else None
    if buffer is None:
        stream.write(text)
    else:
        stream.flush()
        buffer.write(text.encode("utf-8", errors="replace"))


def _write_file(path: Path, text: str, boundary: Boundary) -> None:
    link = boundary.link_to(str(path))
    if link is not None:
        raise UsageError(f"cannot write {path}: {link}")
    try:
        files.write_to(path, text.encode("utf-8", errors="replace"))
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
