"""Time doubles when the input doubles: programs and configuration of growing size, from the file to the findings."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import casebook
import pytest
from click.testing import CliRunner
from pace import assert_linear

from lint_langsmith.analysis import limits
from lint_langsmith.cli import main
from lint_langsmith.config.options import Options
from lint_langsmith.config.targets import find_targets
from lint_langsmith.output.report import FORMATS
from lint_langsmith.run.engine import check

_HEAD: Final = "from langsmith import Client\nclient = Client()\n"


class _Input(NamedTuple):
    name: str
    size: int
    make: Callable[[int], str]


def _lines(template: str, head: str = "", tail: str = "") -> Callable[[int], str]:
    """The template once for each number, which stands for `@` in it; `@@` is a plain one."""
    parts = [part.split("@") for part in template.split("@@")]
    return lambda count: (
        head
        + "".join("@".join(str(number).join(part) for part in parts) for number in range(count))
        + tail
    )


def _notebook(count: int) -> str:
    source = ["from langsmith import Client\n", "Client().read_run(1)"]
    cell = {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {},
        "outputs": [],
        "source": source,
    }
    return json.dumps(
        {"cells": [cell] * count, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    )


def _keys(count: int) -> str:
    keys = (casebook.Keys(f"growth {number}")["KEY"] for number in range(count))
    return "import langsmith\nX = [" + ", ".join(map(repr, keys)) + "]\n"


_SETTINGS_HEAD: Final = "from pydantic_settings import BaseSettings\n" + _HEAD


def _settings_chain(count: int) -> str:
    classes = (
        f"class S{number}(S{number - 1}):\n    x{number}: int\n" for number in range(1, count)
    )
    return f"{_SETTINGS_HEAD}class S0(BaseSettings):\n    langsmith_api_key: str\n{''.join(classes)}"


def _handlers_of_one_try(count: int) -> str:
    calls = _lines("    client.read_run(@)\n", _HEAD + "try:\n")(count)
    return calls + _lines("except ValueError:\n    print(@)\n")(count)


def _derived_chain(body: str) -> Callable[[int], str]:
    """Classes that are each derived from the one before, of which the last one is made and asked to `go`."""
    head = _HEAD + "class C0:\n    def go(self): client.read_run(1)\n"
    return lambda count: (
        head
        + "".join(
            f"class C{number}(C{number - 1}):\n    {body.replace('@', str(number))}\n"
            for number in range(1, count)
        )
        + f"C{count - 1}().go()\n"
    )


def _calls_of_overridden(called: str) -> Callable[[int], str]:
    """As many methods that override one as calls that may run each of them."""
    head = _HEAD + "class B:\n    def go(self): pass\n"
    methods = _lines("class C@(B):\n    def go(self): client.read_run(@)\n", head)
    calls = _lines(called)
    return lambda count: methods(count) + calls(count)


_INPUTS: Final = {
    "classes derived from each other": _Input(
        "a.py", 300, _derived_chain("def m@(self): self.go()")
    ),
    "classes derived from each other, all bare": _Input("a.py", 600, _derived_chain("pass")),
    "calls that may run any of many methods": _Input(
        "a.py", 600, _calls_of_overridden("def f@(x: B): x.go()\n")
    ),
    "calls of many methods on what is not known": _Input(
        "a.py", 600, _calls_of_overridden("def f@(x): x.go()\n")
    ),
    "notebook cells": _Input("a.ipynb", 100, _notebook),
    "reassigned": _Input(
        "a.py", 100, _lines("if a@: x = Client()\n", _HEAD + "x = 1\n", "x.read_run(1)\n")
    ),
    "calls of a function": _Input(
        "a.py", 200, _lines("    client.read_run(@)\n", _HEAD + "def f():\n")
    ),
    "ignored": _Input(
        "a.py", 200, _lines("client.read_run(@)  # lint-langsmith: ignore[LS301]\n", _HEAD)
    ),
    "run of comments": _Input("a.py", 400, _lines("# lint-langsmith: ignore[LS301]\n", _HEAD)),
    "names in YAML": _Input("a.yaml", 400, _lines("  LANGSMITH_X@: '@'\n", "env:\n")),
    "names in .env": _Input(".env", 400, _lines("LANGSMITH_X@=@\n")),
    "names in a shell": _Input("a.sh", 400, _lines("# x\nexport LANGSMITH_X@=@\n")),
    "names in a Dockerfile": _Input(
        "Dockerfile", 400, _lines("ENV LANGSMITH_X@=@\n", "FROM x\n")
    ),
    "names in TOML": _Input("a.toml", 400, _lines('LANGSMITH_X@ = "@"\n', "[env]\n")),
    "names in INI": _Input("a.ini", 400, _lines("LANGSMITH_X@ = @\n", "[env]\n")),
    "blocks of Terraform": _Input(
        "a.tf", 200, _lines('variable "LANGSMITH_X@" {\n  default = "@"\n}\n')
    ),
    "blocks of Markdown": _Input(
        "a.md", 200, _lines("```bash\nexport LANGSMITH_X@=@\n```\n\n")
    ),
    "values in blocks of Markdown": _Input(
        "a.md", 100, _lines("```bash\nexport LANGSMITH_TRACING=yes\n```\n\n")
    ),
    "keys that are set and nowhere bound": _Input(
        "a.py",
        2500,
        _lines("os.environ['LANGSMITH_API_KEY'] = k@\n", "import os\n" + _HEAD),
    ),
    "indented blocks": _Input(
        "a.md", 200, _lines("```\n```\nx\n\n    export LANGSMITH_X@=@\n\n")
    ),
    "quotes in a shell": _Input(
        "a.sh", 2000, _lines("'A=\"", "", "\nexport LANGSMITH_TRACING=true\n")
    ),
    "blanks in a Dockerfile": _Input(
        "Dockerfile", 4000, _lines(" \t", "FROM x\nENV LANGSMITH_TRACING x", "y\n")
    ),
    "names of no method": _Input("a.py", 200, _lines("client.x()\n", _HEAD)),
    "handlers": _Input(
        "a.py",
        200,
        _lines("try:\n    client.read_run(@)\nexcept ValueError:\n    pass\n", _HEAD),
    ),
    "lazy results of one name": _Input(
        "a.py", 120, _lines("r = client.list_runs(name='@')\nlist(r)\n", _HEAD)
    ),
    "handlers that swallow": _Input(
        "a.py",
        150,
        _lines("try:\n    client.read_run(@)\nexcept Exception:\n    pass\n", _HEAD),
    ),
    "reassigned and used": _Input(
        "a.py", 200, _lines("if a@: x = Client()\nx.read_run(@)\n", _HEAD + "x = 1\n")
    ),
    "results of one name": _Input(
        "a.py",
        100,
        _lines(
            "def f@():\n    all = client.list_runs()\n    for run in all:\n        print(run)\n",
            _HEAD,
        ),
    ),
    "results in collections": _Input(
        "a.py",
        100,
        _lines(
            "def f@(a):\n    a.x = [client.list_runs()]\n    for x in a.x:\n        list(x)\n",
            _HEAD,
        ),
    ),
    "callables of one name": _Input(
        "a.py",
        100,
        _lines("def f@(job):\n    return job()\nf@(lambda: client.read_run(@))\n", _HEAD),
    ),
    "keys of clients": _Input(
        "a.py",
        200,
        _lines(
            "v@ = os.getenv('LANGSMITH_API_KEY')\nc@ = Client(api_key=v@)\n",
            "import os\n" + _HEAD,
        ),
    ),
    "misspelled": _Input(
        "a.py", 200, _lines("os.environ['LANGSMITH_TRACING_V@'] = 'x'\n", "import os\n" + _HEAD)
    ),
    "ignored in one line": _Input(
        "a.py", 400, _lines("LS301, ", _HEAD + "x = 1  # lint-langsmith: ignore[", "LS101]\n")
    ),
    "ignored in the file": _Input(
        "a.py", 400, _lines("# lint-langsmith: file-ignore[LS101]\n", _HEAD)
    ),
    "unknown codes": _Input(
        "a.py", 200, _lines("x = @  # lint-langsmith: ignore[LSX@]\n", _HEAD)
    ),
    "services of compose": _Input(
        "compose.yaml",
        1200,
        _lines(
            "  s@:\n    build: .\n    environment: [LANGSMITH_TRACING=true]\n", "services:\n"
        ),
    ),
    "sections of INI": _Input("a.ini", 400, _lines("[s@]\nLANGSMITH_TRACING = yes\n")),
    "stages": _Input("Dockerfile", 400, _lines("FROM x AS s@\nENV LANGSMITH_TRACING=yes\n")),
    "requirements": _Input("requirements.txt", 800, _lines("langsmith==0.1.@\n")),
    "names of data": _Input("a.py", 2000, _lines("x@ = @\n", _HEAD + "# traceable\n")),
    "names of data that others import": _Input(
        "a.py", 1000, _lines("x@ = ''.join(T)\n", "import traceable\n" + _HEAD + "T = ['a']\n")
    ),
    "loops over data": _Input(
        "a.py", 200, _lines("for i in T: print(i)\n", _HEAD + f"T = [{'0, ' * 999}]\n")
    ),
    "collections spread": _Input(
        "a.py", 200, _lines("Y_@ = [*T]\n", _HEAD + f"T = [{'0, ' * 999}]\n")
    ),
    "calls with constants": _Input(
        "a.py", 300, _lines("function_@(argument, 'text @', option=@)\n", _HEAD)
    ),
    "calls in rows": _Input("a.py", 300, _lines("client.read_run(@)\n", _HEAD)),
    "calls of what is not there": _Input("a.py", 300, _lines("client.list_runz(@)\n", _HEAD)),
    "results in one list": _Input(
        "a.py", 300, _lines("X.append(client.list_runs(name='@'))\n", _HEAD + "X = []\n")
    ),
    "one attribute": _Input(
        "a.py",
        100,
        _lines("a.x = client\na.x.read_run(@)\n", _HEAD + "class A: pass\na = A()\n"),
    ),
    "names that are tested": _Input(
        "a.py",
        300,
        _lines(
            "if x@: print(x@)\n",
            _HEAD
            + "import os\nos.environ['LANGSMITH_TRACING'] = 'true'\nr = client.list_runs()\n",
        ),
    ),
    "keys that are tested": _Input(
        "a.py",
        200,
        _lines(
            "k@ = os.getenv('LANGSMITH_API_KEY')\nif not k@:\n    raise ValueError\nc@ = Client(api_key=k@)\n",
            "import os\n" + _HEAD,
        ),
    ),
    "asked for, else made": _Input(
        "a.py",
        100,
        _lines(
            "try:\n    d@ = client.read_dataset(dataset_name='@')\n"
            "except Exception:\n    d@ = client.create_dataset('@')\n",
            _HEAD,
        ),
    ),
    "requests with one dict of headers": _Input(
        "a.py",
        200,
        _lines(
            "h['x-@'] = os.environ['LANGSMITH_API_KEY']\n"
            "requests.get('https://api.smith.langchain.com/@', headers=h)\n",
            "import os, requests\n" + _HEAD + "h = {}\n",
        ),
    ),
    "lambdas": _Input(
        "a.py", 300, _lines("x@ = list(map(lambda r: client.read_run(r), [@]))\n", _HEAD)
    ),
    "several results at once": _Input(
        "a.py",
        300,
        _lines(
            "a@, b@ = client.read_run(@), client.list_runs()\nfor r in b@: print(r)\n", _HEAD
        ),
    ),
    "variables loaded again and again": _Input(
        "a.py",
        200,
        _lines(
            "load_dotenv('.env@')\nc@ = Client()\n", "from dotenv import load_dotenv\n" + _HEAD
        ),
    ),
    "keys that are taken away": _Input(
        "a.py",
        150,
        _lines(
            "load_dotenv('.env@')\nos.environ.pop('LANGSMITH_API_KEY')\nc@ = Client()\n",
            "import os\nfrom dotenv import load_dotenv\n" + _HEAD,
        ),
    ),
    "programs that are started": _Input(
        "a.py",
        700,
        _lines(
            "e@ = {'LANGSMITH_TRACING': 'true', 'N@': '1'}\nsubprocess.run(['python', 'a.py'], env=e@)\n",
            "import subprocess\n" + _HEAD,
        ),
    ),
    "attempts": _Input(
        "a.py",
        150,
        _lines(
            "def f@():\n    for attempt in Retrying():\n        with attempt:\n            client.read_run(@)\n",
            "from tenacity import Retrying\n" + _HEAD,
        ),
    ),
    "uses of a name with many bindings": _Input(
        "a.py", 300, _lines("if a: x = @\nprint(x)\n", _HEAD)
    ),
    "functions of one name": _Input(
        "a.py",
        300,
        _lines("def f@():\n    def i(): client.read_run(@)\n    i()\nf@()\n", _HEAD),
    ),
    "methods of one name": _Input(
        "a.py",
        300,
        _lines("class C@:\n    def go(self): client.read_run(@)\nC@().go()\n", _HEAD),
    ),
    "registered functions": _Input(
        "a.py",
        300,
        _lines(
            "@@register('@')\ndef f@(): client.read_run(@)\n",
            _HEAD + "T = {}\ndef register(name):\n    def inner(fn):\n        T[name] = fn\n"
            "        return fn\n    return inner\n",
            "for fn in T.values(): fn()\n",
        ),
    ),
    "settings classes": _Input(
        "a.py",
        300,
        _lines(
            "class S@(BaseSettings):\n    langsmith_api_key: str\n    x: int\n", _SETTINGS_HEAD
        ),
    ),
    "settings classes of each other": _Input("a.py", 100, _settings_chain),
    "calls of calls": _Input(
        "a.py", 100, _lines("x = x.f().g()\n", _HEAD + "x = client.list_runs()\n")
    ),
    "keys in one line": _Input("a.py", 200, _keys),
    "handlers of one try": _Input("a.py", 100, _handlers_of_one_try),
    "properties of one name": _Input(
        "a.py",
        200,
        _lines(
            "class C@:\n    @@property\n    def data(self): return client.read_run(@)\n"
            "print(C@().data)\n",
            _HEAD,
        ),
    ),
    "attributes of one name": _Input(
        "a.py",
        150,
        _lines(
            "class C@:\n    def __init__(self): self.x = Client()\n"
            "    def m@(self): return self.x.read_run(@)\nC@().m@()\n",
            _HEAD,
        ),
    ),
    "collections of one name": _Input(
        "a.py",
        150,
        _lines("x = []\nx.append(client.list_runs())\nfor r in x: list(r)\n", _HEAD),
    ),
    "context variables": _Input(
        "a.py",
        500,
        _lines(
            "v@ = ContextVar('v@')\nv@.set(client)\nv@.get().read_run(@)\n",
            "from contextvars import ContextVar\n" + _HEAD,
        ),
    ),
    "attributes of no result": _Input(
        "a.py", 150, _lines("print(r.idz@)\n", _HEAD + "r = client.read_run(1)\n")
    ),
    "datasets filled again": _Input(
        "a.py",
        250,
        _lines(
            "d@ = client.create_dataset('d@')\n"
            "client.create_examples(inputs=[{'a': 1}], dataset_id=d@.id)\n",
            _HEAD,
        ),
    ),
    "keys told to be missing": _Input(
        "a.py",
        400,
        _lines(
            "missing = []\nfor name in ['LANGSMITH_API_KEY', 'B@']:\n"
            "    if not os.getenv(name): missing.append(name)\n"
            "if missing: print(missing)\nos.environ['LANGSMITH_TRACING'] = 'true'\n",
            "import os\n" + _HEAD,
        ),
    ),
    "handlers of an application": _Input(
        "a.py",
        300,
        _lines(
            "class E@(Exception): pass\napp.add_exception_handler(E@, print)\n"
            "def f@(): return client.read_run(@)\napp.get('/@')(f@)\n",
            "from fastapi import FastAPI\n" + _HEAD + "app = FastAPI()\n",
        ),
    ),
    "echo without end": _Input(
        "a.sh", 5000, _lines("echo -n 'abc@'\n", "", "export LANGSMITH_API_KEY=lsv2_pt_\n")
    ),
    "words before the gate": _Input("a.py", 4000, _lines("from import ", "#langsmith ")),
}


# One or two of each part of the analysis; the others are for `pytest -m thorough`.
_USUAL: Final = frozenset(
    {
        *("notebook cells", "calls of a function", "calls in rows", "calls with constants"),
        *("handlers", "keys of clients", "keys in one line", "reassigned and used"),
        *(
            "names in YAML",
            "names in a Dockerfile",
            "blocks of Markdown",
            "blocks of Terraform",
        ),
        *("ignored", "unknown codes", "results of one name", "names of data"),
        *("functions of one name", "registered functions", "settings classes of each other"),
        *("calls of calls", "classes derived from each other"),
        *("calls that may run any of many methods",),
        *("uses of a name with many bindings", "collections spread", "words before the gate"),
    }
)


@pytest.mark.parametrize("title", _INPUTS)
def test_the_inputs_are_read(
    title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is no program at all costs nothing, however long it is."""
    monkeypatch.chdir(tmp_path)
    given = _INPUTS[title]
    (tmp_path / given.name).write_text(given.make(3), encoding="utf-8")
    options = Options(paths=(".",), cache=False, jobs=1)
    found = check(options, find_targets(options, tmp_path), tmp_path, {}).findings
    assert not [row for _, row in found if row.code in {"LS900", "LS999"}]


@pytest.mark.slow
@pytest.mark.parametrize(
    "title",
    [
        pytest.param(title, marks=() if title in _USUAL else pytest.mark.thorough)
        for title in _INPUTS
    ],
)
def test_time_is_linear(title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = _INPUTS[title]

    def seconds(count: int) -> float:
        (tmp_path / given.name).write_text(given.make(count), encoding="utf-8")
        options = Options(paths=(".",), cache=False, jobs=1)
        start = time.process_time()
        check(options, find_targets(options, tmp_path), tmp_path, {})
        return time.process_time() - start

    assert_linear(seconds, given.size)


def _seconds_of(root: Path, text: str) -> float:
    """The processor time that a program takes."""
    (root / "a.py").write_text(text)
    options = Options(paths=(".",), cache=False, jobs=1)
    start = time.process_time()
    check(options, find_targets(options, root), root, {})
    return time.process_time() - start


def test_a_chain_of_calls_is_followed_within_the_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of n functions calls the one before and has a call of its own: all that lies above would be n² steps."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(limits, "STEPS", 3000)

    def seconds(count: int) -> float:
        called = "".join(
            f"def f{number}():\n    client.read_run({number})\n    f{number - 1}()\n"
            for number in range(1, count)
        )
        return _seconds_of(tmp_path, f"{_HEAD}def f0(): pass\n{called}f{count - 1}()\n")

    assert_linear(seconds, 100)


def test_callers_of_what_is_called_from_everywhere_are_looked_at_within_the_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One function runs n others, each with a call, and is called from n places: each call would have n moves."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(limits, "STEPS", 3000)
    head = f"{_HEAD}class B:\n    def go(self): self.run()\n    def run(self): pass\n"
    classes = _lines("class C@(B):\n    def run(self): client.read_run(@)\n", head)
    calls = _lines("C@().go()\n")
    assert_linear(lambda count: _seconds_of(tmp_path, classes(count) + calls(count)), 120)


# -- what is done with findings --------------------------------------------------------------------------------------

_CALLS: Final = _lines("client.list_runz(@)\n", _HEAD)
_VARIABLES: Final = _lines("LANGCHAIN_TRACING_V2=True\n")
_SETTINGS: Final = _lines(
    "os.environ['LANGSMITH_TRACING'] = 'True'\n", "import os\nimport langsmith\n"
)
_DEEDS: Final = {
    "fix": (_Input("a.py", 400, _SETTINGS), ("--fix",)),
    "fix of variables": (_Input(".env", 1000, _VARIABLES), ("--fix",)),
    "diff": (_Input("a.py", 400, _SETTINGS), ("--diff",)),
    "add ignore": (_Input("a.py", 400, _CALLS), ("--add-ignore",)),
    "write baseline": (_Input("a.py", 400, _CALLS), ("--write-baseline", "known.json")),
    "statistics": (_Input("a.py", 400, _CALLS), ("--statistics",)),
    "template": (_Input("a.py", 400, _CALLS), ("-f", "{path}:{line} {message}")),
    **{name: (_Input("a.py", 400, _CALLS), ("-f", name)) for name in FORMATS},
}


@pytest.mark.slow
@pytest.mark.parametrize("title", _DEEDS)
def test_what_is_done_with_findings_is_linear(
    title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given, args = _DEEDS[title]

    def seconds(count: int) -> float:
        (tmp_path / given.name).write_text(given.make(count), encoding="utf-8")
        start = time.process_time()
        CliRunner().invoke(
            main, ["check", "--no-cache", "--isolated", "-j1", *args, given.name]
        )
        return time.process_time() - start

    assert_linear(seconds, given.size)
