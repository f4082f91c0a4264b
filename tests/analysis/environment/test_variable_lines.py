"""LS411's grammars: python-dotenv itself is asked what it makes of each line; the others were executed once."""

from __future__ import annotations

import io

import pytest
from dotenv import dotenv_values

from lint_langsmith.analysis.environment.process import Loader
from lint_langsmith.analysis.environment.variable_lines import line_faults

NAME = "LANGSMITH_PROJECT"
LINES = {
    f"{NAME}=x": "x",
    f'{NAME}="x"': "x",
    f"export {NAME}='x'": "x",
    f"{NAME} = x": "x",
    f"{NAME}=x # c": "x",
    f'{NAME}="x" # c': "x",
    f"'{NAME}'=x": "x",
    f'{NAME}: "x"': "x",
    f"{NAME} : x": "x",
    f"- {NAME}=x": "x",
    f"set {NAME}=x": "x",
    f'"{NAME}"=x': "x",
    f'{NAME}="x" "y"': "x y",
    f"{NAME}='x' y": "x y",
    f"export {NAME}: x": "x",
}
# Executed with `docker create --env-file`, Docker 28.2.2, against a stub of its daemon: None is an error.
DOCKER: dict[str, str | None] = {
    f"{NAME}=x": "x",
    f" {NAME}=x": "x",
    f'{NAME}="x"': '"x"',
    f"export {NAME}=x": None,
    f"{NAME} = x": None,
    f"{NAME}=x # c": "x # c",
    f"{NAME}: x": None,
    f"{NAME}:x": "",
}


def is_faulty(line: str, loader: Loader) -> bool:
    return any(True for _ in line_faults(["A=1", line, "B=2"], loader))


@pytest.mark.parametrize(("line", "meant"), LINES.items(), ids=LINES.keys())
def test_python_dotenv(line: str, meant: str) -> None:
    read = dotenv_values(stream=io.StringIO(f"A=1\n{line}\nB=2\n"))
    assert read["B"] == "2"
    assert is_faulty(line, "python-dotenv") == (read.get(NAME) != meant)


@pytest.mark.parametrize(("line", "value"), DOCKER.items(), ids=DOCKER.keys())
def test_docker(line: str, value: str | None) -> None:
    assert is_faulty(line, "docker") == (value != "x")


@pytest.mark.parametrize("loader", ["compose", "direnv"])
def test_a_colon_is_an_assignment(loader: Loader) -> None:
    assert not is_faulty(f'{NAME}: "x"', loader)


def test_a_value_over_several_lines_is_one() -> None:
    text = f'A="\n{NAME}: x\n"\n{NAME}: y\n'
    assert [fault.line for fault in line_faults(text.splitlines(), "python-dotenv")] == [4]


def test_a_key_may_stand_in_quotes_for_docker() -> None:
    # Executed on langsmith 0.1.147 to 0.15.0: the SDK takes them off.
    assert not any(True for _ in line_faults(['LANGSMITH_API_KEY="x"'], "docker"))
    assert any(True for _ in line_faults(['LANGSMITH_TRACING="true"'], "docker"))


DECOUPLE = "python-decouple or starlette"
# The line, what reads it, and what becomes of it.
EFFECTS = {
    (f'"{NAME}"=x', "python-dotenv"): "python-dotenv takes the quotes for a part of the name",
    (f'"{NAME}"=x', "settings"): "python-dotenv takes the quotes for a part of the name",
    (f"{NAME}: x", "settings"): "python-dotenv drops the line",
    (f"set {NAME}=x", "python-dotenv"): "python-dotenv drops the line",
    (f"- {NAME}=x", "python-dotenv"): "python-dotenv drops the line",
    (f"{NAME}='x' y", "python-dotenv"): "python-dotenv drops the line",
    (f"{NAME}='x' # y", "python-dotenv"): "",
    (f"{NAME}='x", "python-dotenv"): "",
    (f"{NAME}=x y", "python-dotenv"): "",
    (f"export {NAME}=x", "docker"): "docker refuses the file: a blank stands in the name",
    (f"{NAME} =x", "docker"): "docker refuses the file: a blank stands in the name",
    (f"{NAME}: x", "docker"): "docker refuses the file: a blank stands in the name",
    (f"{NAME}:x", "docker"): "docker drops the line",
    (f'"{NAME}"=x', "docker"): "docker takes the quotes for a part of the name",
    (f'{NAME}="x"', "docker"): "docker leaves the quotes in the value",
    (f"{NAME}='x'", "docker"): "docker leaves the quotes in the value",
    ('LANGSMITH_API_KEY="x"', "docker"): "",
    (f"{NAME}=x # c", "docker"): "docker takes the comment for a part of the value",
    (f"{NAME}=x#c", "docker"): "",
    (f"{NAME}=x", "docker"): "",
    (f"{NAME}: x", "dotenvy"): "uv stops at the line, and sets nothing behind it",
    (f"- {NAME}=x", "dotenvy"): "uv stops at the line, and sets nothing behind it",
    (f"export {NAME}=x", "dotenvy"): "",
    (f"{NAME}: x", "shell"): "a shell takes the name for a command",
    (f"{NAME}:x", "shell"): "a shell takes the name for a command",
    (f"- {NAME}=x", "shell"): "a shell takes the name for a command",
    (f"set {NAME}=x", "shell"): "a shell takes the name for a command",
    (f"{NAME} =x", "shell"): "a shell takes the name for a command",
    (f"{NAME}= x", "shell"): "a shell takes the name for a command",
    (f"{NAME}= ", "shell"): "",
    (f"export {NAME}=x", "shell"): "",
    (f"export {NAME}=x", "systemd"): "systemd ignores the line",
    (f"{NAME}: x", "systemd"): "systemd ignores the line",
    (f"set {NAME}=x", "systemd"): "systemd ignores the line",
    (f"{NAME}=x", "systemd"): "",
    (f"set {NAME}=x", "compose"): "compose refuses the file",
    (f"- {NAME}=x", "compose"): "compose refuses the file",
    (f"export {NAME}=x", "compose"): "",
    (f"{NAME}: x", "compose"): "",
    (f"set {NAME}=x", "direnv"): "",
    ("OTHER: x", "python-dotenv"): "",
    (f"export {NAME}=x", "decouple"): f"{DECOUPLE} takes `export` for a part of the name",
    (f"set {NAME}=x", "decouple"): f"{DECOUPLE} takes `set` for a part of the name",
    (f"'{NAME}'=x", "decouple"): f"{DECOUPLE} takes the quotes for a part of the name",
    (f"{NAME}: x", "decouple"): f"{DECOUPLE} drops the line",
    (f"{NAME}=x # c", "decouple"): f"{DECOUPLE} takes the comment for a part of the value",
    (f'{NAME}="x" # c', "decouple"): f"{DECOUPLE} takes the comment for a part of the value",
    (f'{NAME}="x # c"', "decouple"): "",
    (f"{NAME}=x#c", "decouple"): "",
    (f"{NAME} = x", "decouple"): "",
    (f"{NAME}='x'", "decouple"): "",
    (f"export {NAME}=x", "honcho"): "honcho drops the line",
    (f"{NAME}: x", "honcho"): "honcho drops the line",
    (f"{NAME} = x # c", "honcho"): "",
}


@pytest.mark.parametrize(("case", "effect"), EFFECTS.items())
def test_what_becomes_of_a_line(case: tuple[str, Loader], effect: str) -> None:
    line, loader = case
    found = list(line_faults(["A=1", f"  {line}"], loader))
    assert [fault.effect for fault in found] == ([effect] if effect else [])
    for fault in found:
        assert (fault.line, fault.name, fault.right) == (2, NAME, f"{NAME}=\u2026")
        assert fault.column == f"  {line}".index(NAME) + 1


def test_what_opens_a_value_over_several_lines() -> None:
    assert [fault.line for fault in line_faults([f"{NAME}: x"] * 2, "shell")] == [1, 2]
    for opening, closing in (("A='x", "y'"), ('A= "x', 'y"')):
        lines = [opening, f"{NAME}: x", closing, f"{NAME}: x"]
        assert [fault.line for fault in line_faults(lines, "shell")] == [4]
    for whole in ("A='x'", "# don't", "A=don't", "A=x'"):
        lines = [whole, f"{NAME}: x"]
        assert [fault.line for fault in line_faults(lines, "shell")] == [2]
