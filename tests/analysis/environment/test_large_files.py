"""Files of more than `limits.DEPLOYMENT_BYTES` say nothing of programs: nobody wrote them by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment import checkout, foreign_services, starters
from lint_langsmith.analysis.environment.loaders import scripts
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.config.settings import Settings

_BYTES: Final = 200
_RUN: Final = "docker run -e LANGSMITH_TRACING=true app"
PROGRAMS: Final = {
    "Taskfile.yml": "tasks:\n  run:\n    cmd: python main.py\n",
    "run.sh": "export LANGSMITH_TRACING=true\npython main.py\n",
    ".gitlab-ci.yml": f"job:\n  script:\n    - {_RUN} python main.py\n",
}


@pytest.fixture(autouse=True)
def _few_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (checkout, foreign_services, scripts, starters):
        monkeypatch.setattr(module, "DEPLOYMENT_BYTES", _BYTES)


def _padded(text: str, size: int) -> str:
    return text + "#" * (size - len(text))


def _analysis(root: Path, files: dict[str, str]) -> Analysis:
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    return Analysis(Project(root, Settings(), [root / name for name in files]))


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("further", [0, 1])
def test_programs(tmp_path: Path, name: str, further: int) -> None:
    text = _padded(PROGRAMS[name], _BYTES + further)
    analysis = _analysis(tmp_path, {name: text, "main.py": "import langsmith\n"})
    told = [row.label for row in analysis.processes.all if name in row.label]
    assert bool(told) == (not further), told


@pytest.mark.parametrize("further", [0, 1])
def test_variables(tmp_path: Path, further: int) -> None:
    files = {
        "compose.yaml": "services:\n  app:\n    image: app\n    env_file: a.env\n",
        "a.env": _padded("LANGSMITH_TRACING=true\n", _BYTES + further),
    }
    (app,) = [row for row in _analysis(tmp_path, files).processes.all if "app" in row.label]
    assert (app.tracing is not None) == app.is_whole == (not further)


@pytest.mark.parametrize("further", [0, 1])
def test_what_stands_above(tmp_path: Path, further: int) -> None:
    analysis = _analysis(tmp_path, {"job.py": "import langsmith\n"})

    def above() -> Iterator[tuple[str, bytes]]:
        yield "start.sh", _padded("python app/job.py\n", _BYTES + further).encode()

    assert bool(analysis.processes.starters(above).started) == (not further)


@pytest.mark.parametrize("further", [0, 1])
def test_images_that_are_built(tmp_path: Path, further: int) -> None:
    """A file that builds an image is one of the project's own, whatever starts it."""
    files = {
        "compose.yaml": "services:\n  app:\n    image: acme/agent\n    environment: [LANGSMITH_TRACING=true]\n",
        "build.sh": _padded("docker build -t acme/agent .\n", _BYTES + further),
    }
    analysis = _analysis(tmp_path, files)
    file = analysis.project.load(tmp_path / "compose.yaml")
    (setting,) = analysis.environment.settings(file)
    assert analysis.foreign_services.gets(setting) == bool(further)
