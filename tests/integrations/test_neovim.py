"""Neovim with what the guide says to write into its `init.lua`: what is found, the page on hover, a fix."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

NVIM = shutil.which("nvim")
GUIDE = Path(__file__).parent.parent.parent / "docs" / "guide" / "editors.md"
WRONG = "from langsmith import LangSmithClient\n\nprint(LangSmithClient)\n"

# A person who opens a file, waits for what is found, asks what it means, and takes the fix that is offered.
DRIVER = """
local function wait(is_there)
  return vim.wait(60000, is_there, 20)
end
local function ask(method, params)
  local answers = vim.lsp.buf_request_sync(0, method, params, 60000)
  for _, answer in pairs(answers or {}) do
    return answer.result
  end
end
local told = {}
wait(function() return #vim.diagnostic.get(0) > 0 end)
told.found = vim.diagnostic.get(0)
local place = {
  textDocument = { uri = vim.uri_from_bufnr(0) },
  position = { line = 0, character = 25 },
}
told.hover = ask("textDocument/hover", place)
local range = { start = place.position, ["end"] = place.position }
told.actions = ask("textDocument/codeAction", {
  textDocument = place.textDocument,
  range = range,
  context = { diagnostics = {} },
})
vim.lsp.util.apply_workspace_edit(told.actions[1].edit, "utf-16")
wait(function() return #vim.diagnostic.get(0) == 0 end)
told.left = #vim.diagnostic.get(0)
told.text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\\n")
for _, item in ipairs(told.found) do
  item.user_data = nil
end
local file = io.open("told.json", "w")
file:write(vim.fn.json_encode(told))
file:close()
vim.cmd("qall!")
"""


def settings() -> str:
    """What the guide has for this Neovim."""
    assert NVIM is not None
    version = subprocess.run([NVIM, "--version"], capture_output=True, text=True, check=True)
    match = re.match(r"NVIM v0\.(\d+)", version.stdout)
    assert match is not None, version.stdout
    newer, older = re.findall(r"```lua[^\n]*\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    return str(newer if int(match[1]) >= 11 else older)


@pytest.mark.skipif(NVIM is None, reason="there is no Neovim")
def test_a_finding_is_shown_explained_and_fixed(tmp_path: Path) -> None:
    assert NVIM is not None
    program = f'#!/bin/sh\nexec {sys.executable} -m lint_langsmith "$@"\n'
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "lint-langsmith").write_text(program)
    (tmp_path / "bin" / "lint-langsmith").chmod(0o755)
    (tmp_path / "init.lua").write_text(settings())
    (tmp_path / "driver.lua").write_text(DRIVER)
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").touch()
    (project / "app.py").write_text(WRONG)
    folders = {
        f"XDG_{name}_HOME": str(tmp_path / name)
        for name in ("CONFIG", "DATA", "STATE", "CACHE")
    }
    start = [NVIM, "--headless", "-n", "-i", "NONE", "-u", str(tmp_path / "init.lua"), "app.py"]
    done = subprocess.run(
        [*start, "-c", f"luafile {tmp_path / 'driver.lua'}"],
        cwd=project,
        env={**os.environ, **folders, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    told = json.loads((project / "told.json").read_text()) if done.returncode == 0 else {}
    assert told, done.stdout + done.stderr
    (found,) = told["found"]
    assert (found["code"], found["lnum"], found["col"]) == ("LS501", 0, 22)
    assert told["hover"]["contents"]["value"].startswith("# LS501 unknown-langsmith-api")
    assert told["text"] == WRONG.replace("LangSmithClient", "Client", 1).rstrip().replace(
        "import Client", "import Client as LangSmithClient"
    )
    assert told["left"] == 0
