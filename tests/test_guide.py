"""The 403 guide: what it shows of the SDK's messages is what the installed SDK says, and its program is run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RUN = "7b1e3d0a-5f0c-4a53-9c5e-1d8f4a1f2b3c"
GUIDE = (ROOT / "docs" / "guide" / "403.md").read_text(encoding="utf-8")

PROGRAM = """
import os, sys, threading
import probe_server
probe_server.guard_network()
server = probe_server.server()
threading.Thread(target=server.serve_forever, daemon=True).start()
probe_server.Refusing.mode = sys.argv[1]
os.environ["LANGSMITH_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}"
os.environ["LANGSMITH_API_KEY"] = "made up"
os.environ["LANGSMITH_TRACING"] = "true"
import langsmith
# The thread that sends traces writes to stderr as well, in the middle of what is looked for.
client = langsmith.Client(auto_batch_tracing=sys.argv[2] == "trace")
if sys.argv[2] == "trace":
    langsmith.traceable(lambda x: x, client=client)(1)
    client.flush()
else:
    next(client.list_projects(limit=1))
"""


def said(mode: str, what: str) -> str:
    """What a program prints of a refusal, with the host that LangSmith has."""
    path = os.pathsep.join([str(ROOT / "tools"), *sys.path])
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("LANG")
    }
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, mode, what],
        capture_output=True,
        text=True,
        check=False,
        env={**environment, "PYTHONPATH": path},
    )
    return re.sub(r"http://127\.0\.0\.1:\d+", "https://api.smith.langchain.com", result.stderr)


@pytest.mark.parametrize(
    ("mode", "what"), [("error", "call"), ("error", "trace"), ("org_error", "call")]
)
def test_messages_are_those_of_the_sdk(mode: str, what: str) -> None:
    shown = re.findall(r"(?ms)^```text\n(.*?)^```$", GUIDE)
    assert len(shown) == 3
    heard = said(mode, what)
    assert any(block.strip() in heard for block in shown), heard


def test_its_program_refuses_to_start_with_a_key_that_is_refused(tmp_path: Path) -> None:
    (program,) = re.findall(r"(?ms)^```python\n(.*?)^```$", GUIDE)
    (tmp_path / "program.py").write_text(program)
    run = (
        PROGRAM.partition("import langsmith\n")[0]
        + f"import program\nprogram.give_feedback('{RUN}', 1)\n"
    )
    run += "program.check_access()\n"
    path = os.pathsep.join([str(ROOT / "tools"), str(tmp_path), *sys.path])
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("LANG")
    }
    result = subprocess.run(
        [sys.executable, "-c", run, "error"],
        capture_output=True,
        text=True,
        check=False,
        env={**environment, "PYTHONPATH": path},
    )
    assert result.returncode == 1
    assert "LangSmith refused the feedback" in result.stderr
    assert result.stderr.splitlines()[-1].startswith(
        "LangSmith refused the key: check LANGSMITH_API_KEY"
    )
