"""The language server, spoken to by a real client over standard input and output."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient
from test_reports import made_up_key

from lint_langsmith.rules.registry import all_rules

# Each speaks with a process of its own.
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
BAD = "import langsmith.nothing_like_this\n"
UNUSED = "import langsmith  # noqa: LS101\n"


class Editor:
    """An editor with the documents of one folder open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.client = LanguageClient("test", "1")
        self.published: dict[str, list[types.PublishDiagnosticsParams]] = {}
        self.shown: list[str] = []
        self._news = asyncio.Event()

        def published(params: types.PublishDiagnosticsParams) -> None:
            self.published.setdefault(params.uri, []).append(params)
            self._news.set()

        def shown(params: types.ShowMessageParams) -> None:
            self.shown.append(params.message)
            self._news.set()

        self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(published)
        self.client.feature(types.WINDOW_SHOW_MESSAGE)(shown)

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    async def start(self, encoding: types.PositionEncodingKind) -> types.InitializeResult:
        await self.client.start_io(
            sys.executable, "-m", "lint_langsmith", "server", cwd=str(self.folder)
        )
        general = types.GeneralClientCapabilities(position_encodings=[encoding])
        parameters = types.InitializeParams(
            types.ClientCapabilities(general=general),
            process_id=os.getpid(),
            root_uri=self.folder.as_uri(),
        )
        result = await self.client.initialize_async(parameters)
        self.client.initialized(types.InitializedParams())
        return result

    async def stop(self) -> None:
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()  # type: ignore[no-untyped-call]

    def open(self, name: str, text: str) -> None:
        item = types.TextDocumentItem(self.uri(name), "python", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def type(self, name: str, version: int, text: str) -> None:
        document = types.VersionedTextDocumentIdentifier(version, self.uri(name))
        whole = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(document, [whole])
        )

    async def news(self) -> None:
        await asyncio.wait_for(self._news.wait(), 60)
        self._news.clear()

    async def diagnostics(self, name: str, version: int | None) -> list[types.Diagnostic]:
        """What was published for a version of a document."""
        while True:
            for params in self.published.get(self.uri(name), ()):
                if params.version == version:
                    return list(params.diagnostics)
            await self.news()

    async def actions(
        self, name: str, line: int, only: list[str] | None = None
    ) -> list[types.CodeAction]:
        place = types.Range(types.Position(line, 0), types.Position(line, 0))
        asked = types.CodeActionParams(
            types.TextDocumentIdentifier(self.uri(name)),
            place,
            types.CodeActionContext([], only=only),
        )
        found = await self.client.text_document_code_action_async(asked)
        return [action for action in found or () if isinstance(action, types.CodeAction)]

    async def hover(self, name: str, line: int, character: int) -> str | None:
        asked = types.HoverParams(
            types.TextDocumentIdentifier(self.uri(name)), types.Position(line, character)
        )
        found = await self.client.text_document_hover_async(asked)
        return found.contents.value if found is not None else None  # type: ignore[union-attr]


Session = Callable[[Editor], Awaitable[None]]


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Runs a session with an editor whose documents are on the disk as they are opened."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "pyproject.toml").touch()

    def run(
        files: dict[str, str], act: Session, encoding: Any = types.PositionEncodingKind.Utf16
    ) -> None:
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")

        async def whole() -> None:
            editor = Editor(tmp_path)
            await editor.start(encoding)
            for name, text in files.items():
                if name.endswith(".py"):
                    editor.open(name, text)
            await asyncio.wait_for(act(editor), 120)
            await editor.stop()

        asyncio.run(whole())

    return run


def applied(text: str, edits: list[types.TextEdit]) -> str:
    """Edits made as an editor makes them: from the last to the first."""
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]
    for edit in sorted(
        edits,
        key=lambda edit: (edit.range.start.line, edit.range.start.character),
        reverse=True,
    ):
        start = starts[edit.range.start.line] + edit.range.start.character
        end = starts[edit.range.end.line] + edit.range.end.character
        text = text[:start] + edit.new_text + text[end:]
    return text


def edits_of(action: types.CodeAction) -> list[types.TextEdit]:
    assert action.edit is not None
    assert action.edit.changes is not None
    (edits,) = action.edit.changes.values()
    return list(edits)


def test_a_document_that_is_closed_has_no_findings(session: Callable[..., None]) -> None:
    async def act(editor: Editor) -> None:
        assert len(await editor.diagnostics("a.py", 1)) == 1
        document = types.TextDocumentIdentifier(editor.uri("a.py"))
        editor.client.text_document_did_close(types.DidCloseTextDocumentParams(document))
        assert await editor.diagnostics("a.py", None) == []

    session({"a.py": BAD}, act)


def test_what_is_typed_in_one_document_counts_in_another(session: Callable[..., None]) -> None:
    user = "from service import client\n\nclient.list_runs()\n"
    service = "from langsmith import Client\n\nclient = Client()\n"

    async def act(editor: Editor) -> None:
        before = await editor.diagnostics("service.py", 1)
        assert [found.code for found in before] == ["LS201"]
        key = 'import os\n\nfrom langsmith import Client\n\nclient = Client(api_key=os.environ["LANGSMITH_API_KEY"])\n'
        editor.type("service.py", 2, key)
        assert await editor.diagnostics("service.py", 2) == []

    session({"service.py": service, "user.py": user}, act)


@pytest.mark.parametrize(
    ("encoding", "start"),
    [
        (types.PositionEncodingKind.Utf16, 10),
        (types.PositionEncodingKind.Utf8, 12),
        (types.PositionEncodingKind.Utf32, 9),
    ],
)
def test_columns_are_counted_as_the_editor_counts(
    session: Callable[..., None], encoding: Any, start: int
) -> None:
    async def act(editor: Editor) -> None:
        (found,) = await editor.diagnostics("a.py", 1)
        assert found.range.start.character == start + len("import ")

    session({"a.py": f"x = '\U0001f600'; {BAD}"}, act, encoding)


def test_quick_fixes_and_ignores(session: Callable[..., None]) -> None:
    text = f"{UNUSED}{BAD}"

    async def act(editor: Editor) -> None:
        assert len(await editor.diagnostics("a.py", 1)) == 2
        fix, *rest = await editor.actions("a.py", 0, ["quickfix"])
        assert (fix.title, fix.is_preferred) == ("Remove the entry", True)
        assert applied(text, edits_of(fix)) == f"import langsmith\n{BAD}"
        assert all("Ignore" in action.title for action in rest)
        (ignore,) = [
            action
            for action in await editor.actions("a.py", 1, ["quickfix"])
            if action.title.endswith("on this line")
        ]
        assert ignore.title == "Ignore LS501 unknown-langsmith-api on this line"
        ignored = applied(text, edits_of(ignore))
        assert ignored == f"{UNUSED}{BAD.rstrip()}  # lint-langsmith: ignore[LS501]\n"
        (reasoned,) = [
            action
            for action in await editor.actions("a.py", 1, ["quickfix"])
            if action.title.endswith("with a reason")
        ]
        with_reason = applied(text, edits_of(reasoned))
        assert with_reason.endswith("  # lint-langsmith: ignore[LS501] reason\n")
        assert reasoned.command is None, "this editor can't be asked to select"
        (everything,) = await editor.actions("a.py", 0, ["source.fixAll"])
        assert applied(text, edits_of(everything)) == f"import langsmith\n{BAD}"
        editor.type("a.py", 2, ignored)
        assert [found.code for found in await editor.diagnostics("a.py", 2)] == ["LS901"]
        assert await editor.actions("a.py", 1, ["quickfix"]) == []

    session({"a.py": text}, act)


def test_hover_shows_the_page_of_the_rule(session: Callable[..., None]) -> None:
    page = next(rule for rule in all_rules() if rule.code == "LS501").doc

    async def act(editor: Editor) -> None:
        await editor.diagnostics("a.py", 1)
        over_finding = await editor.hover("a.py", 0, 12)
        assert over_finding is not None
        assert over_finding.startswith(f"# LS501 unknown-langsmith-api\n\n{page}\n\n---\n")
        assert "1:8 rule: LS501 unknown-langsmith-api: reported as error" in over_finding
        over_comment = await editor.hover("a.py", 1, 34)
        assert over_comment is not None
        assert over_comment.startswith("# LS301 uncaught-forbidden")
        assert await editor.hover("a.py", 1, 0) is None  # nothing is known of it

    session({"a.py": f"{BAD}x = 1  # lint-langsmith: ignore[LS301] why\n"}, act)


def test_a_key_is_found_and_not_shown(session: Callable[..., None]) -> None:
    key = made_up_key()

    async def act(editor: Editor) -> None:
        (found,) = await editor.diagnostics("a.py", 1)
        assert found.code == "LS101"
        assert key[8:20] not in found.message

    session({"a.py": f"token = '{key}'\n"}, act)


def test_the_configuration_counts_and_its_faults_are_shown(
    session: Callable[..., None],
) -> None:
    async def act(editor: Editor) -> None:
        assert await editor.diagnostics("a.py", 1) == []
        (editor.folder / "lint-langsmith.toml").write_text("nonsense = 1\n")
        editor.type("a.py", 2, BAD)
        while not editor.shown:
            await editor.news()
        assert "unknown key `nonsense`" in editor.shown[0]

    session({"a.py": BAD, "lint-langsmith.toml": 'ignore = ["LS501"]\n'}, act)


def test_without_the_extra_it_says_what_is_missing(tmp_path: Path) -> None:
    import subprocess

    (tmp_path / "pygls.py").write_text("raise ImportError('none', name='pygls')\n")
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))}
    result = subprocess.run(
        [sys.executable, "-m", "lint_langsmith", "server"],
        capture_output=True,
        text=True,
        check=False,
        env=variables,
    )
    assert result.returncode == 2
    assert "lint-langsmith[lsp]" in result.stderr


def test_a_project_of_many_files_is_judged_all_the_same(
    session: Callable[..., None], tmp_path: Path
) -> None:
    """Enough for several processes, which a server with its threads must not fork."""
    for number in range(40):
        (tmp_path / f"module{number}.py").write_text(
            f"from langsmith import traceable\n\nVALUE = {number}\n"
        )

    async def act(editor: Editor) -> None:
        assert len(await editor.diagnostics("a.py", 1)) == 1

    session({"a.py": BAD}, act)
