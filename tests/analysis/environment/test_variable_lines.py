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
