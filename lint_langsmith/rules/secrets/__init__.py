"""LS1: no hardcoded keys."""
