"""Other processes that work for a run."""
