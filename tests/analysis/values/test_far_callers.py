"""Who calls a function from files that have nothing to do with LangSmith: all of them, or it is not known."""

from __future__ import annotations

from pathlib import Path

from linting import lint

from lint_langsmith.analysis import limits

BASE = """from langsmith import Client


class Base:
    def work(self, client: Client):
        client.delete_project(project_name="a")
"""
DERIVED = range(20)


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


def caught(number: int) -> str:
    """A file that calls the method of each class in a `try`."""
    imports = "".join(f"from d{n} import D{n}\n" for n in DERIVED)
    calls = "".join(f"    D{n}().work(None)\n" for n in DERIVED)
    return f"{imports}\nNUMBER = {number}\ntry:\n{calls}except Exception as error:\n    print(error)\n"


def test_files_that_import_many_classes_with_a_method_count_once(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "[project]\nname = 'x'\nversion = '1'\n")
    write(tmp_path, "base.py", BASE)
    for number in DERIVED:
        text = f"from base import Base\n\n\nclass D{number}(Base):\n    pass\n"
        write(tmp_path, f"d{number}.py", text)
    for number in range(limits.CALLING_FILES // 8):
        write(tmp_path, f"e{number}.py", caught(number))
    assert lint(tmp_path, ".").codes == []
    write(tmp_path, "z.py", "from d9 import D9\n\nD9().work(None)\n")
    assert lint(tmp_path, ".").codes == ["LS301"]


def test_of_a_function_that_more_files_call_nothing_is_said(tmp_path: Path) -> None:
    write(
        tmp_path,
        "base.py",
        "from langsmith import Client\n\n\ndef work(client: Client):\n    client.read_run(1)\n",
    )
    call = "import base\n\nbase.work(None)\n"
    for number in range(limits.CALLING_FILES):
        write(tmp_path, f"f{number}.py", call)
    assert "LS301" in lint(tmp_path, ".").codes
    write(tmp_path, "one_more.py", call)
    assert "LS301" not in lint(tmp_path, ".").codes
