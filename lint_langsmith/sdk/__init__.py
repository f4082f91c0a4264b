"""What is true of LangSmith, as data with its source. The tools that ask the SDK are in `tools/`."""
