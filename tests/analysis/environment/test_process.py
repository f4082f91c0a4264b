"""What a process gets for the key and for tracing, of several sources and several names."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.process import Process, Source, given_by, outside
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.config.settings import Settings

KEY = "0f3c-made-up-text-of-no-known-shape-81"


def process_of(root: Path, *texts: str) -> Process:
    """A process whose sources are files of variables, the one that beats the others first."""
    sources = []
    for number, text in enumerate(texts):
        path = root / f"{number}.env"
        path.write_text(text, encoding="utf-8")
        project = Project(root, Settings(), [path])
        file = project.try_load(path.name)
        assert file is not None
        found = Analysis(project).environment.settings(file)
        sources.append(Source(path.name, given_by(found), path.name))
    return Process("a process", "project", tuple(sources))


@pytest.mark.parametrize(
    ("texts", "value"),
    [
        (("LANGSMITH_TRACING=true",), "true"),
        (("LANGSMITH_TRACING=false",), None),
        (("LANGSMITH_TRACING=perhaps",), None),
        (("LANGSMITH_PROJECT=x",), None),
        (("LANGSMITH_TRACING=false", "LANGSMITH_TRACING=true"), None),
        (("LANGSMITH_TRACING=true", "LANGSMITH_TRACING=false"), "true"),
        # A blank is passed over, within a source and within all of them.
        (("LANGSMITH_TRACING=\nLANGCHAIN_TRACING_V2=true",), "true"),
        (("LANGSMITH_TRACING_V2=' '\nLANGSMITH_TRACING=true",), "true"),
        # `LANGSMITH_TRACING_V2` counts before `LANGSMITH_TRACING`, wherever both stand.
        (("LANGSMITH_TRACING=true", "LANGSMITH_TRACING_V2=false"), None),
        (("LANGSMITH_TRACING=false\nLANGSMITH_TRACING=true",), "true"),
        ((), None),
    ],
)
def test_tracing(tmp_path: Path, texts: tuple[str, ...], value: str | None) -> None:
    found = process_of(tmp_path, *texts).tracing
    assert (found.value if found is not None else None) == value


@pytest.mark.parametrize(
    ("texts", "key", "blank"),
    [
        ((f"LANGSMITH_API_KEY={KEY}",), KEY, None),
        ((f"LANGCHAIN_API_KEY={KEY}",), KEY, None),
        ((f"LANGSMITH_API_KEY=\nLANGCHAIN_API_KEY={KEY}",), KEY, None),
        (("LANGSMITH_API_KEY=",), None, ""),
        (("LANGCHAIN_API_KEY=''",), None, ""),
        (("LANGSMITH_API_KEY=<your key>",), "<your key>", "<your key>"),
        (("LANGSMITH_API_KEY=", f"LANGSMITH_API_KEY={KEY}"), None, ""),
        ((f"LANGSMITH_API_KEY={KEY}", "LANGSMITH_API_KEY="), KEY, None),
        (("LANGSMITH_PROJECT=x",), None, None),
    ],
)
def test_keys(
    tmp_path: Path, texts: tuple[str, ...], key: str | None, blank: str | None
) -> None:
    process = process_of(tmp_path, *texts)
    found = (process.key, process.blank_key)
    assert [given.value if given is not None else None for given in found] == [key, blank]


def test_a_key_from_elsewhere_is_a_key(tmp_path: Path) -> None:
    process = process_of(tmp_path, "LANGSMITH_API_KEY=${VAULT_KEY}")
    assert process.key is not None
    assert process.key.value is None
    assert process.blank_key is None


def test_all_sources_in_order(tmp_path: Path) -> None:
    process = process_of(tmp_path, "A=1\nB=2\nB=3", "B=4", "C=5")
    assert [(source.label, given.value) for source, given in process.found("B")] == [
        ("0.env", "3"),
        ("1.env", "4"),
    ]
    assert process.effective("D") is None
    assert process.first(()) is None


def test_a_process_is_whole_if_its_sources_are(tmp_path: Path) -> None:
    process = process_of(tmp_path, "A=1", "B=2")
    assert process.is_whole
    assert not process._replace(sources=(*process.sources, outside("a vault"))).is_whole
    assert process._replace(sources=()).is_whole
