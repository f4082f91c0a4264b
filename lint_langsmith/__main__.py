"""`python -m lint_langsmith`."""

from lint_langsmith.cli import main

if __name__ == "__main__":
    main(prog_name="lint-langsmith")
