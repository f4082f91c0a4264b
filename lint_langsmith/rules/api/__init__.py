"""LS5: names and arguments that the SDK really has."""
