"""Environment variables: what sets, loads and reads them, and when the SDK reads them."""
