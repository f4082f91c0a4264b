"""Other programs through which people meet findings: editors and flake8."""
