"""Fixes of keys and variables in every kind of file: what they say is changed, and a second run changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import nbformat
import pytest
import tomli
import yaml
from casebook import Keys
from linting import lint
from test_notebooks import code, document, lines, markdown

_KEY: Final = 'os.environ["LANGSMITH_API_KEY"]'
# Of each fix: the file in which it is made, the text before, and the pairs of what is replaced there by what.
CASES: Final[dict[str, tuple[str, str, tuple[tuple[str, str], ...]]]] = {
    "LS101": (
        "a.py",
        'import os\nfrom langsmith import Client\n\nclient = Client(api_key="{KEY}")  # ü\nprint(os.name)\n',
        (('"{KEY}"', _KEY),),
    ),
    "LS401": (
        "a.py",
        'import os\n\nos.environ["LANGCHAIN_TRACKING_V2"] = "true"\n',
        (("TRACKING", "TRACING"),),
    ),
    "LS402": (
        "a.py",
        'import os\n\nos.environ["LANGSMITH_TRACING"] = "True"  # on\n',
        (('"True"', '"true"'),),
    ),
    "LS402 str": (
        "a.py",
        'import os\n\nflag = bool(os.sep)\nos.environ["LANGSMITH_TRACING"] = str(flag)\n',
        (("str(flag)", "str(flag).lower()"),),
    ),
    "LS406": (
        "a.py",
        'import os\n\nos.environ["LANGSMITH_ENDPOINT"] = "https://smith.langchain.com"\n',
        (("https://smith", "https://api.smith"),),
    ),
    "LS410": (
        "a.py",
        'import os\n\nos.environ["LANGCHAIN_TRACING"] = "1"\n',
        (("LANGCHAIN_TRACING", "LANGSMITH_TRACING"), ('"1"', '"true"')),
    ),
    "LS701": (
        "a.py",
        'import os\n\nos.environ["LANGSMITH_HIDE_INPUTS"] = "TRUE"\n',
        (('"TRUE"', '"true"'),),
    ),
    ".env": (
        ".env",
        "# ü\r\nLANGSMITH_TRACING=True\r\nLANGSMITH_PROJET='true'\r\nLANGSMITH_HIDE_INPUTS=1 # all\r\nA=1\r\n",
        (("=True", "=true"), ("PROJET", "PROJECT"), ("=1 # all", "=true # all")),
    ),
    "compose": (
        "compose.yaml",
        (
            "services:\n  a:\n    environment:\n      LANGSMITH_TRACING: 'True' # on\n"
            "      LANGSMITH_ENDPOINT: https://smith.langchain.com\n"
            "  b:\n    environment:\n      - LANGSMITH_HIDE_INPUTS=1\n"
        ),
        (
            ("'True'", '"true"'),
            ("https://smith", "https://api.smith"),
            ("INPUTS=1", "INPUTS=true"),
        ),
    ),
    "workflow": (
        ".github/workflows/ci.yml",
        (
            "on: push\nenv:\n  LANGSMITH_TRACING: True\njobs:\n  a:\n    runs-on: x\n    steps:\n"
            "      - run: LANGCHAIN_TRACKING_V2=true pytest\n"
        ),
        ((": True", ': "true"'), ("TRACKING", "TRACING")),
    ),
    "TOML": (
        "app.toml",
        (
            '[env]\nLANGSMITH_TRACING="True" # on\nLANGSMITH_HIDE_INPUTS = true\nLANGSMITH_HIDE_OUTPUTS=1\n'
            '[tool.pytest]\nenv = ["LANGSMITH_HIDE_METADATA=1"]\n'
        ),
        (('"True"', '"true"'), ("OUTPUTS=1", 'OUTPUTS="true"'), ("DATA=1", "DATA=true")),
    ),
    "JSON": (
        "langgraph.json",
        '{"graphs": {}, "env": {"LANGSMITH_TRACING": "True", "LANGSMITH_HIDE_OUTPUTS": "yes"}}\n',
        (('"True"', '"true"'), ('"yes"', '"true"')),
    ),
    "JSON list": ("task.json", '{"env": ["LANGSMITH_TRACING=True"]}\n', (("=True", "=true"),)),
    "Dockerfile": (
        "Dockerfile",
        "FROM x\nENV LANGSMITH_TRACING=True \\\n    LANGSMITH_PROJET=true\nENV LANGSMITH_HIDE_INPUTS 1\n",
        (("=True", "=true"), ("PROJET", "PROJECT"), ("INPUTS 1", "INPUTS true")),
    ),
    "shell": (
        "run.sh",
        '#!/bin/sh\nexport LANGSMITH_TRACING="True"\nexport LANGSMITH_ENDPOINT=https://smith.langchain.com\n',
        (('"True"', "true"), ("https://smith", "https://api.smith")),
    ),
    "INI": ("app.ini", "[env]\nLANGSMITH_TRACING = True\n", (("= True", "= true"),)),
}
_MAGICS: Final = (
    ("%env LANGSMITH_TRACING=True\n", "%env LANGSMITH_TRACING=true\n"),
    ('%env LANGSMITH_PROJECT="démo"\n', "%env LANGSMITH_PROJECT=démo\n"),
    ("%set_env LANGCHAIN_TRACKING_V2 true\n", "%set_env LANGCHAIN_TRACING_V2 true\n"),
    ("%env LANGSMITH_HIDE_INPUTS=1\n", "%env LANGSMITH_HIDE_INPUTS=true\n"),
)


def fixed_twice(root: Path, name: str, before: bytes) -> bytes:
    """What `--fix --unsafe-fixes` makes of a file; a second run must leave it alone."""
    (root / "pyproject.toml").touch()
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(before)
    options = ("--fix", "--unsafe-fixes", "--select", "LS1,LS4,LS7", name)
    lint(root, *options)
    after = path.read_bytes()
    lint(root, *options)
    assert path.read_bytes() == after
    return after


def is_sound(name: str, content: bytes) -> bool:
    """Whether a file can still be read as what it is."""
    text = content.decode()
    if name.endswith(".py"):
        compile(text, name, "exec")
    elif name.endswith((".yaml", ".yml")):
        yaml.safe_load(text)
    elif name.endswith(".toml"):
        tomli.loads(text)
    elif name.endswith(".json"):
        json.loads(text)
    return True


def replaced(text: str, changes: tuple[tuple[str, str], ...]) -> str:
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize("case", CASES)
def test_a_fix_changes_what_it_says_and_nothing_else(tmp_path: Path, case: str) -> None:
    name, text, changes = CASES[case]
    keys = Keys(case)
    after = fixed_twice(tmp_path, name, keys.fill(text).encode())
    assert after.decode() == keys.fill(replaced(text, changes))
    assert is_sound(name, after)


@pytest.mark.parametrize(
    "case", [case for case, (name, _, _) in CASES.items() if name.endswith(".py")]
)
@pytest.mark.parametrize("indent", [1, None, 4])
def test_a_fix_in_a_notebook_keeps_the_rest_of_the_json(
    tmp_path: Path, case: str, indent: int | None
) -> None:
    _, text, changes = CASES[case]
    keys = Keys(case)

    def notebook(source: str) -> str:
        output = {"output_type": "stream", "name": "stdout", "text": ["True \\u00fc\n"]}
        cells = (
            markdown(["# LANGSMITH_TRACING=True"]),
            code(lines(source), outputs=[output]),
            code("x = 1"),
        )
        body = json.loads(
            document(*cells, kernelspec={"name": "python3", "display_name": "Python 3"})
        )
        for number, cell in enumerate(body["cells"]):
            cell["id"] = f"cell{number}"
        return json.dumps(body, indent=indent, ensure_ascii=False)

    after = fixed_twice(tmp_path, "a.ipynb", keys.fill(notebook(text)).encode()).decode()
    assert after == keys.fill(notebook(replaced(text, changes)))
    nbformat.validate(nbformat.reads(after, as_version=4))  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(("before", "wanted"), _MAGICS)
def test_a_fix_of_a_magic(tmp_path: Path, before: str, wanted: str) -> None:
    after = fixed_twice(tmp_path, "a.ipynb", document(code(lines(before))).encode()).decode()
    assert after == document(code(lines(wanted)))


def test_an_import_that_a_notebook_needs_is_a_line_of_its_cell(tmp_path: Path) -> None:
    keys = Keys("import")
    source = '%%time\nfrom langsmith import Client\nclient = Client(api_key="{KEY}")'
    after = fixed_twice(
        tmp_path, "a.ipynb", keys.fill(document(code("y = 1"), code(lines(source)))).encode()
    )
    source_after = "".join(json.loads(after)["cells"][1]["source"])
    assert (
        source_after
        == f"%%time\nimport os\nfrom langsmith import Client\nclient = Client(api_key={_KEY})"
    )


def test_a_call_in_a_string_with_values_is_not_awaited_around_the_string(
    tmp_path: Path,
) -> None:
    """What stands in such a string has the place of the whole string."""
    text = (
        "from langsmith import AsyncClient\n\nclient = AsyncClient()\n\n\nasync def look(name):\n"
        '    return f"{client.read_project(project_name=name)}"\n'
    )
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "a.py").write_text(text)
    lint(tmp_path, "--fix", "--unsafe-fixes", "--select", "LS601", "a.py")
    assert (tmp_path / "a.py").read_text() == text


def test_tracing_that_a_template_calls_optional_is_turned_off(tmp_path: Path) -> None:
    template = tmp_path / ".env.example"
    text = "# LangSmith (optional) ü\nLANGSMITH_API_KEY=your_langsmith_api_key\nLANGSMITH_TRACING=true  # on\n"
    template.write_text(text, encoding="utf-8")
    (tmp_path / "agent.py").write_text(
        "from langchain.chat_models import init_chat_model\n\ninit_chat_model('openai:gpt-5-mini').invoke('hello')\n",
        encoding="utf-8",
    )
    lint(tmp_path, "--select", "LS202", "--fix", "--unsafe-fixes", ".")
    changed = text.replace("TRACING=true", "TRACING=false")
    assert template.read_text(encoding="utf-8") == changed
    assert lint(tmp_path, "--select", "LS202", "--fix", "--unsafe-fixes", ".").codes == []
    assert template.read_text(encoding="utf-8") == changed
