"""Options, settings, configuration files, and the files that they choose."""
