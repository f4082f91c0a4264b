"""`lint-langsmith why`: what the analysis knows of a line, and what each rule made of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from casebook import Keys
from click.testing import CliRunner

from lint_langsmith.cli import main

PROGRAM = """import os

from langsmith import Client, traceable

client = Client(api_key=os.environ["LANGSMITH_API_KEY"])
other = Client()  # lint-langsmith: ignore[LS201] mounted


@traceable
def load(name):
    return client.read_dataset(dataset_name=name)


def main():
    try:
        load("cities")
    except ValueError:
        print("no such dataset")
    try:
        client.list_prompts()
    except Exception as error:
        print(error)


main()
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "app.py").write_text(PROGRAM)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def why(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["why", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_call_tells_its_client_its_403_its_handlers_and_its_path(project: Path) -> None:
    shown = why("app.py:11")
    assert "`client.read_dataset()` is `langsmith.client.Client.read_dataset`" in shown
    assert "its client is built at app.py:5" in shown
    assert "403: raised at the call as `langsmith.utils.LangSmithError`" in shown
    assert (
        "escapes to its entry point, a script in app.py: main() → load() → client.read_dataset()"
        in shown
    )
    assert "passes the handler at app.py:17, which can't catch it" in shown
    assert "LS301 uncaught-forbidden: reported as warning" in shown
    assert "list_prompts" not in shown


def test_a_silent_line_tells_why(project: Path) -> None:
    shown = why("app.py:20")
    assert "caught by the handler at app.py:21" in shown
    assert "LS301" not in shown


def test_a_suppressed_finding_is_told(project: Path) -> None:
    (project / "app.py").write_text(
        "from langsmith import Client\n\nclient = Client()  # lint-langsmith: ignore[LS201]\n"
    )
    shown = why("app.py:3")
    assert "LS201 client-without-credentials: found, and suppressed" in shown
    assert "credentials: no evidence in 1 Python file, 0 notebooks" in shown


def test_a_file_that_is_not_parsed_tells_why(project: Path) -> None:
    (project / "plain.py").write_text("x = 1\n")
    assert "not parsed, since it does not name LangSmith" in why("plain.py")


def test_a_variable_tells_what_each_process_gets(project: Path) -> None:
    (project / ".env").write_text("LANGSMITH_TRACING=true\n")
    (project / "compose.yml").write_text(
        "services:\n  app:\n    build: .\n    env_file: .env\n    environment:\n      LANGSMITH_TRACING: 'false'\n"
    )
    shown = why(".env:1")
    assert "sets LANGSMITH_TRACING" in shown
    assert "`false`, from compose.yml:6" in shown, (
        "the service's own value beats that of its file"
    )


def test_no_secret_is_shown(project: Path) -> None:
    key = Keys("why").fill("{KEY}")
    (project / ".env").write_text(
        f"LANGSMITH_API_KEY={key}\nLANGCHAIN_API_KEY=q8Zt41VbX0cR77mLw2Kd9s\n"
    )
    (project / "app.py").write_text(
        "from dotenv import load_dotenv\nfrom langsmith import Client\nload_dotenv()\nClient()\n"
    )
    for form in ("text", "json"):
        shown = why(".env", "--format", form)
        assert key[8:] not in shown
        assert "q8Zt41VbX0cR77mLw2Kd9s" not in shown.replace("LS102", "")


def test_the_persona_decides_what_counts_as_shown(project: Path) -> None:
    (project / "lib.py").write_text(
        "import langsmith\n\n\ndef load(client, name):\n    return client.read_dataset(dataset_name=name)\n"
    )
    assert "LS301 uncaught-forbidden: for the persona auditor, so not shown" in why("lib.py:5")
    shown = why("lib.py:5", "--persona", "auditor")
    assert "LS301 uncaught-forbidden: reported as info" in shown


def test_json_has_the_same_facts(project: Path) -> None:
    facts = json.loads(why("app.py:11", "--format", "json"))
    assert [fact["kind"] for fact in facts] == ["file", "call", "rule", "rule"]
    assert (facts[1]["path"], facts[1]["line"]) == ("app.py", 11)
    assert "LS201" in facts[-1]["details"]


@pytest.mark.parametrize(
    ("place", "words"), [("missing.py", "there is no file"), (".", "is a folder")]
)
def test_what_is_no_file_is_an_error(project: Path, place: str, words: str) -> None:
    result = CliRunner().invoke(main, ["why", place])
    assert result.exit_code == 2
    assert words in result.output
