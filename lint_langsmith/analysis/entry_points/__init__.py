"""Where a program begins: frameworks, commands, and what configuration files declare."""
