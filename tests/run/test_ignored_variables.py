"""Files of variables that git ignores: read for what the program gets, shown to nobody, kept nowhere."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from linting import lint

VALUES = ("TRUE", "eu.smith.langchain.com", "secret-project-name")
AGENT = """\
from dotenv import load_dotenv

load_dotenv()

from langchain.chat_models import init_chat_model

print(init_chat_model("openai:gpt-5-mini").invoke("hello").content)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".gitignore").write_text(".env\n")
    (tmp_path / ".env").write_text(
        f"LANGSMITH_TRACING={VALUES[0]}\nLANGSMITH_ENDPOINT=https://{VALUES[1]}\nLANGSMITH_PROJECT_NAME={VALUES[2]}\n"
    )
    (tmp_path / "agent.py").write_text(AGENT)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "-A"], cwd=tmp_path, check=True)
    return tmp_path


def test_what_the_program_loads_is_read(project: Path) -> None:
    assert lint(project).codes == ["LS401", "LS402", "LS406"]


def test_a_blank_that_a_client_reads_is_told(project: Path) -> None:
    (project / ".env").write_text("LANGSMITH_API_KEY=\n")
    (project / "agent.py").write_text(
        "from dotenv import load_dotenv\nfrom langsmith import Client\n\nload_dotenv()\nClient().flush()\n"
    )
    assert lint(project).codes == ["LS202"]


def report(project: Path, form: str, *arguments: str) -> str:
    lint(project, "-f", f"{form}:report", *arguments, ".")
    return (project / "report").read_text()


def test_no_value_is_shown(project: Path) -> None:
    for form in ("full", "concise", "json", "html", "markdown", "grouped", "rdjson"):
        output = report(project, form, "--ignored-env")
        assert "LANGSMITH" in output
        assert not any(value in output for value in VALUES)
    difference = lint(project, "--diff", "--unsafe-fixes", ".").output
    assert not any(value in difference for value in VALUES)


def test_no_value_is_kept(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    cache = tmp_path_factory.mktemp("cache")
    for _ in range(2):
        lint(project, "--cache-dir", str(cache), ".")
    contents = [path.read_bytes() for path in cache.rglob("*") if path.is_file()]
    assert contents
    assert not any(value.encode() in content for value in VALUES for content in contents)


def test_it_is_not_changed(project: Path) -> None:
    before = (project / ".env").read_text()
    lint(project, "--fix", "--unsafe-fixes", ".")
    assert (project / ".env").read_text() == before


@pytest.mark.parametrize(
    "arguments", [("--no-ignored-env", "."), ("agent.py",), ("--since", "HEAD", ".")]
)
def test_where_it_is_not_judged(project: Path, arguments: tuple[str, ...]) -> None:
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"],
        cwd=project,
        check=True,
    )
    assert lint(project, *arguments).codes == []


@pytest.mark.parametrize("form", ["sarif", "github", "gitlab", "junit", "auto"])
def test_the_formats_of_ci_have_none_of_it(project: Path, form: str) -> None:
    found = "LS402" if form != "sarif" else '"uri": ".env"'  # the pages of all rules are in it
    assert found not in report(project, form)
    assert form == "auto" or found in report(project, form, "--ignored-env")


def test_baselines_have_none_of_it(project: Path) -> None:
    lint(project, "--write-baseline", "known.json", ".")
    assert ".env" not in (project / "known.json").read_text()


def test_a_file_that_nothing_loads_is_not_judged(project: Path) -> None:
    (project / "agent.py").write_text(AGENT.replace("load_dotenv", "str"))
    assert lint(project).codes == []


def test_a_key_in_it_is_where_it_belongs(project: Path) -> None:
    (project / ".env").write_text(
        f"LANGSMITH_API_KEY=lsv2_pt_{'3f9a1c7e5b2d4860' * 2}_{'a1b2c3d4e5'}\n"
    )
    assert lint(project).codes == []


def test_a_clean_clone_has_no_more_findings_of_credentials(project: Path) -> None:
    """What is not there is unknown: a key that is in somebody's `.env` only is not missing elsewhere."""
    texts = (
        "LANGSMITH_TRACING=true\n",
        "LANGSMITH_TRACING=true\nLANGSMITH_API_KEY=x1\n",
        "LANGSMITH_API_KEY=\n",
    )
    (project / "compose.yaml").write_text(
        "services:\n  agent:\n    build: .\n    env_file: .env\n    environment:\n      LANGSMITH_TRACING: 'true'\n"
    )
    (project / "Dockerfile").write_text('FROM python:3.12\nCMD ["python", "agent.py"]\n')
    (project / "client.py").write_text(
        "import agent\nfrom langsmith import Client\n\nclient = Client()\n"
    )
    for text in texts:
        (project / ".env").write_text(text)
        here = {
            (found.code, found.path, found.line)
            for found in lint(project).findings
            if found.code.startswith("LS2")
        }
        (project / ".env").unlink()
        clone = {
            (found.code, found.path, found.line)
            for found in lint(project).findings
            if found.code.startswith("LS2")
        }
        assert clone <= here


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: f"ls__{secrets.token_hex(16)}", "legacy key"),
        (lambda: f"lsv2_pt_{secrets.token_hex(16)}", "is cut"),
        (lambda: f"lsv2_pt_{secrets.token_hex(16)}_{secrets.token_hex(5)}", ""),
    ],
)
def test_a_key_of_a_form_that_is_refused(
    project: Path, made: Callable[[], str], said: str
) -> None:
    key = made()
    (project / ".env").write_text(f"LANGSMITH_TRACING=true\nLANGSMITH_API_KEY={key}\n")
    outcome = lint(project)
    assert outcome.codes == (["LS202"] if said else [])
    assert said in outcome.output
    assert key not in outcome.output
