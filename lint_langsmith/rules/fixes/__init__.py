"""Builders of fixes that the rules offer: pure functions from rows of a file to edits."""
