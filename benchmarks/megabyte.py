#!/usr/bin/env python
"""Lint a megabyte, and half of one, of every shape of file that somebody could commit, and print what each takes.

No input of a megabyte may take more than ten seconds or a gigabyte, and twice as much may take twice as long. Each file
is linted by a process of its own, without a cache and with `-j1`; the seconds are those of the processor, user and
system together. What exceeds a limit is marked, and the command then fails.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

SIZE: Final = 1_000_000
SECONDS: Final = 10.0
MEGABYTES: Final = 1000.0
# Twice as much, and a quarter for noise.
GROWTH: Final = 2.5
# What takes less than this is start-up, whose growth says nothing.
NEGLIGIBLE: Final = 2.0

_HEAD: Final = (
    "import os\nfrom langsmith import Client, traceable, evaluate\nclient = Client()\n"
)


class Shape(NamedTuple):
    """A unit that is repeated, with `@` for its number and `@@` for a plain one, between a head and a tail."""

    name: str
    unit: str
    head: str = ""
    tail: str = ""

    def text(self, size: int) -> str:
        """As many units as make `size` characters."""
        units: list[str] = []
        length = len(self.head) + len(self.tail)
        while length < size:
            units.append(self.numbered(len(units)))
            length += len(units[-1])
        return f"{self.head}{''.join(units)}{self.tail}"

    def numbered(self, number: int) -> str:
        """The unit of a number."""
        plain = self.unit.split("@@")
        return "@".join(part.replace("@", str(number)) for part in plain)


def _python(unit: str, head: str = "", tail: str = "") -> Shape:
    return Shape("a.py", unit, _HEAD + head, tail)


def _cells(shape: Shape) -> Callable[[int], str]:
    """A notebook with a cell for each unit of a shape."""

    def text(size: int) -> str:
        cells: list[dict[str, object]] = []
        length = 0
        while length < size:
            source = ("" if cells else shape.head) + shape.numbered(len(cells))
            cells.append(
                {
                    "cell_type": "code",
                    "execution_count": 1,
                    "metadata": {},
                    "outputs": [],
                    "source": source.splitlines(keepends=True),
                }
            )
            length += len(json.dumps(cells[-1]))
        return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})

    return text


def _nested(depth: int, opened: str, inner: str) -> Callable[[int], str]:
    """Groups of blocks that are nested in each other, as deep as Python allows."""

    def text(size: int) -> str:
        group = "".join(
            "    " * level + opened.replace("@", str(level)) for level in range(depth)
        )
        group += "    " * depth + inner
        return _HEAD + group * (size // len(group))

    return text


def _functions_in_functions(size: int) -> str:
    group = "".join("    " * level + f"def f{level}():\n" for level in range(18))
    group += "    " * 18 + "return client.read_run(1)\n"
    group += "".join(
        "    " * level + f"return f{level}()\n" for level in reversed(range(1, 18))
    )
    return _HEAD + group * (size // len(group))


PYTHON: Final = {
    # calls
    "calls in rows": _python("client.read_run(@)\n"),
    "calls on new clients": _python("Client().read_run(@)\n"),
    "clients of one name": _python("x = Client()\n"),
    "clients of many names": _python("x@ = Client()\n"),
    "clients with keys of the environment": _python(
        "x@ = Client(api_key=os.getenv('LANGSMITH_API_KEY'))\n"
    ),
    "clients in functions": _python("def f@():\n    c = Client()\n    c.read_run(@)\n"),
    "functions with a call": _python("def f@():\n    client.read_run(@)\n"),
    "functions with a call, called": _python("def f@():\n    client.read_run(@)\nf@()\n"),
    "one function with many calls": _python("    client.read_run(@)\n", "def f():\n"),
    "a chain of functions": _python(
        "def f@(x): return g@(client.read_run(x))\ndef g@(x): return x\n"
    ),
    "calls with results that are used": _python("r@ = client.read_run(@)\nprint(r@.id)\n"),
    "lists of results": _python(
        "for r in client.list_runs(project_name='p@'):\n    print(r)\n"
    ),
    "comprehensions": _python("x = [r.id for r in client.list_runs(limit=@)]\n"),
    "calls in a list": _python("client.read_run(@), ", "x = [\n", "]\n"),
    "calls in a dict": _python("'@': client.read_run(@), ", "x = {\n", "}\n"),
    "calls in calls": _python("f(g(client.read_run(client.read_run(@).id)))\n"),
    "calls in lambdas": _python("f(lambda: client.read_run(@))\n"),
    "calls in f-strings": _python("print(f'{client.read_run(@).id} and {client.url}')\n"),
    "calls in one f-string": _python("{client.read_run(@)}", "x = f'", "'\n"),
    "calls in statements of one line": _python("client.read_run(@);", "", "pass\n"),
    "calls in tests": _python("if client.has_dataset(dataset_id=@): pass\n"),
    "conditional expressions": _python("x = client.read_run(1) if a else client.read_run(@)\n"),
    "calls that are awaited": _python(
        "async def f@():\n    await AsyncClient().read_run(@)\n",
        "from langsmith import AsyncClient\n",
    ),
    "calls that nobody awaits": _python(
        "async def f@():\n    a.read_run(@)\n",
        "from langsmith import AsyncClient\na = AsyncClient()\n",
    ),
    "misspelled methods": _python("client.list_runz(@)\n"),
    "wrong arguments": _python("client.read_run(idd=@)\n"),
    "names of no module": _python("from langsmith import Klient@\n"),
    "chains of attributes": _python("client.a.b.c.d.e.f.g(@)\n"),
    "chains of calls": _python("client.a(@).b().c().read_run().d()\n"),
    # handlers
    "handlers": _python("try:\n    client.read_run(@)\nexcept ValueError:\n    pass\n"),
    "handlers that swallow": _python(
        "try:\n    client.read_run(@)\nexcept Exception:\n    pass\n"
    ),
    "bare handlers": _python("try:\n    client.read_run(@)\nexcept: pass\n"),
    "handlers that raise": _python(
        "try:\n    client.read_run(@)\nexcept Exception as e:\n    raise RuntimeError(@) from e\n"
    ),
    "handlers in functions": _python(
        "def f@():\n    try:\n        return client.read_run(@)\n    except Exception:\n"
        "        return None\n"
    ),
    "retries": _python(
        "@@retry(stop=stop_after_attempt(3))\ndef f@():\n    return client.read_run(@)\n",
        "from tenacity import retry, stop_after_attempt\n",
    ),
    "many in one try": _python(
        "    client.read_run(@)\n", "try:\n", "except ValueError: pass\n"
    ),
    "suppress": _python(
        "with suppress(Exception):\n    client.read_run(@)\n",
        "from contextlib import suppress\n",
    ),
    # with, async, match
    "with": _python("with tracing_context(client=client):\n    client.read_run(@)\n"),
    "traces": _python(
        "with trace('t@') as t:\n    t.end(outputs={})\n", "from langsmith import trace\n"
    ),
    "match": _python("match client.read_run(@):\n    case {'id': x}: pass\n    case _: pass\n"),
    "cases of one match": _python("    case @: client.read_run(@)\n", "match x:\n"),
    "while": _python("while True:\n    client.read_run(@)\n"),
    "if": _python("if a@:\n    client.read_run(@)\nelse:\n    client.read_run(x)\n"),
    # definitions
    "classes with clients": _python(
        "class C@:\n    def __init__(self): self.c = Client()\n"
        "    def m(self): return self.c.read_run(@)\n"
    ),
    "methods of one class": _python(
        "    def m@(self): return self.c.read_run(@)\n",
        "class C:\n    def __init__(self): self.c = Client()\n",
    ),
    "attributes of one class": _python(
        "        self.c@ = Client()\n", "class C:\n    def __init__(self):\n"
    ),
    "dataclasses": _python(
        "@@dataclass\nclass C@:\n    c: Client = field(default_factory=Client)\n",
        "from dataclasses import dataclass, field\n",
    ),
    "properties": _python(
        "class C@:\n    p = property(lambda self: client.read_run(@))\nC@().p\n"
    ),
    "parameters with clients": _python("def f@(c: Client = client): return c.read_run(@)\n"),
    "many decorators": _python("traceable(name='@')(f)\n", "def f(): pass\n"),
    "evaluators": _python(
        "def e@(run, example): return {'score': 1}\nevaluate(f, data='d@', evaluators=[e@])\n",
        "def f(x): return x\n",
    ),
    "evaluations": _python("evaluate(lambda x: x, data='d@')\n"),
    "routes": _python(
        "def f@(): return client.read_run(@)\napp.get('/@')(f@)\n",
        "from fastapi import FastAPI\napp = FastAPI()\n",
    ),
    # the environment
    "writes of the environment": _python("os.environ['LANGSMITH_TRACING'] = 'true'\n"),
    "writes of wrong values": _python("os.environ['LANGSMITH_TRACING'] = 'True'\n"),
    "writes of many names": _python("os.environ['LANGSMITH_X@'] = '@'\n"),
    "writes of keys": _python("os.environ['LANGSMITH_API_KEY'] = k@\n"),
    "reads of the environment": _python("x@ = os.getenv('LANGSMITH_API_KEY')\n"),
    "reads of one name": _python("x = os.environ['LANGCHAIN_API_KEY']\n"),
    "keys that are tested": _python(
        "if not os.getenv('LANGSMITH_API_KEY'): raise ValueError(@)\n"
    ),
    "load_dotenv": _python("load_dotenv('.env@')\n", "from dotenv import load_dotenv\n"),
    "removals": _python("del os.environ['LANGSMITH_API_KEY']\nx = Client()\n"),
    "requests": _python(
        "requests.get('https://api.smith.langchain.com/@', headers={'x-api-key': k})\n",
        "import requests\nk = os.environ['LANGSMITH_API_KEY']\n",
    ),
    "settings": _python(
        "class S@(BaseSettings):\n    langsmith_api_key: str\n",
        "from pydantic_settings import BaseSettings\n",
    ),
    # the rest
    "imports": _python("from langsmith import Client as C@\n"),
    "imports of modules": _python("import langsmith.client as m@\n"),
    "imports in functions": _python(
        "def f@():\n    from langsmith import Client\n    return Client()\n"
    ),
    "ignore comments": _python("client.read_run(@)  # lint-langsmith: ignore[LS301]\n"),
    "ignore comments without use": _python("x = @  # lint-langsmith: ignore[LS301]\n"),
    "noqa": _python("client.read_run(@)  # noqa: LS301\n"),
    "texts with placeholders": _python("x@ = 'lsv2_pt_your_key_@'\n"),
    "prompts": _python("client.pull_prompt('a/b@')\n"),
    "datasets": _python(
        "d = client.create_dataset('d@')\nclient.create_examples(inputs=[], dataset_id=d.id)\n"
    ),
    "feedback": _python("client.create_feedback(r.id, key='k@', score=1)\n"),
    "augmented assignments": _python("x += client.read_run(@)\n", "x = 0\n"),
    "spread arguments": _python("client.read_run(*a, **{'run_id': @})\n"),
    "globals": _python("def f@():\n    global c@\n    c@ = Client()\n"),
    "types": _python("def f@(c: 'Client | None') -> 'Client': return c\n"),
    "run types": _python("x@ = traceable(run_type='chian')(print)\n"),
    "wrapped clients": _python(
        "o@ = wrap_openai(OpenAI())\n",
        "from langsmith.wrappers import wrap_openai\nfrom openai import OpenAI\n",
    ),
    "anonymizers": _python("c@ = Client(hide_inputs=lambda x: x, hide_outputs=True)\n"),
}

DEEP: Final[dict[str, tuple[str, Callable[[int], str]]]] = {
    "blocks as deep as may be": ("a.py", _nested(19, "if a@:\n", "client.read_run(1)\n")),
    "tries as deep as may be": (
        "a.py",
        lambda size: _HEAD + _tries(12) * (size // len(_tries(12))),
    ),
    "functions in functions": ("a.py", _functions_in_functions),
    "cells": ("a.ipynb", _cells(_python("client.read_run(@)\n"))),
    "cells with clients": ("a.ipynb", _cells(_python("Client().read_run(@)\n"))),
    "cells that assign": (
        "a.ipynb",
        _cells(_python("os.environ['LANGSMITH_TRACING'] = 'True'\n")),
    ),
    "cells with magics": (
        "a.ipynb",
        _cells(_python("%env LANGSMITH_TRACING=True\n!pip i x@\n")),
    ),
    "one cell": (
        "a.ipynb",
        lambda size: _cells(
            Shape("", "", _python("client.read_run(@)\n").text(size * 9 // 10))
        )(1),
    ),
}


def _tries(depth: int) -> str:
    group = "".join("    " * level + "try:\n" for level in range(depth))
    group += "    " * depth + "client.read_run(1)\n"
    return group + "".join(
        "    " * level + "except KeyError:\n" + "    " * level + "    client.read_run(2)\n"
        for level in reversed(range(depth))
    )


TEXTS: Final = {
    "YAML: names": Shape("a.yaml", "  LANGSMITH_X@: '@'\n", "env:\n"),
    "YAML: wrong values": Shape("a.yaml", "- LANGSMITH_TRACING: 'True'\n"),
    "YAML: workflow": Shape(
        ".github/workflows/a.yml",
        "  j@:\n    runs-on: x\n    env:\n      LANGSMITH_TRACING: 'yes'\n    steps:\n"
        "      - run: python a.py\n",
        "on: push\njobs:\n",
    ),
    "YAML: compose": Shape(
        "compose.yaml",
        "  s@:\n    image: x\n    environment:\n      LANGSMITH_TRACING: 'yes'\n",
        "services:\n",
    ),
    "YAML: Kubernetes": Shape(
        "k.yaml",
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c@\ndata:\n"
        "  LANGSMITH_TRACING: 'yes'\n",
    ),
    ".env: names": Shape(".env", "LANGSMITH_X@=@\n"),
    ".env: one name": Shape(".env", "LANGCHAIN_TRACING_V2=True\n"),
    ".env: interpolation": Shape(".env", "A@=${LANGSMITH_API_KEY}\n"),
    "Dockerfile: names": Shape("Dockerfile", "ENV LANGSMITH_X@=@\n", "FROM x\n"),
    "Dockerfile: wrong values": Shape("Dockerfile", "ENV LANGSMITH_TRACING=yes\n", "FROM x\n"),
    "Dockerfile: stages": Shape("Dockerfile", "FROM x AS s@\nENV LANGSMITH_TRACING=yes\n"),
    "Dockerfile: commands": Shape(
        "Dockerfile", "RUN LANGSMITH_TRACING=yes python a@.py && rm x\n", "FROM x\n"
    ),
    "shell: exports": Shape("a.sh", "export LANGSMITH_X@=@\n"),
    "shell: wrong values": Shape("a.sh", "LANGSMITH_TRACING=yes python a@.py\n"),
    "shell: requests": Shape(
        "a.sh", 'curl -H "x-api-key: $LANGSMITH_API_KEY" https://api.smith.langchain.com/@\n'
    ),
    "Markdown: blocks": Shape("a.md", "```bash\nexport LANGSMITH_TRACING=yes\n```\n\n"),
    "Markdown: Python": Shape(
        "a.md", "```python\nfrom langsmith import Client\nClient().read_run(@)\n```\n\n"
    ),
    "Markdown: comments": Shape("a.md", "<!-- lint-langsmith: ignore[LS401] -->\nx\n"),
    "Markdown: prose": Shape("a.md", "Set LANGSMITH_TRACING=true and `LANGSMITH_API_KEY`. "),
    "TOML": Shape("a.toml", "LANGSMITH_X@ = 'yes'\n", "[env]\n"),
    "INI": Shape("a.ini", "[s@]\nLANGSMITH_TRACING = yes\n"),
    "JSON": Shape("a.json", '"LANGSMITH_X@": "yes",\n', "{\n", '"a": 1}\n'),
    "Terraform": Shape("a.tf", 'variable "LANGSMITH_X@" {\n  default = "yes"\n}\n'),
    "JavaScript": Shape("a.js", "process.env.LANGSMITH_TRACING = 'yes'; // @\n"),
    "requirements": Shape("requirements.txt", "langsmith==0.1.@\n"),
}


def inputs() -> dict[str, tuple[str, Callable[[int], str]]]:
    """The name of a file and its text of so many characters, by the name of the shape."""
    shapes = {**PYTHON, **TEXTS}
    return {**{name: (shape.name, shape.text) for name, shape in shapes.items()}, **DEEP}


# -- measuring -------------------------------------------------------------------------------------------------------


class Measure(NamedTuple):
    """What one run took, and how many findings it gave."""

    seconds: float
    megabytes: float
    findings: int
    failed: bool


_RUN: Final = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[2:], stdout=open(sys.argv[1], "wb"), stderr=subprocess.STDOUT)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1000)
"""


def measure(name: str, text: str, arguments: Sequence[str] = ()) -> Measure:
    """Lint a folder with one file in a process of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="megabyte-") as folder,
        tempfile.NamedTemporaryFile() as output,
    ):
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        lint = (sys.executable, "-m", "lint_langsmith", "check", ".")
        options = ("--no-cache", "--isolated", "-j1", "-f", "concise", *arguments)
        done = subprocess.run(
            [sys.executable, "-c", _RUN, output.name, *lint, *options],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
        said = Path(output.name).read_text(encoding="utf-8").splitlines()
    seconds, megabytes = map(float, done.stdout.split())
    return Measure(
        seconds,
        megabytes,
        len(said),
        any(" LS999 " in line or "Traceback" in line for line in said),
    )


def _row(name: str, size: int, arguments: Sequence[str]) -> tuple[str, bool]:
    """A line of the table, and whether a limit is exceeded."""
    file, text = inputs()[name]
    half, whole = (
        measure(file, text(characters), arguments) for characters in (size // 2, size)
    )
    growth = whole.seconds / half.seconds
    faults = [
        word
        for word, is_so in {
            "slow": whole.seconds * SIZE / size > SECONDS,
            "large": whole.megabytes > MEGABYTES,
            "grows": growth > GROWTH and whole.seconds > NEGLIGIBLE,
            "crash": whole.failed or half.failed,
        }.items()
        if is_so
    ]
    line = (
        f"{name:42} {half.seconds:6.1f} s {whole.seconds:6.1f} s {growth:5.1f} "
        f"{whole.megabytes:6.0f} MB {whole.findings:7} lines  {' '.join(faults)}"
    )
    return line.rstrip(), bool(faults)


def main() -> int:
    """Measure the shapes, and say how many exceed a limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="shapes with this in their names")
    parser.add_argument("--size", type=int, default=SIZE, help="characters of the larger file")
    parser.add_argument("--jobs", type=int, default=1, help="shapes that are measured at once")
    parser.add_argument("--list", action="store_true", help="print the names of the shapes")
    arguments, further = parser.parse_known_args()
    names = [name for name in inputs() if arguments.only in name]
    if arguments.list:
        print("\n".join(names))
        return 0
    failed = 0
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for line, is_fault in pool.map(lambda name: _row(name, arguments.size, further), names):
            print(line, flush=True)
            failed += is_fault
    print(f"{failed} of {len(names)} shapes exceed a limit")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
