"""Loaders: what gives variables to processes, one module per family, each in its own order of precedence."""
