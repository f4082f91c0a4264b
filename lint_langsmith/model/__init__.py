"""The shared analysis: what a program does with LangSmith. Rules ask it questions and never walk a tree."""
