"""How messages name what belongs to the SDK: as users write it."""

from __future__ import annotations

import pytest

from lint_langsmith.analysis.sdk_use.sdk_names import spoken


@pytest.mark.parametrize(
    ("qualified", "text"),
    [
        ("langsmith.client.Client.read_project", "Client.read_project"),
        ("langsmith.Client.read_project", "Client.read_project"),
        ("Client.read_project", "Client.read_project"),
        ("langsmith.run_helpers.traceable", "langsmith.run_helpers.traceable"),
        ("langsmith.datasets.DatasetsResource.list_v2", "datasets.list_v2"),
        ("langsmith.runs.AsyncRunsResource.query", "runs.query"),
        (
            "langsmith.datasets.DatasetsResourceWithRawResponse.list_v2",
            "datasets.with_raw_response.list_v2",
        ),
        (
            "langsmith.datasets.DatasetsResourceWithStreamingResponse.list_v2",
            "datasets.with_streaming_response.list_v2",
        ),
        ("langsmith.traceable", "langsmith.traceable"),
        ("langsmith", "langsmith"),
    ],
)
def test_names(qualified: str, text: str) -> None:
    assert spoken(qualified) == text
