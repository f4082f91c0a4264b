"""Where keys get hardcoded: every position that is known from real code, each as a small file with `{KEY}` in it.

The positions are those in which scanners of secrets were compared (`tools/keys_benchmark.py` runs the comparison for
us), and more. Each file holds exactly one key, or that key once in each way that its name says.
"""

from __future__ import annotations

import json
from typing import Final


def _notebook(*cells: dict[str, object]) -> str:
    body = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(body, indent=1, ensure_ascii=False) + "\n"


def _code(source: str, *outputs: object) -> dict[str, object]:
    lines = source.splitlines(keepends=True)
    return {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {},
        "outputs": list(outputs),
        "source": lines,
    }


_PYTHON: Final = {
    "Client argument": 'from langsmith import Client\nclient = Client(api_key="{KEY}")\n',
    "AsyncClient argument": 'from langsmith import AsyncClient\nclient = AsyncClient(api_key="{KEY}")\n',
    "SandboxClient argument": 'from langsmith.sandbox import SandboxClient\nclient = SandboxClient(api_key="{KEY}")\n',
    "value of api_urls": 'from langsmith import Client\nClient(api_urls={"https://smith.example.com": "{KEY}"})\n',
    "client headers": 'from langsmith import Client\nClient(headers={"x-api-key": "{KEY}"})\n',
    "environ item": 'import os\nos.environ["LANGSMITH_API_KEY"] = "{KEY}"\n',
    "environ setdefault": 'import os\nos.environ.setdefault("LANGSMITH_API_KEY", "{KEY}")\n',
    "environ update, dict": 'import os\nos.environ.update({"LANGSMITH_API_KEY": "{KEY}"})\n',
    "environ update, keyword": 'import os\nos.environ.update(LANGSMITH_API_KEY="{KEY}")\n',
    "putenv": 'import os\nos.putenv("LANGSMITH_API_KEY", "{KEY}")\n',
    "environ union": 'import os\nos.environ |= {"LANGSMITH_API_KEY": "{KEY}"}\n',
    "monkeypatch": 'def test(monkeypatch):\n    monkeypatch.setenv("LANGSMITH_API_KEY", "{KEY}")\n',
    "patch.dict": 'from unittest import mock\nmock.patch.dict("os.environ", {"LANGSMITH_API_KEY": "{KEY}"})\n',
    "subprocess environment": 'import subprocess\nsubprocess.run(["x"], env={"LANGSMITH_API_KEY": "{KEY}"})\n',
    "getenv default": 'import os\nkey = os.getenv("LANGSMITH_API_KEY", "{KEY}")\n',
    "environ or": 'import os\nkey = os.environ.get("LANGSMITH_API_KEY") or "{KEY}"\n',
    "parameter default": 'def connect(key="{KEY}"):\n    return key\n',
    "class attribute": 'class Config:\n    key = "{KEY}"\n',
    "dataclass default": 'from dataclasses import dataclass\n\n\n@dataclass\nclass C:\n    key: str = "{KEY}"\n',
    "pydantic Field": 'import pydantic as p\n\n\nclass S(p.BaseModel):\n    key: str = p.Field(default="{KEY}")\n',
    "SecretStr": 'from pydantic import SecretStr\nkey = SecretStr("{KEY}")\n',
    "keyword of dict": 'settings = dict(langsmith_api_key="{KEY}")\n',
    "argparse default": 'import argparse\nargparse.ArgumentParser().add_argument("--key", default="{KEY}")\n',
    "click default": 'import click\n\n\n@click.option("--key", default="{KEY}")\ndef main(key):\n    pass\n',
    "requests header": 'import requests\nrequests.get("https://smith.example.com", headers={"X-API-Key": "{KEY}"})\n',
    "bearer": 'headers = {"Authorization": "Bearer {KEY}"}\n',
    "URL query": 'url = "https://example.com/runs?api_key={KEY}&limit=1"\n',
    "JSON in a string": """ENDPOINTS = '[{"api_url": "https://api.smith.langchain.com", "api_key": "{KEY}"}]'\n""",
    "OTLP headers": 'import os\nos.environ["OTEL_EXPORTER_OTLP_HEADERS"] = "x-api-key={KEY},Langsmith-Project=a"\n',
    "OTLP headers, encoded": 'HEADERS = "x-api-key%3D{KEY}%2CLangsmith-Project%3Da"\n',
    "bytes": 'key = b"{KEY}"\n',
    "raw string": 'key = r"{KEY}"\n',
    "behind an escape": 'text = "key:\\n{KEY}\\n"\n',
    "comment": "import os  # {KEY}\n",
    "docstring": '"""Set LANGSMITH_API_KEY={KEY} first."""\n',
    "long string": 'TEXT = """\nfirst\n{KEY}\nlast\n"""\n',
    "added": 'key = "lsv2_" + "{KEY[5:]}"\n',
    "adjacent": 'key = ("{KEY[:20]}"\n       "{KEY[20:]}")\n',
    "f-string over a constant": 'PREFIX = "lsv2_pt_"\nkey = f"{PREFIX}{KEY[8:]}"\n',
    "joined": 'key = "_".join(["lsv2", "pt", "{KEY[8:40]}", "{KEY[41:]}"])\n',
    "formatted": 'key = "{}_{}".format("{KEY[:40]}", "{KEY[41:]}")\n',
    "f-string with a format": 'rest = "{KEY[8:]}"\nkey = f"lsv2_pt_{rest:s}"\n',
    "format_map": 'key = "{a}{b}".format_map({"a": "{KEY[:20]}", "b": "{KEY[20:]}"})\n',
    "template": 'import string\nkey = string.Template("lsv2_pt_$rest").substitute(rest="{KEY[8:]}")\n',
    "concat": 'import operator\nkey = operator.concat("{KEY[:20]}", "{KEY[20:]}")\n',
    "percent": 'key = "lsv2_pt_%s" % "{KEY[8:]}"\n',
    "split": 'key = "".join("{KEY[:8]} {KEY[8:40]} {KEY[40:]}".split())\n',
    "appended": 'parts = ["{KEY[:8]}"]\nparts.append("{KEY[8:]}")\nkey = "".join(parts)\n',
    "items": 'PARTS = ("{KEY[:8]}", "{KEY[8:]}")\nkey = PARTS[0] + PARTS[1]\n',
    "turned round": 'from langsmith import Client\nClient(api_key="{KEY.reversed}"[::-1])\n',
    "character codes": 'import langsmith\nkey = "".join(chr(code) for code in [{KEY.codes}])\n',
    "base64": 'import base64\nkey = base64.b64decode("{KEY.base64}").decode()\n',
    "repr of a printed key": "print('{KEY}')\n",
    "assertion": 'assert key != "{KEY}"\n',
    "match": 'match key:\n    case "{KEY}":\n        pass\n',
    "typed": 'from typing import Literal\nKey = Literal["{KEY}"]\n',
    "broken file": 'key = ("{KEY}"\n',
}
_NOTEBOOKS: Final = {
    "notebook code": _notebook(_code('key = "{KEY}"\n')),
    "notebook magic %env": _notebook(_code("%env LANGSMITH_API_KEY={KEY}\n")),
    "notebook magic %set_env": _notebook(_code("%set_env LANGSMITH_API_KEY {KEY}\n")),
    "notebook shell line": _notebook(_code("!export LANGSMITH_API_KEY={KEY}\n")),
    "notebook shell cell": _notebook(_code("%%bash\nexport LANGSMITH_API_KEY={KEY}\n")),
    "notebook output": _notebook(
        _code("x\n", {"output_type": "stream", "text": ["a\n", "\t{KEY}\n"]})
    ),
    "notebook result": _notebook(
        _code("x\n", {"data": {"text/plain": ["'{KEY}'"]}, "output_type": "execute_result"})
    ),
    "notebook traceback": _notebook(
        _code("x\n", {"traceback": ["\x1b[33m{KEY}\x1b[39m"], "output_type": "error"})
    ),
    "notebook Markdown": _notebook(
        {"cell_type": "markdown", "metadata": {}, "source": ["key {KEY}"]}
    ),
    "notebook, added": _notebook(_code('a = "lsv2_pt_"\n'), _code('key = a + "{KEY[8:]}"\n')),
    "broken notebook": _notebook(_code('key = "{KEY}"\n'))[:-6],
}
_OTHERS: Final = {
    ".env": "LANGSMITH_API_KEY={KEY}\n",
    ".env.local": "export LANGSMITH_API_KEY={KEY}\n",
    "quoted.env": "LANGSMITH_API_KEY = '{KEY}'\n",
    "commented.env": "# LANGSMITH_API_KEY={KEY}\n",
    "config.yaml": "langsmith:\n  api_key: {KEY}\n",
    "folded.yaml": "text: >\n  the key is\n  {KEY}\n",
    "config.toml": 'api_key = "{KEY}"\n',
    "config.ini": "[langsmith]\napi_key = {KEY}\n",
    "config.json": '{"langsmith": {"api_key": "{KEY}"}}\n',
    "escaped.json": '{"log": "line\\n{KEY}\\tend"}\n',
    "langgraph.json": '{"env": {"LANGSMITH_API_KEY": "{KEY}"}}\n',
    "profiles/config.json": '{"profiles": {"default": {"api_key": "{KEY}"}}}\n',
    "Dockerfile": "FROM x\nENV LANGSMITH_API_KEY={KEY}\n",
    "old.Dockerfile": "FROM x\nENV LANGSMITH_API_KEY {KEY}\n",
    "arg.Dockerfile": "FROM x\nARG LANGSMITH_API_KEY={KEY}\n",
    "compose.yaml": "services:\n  a:\n    environment:\n      - LANGSMITH_API_KEY={KEY}\n",
    "docker-compose.yml": "services:\n  a:\n    environment:\n      LANGSMITH_API_KEY: {KEY}\n",
    "k8s/pod.yaml": "apiVersion: v1\nkind: Pod\nenv:\n  - name: LANGSMITH_API_KEY\n    value: {KEY}\n",
    "k8s/secret.yaml": "apiVersion: v1\nkind: Secret\ndata:\n  LANGSMITH_API_KEY: {KEY.base64}\n",
    ".github/workflows/ci.yml": "on: push\nenv:\n  LANGSMITH_API_KEY: {KEY}\n",
    "main.tf": 'variable "key" {\n  default = "{KEY}"\n}\n',
    "README.md": "```bash\nexport LANGSMITH_API_KEY={KEY}\n```\n",
    "exported.md": "Set it to {KEY[:4]}\\_pt\\_{KEY[8:40]}\\_{KEY[41:]}.\n",
    "exported.json": '{"text": "{KEY[:4]}\\\\_pt\\\\_{KEY[8:40]}\\\\_{KEY[41:]}"}\n',
    "encoded.url": "https://example.com/?key={KEY[:4]}%5Fpt%5F{KEY[8:40]}%5F{KEY[41:]}\n",
    "encoded.html": "<td>{KEY[:4]}&#95;pt&#95;{KEY[8:40]}&#95;{KEY[41:]}</td>\n",
    "index.rst": "Use ``{KEY}``.\n",
    "run.sh": 'curl -H "x-api-key: {KEY}" https://api.smith.langchain.com/info\n',
    "windows.ps1": '$env:LANGSMITH_API_KEY = "{KEY}"\n',
    "cassette.yaml": "request:\n  headers:\n    x-api-key: ['{KEY}']\n",
    "page.html": "<code>{KEY}</code>\n",
    "dump.sql": "INSERT INTO keys VALUES ('{KEY}');\n",
    "app.ts": 'const client = new Client({apiKey: "{KEY}"});\n',
    "noname": "{KEY}\n",
    ".vscode/launch.json": '{// local\n"configurations": [{"env": {"LANGSMITH_API_KEY": "{KEY}"}}],}\n',
    "runs.jsonl": '{"inputs": {"text": "{KEY}"}}\n',
    "wide.txt": "\ufeffLANGSMITH_API_KEY={KEY}\r\n",
}

POSITIONS: Final[dict[str, tuple[str, str]]] = {
    **{
        name: (f"python/{number}.py", text)
        for number, (name, text) in enumerate(_PYTHON.items())
    },
    **{
        name: (f"notebooks/{number}.ipynb", text)
        for number, (name, text) in enumerate(_NOTEBOOKS.items())
    },
    **{name: (name, text) for name, text in _OTHERS.items()},
}
"""The name of each position, its file, and the file's text."""


def encoding_of(name: str) -> str:
    """The encoding in which a position's file is written."""
    return "utf-16-le" if name == "wide.txt" else "utf-8"
