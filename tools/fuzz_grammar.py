# ruff: noqa: E501 - a row of a grammar reads best in one line
"""Grammars for `tools/fuzz.py`: random files of every syntax that is read, full of the words that are looked for.

Each is a function from a source of randomness to the name and the text of a file. They are meant to be nasty: what no
person writes, but a parser takes.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

Rng: TypeAlias = random.Random
Grammar: TypeAlias = Callable[[Rng], "tuple[str, str]"]

VARIABLES: Final = (
    *(
        "LANGSMITH_API_KEY",
        "LANGCHAIN_API_KEY",
        "LANGSMITH_TRACING",
        "LANGCHAIN_TRACING_V2",
        "LANGSMITH_ENDPOINT",
    ),
    *(
        "LANGSMITH_PROJECT",
        "LANGSMITH_WORKSPACE_ID",
        "LANGCHAIN_TRACKING_V2",
        "LANGSMITH_HIDE_INPUTS",
        "A",
        "PATH",
    ),
    *(
        "LANGCHAIN_TRACING",
        "LANGSMITH_RUNS_ENDPOINTS",
        "LANGSMITH_BASE_URL",
        "OTEL_EXPORTER_OTLP_HEADERS",
        "LANGSMITH_",
    ),
)
VALUES: Final = (
    *(
        "true",
        "True",
        "1",
        "false",
        "",
        "{KEY}",
        "{SERVICE_KEY}",
        "{LEGACY_KEY}",
        "https://api.smith.langchain.com",
    ),
    *(
        "https://smith.langchain.com",
        "<your-api-key>",
        "$KEY",
        "${KEY:-{KEY2}}",
        "${{ secrets.KEY }}",
        "a b",
        "é",
        "'x'",
    ),
    *(
        '[{"api_url": "https://a.example", "api_key": "{KEY}"}]',
        "x-api-key={KEY},a=b",
        "10",
        "0.5",
        "null",
        "\\n",
    ),
    *(
        "http://[",
        "https://eu.api.smith.langchain.com:99999/",
        "a" * 300,
        "#",
        "%s",
        "{}",
        "lsv2_pt_",
        "\\u{KEY}",
    ),
)
_NAMES: Final = (
    "client",
    "a",
    "b",
    "fn",
    "run",
    "key",
    "Box",
    "self",
    "result",
    "retry",
    "os",
    "error",
    "names",
)
_ATTRIBUTES: Final = (
    *(
        "list_runs",
        "read_run",
        "create_run",
        "pull_prompt",
        "api_key",
        "environ",
        "append",
        "items",
        "get",
        "join",
    ),
    *(
        "format",
        "replace",
        "run",
        "client",
        "flush",
        "update",
        "decode",
        "runs",
        "retrieve",
        "query",
        "areal",
        "split",
    ),
    *(
        "list_datasets",
        "read_project",
        "get_project",
        "create_feedback",
        "acreate_run",
        "setdefault",
        "pop",
        "copy",
    ),
)
_IMPORTS: Final = (
    "import langsmith",
    "import os",
    "from langsmith import Client",
    "from langsmith import Client, traceable, AsyncClient, Langsmith",
    "from langsmith.utils import LangSmithError, LangSmithAuthError",
    "import langsmith as ls, os.path as p",
    "from langsmith import *",
    "from .main import *",
    "from . import other",
    "from main import client",
    "import tenacity, asyncio, logging, requests, httpx",
    "from dotenv import load_dotenv",
    "from langchain import hub",
    "from string import Template",
    "from pydantic import BaseModel, SecretStr",
    "from pydantic_settings import BaseSettings",
    "from fastapi import FastAPI, Depends",
    "from langsmith.evaluation import evaluate",
    "from langsmith.sandbox import SandboxClient",
)
_ERRORS: Final = (
    *(
        "Exception",
        "LangSmithError",
        "langsmith.utils.LangSmithAuthError",
        "(OSError, LangSmithError)",
        "BaseException",
    ),
    *(
        "error",
        "tuple(names)",
        "(a, *b)",
        "KeyError",
        "langsmith.PermissionDeniedError",
        "Box",
        "names[0]",
    ),
)
_STRINGS: Final = (
    *(
        '"{KEY}"',
        "'{KEY2}'",
        '"lsv2_pt_" "{KEY2}"',
        '"LANGSMITH_API_KEY"',
        '"x-api-key"',
        '"%s"',
        '"{}{}"',
        '"{0!r:>{1}}"',
    ),
    *(
        'b"{KEY}"',
        'r"\\d+"',
        '"""\n{KEY}\n"""',
        '"{:99999999999}"',
        '"%*d"',
        '"%(a)999999999s"',
        '"$a ${b}"',
        '""',
        '"\\x41"',
    ),
    *(
        '"\\N{SNOWMAN}"',
        '"\\ud800"',
        'u"é"',
        '"https://api.smith.langchain.com/runs?api_key={KEY}"',
        '"a" * 9999',
        '"\\\n"',
    ),
)
_NUMBERS: Final = (
    "0",
    "1",
    "-1",
    "3",
    "2**70",
    "10**9",
    "99999999999999999999",
    "0xff",
    "1e999",
    "1j",
    "1_000",
    "True",
)


class _Python:
    """Python, statement by statement."""

    def __init__(self, rng: Rng) -> None:
        self._rng = rng
        self._left = rng.choice((10, 30, 80))

    def module(self) -> str:
        """A program."""
        rng = self._rng
        head = [rng.choice(_IMPORTS) for _ in range(rng.randrange(1, 6))]
        if rng.random() < 0.7:
            head.append(
                rng.choice(
                    (
                        "client = Client()",
                        'client = Client(api_key="{KEY}")',
                        "client = langsmith.Client()",
                    )
                )
            )
        if rng.random() < 0.05:
            head.insert(
                0,
                rng.choice(
                    (
                        "# -*- coding: utf-8 -*-",
                        "#!/usr/bin/env python",
                        '"""{KEY}"""',
                        "\ufeff",
                        "\x0c",
                    )
                ),
            )
        return (
            "\n".join([*head, *(self.statement("", 3) for _ in range(rng.randrange(1, 9)))])
            + "\n"
        )

    def block(self, indent: str, depth: int) -> str:
        """An indented suite."""
        inner = indent + "    "
        return "\n".join(
            self.statement(inner, depth - 1) for _ in range(self._rng.randrange(1, 4))
        )

    def statement(self, indent: str, depth: int) -> str:
        """A statement, with what belongs to it."""
        self._left -= 1
        simple = depth <= 0 or self._left <= 0
        made = (
            self._simple()
            if simple or self._rng.random() < 0.5
            else self._compound(indent, depth)
        )
        return indent + made

    def _simple(self) -> str:
        rng, name = self._rng, self._rng.choice(_NAMES)
        return rng.choice(
            (
                lambda: f"{name} = {self.expr(3)}",
                lambda: f"{name} = {self.expr(3)}",
                lambda: self.expr(4),
                lambda: self.expr(4),
                lambda: f"{name} += {self.expr(2)}",
                lambda: f"{name}: {self.expr(1)} = {self.expr(2)}",
                lambda: f"{name}, *{rng.choice(_NAMES)} = {self.expr(2)}",
                lambda: f"os.environ[{self.string()}] = {self.expr(2)}",
                lambda: f"{name}.{rng.choice(_ATTRIBUTES)} = {self.expr(2)}",
                lambda: f"return {self.expr(2)}",
                lambda: f"raise {rng.choice(_ERRORS)} from {name}",
                lambda: "raise",
                lambda: f"yield {self.expr(2)}",
                lambda: f"assert {self.expr(2)}, {self.expr(1)}",
                lambda: f"del {name}[{self.expr(1)}]",
                lambda: f"global {name}",
                lambda: "pass",
                lambda: "break",
                lambda: rng.choice(_IMPORTS),
                lambda: f"{name} = {rng.choice(_NAMES)}; {rng.choice(_NAMES)} = {name}",
                lambda: (
                    f"{name} = {rng.choice(_NAMES)} = {self.expr(2)}  # {rng.choice(('noqa', 'lint-langsmith: ignore[LS101]', 'x'))}"
                ),
                lambda: f"type {name.title()} = {self.expr(1)}",
            ),
        )()

    def _compound(self, indent: str, depth: int) -> str:
        rng = self._rng
        name, other = rng.choice(_NAMES), rng.choice(_NAMES)

        def block() -> str:
            return self.block(indent, depth)

        asynchronous = rng.choice(("", "", "async "))
        return rng.choice(
            (
                lambda: f"if {self.expr(2)}:\n{block()}\n{indent}else:\n{block()}",
                lambda: f"if __name__ == '__main__':\n{block()}",
                lambda: f"{asynchronous}for {name} in {self.expr(2)}:\n{block()}",
                lambda: f"while {self.expr(2)}:\n{block()}",
                lambda: (
                    f"try:\n{block()}\n{indent}except {rng.choice(_ERRORS)} as error:\n{block()}"
                ),
                lambda: (
                    f"try:\n{block()}\n{indent}except {rng.choice(_ERRORS)}:\n{block()}\n{indent}finally:\n{block()}"
                ),
                lambda: f"try:\n{block()}\n{indent}except* {rng.choice(_ERRORS)}:\n{block()}",
                lambda: f"{asynchronous}with {self.expr(2)} as {name}:\n{block()}",
                lambda: (
                    f"{self._decorators(indent)}{asynchronous}def {name}({self._parameters()}):\n{block()}"
                ),
                lambda: (
                    f"{self._decorators(indent)}{asynchronous}def {name}({self._parameters()}):\n{block()}"
                ),
                lambda: (
                    f"{asynchronous}def {name}({other}, n):\n{block()}\n{indent}    return {name}({other}, n - 1)"
                ),
                lambda: (
                    f"class {name.title()}({rng.choice(('', 'Exception', 'BaseModel', other.title(), 'Client'))}):\n{block()}"
                ),
                lambda: (
                    f"match {self.expr(2)}:\n{indent}    case {self._pattern()}:\n{self.block(indent + '    ', depth)}"
                ),
            ),
        )()

    def _decorators(self, indent: str) -> str:
        made = (
            *(
                "traceable",
                "traceable(name={KEY})",
                "retry",
                "tenacity.retry(stop=tenacity.stop_after_attempt(3))",
            ),
            *(
                "staticmethod",
                "property",
                "functools.cache",
                "app.get('/')",
                "pytest.fixture",
                "lambda f: f",
            ),
        )
        return "".join(
            f"@{self._rng.choice(made)}\n{indent}"
            for _ in range(self._rng.choice((0, 0, 1, 2)))
        )

    def _parameters(self) -> str:
        return self._rng.choice(
            (
                "",
                "self",
                "a, b",
                "client, *args, **kwargs",
                "a=Client()",
                'key="{KEY}"',
                "a, /, b, *, key: str = os.environ['A']",
            )
        )

    def _pattern(self) -> str:
        return self._rng.choice(
            ("_", "a", '"{KEY}"', "[a, *b]", "{'a': b, **c}", "Box(a=1)", "1 | 2", "None")
        )

    def string(self) -> str:
        """A string."""
        return self._rng.choice((*_STRINGS, *(f'"{variable}"' for variable in VARIABLES)))

    def expr(self, depth: int) -> str:
        """An expression."""
        rng, name = self._rng, self._rng.choice(_NAMES)
        if depth <= 0:
            return rng.choice(
                (
                    name,
                    name,
                    self.string(),
                    rng.choice(_NUMBERS),
                    "None",
                    "Client",
                    "__file__",
                    "...",
                )
            )

        def e() -> str:
            return self.expr(depth - 1)

        return rng.choice(
            (
                lambda: f"{e()}.{rng.choice(_ATTRIBUTES)}({self._arguments(depth)})",
                lambda: f"client.{rng.choice(_ATTRIBUTES)}({self._arguments(depth)})",
                lambda: f"client.{rng.choice(_ATTRIBUTES)}({self._arguments(depth)})",
                lambda: f"{name}({self._arguments(depth)})",
                lambda: f"Client({self._arguments(depth)})",
                lambda: f"os.environ.get({self.string()}, {e()})",
                lambda: (
                    f"({e()} {rng.choice(('+', '*', '%', 'or', 'and', '==', 'in', '@', '//', '**', '<<', 'is not'))} {e()})"
                ),
                lambda: f"({self.string()} {rng.choice(('+', '*', '%'))} {e()})",
                lambda: f"{rng.choice(('not ', '-', '~', 'await ', 'lambda: ', '*'))}{e()}",
                lambda: f"[{e()}, {e()}]",
                lambda: f"{{{self.string()}: {e()}, **{e()}}}",
                lambda: f"({e()}, *{e()})",
                lambda: f"{e()}[{rng.choice((e(), ':', '::-1', f'{e()}:{e()}'))}]",
                lambda: f"({e()} if {e()} else {e()})",
                lambda: f"[{e()} for {name} in {e()} if {e()}]",
                lambda: f"{{{name}: {e()} for {name} in {e()}}}",
                lambda: f"({name} := {e()})",
                lambda: (
                    f'f"{{{name}!r:>{{{rng.choice(_NUMBERS)}}}}}{{{name}=}} {rng.choice(VARIABLES)}"'
                ),
                lambda: (
                    f"{self.string()}.{rng.choice(('join', 'format', 'replace', 'zfill', 'center', 'split', 'encode'))}({self._arguments(depth)})"
                ),
                lambda: (
                    f"{rng.choice(('str', 'int', 'len', 'list', 'dict', 'tuple', 'print', 'range', 'getattr', 'chr', 'open', 'sorted', 'bytes'))}({self._arguments(depth)})"
                ),
                lambda: f"Template({self.string()}).substitute({self._arguments(depth)})",
                lambda: f"functools.partial({name}, {e()})",
                lambda: f"(yield {e()})",
            ),
        )()

    def _arguments(self, depth: int) -> str:
        rng = self._rng
        made = (
            *(self.expr(depth - 1) for _ in range(rng.randrange(3))),
            *rng.sample(
                (
                    'api_key="{KEY}"', f"api_url={self.expr(0)}", f"*{self.expr(0)}", f"key={self.expr(depth - 1)}",
                    f"headers={{'x-api-key': {self.string()}}}", f"**{self.expr(0)}", "retries=3", "timeout=99999999999",
                ),
                rng.choice((0, 0, 1, 2)),
            ),
        )  # fmt: skip
        return ", ".join(made)


def python(rng: Rng) -> tuple[str, str]:
    """A program."""
    name = rng.choice(
        (
            "main.py",
            "other.py",
            "app/__init__.py",
            "app/views.py",
            "tests/test_a.py",
            "stub.pyi",
            "x.pyw",
            "script",
        )
    )
    return (name if name != "script" else "{KEY}.py"), _Python(rng).module()


def notebook(rng: Rng) -> tuple[str, str]:
    """A notebook, of odd cells too."""
    lines = (
        "%env LANGSMITH_API_KEY={KEY}", "%set_env LANGCHAIN_TRACING_V2 True", "!pip install 'langsmith<0.2'", "%%bash",
        "!export A={KEY}", "x = !ls", "%pip install langsmith==0.3.*", "?client", "client.list_runs??", "%%javascript",
        "print('{KEY}')", "%load_ext dotenv", "%dotenv", "os.environ['LANGSMITH_API_KEY'] = <your-api-key>", "%%time",
    )  # fmt: skip

    def cell() -> object:
        source = rng.choice(
            (
                _Python(rng).module(),
                rng.choice(lines) + "\n" + _Python(rng).module(),
                rng.choice(lines),
            )
        )
        made: dict[str, object] = {
            "cell_type": rng.choice(("code", "code", "code", "markdown", "raw", "x")),
            "source": rng.choice((source, source.splitlines(keepends=True), [], None)),
            "metadata": {},
            "outputs": [
                rng.choice(
                    (
                        {"text": ["{KEY}"]},
                        {"data": {"text/plain": "'{KEY}'"}},
                        {"traceback": [1]},
                    )
                )
            ],
        }
        if rng.random() < 0.1:
            made.pop(rng.choice(sorted(made)))
        return made if rng.random() < 0.97 else rng.choice((None, 1, [], "x"))

    root = {
        "cells": [cell() for _ in range(rng.randrange(5))],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    if rng.random() < 0.1:
        root["metadata"] = rng.choice(
            ({"language_info": {"name": "R"}}, {"kernelspec": 1}, None, [])
        )
    return f"n{rng.randrange(3)}.ipynb", json.dumps(
        root, indent=rng.choice((None, 1)), ensure_ascii=rng.random() < 0.5
    )


def _pair(rng: Rng) -> tuple[str, str]:
    return rng.choice(VARIABLES), rng.choice(VALUES)


def _many(rng: Rng, row: Callable[[], str]) -> str:
    return "".join(row() for _ in range(rng.randrange(1, 10)))


def dotenv(rng: Rng) -> tuple[str, str]:
    """Variables as python-dotenv takes them, and as it does not."""

    def row() -> str:
        name, value = _pair(rng)
        quote = rng.choice(("", "", '"', "'", '"""', "`"))
        form = rng.choice(
            (
                "{n}={q}{v}{q}\n",
                "export {n} = {q}{v}{q}\n",
                "# {n}={v}\n",
                "{n}\n",
                "{n}={q}{v}\n",
                "{n}: {v}\n",
            )
        )
        name = rng.choice((name, name, name, f"{name}[", f"{name}.*", f"'{name}'"))
        return form.replace("{n}", name).replace("{q}", quote).replace("{v}", value)

    return rng.choice((".env", ".env.local", "app.env", ".envrc", ".env.example")), _many(
        rng, row
    )


def _yaml_value(rng: Rng, depth: int, indent: str) -> str:
    if depth <= 0 or rng.random() < 0.4:
        value = rng.choice(VALUES)
        forms = (
            "{v}",
            "'{v}'",
            '"{v}"',
            "|\n{i}  {v}",
            ">-\n{i}  {v}",
            "&a {v}",
            "*a",
            "!!str {v}",
            "!x {v}",
            "[{v}, {v}]",
            "{a: {v}}",
        )
        return rng.choice(forms).replace("{v}", value).replace("{i}", indent)
    inner = indent + "  "
    if rng.random() < 0.3:
        return "".join(
            f"\n{inner}- {_yaml_value(rng, depth - 1, inner)}"
            for _ in range(rng.randrange(1, 3))
        )
    keys = (
        *VARIABLES,
        "api_key",
        "env",
        "environment",
        "name",
        "value",
        "run",
        "<<",
        "? a",
        "'x'",
    )
    return "".join(
        f"\n{inner}{rng.choice(keys)}: {_yaml_value(rng, depth - 1, inner)}"
        for _ in range(rng.randrange(1, 4))
    )


def yaml(rng: Rng) -> tuple[str, str]:
    """YAML of any shape."""
    keys = ("langsmith", "env", "a", "extends", "include", "---\nb", "variables")
    return "config.yaml", _many(rng, lambda: f"{rng.choice(keys)}: {_yaml_value(rng, 3, '')}\n")


def compose(rng: Rng) -> tuple[str, str]:
    """A compose file."""

    def service() -> str:
        name, value = _pair(rng)
        rows = (
            f"    environment:\n      {name}: {value}\n",
            f"    environment:\n      - {name}={value}\n      - {rng.choice(VARIABLES)}\n",
            "    env_file: .env\n", "    env_file:\n      - path: ./app.env\n        required: false\n", "    build: .\n",
            "    command: python main.py\n", f"    environment: {_yaml_value(rng, 2, '    ')}\n", "    <<: *a\n",
        )  # fmt: skip
        return f"  {rng.choice(('web', 'db', 'a b', '{KEY}'))}:\n" + "".join(
            rng.sample(rows, rng.randrange(1, 4))
        )

    return "compose.yaml", rng.choice(
        ("", "x-a: &a\n  environment: {A: 1}\n", "version: 3\n")
    ) + "services:\n" + _many(rng, service)


def workflow(rng: Rng) -> tuple[str, str]:
    """A workflow of GitHub."""

    def step() -> str:
        name, value = _pair(rng)
        return rng.choice(
            (
                f"      - run: {name}={value} python main.py\n",
                f"      - run: |\n          export {name}={value}\n          python -m main\n",
                f"      - uses: actions/checkout@v4\n        env:\n          {name}: {value}\n",
                f"      - run: echo {name}={value} >> $GITHUB_ENV\n",
            ),
        )

    name, value = _pair(rng)
    head = f"on: push\nenv:\n  {name}: {value}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
    return ".github/workflows/ci.yml", head + _many(rng, step)


def kubernetes(rng: Rng) -> tuple[str, str]:
    """A manifest."""

    def row() -> str:
        name, value = _pair(rng)
        return rng.choice(
            (
                f"    - name: {name}\n      value: {value}\n",
                f"    - name: {name}\n      valueFrom: {{}}\n",
            )
        )

    kind = rng.choice(("Pod", "Secret", "ConfigMap"))
    name, value = _pair(rng)
    head = f"apiVersion: v1\nkind: {kind}\ndata:\n  {name}: {value}\nspec:\n  containers:\n  - image: x\n    env:\n"
    return "k8s/pod.yaml", head + _many(rng, row)


def toml(rng: Rng) -> tuple[str, str]:
    """TOML: of a project, or of any kind."""

    def row() -> str:
        name, value = _pair(rng)
        return rng.choice(
            (
                f'{name} = "{value}"\n', f"{name} = '''\n{value}'''\n", "[" + rng.choice(("env", "tool.x", "a.'b'", "[t]")) + "]\n",
                f'env = ["{name}={value}"]\n', f'dependencies = ["langsmith{rng.choice(("", ">=0.3", "[vcr]<0.2", "==0.*", ">"))}"]\n',
                f'a.{name} = {{b = "{value}"}}\n', f"{name} = {rng.choice(('1', 'true', '1979-05-27', 'inf', '0x' + 'f' * 50))}\n",
                "a = " + "[" * rng.choice((1, 5, 500)) + "\n",
            ),
        )  # fmt: skip

    return rng.choice(
        ("app.toml", "p1/pyproject.toml", "Pipfile", "p2/pyproject.toml", "uv.lock")
    ), _many(rng, row)


def _json_value(rng: Rng, depth: int) -> object:
    if depth <= 0 or rng.random() < 0.4:
        return rng.choice((*VALUES, 1, None, True, 10**30, -0.0, "\u2028", "\ud800"))
    if rng.random() < 0.3:
        return [_json_value(rng, depth - 1) for _ in range(rng.randrange(3))]
    keys = (
        *VARIABLES,
        "env",
        "api_key",
        "graphs",
        "dependencies",
        "{KEY}",
        "",
        "name",
        "langsmith",
    )
    return {rng.choice(keys): _json_value(rng, depth - 1) for _ in range(rng.randrange(4))}


def json_(rng: Rng) -> tuple[str, str]:
    """JSON: settings, records, what declares a graph."""
    name = rng.choice(
        ("langgraph.json", "config.json", "runs.jsonl", ".vscode/launch.json", "package.json")
    )
    root = _json_value(rng, 4)
    if name == "langgraph.json":
        env = rng.choice((".env", {"LANGSMITH_API_KEY": "{KEY}"}, 1, "../x", None))
        root = {
            "graphs": {
                "a": rng.choice(("./main.py:client", "main", 1, {"path": "./main.py:fn"}))
            },
            "env": env,
            "x": root,
        }
    return name, json.dumps(root, ensure_ascii=rng.random() < 0.5, indent=rng.choice((None, 2)))


def dockerfile(rng: Rng) -> tuple[str, str]:
    """A Dockerfile."""

    def row() -> str:
        name, value = _pair(rng)
        return rng.choice(
            (
                f"ENV {name}={value}\n", f"ENV {name} {value}\n", f"ARG {name}={value}\n", "FROM x AS y\n", "WORKDIR /app\n",
                f"ENV A=1 \\\n    {name}='{value}' \\\n\n", f"RUN {name}={value} python main.py\n", "COPY .env .\n",
                f"RUN <<EOF\nexport {name}={value}\nEOF\n", 'CMD ["python", "main.py"]\n', "# escape=`\n", " \\\n" * 5,
            ),
        )  # fmt: skip

    return rng.choice(
        ("Dockerfile", "a.Dockerfile", "Containerfile")
    ), "FROM python:3.12\n" + _many(rng, row)


def shell(rng: Rng) -> tuple[str, str]:
    """Shell scripts, of Unix and Windows, and Makefiles."""

    def row() -> str:
        name, value = _pair(rng)
        return rng.choice(
            (
                f"export {name}={value}\n", f"{name}='{value}' python main.py\n", f'export {name}="{value}"\n', f"unset {name}\n",
                f'curl -H "x-api-key: {value}" https://api.smith.langchain.com\n', f"$env:{name} = '{value}'\n", "set -a; . .env\n",
                f"cat <<'EOF' > .env\n{name}={value}\nEOF\n", f"set {name}={value}\r\n", f"{name} := {value}\n", "echo $(\n", "x=\\\n",
                f"export {name}=lsv2_''{value}\n", f"docker run -e {name}={value} x\n", 'if [ -z "$A" ]; then\n', "fi\n",
            ),
        )  # fmt: skip

    return rng.choice(
        ("run.sh", "Makefile", "windows.ps1", "go.bat", ".bashrc", "noname")
    ), "#!/bin/sh\n" + _many(rng, row)


def terraform(rng: Rng) -> tuple[str, str]:
    """Terraform."""

    def row() -> str:
        name, value = _pair(rng)
        return rng.choice(
            (
                f'variable "{name.lower()}" {{\n  default = "{value}"\n}}\n', f'{name} = "{value}"\n', "locals {\n",
                f'environment = {{\n  {name} = "{value}"\n}}\n', f"text = <<-EOT\n  {name}={value}\nEOT\n", "}\n", "/* \n", "# x\n",
            ),
        )  # fmt: skip

    return rng.choice(("main.tf", "prod.tfvars", "x.hcl")), _many(rng, row)


def markdown(rng: Rng) -> tuple[str, str]:
    """Prose with code in it."""

    def row() -> str:
        name, value = _pair(rng)
        language = rng.choice(
            ("python", "bash", "sh", "", "env", "yaml", "json", "py {KEY}", "toml", "console")
        )
        return rng.choice(
            (
                f"# {value}\n", f"Set `{name}` to `{value}`.\n", f"```{language}\n{_Python(rng).module()}```\n",
                f"~~~{language}\nexport {name}={value}\n~~~\n", f"```{language}\n{name}={value}\n",
                "Write `# lint-langsmith: ignore[LS101] why` there, not more.\n", "<!-- lint-langsmith: ignore[LS101] -->\n",
                f"> {name}={value}  # noqa: LS101\n", "| a | b |\n|---|---|\n", f"    {name}={value}\n", "<details>{KEY}</details>\n",
            ),
        )  # fmt: skip

    return rng.choice(
        ("README.md", "docs/index.md", "guide.mdx", "index.rst", "notes.txt")
    ), _many(rng, row)


def ini(rng: Rng) -> tuple[str, str]:
    """INI, and what looks like it."""

    def row() -> str:
        name, value = _pair(rng)
        return rng.choice(
            (
                f"{name} = {value}\n",
                f"[{name}]\n",
                f"Environment={name}={value}\n",
                f"; {name}={value}\n",
                f"{name}: {value}\n  more\n",
            )
        )

    return rng.choice(
        ("app.ini", "p3/setup.cfg", "tox.ini", "x.service", "a.properties")
    ), _many(rng, row)


def settings(rng: Rng) -> tuple[str, str]:
    """A configuration, which may be wrong."""
    values: Mapping[str, tuple[str, ...]] = {
        "select": ('["ALL"]', '["LS1", "LS3"]', "[]", '["LSX"]', '["{KEY}"]'),
        "ignore": ('["LS301"]', '["ALL"]', '"LS1"'),
        "persona": ('"pedantic"', '"{KEY}"'),
        "severity": ('{LS101 = "info"}', '{"LS1" = "error"}'),
        "exclude": ('["*.env"]', '["["]', '["/"]', '["**/**/**/x"]', '["!"]'),
        "include": ('["*.py"]', "[]"),
        "per-file-ignores": ('{"*.py" = ["LS301"]}', '{"[" = ["ALL"]}', '{"{KEY}" = ["LS1"]}'),
        "src": ('["app"]', '["../.."]', '["\\u0000"]', '["/"]'),
        "langsmith-version": ('">=0.3,<0.5"', '"0.3.26"', '"nope"', '"==0.*"', '"99"'),
        "credentials": ('"file"', '"argument"'),
        "uncaught": ('"every-call"',),
        "allow-foreign-pragmas": ("true",),
        "output-format": ('"json"', '"{path:>9}"', '"{nope}"'),
        "extend": ('"other.toml"', '"lint-langsmith.toml"', '"."'),
        "baseline": ('"known.json"', '"."'),
        "respect-gitignore": ("false",),
    }
    chosen = rng.sample(sorted(values), rng.randrange(1, 4))
    return "lint-langsmith.toml", "".join(
        f"{name} = {rng.choice(values[name])}\n" for name in chosen
    )


GRAMMARS: Final[Mapping[str, Grammar]] = {
    "python": python,
    "notebook": notebook,
    "dotenv": dotenv,
    "yaml": yaml,
    "compose": compose,
    "workflow": workflow,
    "kubernetes": kubernetes,
    "toml": toml,
    "json": json_,
    "dockerfile": dockerfile,
    "shell": shell,
    "terraform": terraform,
    "markdown": markdown,
    "ini": ini,
    "settings": settings,
}
