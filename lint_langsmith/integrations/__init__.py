"""Other programs that lint-langsmith runs inside of."""
