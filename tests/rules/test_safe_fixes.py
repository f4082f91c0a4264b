"""Safe fixes: with the fix a program does what it did but for the fault, and nothing else of the file changes.

The rules that offer one are told from the registry: a new one without a case here fails.
"""

from __future__ import annotations

import configparser
import io
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Final, NamedTuple

import pytest
import tomli
import yaml
from dotenv import dotenv_values
from linting import lint
from test_rule_pages import RULES, section, write_example

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
from probe_server import Refusing

_MISS: Final = "lint-langsmith: ignore[LS101]"


class Case(NamedTuple):
    """A program, what the fix replaces in it, and what of the run then differs: texts of the outcome, by their names.

    `environment` is what the process starts with.
    """

    code: str
    text: str
    changes: tuple[tuple[str, str], ...]
    differs: Mapping[str, tuple[object, object]]
    environment: Mapping[str, str] = {}


# Each prints something, so that a program which ends too early is seen; `ü` and tabs must stay what they are.
PYTHON: Final[dict[str, Case]] = {
    "LS401": Case(
        "LS401",
        'import os\n\nos.environ["LANGCHAIN_TRACKING_V2"] = "true"  # on, ü\n\tprint("end")\n'.replace(
            "\tp", "p"
        ),
        (("TRACKING", "TRACING"),),
        {"LANGCHAIN_TRACKING_V2": ("true", None), "LANGCHAIN_TRACING_V2": (None, "true")},
    ),
    "LS402": Case(
        "LS402",
        'import os\n\nif True:\n\tos.environ["LANGSMITH_TRACING"] = "True"\t# ü\nprint("end")\n',
        (('"True"', '"true"'),),
        {"LANGSMITH_TRACING": ("True", "true")},
    ),
    "LS402 str": Case(
        "LS402",
        'import os\n\nflag = bool(os.sep)\nos.environ["LANGSMITH_TRACING"] = str(flag)\nprint(flag)  # ü\n',
        (("str(flag)", "str(flag).lower()"),),
        {"LANGSMITH_TRACING": ("True", "true")},
    ),
    "LS405 set": Case(
        "LS405",
        'import os\n\nos.environ["LANGSMITH_API_KEY"] = os.getenv("LANGSMITH_API_KEY")\nprint("ü")\n',
        (('os.environ["LANGSMITH_API_KEY"] = os.getenv("LANGSMITH_API_KEY")\n', ""),),
        {},
        {"LANGSMITH_API_KEY": "k"},
    ),
    "LS405": Case(
        "LS405",
        'import os\n\nos.environ["LANGSMITH_API_KEY"] = os.getenv("LANGSMITH_API_KEY")\nprint("ü")\n',
        (('os.environ["LANGSMITH_API_KEY"] = os.getenv("LANGSMITH_API_KEY")\n', ""),),
        {"error": ("TypeError", ""), "output": ("", "ü\n")},
    ),
    "LS406": Case(
        "LS406",
        'import os\n\nos.environ["LANGSMITH_ENDPOINT"] = "https://smith.langchain.com"  # ü\nprint("end")\n',
        (("https://smith", "https://api.smith"),),
        {
            "LANGSMITH_ENDPOINT": (
                "https://smith.langchain.com",
                "https://api.smith.langchain.com",
            )
        },
    ),
    "LS406 client": Case(
        "LS406",
        'from langsmith import Client\n\nc = Client(api_url="https://smith.langchain.com")  # ü\nprint(c.api_url)\n',
        (("https://smith", "https://api.smith"),),
        {"output": ("https://smith.langchain.com\n", "https://api.smith.langchain.com\n")},
    ),
    "LS501 import": Case(
        "LS501",
        "from langsmith import LangSmithClient  # ü\n\nprint(LangSmithClient.__module__)\n",
        (("import LangSmithClient", "import Client as LangSmithClient"),),
        {"error": ("ImportError", ""), "output": ("", "langsmith.client\n")},
    ),
    "LS501 module": Case(
        "LS501",
        "from langsmith.errors import LangSmithError  # ü\n\nprint(LangSmithError.__name__)\n",
        (("langsmith.errors", "langsmith.utils"),),
        {"error": ("ModuleNotFoundError", ""), "output": ("", "LangSmithError\n")},
    ),
    # Behind the fault is a server that refuses: what the repaired program meets is the 403, with that path.
    "LS501 method": Case(
        "LS501",
        'from langsmith import Client\n\nclient = Client(api_key="k")  # ü\nclient.get_project(project_name="x")\n',
        (("get_project", "read_project"),),
        {"error": ("AttributeError", "LangSmithError"), "asked": ("", "/sessions")},
    ),
    "LS504": Case(
        "LS504",
        'import os\n\nfrom langsmith import Client\n\nc = Client(\n\turl=os.environ["HERE"],  # ü\n\tapi_key="k",\n)\n'
        'c.read_project(project_name="x")\n',
        (("\turl=", "\tapi_url="),),
        {"error": ("TypeError", "LangSmithError"), "asked": ("", "/sessions")},
    ),
    "LS701": Case(
        "LS701",
        'import os\n\nos.environ["LANGSMITH_HIDE_INPUTS"] = "TRUE"  # ü\nprint("end")\n',
        (('"TRUE"', '"true"'),),
        {"LANGSMITH_HIDE_INPUTS": ("TRUE", "true")},
    ),
    "LS901": Case(
        "LS901",
        f'x = "ü"  # {_MISS} why\n# {_MISS}\nif x:  # type: ignore  # {_MISS}\n\tprint(x)\n',
        ((f"  # {_MISS} why", ""), (f"# {_MISS}\nif", "if"), (f"ignore  # {_MISS}", "ignore")),
        {},
    ),
}


def offers_safe_fix(code: str) -> bool:
    """Whether a rule's page speaks of a safe fix."""
    return re.search(r"(?i)\bsafe\b", section(RULES[code], "Fix safety")) is not None


def test_every_rule_with_a_safe_fix_has_a_case() -> None:
    assert {case.code for case in PYTHON.values()} == {
        code for code in RULES if offers_safe_fix(code)
    }


@pytest.mark.parametrize("code", sorted(RULES.keys() - {"LS999"}))
def test_what_is_fixed_without_being_asked_twice_is_called_safe(
    code: str, tmp_path: Path
) -> None:
    names = write_example(RULES[code], "Example", tmp_path)
    before = [(tmp_path / name).read_bytes() for name in names]
    lint(tmp_path, "--isolated", "--select", code, "--persona", "auditor", "--fix", ".")
    changed = [(tmp_path / name).read_bytes() for name in names] != before
    assert not changed or offers_safe_fix(code)


# -- the file --------------------------------------------------------------------------------------------------------


def changed(text: str, changes: tuple[tuple[str, str], ...]) -> str:
    """The text after a fix; a line end in what is replaced stands for any."""
    for old, new in changes:
        pattern = re.escape(old).replace("\\\n", r"(?:\r\n|\n|\r)")
        text, count = re.subn(pattern, lambda _, new=new: new, text)  # type: ignore[misc]
        assert count == 1, old
    return text


def _mixed(text: str) -> str:
    lines = text.split("\n")
    return (
        "".join(
            line + ("\r\n" if number % 2 else "\n") for number, line in enumerate(lines[:-1])
        )
        + lines[-1]
    )


# How a file may be written, of a text with line feeds; and in which encoding.
LAYOUTS: Final[dict[str, tuple[Callable[[str], str], str]]] = {
    "plain": (lambda text: text, "utf-8"),
    "mark": (lambda text: text, "utf-8-sig"),
    "latin-1": (lambda text: f"# -*- coding: latin-1 -*-\n{text}", "latin-1"),
    "windows": (lambda text: text.replace("\n", "\r\n"), "utf-8"),
    "old mac": (lambda text: text.replace("\n", "\r"), "utf-8"),
    "mixed": (_mixed, "utf-8"),
    "no end": (lambda text: text.removesuffix("\n"), "utf-8"),
    "shebang": (lambda text: f"#!/usr/bin/env python\n# fmt: off\n{text}", "utf-8"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("case", PYTHON)
def test_the_rest_of_the_file_stays(tmp_path: Path, case: str, layout: str) -> None:
    written, encoding = LAYOUTS[layout]
    text = written(PYTHON[case].text)
    path = tmp_path / "a.py"
    path.write_bytes(text.encode(encoding))
    fixed(tmp_path, PYTHON[case].code, "a.py")
    assert path.read_bytes() == changed(text, PYTHON[case].changes).encode(encoding)


def fixed(root: Path, code: str, name: str) -> bytes:
    """The file after `--fix`, which a second run leaves alone."""
    options = ("--isolated", "--fix", "--select", f"{code},LS101", name)
    (root / "pyproject.toml").touch()
    lint(root, *options)
    after = (root / name).read_bytes()
    lint(root, *options)
    assert (root / name).read_bytes() == after
    return after


# -- the run ---------------------------------------------------------------------------------------------------------

_RUNNER: Final = """
import json, os, runpy, sys, io, contextlib
sys.path.insert(0, os.getcwd())
out, error = io.StringIO(), ""
names = [c.__name__ for c in ()]
with contextlib.redirect_stdout(out):
    try:
        runpy.run_path(sys.argv[1], run_name="__main__")
    except BaseException as raised:
        error = type(raised).__name__
        if any(base.__name__ == "LangSmithError" for base in type(raised).__mro__):
            error = "LangSmithError"
seen = {n: v for n, v in os.environ.items() if n.startswith(("LANGSMITH_", "LANGCHAIN_"))}
sys.__stdout__.write("\\n" + json.dumps({"output": out.getvalue(), "error": error, **seen}))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    running = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


def observed(
    path: Path, server: ThreadingHTTPServer, extra: Mapping[str, str]
) -> dict[str, object]:
    """What a program prints and raises, leaves in the environment, and asks of a server that refuses everything."""
    here = f"http://127.0.0.1:{server.server_port}"
    Refusing.last_path = ""
    base = {
        name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ
    }
    uses_it = "client.get_project" in path.read_text(
        encoding="utf-8"
    ) or "read_project" in path.read_text("utf-8")
    address = (
        {"LANGSMITH_ENDPOINT": here}
        if uses_it and "HERE" not in path.read_text("utf-8")
        else {}
    )
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", _RUNNER, str(path)],
        env={**base, "HERE": here, **address, **extra},
        cwd=path.parent,
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    found: dict[str, object] = json.loads(done.stdout.rpartition("\n")[2])
    return {**found, "asked": Refusing.last_path.partition("?")[0].removeprefix("/api/v1")}


@pytest.mark.parametrize("case", PYTHON)
def test_the_program_does_the_same_but_for_the_fault(
    tmp_path: Path, server: ThreadingHTTPServer, case: str
) -> None:
    it = PYTHON[case]
    path = tmp_path / "a.py"
    path.write_text(it.text, encoding="utf-8")
    before = observed(path, server, it.environment)
    fixed(tmp_path, it.code, "a.py")
    after = observed(path, server, it.environment)
    differs = {
        name: (before.get(name), after.get(name))
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name)
    }
    assert differs == it.differs


# -- variables in other files ----------------------------------------------------------------------------------------


def _shell(text: str) -> object:
    done = subprocess.run(
        ["sh", "-c", f"{text}\nenv"], env={}, capture_output=True, check=True, text=True
    )
    return {line for line in done.stdout.splitlines() if line.startswith("LANG")}


def _ini(text: str) -> object:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)
    return {name: dict(parser[name]) for name in parser.sections()}


def _dotenv(text: str) -> object:
    return dict(dotenv_values(stream=io.StringIO(text)))


READERS: Final[dict[str, Callable[[str], object]]] = {
    ".env": _dotenv,
    "compose.yaml": yaml.safe_load,
    ".github/workflows/a.yml": yaml.safe_load,
    "k8s.yaml": yaml.safe_load,
    "a.toml": tomli.loads,
    "langgraph.json": json.loads,
    "a.ini": _ini,
    "a.sh": _shell,
    "Dockerfile": lambda text: [
        line.split("#")[0] if line.startswith("#") else line for line in text.splitlines()
    ],
}
FILES: Final[dict[str, str]] = {
    ".env": "# ü\nLANGSMITH_TRACING=True # on\nLANGSMITH_PROJET='true'\nA='1\n 2'\nLANGSMITH_HIDE_INPUTS=1\n",
    "compose.yaml": (
        "services:\n  a: # ü\n    build: .\n    environment:\n      LANGSMITH_TRACING: 'True' # on\n"
        "      LANGSMITH_ENDPOINT: https://smith.langchain.com\n      LANGSMITH_PROJET: 'true'\n"
    ),
    ".github/workflows/a.yml": "'on': push\nenv: # ü\n  LANGSMITH_TRACING: True\njobs: {}\n",
    "k8s.yaml": (
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: agent # ü\n      env:\n"
        "        - name: LANGSMITH_TRACING\n          value: 'True'\n"
    ),
    "a.toml": "# ü\n[env]\nLANGSMITH_TRACING='True' # on\nb = '''\nLANGSMITH_TRACING=True\n'''\n",
    "langgraph.json": '{"graphs": {}, "env": {"LANGSMITH_TRACING": "True", "A": "ü"}}\n',
    "a.ini": "[env]\n# ü\nLANGSMITH_TRACING = True\n",
    "a.sh": "# ü\nexport LANGSMITH_TRACING=True # on\nexport LANGSMITH_PROJET=true\n",
    "Dockerfile": "FROM python:3.12\n# ü\nENV LANGSMITH_TRACING=True \\\n    # c\n    LANGSMITH_PROJET=true\n",
}
_EXPECTED: Final = (
    ("LANGSMITH_PROJET", "LANGSMITH_PROJECT"),
    ("langsmith_projet", "langsmith_project"),
    ("https://smith", "https://api.smith"),
)


def _flat(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=sorted, ensure_ascii=False)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_process_sees_the_same_variables_but_for_the_fault(
    tmp_path: Path, name: str, newline: str
) -> None:
    if name == "a.sh" and newline == "\r\n":
        return  # no shell reads that
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(FILES[name].replace("\n", newline).encode())
    before = path.read_bytes().decode()
    after = fixed(tmp_path, "LS4,LS7", name).decode()
    assert after != before
    wanted = _flat(READERS[name](before))
    for old, new in _EXPECTED:
        wanted = wanted.replace(old, new)
    # Of the values those alone are others that stand for a flag which is on.
    seen = _flat(READERS[name](after))
    normal = re.compile(r"(?<=[\": =])\"?(?:True|true|1)\"?(?=[,}\]\" ]|$)")
    assert sorted(normal.sub("T", seen)) == sorted(normal.sub("T", wanted))
    assert [line.rpartition("#")[2] for line in after.split(newline) if "#" in line] == [
        line.rpartition("#")[2] for line in before.split(newline) if "#" in line
    ]
    assert after.count("\n") == before.count("\n")
    assert after.count("\r") == before.count("\r")


# -- what is not safe ------------------------------------------------------------------------------------------------

UNSAFE: Final[dict[str, tuple[str, str]]] = {
    "the program reads the flag": (
        "LS402",
        'import os\n\nos.environ["LANGSMITH_TRACING"] = "1"\nif os.getenv("LANGSMITH_TRACING") == "1":\n    print(1)\n',
    ),
    "the program reads the address": (
        "LS406",
        'import os\n\nK = "LANGSMITH_ENDPOINT"\nos.environ[K] = "https://smith.langchain.com"\nprint(os.environ[K])\n',
    ),
    "a child reads it": (
        "LS401",
        'import subprocess\n\nsubprocess.run(["agent"], env={"LANGCHAIN_TRACKING_V2": "true"})\n',
    ),
    "a name that may be chosen": (
        "LS401",
        'import os\n\nos.environ["LANGSMITH_PROJECT_NAME"] = "a"\n',
    ),
    "a blank for who reads it next": (
        "LS405",
        'import os\n\nos.environ["LANGSMITH_API_KEY"] = os.getenv("LANGSMITH_API_KEY", "")\nprint(os.environ)\n',
    ),
    "asked for the missing variable": (
        "LS405",
        'import os\n\nos.environ["LANGSMITH_API_KEY"] = os.environ["LANGSMITH_API_KEY"]\nprint(1)\n',
    ),
    "a line that is tried": (
        "LS405",
        'import os\ntry:\n    os.environ["LANGSMITH_API_KEY"] = os.getenv("LANGSMITH_API_KEY")\n    f()\nexcept: 1',
    ),
    "an import that is tried": (
        "LS501",
        "try:\n    from langsmith import LangSmithClient\nexcept ImportError:\n    LangSmithClient = None\n",
    ),
    "an import whose error is suppressed": (
        "LS501",
        "import contextlib\n\nwith contextlib.suppress(ImportError):\n    from langsmith import LangSmithClient\n",
    ),
    "a call that is tried": (
        "LS504",
        "from langsmith import Client\n\ntry:\n    Client(url='https://a.example')\nexcept TypeError:\n    pass\n",
    ),
    "another unit": ("LS504", "from langsmith import Client\n\nc = Client(timeout=30)\n"),
}


@pytest.mark.parametrize("case", UNSAFE)
def test_what_could_change_more_is_left_alone(tmp_path: Path, case: str) -> None:
    code, text = UNSAFE[case]
    (tmp_path / "a.py").write_text(text)
    assert fixed(tmp_path, code, "a.py").decode() == text


@pytest.mark.parametrize("fence", ["", "text", "sh", "env", "python"])
def test_documents_are_read(tmp_path: Path, fence: str) -> None:
    example = "export LANGCHAIN_TRACKING_V2=true\nexport LANGSMITH_TRACING=True"
    text = f"Write it:\n\n```{fence}\n{example}\n```\n\n    LANGSMITH_TRACING=True\n"
    path = tmp_path / "a.md"
    path.write_text(text)
    assert fixed(tmp_path, "LS4", "a.md").decode() == text
    lint(tmp_path, "--isolated", "--fix", "--unsafe-fixes", "--select", "LS4", "a.md")
    assert (path.read_text() == text) == (fence in {"", "text", "python"})
