"""The linter for programs that use LangSmith."""

__version__ = "0.1.0"
