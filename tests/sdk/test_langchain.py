"""The tables of langchain's packages: what was measured, and what the installed release really does."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from lint_langsmith.sdk.distribution import Range
from lint_langsmith.sdk.facts import probed_versions
from lint_langsmith.sdk.names import LISTED, names
from lint_langsmith.sdk.table import SdkTable, sdk_table

TOOLS = Path(__file__).parent.parent.parent / "tools"
PLAIN = "requests.exceptions.HTTPError"
FORBIDDEN = "langsmith.utils.LangSmithError"
TRACER = "langchain_core.tracers.langchain.LangChainTracer"
LOADER = "langchain_core.document_loaders.langsmith.LangSmithLoader"
HUB = "langchainhub.client.Client"


def table_of(**releases: str) -> SdkTable:
    """The table of a project that uses some releases of langchain's packages: `langchain="0.2.12"`."""

    def asked(distribution: str) -> Range:
        return releases.get(distribution.replace("-", "_"))

    return sdk_table(None, None, asked)


@pytest.mark.parametrize(
    ("release", "function", "when", "error"),
    [
        # The hub asked with requests until 0.2.12, and with langsmith's client since.
        ("0.1.20", "langchain.hub.pull", "call", PLAIN),
        ("0.2.12", "langchain.hub.push", "call", PLAIN),
        ("0.2.17", "langchain.hub.pull", "call", FORBIDDEN),
        ("0.3.30", "langchain.hub.push", "call", FORBIDDEN),
        ("0.3.30", "langchain.smith.run_on_dataset", "call", FORBIDDEN),
        ("0.3.30", "langchain.smith.arun_on_dataset", "await", FORBIDDEN),
        # What left it is judged by the last that had it.
        ("1.5.2", "langchain.hub.pull", "call", FORBIDDEN),
    ],
)
def test_what_a_403_of_langchain_does(
    release: str, function: str, when: str, error: str
) -> None:
    found = table_of(langchain=release).function(function)
    assert found is not None
    assert (found.when, found.error) == (when, error)


@pytest.mark.parametrize(
    ("cls", "method", "when", "error"),
    [
        (HUB, "pull", "call", PLAIN),
        (HUB, "push", "call", PLAIN),
        (HUB, "list_repos", "call", PLAIN),
        (LOADER, "load", "call", FORBIDDEN),
        (LOADER, "lazy_load", "iteration", FORBIDDEN),
        (LOADER, "aload", "await", FORBIDDEN),
        (LOADER, "alazy_load", "async-iteration", FORBIDDEN),
        (TRACER, "get_run_url", "call", "tenacity.RetryError"),
    ],
)
def test_what_a_403_of_a_class_does(cls: str, method: str, when: str, error: str) -> None:
    found = sdk_table().methods(cls)[method]
    assert (found.when, found.error) == (when, error)


def test_what_catches_it() -> None:
    assert sdk_table().error_mro(PLAIN)[:3] == (
        PLAIN,
        "requests.exceptions.RequestException",
        "builtins.OSError",
    )
    assert sdk_table().function("langchain_classic.hub.pull") is not None


def test_a_tracer_takes_what_its_own_release_takes() -> None:
    assert "metadata" not in (table_of(langchain_core="1.2.31").closed_keywords(TRACER) or ())
    newest = table_of().closed_keywords(TRACER)
    assert newest is not None
    assert "metadata" in newest
    assert "sample_rate" not in newest


@pytest.mark.parametrize(
    ("name", "package", "first_without"),
    [
        ("langchain.hub", "langchain", "1.0.0"),
        ("langchain.smith", "langchain", "1.0.0"),
        ("langchain_core.tracers.context.tracing_enabled", "langchain-core", "1.0.0"),
    ],
)
def test_what_is_gone(name: str, package: str, first_without: str) -> None:
    found = sdk_table().availability(name)
    assert found is not None
    assert found.nowhere
    assert (found.first_without, sdk_table().distribution(name)) == (first_without, package)
    assert table_of(langchain="0.3.30", langchain_core="0.3.86").ever(name)


def test_of_other_modules_nothing_is_known() -> None:
    assert not sdk_table().owns("langchain.agents.AgentExecutor")
    assert not sdk_table().owns("langchain_core.runnables.RunnableLambda")
    assert sdk_table().owns("langchain_core.tracers.LangChainTracer")
    assert sdk_table().owns("langchain.hub")


@pytest.mark.parametrize("distribution", LISTED)
def test_every_package_has_its_tables(distribution: str) -> None:
    assert names(distribution).versions
    assert probed_versions(distribution)


@pytest.mark.timeout(300)
@pytest.mark.slow
@pytest.mark.parametrize(
    "distribution", [name for name in LISTED if name.startswith("langchain")]
)
def test_the_installed_release_does_what_its_table_says(distribution: str) -> None:
    try:
        version(distribution)
    except PackageNotFoundError:
        pytest.skip(f"{distribution} is not installed")
    sys.path.insert(0, str(TOOLS))
    from checkout import DATA
    from probe_versions import compact, told

    command = [sys.executable, str(TOOLS / "probe_langchain.py"), distribution]
    output = subprocess.run(command, capture_output=True, check=True, timeout=280).stdout
    newest = probed_versions(distribution)[-1]
    stored = json.loads((DATA / distribution / f"facts-{newest}.json").read_text())
    here, there = told(compact(json.loads(output))), told(stored)
    refresh = f"{distribution} behaves otherwise: run python tools/probe_versions.py --package {distribution}"
    different = {name: (there.get(name), here.get(name)) for name in here.keys() | there.keys()}
    assert {name: pair for name, pair in different.items() if pair[0] != pair[1]} == {}, refresh
