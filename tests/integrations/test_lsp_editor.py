"""The language server as pytest-lsp's editor sees it; what goes beyond it is in test_lsp.py."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient

WRONG = "from langsmith import LangSmithClient\n\nprint(LangSmithClient)\n"
RIGHT = "from langsmith import Client\n\nprint(Client)\n"


@pytest_lsp.fixture(
    config=ClientServerConfig(server_command=[sys.executable, "-m", "lint_langsmith", "server"])
)  # type: ignore[untyped-decorator]
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
            types.VersionedTextDocumentIdentifier(version, uri),
            [types.TextDocumentContentChangeWholeDocument(text)],
        ),
    )
    await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)


@pytest.mark.asyncio
async def test_findings_come_and_go_while_one_types(
    client: LanguageClient, tmp_path: Path
) -> None:
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
async def test_a_finding_in_one_document_counts_what_another_says(
    client: LanguageClient, tmp_path: Path
) -> None:
    (tmp_path / "made.py").write_text("x = 1\n")
    made = "import os\nfrom langsmith import Client\nc = Client(api_key=os.environ['LANGSMITH_API_KEY'])\n"
    await opened(client, tmp_path / "made.py", made)
    uri = await opened(
        client,
        tmp_path / "used.py",
        "from made import c\n\n\ndef read(i):\n    return c.read_run(i)\n",
    )
    assert "LS301" in [found.code for found in client.diagnostics[uri]]


@pytest.mark.asyncio
async def test_the_page_of_a_rule_is_under_the_pointer(
    client: LanguageClient, tmp_path: Path
) -> None:
    uri = await opened(client, tmp_path / "a.py", WRONG)
    document = types.TextDocumentIdentifier(uri)
    shown = await client.text_document_hover_async(
        types.HoverParams(document, types.Position(0, 25))
    )
    assert shown is not None
    assert isinstance(shown.contents, types.MarkupContent)
    assert shown.contents.value.startswith("# LS501 unknown-langsmith-api")
    assert "## Why it matters" in shown.contents.value
    assert (
        await client.text_document_hover_async(
            types.HoverParams(document, types.Position(1, 0))
        )
        is None
    )


@pytest.mark.asyncio
async def test_a_quick_fix_resolves_its_finding(client: LanguageClient, tmp_path: Path) -> None:
    text = (
        "import langsmith  # lint-langsmith: ignore[LS101] nothing here\n\nprint(langsmith)\n"
    )
    uri = await opened(client, tmp_path / "a.py", text)
    (found,) = client.diagnostics[uri]
    assert found.code == "LS901"
    actions = await client.text_document_code_action_async(
        types.CodeActionParams(
            types.TextDocumentIdentifier(uri), found.range, types.CodeActionContext([found])
        ),
    )
    fixes = [
        action
        for action in actions or ()
        if isinstance(action, types.CodeAction) and action.is_preferred
    ]
    assert fixes[0].edit is not None
    assert fixes[0].edit.changes is not None
    (edit,) = fixes[0].edit.changes[uri]
    assert isinstance(edit, types.TextEdit)
    line = text.splitlines()[0]
    fixed = (
        line[: edit.range.start.character] + edit.new_text + line[edit.range.end.character :]
    )
    await changed(client, uri, 2, fixed + "\n\nprint(langsmith)\n")
    assert list(client.diagnostics[uri]) == []


@pytest.mark.asyncio
async def test_a_bad_configuration_is_said_and_not_fatal(
    client: LanguageClient, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.lint-langsmith]\nselekt = []\n")
    await opened(client, tmp_path / "a.py", WRONG)
    assert any("selekt" in message.message for message in client.messages)
