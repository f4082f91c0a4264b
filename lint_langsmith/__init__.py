"""The linter for programs that use LangSmith."""

__version__ = "1.0.0rc1"
