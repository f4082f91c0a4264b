"""What becomes of findings: suppressions, baselines, fixes, ignore comments, changes since a revision."""
