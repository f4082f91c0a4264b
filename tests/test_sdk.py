"""The tables of LangSmith: complete, consistent, and what the installed release really does."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from lint_langsmith.sdk import table
from lint_langsmith.sdk.invented import REPLACEMENTS
from lint_langsmith.sdk.table import probed_versions, sdk_table

TOOLS = Path(__file__).parent.parent / "tools"
CLIENT = "langsmith.client.Client"
ASYNC_CLIENT = "langsmith.async_client.AsyncClient"
FORBIDDEN = "langsmith.utils.LangSmithError"
DENIED = "langsmith._exceptions.PermissionDeniedError"


def test_the_versions_that_were_measured() -> None:
    assert {"0.1.0", "0.1.77", "0.1.147", "0.2.11", "0.3.25", "0.3.45", "0.4.20"} <= set(probed_versions())
    assert {"0.6.9", "0.8.1", "0.10.18", "0.14.17", "0.15.0"} <= set(probed_versions())


def test_a_version_between_two_is_judged_by_the_older() -> None:
    assert sdk_table("0.4.0").version == "0.3.45"
    assert sdk_table("0.4.20").version == "0.4.20"
    assert sdk_table("99.0").version == sdk_table().version == probed_versions()[-1]
    assert sdk_table("0.0.5").version == probed_versions()[0]


@pytest.mark.parametrize(("wrong", "right"), REPLACEMENTS.items())
def test_invented_names_never_were_and_their_replacements_are(wrong: str, right: str) -> None:
    newest = sdk_table()
    assert not newest.ever(wrong)
    if right.startswith("langsmith."):
        seen = newest.first_last(newest.canonical(right) or right)
        if seen is None:  # `langsmith.Client.pull_prompt`: an attribute of a re-exported class
            owner, _, name = right.rpartition(".")
            seen = newest.first_last(f"{newest.canonical(owner)}.{name}")
        assert seen is not None, right
        assert seen[1] == probed_versions()[-1]


@pytest.mark.parametrize(
    ("name", "real"),
    [
        ("langsmith.Client", True),
        ("langsmith.LangSmithClient", False),
        ("langsmith.client.Client.read_project", True),
        ("langsmith.client.Client.get_project", False),
        ("langsmith.client.Client.run_on_dataset", True),
        ("langsmith.evaluation.LangChainStringEvaluator", True),
        ("langsmith.tracing", False),
        ("langsmith.schemas.Run", True),
        ("langsmith.schemas.Run.id", True),
        ("langsmith._internal.anything", True),
        ("langsmith.LangSmithClient.get_project", False),
        ("langsmith.integrations", True),
        ("langsmith.PermissionDeniedError", True),
    ],
)
def test_what_ever_was(name: str, real: bool) -> None:
    assert sdk_table().ever(name) is real


@pytest.mark.parametrize(
    ("version_", "cls", "method", "when", "error"),
    [
        # What the running SDK was seen to do; each line stands for a claim that a rule makes to a user.
        ("0.15.0", CLIENT, "read_run", "call", FORBIDDEN),
        ("0.15.0", CLIENT, "list_runs", "iteration", FORBIDDEN),
        ("0.15.0", CLIENT, "list_prompts", "call", FORBIDDEN),
        ("0.15.0", CLIENT, "has_dataset", "call", FORBIDDEN),
        ("0.15.0", CLIENT, "evaluate", "call", FORBIDDEN),
        ("0.15.0", CLIENT, "aevaluate", "await", FORBIDDEN),
        ("0.15.0", CLIENT, "flush", "never", None),
        ("0.15.0", ASYNC_CLIENT, "read_run", "await", FORBIDDEN),
        ("0.15.0", ASYNC_CLIENT, "list_runs", "async-iteration", FORBIDDEN),
        ("0.15.0", "langsmith.resources.runs.runs.RunsResource", "retrieve", "call", DENIED),
        ("0.15.0", "langsmith.resources.runs.runs.AsyncRunsResource", "query", "await", DENIED),
        ("0.3.25", ASYNC_CLIENT, "read_run", "await", "langsmith.utils.LangSmithAPIError"),
        ("0.3.45", ASYNC_CLIENT, "read_run", "await", FORBIDDEN),
        ("0.1.147", CLIENT, "list_runs", "iteration", FORBIDDEN),
        ("0.1.0", CLIENT, "create_dataset", "call", "requests.exceptions.HTTPError"),
        ("0.1.147", CLIENT, "create_dataset", "call", FORBIDDEN),
    ],
)
def test_what_a_403_does(version_: str, cls: str, method: str, when: str, error: str | None) -> None:
    found = sdk_table(version_).methods(cls)[method]
    assert (found.when, found.error) == (when, error)


def test_a_401_and_an_organisations_key_are_others() -> None:
    found = sdk_table().methods(CLIENT)["read_run"]
    assert found.auth_error == "langsmith.utils.LangSmithAuthError"
    assert found.org_error == "langsmith.utils.LangSmithUserError"
    assert sdk_table("0.3.45").methods(CLIENT)["read_run"].org_error == FORBIDDEN


def test_what_makes_a_run_queue() -> None:
    methods = sdk_table().methods(CLIENT)
    assert methods["create_run"].unless == ("dotted_order", "trace_id")
    assert methods["create_feedback"].unless == ("trace_id",)
    assert methods["create_feedback"].unless_when == "background"


def test_two_trees_of_exceptions_one_letter_apart() -> None:
    newest = sdk_table()
    assert FORBIDDEN not in newest.error_mro(DENIED)
    assert "langsmith._exceptions.LangsmithError" in newest.error_mro(DENIED)
    assert newest.error_mro("langsmith.utils.LangSmithAuthError")[1] == FORBIDDEN
    assert newest.public_name(DENIED) == "langsmith.PermissionDeniedError"


def test_resources_are_other_objects_on_each_client() -> None:
    newest = sdk_table()
    assert newest.resources(CLIENT)["runs"].endswith("AsyncRunsResource")
    assert newest.resources("langsmith._client.Langsmith")["runs"].endswith(".RunsResource")


def test_clients_and_their_credentials() -> None:
    newest = sdk_table()
    names = {name.rpartition(".")[2] for name in newest.client_classes}
    assert names == {"Client", "AsyncClient", "Langsmith", "AsyncLangsmith", "SandboxClient", "AsyncSandboxClient"}
    assert newest.key_variables("langsmith._client.Langsmith") == ("LANGSMITH_API_KEY",)
    assert newest.key_variables(CLIENT) == ("LANGSMITH_API_KEY", "LANGCHAIN_API_KEY")


def test_only_the_facts_of_one_version_are_loaded() -> None:
    code = (
        "from lint_langsmith.sdk import table; t = table.sdk_table('0.4.20'); t.methods('langsmith.client.Client');"
        "print(table._facts.cache_info().currsize)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "1"


@pytest.fixture(scope="module")
def installed() -> dict[str, Any]:
    """What the probe finds with the release that is installed here."""
    result = subprocess.run([sys.executable, str(TOOLS / "probe_sdk.py")], capture_output=True, check=True, timeout=280)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.mark.timeout(300)
@pytest.mark.slow
def test_the_installed_release_does_what_the_newest_table_says(installed: dict[str, Any]) -> None:
    sys.path.insert(0, str(TOOLS))
    from probe_versions import compact

    assert installed["version"] == version("langsmith")
    facts = table._facts(probed_versions()[-1])
    compacted = compact(installed)
    here = {
        f"{cls}.{name}": row[0] for cls, found in compacted["classes"].items() for name, row in found["methods"].items()
    }
    there = {f"{cls}.{name}": row[0] for cls, found in facts.classes.items() for name, row in found.methods.items()}
    refresh = "a release of langsmith behaves otherwise: run python tools/probe_versions.py --installed"
    # Methods that need packages which only the probe's own environments have are asked there.
    needs_pandas = {f"{CLIENT}.upload_dataframe", f"{CLIENT}.get_test_results"}
    different = {name: (there.get(name), here.get(name)) for name in here.keys() | there.keys()}
    different = {name: pair for name, pair in different.items() if pair[0] != pair[1] and name not in needs_pandas}
    assert different == {}, refresh
    assert {name for name, _ in compacted["errors"]} == {name for name, _ in facts.errors}, refresh
