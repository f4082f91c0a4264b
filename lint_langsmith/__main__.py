"""The program: `lint-langsmith`, and `python -m lint_langsmith`."""

import gc

from lint_langsmith.cli import main


def run() -> None:
    """Run the command line, and end the process with its exit code."""
    # What a run makes it keeps to its end: looking for garbage in it only takes time. The language server, which stays,
    # turns the collector on again.
    gc.disable()
    main(prog_name="lint-langsmith")


if __name__ == "__main__":
    run()
