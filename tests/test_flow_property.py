"""Random programs around one refused call: the linter reports it exactly when running the program lets it escape."""

from __future__ import annotations

import asyncio
import inspect
import re
import tempfile
import textwrap
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from langsmith.utils import LangSmithError
from linting import lint

IMPORTS = """\
from langsmith import Client
from langsmith.utils import LangSmithAuthError, LangSmithError, LangSmithNotFoundError
"""
HEAD = f"""\
import contextlib
import functools

{IMPORTS}
WIDE = (LangSmithError, KeyError)
NARROW = (KeyError, ValueError)


def catching(function):
    @functools.wraps(function)
    def wrapper(*args):
        try:
            return function(*args)
        except WIDE:
            return None

    return wrapper


def passing(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


def apply(function, client):
    return function(client)


def safely(function, client):
    try:
        return function(client)
    except Exception as error:
        print(error)
"""

CALLS = [
    'client.read_run("x")',
    'print(client.read_run("x"))',
    "for run in client.list_runs():\n    print(run)",
    "list(client.list_runs())",
    "print([run for run in client.list_runs()])",
    "runs = client.list_runs()\nfor run in runs:\n    print(run)",
]
CAUGHT = [
    "LangSmithError",
    "Exception",
    "BaseException",
    "WIDE",
    "(KeyError, LangSmithError)",
    "LangSmithAuthError",
    "LangSmithNotFoundError",
    "KeyError",
    "NARROW",
    "(LangSmithAuthError, ValueError)",
]
ACTIONS = ["pass", "print('refused')", "raise", 'raise RuntimeError("refused") from None', "return"]


class Refusing:
    """A client that is refused everything, at the time at which the real one is."""

    def read_run(self, run_id: str) -> object:
        raise LangSmithError(f"403 Client Error for {run_id}")

    def list_runs(self) -> Iterator[object]:
        yield self.read_run("x")


def indented(text: str) -> str:
    return textwrap.indent(text, "    ")


@st.composite
def bodies(draw: st.DrawFn, functions: list[str], depth: int) -> str:
    """Statements that make one refused call; functions that they need are added to `functions`."""
    if depth == 0:
        return draw(st.sampled_from(CALLS))
    inner = draw(bodies(functions, depth - 1))
    number = len(functions)
    caught, action = draw(st.sampled_from(CAUGHT)), draw(st.sampled_from(ACTIONS))
    second = draw(st.sampled_from(["", f"except {draw(st.sampled_from(CAUGHT))}:\n    print('second')\n"]))
    call = f"helper_{number}(client)"
    forms = {
        "try": f"try:\n{indented(inner)}\nexcept {caught}:\n    {action}\n{second}",
        "handler": f'try:\n    raise KeyError("first")\nexcept KeyError:\n{indented(inner)}',
        "else": f"try:\n    print('fine')\nexcept {caught}:\n    {action}\nelse:\n{indented(inner)}",
        "finally": f"try:\n    print('fine')\nexcept {caught}:\n    {action}\nfinally:\n{indented(inner)}",
        "only finally": f"try:\n{indented(inner)}\nfinally:\n    print('closed')",
        "suppress": f"with contextlib.suppress({caught.strip('()')}):\n{indented(inner)}",
        "with": f"with contextlib.nullcontext():\n{indented(inner)}",
        "if": f"if client:\n{indented(inner)}",
        "for": f"for _ in range(2):\n{indented(inner)}",
        "helper": call,
        "decorated": call,
        "undecorated": call,
        "caller": f"try:\n    {call}\nexcept {caught}:\n    {action}",
        "generator": f"for _ in {call}:\n    pass",
        "generator outside": f"try:\n    items = {call}\nexcept {caught}:\n    raise\nfor _ in items:\n    pass",
        "method": f"Worker{number}(client).run()",
        "callback": f"apply(helper_{number}, client)",
        "safe callback": f"safely(helper_{number}, client)",
        "lambda": f"apply(lambda client: helper_{number}(client), client)",
        "safe lambda": f"safely(lambda client: helper_{number}(client), client)",
        "returned": f"def nested_{number}():\n    return {call}\n\nnested_{number}()",
        "nested": f"def nested_{number}():\n{indented(inner)}\n\nnested_{number}()",
        "nested outside": f"try:\n    def nested_{number}():\n{indented(indented(inner))}\n"
        f"except {caught}:\n    raise\nnested_{number}()",
    }
    form = draw(st.sampled_from(sorted(forms)))
    definition = f"def helper_{number}(client: Client):\n{indented(inner)}\n"
    if form in {"helper", "caller", "callback", "safe callback", "lambda", "safe lambda", "returned"}:
        functions.append(definition)
    elif form == "method":
        functions.append(
            f"class Worker{number}:\n    def __init__(self, client: Client):\n        self.client = client\n\n"
            f"    def run(self):\n        client = self.client\n{indented(indented(inner))}\n"
        )
    elif form.startswith("generator"):
        functions.append(f"{definition}    yield 1\n")
    elif form in {"decorated", "undecorated"}:
        functions.append(f"@{'catching' if form == 'decorated' else 'passing'}\n{definition}")
    return forms[form]


@st.composite
def programs(draw: st.DrawFn) -> str:
    functions: list[str] = []
    body = draw(bodies(functions, draw(st.integers(0, 4))))
    return "\n\n".join([HEAD, *functions, f"def entry(client: Client):\n{indented(body)}\n"])


ASYNC_CALLS = [
    'await client.read_run("x")',
    'print(await client.read_run("x"))',
    'pending = client.read_run("x")\nawait pending',
    "async for run in client.list_runs():\n    print(run)",
    "print([run async for run in client.list_runs()])",
]


class RefusingAsync:
    """The same, for `AsyncClient`."""

    async def read_run(self, run_id: str) -> object:
        raise LangSmithError(f"403 Client Error for {run_id}")

    async def list_runs(self) -> AsyncIterator[object]:
        yield await self.read_run("x")


@st.composite
def async_bodies(draw: st.DrawFn, functions: list[str], depth: int) -> str:
    """Statements of an `async def` that make one refused call."""
    if depth == 0:
        return draw(st.sampled_from(ASYNC_CALLS))
    inner = draw(async_bodies(functions, depth - 1))
    number = len(functions)
    caught, action = draw(st.sampled_from(CAUGHT)), draw(st.sampled_from(ACTIONS))
    call = f"helper_{number}(client)"
    handler = f"except {caught}:\n    {action}"
    forms = {
        "try": f"try:\n{indented(inner)}\n{handler}",
        "else": f"try:\n    print('fine')\n{handler}\nelse:\n{indented(inner)}",
        "finally": f"try:\n    print('fine')\n{handler}\nfinally:\n{indented(inner)}",
        "suppress": f"with contextlib.suppress({caught.strip('()')}):\n{indented(inner)}",
        "async with": f"async with contextlib.AsyncExitStack():\n{indented(inner)}",
        "helper": f"await {call}",
        "awaited inside": f"pending = {call}\ntry:\n    await pending\n{handler}",
        "awaited outside": f"try:\n    pending = {call}\nexcept {caught}:\n    raise\nawait pending",
        "task inside": f"task = asyncio.create_task({call})\ntry:\n    await task\n{handler}",
        "gathered": f"try:\n    await asyncio.gather({call}, asyncio.sleep(0))\n{handler}",
        "waited for": f"try:\n    await asyncio.wait_for({call}, timeout=5)\n{handler}",
        "nested": f"async def nested_{number}():\n{indented(inner)}\n\nawait nested_{number}()",
    }
    form = draw(st.sampled_from(sorted(forms)))
    if call in forms[form]:
        functions.append(f"async def helper_{number}(client: AsyncClient):\n{indented(inner)}\n")
    return forms[form]


@st.composite
def async_programs(draw: st.DrawFn) -> str:
    functions: list[str] = []
    body = draw(async_bodies(functions, draw(st.integers(0, 4))))
    head = HEAD.replace("import contextlib", "import asyncio\nimport contextlib").replace(
        "import Client", "import AsyncClient, Client"
    )
    return "\n\n".join([head, *functions, f"async def entry(client: AsyncClient):\n{indented(body)}\n"])


def escapes(program: str, client: object) -> bool:
    """Run the program: does the refusal leave it?"""
    scope: dict[str, object] = {"print": lambda *_: None}
    exec(compile(program, "program", "exec", dont_inherit=True), scope)
    entry = scope["entry"]
    assert callable(entry)
    try:
        result = entry(client)
        if inspect.iscoroutine(result):
            asyncio.run(result)
    except LangSmithError:
        return True
    except (RuntimeError, KeyError):
        return False
    return False


def reports(files: dict[str, str]) -> bool:
    """Lint the program, file by file: is the refusal reported?"""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {**files, "pyproject.toml": ""}.items():
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        codes = lint(Path(folder)).codes
    assert not {code for code in codes if code.startswith("LS9")}
    return bool({"LS301", "LS302"} & set(codes))


@settings(max_examples=150, deadline=None)
@given(program=programs())
def test_a_refusal_is_reported_exactly_when_it_escapes(program: str) -> None:
    assert reports({"mylib/runs.py": program}) is escapes(program, Refusing()), program


def split(program: str) -> dict[str, str]:
    """The same program in two files: everything but the entry is imported."""
    library, _, entry = program.rpartition("def entry(")
    names = re.findall(r"(?m)^(?:async def|def|class) (\w+)", library)
    head = f"import contextlib\n\n{IMPORTS}\n\nfrom .library import {', '.join(['NARROW', 'WIDE', *names])}\n\n\n"
    return {"mylib/__init__.py": "", "mylib/library.py": library, "mylib/runs.py": f"{head}def entry({entry}"}


@settings(max_examples=100, deadline=None)
@given(program=programs())
def test_the_same_over_two_files(program: str) -> None:
    assert reports(split(program)) is escapes(program, Refusing()), program


@settings(max_examples=100, deadline=None)
@given(program=async_programs())
def test_the_same_for_the_asynchronous_client(program: str) -> None:
    assert reports({"mylib/runs.py": program}) is escapes(program, RefusingAsync()), program
