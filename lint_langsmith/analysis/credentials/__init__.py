"""Where keys come from and where they are expected: evidence, secrets, key timing, requests without the SDK."""
