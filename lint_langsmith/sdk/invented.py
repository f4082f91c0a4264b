"""Names that LangSmith never had but programs use, each with the real one that it stands for; successors of old ones.

They come from public code, and from asking which names language models make up. A test holds that none of them exists
in any version, and that each replacement exists in the newest.
"""

from __future__ import annotations

from typing import Final

_CLIENT: Final = "langsmith.client.Client"

_ASYNC_CLIENT: Final = "langsmith.async_client.AsyncClient"

_RUN: Final = "langsmith.run_trees.RunTree"

_CLASSES: Final = {
    "LangSmithClient": "langsmith.Client",
    "LangsmithClient": "langsmith.Client",
    "LangSmith": "langsmith.Client",
    "AsyncLangSmithClient": "langsmith.AsyncClient",
    "AsyncLangSmith": "langsmith.AsyncClient",
    "AsyncLangsmithClient": "langsmith.AsyncClient",
    "LangSmithAsyncClient": "langsmith.AsyncClient",
    "init": "langsmith.configure",
    "Tracer": "langsmith.trace",
    "LangSmithTracer": "langsmith.trace",
    "LangSmithError": "langsmith.utils.LangSmithError",
    "LangSmithAuthError": "langsmith.utils.LangSmithAuthError",
    "LangSmithNotFoundError": "langsmith.utils.LangSmithNotFoundError",
    "LangSmithForbiddenError": "langsmith.utils.LangSmithError",
    "LangSmithPermissionError": "langsmith.utils.LangSmithError",
    "errors": "langsmith.utils",
    "exceptions": "langsmith.utils",
    "tracing": "langsmith.traceable",
    "decorators": "langsmith.traceable",
    "callbacks": "langchain_core.tracers.LangChainTracer",
    "tracers": "langchain_core.tracers.LangChainTracer",
    "evaluators": "langsmith.evaluation",
    "hub": "langsmith.Client.pull_prompt",
    "prompts": "langsmith.Client.pull_prompt",
    "datasets": "langsmith.Client.create_dataset",
}

_METHODS: Final = {
    "get_project": "read_project",
    "get_projects": "list_projects",
    "get_run": "read_run",
    "get_runs": "list_runs",
    "get_dataset": "read_dataset",
    "get_datasets": "list_datasets",
    "get_example": "read_example",
    "get_examples": "list_examples",
    "get_feedback": "read_feedback",
    "list_run_feedbacks": "list_feedback",
    "log_feedback": "create_feedback",
    "add_feedback": "create_feedback",
    "log_run": "create_run",
    "new_run": "create_run",
    "log": "create_run",
    "create_trace": "create_run",
    "run_evaluation": "evaluate",
    "create_experiment": "evaluate",
    "end_run": "update_run",
    "add_example": "create_example",
    "log_example": "create_example",
    "create_dataset_example": "create_example",
    "add_examples": "create_examples",
    "get_prompts": "list_prompts",
    "create_evaluator": "evaluate",
}

_OF_RUNS: Final = {"update": "set", "finish": "end", "submit": "post"}

# The asynchronous client has fewer methods.
_ON_BOTH: Final = frozenset(
    {
        *(
            "read_project",
            "read_run",
            "list_runs",
            "read_dataset",
            "list_datasets",
            "read_example",
            "list_examples",
        ),
        *(
            "read_feedback",
            "list_feedback",
            "create_feedback",
            "create_run",
            "create_example",
            "list_prompts",
        ),
    },
)

# Of a deployment's clients, on both kinds of which resources have the same methods.
_DEPLOYMENT: Final = "langgraph_sdk.client"
_OF_DEPLOYMENTS: Final = {
    "AssistantsClient.list": "AssistantsClient.search",
    "ThreadsClient.list": "ThreadsClient.search",
    "CronClient.list": "CronClient.search",
    "StoreClient.get": "StoreClient.get_item",
    "StoreClient.put": "StoreClient.put_item",
    "StoreClient.search": "StoreClient.search_items",
    "StoreClient.delete": "StoreClient.delete_item",
}

_IN_CLIENT_MODULE: Final = (
    "LangSmithClient",
    "LangsmithClient",
    "LangSmith",
    "AsyncLangSmithClient",
)

REPLACEMENTS: Final[dict[str, str]] = {
    **{f"langsmith.{wrong}": right for wrong, right in _CLASSES.items()},
    **{f"langsmith.client.{wrong}": _CLASSES[wrong] for wrong in _IN_CLIENT_MODULE},
    **{f"{_CLIENT}.{wrong}": f"{_CLIENT}.{right}" for wrong, right in _METHODS.items()},
    f"{_CLIENT}.trace": "langsmith.trace",
    "langgraph_sdk.LangGraphClient": f"{_DEPLOYMENT}.LangGraphClient",
    "langgraph_sdk.SyncLangGraphClient": f"{_DEPLOYMENT}.SyncLangGraphClient",
    "langgraph_sdk.Client": "langgraph_sdk.get_client",
    **{
        f"{_DEPLOYMENT}.{prefix}{wrong}": f"{_DEPLOYMENT}.{prefix}{right}"
        for prefix in ("", "Sync")
        for wrong, right in _OF_DEPLOYMENTS.items()
    },
    **{f"{_RUN}.{wrong}": f"{_RUN}.{right}" for wrong, right in _OF_RUNS.items()},
    **{
        f"{_ASYNC_CLIENT}.{wrong}": f"{_ASYNC_CLIENT}.{right}"
        for wrong, right in _METHODS.items()
        if right in _ON_BOTH
    },
}

# Those that stand for exactly one thing, so that a fix may put the real name in their place. `LangSmith` is not among
# them: it may also mean `Langsmith`, the generated client of 0.14.10 and newer.
_CERTAIN: Final = frozenset(
    {
        *(
            "LangSmithClient",
            "LangsmithClient",
            "AsyncLangSmithClient",
            "AsyncLangSmith",
            "AsyncLangsmithClient",
        ),
        *(
            "LangSmithAsyncClient",
            "LangSmithError",
            "LangSmithAuthError",
            "LangSmithNotFoundError",
            "errors",
        ),
        "exceptions",
    },
)
_CERTAIN_METHODS: Final = frozenset(
    {
        *(
            "get_project",
            "get_projects",
            "get_run",
            "get_runs",
            "get_dataset",
            "get_datasets",
            "get_example",
        ),
        *(
            "get_examples",
            "get_feedback",
            "log_feedback",
            "add_feedback",
            "add_example",
            "add_examples",
            "get_prompts",
        ),
    },
)
ONE_TO_ONE: Final = frozenset(
    {
        *(f"langsmith.{name}" for name in _CERTAIN),
        *(f"langsmith.client.{name}" for name in _CERTAIN & set(_IN_CLIENT_MODULE)),
        *(
            f"{client}.{name}"
            for client in (_CLIENT, _ASYNC_CLIENT)
            for name in _CERTAIN_METHODS
        ),
    },
) & frozenset(REPLACEMENTS)

# What took the place of names that were removed.
SUCCESSORS: Final = {
    f"{_CLIENT}.run_on_dataset": f"{_CLIENT}.evaluate",
    f"{_CLIENT}.arun_on_dataset": f"{_CLIENT}.aevaluate",
}
