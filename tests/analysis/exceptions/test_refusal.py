"""What the text and the class of a refused request say of it."""

from __future__ import annotations

import pytest

from lint_langsmith.analysis.exceptions.refusal import is_said


@pytest.mark.parametrize(
    ("mro", "verdict"),
    [
        (("langsmith.utils.LangSmithError",), "yes"),
        (("requests.HTTPError",), "yes"),
        (("httpx.HTTPStatusError",), "yes"),
        (("langsmith.sandbox.SandboxError",), "unsure"),
        (("elsewhere.Error",), "unsure"),
    ],
)
def test_whose_texts_have_the_number_of_the_status(mro: tuple[str, ...], verdict: str) -> None:
    assert is_said("403", "as it is", mro) == verdict
