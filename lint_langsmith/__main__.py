"""The program: `lint-langsmith`, and `python -m lint_langsmith`."""

import gc
import os
import sys


def run() -> None:
    """Run the command line, and end the process with its exit code."""
    # What a run makes it keeps to its end: looking for garbage in it only takes time. The language server, which stays,
    # turns the collector on again.
    gc.disable()
    try:
        _open_streams()
        from lint_langsmith.cli import main  # noqa: PLC0415 - what fails here is a failure of ours, too

        main(prog_name="lint-langsmith")
    except SystemExit as end:
        if isinstance(end.code, int) and _has_printed_all() and not _is_watched():
            # Python would give the memory back piece by piece: all of it goes with the process.
            os._exit(end.code)
        raise
    except Exception as error:  # noqa: BLE001 - Python's own exit code, 1, says that there are findings
        _say(
            f"lint-langsmith: error: {type(error).__name__}: this is a fault of lint-langsmith, please report it"
        )
        sys.exit(_FAILED)


def _open_streams() -> None:
    """Have something behind the numbers of the standard streams: the next file that is opened would be taken for it."""
    for number in range(3):
        if not _is_open(number):
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _say(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"{text}\n")


def _has_printed_all() -> bool:
    """Whether nothing is left to print, nor to be said of an output that can't take it."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        return False
    return True


def _is_watched() -> bool:
    """Whether a profiler or a coverage tool has something to do when Python ends."""
    monitoring = getattr(sys, "monitoring", None)
    tools = (
        []
        if monitoring is None
        else [monitoring.get_tool(number) for number in range(_MOST_TOOLS)]
    )
    return any(watcher is not None for watcher in (sys.gettrace(), sys.getprofile(), *tools))


_FAILED = 2
_MOST_TOOLS = 6


def _look_nowhere_here() -> None:
    """Take the working directory off the path of imports, which `python -m` has put first: nothing there is run."""
    if not getattr(sys.flags, "safe_path", False) and sys.path[:1] in ([""], [os.getcwd()]):  # noqa: PTH109
        del sys.path[0]


if __name__ == "__main__":
    _look_nowhere_here()
    run()
