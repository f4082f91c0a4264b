"""LS4: environment and configuration."""
