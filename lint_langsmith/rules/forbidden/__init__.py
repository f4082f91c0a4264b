"""LS3: 403s must be caught."""
