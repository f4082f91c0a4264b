"""The readers of files other than Python: which variables are defined, with which value, for whom, and where."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pace import within

from lint_langsmith.analysis.ir.model import FileModel
from lint_langsmith.analysis.readers import read
from lint_langsmith.findings import Span
from lint_langsmith.source.kinds import Kind, kind_of
from lint_langsmith.source.text import LineIndex, split_lines

DOTENV = """\
# LANGSMITH_API_KEY=old
export LANGSMITH_API_KEY = "a b" # why
LANGSMITH_TRACING=true
LANGSMITH_PROJECT=
LANGSMITH_ENDPOINT
X=${Y}
'QUOTED' = 'two
lines'
W=é # é
"""
COMPOSE = """\
x-shared: &shared
  LANGSMITH_TRACING: "true"
services:
  web:
    env_file: .env
    environment:
      <<: *shared
      LANGSMITH_API_KEY: ${KEY}
      LANGSMITH_PROJECT: demo
  db:
    env_file: [a.env, {path: b.env}]
    environment:
      - LANGSMITH_API_KEY
      - LANGCHAIN_TRACING_V2=True
      - "LANGCHAIN_PROJECT=x"
    build:
      args:
        LANGSMITH_TRACING: 1
"""
WORKFLOW = """\
on: push
env:
  LANGSMITH_TRACING: True
jobs:
  test:
    env: {LANGSMITH_API_KEY: "${{ secrets.KEY }}"}
    steps:
      - uses: actions/checkout@v4
      - env:
          LANGCHAIN_PROJECT: ci
        run: |
          export LANGSMITH_PROJECT=demo
"""
KUBERNETES = """\
apiVersion: v1
kind: Secret
data:
  LANGSMITH_API_KEY: YWJj
stringData:
  LANGSMITH_PROJECT: YWJj
---
kind: Deployment
apiVersion: apps/v1
spec:
  containers:
    - name: app
      env:
        - name: LANGSMITH_API_KEY
          value: "abc"
        - value: demo
          name: LANGSMITH_PROJECT
        - name: LANGSMITH_ENDPOINT
          valueFrom:
            secretKeyRef: {name: a, key: b}
      envFrom:
        - secretRef: {name: keys}
"""
DOCKERFILE = """\
FROM python:3.12 AS base
ENV A=1 \\
    # LANGSMITH_TRACING=false
    LANGSMITH_API_KEY="a b" B=c
ARG LANGSMITH_PROJECT
ARG LANGSMITH_TRACING=true
FROM base
ENV LANGCHAIN_PROJECT two words
RUN LANGSMITH_TEST_CACHE=x pytest
"""
TOML = """\
# LANGSMITH_API_KEY = "old"
[tool.pytest]
env = ["LANGSMITH_TRACING=false", "B=2"]
text = '''
LANGSMITH_PROJECT = "inside a text"
'''
[env]
LANGSMITH_API_KEY = "a\\u0062"
langsmith_project = 'x'
table = {LANGCHAIN_TRACING_V2 = true}
"""
INI = """\
[pytest]
; LANGSMITH_API_KEY=old
env =
    LANGSMITH_TRACING=false
    D:LANGSMITH_PROJECT = "x" ; why
[Service]
Environment="LANGSMITH_API_KEY=abc" B=c
"""
SHELL = """\
#!/bin/sh
# export LANGSMITH_API_KEY=old
export LANGSMITH_API_KEY="abc"
LANGSMITH_TRACING=$ON run
docker run -e LANGSMITH_PROJECT=demo image
set -x LANGSMITH_A 1
$env:LANGSMITH_B = "b"
set LANGSMITH_C=1
LANGSMITH_D ?= d
curl -H "x-api-key: $KEY" "https://example.com/?LANGSMITH=1"
"""
LISTS_IN_A_WORD = """\
gcloud run deploy agent --set-env-vars LANGSMITH_TRACING=true,LANGSMITH_PROJECT=x --region y
gcloud run deploy agent "--update-env-vars=LANGSMITH_TRACING=$ON,LANGSMITH_PROJECT=x"
aws lambda update-function-configuration --environment "Variables={LANGSMITH_TRACING=true,A=b}"
export LANGSMITH_PROJECT="a,B=2"
export OTEL_EXPORTER_OTLP_HEADERS=x-api-key=k,Langsmith-Project=p
export LANGSMITH_TRACING=${ON:-true}
"""
BATCH = """\
@echo off
set LANGSMITH_TRACING="true"
set "LANGSMITH_PROJECT=x y"
SET LANGSMITH_ENDPOINT=https://eu.api.smith.langchain.com
"""
HEREDOC = """\
kubectl apply -f - <<EOF
spec:
  containers:
    - name: app
      env:
        - name: LANGSMITH_TRACING
          value: "True"
        - name: LANGSMITH_PROJECT
          value: $PROJECT
    - name: worker
      env:
        - name: LANGSMITH_TRACING
          value: true # on
EOF
"""
MANIFEST_IN_TERRAFORM = """\
resource "kubernetes_manifest" "agent" {
  manifest = yamldecode(<<-EOT
    env:
      - name: LANGSMITH_TRACING
        value: "True"
  EOT
  )
}
"""
CLOUDBUILD = """\
steps:
  - args: [run, deploy, --set-env-vars, "LANGSMITH_TRACING=True,LANGSMITH_PROJECT=x"]
  - args:
      - --set-env-vars=LANGSMITH_TRACING=true,LANGSMITH_PROJECT=x
"""
DEPLOYED_BY_ACTION = """\
jobs:
  deploy:
    steps:
      - uses: google-github-actions/deploy-cloudrun@v2
        with:
          env_vars: |-
            LANGSMITH_TRACING=True
            LANGSMITH_PROJECT=x
"""
TERRAFORM = """\
# LANGSMITH_API_KEY = "old"
variable "langsmith_api_key" {
  default = "abc"
}
resource "aws_lambda_function" "app" {
  environment {
    variables = {
      LANGSMITH_TRACING = "true"
      LANGSMITH_PROJECT = var.project
    }
  }
  env {
    value = "x"
    name  = "LANGCHAIN_PROJECT"
  }
}
"""
JSON = """\
{ // as editors allow it
  "env": {"LANGSMITH_API_KEY": "a\\u0062c"},
  "environment": [{"name": "LANGCHAIN_PROJECT", "value": "x"}],
  "args": ["-e", "LANGSMITH_TRACING=1"],
}
"""
MARKDOWN = """\
Set LANGSMITH_API_KEY=prose first.

```bash
export LANGSMITH_API_KEY="abc"
```

    LANGSMITH_TRACING=true

~~~
LANGCHAIN_PROJECT=x
~~~

```python
os.environ["LANGSMITH_PROJECT"] = "y"
```
"""
RST = """\
First::

    export LANGSMITH_TRACING=true

.. code-block:: python

    os.environ["LANGSMITH_PROJECT"] = "y"

LANGSMITH_API_KEY=prose
"""
TEMPLATE = """\
env:
  {{- range $k, $v := .Values.env }}
  LANGSMITH_API_KEY: "abc"
  LANGSMITH_PROJECT: {{ .Values.project }}
"""

CASES: dict[str, tuple[Kind, str, list[tuple[str, str | None, str, str]]]] = {
    "dotenv": (
        "dotenv",
        DOTENV,
        [
            ("LANGSMITH_API_KEY", "a b", '"a b"', ""),
            ("LANGSMITH_TRACING", "true", "true", ""),
            ("LANGSMITH_PROJECT", "", "", ""),
            ("LANGSMITH_ENDPOINT", None, "", ""),
            ("X", None, "${Y}", ""),
            ("QUOTED", "two\nlines", "'two\nlines'", ""),
            ("W", "é", "é", ""),
        ],
    ),
    "compose": (
        "compose",
        COMPOSE,
        [
            ("LANGSMITH_TRACING", "true", '"true"', "x-shared"),
            ("LANGSMITH_API_KEY", None, "${KEY}", "services.web"),
            ("LANGSMITH_PROJECT", "demo", "demo", "services.web"),
            ("LANGSMITH_API_KEY", None, "", "services.db"),
            ("LANGCHAIN_TRACING_V2", "True", "True", "services.db"),
            ("LANGCHAIN_PROJECT", "x", "x", "services.db"),
            ("LANGSMITH_TRACING", "1", "1", "services.db"),
        ],
    ),
    "workflow": (
        "workflow",
        WORKFLOW,
        [
            ("LANGSMITH_TRACING", "True", "True", ""),
            ("LANGSMITH_API_KEY", None, '"${{ secrets.KEY }}"', "jobs.test"),
            ("LANGCHAIN_PROJECT", "ci", "ci", "jobs.test.steps.1"),
            ("LANGSMITH_PROJECT", "demo", "demo", "jobs.test.steps.1"),
        ],
    ),
    "kubernetes": (
        "kubernetes",
        KUBERNETES,
        [
            ("LANGSMITH_API_KEY", "abc", "YWJj", "0"),
            ("LANGSMITH_PROJECT", "YWJj", "YWJj", "0"),
            ("LANGSMITH_API_KEY", "abc", '"abc"', "1.spec.containers.0"),
            ("LANGSMITH_PROJECT", "demo", "demo", "1.spec.containers.0"),
            ("LANGSMITH_ENDPOINT", None, "", "1.spec.containers.0"),
        ],
    ),
    "dockerfile": (
        "dockerfile",
        DOCKERFILE,
        [
            ("A", "1", "1", "base"),
            ("LANGSMITH_API_KEY", "a b", '"a b"', "base"),
            ("B", "c", "c", "base"),
            ("LANGSMITH_PROJECT", None, "", "base"),
            ("LANGSMITH_TRACING", "true", "true", "base"),
            ("LANGCHAIN_PROJECT", "two words", "two words", "1"),
            ("LANGSMITH_TEST_CACHE", "x", "x", "1"),
        ],
    ),
    "toml": (
        "toml",
        TOML,
        [
            ("LANGSMITH_TRACING", "false", "false", "tool.pytest"),
            ("B", "2", "2", "tool.pytest"),
            ("LANGSMITH_API_KEY", "ab", '"a\\u0062"', "env"),
            ("langsmith_project", "x", "'x'", "env"),
            ("LANGCHAIN_TRACING_V2", "true", "true", "env"),
        ],
    ),
    "ini": (
        "ini",
        INI,
        [
            ("LANGSMITH_TRACING", "false", "false", "pytest"),
            ("LANGSMITH_PROJECT", "x", '"x"', "pytest"),
            ("LANGSMITH_API_KEY", "abc", "abc", "Service"),
            ("B", "c", "c", "Service"),
        ],
    ),
    "shell": (
        "shell",
        SHELL,
        [
            ("LANGSMITH_API_KEY", "abc", '"abc"', ""),
            ("LANGSMITH_TRACING", None, "$ON", ""),
            ("LANGSMITH_PROJECT", "demo", "demo", ""),
            ("LANGSMITH_A", "1", "1", ""),
            ("LANGSMITH_B", "b", '"b"', ""),
            ("LANGSMITH_C", "1", "1", ""),
            ("LANGSMITH_D", "d", "d", ""),
        ],
    ),
    "lists in a word": (
        "shell",
        LISTS_IN_A_WORD,
        [
            ("LANGSMITH_TRACING", "true", "true", ""),
            ("LANGSMITH_PROJECT", "x", "x", ""),
            ("LANGSMITH_TRACING", None, "$ON", ""),
            ("LANGSMITH_PROJECT", "x", "x", ""),
            ("LANGSMITH_TRACING", "true", "true", ""),
            ("A", "b", "b", ""),
            ("LANGSMITH_PROJECT", "a,B=2", '"a,B=2"', ""),
            (
                "OTEL_EXPORTER_OTLP_HEADERS",
                "x-api-key=k,Langsmith-Project=p",
                "x-api-key=k,Langsmith-Project=p",
                "",
            ),
            ("LANGSMITH_TRACING", None, "${ON:-true}", ""),
        ],
    ),
    "quotes that Windows keeps": (
        "shell",
        BATCH,
        [
            ("LANGSMITH_TRACING", '"true"', '"true"', ""),
            ("LANGSMITH_PROJECT", "x", "x", ""),
            (
                "LANGSMITH_ENDPOINT",
                "https://eu.api.smith.langchain.com",
                "https://eu.api.smith.langchain.com",
                "",
            ),
        ],
    ),
    "a manifest in a script": (
        "shell",
        HEREDOC,
        [
            ("LANGSMITH_TRACING", "True", '"True"', "containers.1"),
            ("LANGSMITH_PROJECT", None, "$PROJECT", "containers.1"),
            ("LANGSMITH_TRACING", "true", "true", "containers.2"),
        ],
    ),
    "a manifest in Terraform": (
        "terraform",
        MANIFEST_IN_TERRAFORM,
        [("LANGSMITH_TRACING", "True", '"True"', "containers.1")],
    ),
    "arguments of a command in YAML": (
        "yaml",
        CLOUDBUILD,
        [
            ("LANGSMITH_TRACING", "True", "True", "steps.0"),
            ("LANGSMITH_PROJECT", "x", "x", "steps.0"),
            ("LANGSMITH_TRACING", "true", "true", "steps.1"),
            ("LANGSMITH_PROJECT", "x", "x", "steps.1"),
        ],
    ),
    "an action's input": (
        "workflow",
        DEPLOYED_BY_ACTION,
        [
            ("LANGSMITH_TRACING", "True", "True", "jobs.deploy.steps.0"),
            ("LANGSMITH_PROJECT", "x", "x", "jobs.deploy.steps.0"),
        ],
    ),
    "terraform": (
        "terraform",
        TERRAFORM,
        [
            ("langsmith_api_key", "abc", '"abc"', ""),
            ("LANGSMITH_TRACING", "true", '"true"', "aws_lambda_function.app.environment"),
            ("LANGSMITH_PROJECT", None, "var.project", "aws_lambda_function.app.environment"),
            ("LANGCHAIN_PROJECT", "x", '"x"', "aws_lambda_function.app"),
        ],
    ),
    "json": (
        "json",
        JSON,
        [
            ("LANGSMITH_API_KEY", "abc", '"a\\u0062c"', ""),
            ("LANGCHAIN_PROJECT", "x", '"x"', ""),
            ("LANGSMITH_TRACING", "1", "1", ""),
        ],
    ),
    "markdown": (
        "markdown",
        MARKDOWN,
        [
            ("LANGSMITH_API_KEY", "abc", '"abc"', "block 1"),
            ("LANGSMITH_TRACING", "true", "true", "block 2"),
            ("LANGCHAIN_PROJECT", "x", "x", "block 3"),
            ("LANGSMITH_PROJECT", "y", '"y"', "block 4"),
        ],
    ),
    "rst": (
        "rst",
        RST,
        [
            ("LANGSMITH_TRACING", "true", "true", "block 1"),
            ("LANGSMITH_PROJECT", "y", '"y"', "block 2"),
        ],
    ),
    "containers in a script": (
        "shell",
        (
            'kubectl apply -f - <<EOF\nenv:\n  - name: LANGSMITH_A\n    value: "1"\n  - name: other\n    value: x\n'
            "  - name: 'LANGSMITH_B'\n    value: 2 # two\nenv:\n  - name: LANGSMITH_C\n    value: '${X}'\n"
            "  - name: LANGSMITH_D\n    valueFrom: x\nEOF\n"
        ),
        [
            ("LANGSMITH_A", "1", '"1"', "containers.1"),
            ("LANGSMITH_B", "2", "2", "containers.1"),
            ("LANGSMITH_C", None, "'${X}'", "containers.2"),
        ],
    ),
    "variables of Terraform in blocks": (
        "terraform",
        (
            'env {\n  name = "LANGSMITH_A"\n  value = "1"\n}\nenv {\n  name = "LANGSMITH_B"\n  value = var.b\n}\n'
            'env {\n  name = "LANGSMITH_C"\n  value_from = "x"\n}\nenv {\n  name = "OTHER_C"\n}\n'
            'env {\n  name = var.d\n  value = "4"\n}\nenv {\n  value = "5"\n}\n'
            'env {\n  name = "not a name"\n  value = "6"\n}\n'
        ),
        [
            ("LANGSMITH_A", "1", '"1"', ""),
            ("LANGSMITH_B", None, "var.b", ""),
            ("LANGSMITH_C", None, "", ""),
        ],
    ),
    "a template that is no YAML": (
        "yaml",
        TEMPLATE,
        [("LANGSMITH_API_KEY", "abc", '"abc"', "")],
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_is_defined(name: str, newline: str) -> None:
    kind, text, expected = CASES[name]
    text = text.replace("\n", newline)
    model = read(kind, text)
    expected = [
        (key, value, written.replace("\n", newline), group)
        for key, value, written, group in expected
    ]
    found = [
        (row.name, row.value and row.value.replace("\r\n", "\n"), row.written, row.group)
        for row in model.definitions
    ]
    assert found == expected
    for row in model.definitions:
        assert excerpt(text, row.name_span) == row.name
        assert excerpt(text, row.span) == (row.written or row.name)


def excerpt(text: str, span: Span) -> str:
    index = LineIndex(text)
    return text[
        index.offset(span.line, span.column) : index.offset(span.end_line, span.end_column)
    ]


def test_files_of_variables() -> None:
    files = [(row.path, row.group) for row in read("compose", COMPOSE).environment_files]
    assert files == [
        (".env", "services.web"),
        ("a.env", "services.db"),
        ("b.env", "services.db"),
    ]
    assert [row.path for row in read("kubernetes", KUBERNETES).environment_files] == [None]
    assert [row.path for row in read("langgraph", '{"env": ".env"}').environment_files] == [
        ".env"
    ]
    assert [
        row.name
        for row in read("langgraph", '{"env": {"LANGSMITH_TRACING": "true"}}').definitions
    ] == ["LANGSMITH_TRACING"]


KINDS = {
    "a.py": "python",
    "b.ipynb": "notebook",
    ".env": "dotenv",
    ".env.example": "dotenv",
    "prod.env": "dotenv",
    "env.sample": "dotenv",
    ".envrc": "shell",
    "compose.yaml": "compose",
    "docker-compose.dev.yml": "compose",
    ".github/workflows/ci.yml": "workflow",
    "action.yml": "workflow",
    "Dockerfile": "dockerfile",
    "api.Dockerfile": "dockerfile",
    "Dockerfile.dev": "dockerfile",
    "dockerfile_parser.py": "python",
    "langgraph.json": "langgraph",
    "environment.yml": "yaml",
    "pyproject.toml": "toml",
    "tox.ini": "ini",
    "Makefile": "shell",
    "main.tf": "terraform",
    "README.md": "markdown",
    "index.rst": "rst",
    "index.html": "text",
    "LICENSE": "text",
}


@pytest.mark.parametrize("name", KINDS)
def test_kinds_by_name(name: str) -> None:
    assert kind_of(PurePosixPath(name)) == KINDS[name]


def test_kinds_by_content() -> None:
    assert kind_of(PurePosixPath("a.yml"), b"version: 3\nservices:\n  a: {}\n") == "compose"
    assert kind_of(PurePosixPath("a.yml"), b"kind: Pod\napiVersion: v1\n") == "kubernetes"
    assert kind_of(PurePosixPath("run"), b"#!/usr/bin/env python3\n") == "python"
    assert kind_of(PurePosixPath("run"), b"#!/bin/bash\n") == "shell"


def models() -> list[Kind]:
    return [kind for kind, _, _ in CASES.values()]


@given(
    st.sampled_from(models()), st.text(alphabet="AB_= \n\t\"'#{}[]:,-$`~\\ex.é/\r", max_size=80)
)
def test_whatever_stands_in_a_file_is_read(kind: Kind, text: str) -> None:
    assert_sound(read(kind, text), text)


@given(
    st.sampled_from(sorted(CASES)),
    st.integers(0, 400),
    st.integers(0, 30),
    st.text("\"'\\\n={[#", max_size=3),
)
def test_broken_files_are_read_too(name: str, at: int, length: int, put: str) -> None:
    kind, text, _ = CASES[name]
    broken = text[:at] + put + text[at + length :]
    assert_sound(read(kind, broken), broken)


def test_a_name_in_terraform_that_is_never_closed_names_nothing() -> None:
    text = 'env {\n  value = "x"\n  name  = "L\nANGCHAIN_PROJECT"\n}\n'
    assert not [row.name for row in read("terraform", text).definitions if row.name == "L"]


def assert_sound(model: FileModel, text: str) -> None:
    lines = split_lines(text)
    for row in model.definitions:
        assert row.span.end_line <= len(lines)
        assert excerpt(text, row.name_span) == row.name
        assert excerpt(text, row.span) in {row.written, row.name}


def test_the_search_for_keys_is_linear() -> None:
    """An image in a notebook's output is one line of a million characters."""
    from lint_langsmith.redaction import redact
    from lint_langsmith.sdk.keys import find_all

    with within(8):
        for text in (
            "bHN2a" * 200_000,
            "lsv2_pt_" * 100_000,
            "0123456789abcdef" * 60_000,
            "ls__" * 200_000,
        ):
            assert not list(find_all(text))
            redact(text)
