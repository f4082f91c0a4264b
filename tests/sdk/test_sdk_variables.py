"""The table of environment variables: what the installed release of langsmith really reads, and what values do."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lint_langsmith.analysis.environment.flags import meaning
from lint_langsmith.sdk import hosts, variables
from lint_langsmith.sdk.facts import LANGGRAPH_SDK
from lint_langsmith.sdk.hosts import wrong_host
from lint_langsmith.sdk.table import sdk_table

TOOLS = Path(__file__).parents[2] / "tools"
VALUES = [
    "true",
    "True",
    "TRUE",
    "1",
    "yes",
    "on",
    '"true"',
    " true",
    "true ",
    "false",
    "0",
    "off",
]


def ask(code: str, **environment: str) -> object:
    """What a program with the SDK prints as JSON in a process of its own, with these variables of LangSmith alone."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LANGSMITH_", "LANGCHAIN_"))
    }
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-c",
        f"import json, os\nimport langsmith\n{code}",
    ]
    result = subprocess.run(
        command, env={**clean, **environment}, capture_output=True, text=True, check=False
    )
    if result.returncode:
        return result.stderr.strip().splitlines()[-1].partition(":")[0].rpartition(".")[2]
    found: object = json.loads(result.stdout)
    return found


@pytest.mark.slow
def test_flags_are_on_for_exactly_true() -> None:
    code = """
from langsmith import Client, utils
found = {}
for value in VALUES:
    os.environ[TRACING] = os.environ[HIDE] = value
    utils.get_env_var.cache_clear()
    found[value] = [utils.tracing_is_enabled(), Client(api_key="k")._hide_inputs]
print(json.dumps(found))
"""
    for tracing, hide in (
        ("LANGSMITH_TRACING", "LANGSMITH_HIDE_INPUTS"),
        ("LANGCHAIN_TRACING_V2", "LANGCHAIN_HIDE_INPUTS"),
    ):
        found = ask(f"VALUES = {VALUES!r}\nTRACING, HIDE = {tracing!r}, {hide!r}\n{code}")
        assert found == {value: [value == "true"] * 2 for value in VALUES}
    assert {value for value in VALUES if meaning(value) == "on"} == {"true"}
    assert {value for value in VALUES if meaning(value) == "meant off"} == {"0", "off"}


@pytest.mark.slow
@pytest.mark.parametrize("names", [variables.TRACING_FLAGS, variables.PRIVACY_FLAGS[:2]])
def test_the_first_of_the_flags_decides(names: tuple[str, ...]) -> None:
    question = (
        "utils.tracing_is_enabled()"
        if "TRACING" in names[0]
        else "Client(api_key='k')._hide_inputs"
    )
    code = f"from langsmith import Client, utils\nprint(json.dumps({question}))"
    for first, second in itertools.pairwise(names):
        assert ask(code, **{first: "false", second: "true"}) is False
        assert ask(code, **{first: "true", second: "false"}) is True
        assert ask(code, **{first: "", second: "true"}) is True


@pytest.mark.slow
@pytest.mark.parametrize(
    ("names", "question"),
    [
        (variables.KEYS, "Client().api_key"),
        (variables.ENDPOINTS, "Client(api_key='k').api_url"),
        (variables.PROJECTS[:2], "utils.get_tracer_project()"),
        (variables.WORKSPACES, "Client(api_key='k').workspace_id"),
    ],
)
def test_the_first_of_two_names_decides(names: tuple[str, ...], question: str) -> None:
    code = f"from langsmith import Client, utils\nprint(json.dumps({question}))"
    assert (
        ask(code, **{names[0]: "https://first", names[1]: "https://second"}) == "https://first"
    )
    assert ask(code, **{names[1]: "https://second"}) == "https://second"


@pytest.mark.slow
def test_sampling_rates_that_no_client_takes() -> None:
    code = "from langsmith import Client\nprint(json.dumps(Client(api_key='k').tracing_sample_rate))"
    rates = {
        rate: ask(code, LANGSMITH_TRACING_SAMPLING_RATE=rate)
        for rate in ("10", "-1", "50%", "0", "1", "0.25")
    }
    assert rates == {
        "10": "LangSmithUserError",
        "-1": "LangSmithUserError",
        "50%": "ValueError",
    } | {
        "0": 0.0,
        "1": 1.0,
        "0.25": 0.25,
    }
    assert ask("langsmith.Client(api_key='k', tracing_sampling_rate=5)") == "LangSmithUserError"


@pytest.mark.slow
def test_which_variables_a_client_reads() -> None:
    code = "print(json.dumps([langsmith.Client().api_key, langsmith.Langsmith().api_key]))"
    assert ask(code, LANGSMITH_API_KEY="a") == ["a", "a"]
    assert ask(code, LANGCHAIN_API_KEY="b") == ["b", None]
    table = sdk_table()
    for cls in table.client_classes:
        of_deployments = (
            {"LANGGRAPH_API_KEY"} if table.distribution(cls) == LANGGRAPH_SDK else set()
        )
        assert set(table.key_variables(cls)) <= {*variables.KEYS, *of_deployments}
    code = "print(json.dumps([langsmith.Client(api_key='k').workspace_id, langsmith.Langsmith(api_key='k').tenant_id]))"
    assert ask(code, LANGSMITH_TENANT_ID="t", LANGSMITH_WORKSPACE_ID="w") == ["w", "t"]


@pytest.mark.slow
def test_a_variable_of_the_first_tracer_makes_langchain_raise() -> None:
    code = """
from langchain_core.runnables import RunnableLambda
from langsmith import utils
found = {}
for name in NAMES:
    for value in VALUES:
        os.environ[name] = value
        utils.get_env_var.cache_clear()
        try:
            RunnableLambda(lambda value: value).invoke(1)
            found[f"{name}={value}"] = False
        except RuntimeError:
            found[f"{name}={value}"] = True
    del os.environ[name]
print(json.dumps(found), flush=True)
os._exit(0)
"""
    names, values = (
        ["LANGCHAIN_TRACING", "LANGCHAIN_HANDLER"],
        ["true", "True", "1", "x", "", "0", "false", "False"],
    )
    found = ask(
        f"NAMES, VALUES = {names!r}, {values!r}\n{code}",
        LANGSMITH_ENDPOINT="http://127.0.0.1:9",
    )
    assert found == {
        f"{name}={value}": variables.raises_on_v1(name, value)
        for name in names
        for value in values
    }


def test_the_table_holds_what_the_installed_release_reads() -> None:
    """Every variable that the wheel of the newest release reads, found by the tool that made the table."""
    sys.path.insert(0, str(TOOLS))
    import ast

    import langsmith
    from sdk_variables import VARIABLE, default_namespaces, module_constants, read_by

    folder = Path(langsmith.__file__).parent
    trees = [ast.parse(path.read_bytes()) for path in folder.rglob("*.py")]
    namespaces = default_namespaces(trees)
    read = {
        name
        for tree in trees
        for constants in [module_constants(tree)]
        for node in ast.walk(tree)
        for name in read_by(node, constants, namespaces)
        if VARIABLE.fullmatch(name)
    }
    newest = variables._table().releases["langsmith"][-1]
    table = {
        name
        for name in variables._table().variables
        if variables.readers(name).get("langsmith", ("", ""))[1] == newest
    }
    assert {"LANGSMITH_API_KEY", "LANGCHAIN_TRACING_V2", "LANGSMITH_HIDE_METADATA"} <= read
    assert read == table, (
        "a release of langsmith reads others: run python tools/refresh.py --installed"
    )


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("LANGCHAIN_TRACKING_V2", "LANGCHAIN_TRACING_V2"),
        ("LANCHAIN_API_KEY", "LANGCHAIN_API_KEY"),
        ("LANGSMTIH_API_KEY", "LANGSMITH_API_KEY"),
        ("LANG_SMITH_API_KEY", "LANGSMITH_API_KEY"),
        ("LANGSMITH_PROJECT_NAME", "LANGSMITH_PROJECT"),
        ("LANGSMITH_ENDPONT", "LANGSMITH_ENDPOINT"),
        ("LANGSMITH_HIDE_INPUT", "LANGSMITH_HIDE_INPUTS"),
        ("LANGSMITH_BASE_URL", "LANGSMITH_ENDPOINT"),
    ],
)
def test_what_a_wrong_name_stands_for(written: str, right: str) -> None:
    assert variables.meant(written) == (right,)
    assert not variables.is_known(written)
    assert variables.is_known(right)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "LANGSMITH_API_KEY",
            "LANGSMITH_TENANT_ID",
            "LANGCHAIN_BASE_URL",
            "LANGCHAIN_WANDB_TRACING",
        ),
        *(
            "LANGSMITH_DATASET",
            "LANGSMITH_API_KEY_PROD",
            "LANGSMITH_API_KEY_2",
            "LANGSMITH_PROJECT_A",
            "LANGFUSE_HOST",
        ),
        *(
            "LANGGRAPH_API_URL",
            "LANGSMITH_GATEWAY_API_KEY",
            "LANGCHAIN_MODEL",
            "LANGSMITH_ORG",
            "LANGUAGE_API_KEY",
        ),
        *("LAN_HOST", "LANCEDB_URI", "LANGFLOW_API_KEY"),
    ],
)
def test_names_that_stand_for_themselves(name: str) -> None:
    assert variables.meant(name) == ()


def test_what_only_javascript_reads() -> None:
    assert variables.is_javascript_only("LANGCHAIN_CALLBACKS_BACKGROUND")
    assert variables.is_javascript_only("LANGSMITH_TRACING_BACKGROUND")
    assert not variables.is_javascript_only("LANGSMITH_API_KEY")
    assert not variables.is_javascript_only("LANGSMITH_DATASET")


@pytest.mark.parametrize(
    ("address", "right"),
    [
        ("https://smith.langchain.com", "https://api.smith.langchain.com"),
        ("https://eu.smith.langchain.com/", "https://eu.api.smith.langchain.com"),
        ("https://api.langsmith.com", "https://api.smith.langchain.com"),
        ("https://eu.api.langsmith.com", "https://eu.api.smith.langchain.com"),
        ("https://api.eu.smith.langchain.com", "https://eu.api.smith.langchain.com"),
        ("https://eu-api.smith.langchain.com", "https://eu.api.smith.langchain.com"),
        ("http://api.smith.langchain.com", "https://api.smith.langchain.com"),
        ("api.smith.langchain.com", "https://api.smith.langchain.com"),
        ("https://api.smith.langchain.com/api/v1/api/v1", "https://api.smith.langchain.com"),
    ],
)
def test_wrong_hosts(address: str, right: str) -> None:
    found = wrong_host(address)
    assert found is not None
    assert found.right == right


@pytest.mark.parametrize(
    "address",
    [
        *(f"https://{host}" for host in sorted(hosts.API_HOSTS | hosts.GATEWAY_HOSTS)),
        *(
            "https://api.smith.langchain.com/api/v1",
            "https://api.smith.langchain.com/",
            "http://localhost:1984",
            "",
        ),
        *(
            "https://langsmith.example.com/api/v1",
            "https://smith.langchain.com/api/v1",
            "https://[",
            "langsmith:1984",
        ),
    ],
)
def test_right_hosts(address: str) -> None:
    assert wrong_host(address) is None
