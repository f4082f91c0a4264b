"""The commands of the command line: their options, and what each of them calls."""
