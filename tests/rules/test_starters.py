"""Who starts a script of a project that is a part of a larger checkout (LS301)."""

from __future__ import annotations

from pathlib import Path

from linting import lint

SCRIPT = "from langsmith import Client\n\nclient = Client()\nclient.delete_project(project_name='a')\n"
FILES = {
    ".git/HEAD": "ref: refs/heads/main\n",
    "packages/engine/pyproject.toml": "[project]\nname = 'engine'\nversion = '0'\n",
    "packages/engine/.env.example": "LANGSMITH_API_KEY=\n",
    "packages/engine/evals/run.py": SCRIPT,
    "packages/engine/jobs/run.py": SCRIPT,
    "packages/engine/jobs/start.sh": (
        "#!/bin/sh\necho 'or start python evals/run.py yourself'\nexec python run.py\n"
    ),
    ".github/workflows/nightly.yml": (
        "on:\n  schedule:\n    - cron: '0 3 * * *'\njobs:\n  run:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - run: python packages/engine/jobs/run.py\n        # python packages/engine/evals/run.py\n"
    ),
}


def test_a_workflow_above_the_project_starts_one_of_two_scripts_of_the_same_name(
    tmp_path: Path,
) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = lint(tmp_path, ".").findings
    assert {place.path: place.severity for place in found if place.code == "LS301"} == {
        "evals/run.py": "info",
        "jobs/run.py": "warning",
    }
