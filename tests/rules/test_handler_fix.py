"""LS302's fix: the handler catches what is raised, under a name that really is the SDK's."""

from __future__ import annotations

import ast
import importlib
import textwrap
from pathlib import Path

import casebook
import pytest
from click.testing import CliRunner
from linting import lint

from lint_langsmith.cli import main

# A handler that needs a star needs another statement; what tenacity raises is no class of the SDK. No fix for those.
WITHOUT_FIX = {
    "LS302/A handler without a star around a task group",
    "LS302/A decorator that gives up",
}
CASES = {
    case.id: case
    for page in casebook.pages()
    if page.stem == "LS302"
    for case in casebook.read_page(page)
    if case.id not in WITHOUT_FIX
    and any(entry.persona == "regular" and entry.code == "LS302" for entry in case.expected())
}


def fixed(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(directory)
    arguments = ["check", "--select", "LS302", "--fix", "--unsafe-fixes", "."]
    CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_fixed_handler_catches_it(
    case: casebook.Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.write(tmp_path)
    before = lint(tmp_path, "--select", "LS301,LS302").codes
    fixed(tmp_path, monkeypatch)
    after = lint(tmp_path, "--select", "LS301,LS302").codes
    assert "LS302" in before
    assert after == [code for code in before if code != "LS302"]
    for path in tmp_path.rglob("*.py"):
        check_imports(path.read_text(encoding="utf-8"))


def check_imports(text: str) -> None:
    """Every name that is imported from the SDK's own error modules is there to be imported."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module == "langsmith.utils":
            module = importlib.import_module(node.module)
            assert all(hasattr(module, alias.name) for alias in node.names)


CALL = """
def read(client: Client):
    try:
        return client.read_run("x")
    except {caught}:
        return None
"""
FORMS = {
    "the import is only for it": (
        "from langsmith import Client\nfrom langsmith.utils import LangSmithAuthError\n",
        "LangSmithAuthError as error",
        "from langsmith import Client\nfrom langsmith.utils import LangSmithError\n",
        "LangSmithError as error",
    ),
    "the import has other uses": (
        "from langsmith import Client\nfrom langsmith.utils import LangSmithAuthError\n\nKNOWN = LangSmithAuthError\n",
        "LangSmithAuthError",
        (
            "from langsmith import Client\nfrom langsmith.utils import LangSmithAuthError, LangSmithError\n\n"
            "KNOWN = LangSmithAuthError\n"
        ),
        "LangSmithError",
    ),
    "an import over lines": (
        (
            "from langsmith import Client\nfrom langsmith.utils import (\n"
            "    LangSmithAuthError,\n    tracing_is_enabled,\n)\n"
            "\nprint(tracing_is_enabled(), LangSmithAuthError)\n"
        ),
        "LangSmithAuthError",
        (
            "from langsmith import Client\nfrom langsmith.utils import (\n"
            "    LangSmithAuthError,\n    LangSmithError,\n    tracing_is_enabled,\n)\n"
            "\nprint(tracing_is_enabled(), LangSmithAuthError)\n"
        ),
        "LangSmithError",
    ),
    "the class is there already": (
        "from langsmith import Client\nfrom langsmith.utils import LangSmithError as Refused, LangSmithUserError\n",
        "LangSmithUserError",
        "from langsmith import Client\nfrom langsmith.utils import LangSmithError as Refused, LangSmithUserError\n",
        "Refused",
    ),
    "an attribute": (
        "from langsmith import Client, utils\n",
        "utils.LangSmithAuthError as error",
        "from langsmith import Client, utils\n",
        "utils.LangSmithError as error",
    ),
    "a tuple": (
        "from langsmith import Client\nfrom langsmith.utils import LangSmithAuthError\n",
        "(LangSmithAuthError, KeyError) as error",
        "from langsmith import Client\nfrom langsmith.utils import LangSmithError\n",
        "(KeyError, LangSmithError) as error",
    ),
    "a name for a tuple": (
        "from langsmith import Client\n\nEXPECTED = (PermissionError, ValueError)\n",
        "EXPECTED",
        (
            "from langsmith import Client\nfrom langsmith.utils import LangSmithError\n\n"
            "EXPECTED = (PermissionError, ValueError)\n"
        ),
        "(*EXPECTED, LangSmithError)",
    ),
    "a docstring and the future": (
        '"""Reads."""\n\nfrom __future__ import annotations\n\nimport requests\nfrom langsmith import Client\n',
        "requests.HTTPError",
        (
            '"""Reads."""\n\nfrom __future__ import annotations\n\nimport requests\nfrom langsmith import Client\n'
            "from langsmith.utils import LangSmithError\n"
        ),
        "(requests.HTTPError, LangSmithError)",
    ),
    "imports for type checkers do not count": (
        (
            "from typing import TYPE_CHECKING\n\nfrom langsmith import Client\n\nif TYPE_CHECKING:\n"
            "    from langsmith.utils import LangSmithAPIError\n"
        ),
        "PermissionError",
        (
            "from typing import TYPE_CHECKING\n\n"
            "from langsmith import Client\nfrom langsmith.utils import LangSmithError\n\n"
            "if TYPE_CHECKING:\n    from langsmith.utils import LangSmithAPIError\n"
        ),
        "(PermissionError, LangSmithError)",
    ),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_the_text(
    form: tuple[str, str, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, caught, new_head, new_caught = form
    (tmp_path / "mylib.py").write_text(head + CALL.format(caught=caught))
    fixed(tmp_path, monkeypatch)
    assert (tmp_path / "mylib.py").read_text() == new_head + CALL.format(caught=new_caught)


def test_a_name_that_is_taken_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = textwrap.dedent(
        """
        from langsmith import Client


        class LangSmithError(Exception):
            pass


        def read(client: Client):
            try:
                return client.read_run("x")
            except PermissionError:
                return None
        """
    )
    (tmp_path / "mylib.py").write_text(text)
    fixed(tmp_path, monkeypatch)
    assert (tmp_path / "mylib.py").read_text() == text


def test_a_local_import_is_used_where_it_reaches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = """\
def read():
    from langsmith import Client
    from langsmith.utils import LangSmithError

    try:
        return Client().read_run("x")
    except {}:
        print(LangSmithError)


def other():
    from langsmith import Client

    try:
        return Client().read_run("x")
    except {}:
        return None
"""
    (tmp_path / "mylib.py").write_text(text.format("PermissionError", "KeyError"))
    fixed(tmp_path, monkeypatch)
    expected = text.format("(PermissionError, LangSmithError)", "KeyError")
    assert (tmp_path / "mylib.py").read_text() == expected
