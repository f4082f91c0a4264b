"""What the language server sends and logs: no key, whatever made it speak, and its documents' own text untouched."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from test_key_forms import shows
from test_lsp import Editor
from test_reports import made_up_key

from lint_langsmith.integrations.lsp import Server, _Formatter


class Wire:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent = b""

    def write(self, data: bytes) -> None:
        self.sent += data

    def close(self) -> None:
        pass

    @property
    def body(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.sent.partition(b"\r\n\r\n")[2])
        return content


@pytest.fixture
def wire() -> tuple[Server, Wire]:
    server, wire = Server(), Wire()
    server.protocol.set_writer(wire)
    return server, wire


@pytest.mark.parametrize(
    "key", [made_up_key(), made_up_key()[:20] + "\\\n" + made_up_key()[20:]]
)
def test_no_message_of_the_server_holds_a_key(wire: tuple[Server, Wire], key: str) -> None:
    server, sent = wire
    server.window_show_message(
        types.ShowMessageParams(types.MessageType.Error, f"persona: `{key}` \x1b[31m")
    )
    assert sent.body["method"] == "window/showMessage"
    assert not shows(sent.sent.decode(), made_up_key())
    assert sent.body["params"]["message"].endswith(" \\x1b[31m")


def test_diagnostics_are_masked_and_edits_are_literal(wire: tuple[Server, Wire]) -> None:
    server, sent = wire
    at = types.Range(types.Position(0, 0), types.Position(0, 1))
    uri = f"file:///{made_up_key()}.py"
    edit = types.WorkspaceEdit(changes={uri: [types.TextEdit(at, made_up_key())]})
    action = types.CodeAction(
        title=made_up_key(), edit=edit, diagnostics=[types.Diagnostic(at, made_up_key())]
    )
    server.protocol._send_data(
        {"jsonrpc": "2.0", "id": 1, "result": server.protocol._converter.unstructure(action)}
    )
    result = sent.body["result"]
    assert result["edit"] == {
        "changes": {
            uri: [{"range": result["diagnostics"][0]["range"], "newText": made_up_key()}]
        }
    }
    assert "***" in result["title"]
    assert "***" in result["diagnostics"][0]["message"]


def test_the_log_holds_no_key() -> None:
    error = RuntimeError(made_up_key())
    info = (type(error), error, None)
    record = logging.LogRecord(
        "pygls", logging.ERROR, "x.py", 1, "failed: %s", (made_up_key(),), info
    )
    assert "RuntimeError: lsv2_pt_***" in _Formatter().format(record)
    assert not shows(_Formatter().format(record), made_up_key())


@pytest.mark.slow
@pytest.mark.parametrize(
    "setting",
    [
        'persona = "{key}"',
        'extend = "{key}.toml"',
        'select = ["{key}"]',
        '"{key}" = 1',
        "{key}",
    ],
)
def test_no_editor_is_shown_a_key_of_the_configuration(
    tmp_path: Path, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    (tmp_path / "lint-langsmith.toml").write_text(setting.replace("{key}", made_up_key()))
    (tmp_path / "a.py").write_text("import langsmith\n")

    async def look() -> list[str]:
        editor = Editor(tmp_path)
        await editor.start(types.PositionEncodingKind.Utf16)
        editor.open("a.py", "import langsmith\n")
        await editor.diagnostics("a.py", 1)
        await editor.stop()
        return editor.shown

    shown = asyncio.run(asyncio.wait_for(look(), 100))
    assert shown
    assert not any(shows(message, made_up_key()) for message in shown)
