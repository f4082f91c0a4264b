"""LS7: privacy."""
