"""Which values are clients and traced functions, and which calls are calls of the SDK."""
