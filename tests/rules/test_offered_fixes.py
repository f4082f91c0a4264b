"""Unsafe fixes: each written as its rule's page says, and nothing else of the file is changed.

Each program is run before and after, against a server on this machine that takes what it is sent, refuses it, or has
nothing. What differs is the fault, and nothing else.
"""

from __future__ import annotations

import ast
import codecs
import difflib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

import pytest
from linting import lint
from test_rule_pages import RULES, section
from test_safe_fixes import LAYOUTS

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
import probe_server

_TOOLS: Final = Path(probe_server.__file__).parent

_Differs = Mapping[str, tuple[object, object]]


class Case(NamedTuple):
    """A program, what its fix replaces in it, and what then differs by the server's answers.

    Of each outcome: what it was, and what it is. The program's function `demo`, if it has one, is called by nobody
    in its project.
    """

    code: str
    text: str
    changes: tuple[tuple[str, str], ...]
    taken: _Differs = MappingProxyType({})
    refused: _Differs = MappingProxyType({})
    missing: _Differs = MappingProxyType({})


_ID: Final = "11111111-1111-4111-8111-111111111111"
_MESSAGE: Final = "LangSmith request failed, check LANGSMITH_API_KEY and its permissions"
_IMPORT: Final = "from langsmith import Client\n"
_ERROR: Final = f"{_IMPORT}from langsmith.utils import LangSmithError\n"
_EXIT: Final = f"""except LangSmithError as error:
    raise SystemExit(
        f"{_MESSAGE}: {{error}}"
    ) from error
"""
_BAD_GATEWAY: Final = """except LangSmithError as error:
    raise HTTPException(
        status_code=502, detail="LangSmith request failed"
    ) from error
"""
_FEEDBACK: Final = f'    Client(api_key="k").create_feedback("{_ID}", "ü", score=1)\n'


def _indented(text: str, indent: str, unit: str = "    ") -> str:
    """A text of four blanks a level by another unit, and deeper."""
    return "".join(
        f"{indent}{line.replace('    ', unit)}" for line in text.splitlines(keepends=True)
    )


CASES: Final[dict[str, Case]] = {
    "LS301 script": Case(
        "LS301",
        f"""{_IMPORT}

def main():
    print(Client(api_key="k").read_run("{_ID}").name)  # ü


if __name__ == "__main__":
    main()  # begin
""",
        (
            (_IMPORT, _ERROR),
            (
                "    main()  # begin\n",
                "    try:\n        main()  # begin\n" + _indented(_EXIT, "    "),
            ),
        ),
        refused={"error": ("LangSmithError", "SystemExit")},
        missing={"error": ("LangSmithNotFoundError", "SystemExit")},
    ),
    "LS301 lines that stay": Case(
        "LS301",
        f"""{_IMPORT}
if True:
\tprint("a")
\trun = Client(api_key="k").read_run(
\t\t"{_ID}",  # ü

\t\tload_child_runs=bool(\"\"\"
 not indented
\"\"\" == ""),
\t)
\tprint(run.name)
""",
        (
            (_IMPORT, _ERROR),
            ("\trun =", "\ttry:\n\t\trun ="),
            (f'\t\t"{_ID}"', f'\t\t\t"{_ID}"'),
            ("\t\tload_child", "\t\t\tload_child"),
            ("\t)\n", "\t\t)\n" + _indented(_EXIT, "\t", "\t")),
        ),
        refused={"error": ("LangSmithError", "SystemExit")},
        missing={"error": ("LangSmithNotFoundError", "SystemExit")},
    ),
    "LS301 route": Case(
        "LS301",
        f"""import asyncio

from fastapi import FastAPI, HTTPException
from langsmith import AsyncClient

app = FastAPI()


@app.post("/feedback")
async def feedback(score: float) -> str:
    client = AsyncClient(api_key="k")
    await client.create_feedback("{_ID}", key="ü", score=score)
    return "thanks"


async def demo() -> None:
    print(HTTPException, await feedback(1))
""",
        (
            (
                "import AsyncClient\n",
                "import AsyncClient\nfrom langsmith.utils import LangSmithError\n",
            ),
            (
                f'    await client.create_feedback("{_ID}", key="ü", score=score)\n',
                f"""    try:
        await client.create_feedback("{_ID}", key="ü", score=score)
{_indented(_BAD_GATEWAY, "    ")}""",
            ),
        ),
        refused={"error": ("LangSmithError", "HTTPException")},
        missing={"error": ("LangSmithNotFoundError", "HTTPException")},
    ),
    "LS301 route with a handler": Case(
        "LS301",
        f"""import asyncio

from fastapi import FastAPI, HTTPException
from langsmith import AsyncClient
from langsmith.utils import LangSmithNotFoundError

app = FastAPI()


@app.get("/run")
async def run() -> str:
    client = AsyncClient(api_key="k")
    try:
        return str((await client.read_run("{_ID}")).name)
    except LangSmithNotFoundError:
        if client:
            raise HTTPException(404)
            # ü
    finally:
        print("done")


async def demo() -> None:
    print(await run())
""",
        (
            ("import LangSmithNotFoundError", "import LangSmithError, LangSmithNotFoundError"),
            (
                "            # ü\n",
                "            # ü\n" + _indented(_BAD_GATEWAY, "    "),
            ),
        ),
        refused={"error": ("LangSmithError", "HTTPException")},
    ),
    "LS301 feedback, logged": Case(
        "LS301",
        f"""import logging

{_IMPORT}
log = logging.getLogger(__name__)


def demo() -> None:
{_FEEDBACK}    print("sent")
""",
        (
            (_IMPORT, _ERROR),
            (
                _FEEDBACK,
                f"""    try:
    {_FEEDBACK}    except LangSmithError:
        log.exception(
            "{_MESSAGE}"
        )
""",
            ),
        ),
        refused={"error": ("LangSmithError", ""), "output": ("", "sent\n")},
        missing={"error": ("LangSmithNotFoundError", ""), "output": ("", "sent\n")},
    ),
    "LS301 feedback, printed": Case(
        "LS301",
        f"""{_IMPORT}

def demo() -> None:
{_FEEDBACK}    print("sent")
""",
        (
            (_IMPORT, _ERROR),
            (
                _FEEDBACK,
                f"""    try:
    {_FEEDBACK}    except LangSmithError as error:
        print(
            f"{_MESSAGE}: {{error}}"
        )
""",
            ),
        ),
        refused={"error": ("LangSmithError", ""), "output": ("", "…\nsent\n")},
        missing={"error": ("LangSmithNotFoundError", ""), "output": ("", "…\nsent\n")},
    ),
    "LS305 missing": Case(
        "LS305",
        f"""{_IMPORT}

def demo() -> None:
    client = Client(api_key="k")
    try:
        print(client.read_project(project_name="ü").name)
    except Exception:
        print("no such project")  # ü
""",
        (
            (_IMPORT, f"{_IMPORT}from langsmith.utils import LangSmithNotFoundError\n"),
            ("except Exception:", "except LangSmithNotFoundError:"),
        ),
        refused={"error": ("", "LangSmithError"), "output": ("no such project\n", "")},
    ),
    "LS305 existing": Case(
        "LS305",
        f"""{_IMPORT}from langsmith.utils import LangSmithError

def demo() -> None:
    client = Client(api_key="k")
    try:
        print(client.create_project("ü").name)
    except LangSmithError:
        print("already exists")
""",
        (
            (
                "from langsmith.utils import LangSmithError\n",
                "from langsmith.utils import LangSmithConflictError\n",
            ),
            ("except LangSmithError:", "except LangSmithConflictError:"),
        ),
        refused={"error": ("", "LangSmithError"), "output": ("already exists\n", "")},
        missing={"error": ("", "LangSmithNotFoundError"), "output": ("already exists\n", "")},
    ),
    "LS305 bare": Case(
        "LS305",
        f"""{_IMPORT}

def demo() -> bool:
    client = Client(api_key="k")
    try:
        client.read_project(project_name="ü")
        return True
    except:  # ü
        return False
""",
        (
            (_IMPORT, f"{_IMPORT}from langsmith.utils import LangSmithNotFoundError\n"),
            ("except:", "except LangSmithNotFoundError:"),
        ),
        refused={"error": ("", "LangSmithError"), "value": (False, None)},
    ),
    "LS601 statement": Case(
        "LS601",
        f"""from langsmith import AsyncClient


async def demo() -> None:
    client = AsyncClient(api_key="k")
    client.create_feedback(
        "{_ID}",
        key="ü",  # ü
        score=1,
    )
    print("sent")
""",
        (("    client.create_feedback(", "    await client.create_feedback("),),
        taken={"asked": ([], ["/feedback"])},
        refused={
            "asked": ([], ["/feedback"]),
            "error": ("", "LangSmithError"),
            "output": ("sent\n", ""),
        },
        missing={
            "asked": ([], ["/feedback"]),
            "error": ("", "LangSmithNotFoundError"),
            "output": ("sent\n", ""),
        },
    ),
    "LS601 attribute": Case(
        "LS601",
        f"""from langsmith import AsyncClient


async def demo() -> None:
    client = AsyncClient(api_key="k")
    print([client.read_run("{_ID}").name for _ in range(1)])
""",
        ((f'client.read_run("{_ID}").name', f'(await client.read_run("{_ID}")).name'),),
        taken={
            "asked": ([], [f"/runs/{_ID}"]),
            "error": ("AttributeError", ""),
            "output": ("", "['ü']\n"),
        },
        refused={
            "asked": ([], [f"/runs/{_ID}"]),
            "error": ("AttributeError", "LangSmithError"),
        },
        missing={
            "asked": ([], [f"/runs/{_ID}"]),
            "error": ("AttributeError", "LangSmithNotFoundError"),
        },
    ),
    "LS601 loop": Case(
        "LS601",
        """from langsmith import AsyncClient


async def demo() -> None:
    client = AsyncClient(api_key="k")
    for dataset in client.list_datasets():  # ü
        print(dataset.name)
""",
        (("    for dataset", "    async for dataset"),),
        taken={
            "asked": ([], ["/datasets"]),
            "error": ("TypeError", ""),
            "output": ("", "ü\n"),
        },
        refused={"asked": ([], ["/datasets"]), "error": ("TypeError", "LangSmithError")},
        missing={
            "asked": ([], ["/datasets"]),
            "error": ("TypeError", ""),
        },
    ),
    "LS601 list": Case(
        "LS601",
        """from langsmith import AsyncClient


async def demo() -> None:
    client = AsyncClient(api_key="k")
    print(len(list(client.list_datasets())), "ü")
""",
        (
            (
                "list(client.list_datasets())",
                "[item async for item in client.list_datasets()]",
            ),
        ),
        taken={
            "asked": ([], ["/datasets"]),
            "error": ("TypeError", ""),
            "output": ("", "1 ü\n"),
        },
        refused={"asked": ([], ["/datasets"]), "error": ("TypeError", "LangSmithError")},
        missing={
            "asked": ([], ["/datasets"]),
            "error": ("TypeError", ""),
            "output": ("", "0 ü\n"),
        },
    ),
    "LS306 loop": Case(
        "LS306",
        f"""import time

{_IMPORT}

def demo() -> None:
    client = Client(api_key="k")
    for attempt in range(2):
        try:
            return print(client.read_project(project_name="ü").name)
        except (
            Exception
        ) as exc:  # ü
            # once more

            print(attempt, exc.args[0][:0])
            time.sleep(0)
""",
        (
            (_IMPORT, _ERROR),
            (
                ") as exc:  # ü\n",
                """) as exc:  # ü
            if type(exc) is LangSmithError:  # a 403; its subclasses may pass
                raise
""",
            ),
        ),
        refused={"error": ("", "LangSmithError"), "output": ("0 \n1 \n", "")},
    ),
    "LS306 loop without a name": Case(
        "LS306",
        """from langsmith import Client
from langsmith.utils import LangSmithError as Refused


def demo() -> None:
    client = Client(api_key="k")
    attempt = 0
    while attempt < 2:
        attempt += 1
        try:
            return print(client.read_project(project_name="ü").name)
        except Refused:
            continue
""",
        (
            (
                "except Refused:\n",
                """except Refused as error:
            if type(error) is Refused:  # a 403; its subclasses may pass
                raise
""",
            ),
        ),
        refused={"error": ("", "LangSmithError")},
    ),
    "LS306 tenacity": Case(
        "LS306",
        f"""{_IMPORT}from tenacity import retry, stop_after_attempt


@retry(stop=stop_after_attempt(2), reraise=True)  # ü
def read(client: Client) -> str:
    print("asked")
    return str(client.read_project(project_name="ü").name)


def demo() -> None:
    print(read(Client(api_key="k")))
""",
        (
            (_IMPORT, _ERROR),
            ("import retry, stop", "import retry, retry_if_exception, stop"),
            (
                "@retry(",
                "@retry(retry=retry_if_exception(lambda error: type(error) is not LangSmithError), ",
            ),
        ),
        refused={"output": ("asked\nasked\n", "asked\n")},
    ),
    "LS306 tenacity by its module": Case(
        "LS306",
        f"""import tenacity
{_IMPORT}

@tenacity.retry(
    stop=tenacity.stop_after_attempt(2),
    reraise=True,
)
def read(client: Client) -> str:
    print("asked")
    return str(client.read_project(project_name="ü").name)


def demo() -> None:
    print(read(Client(api_key="k")))
""",
        (
            (_IMPORT, _ERROR),
            (
                "@tenacity.retry(\n",
                """@tenacity.retry(
    retry=tenacity.retry_if_exception(lambda error: type(error) is not LangSmithError),
""",
            ),
        ),
        refused={"output": ("asked\nasked\n", "asked\n")},
    ),
    "LS603 statement": Case(
        "LS603",
        f"""from fastapi import FastAPI
{_IMPORT}
app = FastAPI()
client = Client(api_key="k")


@app.post("/")
async def demo() -> None:
    run = client.read_run(
        "{_ID}",
        load_child_runs=False,  # ü
    )
    print(run.name, client.read_run("{_ID}").name)
""",
        (
            ("from fastapi", "import asyncio\nfrom fastapi"),
            (
                "run = client.read_run(\n",
                "run = await asyncio.to_thread(\n        client.read_run,\n",
            ),
            (
                f'client.read_run("{_ID}").name',
                f'(await asyncio.to_thread(client.read_run, "{_ID}")).name',
            ),
        ),
        taken={"blocking": (True, False)},
        refused={"blocking": (True, False)},
        missing={"blocking": (True, False)},
    ),
    "LS603 iterated": Case(
        "LS603",
        f"""import asyncio

from fastapi import FastAPI
{_IMPORT}
app = FastAPI()
client = Client(api_key="k")


@app.post("/")
async def demo() -> None:
    print(asyncio.__name__, len(list(client.list_projects(limit=1))))
    for project in client.list_projects():
        print(project.name)
    print([project.name for project in client.list_projects()])  # ü
""",
        (
            (
                "list(client.list_projects(limit=1))",
                "await asyncio.to_thread(list, client.list_projects(limit=1))",
            ),
            (
                "    for project in client.list_projects():",
                "    for project in await asyncio.to_thread(list, client.list_projects()):",
            ),
            (
                "for project in client.list_projects()]",
                "for project in await asyncio.to_thread(list, client.list_projects())]",
            ),
        ),
        taken={"blocking": (True, False)},
        refused={"blocking": (True, False)},
        missing={"blocking": (True, False)},
    ),
    "LS603 the web framework's threads": Case(
        "LS603",
        f"""from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool as pooled
{_IMPORT}
app = FastAPI()
client = Client(api_key="k")


@app.post("/")
async def demo() -> None:
    print(client.read_run("{_ID}"  # ü
    ).name, pooled)
""",
        (
            (
                f'client.read_run("{_ID}"  # ü\n    ).name',
                f'(await pooled(client.read_run, "{_ID}"  # ü\n    )).name',
            ),
        ),
        taken={"blocking": (True, False)},
        refused={"blocking": (True, False)},
        missing={"blocking": (True, False)},
    ),
    "LS603 below": Case(
        "LS603",
        f"""from fastapi import FastAPI
{_IMPORT}
app = FastAPI()
client = Client(api_key="k")


def name(run_id: str) -> str:
    return str(client.read_run(run_id).name)


@app.post("/")
async def demo() -> None:
    print(name("{_ID}"))  # ü
""",
        (
            ("from fastapi", "import asyncio\nfrom fastapi"),
            (f'name("{_ID}")', f'await asyncio.to_thread(name, "{_ID}")'),
        ),
        taken={"blocking": (True, False)},
        refused={"blocking": (True, False)},
        missing={"blocking": (True, False)},
    ),
    "LS503 keyword": Case(
        "LS503",
        f"""{_IMPORT}
client = Client(api_key="k")


def demo() -> None:
    try:
        client.create_example({{"q": "ü"}}, outputs={{"a": 1}}, dataset_name="ü")
        client.create_example(
            inputs={{}},
            outputs={{"outputs": 2}},  # ü
            dataset_name="ü",
        )
    except Exception as error:
        print(type(error).__name__)
""",
        (
            ('outputs={"a"', 'reference_outputs={"a"'),
            ('outputs={"outputs"', 'reference_outputs={"outputs"'),
        ),
    ),
    "LS504 nearly": Case(
        "LS504",
        f"""{_IMPORT}

def demo() -> None:
    client = Client(api_key="k")
    print(client.read_project(project_nam="ü").name)
""",
        (("project_nam=", "project_name="),),
        taken={
            "asked": ([], ["/sessions"]),
            "error": ("ValueError", ""),
            "output": ("", "ü\n"),
        },
        refused={"asked": ([], ["/sessions"]), "error": ("ValueError", "LangSmithError")},
        missing={
            "asked": ([], ["/sessions"]),
            "error": ("ValueError", "LangSmithNotFoundError"),
        },
    ),
    "LS504 run type": Case(
        "LS504",
        """from langsmith import traceable


@traceable(run_type='Chain', name="ü")
def demo() -> None:
    print("ü")
""",
        (("'Chain'", "'chain'"),),
    ),
    "LS604 pool": Case(
        "LS604",
        """from concurrent.futures import ThreadPoolExecutor, as_completed

from langsmith import traceable
from langsmith.run_helpers import get_current_run_tree as current


@traceable(enabled=True)
def work(text: str) -> str:
    return f"{text} {current().parent_run is not None}"


@traceable(enabled=True)
def demo() -> None:
    with ThreadPoolExecutor() as pool:  # ü
        print(list(pool.map(work, ["a"])), as_completed.__name__)
        print(pool.submit(work, "b").result())
""",
        (
            (
                "import ThreadPoolExecutor, as_completed",
                "import as_completed",
            ),
            ("import traceable\n", "import ContextThreadPoolExecutor, traceable\n"),
            ("with ThreadPoolExecutor", "with ContextThreadPoolExecutor"),
        ),
    ),
    "LS604 thread": Case(
        "LS604",
        """from threading import Thread

from langsmith import traceable
from langsmith.run_helpers import get_current_run_tree as current


@traceable(enabled=True)
def work(text: str) -> None:
    print(text, current().parent_run is not None)


@traceable(enabled=True)
def demo() -> None:
    for text in "ü":
        first = Thread(target=work, args=(text,), daemon=True)
        first.start()
        first.join()
        second = Thread(target=work, kwargs={"text": "b"})  # ü
        second.start()
        second.join()
""",
        (
            ("from threading", "import contextvars\nfrom threading"),
            (
                "target=work, args=(text,)",
                "target=contextvars.copy_context().run, args=(work, text,)",
            ),
            (
                "target=work, kwargs",
                "target=contextvars.copy_context().run, args=(work,), kwargs",
            ),
        ),
    ),
    "LS604 executor": Case(
        "LS604",
        """import asyncio

from langsmith import traceable
from langsmith.run_helpers import get_current_run_tree as current


@traceable(enabled=True)
def work(text: str) -> str:
    return f"{text} {current().parent_run is not None}"


@traceable(enabled=True)
async def demo() -> None:
    loop = asyncio.get_running_loop()
    print(await loop.run_in_executor(None, work, "ü"))
""",
        (
            ("import asyncio\n", "import contextvars\nimport asyncio\n"),
            ("(None, work, ", "(None, contextvars.copy_context().run, work, "),
        ),
    ),
    "LS702": Case(
        "LS702",
        """import langsmith
from langsmith import Client, traceable

client = Client(api_key="k", hide_inputs=True)


@traceable
def first(text: str) -> str:
    return text


@langsmith.traceable(
    run_type="tool",  # ü
)
def demo() -> None:
    print(second("ü"), first("b"))


@traceable()
def second(text: str) -> str:
    return text
""",
        (
            ("@traceable\n", "@traceable(client=client)\n"),
            (
                "@langsmith.traceable(\n",
                "@langsmith.traceable(\n    client=client,\n",
            ),
            ("@traceable()\n", "@traceable(client=client)\n"),
        ),
    ),
    "LS703": Case(
        "LS703",
        """from langsmith import traceable

LIMIT = 3


class Search:
    @traceable(run_type="tool")
    def find(self, api_key: str, password: str = "ü") -> int:
        return len(api_key + password)


def demo() -> None:
    print(Search().find("k"))  # ü
""",
        (
            (
                "class Search",
                """def without_api_key_and_password(inputs: dict) -> dict:
    return {name: value for name, value in inputs.items() if name not in {"api_key", "password"}}


class Search""",
            ),
            (
                '(run_type="tool")',
                '(process_inputs=without_api_key_and_password, run_type="tool")',
            ),
        ),
    ),
}


def test_every_rule_with_an_unsafe_fix_of_a_program_has_a_case() -> None:
    wanted = {code for code in RULES if "unsafe" in section(RULES[code], "Fix safety")}
    assert wanted - {case.code for case in CASES.values()} <= _TESTED_ELSEWHERE


# `test_api_fixes.py`, `test_fixes_by_kind.py`, `test_handler_fix.py`, `test_safe_fixes.py`.
_TESTED_ELSEWHERE: Final = frozenset(
    {"LS101", "LS202", "LS302", "LS401", "LS402", "LS405", "LS406", "LS407", "LS410"}
    | {"LS501", "LS504", "LS701"}
)


# -- the file --------------------------------------------------------------------------------------------------------


def changed(case: Case) -> str:
    """The text after the fix."""
    text = case.text
    for old, new in case.changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def fixed(root: Path, code: str, name: str = "a.py") -> bytes:
    """The file after `--fix --unsafe-fixes`, which a second run leaves alone."""
    (root / "pyproject.toml").touch()
    options = ("--isolated", "--fix", "--unsafe-fixes", "--select", code, name)
    assert "fault of lint-langsmith" not in lint(root, *options).output
    after = (root / name).read_bytes()
    lint(root, *options)
    assert (root / name).read_bytes() == after
    return after


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("case", CASES)
def test_the_rest_of_the_file_stays(tmp_path: Path, case: str, layout: str) -> None:
    if layout == "shebang" and "feedback" in case:
        return  # it makes a script of a module, and of that something else is wrong
    written, encoding = LAYOUTS[layout]
    before, wanted = written(CASES[case].text), written(changed(CASES[case]))
    (tmp_path / "a.py").write_bytes(before.encode(encoding))
    content = fixed(tmp_path, CASES[case].code)
    assert content.startswith(codecs.BOM_UTF8) == (encoding == "utf-8-sig")
    after = content.decode(encoding)
    assert after.splitlines() == wanted.splitlines()
    ast.parse(after)
    # A line that is the same has the end that it had.
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    matcher = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines())
    for first, second, length in matcher.get_matching_blocks():
        assert old[first : first + length] == new[second : second + length]
    assert after.endswith(("\n", "\r")) == before.endswith(("\n", "\r"))


@pytest.mark.parametrize("case", CASES)
def test_the_finding_is_gone(tmp_path: Path, case: str) -> None:
    (tmp_path / "a.py").write_text(CASES[case].text, encoding="utf-8")
    assert CASES[case].code in lint(tmp_path, "--isolated", "a.py").codes
    fixed(tmp_path, CASES[case].code)
    assert CASES[case].code not in lint(tmp_path, "--isolated", "a.py").codes


def test_reports_carry_it(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(CASES["LS601 statement"].text, encoding="utf-8")
    lint(tmp_path, "--isolated", "-f", "rdjson:rd.json", "-f", "sarif:sarif.json", "a.py")
    diagnostics = json.loads((tmp_path / "rd.json").read_text("utf-8"))["diagnostics"]
    (found,) = (item for item in diagnostics if item["code"]["value"] == "LS601")
    assert [edit["text"] for edit in found["suggestions"]] == ["await "]
    (run,) = json.loads((tmp_path / "sarif.json").read_text("utf-8"))["runs"]
    (result,) = (item for item in run["results"] if item["ruleId"] == "LS601")
    assert result["fixes"][0]["description"]["text"] == "Await it"


_OPTIONAL: Final = """try:
    from langsmith import Client
except ImportError:
    Client = None


def demo() -> None:
    Client(api_key="k").create_feedback("x", "y", score=1)
"""


def test_a_package_that_may_be_missing_is_not_imported_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(_OPTIONAL)
    assert "LS301" in lint(tmp_path, "--isolated", "a.py").codes
    assert fixed(tmp_path, "LS301").decode() == _OPTIONAL


def test_an_import_stands_beside_that_of_the_function(tmp_path: Path) -> None:
    text = """def demo() -> None:
    from langsmith import Client

    Client(api_key="k").create_feedback("x", "y", score=1)
"""
    (tmp_path / "a.py").write_text(text)
    after = fixed(tmp_path, "LS301").decode()
    assert after.startswith(
        "import logging\ndef demo() -> None:\n    from langsmith import Client\n"
        "    from langsmith.utils import LangSmithError\n\n    try:\n"
    )


_UNTOUCHED: Final = {
    "only its author knows what a library does without": (
        "LS301",
        f"{_IMPORT}\n\ndef demo():\n    return Client(api_key='k').read_run('x')\n",
    ),
    "what was asked for may not fail in silence": (
        "LS301",
        f"{_IMPORT}\n\ndef demo():\n    Client(api_key='k').delete_project(project_name='x')\n",
    ),
    "a script with two ways out": (
        "LS301",
        f"{_IMPORT}\nclient = Client(api_key='k')\nclient.read_run('x')\nclient.read_run('y')\n",
    ),
    "a line of two statements": (
        "LS301",
        f"{_IMPORT}\nclient = Client(api_key='k'); client.read_run('x')\n",
    ),
    "one helper, called twice": (
        "LS301",
        f"{_IMPORT}\n\ndef f():\n    Client(api_key='k').read_run('x')\n\n\nf()\nf()\n",
    ),
    "a lambda, which raises where it is called": (
        "LS301",
        (
            f"{_IMPORT}\nclient = Client(api_key='k')\n\n\ndef main():\n"
            "    load = lambda f: client.read_run('x')\n\n    @load\n    def f():\n        pass\n\n\nmain()\n"
        ),
    ),
    "a generator that another statement goes through": (
        "LS301",
        (
            f"{_IMPORT}\nclient = Client(api_key='k')\n"
            "found = (client.read_run(name) for name in 'xy')\nfor run in found:\n    print(run)\n"
        ),
    ),
    "a list that is empty without an error": (
        "LS305",
        (
            f"{_IMPORT}\n\ndef f(c: Client):\n    try:\n        list(c.list_datasets())\n"
            "    except Exception:\n        c.create_dataset('x')\n"
        ),
    ),
    "a coroutine in a plain function": (
        "LS601",
        "from langsmith import AsyncClient\n\n\ndef f(c: AsyncClient):\n    c.read_run('x')\n",
    ),
    "a loop that ends early": (
        "LS603",
        (
            f"from fastapi import FastAPI\n{_IMPORT}\napp = FastAPI()\n\n\n@app.get('/')\n"
            "async def f():\n    for run in Client(api_key='k').list_runs():\n        break\n"
        ),
    ),
    "a successor that takes other arguments": (
        "LS503",
        f"{_IMPORT}\nClient(api_key='k').read_run('x')\n",
    ),
    "a prompt has no commit that could be told": (
        "LS505",
        f"{_IMPORT}\nClient(api_key='k').pull_prompt('a/b')\n",
    ),
    "a positional run type": (
        "LS703",
        "from langsmith import traceable\n\n\n@traceable('chain')\ndef f(api_key):\n    pass\n",
    ),
    "another file traces": (
        "LS702",
        f"{_IMPORT}\nclient = Client(api_key='k', hide_inputs=True)\n",
    ),
}


@pytest.mark.parametrize("case", _UNTOUCHED)
def test_what_a_maintainer_would_not_merge_is_not_offered(tmp_path: Path, case: str) -> None:
    code, text = _UNTOUCHED[case]
    (tmp_path / "a.py").write_text(text)
    (tmp_path / "b.py").write_text(
        "from langsmith import traceable\n\n\n@traceable\ndef f():\n    pass\n"
    )
    assert code in lint(tmp_path, "--isolated", "a.py").codes
    assert fixed(tmp_path, code).decode() == text


# -- the run ---------------------------------------------------------------------------------------------------------

# Runs the programs whose paths it is told, each in a fork: what they import is imported once. A fork ends as a process
# does, so that what the SDK sends then is sent.
# A request that the main thread sends while an event loop runs in it blocks that loop.
_RUNNER: Final = """
import asyncio, contextlib, inspect, io, json, logging, os, pathlib, runpy, sys, threading
import fastapi, langsmith.async_client, langsmith.client, requests
import probe_server
probe_server.hurry()
logging.disable(logging.CRITICAL)
sent = requests.Session.request
blocking = []
def send(*args, **kwargs):
    if threading.current_thread() is threading.main_thread():
        with contextlib.suppress(RuntimeError):
            blocking.append(asyncio.get_running_loop())
    return sent(*args, **kwargs)
requests.Session.request = send
def run(path):
    os.chdir(path.parent)
    sys.argv = [str(path)]
    out, error, value = io.StringIO(), "", None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        try:
            demo = runpy.run_path(str(path), run_name="__main__").get("demo", lambda: None)
            value = asyncio.run(demo()) if inspect.iscoroutinefunction(demo) else demo()
        except BaseException as raised:
            error = type(raised).__name__
    seen = {"output": out.getvalue(), "error": error, "value": value, "blocking": bool(blocking)}
    path.with_suffix(".json").write_text(json.dumps(seen))
for line in sys.stdin:
    child = os.fork()
    if not child:
        run(pathlib.Path(line.rstrip("\\n")))
        break
    os.waitpid(child, 0)
    print("ended", flush=True)
"""
_THING: Final[dict[str, object]] = {
    "id": _ID,
    "name": "ü",
    "tenant_id": _ID,
    "session_id": _ID,
    "trace_id": _ID,
    "dotted_order": f"20260101T000000000000Z{_ID}",
    "run_type": "chain",
    "start_time": "2026-01-01T00:00:00",
    "app_path": "/run",
    "key": "ü",
    "inputs": {},
    "reference_dataset_id": None,
    "created_at": "2026-01-01T00:00:00",
    "modified_at": "2026-01-01T00:00:00",
}


class Answering(probe_server.Refusing):
    """Answers as LangSmith does that takes everything, refuses, or has nothing; it keeps what it was asked."""

    answers = "taken"
    asked: list[str] = []  # noqa: RUF012 - one server

    def _answer(self) -> None:
        path = self.path.partition("?")[0].removeprefix("/api/v1")
        if path == "/info" or Answering.answers == "refused":
            if path != "/info":
                Answering.asked.append(path)
            super()._answer()
            return
        self._drain()
        Answering.asked.append(path)
        is_list = self.command == "GET" and path in {"/sessions", "/datasets"}
        known = Answering.answers == "taken"
        body: object = [_THING] * known if is_list else _THING if known else {"detail": "none"}
        content = json.dumps(body).encode()
        self.send_response(200 if known or is_list else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = _answer  # noqa: N815 - the base class's names


_ADDRESS: Final = re.compile(r" at 0x[0-9a-f]+")
_EXAMPLE: Final = re.compile(r"/examples/[0-9a-f-]{36}")


@pytest.fixture(scope="module")
def runner() -> Iterator[subprocess.Popen[str]]:
    """The process that runs programs, whose requests a server here answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = {
        name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ
    }
    here = f"http://127.0.0.1:{server.server_port}"
    with subprocess.Popen(
        [sys.executable, "-X", "utf8", "-W", "ignore", "-c", _RUNNER],
        env={**base, "LANGSMITH_ENDPOINT": here, "PYTHONPATH": str(_TOOLS)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as running:
        yield running
    server.shutdown()
    server.server_close()


def observed(path: Path, runner: subprocess.Popen[str], answers: str) -> dict[str, object]:
    """What a program prints, raises and gives, and what it asks of a server."""
    Answering.answers = answers
    Answering.asked = []
    assert runner.stdin is not None
    assert runner.stdout is not None
    runner.stdin.write(f"{path}\n")
    runner.stdin.flush()
    while (line := runner.stdout.readline()) != "ended\n":
        assert line, "the process ended"
    seen = path.with_suffix(".json")
    found: dict[str, object] = json.loads(seen.read_text(encoding="utf-8"))
    seen.unlink()
    lines = str(found["output"]).splitlines(keepends=True)
    shown = ("…\n" if line.startswith(_MESSAGE) else line for line in lines)
    # Examples have names of their own each time.
    asked = [_EXAMPLE.sub("/examples/…", path) for path in Answering.asked]
    output = _ADDRESS.sub("", "".join(shown))
    return {**found, "output": output, "asked": list(dict.fromkeys(asked))}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="programs are run in forks")
@pytest.mark.parametrize("case", CASES)
def test_the_program_does_the_same_but_for_the_fault(
    tmp_path: Path, runner: subprocess.Popen[str], case: str
) -> None:
    """Of a server that refuses; `LINT_LANGSMITH_TEST_ANSWERS=taken,refused,missing` asks three, in as many minutes."""
    it = CASES[case]
    old, new = tmp_path / "old.py", tmp_path / "new.py"
    old.write_text(it.text, encoding="utf-8")
    new.write_text(changed(it), encoding="utf-8")
    for answers in os.environ.get("LINT_LANGSMITH_TEST_ANSWERS", "refused").split(","):
        before, after = observed(old, runner, answers), observed(new, runner, answers)
        differs = {
            name: (before[name], after[name]) for name in before if before[name] != after[name]
        }
        assert (answers, differs) == (answers, getattr(it, answers))
