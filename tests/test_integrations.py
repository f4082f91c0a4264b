"""Editors and flake8, each really run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient

BIN = Path(sys.executable).parent
WRONG = "from langsmith import LangSmithClient\n\nprint(LangSmithClient)\n"
RIGHT = "from langsmith import Client\n\nprint(Client)\n"


def sh(*command: str, cwd: Path, **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env={**os.environ, **given})


# -- flake8 and ruff -------------------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").touch()
    return tmp_path


def flake8(folder: Path, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flake8", "--isolated", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, input=stdin)


def test_flake8_reports_our_findings_beside_its_own(project: Path) -> None:
    (project / "wrong.py").write_text(f"import os\n{WRONG}")
    (project / "right.py").write_text(RIGHT)
    result = flake8(project)
    assert result.returncode == 1, result.stderr
    assert (
        "./wrong.py:2:23: LS501 unknown-langsmith-api `langsmith.LangSmithClient` exists in no version" in result.stdout
    )
    assert "./wrong.py:1:1: F401" in result.stdout
    assert "right.py" not in result.stdout


def test_flake8_selects_and_silences_by_our_codes(project: Path) -> None:
    (project / "wrong.py").write_text(WRONG)
    assert "LS501" in flake8(project, "--select", "LS5").stdout
    assert "LS501" not in flake8(project, "--ignore", "LS501").stdout
    (project / "wrong.py").write_text(WRONG.replace("Client\n", "Client  # noqa: LS501\n", 1))
    assert "LS" not in flake8(project).stdout


def test_flake8_sees_the_project_around_a_file(project: Path) -> None:
    (project / "made.py").write_text("import os\nfrom langsmith import Client\nc = Client(api_key=os.environ['K'])\n")
    (project / "used.py").write_text("from made import c\n\n\ndef read(i):\n    return c.read_run(i)\n")
    assert "used.py:5:12: LS301" in flake8(project, "--select", "LS", "used.py").stdout


def test_flake8_reads_standard_input(project: Path) -> None:
    result = flake8(project, "--stdin-display-name", "new.py", "-", stdin=WRONG)
    assert "new.py:1:23: LS501" in result.stdout, result.stderr


def test_ruff_leaves_our_comments_alone_when_it_is_told_of_our_prefix(project: Path) -> None:
    text = WRONG.replace("Client\n", "Client  # noqa: LS501\n", 1)
    text = text.replace("print(LangSmithClient)", "print(LangSmithClient)  # lint-langsmith: ignore[LS501] as above")
    (project / "wrong.py").write_text(text)
    (project / "pyproject.toml").write_text(
        '[tool.ruff.lint]\nexternal = ["LS"]\nselect = ["RUF100", "RUF102"]\npreview = true\n'
    )
    result = sh(str(BIN / "ruff"), "check", "--fix", "--no-cache", "wrong.py", cwd=project)
    assert result.returncode == 0, result.stdout + result.stderr
    assert (project / "wrong.py").read_text() == text


# -- editors ---------------------------------------------------------------------------------------------------------


@pytest_lsp.fixture(config=ClientServerConfig(server_command=[sys.executable, "-m", "lint_langsmith", "server"]))  # type: ignore[untyped-decorator]
async def client(lsp_client: LanguageClient, tmp_path: Path) -> AsyncIterator[None]:
    (tmp_path / "pyproject.toml").touch()
    await lsp_client.initialize_session(
        types.InitializeParams(
            capabilities=types.ClientCapabilities(),
            root_uri=tmp_path.as_uri(),
            root_path=str(tmp_path),
        ),
    )
    yield
    await lsp_client.shutdown_session()


async def opened(client: LanguageClient, path: Path, text: str) -> str:
    """Open a document and wait for what is found in it."""
    uri = path.as_uri()
    item = types.TextDocumentItem(uri=uri, language_id="python", version=1, text=text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    return uri


async def changed(client: LanguageClient, uri: str, version: int, text: str) -> None:
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(
            types.VersionedTextDocumentIdentifier(version, uri), [types.TextDocumentContentChangeWholeDocument(text)]
        ),
    )
    await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)


@pytest.mark.asyncio
async def test_findings_come_and_go_while_one_types(client: LanguageClient, tmp_path: Path) -> None:
    uri = await opened(client, tmp_path / "a.py", WRONG)
    (found,) = client.diagnostics[uri]
    assert found.code == "LS501"
    assert found.severity == types.DiagnosticSeverity.Error
    assert found.range == types.Range(types.Position(0, 22), types.Position(0, 37))
    assert found.code_description is not None
    assert found.code_description.href.endswith("/rules/unknown-langsmith-api/")
    await changed(client, uri, 2, RIGHT)
    assert list(client.diagnostics[uri]) == []


@pytest.mark.asyncio
async def test_columns_are_those_of_the_editor(client: LanguageClient, tmp_path: Path) -> None:
    uri = await opened(client, tmp_path / "a.py", f'"🦜🦜"; {WRONG}')
    (found,) = client.diagnostics[uri]
    # Two birds are two code points, but four units of UTF-16.
    assert found.range.start == types.Position(0, 22 + len('"🦜🦜"; ') + 2)


@pytest.mark.asyncio
async def test_a_finding_in_one_document_counts_what_another_says(client: LanguageClient, tmp_path: Path) -> None:
    (tmp_path / "made.py").write_text("x = 1\n")
    made = "import os\nfrom langsmith import Client\nc = Client(api_key=os.environ['LANGSMITH_API_KEY'])\n"
    await opened(client, tmp_path / "made.py", made)
    uri = await opened(client, tmp_path / "used.py", "from made import c\n\n\ndef read(i):\n    return c.read_run(i)\n")
    assert [found.code for found in client.diagnostics[uri]] == ["LS301"]


@pytest.mark.asyncio
async def test_the_page_of_a_rule_is_under_the_pointer(client: LanguageClient, tmp_path: Path) -> None:
    uri = await opened(client, tmp_path / "a.py", WRONG)
    document = types.TextDocumentIdentifier(uri)
    shown = await client.text_document_hover_async(types.HoverParams(document, types.Position(0, 25)))
    assert shown is not None
    assert isinstance(shown.contents, types.MarkupContent)
    assert shown.contents.value.startswith("# LS501 unknown-langsmith-api")
    assert "## Why it matters" in shown.contents.value
    assert await client.text_document_hover_async(types.HoverParams(document, types.Position(1, 0))) is None


@pytest.mark.asyncio
async def test_a_quick_fix_resolves_its_finding(client: LanguageClient, tmp_path: Path) -> None:
    text = "import langsmith  # lint-langsmith: ignore[LS101] nothing here\n\nprint(langsmith)\n"
    uri = await opened(client, tmp_path / "a.py", text)
    (found,) = client.diagnostics[uri]
    assert found.code == "LS901"
    actions = await client.text_document_code_action_async(
        types.CodeActionParams(types.TextDocumentIdentifier(uri), found.range, types.CodeActionContext([found])),
    )
    fixes = [action for action in actions or () if isinstance(action, types.CodeAction) and action.is_preferred]
    assert fixes[0].edit is not None
    assert fixes[0].edit.changes is not None
    (edit,) = fixes[0].edit.changes[uri]
    assert isinstance(edit, types.TextEdit)
    line = text.splitlines()[0]
    fixed = line[: edit.range.start.character] + edit.new_text + line[edit.range.end.character :]
    await changed(client, uri, 2, fixed + "\n\nprint(langsmith)\n")
    assert list(client.diagnostics[uri]) == []


@pytest.mark.asyncio
async def test_a_bad_configuration_is_said_and_not_fatal(client: LanguageClient, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.lint-langsmith]\nselekt = []\n")
    await opened(client, tmp_path / "a.py", WRONG)
    assert any("selekt" in message.message for message in client.messages)


def test_without_pygls_the_command_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "pygls.py").write_text("raise ImportError\n")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    result = sh(sys.executable, "-m", "lint_langsmith", "server", cwd=tmp_path, PYTHONPATH=path)
    assert result.returncode == 2
    assert "lint-langsmith[lsp]" in result.stderr
