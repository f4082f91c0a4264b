"""The tables of langgraph-sdk and `RemoteGraph`: what was measured, and what the installed release really does."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from lint_langsmith.sdk.facts import LANGGRAPH_SDK, facts, probed_versions
from lint_langsmith.sdk.table import sdk_table

TOOLS = Path(__file__).parent.parent.parent / "tools"
CLIENT = "langgraph_sdk.client.LangGraphClient"
SYNC_CLIENT = "langgraph_sdk.client.SyncLangGraphClient"
RUNS, SYNC_RUNS = "langgraph_sdk.client.RunsClient", "langgraph_sdk.client.SyncRunsClient"
THREADS, SYNC_THREADS = (
    "langgraph_sdk.client.ThreadsClient",
    "langgraph_sdk.client.SyncThreadsClient",
)
REMOTE = "langgraph.pregel.remote.RemoteGraph"
DENIED = "langgraph_sdk.errors.PermissionDeniedError"
PLAIN = "httpx.HTTPStatusError"
KEYS = ("LANGGRAPH_API_KEY", "LANGSMITH_API_KEY", "LANGCHAIN_API_KEY")


@pytest.mark.parametrize(
    ("release", "cls", "method", "when", "error"),
    [
        ("0.1.0", THREADS, "create", "await", PLAIN),
        ("0.2.9", SYNC_THREADS, "create", "call", PLAIN),
        ("0.2.10", SYNC_THREADS, "create", "call", DENIED),
        ("0.4.14", THREADS, "create", "await", DENIED),
        ("0.4.14", RUNS, "stream", "async-iteration", DENIED),
        ("0.4.14", SYNC_RUNS, "stream", "iteration", DENIED),
        ("0.4.14", THREADS, "join_stream", "await-iteration", DENIED),
        # These two go round the typed errors in every release.
        ("0.4.14", RUNS, "wait", "await", PLAIN),
        ("0.4.14", SYNC_RUNS, "join", "call", PLAIN),
        ("0.4.14", REMOTE, "invoke", "call", DENIED),
        ("0.2.9", REMOTE, "invoke", "call", PLAIN),
        ("0.4.14", REMOTE, "ainvoke", "await", DENIED),
        ("0.4.14", REMOTE, "stream", "iteration", DENIED),
        ("0.4.14", REMOTE, "astream", "async-iteration", DENIED),
        ("0.4.14", REMOTE, "get_state_history", "iteration", DENIED),
        ("0.4.14", REMOTE, "with_config", "never", None),
    ],
)
def test_what_a_403_of_a_deployment_does(
    release: str, cls: str, method: str, when: str, error: str | None
) -> None:
    found = sdk_table(None, release).methods(cls)[method]
    assert (found.when, found.error) == (when, error)


def test_a_release_of_one_sdk_says_nothing_of_the_other() -> None:
    table = sdk_table("0.4.20", "0.2.9")
    assert table.version == "0.4.20"
    assert table.methods(THREADS)["create"].error == PLAIN
    assert (
        table.methods("langsmith.client.Client")["read_run"].error
        == "langsmith.utils.LangSmithError"
    )
    assert table.distribution(THREADS) == "langgraph-sdk"
    assert table.distribution("langsmith.Client") == "langsmith"


def test_what_catches_it() -> None:
    mro = sdk_table().error_mro(DENIED)
    assert mro[:5] == (
        DENIED,
        "langgraph_sdk.errors.APIStatusError",
        "langgraph_sdk.errors.APIError",
        PLAIN,
        "httpx.HTTPError",
    )
    assert "langgraph_sdk.errors.LangGraphError" in mro
    assert sdk_table().error_mro(PLAIN) == (
        PLAIN,
        "httpx.HTTPError",
        "builtins.Exception",
        "builtins.BaseException",
    )


def test_what_builds_a_client() -> None:
    newest = sdk_table()
    assert newest.made_by("langgraph_sdk.get_client") == CLIENT
    assert newest.made_by("langgraph_sdk.client.get_sync_client") == SYNC_CLIENT
    assert newest.made_by("langgraph_sdk.client.anything") is None
    assert newest.made_by("langsmith.get_current_run_tree") is None
    assert sdk_table(None, "0.1.0").made_by("langgraph_sdk.get_sync_client") is None
    assert newest.resources(CLIENT)["threads"] == THREADS


def test_which_variables_are_read() -> None:
    assert sdk_table(None, "0.1.18").key_variables(CLIENT) == ()
    assert sdk_table(None, "0.1.20").key_variables(CLIENT) == KEYS
    assert sdk_table().key_variables(SYNC_CLIENT) == KEYS
    # It passes `api_key=None` on, which means "no key" since 0.2.12.
    assert sdk_table(None, "0.2.10").key_variables(REMOTE) == KEYS
    assert sdk_table().key_variables(REMOTE) == ()


@pytest.mark.parametrize(
    ("name", "real"),
    [
        ("langgraph_sdk.get_client", True),
        ("langgraph_sdk.LangGraphClient", False),
        ("langgraph_sdk.client.LangGraphClient.threads", True),
        ("langgraph_sdk.client.ThreadsClient.create", True),
        ("langgraph_sdk.client.ThreadsClient.list", False),
        ("langgraph_sdk.errors.PermissionDeniedError", True),
        ("langgraph_sdk.schema.Thread", True),
    ],
)
def test_what_ever_was(name: str, real: bool) -> None:
    assert sdk_table().ever(name) is real


def test_names_are_exact_by_release() -> None:
    assert sdk_table().first_last("langgraph_sdk.errors.PermissionDeniedError") == (
        "0.2.10",
        "0.4.14",
    )
    assert sdk_table().first_last(f"{THREADS}.join_stream") == ("0.2.4", "0.4.14")
    old = sdk_table(None, "==0.1.30").availability("langgraph_sdk.get_sync_client")
    assert old is not None
    assert old.nowhere
    assert old.since == "0.1.32"


def test_files_without_deployments_load_nothing_of_them() -> None:
    program = (
        "from lint_langsmith.sdk import facts, names, table; t = table.sdk_table();"
        "t.methods('langsmith.client.Client'); t.canonical('langsmith.Client');"
        "t.error_mro('langsmith.utils.LangSmithError'); t.client_classes;"
        "print(facts.facts.cache_info().currsize, names.names.cache_info().currsize)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert result.stdout.split() == ["1", "1"]


@pytest.mark.timeout(300)
@pytest.mark.slow
def test_the_installed_release_does_what_its_table_says() -> None:
    try:
        release = version(LANGGRAPH_SDK)
        version("langgraph")
    except PackageNotFoundError:
        pytest.skip("langgraph-sdk and langgraph are not installed")
    sys.path.insert(0, str(TOOLS))
    from checkout import DATA
    from probe_versions import compact, told

    command = [sys.executable, str(TOOLS / "probe_deployments.py")]
    found = json.loads(
        subprocess.run(command, capture_output=True, check=True, timeout=280).stdout
    )
    table = sdk_table(None, release)
    newest = facts(probed_versions(LANGGRAPH_SDK)[-1], LANGGRAPH_SDK).version
    stored = json.loads((DATA / LANGGRAPH_SDK / f"facts-{newest}.json").read_text())
    here, there = told(compact(found)), told(stored)
    # A session: whether its thread has asked something by then depends on how busy the machine is.
    asked = {
        name for name in here.keys() | there.keys() if not name.endswith("ThreadsClient.stream")
    }
    different = {name: (there.get(name), here.get(name)) for name in asked}
    refresh = "langgraph-sdk behaves otherwise: run python tools/probe_versions.py --package langgraph-sdk"
    assert {name: pair for name, pair in different.items() if pair[0] != pair[1]} == {}, refresh
    assert table.client_classes
