"""The rules: one file each, grouped in folders by family, found by discovery and never listed by hand."""
