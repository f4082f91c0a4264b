"""Which flag of tracing counts where others are taken away or set to false, asked of the installed langsmith."""

from __future__ import annotations

import itertools

import pytest
from langsmith import utils

from lint_langsmith.sdk.variables import TRACING_FLAGS


@pytest.fixture(autouse=True)
def _without_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in TRACING_FLAGS:
        monkeypatch.delenv(name, raising=False)


def _is_on() -> bool:
    utils.get_env_var.cache_clear()  # type: ignore[attr-defined]
    return bool(utils.tracing_is_enabled())


@pytest.mark.parametrize("name", TRACING_FLAGS)
def test_what_is_left_keeps_tracing_on(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not _is_on()
    monkeypatch.setenv(name, "true")
    assert _is_on()


@pytest.mark.parametrize(("first", "second"), [*itertools.combinations(TRACING_FLAGS, 2)])
def test_the_flag_that_is_read_first_counts(
    first: str, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(first, "true")
    monkeypatch.setenv(second, "false")
    assert _is_on()
    monkeypatch.setenv(first, "false")
    monkeypatch.setenv(second, "true")
    assert not _is_on()
