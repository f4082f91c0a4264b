"""The analysis that all rules share: what a program does with LangSmith. Rules ask it, and never walk a tree."""
