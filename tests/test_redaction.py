"""No output of any kind holds a key: not twelve characters of one in a row, wherever it stood and whatever is printed.

To extend it: a new output is a line of `COMMANDS`, a new file that a run leaves behind is found by itself, a new place
for a key is an entry of `key_positions.py`.
"""

from __future__ import annotations

import asyncio
import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click.testing
import pytest
from casebook import Keys
from key_forms import FORMS, read_back
from key_places import PLACES
from key_positions import POSITIONS, encoding_of
from lsprotocol import types
from test_lsp import Editor

from lint_langsmith.analysis.credentials.http_requests import Requests
from lint_langsmith.analysis.credentials.secrets import Secrets
from lint_langsmith.analysis.environment.variables import Environment
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.clients import Clients
from lint_langsmith.cli import main
from lint_langsmith.output.report import FORMATS
from lint_langsmith.output.report.template import FIELDS
from lint_langsmith.run import pipeline

WINDOW = 12


# What stands on the same line as a key and is reported by other rules shows the line.
def _made(expression: str) -> str:
    """A program that makes a key of an expression, on a line that another rule reports as well."""
    head = "import base64, zlib\nfrom langsmith import Client\n"
    return f"{head}key = {expression}; Client(api_key=key).areal()\n"


NEIGHBOURS = {
    "neighbours/call.py": 'from langsmith import Client\nClient(api_key="{KEY}").read_run("a")\n',
    "neighbours/split.py": 'from langsmith import Client\nClient(api_key="lsv2_" "{KEY[5:]}").read_run("a")\n',
    "neighbours/parts.py": (
        'from langsmith import Client\nparts = ["{KEY[:20]}"]; Client().areal()\n'
        'parts.append("{KEY[20:]}"); Client().areal()\nkey = "".join(parts)\n'
    ),
    "neighbours/name.py": 'from langsmith import {KEY}, LangSmithClient as {KEY2}\n{KEY2}().areal{KEY}("{KEY}")\n',
    "neighbours/suppressed.py": 'a = "{KEY}"  # lint-langsmith: ignore[LS101,{KEY}] {KEY2}\n',
    "neighbours/unknown.py": "b = 1  # lint-langsmith: ignore[{KEY}]\n",
    "neighbours/flag.py": 'import os\nos.environ["LANGSMITH_TRACING"] = "{KEY}"\n',
    "neighbours/typo.py": 'import os\nos.environ["LANGCHAIN_TRACKING_V2"] = "{KEY}"\n',
    "neighbours/printed.py": 'key = "{KEY}"\nprint(key, f"{key}", "{KEY2}")\n',
    "neighbours/damaged.py": 'a = "{KEY[:40]}"\nb = "{KEY[1:]}"\nc = "{KEY.upper}"\n',
    "neighbours/wrapped.sh": "export LANGSMITH_TRACING=yes\nexport LANGSMITH_API_KEY={KEY[:20]}\\\n{KEY[20:]}\n",
    "neighbours/Dockerfile": 'FROM x\nENV LANGSMITH_TRACING=yes\nENV LANGSMITH_API_KEY="{KEY[:20]}\\\n{KEY[20:]}"\n',
    "neighbours/body.py": (
        "from langsmith import Client\ndef g(x): return Client(api_key='{KEY[:8]}' + x)\ng('{KEY[8:]}').areal()\n"
    ),
    "neighbours/reversed.py": _made("'{KEY.reversed}'[::-1]"),
    "neighbours/rejoined.py": _made("''.join(reversed('{KEY.reversed}'))"),
    "neighbours/hex.py": _made("bytes.fromhex('{KEY.hex}').decode()"),
    "neighbours/base64.py": _made("base64.b64decode('{KEY.base64}').decode()"),
    "neighbours/packed.py": _made("zlib.decompress(base64.b64decode('{KEY.packed}')).decode()"),
    "neighbours/codes.py": _made("''.join(map(chr, [{KEY.codes}]))"),
    "neighbours/added.py": _made("'{KEY[:20]}' + '{KEY[20:]}'"),
    "neighbours/reversed.sh": (
        "export LANGSMITH_TRACING=yes\nexport LANGSMITH_API_KEY=$(echo {KEY.reversed} | rev)\n"
    ),
    "neighbours/decoded.sh": (
        "export LANGSMITH_TRACING=yes\nexport LANGSMITH_API_KEY=$(echo {KEY.base64} | base64 -d)\n"
    ),
    "neighbours/escaped.json": '{{"env": {{"LANGSMITH_TRACING": "yes", "LANGSMITH_API_KEY": "{KEY.json}"}}}}\n',
    "neighbours/entities.html": "<p>LANGSMITH_API_KEY={KEY.entities}</p>\n",
    "neighbours/zero.ini": "[env]\nLANGSMITH_TRACING = yes\nLANGSMITH_API_KEY = {KEY[:22]}\u200b{KEY[22:]}\n",
    "neighbours/secret.yaml": (
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\n"
        "data: {{LANGSMITH_API_KEY: {KEY.base64}, LANGSMITH_TRACING: eWVz}}\n"
    ),
    "{KEY}/{KEY2}.py": 'from langsmith import Client\nClient(api_key="{KEY}").read_run("a")\n',
}
ALL_FIELDS = " ".join(f"{{{field}}}" for field in FIELDS)
QUICK = (
    ("-f", "full", "--persona", "auditor"),
    ("-f", "json"),
    ("-f", "full", "--ignore", "LS1"),
    ("--diff", "--unsafe-fixes"),
    ("--show-files", "-v"),
)
COMMANDS = (
    *(("-f", name, "--persona", "auditor") for name in FORMATS),
    *(("-f", name, "--ignore", "LS1") for name in FORMATS),
    ("-f", ALL_FIELDS),
    ("-f", "full", "--color", "always"),
    ("--show-settings",),
    ("--statistics", "-v"),
    ("-f", "full:out.txt", "-f", "sarif:out.sarif", "-f", "concise"),
    ("--select", "{KEY}"),
    ("--persona", "{KEY}"),
    ("--no-such-{KEY}",),
    ("--config", "{KEY}"),
    ("-f", "{KEY}"),
    ("-f", "{{{KEY}}}"),
    ("{KEY}.py",),
    ("-o", "nowhere/{KEY}/{KEY2}\0"),
    ("rule", "{KEY}"),
    ("--since", "{KEY}"),
    ("--since", "HEAD"),
    ("--no-cache", "-v", "--statistics", "-j", "2"),
    ("--cache-dir", "kept/{KEY}", "-v"),
    ("clean", "--cache-dir", "kept/{KEY}"),
    ("clean", "--cache-dir", "none/{KEY2}"),
    ("config", "{KEY}"),
    ("--write-baseline", "known.json"),
    ("--write-baseline", "whole.json", "--baseline-secrets"),
    ("--baseline", "known.json", "--prune-baseline", "-v"),
    ("--baseline", "{KEY}.json"),
    ("-f", "html", "--exclude", "{KEY}", "--sarif-root", "{KEY2}"),
    ("--stdin-filename", "{KEY}.py", "-"),
    ("--add-ignore={KEY}", "-v"),
    ("--show-fixes", "--unsafe-fixes", "--fix"),  # the last one: it changes the files
)


class LeakError(AssertionError):
    """Which command printed part of a key; the part itself is not shown."""


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """A project with a key in every position."""
    keys = Keys(f"redaction {os.environ.get('REDACTION_SEED', '')}")
    neighbours = {name: (name, text) for name, text in NEIGHBOURS.items()}
    places = {
        f"place {name}": (f"places/{path}", text) for name, (path, text) in PLACES.items()
    }
    for position, (name, text) in {**POSITIONS, **neighbours, **places}.items():
        path = tmp_path / keys.fill(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(keys.fill(text).encode(encoding_of(position)))
        os.utime(path, (0, 0))  # what was written just now is not cached
    for number, (form, spell) in enumerate(FORMS.items()):
        path = tmp_path / "forms" / f"{number}.sh"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            f"export LANGSMITH_TRACING=yes\nexport LANGSMITH_API_KEY='{spell(keys[form])}'\n"
        )
        os.utime(path, (0, 0))
    (tmp_path / "pyproject.toml").touch()
    return keys


def pieces(keys: Keys) -> frozenset[str]:
    """Every stretch of a key that must not be seen, also of what it is in other spellings."""
    found: set[str] = set()
    for key in keys.genuine:
        encoded = base64.b64encode(key.encode()).decode()
        for text in (key, key.upper(), encoded, key[::-1], key.encode().hex()):
            found |= {text[at : at + WINDOW] for at in range(len(text) - WINDOW + 1)}
    return frozenset(found)


def check(keys: Keys, command: object, text: str) -> None:
    secret = pieces(keys)
    for line in [*text.splitlines(), *read_back(text).splitlines()]:
        if any(line[at : at + WINDOW] in secret for at in range(len(line) - WINDOW + 1)):
            raise LeakError(f"{command} prints a key: {mask_all(line, secret)[:300]}")


def mask_all(line: str, secret: frozenset[str]) -> str:
    hidden = {
        at + step
        for at in range(len(line))
        if line[at : at + WINDOW] in secret
        for step in range(WINDOW)
    }
    return "".join("•" if at in hidden else character for at, character in enumerate(line))


def run(root: Path, *arguments: str) -> Iterator[str]:
    """Everything that a command prints, and the files that it makes."""
    before = {path for path in root.rglob("*") if path.is_file()}
    cwd = Path.cwd()
    os.chdir(root)
    try:
        result = click.testing.CliRunner().invoke(main, list(arguments))
    finally:
        os.chdir(cwd)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    yield result.output
    yield from (
        path.read_text(errors="replace")
        for path in root.rglob("*")
        if path.is_file() and path not in before
    )


_COMMANDS = frozenset({"rule", "config", "clean", "why", "history"})


def assert_silent(root: Path, keys: Keys, command: tuple[str, ...]) -> None:
    filled = [keys.fill(word) for word in command]
    for text in run(root, *(filled if filled[0] in _COMMANDS else ["check", *filled])):
        check(keys, command, text)


@pytest.mark.parametrize("command", QUICK, ids=" ".join)
def test_no_output_holds_a_key(command: tuple[str, ...], tmp_path: Path, keys: Keys) -> None:
    assert_silent(tmp_path, keys, command)


@pytest.mark.slow
def test_no_output_of_any_command_holds_a_key(tmp_path: Path, keys: Keys) -> None:
    for command in COMMANDS:
        assert_silent(tmp_path, keys, command)


@pytest.mark.slow
def test_no_explanation_of_a_line_holds_a_key(tmp_path: Path, keys: Keys) -> None:
    for name in NEIGHBOURS:
        path = keys.fill(name)
        for line in range(1, len((tmp_path / path).read_text().splitlines()) + 1):
            for form in ((), ("-f", "json")):
                assert_silent(tmp_path, keys, ("why", f"{path}:{line}", *form))


@pytest.mark.slow
def test_no_word_about_a_history_holds_a_key(tmp_path: Path, keys: Keys) -> None:
    author = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for command in (
        ("init", "-q"),
        ("add", "-A"),
        (*author, "commit", "-qm", f"Add {keys['KEY']}"),
        ("rm", "-q", "neighbours/split.py", "neighbours/wrapped.sh"),
        (*author, "commit", "-qm", f"Remove {keys['KEY2']}"),
    ):
        subprocess.run(("git", *command), cwd=tmp_path, check=True)
    for form in ("full", "json", "html", "sarif", "csv"):
        assert_silent(tmp_path, keys, ("history", "-f", form))


def test_the_test_sees_a_key(keys: Keys) -> None:
    key = keys["KEY"]
    encoded = base64.b64encode(key.encode()).decode()
    for text in (key, key[20:33], encoded, key.upper(), key[::-1], key.encode().hex()):
        with pytest.raises(LeakError):
            check(keys, "", f"x {text} y")
    check(keys, "", f"{key[:8]}***{key[-2:]}")


CONFIGURATIONS = {
    "an unknown key": '{KEY} = 1\n"{KEY2}" = 2\n',
    "a wrong value": 'persona = "{KEY}"\n',
    "a wrong selector": 'select = ["{KEY}"]\n',
    "no TOML": "{KEY} {KEY2}\n",
    "a file to extend": 'extend = "{KEY}.toml"\n',
    "a bad format": 'output-format = "{KEY}"\n',
    "severities": '[severity]\n"{KEY}" = "error"\n',
    "ignores": '[per-file-ignores]\n"{KEY}" = ["{KEY2}"]\n',
    "excludes": 'exclude = ["{KEY}"]\n',
    "a template": 'output-format = "{{message} {KEY}}"\n',
    "a baseline": 'baseline = "{KEY}.json"\n',
    "a fail-on": 'fail-on = "{KEY}"\n',
    "a key in escapes": 'persona = "\\u006c{KEY[1:]}"\n',
    "a key over two lines": 'persona = """{KEY[:20]}\\\n{KEY[20:]}"""\n',
}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_no_word_about_a_configuration_holds_a_key(name: str, tmp_path: Path) -> None:
    keys = Keys(name)
    (tmp_path / "a.py").write_text("print()\n")
    (tmp_path / "lint-langsmith.toml").write_text(keys.fill(CONFIGURATIONS[name]))
    for command in (("-v",), ("--show-settings",)):
        assert_silent(tmp_path, keys, command)


def test_a_crash_of_the_search_for_keys_hides_them_all_the_same(
    tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_self: Secrets, file: File) -> None:
        raise RuntimeError(file.raw)

    monkeypatch.setattr(Secrets, "of", crash)
    for path in [
        path
        for path in tmp_path.rglob("*.py")
        if not any(key in path.read_text() for key in keys.genuine)
    ]:
        path.unlink()  # what only folding finds can't be known then
    assert_silent(tmp_path, keys, ("-f", "full"))


@pytest.mark.parametrize(
    ("owner", "name"),
    [(Clients, "constructions"), (Environment, "settings"), (Requests, "of")],
)
def test_a_crash_of_rules_prints_no_key(
    tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch, owner: type, name: str
) -> None:
    """Some rules crash with the whole text of the file in their mouths."""

    def crash(_self: object, file: File, *_more: object) -> None:
        raise RuntimeError(file.raw, [file.lines])

    monkeypatch.setattr(owner, name, crash)
    texts = [
        text
        for command in (("-v",), ("-f", "json"))
        for text in run(tmp_path, "check", *command)
    ]
    assert any("LS999" in text for text in texts)
    for text in texts:
        check(keys, "a crash of a rule", text)


@pytest.mark.slow
def test_no_editor_gets_a_key(
    tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))
    names = [name for name in NEIGHBOURS if name.startswith("neighbours/")]
    names += [f"python/{number}.py" for number in (0, 12, 36, 42, 46)]
    texts = {name: (tmp_path / name).read_text() for name in names}

    async def look() -> list[object]:
        editor = Editor(tmp_path)
        await editor.start(types.PositionEncodingKind.Utf16)
        seen: list[object] = []
        for name, text in texts.items():
            editor.open(name, text)
            found = await editor.diagnostics(name, 1)
            seen.append(found)
            for diagnostic in found:
                at = diagnostic.range.start
                seen.append(await editor.hover(name, at.line, at.character))
                actions = await editor.actions(name, at.line)
                seen.extend(
                    action.title for action in actions
                )  # an edit holds the document's own text
        await editor.stop()
        return [*seen, editor.shown]

    for shown in asyncio.run(asyncio.wait_for(look(), 250)):
        check(keys, "the language server", repr(shown))


@pytest.mark.slow
def test_flake8_prints_no_key(tmp_path: Path, keys: Keys) -> None:
    command = [
        sys.executable,
        "-m",
        "flake8",
        "--select",
        "LS",
        "python",
        "neighbours",
        "places",
    ]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    result = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment
    )
    assert "LS101" in result.stdout
    check(keys, "flake8", result.stdout + result.stderr)


def test_a_crash_of_the_whole_run_prints_no_key(
    tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_arguments: object, **_more: object) -> None:
        raise RuntimeError(keys["KEY"], {keys["KEY2"]: keys["KEY"]})

    monkeypatch.setattr(pipeline, "run", crash)
    texts = list(run(tmp_path, "check"))
    assert any("this is a fault of lint-langsmith" in text for text in texts)
    for text in texts:
        check(keys, "a crash", text)
