"""Keys in the history of a git repository: every object is searched, and what is found is placed in the history."""
