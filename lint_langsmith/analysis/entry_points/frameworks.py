"""What frameworks do with the functions that a program gives them, and with what these raise.

All of it was found by running them: fastapi 0.165, starlette 1.10, flask 3.1, quart 0.22, django 5.2, aiohttp 3.14,
litestar 2.25, sanic 25.12, bottle 0.13, falcon 4.4, click 8.5, typer 0.29, celery 5.7, dramatiq 2.2, apscheduler 3.11,
langchain 1.5, langgraph 1.2, langchain-core 1.7, mcp 1.30, fastmcp 2.14 and 4.1, streamlit 1.67, gradio 6.31 and
chainlit 2.12 (which log what a handler raises, and show an error to the user), discord.py, python-telegram-bot and
slack_bolt (which log what a listener raises, unless the program has an error handler). Where one of them behaves unlike
the others, the comment beside it says so. Packages beside these are taken to do as those of their kind.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.project.words import ADDERS

Kind: TypeAlias = Literal[
    "test",
    "notebook",
    "script",
    "cli",
    "page",
    "route",
    "websocket",
    "middleware",
    "startup",
    "bot",
    "agent",
    "function",
    "task",
    "thread",
    "signal",
    "exit",
    "loop",
    "service",
    "library",
]
# `caught`: the framework makes an answer of the exception, and the program goes on.
Role: TypeAlias = Literal[Kind, "caught"]

ROUTE_VERBS: Final = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "options", "route", "api_route", "view"},
)
_ACTIONS: Final = frozenset(
    {"list", "create", "retrieve", "update", "partial_update", "destroy", "dispatch"}
)
_SOCKETS: Final = frozenset({"websocket", "websocket_route", "websocket_listener"})
WEB: Final = (
    "fastapi.", "flask.", "starlette.", "quart.", "sanic.", "litestar.", "aiohttp.web.", "bottle.", "robyn.",
    "blacksheep.", "falcon.", "django.", "rest_framework.", "ninja.",
)  # fmt: skip
APPLICATIONS: Final = (
    *(
        "FastAPI",
        "Flask",
        "Starlette",
        "Quart",
        "Sanic",
        "Litestar",
        "Application",
        "APIRouter",
        "Blueprint",
    ),
    *("RouteTableDef", "Router", "NinjaAPI"),
)
COMMAND_PACKAGES: Final = ("click", "typer", "rich_click", "fire", "cyclopts", "asyncclick")
_COMMANDS: Final = tuple(f"{package}." for package in COMMAND_PACKAGES)
_TASKS: Final = (
    "celery.",
    "dramatiq.",
    "rq.",
    "huey.",
    "arq.",
    "prefect.",
    "airflow.",
    "modal.",
    "apscheduler.",
)
_BOTS: Final = (
    "discord.",
    "slack_bolt.",
    "telegram.",
    "telebot.",
    "aiogram.",
    "interactions.",
    "nextcord.",
)
# FastMCP and the SDK's own servers make an error result of what a tool, a resource or a prompt raises.
_MCP: Final = ("mcp.", "fastmcp.")
_LANGCHAIN: Final = ("langchain_core.", "langchain.", "langgraph.")
PAGES: Final = frozenset({"streamlit", "gradio", "chainlit", "panel", "dash", "nicegui"})
# Those that run the whole file for each visit; in the others its top level runs once, before anything is served.
RERUN: Final = frozenset({"streamlit", "panel"})
# Methods of falcon's resources, which derive from nothing.
RESPONDERS: Final = frozenset(
    {f"on_{verb}" for verb in ("get", "post", "put", "patch", "delete", "head", "options")}
)

# What an agent asks of its middleware; what one of them raises ends the run (ran langchain 1.5.2).
_AGENT_HOOKS: Final = frozenset(
    {
        "before_agent",
        "before_model",
        "after_model",
        "after_agent",
        "wrap_model_call",
        "wrap_tool_call",
    }
)
_AGENT_METHODS: Final = _AGENT_HOOKS | {f"a{hook}" for hook in _AGENT_HOOKS}

# Decorators by where they come from: the packages, the last names, and what runs the decorated function.
_DECORATORS: Final[tuple[tuple[tuple[str, ...], frozenset[str], Role], ...]] = (
    (WEB, _SOCKETS, "websocket"),
    (WEB, frozenset({"middleware"}), "middleware"),
    (
        WEB,
        frozenset({"on_event", "before_serving", "listener", "before_server_start"}),
        "startup",
    ),
    (
        WEB,
        frozenset(
            {"before_request", "before_app_request", "after_request", "after_app_request"}
        ),
        "route",
    ),
    (WEB, ROUTE_VERBS, "route"),
    # LangGraph's server asks it before each request; what it raises is an error of the server (read in 0.4.14).
    (("langgraph_sdk.",), frozenset({"authenticate"}), "middleware"),
    (_COMMANDS, frozenset({"command", "group", "callback"}), "cli"),
    (
        _TASKS,
        frozenset(
            {
                "task",
                "shared_task",
                "actor",
                "job",
                "flow",
                "function",
                "periodic_task",
                "scheduled_job",
                "cron",
            },
        ),
        "task",
    ),
    (
        _MCP,
        frozenset(
            {
                "tool",
                "resource",
                "prompt",
                "call_tool",
                "read_resource",
                "get_prompt",
                "completion",
            }
        ),
        "caught",
    ),
    (_LANGCHAIN, frozenset({"tool", "chain", "task", "entrypoint"}), "agent"),
    (("langchain.agents.middleware.",), _AGENT_HOOKS | {"dynamic_prompt"}, "agent"),
    (
        _BOTS,
        frozenset(
            {
                *(
                    "event",
                    "command",
                    "message",
                    "action",
                    "shortcut",
                    "view",
                    "options",
                    "listen",
                    "hybrid_command",
                ),
                *(
                    "slash_command",
                    "message_handler",
                    "callback_query",
                    "callback_query_handler",
                    "app_mention",
                ),
            },
        ),
        "bot",
    ),
    (
        ("aws_lambda_powertools.",),
        frozenset({"lambda_handler", "get", "post", "put", "delete", "patch"}),
        "function",
    ),
    (("functions_framework.",), frozenset({"http", "cloud_event"}), "function"),
    (("atexit.",), frozenset({"register"}), "exit"),
)

# Calls that take a function to run it later, by the last name of what is called: the packages that it must come from
# (an empty name stands for a receiver that can't be told), and what runs the function then.
_REGISTRARS: Final[dict[str, tuple[tuple[str, ...], Role]]] = {
    **dict.fromkeys(
        (
            "add_api_route",
            "add_route",
            "add_url_rule",
            "add_get",
            "add_post",
            "add_put",
            "add_patch",
            "add_delete",
        ),
        ((*WEB, ""), "route"),
    ),
    **dict.fromkeys(("path", "re_path", "url"), (("django.urls", "django.conf.urls"), "route")),
    **dict.fromkeys(
        ("get", "post", "put", "patch", "delete", "view", "Route"),
        (("aiohttp.web.", "starlette."), "route"),
    ),
    **dict.fromkeys(("Depends", "Security", "Provide"), (("fastapi.", "litestar."), "route")),
    **dict.fromkeys(
        ("add_api_websocket_route", "add_websocket_route", "WebSocketRoute"),
        ((*WEB, ""), "websocket"),
    ),
    "add_event_handler": ((*WEB, ""), "startup"),
    # Run behind the response: an exception handler finds it started already, and gives up with a RuntimeError.
    **dict.fromkeys(
        ("add_task", "BackgroundTask"), (("fastapi.", "starlette.", "litestar.", ""), "task")
    ),
    **dict.fromkeys(
        ("Thread", "Timer", "Process"), (("threading.", "multiprocessing."), "thread")
    ),
    "start_new_thread": (("_thread.",), "thread"),
    # Python runs a signal's handler in the main thread, wherever that is; what it raises goes on from there. What a
    # function raises at exit is printed, and the functions that were registered before it still run (CPython 3.11).
    "signal": (("signal.",), "signal"),
    "register": (("atexit.",), "exit"),
    **dict.fromkeys(
        ("add_job", "enqueue", "enqueue_in", "enqueue_at", "enqueue_call"),
        ((*_TASKS, ""), "task"),
    ),
    "do": (("schedule.",), "task"),
    # The command runs where the group is started.
    **dict.fromkeys(ADDERS, ((*_COMMANDS, ""), "cli")),
    **dict.fromkeys(("add_node", "add_conditional_edges"), (("langgraph.", ""), "agent")),
    **dict.fromkeys(
        ("RunnableLambda", "from_function", "Tool", "RunnableGenerator"), (_LANGCHAIN, "agent")
    ),
    **dict.fromkeys(
        (
            "CommandHandler",
            "MessageHandler",
            "CallbackQueryHandler",
            "ConversationHandler",
            "InlineQueryHandler",
        ),
        (("telegram.",), "bot"),
    ),
    # A target or an evaluator that fails is a row with an error in the results.
    **dict.fromkeys(
        (
            "evaluate",
            "aevaluate",
            "evaluate_existing",
            "aevaluate_existing",
            "evaluate_comparative",
        ),
        (("langsmith.",), "caught"),
    ),
}
# Responses whose content is iterated when the route has returned: what it raises then cuts the response off, and no
# handler of the program sees it (starlette 1.10, flask 3.1).
_STREAMED: Final[dict[str, tuple[str, ...]]] = {
    "StreamingResponse": ("fastapi.", "starlette."),
    "EventSourceResponse": ("sse_starlette.",),
    "StreamingHttpResponse": ("django.",),
    "Response": ("flask.", "werkzeug."),
}
_STARTUP_LISTS: Final = frozenset({"on_startup", "on_shutdown", "on_cleanup", "cleanup_ctx"})
STARTUP_KEYWORDS: Final = frozenset(
    {"lifespan", "on_startup", "on_shutdown", "after_startup", "before_startup"}
)

# What registers a handler for an exception class, and what holds a table of them.
HANDLER_DECORATORS: Final = frozenset(
    {"exception_handler", "errorhandler", "app_errorhandler", "error_handler"}
)
# Packages whose decorators keep the function that stands below them, and give it or a wrapper of it to the name: what
# stands above them is not run by the framework (executed with `@traceable` above each, the versions of this page).
_KEEPING: Final = (
    *("fastapi.", "starlette.", "flask.", "quart.", "sanic.", "aiohttp.web."),
    *("celery.", "mcp.", "fastmcp.", "slack_bolt."),
)
HANDLER_CALLS: Final = frozenset(
    {"add_exception_handler", "register_error_handler", "add_error_handler"}
)
HANDLER_TABLE: Final = "exception_handlers"
BOT_HANDLERS: Final = (
    "add_error_handler",
    "on_command_error",
    "on_app_command_error",
    "on_error",
)
# The words that a file must hold to register a handler, or to be middleware.
HANDLER_WORDS: Final = (
    *sorted(HANDLER_DECORATORS | HANDLER_CALLS | {HANDLER_TABLE, *BOT_HANDLERS}),
    *(
        "call_next(",
        "handler(",
        "app(",
        "middleware",
        "__call__",
        "receive",
        "slack_bolt",
        "sanic",
        ".exception(",
        "add_middleware(",
        "error",
        "process_exception",
    ),
)
# Methods that run a graph, a chain or an agent.
AGENT_RUNS: Final = frozenset(
    {
        "invoke",
        "ainvoke",
        "stream",
        "astream",
        "astream_events",
        "batch",
        "abatch",
        "abatch_as_completed",
    },
)


def is_streamed(qualified: str) -> bool:
    """Whether a call of this qualified name makes a response that iterates over its argument later."""
    packages = _STREAMED.get(qualified.rpartition(".")[2])
    return packages is not None and qualified.startswith(packages)


def of_decorator(qualified: str) -> Role | None:
    """What runs a function with a decorator of this qualified name; None where that says nothing."""
    last = qualified.rpartition(".")[2]
    for packages, names, role in _DECORATORS:
        if last in names and qualified.startswith(packages):
            return role
    return None


def keeps_what_is_below(qualified: str) -> bool:
    """Whether a decorator of this qualified name has its framework run the function below it, whatever stands above."""
    is_known = of_decorator(qualified) is not None
    is_handler = qualified.rpartition(".")[2] in HANDLER_DECORATORS
    return (is_known or is_handler) and qualified.startswith(_KEEPING)


def of_method(name: str, base: str) -> Role | None:
    """What runs a method because of the class, from outside of the project, that its own class derives from."""
    if name == "dispatch" and base.endswith(".BaseHTTPMiddleware"):
        return "middleware"
    is_view = base.rpartition(".")[2].endswith(
        ("View", "ViewSet", "HTTPEndpoint", "Controller", "Resource")
    )
    if (
        name in ROUTE_VERBS | _ACTIONS
        and is_view
        and base.startswith((*WEB, "flask_restful.", "flask_restx."))
    ):
        return "route"
    if name in {"_run", "_arun"} and base.endswith(".BaseTool"):
        return "agent"
    if base.endswith(".AgentMiddleware") and name in _AGENT_METHODS:
        return "agent"
    if name == "run" and base in {"threading.Thread", "multiprocessing.Process"}:
        return "thread"
    return None


def of_registration(name: str, qualified: str, receiver: str) -> Role | None:
    """What runs a function that is handed to a call; None for calls that run it themselves, or can't be told.

    `name` is the last name of what is called, `qualified` the whole one as far as it is known (else empty), and
    `receiver` the last name of the object whose method it is, for lists of functions (`app.on_startup.append(f)`).
    """
    if name == "append" and receiver in _STARTUP_LISTS:
        return "startup"
    packages, role = _REGISTRARS.get(name, ((), None))
    matches = (
        qualified.startswith(tuple(package for package in packages if package))
        if qualified
        else "" in packages
    )
    return role if matches else None


def spells_route(file: File, decorator: ir.Expr) -> bool:
    """Whether a decorator has the form that web frameworks share: a verb, called with a path."""
    if not isinstance(decorator, ir.CallRef):
        return False
    call = file.model.calls[decorator.site]
    path = call.args[0].value if call.args else None
    if not isinstance(call.func, ir.Attribute) or not isinstance(path, ir.Text):
        return False
    return call.func.name in ROUTE_VERBS and path.value.startswith("/")
