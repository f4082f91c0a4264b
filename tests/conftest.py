"""What holds for all tests: they test the checkout in which they stand, in this process and in those they start.

`pyproject.toml` puts the checkout before the installed packages (`pythonpath`); `checkout.use()` does so for processes.
`test_checkout.py` sees to it, and to packages that work without a checkout.
"""

from __future__ import annotations

import checkout
from hypothesis import settings

checkout.use()

# How long an example takes says more of the machine than of the program.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
