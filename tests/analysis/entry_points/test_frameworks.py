"""What frameworks do with a function: by its decorator, by the class it is in, and by the call that is handed it."""

from __future__ import annotations

import pytest

from lint_langsmith.analysis.entry_points import frameworks
from lint_langsmith.analysis.entry_points.declared import Graph, graphs, joined

DECORATORS = {
    "fastapi.FastAPI.get": "route",
    "flask.Blueprint.route": "route",
    "starlette.applications.Starlette.websocket_route": "websocket",
    "fastapi.FastAPI.middleware": "middleware",
    "fastapi.FastAPI.on_event": "startup",
    "flask.Flask.before_request": "route",
    "langgraph_sdk.Auth.authenticate": "middleware",
    "click.group": "cli",
    "typer.Typer.command": "cli",
    "celery.shared_task": "task",
    "mcp.server.fastmcp.FastMCP.tool": "caught",
    "langchain_core.tools.tool": "agent",
    "langgraph.func.entrypoint": "agent",
    "discord.Client.event": "bot",
    "aws_lambda_powertools.event_handler.APIGatewayRestResolver.get": "function",
    "functions_framework.http": "function",
    # The verb of another package, and another name of a known one.
    "requests.get": None,
    "fastapi.FastAPI.exception_handler": None,
    "clicker.command": None,
    "": None,
}
METHODS = {
    ("dispatch", "starlette.middleware.base.BaseHTTPMiddleware"): "middleware",
    ("call_next", "starlette.middleware.base.BaseHTTPMiddleware"): None,
    ("dispatch", "flask.views.MethodView"): "route",
    ("get", "django.views.View"): "route",
    ("list", "rest_framework.viewsets.ViewSet"): "route",
    ("post", "starlette.endpoints.HTTPEndpoint"): "route",
    ("get", "litestar.Controller"): "route",
    ("delete", "flask_restful.Resource"): "route",
    ("get", "flask_restx.Resource"): "route",
    ("helper", "django.views.View"): None,
    ("get", "django.db.models.Model"): None,
    ("get", "mypackage.Resource"): None,
    ("_run", "langchain_core.tools.BaseTool"): "agent",
    ("_arun", "langchain_core.tools.BaseTool"): "agent",
    ("args", "langchain_core.tools.BaseTool"): None,
    ("_run", "mypackage.Tool"): None,
    ("run", "threading.Thread"): "thread",
    ("run", "multiprocessing.Process"): "thread",
    ("join", "threading.Thread"): None,
    ("run", "threading.Timer"): None,
}
# The name of the call, the whole name of what is called as far as it is known, and the receiver.
REGISTRATIONS = {
    ("append", "", "on_startup"): "startup",
    ("append", "", "cleanup_ctx"): "startup",
    ("append", "", "handlers"): None,
    ("extend", "", "on_startup"): None,
    ("add_api_route", "fastapi.FastAPI.add_api_route", "app"): "route",
    ("add_api_route", "", "app"): "route",
    ("add_api_route", "?", "app"): None,
    ("path", "django.urls.path", ""): "route",
    ("path", "", ""): None,
    ("path", "os.path", ""): None,
    ("get", "aiohttp.web.get", "web"): "route",
    ("get", "requests.get", "requests"): None,
    ("Depends", "fastapi.Depends", ""): "route",
    ("Depends", "", ""): None,
    ("add_websocket_route", "starlette.routing.Router.add_websocket_route", "r"): "websocket",
    ("add_event_handler", "", "app"): "startup",
    ("add_task", "fastapi.BackgroundTasks.add_task", "tasks"): "task",
    ("add_task", "", "tasks"): "task",
    ("add_task", "mypackage.Queue.add_task", "tasks"): None,
    ("Thread", "threading.Thread", "threading"): "thread",
    ("Thread", "", ""): None,
    ("start_new_thread", "_thread.start_new_thread", "_thread"): "thread",
    ("add_job", "apscheduler.schedulers.background.BackgroundScheduler.add_job", "s"): "task",
    ("do", "schedule.Job.do", ""): "task",
    ("do", "", ""): None,
    ("add_command", "click.Group.add_command", "cli"): "cli",
    ("add_command", "", "cli"): "cli",
    ("add_command", "mypackage.Shell.add_command", "shell"): None,
    ("add_node", "langgraph.graph.StateGraph.add_node", "graph"): "agent",
    ("add_node", "networkx.Graph.add_node", "graph"): None,
    ("RunnableLambda", "langchain_core.runnables.RunnableLambda", ""): "agent",
    ("MessageHandler", "telegram.ext.MessageHandler", ""): "bot",
    ("evaluate", "langsmith.Client.evaluate", "client"): "caught",
    ("evaluate", "", "client"): None,
    ("print", "builtins.print", ""): None,
}


@pytest.mark.parametrize(("name", "role"), DECORATORS.items())
def test_decorators(name: str, role: str | None) -> None:
    assert frameworks.of_decorator(name) == role


@pytest.mark.parametrize(("method", "role"), METHODS.items())
def test_methods(method: tuple[str, str], role: str | None) -> None:
    assert frameworks.of_method(*method) == role


@pytest.mark.parametrize(("call", "role"), REGISTRATIONS.items())
def test_registrations(call: tuple[str, str, str], role: str | None) -> None:
    assert frameworks.of_registration(*call) == role


def test_paths_of_configuration() -> None:
    """`langgraph dev` reads paths from the folder of its file; what leads above the root ends there."""
    assert joined("", "./agent.py") == "agent.py"
    assert joined("app", "./src/./agent.py") == "app/src/agent.py"
    assert joined("app/graphs", "../agent.py") == "app/agent.py"
    assert joined("app", "../../agent.py") == "agent.py"
    assert joined("app", "/agent.py") == "agent.py"


def test_graphs_of_a_file() -> None:
    text = """{"graphs": {"a": "./a.py:graph", "b": {"path": "b.py:make", "description": "x"},
        "c": "pkg.module:graph", "d": {"description": "x"}, "e": ":graph", "f": "whole.py"}}"""
    assert list(graphs(text)) == [
        Graph("./a.py", "graph"),
        Graph("b.py", "make"),
        Graph("pkg.module", "graph"),
        Graph("whole.py", ""),
    ]
    for other in ('{"dependencies": []}', "[]", "{", '{"graphs": "x"}', ""):
        assert list(graphs(other)) == []
