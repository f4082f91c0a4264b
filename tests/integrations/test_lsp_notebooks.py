"""The language server in notebooks (LSP 3.17), related places and watched files, as pytest-lsp's editor speaks."""

from __future__ import annotations

import ast
import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient

pytestmark = pytest.mark.slow

WRONG = "from langsmith import LangSmithClient\nprint(LangSmithClient)\n"
MADE = 'import os\nfrom langsmith import Client\nclient = Client(api_key=os.environ["LANGSMITH_API_KEY"])\n'

# What the server of the present test has asked the editor for.
REGISTERED: list[types.Registration] = []


@pytest_lsp.fixture(
    config=ClientServerConfig(server_command=[sys.executable, "-m", "lint_langsmith", "server"])
)  # type: ignore[untyped-decorator]
async def client(lsp_client: LanguageClient, tmp_path: Path) -> AsyncIterator[None]:
    (tmp_path / "pyproject.toml").touch()
    REGISTERED.clear()

    @lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)  # type: ignore[untyped-decorator]
    def register(params: types.RegistrationParams) -> None:
        REGISTERED.extend(params.registrations)

    related = types.PublishDiagnosticsClientCapabilities(related_information=True)
    await lsp_client.initialize_session(
        types.InitializeParams(
            capabilities=types.ClientCapabilities(
                text_document=types.TextDocumentClientCapabilities(publish_diagnostics=related),
                window=types.WindowClientCapabilities(
                    show_document=types.ShowDocumentClientCapabilities(support=True)
                ),
                workspace=types.WorkspaceClientCapabilities(
                    did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(
                        dynamic_registration=True
                    )
                ),
            ),
            root_uri=tmp_path.as_uri(),
            root_path=str(tmp_path),
        ),
    )
    yield
    await lsp_client.shutdown_session()


def cell_uri(path: Path, name: str) -> str:
    """As VS Code names cells."""
    return f"vscode-notebook-cell:{path.as_posix()}#{name}"


def open_notebook(client: LanguageClient, path: Path, **cells: str) -> dict[str, str]:
    """Open a notebook; cells whose names begin with `text` are Markdown. The addresses of the cells by their names."""
    uris = {name: cell_uri(path, name) for name in cells}
    kinds = {
        name: types.NotebookCellKind.Markup
        if name.startswith("text")
        else types.NotebookCellKind.Code
        for name in cells
    }
    notebook = types.NotebookDocument(
        uri=path.as_uri(),
        notebook_type="jupyter-notebook",
        version=1,
        cells=[types.NotebookCell(kinds[name], uris[name]) for name in cells],
    )
    documents = [
        types.TextDocumentItem(
            uris[name], "markdown" if name.startswith("text") else "python", 1, text
        )
        for name, text in cells.items()
    ]
    client.notebook_document_did_open(types.DidOpenNotebookDocumentParams(notebook, documents))
    return uris


async def until(client: LanguageClient, uri: str, *codes: str) -> list[types.Diagnostic]:
    """The diagnostics of a document as soon as they have these codes."""

    async def waited() -> None:
        while sorted(str(item.code) for item in client.diagnostics.get(uri, ())) != sorted(
            codes
        ):
            await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)

    await asyncio.wait_for(waited(), 120)
    return list(client.diagnostics.get(uri, ()))


def change(
    client: LanguageClient, path: Path, version: int, cells: types.NotebookDocumentCellChanges
) -> None:
    client.notebook_document_did_change(
        types.DidChangeNotebookDocumentParams(
            types.VersionedNotebookDocumentIdentifier(version, path.as_uri()),
            types.NotebookDocumentChangeEvent(cells=cells),
        )
    )


def retyped(uri: str, version: int, text: str) -> types.NotebookDocumentCellChanges:
    return types.NotebookDocumentCellChanges(
        text_content=[
            types.NotebookDocumentCellContentChanges(
                types.VersionedTextDocumentIdentifier(version, uri),
                [types.TextDocumentContentChangeWholeDocument(text)],
            )
        ]
    )


async def actions(
    client: LanguageClient, uri: str, line: int, only: list[str] | None = None
) -> list[types.CodeAction]:
    place = types.Range(types.Position(line, 0), types.Position(line, 0))
    found = await client.text_document_code_action_async(
        types.CodeActionParams(
            types.TextDocumentIdentifier(uri), place, types.CodeActionContext([], only=only)
        )
    )
    return [item for item in found or () if isinstance(item, types.CodeAction)]


def changes_of(action: types.CodeAction) -> dict[str, list[types.TextEdit]]:
    assert action.edit is not None
    assert action.edit.changes is not None
    return {uri: list(edits) for uri, edits in action.edit.changes.items()}


@pytest.mark.asyncio
async def test_cells_are_one_program_and_each_has_its_findings(
    client: LanguageClient, tmp_path: Path
) -> None:
    path = tmp_path / "eval.ipynb"
    uris = open_notebook(
        client, path, text="# Title", made=MADE, used='x = "é😀"; client.list_runs_x()\n'
    )
    (found,) = await until(client, uris["used"], "LS501")
    # Columns are UTF-16 units of the cell.
    assert found.range == types.Range(types.Position(0, 18), types.Position(0, 29))
    assert list(client.diagnostics[uris["made"]]) == []
    assert path.as_uri() not in client.diagnostics

    change(client, path, 2, retyped(uris["used"], 2, "client.read_dataset(dataset_name='x')\n"))
    await until(client, uris["used"], "LS301")
    # The cell that makes the client goes: nothing is known of the other any more.
    array = types.NotebookCellArrayChange(start=1, delete_count=1)
    structure = types.NotebookDocumentCellChangeStructure(
        array, did_close=[types.TextDocumentIdentifier(uris["made"])]
    )
    change(client, path, 3, types.NotebookDocumentCellChanges(structure=structure))
    await until(client, uris["used"])
    client.notebook_document_did_close(
        types.DidCloseNotebookDocumentParams(
            types.NotebookDocumentIdentifier(path.as_uri()),
            [types.TextDocumentIdentifier(uris["used"])],
        )
    )
    await until(client, uris["used"])


@pytest.mark.asyncio
async def test_fixes_and_ignores_are_edits_of_cells(
    client: LanguageClient, tmp_path: Path
) -> None:
    uris = open_notebook(client, tmp_path / "a.ipynb", text="# 1", one="x = 1", two=WRONG)
    await until(client, uris["two"], "LS501")
    offered = {
        action.title: changes_of(action) for action in await actions(client, uris["two"], 0)
    }
    (fix,) = (changes for title, changes in offered.items() if title.startswith("import"))
    (edit,) = fix[uris["two"]]
    assert edit.new_text in {"Client as LangSmithClient", "Client"}
    assert edit.range.start.line == 0
    (ignored,) = (
        changes for title, changes in offered.items() if title.endswith("on this line")
    )
    (edit,) = ignored[uris["two"]]
    assert edit.range.start == types.Position(0, 37)
    assert edit.new_text == "  # lint-langsmith: ignore[LS501]"
    for kind in ("source.fixAll", "notebook.source.fixAll"):
        (whole,) = await actions(client, uris["one"], 0, [kind])
        assert list(changes_of(whole)) == [uris["two"]]
        assert "Client as LangSmithClient" in changes_of(whole)[uris["two"]][0].new_text


@pytest.mark.asyncio
async def test_an_ignore_with_a_reason_selects_the_reason(
    client: LanguageClient, tmp_path: Path
) -> None:
    path = tmp_path / "a.py"
    item = types.TextDocumentItem(path.as_uri(), "python", 1, WRONG)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    await until(client, path.as_uri(), "LS501")
    place = types.Range(types.Position(0, 0), types.Position(0, 0))
    offered = await client.text_document_code_action_async(
        types.CodeActionParams(
            types.TextDocumentIdentifier(path.as_uri()), place, types.CodeActionContext([])
        )
    )
    # lsprotocol's own client takes an action with a command for a command (the hook `_code_action_hook`).
    (found,) = (
        str(item.command) for item in offered or () if item.title.endswith("with a reason")
    )
    command = ast.literal_eval(found)
    await client.workspace_execute_command_async(
        types.ExecuteCommandParams(command["command"], command["arguments"])
    )
    (shown,) = client.shown_documents
    assert shown.uri == path.as_uri()
    start = 37 + len("  # lint-langsmith: ignore[LS501] ")
    assert shown.selection == types.Range(
        types.Position(0, start), types.Position(0, start + 6)
    )


@pytest.mark.asyncio
async def test_a_line_of_a_cell_tells_what_is_known_of_it(
    client: LanguageClient, tmp_path: Path
) -> None:
    uris = open_notebook(
        client,
        tmp_path / "a.ipynb",
        made=MADE,
        used="x = 1\nclient.read_dataset(dataset_name='x')\n",
    )
    await until(client, uris["used"], "LS301")
    shown = await client.text_document_hover_async(
        types.HoverParams(types.TextDocumentIdentifier(uris["used"]), types.Position(1, 2))
    )
    assert shown is not None
    assert isinstance(shown.contents, types.MarkupContent)
    assert "cell 2:2:1 call: `client.read_dataset()` is" in shown.contents.value
    assert "its client is built at a.ipynb:cell 1:3" in shown.contents.value


@pytest.mark.asyncio
async def test_the_path_of_a_403_is_related(client: LanguageClient, tmp_path: Path) -> None:
    # One of the two files is open, the other only on the disk.
    (tmp_path / "lib.py").write_text(
        f"{MADE}\n\ndef read(name):\n    return '😀', client.read_dataset(dataset_name=name)\n"
    )
    path = tmp_path / "app.py"
    text = "from lib import read\n\n\ndef main():\n    read('cities')\n\n\nmain()\n"
    path.write_text(text)
    item = types.TextDocumentItem(path.as_uri(), "python", 1, text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    lib = (tmp_path / "lib.py").as_uri()
    content = (tmp_path / "lib.py").read_text()
    client.text_document_did_open(
        types.DidOpenTextDocumentParams(types.TextDocumentItem(lib, "python", 1, content))
    )
    (found,) = await until(client, lib, "LS301")
    places = {
        (item.location.uri, item.location.range.start.line)
        for item in found.related_information or ()
    }
    assert {(path.as_uri(), 7), (path.as_uri(), 4)} <= places


@pytest.mark.asyncio
async def test_a_file_that_changes_on_the_disk_renews_the_findings(
    client: LanguageClient, tmp_path: Path
) -> None:
    text = "from langsmith import Client\n\nclient = Client()\n"
    path = tmp_path / "app.py"
    path.write_text(text)
    item = types.TextDocumentItem(path.as_uri(), "python", 1, text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    await until(client, path.as_uri(), "LS201")
    (watching,) = REGISTERED
    assert watching.method == types.WORKSPACE_DID_CHANGE_WATCHED_FILES
    options = str(watching.register_options)
    assert "'**/.env*'" in options
    compose = tmp_path / "compose.yaml"
    compose.write_text("services:\n  app:\n    environment:\n      LANGSMITH_API_KEY: ${KEY}\n")
    client.workspace_did_change_watched_files(
        types.DidChangeWatchedFilesParams(
            [types.FileEvent(compose.as_uri(), types.FileChangeType.Created)]
        )
    )
    await until(client, path.as_uri())
