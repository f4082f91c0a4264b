"""The rules about handlers judged by running programs: `tools/prove.py` with the real SDK and a server that refuses."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

PROVE = Path(__file__).parents[2] / "tools" / "prove.py"
PROGRAMS = 60


def prove(*arguments: str) -> None:
    command = [sys.executable, str(PROVE), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1180)
    sys.stdout.write(result.stdout)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.timeout(1200)
@pytest.mark.slow
@pytest.mark.parametrize(
    "seed", [403, random.SystemRandom().randrange(10**6)], ids=["fixed", "fresh"]
)
def test_a_403_is_reported_exactly_when_it_gets_out(seed: int) -> None:
    """The seed is in the output; CONTRIBUTING.md has the long run, of 3,000 programs."""
    prove("--programs", str(PROGRAMS), "--seed", str(seed))
