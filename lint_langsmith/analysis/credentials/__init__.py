"""Where keys come from and where they are expected: evidence, secrets, key timing, requests without the SDK.

For one client `key_arguments.py` tells whether it is passed a key, `client_alternatives.py` whether the program goes
without it, and `evidence.py` what in the project speaks for a key in its environment.
"""
