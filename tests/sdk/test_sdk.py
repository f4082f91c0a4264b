"""The tables of LangSmith: complete, consistent, and what the installed release really does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import typing
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from langsmith import Client, get_current_run_tree, trace
from langsmith.run_trees import RunTree

from lint_langsmith.sdk.facts import facts
from lint_langsmith.sdk.invented import REPLACEMENTS
from lint_langsmith.sdk.names import names
from lint_langsmith.sdk.table import probed_versions, sdk_table
from lint_langsmith.versions import parse_release

TOOLS = Path(__file__).parents[2] / "tools"
CLIENT = "langsmith.client.Client"
ASYNC_CLIENT = "langsmith.async_client.AsyncClient"
FORBIDDEN = "langsmith.utils.LangSmithError"
SANDBOX = "langsmith.sandbox._exceptions"
DENIED = "langsmith._exceptions.PermissionDeniedError"


def test_the_versions_that_were_measured() -> None:
    assert {"0.1.0", "0.1.77", "0.1.147", "0.2.11", "0.3.25", "0.3.45", "0.4.20"} <= set(
        probed_versions()
    )
    assert {
        "0.6.9",
        "0.8.1",
        "0.10.18",
        "0.14.17",
        "0.15.0",
        "0.1.100",
        "0.1.131",
        "0.3.26",
    } <= set(probed_versions())


def test_a_version_between_two_is_judged_by_the_older_first() -> None:
    assert sdk_table("0.4.0").version == "0.3.45"
    assert sdk_table("0.4.20").version == "0.4.20"
    assert sdk_table("99.0").version == sdk_table().version == probed_versions()[-1]
    assert sdk_table("0.0.5").version == probed_versions()[0]


@pytest.mark.parametrize(("wrong", "right"), REPLACEMENTS.items())
def test_invented_names_never_were_and_their_replacements_are(wrong: str, right: str) -> None:
    newest = sdk_table()
    assert not newest.ever(wrong)
    if newest.owns(right):
        seen = newest.first_last(newest.canonical(right) or right)
        if seen is None:  # `langsmith.Client.pull_prompt`: an attribute of a re-exported class
            owner, _, name = right.rpartition(".")
            seen = newest.first_last(f"{newest.canonical(owner)}.{name}")
        assert seen is not None, right
        assert seen[1] == names(newest.distribution(right)).versions[-1]


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
        ("0.1.100", ASYNC_CLIENT, "read_run", "await", "builtins.TypeError"),
        ("0.1.131", ASYNC_CLIENT, "read_run", "await", "langsmith.utils.LangSmithAPIError"),
        ("0.3.25", ASYNC_CLIENT, "read_run", "await", "langsmith.utils.LangSmithAPIError"),
        ("0.3.26", ASYNC_CLIENT, "read_run", "await", FORBIDDEN),
        ("0.15.0", CLIENT, "multipart_ingest", "background", None),
        ("0.15.0", CLIENT, "upsert_examples_multipart", "call", FORBIDDEN),
        ("0.15.0", "langsmith.run_trees.RunTree", "post", "background", None),
        (
            "0.15.0",
            "langsmith.sandbox._sandbox.Sandbox",
            "tunnel",
            "call",
            "websockets.exceptions.InvalidStatus",
        ),
        (
            "0.15.0",
            "langsmith.sandbox._sandbox.Sandbox",
            "reconnect",
            "iteration",
            f"{SANDBOX}.SandboxConnectionError",
        ),
        (
            *(
                "0.15.0",
                "langsmith.sandbox._async_sandbox.AsyncSandbox",
                "reconnect",
                "await-iteration",
            ),
            f"{SANDBOX}.SandboxConnectionError",
        ),
        (
            "0.15.0",
            "langsmith.sandbox._sandbox.Sandbox",
            "stop",
            "call",
            f"{SANDBOX}.SandboxAuthenticationError",
        ),
        ("0.3.45", ASYNC_CLIENT, "read_run", "await", FORBIDDEN),
        ("0.1.147", CLIENT, "list_runs", "iteration", FORBIDDEN),
        ("0.1.0", CLIENT, "create_dataset", "call", "requests.exceptions.HTTPError"),
        ("0.1.147", CLIENT, "create_dataset", "call", FORBIDDEN),
    ],
)
def test_what_a_403_does(
    version_: str, cls: str, method: str, when: str, error: str | None
) -> None:
    found = sdk_table(version_).methods(cls)[method]
    assert (found.when, found.error) == (when, error)


@pytest.mark.parametrize(
    ("cls", "method", "returns", "elements"),
    [
        ("_client.SandboxClient", "list_sandboxes", None, "_sandbox.Sandbox"),
        (
            "_async_client.AsyncSandboxClient",
            "list_sandboxes",
            None,
            "_async_sandbox.AsyncSandbox",
        ),
        ("_client.SandboxClient", "create_sandbox", "_sandbox.Sandbox", None),
        ("_client.SandboxClient", "delete_sandbox", "None", None),
        ("_client.SandboxClient", "list_snapshots", None, None),  # snapshots ask nothing
        (
            "_sandbox.Sandbox",
            "to_async",
            "_async_sandbox.AsyncSandbox",
            None,
        ),  # imported for types only
    ],
)
def test_what_sandboxes_and_their_lists_give(
    cls: str, method: str, returns: str | None, elements: str | None
) -> None:
    found = sdk_table("0.15.1").methods(f"langsmith.sandbox.{cls}")[method]
    named = [
        kind and kind.removeprefix("langsmith.sandbox.")
        for kind in (found.returns, found.elements)
    ]
    assert named == [returns, elements]


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


def test_raw_and_streamed_answers_of_generated_clients() -> None:
    newest = sdk_table()
    for client, when in (("Langsmith", "call"), ("AsyncLangsmith", "await")):
        raw = newest.resources(f"langsmith._client.{client}")["with_raw_response"]
        runs = newest.resources(raw)["runs"]
        assert (newest.methods(runs)["query"].when, newest.methods(runs)["query"].error) == (
            when,
            DENIED,
        )
        resource = newest.resources(f"langsmith._client.{client}")["runs"]
        assert newest.resources(resource)["with_raw_response"] == runs
        streamed = newest.methods(newest.resources(resource)["with_streaming_response"])[
            "query"
        ]
        assert (streamed.when, streamed.error) == ("enter", DENIED)


def test_keywords_of_which_the_sdk_warns() -> None:
    newest = sdk_table()
    told = dict(newest.methods(CLIENT)["create_example"].deprecated_keywords)
    assert told == {"outputs": "'outputs' is deprecated. Use 'reference_outputs' instead."}
    assert sdk_table("0.10.18").methods(CLIENT)["create_example"].deprecated_keywords == ()
    signature = newest.constructor(CLIENT)
    assert signature is not None
    assert {name for name, _ in signature.deprecated} == {"cache", "otel_enabled"}


def test_a_copy_of_a_generated_client_is_one() -> None:
    assert (
        sdk_table().methods("langsmith._client.Langsmith")["with_options"].returns
        == "langsmith._client.Langsmith"
    )


def test_the_table_has_every_public_name_of_the_installed_clients() -> None:
    """LS501 says of what is missing there that it no version has."""
    sys.path.insert(0, str(TOOLS))
    from probe_sdk import Probe, canonical

    probe = Probe("http://127.0.0.1:9")
    pending = [make() for make, is_client in probe.makers() if is_client]
    told: set[str] = set()
    newest = sdk_table()
    while pending:
        made = pending.pop()
        cls = canonical(type(made))
        if cls in told:
            continue
        told.add(cls)
        public = {name for name in dir(made) if not name.startswith("_")}
        assert {name for name in public if not newest.is_attribute(cls, name)} == set(), cls
        pending.extend(getattr(made, name) for name in newest.resources(cls))
    assert len(told) > 150


def test_the_table_has_every_public_name_of_a_run() -> None:
    client = Client(api_url="http://127.0.0.1:9", api_key="key", auto_batch_tracing=False)
    run = RunTree(name="run", run_type="chain", inputs={}, ls_client=client)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        public = {name for name in dir(run) if not name.startswith("_")}
    assert {
        name
        for name in public
        if not sdk_table().is_attribute("langsmith.run_trees.RunTree", name)
    } == set()


@pytest.mark.parametrize("function", [get_current_run_tree, trace.__enter__, trace.__aenter__])
def test_what_gives_a_run(function: Callable[..., object]) -> None:
    given = typing.get_type_hints(function)["return"]
    assert RunTree in {given, *typing.get_args(given)}


BETWEEN = [
    pytest.param(older, newer, ".".join(map(str, release)), id=f"{older} to {newer}")
    for older, newer in zip(probed_versions(), probed_versions()[1:])  # noqa: B905 - one shorter
    for release in [
        item for item in names().releases if parse_release(older) < item < parse_release(newer)
    ][:1]
]


@pytest.mark.parametrize(("older", "newer", "between"), BETWEEN)
def test_between_two_measured_releases_holds_what_both_say(
    older: str, newer: str, between: str
) -> None:
    below, above, table = facts(older), facts(newer), sdk_table(between)
    for cls in below.class_names:
        for name, method in table.methods(cls).items():
            known = below.methods(cls)[name]
            further = above.methods(cls).get(name, known)
            assert {way.behaviour for way in (method, *method.others)} == {
                known.behaviour,
                further.behaviour,
            }
            taken = {word for way in (method, *method.others) for word in way.parameters}
            assert taken == {*known.parameters, *further.parameters}
            # Deprecated, refused or gone is what is so in both.
            for said in ("gone", "deprecated"):
                everywhere = all(getattr(way, said) for way in (method, *method.others))
                assert everywhere == all(getattr(way, said) for way in (known, further))
        signature, init = table.constructor(cls), below.constructor(cls)
        if init is not None and signature is not None:
            later = above.constructor(cls) or init
            assert set(signature.keywords) == {*init.keywords, *later.keywords}
            assert {name for name, _ in signature.deprecated} == dict(
                init.deprecated
            ).keys() & dict(later.deprecated)
    assert not table.methods(CLIENT).keys() - below.methods(CLIENT).keys()


def test_clients_and_their_credentials() -> None:
    newest = sdk_table()
    names = {name.rpartition(".")[2] for name in newest.langsmith_clients}
    assert names == {
        "Client",
        "AsyncClient",
        "Langsmith",
        "AsyncLangsmith",
        "SandboxClient",
        "AsyncSandboxClient",
    }
    assert newest.key_variables("langsmith._client.Langsmith") == ("LANGSMITH_API_KEY",)
    assert newest.key_variables(CLIENT) == ("LANGSMITH_API_KEY", "LANGCHAIN_API_KEY")


def test_only_the_facts_of_one_version_are_loaded() -> None:
    code = (
        "from lint_langsmith.sdk import facts, table; t = table.sdk_table('0.4.20');"
        "t.methods('langsmith.client.Client'); print(facts.facts.cache_info().currsize)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "1"


def test_a_file_without_langsmith_loads_no_table(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("print('hello')\n")
    code = (
        "import sys; from lint_langsmith.cli import main; main(['.'], standalone_mode=False);"
        "print([name for name in sys.modules if name.startswith('lint_langsmith.sdk.')])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert "table" not in result.stdout
    assert "facts" not in result.stdout


def test_of_a_range_the_release_counts_that_an_installer_chooses() -> None:
    assert sdk_table(">=0.3.20,<0.4").versions == ("0.3.45",)
    assert sdk_table(">=0.1").versions == sdk_table().versions == sdk_table("0.15.1").versions
    read_run = sdk_table(">=0.3.20,<0.4").methods(ASYNC_CLIENT)["read_run"]
    assert (read_run.error, read_run.others) == (FORBIDDEN, ())
    # Of what another table has taken for its own only the releases count that there are.
    assert sdk_table("<0.4.21,!=0.4.20").versions == ("0.3.45",)


def test_several_ranges_hold_for_what_each_installs() -> None:
    several = sdk_table(">=0.3.20,<0.3.26 || >=0.3.26,<0.4")
    assert several.versions == ("0.3.25", "0.3.45")
    read_run = several.methods(ASYNC_CLIENT)["read_run"]
    assert {read_run.error, *(other.error for other in read_run.others)} == {
        FORBIDDEN,
        "langsmith.utils.LangSmithAPIError",
    }


def test_every_release_that_an_installer_finds_is_in_the_table() -> None:
    """Those of PyPI on the day of the refresh: one that was missing would be judged by its neighbours."""
    versions = names().versions
    assert len(versions) == len(set(versions)) >= 476
    assert names().releases == tuple(sorted(names().releases))
    assert "0.1.100" not in versions  # yanked: no installer chooses it
    assert not [version for version in versions if re.search(r"[a-z]", version)]


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        # Each was read in the wheels of both sides.
        (f"{CLIENT}.run_on_dataset", "0.0.18", "0.4.60"),
        (f"{CLIENT}.index_dataset", "0.1.101", "0.7.24"),
        ("langchain_core.tracers.context.tracing_enabled", "0.0.3", "0.3.86"),
        ("langchainhub.Client", "0.1.1", "0.1.21"),
        ("langsmith.Langsmith", "0.14.10", "0.15.1"),
    ],
)
def test_the_last_that_has_a_name_is_the_last(name: str, first: str, last: str) -> None:
    assert sdk_table().first_last(name) == (first, last)


@pytest.mark.parametrize(
    ("version_", "name", "nowhere", "in_newest"),
    [
        ("0.15.0", f"{CLIENT}.run_on_dataset", True, False),
        ("0.4.20", f"{CLIENT}.run_on_dataset", False, False),
        (">=0.1", f"{CLIENT}.run_on_dataset", True, False),
        (">=0.5", f"{CLIENT}.run_on_dataset", True, False),
        ("0.4.20", "langsmith.Langsmith", True, True),
        ("0.14.11", "langsmith.Langsmith", False, True),
        # Absent for a while: the releases in between do not count as having it.
        ("0.3.45", f"{CLIENT}.list_runs_from_annotation_queue", True, True),
        ("0.1.0", f"{CLIENT}.list_runs_from_annotation_queue", False, True),
    ],
)
def test_where_a_name_is(version_: str, name: str, nowhere: bool, in_newest: bool) -> None:
    found = sdk_table(version_).availability(name)
    assert found is not None
    assert (found.nowhere, found.in_newest) == (nowhere, in_newest)


def test_what_a_method_gives() -> None:
    newest = sdk_table()
    sandbox = newest.methods("langsmith.sandbox._client.SandboxClient")["sandbox"]
    assert sandbox.returns == "langsmith.sandbox._sandbox.Sandbox"
    assert newest.methods(CLIENT)["create_run"].returns == "None"
    assert newest.methods(CLIENT)["read_run"].returns is None


def test_who_refuses_the_prompts_of_others() -> None:
    assert sdk_table().methods(CLIENT)["pull_prompt"].public == "ValueError"
    assert sdk_table("0.6.9").methods(CLIENT)["pull_prompt"].public is None
    newest = sdk_table().function("langchain_classic.hub.pull")
    assert newest is not None
    assert (newest.error, newest.public) == (FORBIDDEN, "ValueError")


def test_which_variables_a_client_reads() -> None:
    newest = sdk_table()
    generated = "langsmith._client.Langsmith"
    assert newest.endpoint_variables(CLIENT) == ("LANGSMITH_ENDPOINT", "LANGCHAIN_ENDPOINT")
    assert newest.endpoint_variables(generated) == ("LANGCHAIN_BASE_URL",)
    assert newest.workspace_variables(CLIENT) == (
        "LANGSMITH_WORKSPACE_ID",
        "LANGCHAIN_WORKSPACE_ID",
    )
    assert newest.workspace_variables(generated) == ("LANGSMITH_TENANT_ID",)
    assert newest.workspace_variables("langsmith.sandbox._client.SandboxClient") == ()
    assert sdk_table("0.1.0").key_variables(CLIENT) == ("LANGCHAIN_API_KEY",)


def test_a_backend_with_the_new_store_alone_raises_of_the_other_tree() -> None:
    assert sdk_table().methods(CLIENT)["read_run"].store_error == DENIED
    assert sdk_table().methods(CLIENT)["list_runs"].store_error is None


def test_every_method_that_never_raises_is_known_by_name() -> None:
    """A method is not recorded as harmless because the probe had no arguments for it: each was looked at."""
    never = {
        f"{cls.rpartition('.')[2]}.{name}"
        for cls in facts("0.15.0").class_names
        for name, method in facts("0.15.0").methods(cls).items()
        if method.when == "never"
    }
    assert never == NEVER


# The feedback formulas raise NotImplementedError, `info` is answered (and a refusal swallowed), the rest is local.
NEVER = {
    *(f"Client.{name}" for name in ("flush", "flush_compressed_traces")),
    *(f"Client.{name}_feedback_formula" for name in ("create", "delete", "update")),
    *("Client.get_feedback_formula_by_id", "Client.list_feedback_formulas", "AsyncClient.info"),
    *(
        "Langsmith.platform_headers",
        "AsyncLangsmith.platform_headers",
        "InfoResource.list",
        "AsyncInfoResource.list",
    ),
    *(
        f"{client}.{name}"
        for client in ("Langsmith", "AsyncLangsmith")
        for name in ("copy", "with_options")
    ),
    *(
        f"{kind}InfoResourceWith{how}Response.list"
        for kind in ("", "Async")
        for how in ("Raw", "Streaming")
    ),
    *(
        "SandboxClient.to_async",
        "AsyncSandboxClient.to_sync",
        "Sandbox.to_async",
        "AsyncSandbox.to_sync",
    ),
    *(f"RunTree.add_{name}" for name in ("event", "inputs", "metadata", "outputs", "tags")),
    *(
        f"RunTree.{name}"
        for name in ("create_child", "end", "ensure_dotted_order", "model_post_init", "set")
    ),
    *("RunTree.to_headers", "RunTree.wait"),
}


@pytest.fixture(scope="module")
def installed() -> dict[str, Any]:
    """What the probe finds with the release that is installed here."""
    result = subprocess.run(
        [sys.executable, str(TOOLS / "probe_sdk.py")],
        capture_output=True,
        check=True,
        timeout=880,
    )
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.mark.timeout(900)
@pytest.mark.slow
def test_the_installed_release_does_what_the_newest_table_says(
    installed: dict[str, Any],
) -> None:
    sys.path.insert(0, str(TOOLS))
    from checkout import DATA
    from probe_versions import compact, told

    assert installed["version"] == version("langsmith")
    newest = json.loads((DATA / f"facts-{probed_versions()[-1]}.json").read_text())
    here, there = told(compact(installed)), told(newest)
    refresh = (
        "a release of langsmith behaves otherwise: run python tools/refresh.py --installed"
    )
    # What needs packages that only the probe's own environments have is asked there.
    extra = {f"{CLIENT}.upload_dataframe", f"{CLIENT}.get_test_results"}
    extra |= {name for name in there if name.startswith(("langchain", "langsmith.sandbox"))}
    different = {name: (there.get(name), here.get(name)) for name in here.keys() | there.keys()}
    assert {
        name: pair
        for name, pair in different.items()
        if pair[0] != pair[1] and name not in extra
    } == {}, refresh
