"""LS2: no client without credentials."""
