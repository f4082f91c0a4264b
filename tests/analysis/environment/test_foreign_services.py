"""Variables of programs that others wrote: LS401 and LS408 do not judge them, and no safe fix changes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import foreign_variables
import pytest
from linting import lint

from lint_langsmith.sdk import foreign

_COMPOSE: Final = (
    "services:\n  a:\n    image: {image}\n{more}    environment:\n"
    "      LANGSMITH_HOST: x\n      {js}: 'true'\n"
)
_JS: Final = "LANGCHAIN_CALLBACKS_BACKGROUND"


def project(root: Path, files: dict[str, str]) -> None:
    (root / "pyproject.toml").touch()
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def codes(root: Path) -> set[str]:
    return set(
        lint(root, "--isolated", "--persona", "auditor", "--select", "LS401,LS408", ".").codes
    )


FOREIGN: Final = (
    "ghcr.io/berriai/litellm:main-stable",
    "docker.n8n.io/n8nio/n8n",
    "n8nio/n8n:1.80",
    "flowiseai/flowise",
    "langflowai/langflow:latest",
    "langfuse/langfuse:3",
    "langgenius/dify-api:1.0",
    "ghcr.io/open-webui/open-webui:main",
    "langchain/langgraphjs-api:20",
    "registry.example:5000/somebody/else@sha256:0123",
)


@pytest.mark.parametrize("image", FOREIGN)
def test_a_service_with_a_foreign_image(tmp_path: Path, image: str) -> None:
    project(tmp_path, {"compose.yaml": _COMPOSE.format(image=image, more="", js=_JS)})
    assert codes(tmp_path) == set()


OWN: Final = {
    "a name of its own": ("agent", "", {}),
    "built beside": ("ghcr.io/acme/agent", "    build: .\n", {}),
    "a runtime": ("docker.io/library/python:3.12-slim", "", {}),
    "the server of graphs": ("langchain/langgraph-api:3.11", "", {}),
    "code that is mounted": ("ghcr.io/acme/base", "    command: python -m app\n", {}),
    "built by a workflow": (
        "ghcr.io/acme/agent:1",
        "",
        {
            ".github/workflows/a.yml": "jobs:\n  a:\n    steps:\n      - run: docker build -t ghcr.io/acme/agent .\n"
        },
    ),
}


@pytest.mark.parametrize("case", OWN)
def test_a_service_of_the_project(tmp_path: Path, case: str) -> None:
    image, more, files = OWN[case]
    project(
        tmp_path, {"compose.yaml": _COMPOSE.format(image=image, more=more, js=_JS), **files}
    )
    assert codes(tmp_path) == {"LS401", "LS408"}


def test_a_service_beside_a_foreign_one_is_judged(tmp_path: Path) -> None:
    text = (
        _COMPOSE.format(image="n8nio/n8n", more="", js="A")
        + "  b:\n    build: .\n    environment:\n      LANGSMITH_HOST: x\n"
    )
    project(tmp_path, {"compose.yaml": text})
    found = lint(tmp_path, "--isolated", "--select", "LS401", ".").findings
    assert [finding.line for finding in found] == [
        text[: text.rindex("LANGSMITH_HOST")].count("\n") + 1
    ]


ELSEWHERE: Final = {
    "Dockerfile": "FROM ghcr.io/berriai/litellm:main\nENV LANGSMITH_HOST=x\n",
    "k8s.yaml": (
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      image: n8nio/n8n\n      env:\n"
        f"        - name: LANGSMITH_HOST\n          value: x\n        - name: {_JS}\n          value: 'true'\n"
    ),
    ".github/workflows/a.yml": (
        "on: push\njobs:\n  a:\n    runs-on: x\n    services:\n      p:\n        image: ghcr.io/berriai/litellm\n"
        "        env:\n          LANGSMITH_HOST: x\n"
    ),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_container_with_a_foreign_image(tmp_path: Path, name: str) -> None:
    project(tmp_path, {name: ELSEWHERE[name]})
    assert codes(tmp_path) == set()


def test_a_manifest_of_the_project_is_judged(tmp_path: Path) -> None:
    project(
        tmp_path, {"k8s.yaml": ELSEWHERE["k8s.yaml"].replace("n8nio/n8n", "ghcr.io/acme/agent")}
    )
    assert codes(tmp_path) == {"LS401", "LS408"}


ENV: Final = (
    "LANGSMITH_BASE_URL=https://eu.api.smith.langchain.com\nLANGSMITH_SAMPLING_RATE=1\n"
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "litellm[proxy]==1.80\n"),
        ("app.py", "import litellm\n"),
        ("config.yaml", "litellm_settings:\n  callbacks: [langsmith]\n"),
        ("uv.lock", '[[package]]\nname = "litellm"\nversion = "1.80"\n'),
        (
            "compose.yaml",
            "services:\n  a:\n    image: ghcr.io/berriai/litellm\n    env_file: .env\n",
        ),
    ],
)
def test_names_that_a_package_of_the_project_reads(
    tmp_path: Path, name: str, text: str
) -> None:
    project(tmp_path, {".env": ENV, name: text})
    assert codes(tmp_path) == set()


def test_without_that_package_they_are_reported_and_not_renamed(tmp_path: Path) -> None:
    project(tmp_path, {".env": ENV, "README.md": "We do not use litellm.\n"})
    assert codes(tmp_path) == {"LS401"}
    lint(tmp_path, "--isolated", "--select", "LS401", "--fix", ".")
    assert (tmp_path / ".env").read_text() == ENV


def test_a_variable_for_a_program_in_javascript(tmp_path: Path) -> None:
    project(
        tmp_path,
        {
            ".env": f"{_JS}=true\n",
            "compose.yaml": "services:\n  a:\n    image: n8nio/n8n\n    env_file: .env\n",
        },
    )
    assert codes(tmp_path) == set()


SHARED: Final = "services:\n  a:\n    image: n8nio/n8n\n    env_file: .env\n"


@pytest.mark.parametrize(
    ("files", "is_renamed"),
    [
        ({}, True),
        ({"compose.yaml": SHARED}, False),
        ({"other.py": 'import os\n\nos.environ["LANGCHAIN_TRACING_V2"] = "true"\n'}, False),
    ],
)
def test_when_a_rename_is_safe(
    tmp_path: Path, files: dict[str, str], *, is_renamed: bool
) -> None:
    project(tmp_path, {".env": "LANGCHAIN_TRACKING_V2=true\n", **files})
    lint(tmp_path, "--isolated", "--select", "LS401", "--fix", ".")
    assert (
        tmp_path / ".env"
    ).read_text() == f"LANGCHAIN_TRAC{'' if is_renamed else 'K'}ING_V2=true\n"


def test_a_flag_of_a_foreign_service_is_not_rewritten(tmp_path: Path) -> None:
    text = "services:\n  a:\n    image: langfuse/langfuse\n    environment:\n      LANGSMITH_TRACING: '1'\n"
    project(tmp_path, {"compose.yaml": text})
    lint(tmp_path, "--isolated", "--select", "LS402", "--fix", ".")
    assert (tmp_path / "compose.yaml").read_text() == text


def test_the_table_says_what_litellm_reads() -> None:
    for name in ("BASE_URL", "DEFAULT_RUN_NAME", "SAMPLING_RATE", "BATCH_SIZE", "TENANT_ID"):
        assert "litellm" in foreign.readers(f"LANGSMITH_{name}")
    assert foreign.readers("LANGCHAIN_TRACKING_V2") == ()


def test_the_table_has_every_package_that_is_scanned() -> None:
    packages = json.loads(foreign_variables.OUTPUT.read_text(encoding="utf-8"))["packages"]
    scanned = [
        *foreign_variables.PACKAGES,
        *(f"npm:{name}" for name in foreign_variables.NODE_PACKAGES),
    ]
    assert list(packages) == scanned, "run python tools/foreign_variables.py"
    assert all(row["variables"] for row in packages.values())
