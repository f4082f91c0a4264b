"""Where a LangSmith key is expected, told by what stands around it: small programs with `{KEY}` in such a place.

In them any secret is one, whatever its shape; `key_positions.py` has the places in which a key is found by its shape.
"""

from __future__ import annotations

from typing import Final

_PYTHON: Final = {
    "Client argument": ('from langsmith import Client\nclient = Client(api_key="{KEY}")\n'),
    "value of api_urls": (
        'from langsmith import Client\nClient(api_urls={"https://api.smith.langchain.com": "{KEY}"})\n'
    ),
    "client headers": 'from langsmith import Client\nClient(headers={"x-api-key": "{KEY}"})\n',
    "generated client headers": 'from langsmith import Langsmith\nLangsmith(default_headers={"X-API-Key": "{KEY}"})\n',
    "environ setdefault": 'import os\nos.environ.setdefault("LANGSMITH_API_KEY", "{KEY}")\n',
    "environ update, keyword": 'import os\nos.environ.update(LANGSMITH_API_KEY="{KEY}")\n',
    "environ union": 'import os\nos.environ |= {"LANGSMITH_API_KEY": "{KEY}"}\n',
    "putenv": 'import os\nos.putenv("LANGSMITH_API_KEY", "{KEY}")\n',
    "patch.dict": 'from unittest import mock\nmock.patch.dict("os.environ", {"LANGSMITH_API_KEY": "{KEY}"})\n',
    "getenv default": 'import os\nkey = os.getenv("LANGSMITH_API_KEY", "{KEY}")\n',
    "environ or": 'import os\nkey = os.environ.get("LANGSMITH_API_KEY") or "{KEY}"\n',
    "httpx header": 'import httpx\nhttpx.get("https://api.smith.langchain.com/info", headers={"X-API-Key": "{KEY}"})\n',
    "aiohttp header": (
        "import aiohttp\n"
        "async def f():\n"
        '    async with aiohttp.ClientSession(headers={"x-api-key": "{KEY}"}) as s:\n'
        '        await s.get("https://api.smith.langchain.com/info")\n'
    ),
    "requests session": (
        "import requests\n"
        "s = requests.Session()\n"
        's.headers.update({"x-api-key": "{KEY}"})\n'
        's.get("https://api.smith.langchain.com/info")\n'
    ),
    "requests session item": (
        "import requests\n"
        "s = requests.Session()\n"
        's.headers["x-api-key"] = "{KEY}"\n'
        's.get("https://api.smith.langchain.com/info")\n'
    ),
    "headers const": (
        "import requests\n"
        'HEADERS = {"X-API-Key": "{KEY}"}\n'
        'requests.get("https://api.smith.langchain.com/x", headers=HEADERS)\n'
    ),
    "headers const+base": (
        "import requests\n"
        'BASE = "https://api.smith.langchain.com"\n'
        'HEADERS = {"X-API-Key": "{KEY}"}\n'
        'requests.get(f"{BASE}/x", headers=HEADERS)\n'
    ),
    "headers func": (
        "import requests\n"
        "def _h():\n"
        '    return {"X-API-Key": "{KEY}"}\n'
        'requests.get("https://api.smith.langchain.com/x", headers=_h())\n'
    ),
    "httpx client base_url": (
        'import httpx\nc = httpx.Client(base_url="https://api.smith.langchain.com", headers={"x-api-key": "{KEY}"})\n'
    ),
    "urllib": (
        "import urllib.request\n"
        'r = urllib.request.Request("https://api.smith.langchain.com/x", headers={"x-api-key": "{KEY}"})\n'
    ),
    "Authorization bearer hosted": (
        "import requests\n"
        'requests.get("https://api.smith.langchain.com/x", headers={"Authorization": "Bearer {KEY}"})\n'
    ),
    "URL query": 'url = "https://api.smith.langchain.com/runs?api_key={KEY}&limit=1"\n',
    "JSON of endpoints": (
        "import os\n"
        """os.environ["LANGSMITH_RUNS_ENDPOINTS"] = '[{"api_url": "https://a.example.com", "api_key": "{KEY}"}]'\n"""
    ),
    "dumped endpoints": (
        "import os, json\n"
        'os.environ["LANGSMITH_RUNS_ENDPOINTS"] = json.dumps([{"api_url": "https://a.b", "api_key": "{KEY}"}])\n'
    ),
    "otlp langsmith": 'import os\nos.environ["OTEL_EXPORTER_OTLP_HEADERS"] = "x-api-key={KEY},Langsmith-Project=a"\n',
    "param default named": (
        "from langsmith import Client\n"
        'def connect(langsmith_api_key="{KEY}"):\n'
        "    return Client(api_key=langsmith_api_key)\n"
    ),
    "param default reaching": (
        'from langsmith import Client\ndef connect(key="{KEY}"):\n    return Client(api_key=key)\nconnect()\n'
    ),
    "class attr named": 'class Config:\n    LANGSMITH_API_KEY = "{KEY}"\n',
    "class attr reaching": (
        'from langsmith import Client\nclass Config:\n    key = "{KEY}"\nc = Client(api_key=Config.key)\n'
    ),
    "dataclass named": (
        'from dataclasses import dataclass\n@dataclass\nclass C:\n    langsmith_api_key: str = "{KEY}"\n'
    ),
    "dataclass reaching": (
        "from dataclasses import dataclass\n"
        "from langsmith import Client\n"
        "@dataclass\n"
        "class C:\n"
        '    key: str = "{KEY}"\n'
        "c = C()\n"
        "Client(api_key=c.key)\n"
    ),
    "attrs": 'import attrs\n@attrs.define\nclass C:\n    langsmith_api_key: str = attrs.field(default="{KEY}")\n',
    "pydantic field named": (
        'import pydantic as p\nclass S(p.BaseModel):\n    langsmith_api_key: str = p.Field(default="{KEY}")\n'
    ),
    "pydantic secret": (
        'import pydantic as p\nclass S(p.BaseModel):\n    langsmith_api_key: p.SecretStr = p.SecretStr("{KEY}")\n'
    ),
    "pydantic default_factory": (
        "import pydantic as p\n"
        "class S(p.BaseModel):\n"
        '    langsmith_api_key: str = p.Field(default_factory=lambda: "{KEY}")\n'
    ),
    "pydantic alias": (
        "from pydantic_settings import BaseSettings\n"
        "from pydantic import Field\n"
        "class S(BaseSettings):\n"
        '    key: str = Field("{KEY}", alias="LANGSMITH_API_KEY")\n'
    ),
    "SecretStr reaching": (
        "from pydantic import SecretStr\n"
        "from langsmith import Client\n"
        'key = SecretStr("{KEY}")\n'
        "Client(api_key=key.get_secret_value())\n"
    ),
    "dict keyword": 'settings = dict(langsmith_api_key="{KEY}")\n',
    "dict display": 'settings = {"langsmith_api_key": "{KEY}"}\n',
    "dict display upper": 'settings = {"LANGSMITH_API_KEY": "{KEY}"}\n',
    "call kw": 'init(langsmith_api_key="{KEY}")\n',
    "argparse named": (
        'import argparse\nargparse.ArgumentParser().add_argument("--langsmith-api-key", default="{KEY}")\n'
    ),
    "click named": (
        'import click\n@click.option("--langsmith-api-key", default="{KEY}")\ndef main(langsmith_api_key):\n    pass\n'
    ),
    "click envvar": (
        'import click\n@click.option("--key", envvar="LANGSMITH_API_KEY", default="{KEY}")\ndef main(key):\n    pass\n'
    ),
    "typer named": 'import typer\ndef main(langsmith_api_key: str = typer.Option("{KEY}")):\n    pass\n',
    "typer envvar": 'import typer\ndef main(key: str = typer.Option("{KEY}", envvar="LANGSMITH_API_KEY")):\n    pass\n',
    "module constant named": 'LANGSMITH_API_KEY = "{KEY}"\n',
    "module constant lower": 'langsmith_api_key = "{KEY}"\n',
    "environ key": 'import os\nos.environ["LANGCHAIN_API_KEY"] = "{KEY}"\n',
    "environ loop": 'import os\nfor k, v in {"LANGSMITH_API_KEY": "{KEY}"}.items():\n    os.environ[k] = v\n',
    "env name const": 'import os\nNAME = "LANGSMITH_API_KEY"\nos.environ[NAME] = "{KEY}"\n',
    "environ via helper": 'import os\ndef put(n, v):\n    os.environ[n] = v\nput("LANGSMITH_API_KEY", "{KEY}")\n',
    "docker env dict": (
        'import docker\ndocker.from_env().containers.run("x", environment={"LANGSMITH_API_KEY": "{KEY}"})\n'
    ),
    "environ update const dict": 'import os\nE = {"LANGSMITH_API_KEY": "{KEY}"}\nos.environ.update(E)\n',
    "env copy": (
        "import os, subprocess\n"
        "env = os.environ.copy()\n"
        'env["LANGSMITH_API_KEY"] = "{KEY}"\n'
        'subprocess.run(["x"], env=env)\n'
    ),
    "env merged": 'import os, subprocess\nsubprocess.run(["x"], env={**os.environ, "LANGSMITH_API_KEY": "{KEY}"})\n',
    "env dict call": 'import os, subprocess\nsubprocess.run(["x"], env=dict(os.environ, LANGSMITH_API_KEY="{KEY}"))\n',
    "set_key": 'from dotenv import set_key\nset_key(".env", "LANGSMITH_API_KEY", "{KEY}")\n',
    "set_if_undefined": (
        'import os\nif not os.environ.get("LANGSMITH_API_KEY"):\n    os.environ["LANGSMITH_API_KEY"] = "{KEY}"\n'
    ),
    "hub pull": 'from langchain import hub\nhub.pull("a/b", api_key="{KEY}")\n',
}
_OTHERS: Final = {
    ".env": "LANGSMITH_API_KEY={KEY}\n",
    ".env.local": "export LANGCHAIN_API_KEY='{KEY}'\n",
    "config.yaml": "langsmith:\n  api_key: {KEY}\n",
    "settings.toml": '[tool.langsmith]\napi_key = "{KEY}"\n',
    "config.ini": "[langsmith]\napi_key = {KEY}\n",
    "config.json": '{"langsmith": {"api_key": "{KEY}"}}\n',
    "langgraph.json": '{"env": {"LANGSMITH_API_KEY": "{KEY}"}}\n',
    "Dockerfile": "FROM x\nENV LANGSMITH_API_KEY={KEY}\n",
    "arg.Dockerfile": "FROM x\nARG LANGSMITH_API_KEY={KEY}\n",
    "compose.yaml": "services:\n  a:\n    environment:\n      - LANGSMITH_API_KEY={KEY}\n",
    "k8s/pod.yaml": "apiVersion: v1\nkind: Pod\nenv:\n  - name: LANGSMITH_API_KEY\n    value: {KEY}\n",
    ".github/workflows/ci.yml": "on: push\nenv:\n  LANGSMITH_API_KEY: {KEY}\n",
    "main.tf": 'variable "langsmith_api_key" {\n  default = "{KEY}"\n}\n',
    "run.sh": 'curl -H "x-api-key: {KEY}" https://api.smith.langchain.com/info\n',
    "windows.ps1": '$env:LANGSMITH_API_KEY = "{KEY}"\n',
}

PLACES: Final[dict[str, tuple[str, str]]] = {
    **{
        name: (f"python/{number}.py", text)
        for number, (name, text) in enumerate(_PYTHON.items())
    },
    **{name: (name, text) for name, text in _OTHERS.items()},
}
"""The name of each place, its file, and the file's text."""
