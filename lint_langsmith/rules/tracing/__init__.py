"""LS6: tracing and asynchronous code."""
