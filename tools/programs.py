"""Random small programs around one call that LangSmith refuses: how it is made, used, guarded and reached."""

from __future__ import annotations

import random
import re
import textwrap
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Final, Literal, NamedTuple, TypeAlias

from subjects import CLASSES, DEFINITIONS, DEPLOYMENT_URL, DEPLOYMENTS, Subject, imports

Layout: TypeAlias = Literal["script", "guarded", "library", "service"]

# Exception classes, with the module that has each for its users.
_UTILS: Final = (
    *(
        "LangSmithError",
        "LangSmithAuthError",
        "LangSmithUserError",
        "LangSmithAPIError",
        "LangSmithNotFoundError",
    ),
    *("LangSmithConflictError", "LangSmithRateLimitError", "LangSmithConnectionError"),
)
_GENERATED: Final = (
    *(
        "LangsmithError",
        "APIError",
        "APIStatusError",
        "PermissionDeniedError",
        "AuthenticationError",
        "NotFoundError",
    ),
    *("RateLimitError", "APIConnectionError"),
)
_SANDBOX: Final = ("SandboxClientError", "SandboxAuthenticationError", "SandboxConnectionError")
_OF_DEPLOYMENTS: Final = (
    *("langgraph_sdk.errors.PermissionDeniedError", "langgraph_sdk.errors.APIStatusError"),
    *("langgraph_sdk.errors.LangGraphError", "langgraph_sdk.errors.AuthenticationError"),
    *(
        "langgraph_sdk.errors.NotFoundError",
        "httpx.HTTPStatusError",
        "httpx.HTTPError",
        "httpx.ConnectError",
    ),
)
_RETRIED: Final = ("RetryError", "LangSmithError")
_BUILTIN: Final = (
    "Exception",
    "BaseException",
    "KeyError",
    "ValueError",
    "PermissionError",
    "RuntimeError",
    "OSError",
)
_SOURCES: Final = {
    **dict.fromkeys(_UTILS, "langsmith.utils"),
    **dict.fromkeys(_GENERATED, "langsmith"),
    **dict.fromkeys(_SANDBOX, "langsmith.sandbox"),
    "HTTPError": "requests",
    "RetryError": "tenacity",
}


class Program(NamedTuple):
    """A program: its files by name, and how it is started. `forms` names what it is made of, from the inside out."""

    files: dict[str, str]
    layout: Layout
    subject: Subject
    forms: tuple[str, ...]

    @property
    def text(self) -> str:
        """All files, for a person to read."""
        return "\n".join(
            f"# {name}\n{content}" for name, content in self.files.items() if content
        )


class _Body(NamedTuple):
    """Statements; those with `await` in them are asynchronous."""

    text: str
    is_async: bool = False


class _Origin(NamedTuple):
    """Where the client of a program comes from: the text that defines it, and how it is spelled after that."""

    text: str
    client: str = "client"


class _Form(NamedTuple):
    """A way to put statements into something larger. `needs` and `gives` say whether they may, or do, `await`.

    `again` marks what runs them again after a failure. What runs an event loop of its own is not put into that: the
    connections of a client belong to the first loop, and the second one fails of its own, whatever the server says.
    """

    name: str
    build: Callable[[_Writer, str], str]
    needs: Literal["sync", "async", "any"] = "any"
    gives: Literal["sync", "async", "same"] = "same"
    again: bool = False


def program(
    rng: random.Random,
    subject: Subject,
    depth: int,
    *,
    use: str | None = None,
    form: str | None = None,
) -> Program:
    """A program around `subject` with about `depth` layers; `use` and `form` fix the use and the innermost layer."""
    return _Writer(rng, subject).program(depth, use, form)


def guarded(subject: Subject, handler: str | None) -> Program:
    """The plainest program: the subject is called, its result used, within a handler for `handler` if there is one."""
    writer = _Writer(random.Random(0), subject)  # noqa: S311 - nothing is random here
    writer.plain = True
    body = _plain_use(subject)
    if handler is not None:
        body = body._replace(
            text=f"try:\n{_in(body.text)}\nexcept {writer.error(handler)}:\n    print('refused')"
        )
    return writer.finish(body, "library", ("plain", handler or "unguarded"))


def _plain_use(subject: Subject) -> _Body:
    call = subject.expression
    forms = {
        "value": f"print({call})",
        "iterator": f"for item in {call}:\n    print(item)",
        "coroutine": f"print(await {call})",
        "awaitable": f"print(await {call})",
        "pager": f"async for item in {call}:\n    print(item)",
        "async-iterator": f"async for item in {call}:\n    print(item)",
        "manager": f"with {call} as held:\n    print(held)",
        "async-manager": f"async with {call} as held:\n    print(held)",
    }
    return _Body(
        forms[subject.gives], is_async=subject.gives not in {"value", "iterator", "manager"}
    )


# -- where the client comes from -------------------------------------------------------------------------------------

# `{new}` makes the client, `{kind}` is its class, `{make}` what is called with `{arguments}`.
_SERVICES: Final = "\n\nservices = Services()\n"
_CACHED: Final = "\ndef the_client():\n    return {new}\n"
_PLAIN: Final = _Origin("client = {new}\n")
_MODULE_ORIGINS: Final = (
    *(_PLAIN, _PLAIN, _PLAIN, _PLAIN),
    _Origin("client: {kind} = {new}\n"),
    _Origin("client, note = {new}, 'shared'\n"),
    _Origin("client = {new} if os.environ else None\n"),
    _Origin("make = functools.partial({make}, {arguments})\n\nclient = make()\n"),
    _Origin("services = types.SimpleNamespace(client={new})\n", "services.client"),
    _Origin("services = {{'client': {new}}}\n", "services['client']"),
    _Origin("current = contextvars.ContextVar('current', default={new})\n", "current.get()"),
    _Origin(f"@functools.lru_cache{_CACHED}", "the_client()"),
    _Origin(f"@functools.lru_cache(maxsize=1){_CACHED}", "the_client()"),
    _Origin(f"@functools.cache{_CACHED}", "the_client()"),
    _Origin("def the_client() -> {kind}:\n    return {new}\n", "the_client()"),
    _Origin("def the_client() -> typing.Any:\n    return {new}\n\n\nclient = the_client()\n"),
    _Origin(
        "_client = None\n\n\ndef the_client():\n    global _client\n    if _client is None:\n"
        "        _client = {new}\n    return _client\n",
        "the_client()",
    ),
    _Origin(
        "class Services:\n    held = None\n\n    @classmethod\n    def client(cls):\n        if cls.held is None:\n"
        "            cls.held = {new}\n        return cls.held\n",
        "Services.client()",
    ),
    _Origin("class Services:\n    client = {new}\n", "Services.client"),
    _Origin(
        f"class Services:\n    @functools.cached_property\n    def client(self):\n        return {{new}}\n{_SERVICES}",
        "services.client",
    ),
    _Origin(
        "class Services:\n    def __init__(self):\n        self.held = {new}\n\n    @property\n    def client(self):\n"
        f"        return self.held\n{_SERVICES}",
        "services.client",
    ),
    _Origin(
        "class Base:\n    def __init__(self):\n        self.client = {new}\n\n\nclass Services(Base):\n"
        f"    def __init__(self):\n        super().__init__()\n        self.ready = True\n{_SERVICES}",
        "services.client",
    ),
    _Origin(
        "@dataclasses.dataclass\nclass Services:\n    client: typing.Any\n\n\nservices = Services({new})\n",
        "services.client",
    ),
    _Origin(
        "@dataclasses.dataclass\nclass Services:\n"
        f"    client: {{kind}} = dataclasses.field(default_factory=lambda: {{new}})\n{_SERVICES}",
        "services.client",
    ),
    _Origin(
        "class Services(typing.NamedTuple):\n    client: {kind}\n\n\nservices = Services({new})\n",
        "services.client",
    ),
)
# The same for a client that the program's start has and hands on.
_OWN_ORIGINS: Final = (
    *(_PLAIN, _PLAIN, _PLAIN),
    _Origin("services = types.SimpleNamespace(client={new})\nclient = services.client\n"),
    _Origin("make = functools.partial({make}, {arguments})\nclient = make()\n"),
    _Origin("clients = [{new}]\nclient = clients[0]\n"),
    _Origin("(client := {new})\n"),
)

# How a route of a service comes by its client: the parameters of the route, the statements with which it begins, and
# what the application and the module of its dependencies have. `{on}` is the decorator of the lifespan.
_STATE: Final = "client: {kind} = request.app.state.client\n"
_DEPENDENCY: Final = "def the_client():\n    return {new}\n"
_LIFESPAN: Final = (
    "@contextlib.asynccontextmanager\nasync def lifespan(app):\n    app.state.client = {new}\n    yield\n\n\n"
    "app = FastAPI(lifespan=lifespan)\n"
)
_APP: Final = "app = FastAPI()\n"


class _Provider(NamedTuple):
    """One of those ways."""

    taken: str
    first: str = ""
    app: str = _APP
    dependencies: str = ""


_PROVIDERS: Final = (
    _Provider("client: {kind} = Depends(the_client)", dependencies=_DEPENDENCY),
    _Provider("client=Depends(the_client)", dependencies=_DEPENDENCY),
    _Provider("client: Annotated[{kind}, Depends(the_client)]", dependencies=_DEPENDENCY),
    _Provider(
        "client: Annotated[{kind}, Depends(the_client)]",
        dependencies="def the_client():\n    client = {new}\n    try:\n        yield client\n"
        "    finally:\n        print('end')\n",
    ),
    _Provider("request: Request", _STATE, _LIFESPAN),
    _Provider("request: Request", _STATE, f"{_APP}app.state.client = {{new}}\n"),
    _Provider("request: Request", "client = request.app.state.client\n", _LIFESPAN),
    _Provider(
        "request: Request",
        "client = request.state.client\n",
        _LIFESPAN.replace("app.state.client = {new}\n    yield", "yield {{'client': {new}}}"),
    ),
    _Provider(
        "client: {kind} = Depends(the_client)",
        app=_LIFESPAN,
        dependencies="def the_client(request: Request):\n    return request.app.state.client\n",
    ),
)


# -- uses ------------------------------------------------------------------------------------------------------------

# `{c}` is the call, `{m}` what is called and `{a}` its arguments; `{pool}` opens a thread pool, `{kept}` has an object
# with an attribute.
_KEPT: Final = "class Kept:\n    held = None\n\nkept = Kept()\n"
_POOL: Final = "with concurrent.futures.ThreadPoolExecutor() as pool:\n"
_PIPELINE: Final = (
    "def rows():\n    for item in {c}:\n        yield item\n\n"
    "def texts(items):\n    for item in items:\n        yield str(item)\n\n"
)
_STACK: Final = "async with contextlib.AsyncExitStack() as stack:\n"
_VALUE_USES: Final = (
    "{c}",
    "print({c})",
    "result = {c}\nprint(result)",
    "if {c}:\n    print('yes')",
    "print([{c} for _ in range(1)])",
    "match {c}:\n    case None:\n        print('nothing')\n    case found:\n        print(found)",
    "assert {c} is not False",
    "with contextlib.ExitStack() as stack:\n    stack.callback({m}, {a})",
    "with contextlib.ExitStack() as stack:\n    stack.callback(lambda: {c})",
    "timer = threading.Timer(0, lambda: {c})\ntimer.start()\ntimer.join()",
    "print({g}({a}))",
    "steps = [lambda: {c}]\nfor step in steps:\n    print(step())",
    "print(functools.reduce(lambda total, _: [*total, {c}], [1], []))",
    "print(max([1, 2], key=lambda _: len(str({c}))))",
    'print(f"{{{c}}}")',
    "results = [{c}, 1]\nprint(results)",
    "result = {c} if True else None\nprint(result)",
    "if (result := {c}) is not None:\n    print(result)",
    "print({{'result': {c}}})",
    "method = {m}\nprint(method({a}))",
    "functools.partial({m}, {a})()",
    "ask = functools.partial({m}, {a})\nprint(ask())",
    "ask = functools.partial({m}, {a})\nprint(ask)",
    "(lambda: {c})()",
    "ask = lambda: {c}\nprint(ask())",
    "ask = lambda: {c}\nprint(ask)",
    "{pool}    print(pool.submit({m}, {a}).result())",
    "{pool}    future = pool.submit({m}, {a})\nprint(future.result())",
    "{pool}    future = pool.submit({m}, {a})\nprint(future.done())",
    "{pool}    pool.submit({m}, {a})",
    "{pool}    print(list(pool.map(lambda _: {c}, [1, 2])))",
    "{pool}    pool.map(lambda _: {c}, [1, 2])",
    "{pool}    jobs = [pool.submit({m}, {a})]\nfor job in concurrent.futures.as_completed(jobs):\n    job.result()",
    "{pool}    print(pool.submit(lambda: {c}).result())",
    "{pool}    jobs = [pool.submit({m}, {a})]\nprint(jobs[0].result())",
    "{pool}    jobs = [pool.submit({m}, {a})]\nprint(jobs[0].done())",
    "{pool}    jobs = {{'one': pool.submit({m}, {a})}}\nfor name, job in jobs.items():\n    print(name, job.result())",
    "jobs = {{}}\n{pool}    jobs['one'] = pool.submit({m}, {a})\nprint(jobs['one'].result())",
    "{pool}    done, _ = concurrent.futures.wait([pool.submit({m}, {a})])\nfor job in done:\n    print(job.result())",
    "{pool}    done, _ = concurrent.futures.wait([pool.submit({m}, {a})])\nprint(len(done))",
    "{pool}    error = pool.submit({m}, {a}).exception()\nif error is not None:\n    raise error",
    "{kept}{pool}    kept.held = pool.submit({m}, {a})\nprint(kept.held.result())",
    "{kept}{pool}    kept.held = pool.submit({m}, {a})\nprint(kept.held)",
    "methods = {{'one': {m}}}\nprint(methods['one']({a}))",
    "{kept}kept.held = functools.partial({m}, {a})\nprint(kept.held())",
    "{pool}    future = pool.submit({m}, {a})\n    print(future.exception())",
    "thread = threading.Thread(target=functools.partial({m}, {a}))\nthread.start()\nthread.join()",
    "thread = threading.Thread(target=lambda: {c})\nthread.start()\nthread.join()",
    "print(list(map(lambda _: {c}, [1])))",
    "print(map(lambda _: {c}, [1]))",
    "print(sorted([2, 1], key=lambda _: str({c})))",
    "def once():\n    return {c}\n\nprint(once())",
    "def once():\n    return {c}\n\nprint(once)",
    "def run(function):\n    return function()\n\nprint(run(lambda: {c}))",
    "def run(function, *args, **kwargs):\n    return function(*args, **kwargs)\n\nprint(run({m}, {a}))",
    "def steps():\n    yield {c}\n\nprint(list(steps()))",
    "def steps():\n    yield {c}\n\nprint(steps())",
    "def steps():\n    yield {c}\n\nprint(next(steps(), None))",
)
_VALUE_AWAITS: Final = (
    "print({c})",
    "print(await asyncio.to_thread({m}, {a}))",
    "pending = asyncio.to_thread({m}, {a})\nprint(await pending)",
    "print(await asyncio.to_thread(lambda: {c}))",
    "print(await asyncio.get_running_loop().run_in_executor(None, functools.partial({m}, {a})))",
    "print(await asyncio.get_running_loop().run_in_executor(None, lambda: {c}))",
    "await asyncio.gather(asyncio.to_thread({m}, {a}), asyncio.sleep(0))",
    "print(await asyncio.gather(asyncio.to_thread({m}, {a}), return_exceptions=True))",
    "task = asyncio.create_task(asyncio.to_thread({m}, {a}))\nprint(await task)",
    "async def ask():\n    return {c}\n\nprint(await ask())",
    _STACK + "    stack.callback(lambda: {c})",
    "async with asyncio.TaskGroup() as group:\n    group.create_task(asyncio.to_thread({m}, {a}))",
    "async with asyncio.Semaphore(1):\n    print(await asyncio.to_thread({m}, {a}))",
    "print(await asyncio.wrap_future(concurrent.futures.ThreadPoolExecutor().submit({m}, {a})))",
)
_ITERATOR_USES: Final = (
    "for item in {c}:\n    print(item)",
    "print(list({c}))",
    "items = {c}\nfor item in items:\n    print(item)",
    "items = {c}\nprint(next(items))",
    "print(next({c}, None))",
    "print(next(iter({c})))",
    "print([item for item in {c}])",
    "print({{str(item): item for item in {c}}})",
    "print(sum(1 for _ in {c}))",
    "first, *rest = {c}\nprint(first, rest)",
    "print([*{c}])",
    "print(*{c})",
    "items = (item for item in {c})\nprint(list(items))",
    "items = (item for item in {c})\nprint(items)",
    "items = {c}\nprint(items)",
    "items = {c}\nprint(type(items), isinstance(items, list))",
    "items = {c}\ndel items",
    "{kept}kept.held = {c}\nprint(list(kept.held))",
    "{kept}kept.held = {c}\nprint(kept.held)",
    "lists = {{'one': {c}}}\nprint(list(lists['one']))",
    "{c}",
    "for index, item in enumerate({c}):\n    print(index, item)",
    "for one, other in zip({c}, [1]):\n    print(one, other)",
    "for item in itertools.islice({c}, 3):\n    print(item)",
    "for item in itertools.chain({c}, [1]):\n    print(item)",
    "print(list(itertools.chain.from_iterable([{c}])))",
    "print(list(itertools.chain.from_iterable({c} for _ in range(1))))",
    "for item in itertools.chain.from_iterable({c} for _ in range(1)):\n    print(item)",
    "for item in itertools.chain.from_iterable(map(lambda _: {c}, [1])):\n    print(item)",
    "for items in ({c} for _ in range(1)):\n    print(list(items))",
    "for items in ({c} for _ in range(1)):\n    print(items)",
    "print([item for items in [{c}] for item in items])",
    "for item in itertools.takewhile(bool, {c}):\n    print(item)",
    "print(tuple({c}))",
    "print(set(str(item) for item in {c}))",
    "print(dict.fromkeys(map(str, {c})))",
    "print(collections.Counter(map(str, {c})))",
    "print(functools.reduce(lambda total, item: total, {c}, 0))",
    "match list({c}):\n    case []:\n        print('nothing')",
    _PIPELINE + "for text in texts(rows()):\n    print(text)",
    _PIPELINE + "print(texts(rows()))",
    "rows = {c}\ntexts = (str(row) for row in rows)\nprint(','.join(texts))",
    "rows = {c}\ntexts = (str(row) for row in rows)\nprint(texts)",
    "items = iter({c})\nwhile (item := next(items, None)) is not None:\n    print(item)",
    "items = iter({c})\ntry:\n    print(next(items))\nexcept StopIteration:\n    pass",
    "items = map(str, {c})\nprint(list(items))",
    "items = map(str, {c})\nprint(items)",
    "items = filter(None, {c})\nfor item in items:\n    print(item)",
    "print(sorted({c}, key=str))",
    "print(any({c}))",
    "print('x' in {c})",
    "print(max({c}, key=str, default=None))",
    "print(', '.join(str(item) for item in {c}))",
    "items = []\nitems.extend({c})",
    "print(collections.deque({c}, maxlen=1))",
    "def walk():\n    yield from {c}\n\nfor item in walk():\n    print(item)",
    "def walk():\n    yield from {c}\n\nprint(walk())",
    "def walk():\n    for item in {c}:\n        yield item\n\nprint(list(walk()))",
    "def fetch():\n    return {c}\n\nfor item in fetch():\n    print(item)",
    "def fetch():\n    return {c}\n\nitems = fetch()\nprint(items)",
    "def fetch():\n    items = {c}\n    return items\n\nprint(list(fetch()))",
    "def show(items):\n    for item in items:\n        print(item)\n\nshow({c})",
    "def keep(items):\n    return [items]\n\nkeep({c})",
    "def passed(items):\n    return items\n\nprint(list(passed({c})))",
    "with contextlib.closing({c}) as items:\n    for item in items:\n        print(item)",
    "items = {c} if True else []\nprint(list(items))",
    "for item in {c} or []:\n    print(item)",
    "{pool}    print(list(pool.map(str, {c})))",
    "method = {m}\nprint(list(method({a})))",
    "ask = functools.partial({m}, {a})\nprint(list(ask()))",
    "ask = functools.partial({m}, {a})\nprint(ask())",
    "ask = lambda: {c}\nprint(list(ask()))",
)
_ITERATOR_AWAITS: Final = (
    "print(await asyncio.to_thread(list, {c}))",
    "print(await asyncio.to_thread(lambda: list({c})))",
    "items = await asyncio.to_thread({m}, {a})\nprint(list(items))",
    "items = await asyncio.to_thread({m}, {a})\nprint(items)",
    "for item in {c}:\n    print(item)",
)
_AWAITABLE_USES: Final = (
    "await {c}",
    "print(await {c})",
    "result = await {c}\nprint(result)",
    "pending = {c}\nprint(await pending)",
    "await asyncio.gather({c}, asyncio.sleep(0))",
    "print(await asyncio.gather({c}, return_exceptions=True))",
    "await asyncio.gather(*[{c}])",
    "await asyncio.gather(*({c} for _ in range(2)))",
    "pending = [{c} for _ in range(2)]\nprint(await asyncio.gather(*pending))",
    "pending = [{c} for _ in range(2)]\nprint(await asyncio.gather(*pending, return_exceptions=True))",
    "pending = [{c}]\nfor one in pending:\n    print(await one)",
    "pending = []\npending.append({c})\nprint(await asyncio.gather(*pending))",
    "print(await asyncio.wait_for({c}, timeout=5))",
    "print(await asyncio.shield({c}))",
    "async with asyncio.TaskGroup():\n    print(await {c})",
    "async def ask():\n    return await {c}\n\nprint(await ask())",
    "async def ask():\n    return await {c}\n\nawait asyncio.gather(ask(), ask())",
    "async def ask():\n    return await {c}\n\nprint(ask)",
    "def ask():\n    return {c}\n\nprint(await ask())",
    "async def run(pending):\n    return await pending\n\nprint(await run({c}))",
    "results = [await {c} for _ in range(1)]\nprint(results)",
    "result = (await {c}) or None\nprint(result)",
    "method = {m}\nprint(await method({a}))",
    "ask = functools.partial({m}, {a})\nprint(await ask())",
    "ask = lambda: {c}\nprint(await ask())",
    "for done in asyncio.as_completed([{c}]):\n    print(await done)",
)
_COROUTINE_USES: Final = (
    "task = asyncio.create_task({c})\nprint(await task)",
    "task = asyncio.ensure_future({c})\nprint(await task)",
    "task = asyncio.get_running_loop().create_task({c})\nprint(await task)",
    "async with asyncio.TaskGroup() as group:\n    task = group.create_task({c})\nprint(task.result())",
    _STACK + "    await stack.enter_async_context(asyncio.timeout(5))\n    print(await {c})",
    "async with asyncio.Semaphore(1):\n    print(await {c})",
    "async with asyncio.Lock():\n    print(await {c})",
    "task = asyncio.create_task({c})\nawait asyncio.wait([task])\nprint(task.done())",
    "task = asyncio.create_task({c})\nawait asyncio.wait([task])\nprint(task.result())",
    "done, _ = await asyncio.wait([asyncio.create_task({c})])\nprint(len(done))",
    "done, _ = await asyncio.wait([asyncio.create_task({c})])\nfor task in done:\n    print(task.result())",
    "done, _ = await asyncio.wait([asyncio.create_task({c})])\nfor task in done:\n    print(task.exception())",
    "{kept}kept.held = asyncio.create_task({c})\nprint(await kept.held)",
    "for result in await asyncio.gather({c}, return_exceptions=True):\n    if result:\n        raise result",
    "tasks = [asyncio.create_task({c}) for _ in range(2)]\nprint(await asyncio.gather(*tasks))",
    "async with asyncio.TaskGroup() as group:\n    group.create_task({c})",
    "async with asyncio.timeout(5):\n    print(await {c})",
    "{c}.close()",
    "pending = {c}\npending.close()",
)
_COROUTINE_SYNC: Final = (
    "print(asyncio.run({c}))",
    "pending = {c}\nprint(asyncio.run(pending))",
    "loop = asyncio.new_event_loop()\nprint(loop.run_until_complete({c}))",
    "with asyncio.Runner() as runner:\n    print(runner.run({c}))",
)
_ASYNC_ITERATOR_USES: Final = (
    "async for item in {c}:\n    print(item)",
    "items = {c}\nasync for item in items:\n    print(item)",
    "print([item async for item in {c}])",
    "print({{str(item): item async for item in {c}}})",
    "print(await anext(aiter({c})))",
    "async def walk():\n    async for item in {c}:\n        yield item\n\nasync for item in walk():\n    print(item)",
    "async def walk():\n    async for item in {c}:\n        yield item\n\nprint(walk())",
    "def fetch():\n    return {c}\n\nasync for item in fetch():\n    print(item)",
    "async def show(items):\n    async for item in items:\n        print(item)\n\nawait show({c})",
    "items = {c}\nprint(items)",
    "items = (item async for item in {c})\nprint([item async for item in items])",
    "method = {m}\nprint([item async for item in method({a})])",
    "async with contextlib.aclosing(aiter({c})) as items:\n    async for item in items:\n        print(item)",
)
_USES: Final[dict[str, tuple[tuple[tuple[str, ...], bool], ...]]] = {
    "value": ((_VALUE_USES, False), (_VALUE_AWAITS, True)),
    "iterator": ((_ITERATOR_USES, False), (_ITERATOR_AWAITS, True)),
    "coroutine": ((_AWAITABLE_USES, True), (_COROUTINE_USES, True), (_COROUTINE_SYNC, False)),
    "awaitable": ((_AWAITABLE_USES, True),),
    "async-iterator": ((_ASYNC_ITERATOR_USES, True),),
    "pager": ((_AWAITABLE_USES, True), (_ASYNC_ITERATOR_USES, True)),
    "manager": ((("with {c} as held:\n    print(held)", "held = {c}\nprint(held)"), False),),
    "async-manager": ((("async with {c} as held:\n    print(held)",), True),),
}


# How a program comes by the list, whose own 403 it catches, and how it takes one thing of it; `{l}` is the list.
_LISTINGS: Final = (
    (
        "try:\n    boxes = {l}\nexcept Exception as error:\n    print(error)\n    boxes = []\n",
        "boxes",
    ),
    ("boxes = []\nwith contextlib.suppress(Exception):\n    boxes = {l}\n", "boxes"),
    (
        "{d} listed():\n    try:\n        return {l}\n    except Exception:\n        return []\n\n",
        "{w}listed()",
    ),
)
_TAKINGS: Final = (
    "for box in {l}:\n{body}",
    "for box in list({l})[:1]:\n{body}",
    "for _, box in enumerate({l}):\n{body}",
    "for box in [box for box in {l} if box.name]:\n{body}",
    "for box in sorted({l}, key=str):\n{body}",
    "named = {{box.name: box for box in {l}}}\nfor box in named.values():\n{body}",
    "for box in itertools.chain({l}, []):\n{body}",
    "for box in filter(None, {l}):\n{body}",
    "box = ({l})[0]\n{rest}",
    "box = next(iter({l}))\n{rest}",
    "box = next((box for box in {l} if box.name), None)\n{rest}",
    "box, *_ = {l}\n{rest}",
    "box = ({l}).pop()\n{rest}",
    "def first(found):\n    return found[0]\n\nbox = first({l})\n{rest}",
    "if found := {l}:\n    box = found[-1]\n{body}",
    "box = max({l}, key=str)\n{rest}",
)


# What programs look for in the text of an error, and what they compare its status with.
_SAID: Final = ("403", "404", "409", "Not Found", "Forbidden", "already exists", "429|500")
_WORDS: Final = ("('404', 'Not Found')", "('409', 'Conflict')", "['403', '401']")
_STATUSES: Final = (
    "== 403",
    "== 404",
    "in (401, 403)",
    "in {404, 409}",
    "!= 404",
    "not in (403,)",
    "is None",
    "is not None",
)


def _in(text: str, levels: int = 1) -> str:
    return textwrap.indent(text, "    " * levels)


class _Writer:
    """Writes one program: draws, and keeps the definitions and imports that the statements need."""

    def __init__(self, rng: random.Random, subject: Subject) -> None:
        self.rng = rng
        self.subject = subject
        self.definitions: list[str] = []
        self.imports: set[str] = set()
        self.count = 0
        self.plain = False
        # Whether the statements so far run an event loop of their own.
        self.loops = False
        self.carried = bool(subject.client) and rng.random() < 0.7
        self.annotated = rng.random() < 0.7
        self.module = rng.choice(("plain", "module", "alias"))
        self.origin = (
            rng.choice(_OWN_ORIGINS if self.carried else _MODULE_ORIGINS)
            if subject.client
            else _PLAIN
        )

    # -- parts -------------------------------------------------------------------------------------------------------

    def new(self, name: str) -> str:
        """A name that the program does not have yet."""
        self.count += 1
        return f"{name}_{self.count}"

    def one_of(self, *choices: str) -> str:
        """A choice, as `random.choice` makes it."""
        return self.rng.choice(choices)

    @property
    def given(self) -> str:
        """The argument that hands the client on, or nothing where it is the module's."""
        return "client" if self.carried else ""

    @property
    def taken(self) -> str:
        """The parameter that takes it."""
        if not self.carried:
            return ""
        return f"client: {self.client_class()}" if self.annotated else "client"

    def creation(self) -> str:
        """What makes the client."""
        if not self.subject.client:
            return ""
        origin = _PLAIN if self.plain else self.origin
        kind = self.client_class() if "{kind}" in origin.text else ""
        return origin.text.format(
            new=self.construction(), kind=kind, make=self._maker(), arguments=self._arguments()
        )

    def construction(self) -> str:
        """The call that makes the client."""
        return f"{self._maker()}({self._arguments()})"

    def _maker(self) -> str:
        """What is called to make the client: its class, or a function."""
        if self.subject.client not in DEPLOYMENTS:
            return self.client_class()
        _, module, name = DEPLOYMENTS[self.subject.client]
        return self.imported(name, module)

    def _arguments(self) -> str:
        """What that is called with."""
        key = 'api_key=os.environ["LANGSMITH_API_KEY"]'
        if self.subject.client in DEPLOYMENTS:
            first = "'agent', " if self.subject.client == "RemoteGraph" else ""
            return f'{first}url=os.environ["{DEPLOYMENT_URL}"], {key}'
        return f"{key}, {self.subject.constructor}" if self.subject.constructor else key

    def client_class(self) -> str:
        """The client's class as the program spells it; its import is noted."""
        return self.imported(self.subject.client, CLASSES[self.subject.client])

    def error(self, name: str) -> str:
        """An exception class as the program spells it; its import is noted."""
        if "." in name:  # a name that langsmith has as well
            self.imports.add(f"import {name.rpartition('.')[0]}")
            return name
        return self.imported(name, _SOURCES[name]) if name in _SOURCES else name

    def imported(self, name: str, module: str) -> str:
        """A name of a module in the program's style of imports."""
        style = "plain" if self.plain else self.module
        if style == "plain":
            self.imports.add(f"from {module} import {name}")
            return name
        if style == "alias":
            self.imports.add(f"from {module} import {name} as {name}_")
            return f"{name}_"
        self.imports.add(f"import {module}")
        return f"{module}.{name}"

    def caught(self) -> str:
        """What a handler catches, as an expression; often something that matters for the 403."""
        names = [
            self.error(self.rng.choice(self._candidates()))
            for _ in range(self.rng.choice((1, 1, 1, 2)))
        ]
        text = names[0] if len(names) == 1 else f"({', '.join(names)})"
        if self.rng.random() < 0.15:
            name = self.new("REFUSALS")
            self.definitions.append(f"{name} = {text}\n")
            return name
        return text

    def _candidates(self) -> Sequence[str]:
        if self.subject.client in DEPLOYMENTS and self.rng.random() < 0.6:
            return _OF_DEPLOYMENTS
        return self.rng.choice(
            (
                _UTILS[:3],
                _UTILS,
                _GENERATED[:5],
                _GENERATED,
                _BUILTIN,
                _SANDBOX,
                ("HTTPError",),
                _RETRIED,
            )
        )

    def action(self) -> str:
        """What a handler does; its error is `error`."""
        if self.rng.random() < 0.25:
            return self._conditional()
        if self.rng.random() < 0.05:
            name = self.new("fail")
            self.definitions.append(f"def {name}(error):\n    print(error)\n    raise error\n")
            return f"{name}(error)"
        return self.one_of(
            *("pass", "print('refused')", "print(error)", "raise", "raise error", "@return"),
            'raise RuntimeError("refused") from None',
            'raise RuntimeError("refused") from error',
            "print(error)\nraise",
            "if isinstance(error, KeyError):\n    raise\nprint(error)",
        )

    def _conditional(self) -> str:
        """Statements of a handler that look at the error before they decide whether to raise it again."""
        first, test = self._test()
        return first + self.one_of(
            f"if {test}:\n    raise\nprint(error)",
            f"if not ({test}):\n    raise\nprint(error)",
            f"if {test}:\n    @return\nraise",
            f"if {test}:\n    print(error)\nelse:\n    raise error",
            f"try:\n    if {test}:\n        @return\nfinally:\n    print('closed')\nraise",
            f"for _ in range(1):\n    if {test}:\n        break\nif {test}:\n    raise",
            f"if {test}:\n    raise RuntimeError('refused') from error\nraise",
            f"if {test} and isinstance(error, Exception):\n    print('known')\n    @return\nelse:\n    raise",
            f"with threading.Lock():\n    if {test} or isinstance(error, KeyError):\n        raise\nprint(error)",
        )

    def _test(self) -> tuple[str, str]:
        """A test of an error, with the statements that it needs before it."""
        cls = self.error(self.rng.choice(self._candidates()))
        name = self.new("is_known")
        # What the exceptions of sandboxes say is the server's text, which need not name the status.
        said: tuple[str, ...] = _SAID[1:] if "andbox" in self.subject.client else _SAID
        if (
            self.subject.client in DEPLOYMENTS
        ):  # likewise: what they say is the body's text alone
            said = tuple(text for text in said if text not in {"403", "Forbidden"})
        if self.subject.client.endswith("Langsmith"):  # `Error code: 403 - `, and the body
            said = tuple(text for text in said if text != "Forbidden")
        first, test = self.rng.choice(
            (
                ("", f"isinstance(error, {cls})"),
                ("", f"isinstance(error, ({cls}, KeyError))"),
                ("", f"type(error) is {cls}"),
                ("", 'type(error).__name__ == "LangSmithError"'),
                ("", 'type(error).__name__ in ("LangSmithError", "APIStatusError")'),
                ("name = type(error).__name__\n", '"NotFound" in name'),
                ("", f"'{self.one_of(*said)}' in str(error)"),
                ("text = str(error).lower()\n", f"'{self.one_of(*said).lower()}' in text"),
                (
                    "",
                    f"any(word in f'{{error}}' for word in {self.one_of(*_WORDS[: len(said) - 4])})",
                ),
                ("", f"re.search('{self.one_of(*said)}', repr(error))"),
                ("", f"getattr(error, 'status_code', None) {self.one_of(*_STATUSES)}"),
                (
                    "status = getattr(error, 'status_code', None)\n",
                    f"status {self.one_of(*_STATUSES)}",
                ),
                (
                    "",
                    f"hasattr(error, 'status_code') and error.status_code {self.one_of(*_STATUSES)}",
                ),
                (
                    "response = getattr(error, 'response', None)\n",
                    f"getattr(response, 'status_code', None) {self.one_of(*_STATUSES)}",
                ),
                ("", f"{name}(error)"),
            )
        )
        if test.startswith(name):
            inner = self.one_of(
                f"isinstance(error, {cls})",
                "'404' in str(error)",
                "isinstance(error, Exception)",
            )
            self.definitions.append(
                self.one_of(
                    f"def {name}(error):\n    return {inner}\n",
                    f"def {name}(error):\n    if {inner}:\n        return True\n    return False\n",
                )
            )
        return first, test

    def handler(self, caught: str | None = None) -> str:
        """An `except` clause with its body."""
        caught = caught if caught is not None else self.caught()
        action = self.action()
        named = (
            " as error"
            if "error" in action.replace("RuntimeError", "").replace("KeyError", "")
            else ""
        )
        if self.rng.random() < 0.06 and not named:
            return f"except:\n{_in(action)}"
        return f"except {caught}{named}:\n{_in(action)}"

    def function(
        self, name: str, body: str, *, is_async: bool = False, decorators: str = ""
    ) -> str:
        """A function of the program with the client as its parameter; gives the call of it."""
        self.definitions.append(f"{decorators}{self.define(name, body, is_async=is_async)}\n")
        return f"{name}({self.given})"

    def define(self, name: str, body: str, *, is_async: bool = False) -> str:
        """The text of a function."""
        return (
            f"{'async ' if is_async else ''}def {name}({self.taken}):\n{_in(body)}\n".replace(
                "@return", "return"
            )
        )

    def nested(self, name: str, body: str, *, is_async: bool = False) -> str:
        """The text of a function without parameters that sees the client of the function around it."""
        return f"{'async ' if is_async else ''}def {name}():\n{_in(body)}\n".replace(
            "@return", "return"
        )

    # -- the program -------------------------------------------------------------------------------------------------

    def program(self, depth: int, use: str | None, form: str | None) -> Program:
        """Put layers around a use of the subject."""
        body, name = self._use(use)
        forms = [name]
        while depth > 0:
            depth -= 1
            chosen = self._form(body, form)
            form = None
            body = self._apply(body, chosen)
            forms.append(chosen.name)
        layout: Layout = self.rng.choice(("script", "guarded", "library", "library", "service"))
        if self.subject.constructor and self.carried and layout == "library":
            layout = (
                "guarded"  # nobody knows with what arguments the client of a parameter was made
            )
        return self.finish(body, layout, tuple(forms))

    def _use(self, wanted: str | None) -> tuple[_Body, str]:
        groups = [
            group
            for group in _USES[self.subject.gives]
            if group[0] != _COROUTINE_SYNC or not self._waits
        ]
        choices = [
            (use, is_async)
            for uses, is_async in groups
            for use in uses
            # Before Python 3.12, there are no backslashes in the braces of an f-string.
            if wanted in {None, use} and not ('f"' in use and "\\" in self.subject.arguments)
        ]
        use, is_async = self.rng.choice(choices or [(groups[0][0][0], groups[0][1])])
        subject = self.subject
        method = re.sub("^client\\b", self.origin.client, subject.method)
        called = f"{method}({subject.arguments})"
        owner, _, name = method.rpartition(".")
        asked = f'getattr({owner}, "{name}")' if owner else method
        text = use.format(
            c=called, m=method, a=subject.arguments, g=asked, pool=_POOL, kept=_KEPT
        )
        text = re.sub(r", \)", ")", text)
        if subject.listing:
            text = self._taken_from(
                re.sub(r"\bclient\b", self.origin.client, subject.listing), text
            )
        self.loops = _runs_loop(text)
        return _Body(text, is_async or self._waits), use

    def _taken_from(self, listing: str, text: str) -> str:
        """Statements about one of what a client lists."""
        define, wait = ("async def", "await ") if self._waits else ("def", "")
        made, named = self.rng.choice(_LISTINGS)
        taking = self.one_of(*_TAKINGS).format(
            l=named.format(w=wait), body=_in(text), rest=text
        )
        return made.format(l=listing, d=define) + taking

    @property
    def _waits(self) -> bool:
        """Whether the list, of which one is taken, comes from a coroutine."""
        return self.subject.listing.startswith("await ")

    def _form(self, body: _Body, wanted: str | None) -> _Form:
        fitting = [
            form
            for form in FORMS
            if form.needs in {"any", "async" if body.is_async else "sync"}
            and not (self.loops and form.gives == "async" and form.name != "to_thread")
            and not (self.loops and form.again)
        ]
        return next((form for form in fitting if form.name == wanted), None) or self.rng.choice(
            fitting
        )

    def _apply(self, body: _Body, form: _Form) -> _Body:
        text = form.build(self, body.text)
        self.loops = self.loops or _runs_loop(text)
        return _Body(text, body.is_async if form.gives == "same" else form.gives == "async")

    def finish(self, body: _Body, layout: Layout, forms: tuple[str, ...]) -> Program:
        """The files around the statements."""
        if body.is_async and layout == "script":
            layout = "guarded"
        creation = self.creation()
        if self.subject.path in _FUNCTIONS and not self.subject.client:
            self.imports.add(f"from {_FUNCTIONS[self.subject.path]} import {self.subject.path}")
        start = self._start(body, layout, creation) if layout != "service" else ""
        split = (
            bool(self.definitions)
            and layout != "service"
            and self.rng.random() < 0.3
            and not self.plain
        )
        helpers = "\n\n".join(
            [
                *(
                    text
                    for name, text in DEFINITIONS.items()
                    if name in body.text + "".join(self.definitions)
                ),
                *([creation] if creation and not self.carried else []),
                *self.definitions,
            ]
        )
        if layout == "service":
            return Program(self._service(helpers, body), layout, self.subject, (*forms, layout))
        files = (
            self._split(helpers, start, layout)
            if split
            else self._whole(helpers, start, layout)
        )
        return Program(
            files, layout, self.subject, (*forms, layout, *(["two files"] if split else []))
        )

    def _start(self, body: _Body, layout: Layout, creation: str) -> str:
        own = creation if self.carried else ""
        keyword = "async def" if body.is_async else "def"
        text = body.text.replace("@return", "return")
        # What is entered in one event loop is not used in another: its connections belong to the first.
        plain = layout == "guarded" and not self.loops
        if own and plain and self._is_entered(body) and self.rng.random() < 0.4:
            own, text = (
                "",
                f"{'async ' if body.is_async else ''}with {self.construction()} as client:\n{_in(text)}",
            )
        if layout == "script":
            return own + body.text.replace("@return", "pass") + "\n"
        if layout == "library":
            taken = f"client: {self.client_class()}" if self.carried else ""
            return f"{keyword} entry({taken}):\n{_in(text)}\n"
        started = "asyncio.run(main())" if body.is_async else "main()"
        return f'{keyword} main():\n{_in(own + text)}\n\n\nif __name__ == "__main__":\n    {started}\n'

    def _is_entered(self, body: _Body) -> bool:
        """Whether the client is a context manager, of the kind that the statements can be put into."""
        cls = getattr(import_module(CLASSES[self.subject.client]), self.subject.client)
        return hasattr(cls, "__aenter__" if body.is_async else "__enter__")

    def _service(self, helpers: str, body: _Body) -> dict[str, str]:
        """An application, a router with one route in a package beside it, and where the route's client comes from."""
        text = body.text.replace("@return", "return")
        provider = self.rng.choice(_PROVIDERS) if self.carried else _Provider("")
        new = self.construction() if self.carried else ""
        kind = self.client_class() if self.carried else ""
        taken, first = provider.taken.format(kind=kind), provider.first.format(kind=kind)
        route = (
            f"{helpers}\n\nrouter = APIRouter()\n\n\n@router.{self.one_of('get', 'post')}('/entry')\n"
            f"{'async def' if body.is_async else 'def'} entry({taken}):\n{_in(first + text)}\n"
        )
        app = f"{provider.app.format(new=new)}{self._answer()}app.include_router(router)\n"
        dependencies = provider.dependencies.format(new=new)
        link = "from dependencies import the_client\n" if dependencies else ""
        web = (
            "from typing import Annotated\n\nfrom fastapi import APIRouter, Depends, Request\n"
        )
        return {
            "app.py": f"{self._head(app)}\nfrom fastapi import FastAPI\nfrom fastapi.responses import JSONResponse\n"
            f"from routes.runs import router\n\n{app}",
            "dependencies.py": f"{self._head(dependencies)}\nfrom fastapi import Request\n\n{dependencies}",
            "routes/__init__.py": "",
            "routes/runs.py": f"{self._head(route)}\n{web}{link}\n{route}",
        }

    def _answer(self) -> str:
        """A handler of the application, or none. One for all exceptions lets them through none the less."""
        if self.rng.random() < 0.6:
            return ""
        known = (*_UTILS[:3], *_GENERATED[:5], *_SANDBOX)
        caught = self.error(self.rng.choice(known))
        return (
            f"\n\n@app.exception_handler({caught})\nasync def refused(request, error):\n"
            "    return JSONResponse({'detail': 'refused'}, status_code=502)\n\n\n"
        )

    def _whole(self, helpers: str, start: str, layout: Layout) -> dict[str, str]:
        text = f"{helpers}\n\n{start}"
        content = f"{self._head(text)}\n\n{text}"
        if layout == "library":
            return {"mylib/__init__.py": "", "mylib/runs.py": content}
        return {"main.py": content}

    def _split(self, helpers: str, start: str, layout: Layout) -> dict[str, str]:
        names = re.findall(
            r"(?m)^(?:async def|def|class) (\w+)|^(\w+)(?:, \w+)?(?:: [\w.]+)? = ", helpers
        )
        wanted = sorted(
            name for pair in names for name in pair if name and re.search(rf"\b{name}\b", start)
        )
        dotted = "." if layout == "library" else ""
        link = f"from {dotted}helpers import {', '.join(wanted)}\n" if wanted else ""
        library, main = (
            f"{self._head(helpers)}\n\n{helpers}",
            f"{self._head(start)}\n{link}\n\n{start}",
        )
        if layout == "library":
            return {"mylib/__init__.py": "", "mylib/helpers.py": library, "mylib/runs.py": main}
        return {"helpers.py": library, "main.py": main}

    def _head(self, text: str) -> str:
        """The imports that a text needs."""
        needed = [line for line in sorted(self.imports) if _is_needed(line, text)]
        return "\n".join([*imports(text), *needed])


def _runs_loop(text: str) -> bool:
    return any(
        start in text for start in ("asyncio.run(", "run_until_complete(", "runner.run(")
    )


def _is_needed(line: str, text: str) -> bool:
    name = re.split(r" import | as ", line.removeprefix("import "))[-1]
    return re.search(rf"(?<![.\w]){re.escape(name)}\b", text) is not None


_FUNCTIONS: Final = {
    "evaluate": "langsmith",
    "aevaluate": "langsmith",
    "evaluate_existing": "langsmith.evaluation",
    "aevaluate_existing": "langsmith.evaluation",
    "evaluate_comparative": "langsmith.evaluation",
    "compute_test_metrics": "langsmith.beta",
    "convert_runs_to_test": "langsmith.beta",
}


# -- forms: handlers -------------------------------------------------------------------------------------------------


def _try(writer: _Writer, body: str) -> str:
    handlers = "\n".join(_ordered(writer, writer.rng.choice((1, 1, 2))))
    final = writer.one_of(
        "", "", "", "\nfinally:\n    print('closed')", "\nfinally:\n    @return"
    )
    final = writer.one_of("", "", "\nelse:\n    print('fine')") + final
    return f"try:\n{_in(body)}\n{handlers}{final}"


def _ordered(writer: _Writer, count: int) -> list[str]:
    """Handlers in any order, but a bare one last."""
    found = sorted(
        (writer.handler() for _ in range(count)), key=lambda text: text.startswith("except:")
    )
    return found[:1] if found[0].startswith("except:") else found


def _try_star(writer: _Writer, body: str) -> str:
    action = writer.one_of(
        "pass", "print('refused')", "raise", 'raise RuntimeError("refused") from None'
    )
    return f"try:\n{_in(body)}\nexcept* {_no_group(writer)}:\n{_in(action)}"


def _no_group(writer: _Writer) -> str:
    return writer.error(
        writer.one_of(
            "LangSmithError", "LangsmithError", "Exception", "KeyError", "LangSmithAuthError"
        )
    )


def _around_other(writer: _Writer, body: str) -> str:
    where = writer.one_of("else", "finally", "handler")
    if where == "handler":
        return f'try:\n    raise KeyError("first")\nexcept KeyError:\n{_in(body)}'
    return f"try:\n    print('fine')\n{writer.handler()}\n{where}:\n{_in(body)}"


def _finally(_: _Writer, body: str) -> str:
    return f"try:\n{_in(body)}\nfinally:\n    print('closed')"


def _finally_break(_: _Writer, body: str) -> str:
    return f"for _ in range(1):\n    try:\n{_in(body, 2)}\n    finally:\n        break"


def _suppress(writer: _Writer, body: str) -> str:
    classes = ", ".join(
        writer.error(writer.rng.choice(writer._candidates()))  # noqa: SLF001 - a part of the writer
        for _ in range(writer.rng.choice((1, 2)))
    )
    lines = writer.one_of(
        f"with contextlib.suppress({classes}):",
        f"with contextlib.nullcontext(), contextlib.suppress({classes}):",
        f"quiet = contextlib.suppress({classes})\nwith quiet:",
        f"with contextlib.ExitStack() as stack:\n    stack.enter_context(contextlib.suppress({classes}))",
    )
    return f"{lines}\n{_in(body)}"


def _suppress_async(writer: _Writer, body: str) -> str:
    classes = writer.caught().strip("()")
    stack = f"async with contextlib.AsyncExitStack() as stack:\n    stack.enter_context(contextlib.suppress({classes}))"
    return f"{stack}\n{_in(body)}"


def _suppressed_loop(writer: _Writer, body: str) -> str:
    classes = writer.caught().strip("()")
    again = 1 if writer.loops else 2
    return f"for _ in range({again}):\n    with contextlib.suppress({classes}):\n{_in(body, 2)}"


def _looped_try(writer: _Writer, body: str) -> str:
    """Statements that are tried again in a loop of the program's own."""
    caught = writer.caught()
    after = writer.one_of("break", "print('done')\nbreak", "pass")
    last = writer.one_of("raise", "print('refused')", "if attempt == 0:\n    raise", "continue")
    return (
        f"for attempt in range(1):\n    try:\n{_in(body, 2)}\n        {after}".replace(
            "\nbreak", "\n        break"
        )
        + f"\n    except {caught}:\n{_in(last, 2)}"
    )


def _passing_with(writer: _Writer, body: str) -> str:
    manager = writer.one_of(
        "contextlib.nullcontext()", "contextlib.ExitStack()", "threading.Lock()"
    )
    return f"with {manager}:\n{_in(body)}"


def _manager_text(writer: _Writer, *, is_async: bool) -> str:
    """A context manager of the program; gives its construction."""
    name = writer.new("guarded")
    keyword, prefix = ("async def", "async") if is_async else ("def", "")
    if writer.rng.random() < 0.5:
        body = writer.one_of(
            f"try:\n    yield\n{writer.handler()}",
            f"try:\n    yield\n{writer.handler()}\nfinally:\n    print('closed')",
            "try:\n    yield\nfinally:\n    print('closed')",
            "yield",
        ).replace("@return", "return")
        decorator = f"@contextlib.{'async' if is_async else ''}contextmanager"
        writer.definitions.append(f"{decorator}\n{keyword} {name}():\n{_in(body)}\n")
    else:
        caught = writer.error(writer.rng.choice(writer._candidates()))  # noqa: SLF001 - one mechanism
        result = writer.one_of(
            *(
                "return True",
                "return False",
                "return None",
                "print(kind)",
                f"return isinstance(error, {caught})",
            ),
            f"return kind is not None and issubclass(kind, {caught})",
            f"if isinstance(error, {caught}):\n    return True\nreturn False",
        )
        enter, leave = ("__aenter__", "__aexit__") if prefix else ("__enter__", "__exit__")
        writer.definitions.append(
            f"class {name}:\n    {keyword} {enter}(self):\n        return self\n\n"
            f"    {keyword} {leave}(self, kind, error, trace):\n{_in(result, 2)}\n"
        )
    return f"{name}()"


def _own_manager(writer: _Writer, body: str) -> str:
    return f"with {_manager_text(writer, is_async=False)}:\n{_in(body)}"


def _own_async_manager(writer: _Writer, body: str) -> str:
    return f"async with {_manager_text(writer, is_async=True)}:\n{_in(body)}"


def _opening(writer: _Writer, body: str) -> str:
    """A context manager whose own beginning makes the call."""
    name = writer.new("opened")
    writer.function(name, f"{body}\nyield 1", decorators="@contextlib.contextmanager\n")
    return f"with {name}({writer.given}) as value:\n    print(value)"


def _block(writer: _Writer, body: str) -> str:
    head = writer.one_of(
        "if True:", f"for _ in range({1 if writer.loops else 2}):", "while True:"
    )
    return f"{head}\n{_in(body)}" + ("\n    break" if head == "while True:" else "")


def _match(_: _Writer, body: str) -> str:
    return f"match 1:\n    case 1:\n{_in(body, 2)}\n    case _:\n        pass"


def _kept(writer: _Writer, body: str) -> str:
    """A handler that keeps the exception, which is raised behind it, or not."""
    name = writer.new("failure")
    if writer.rng.random() < 0.4:
        begin, put = f"{name} = None", f"{name} = error"
        behind = writer.one_of(
            f"if {name}:\n    raise {name}",
            f"if {name} is not None:\n    raise {name}.with_traceback(None)",
            f"if isinstance({name}, {writer.caught()}):\n    raise {name}",
            f"if {name}:\n    print({name})",
            f"{name} = None\nif {name}:\n    raise {name}",
            f"try:\n    if {name}:\n        raise {name}\n{writer.handler()}",
        )
    elif writer.rng.random() < 0.5:
        begin, put = f"{name} = []", f"{name}.append(error)"
        behind = writer.one_of(
            f"if {name}:\n    raise {name}[0]",
            f"for one in {name}:\n    raise one",
            f'if {name}:\n    raise ExceptionGroup("refused", {name})',
            f"print({name})",
        )
    else:
        writer.definitions.append(f"class {name.title()}:\n    error = None\n")
        begin, put = f"{name} = {name.title()}()", f"{name}.error = error"
        behind = writer.one_of(
            f"if {name}.error:\n    raise {name}.error",
            f"if {name}.error is not None:\n    print({name}.error)",
        )
    caught = writer.caught()
    return f"{begin}\ntry:\n{_in(body)}\nexcept {caught} as error:\n    {put}\n{behind}"


def _looked_up(writer: _Writer, body: str) -> str:
    """A handler that takes the exception from `sys`."""
    writer.imports.add("import sys")
    action = writer.one_of(
        "_, failure, trace = sys.exc_info()\nraise failure.with_traceback(trace)",
        "print(sys.exc_info()[0])",
    )
    return f"try:\n{_in(body)}\nexcept {writer.caught()}:\n{_in(action)}"


def _matched(writer: _Writer, body: str) -> str:
    """A handler that asks for the class of the exception by a pattern."""
    asked = writer.error(writer.rng.choice(writer._candidates()))  # noqa: SLF001 - a part of the writer
    pattern, subject = writer.one_of("{}()", "KeyError() | {}()", "{}() as found"), "error"
    if writer.rng.random() < 0.3:
        pattern = writer.one_of('"LangSmithError"', '"KeyError" | "LangSmithError"')
        subject = "type(error).__name__"
    action = "raise found" if "found" in pattern else writer.one_of("print('refused')", "raise")
    rest = writer.one_of("raise", "raise error", "print('other')")
    cases = f"    case {pattern.format(asked)}:\n{_in(action, 2)}\n    case _:\n{_in(rest, 2)}"
    return f"try:\n{_in(body)}\nexcept {writer.caught()} as error:\n    match {subject}:\n{_in(cases)}"


def _keeper(writer: _Writer, body: str) -> str:
    """A context manager that keeps the exception, which is raised behind it, or not."""
    name, kept = writer.new("Keeper"), writer.new("kept_by")
    swallows = writer.one_of(
        "True", "kind is not None", f"isinstance(error, {writer.caught()})"
    )
    writer.definitions.append(
        f"class {name}:\n    error = None\n\n    def __enter__(self):\n        return self\n\n"
        f"    def __exit__(self, kind, error, trace):\n        self.error = error\n        return {swallows}\n"
    )
    behind = writer.one_of(
        f"if {kept}.error is not None:\n    raise {kept}.error",
        f"if {kept}.error:\n    raise {kept}.error",
        f"print({kept}.error)",
    )
    return f"with {name}() as {kept}:\n{_in(body)}\n{behind}"


def _taken_out(writer: _Writer, body: str) -> str:
    """A handler that takes the exception out of the group that it has caught."""
    action = writer.one_of(
        "raise group.exceptions[0]",
        "for one in group.exceptions:\n    raise one",
        "print(group.exceptions)",
    )
    return f"try:\n{_in(body)}\nexcept* {_no_group(writer)} as group:\n{_in(action)}"


def _stacked(writer: _Writer, body: str) -> str:
    """Statements that an `ExitStack` runs at its end, or before something is put on it."""
    name, stack = writer.new("late"), writer.new("stack")
    classes = writer.caught().strip("()")
    quiet = f"{stack}.{writer.one_of('enter_context', 'push')}(contextlib.suppress({classes}))"
    with_stack = f"with contextlib.ExitStack() as {stack}:\n"
    late = f"{writer.nested(name, body)}\n{with_stack}"
    return writer.one_of(
        f"{with_stack}{_in(body)}\n    {quiet}",
        f"{with_stack}    {quiet}\n    {stack}.pop_all()\n{_in(body)}",
        f"{late}    {stack}.callback({name})\n    {quiet}",
        f"{late}    {quiet}\n    {stack}.callback({name})",
    )


def _classes_given(writer: _Writer, body: str) -> str:
    """A function that gets the classes of its handler as an argument, or has them as its default."""
    name, default, given = writer.new("guarded"), writer.caught(), writer.caught()
    action = writer.action()
    takes = ", ".join(filter(None, (writer.taken, f"errors={default}")))
    gives = ", ".join(filter(None, (writer.given, writer.one_of("", f"errors={given}"))))
    guarded_body = f"try:\n{_in(body)}\nexcept errors as error:\n{_in(action)}"
    text = f"def {name}({takes}):\n{_in(guarded_body)}\n".replace("@return", "return")
    writer.definitions.append(text)
    return f"{name}({gives})"


# -- forms: callers --------------------------------------------------------------------------------------------------


def _helper(writer: _Writer, body: str) -> str:
    return writer.function(writer.new("helper"), body)


def _caller(writer: _Writer, body: str) -> str:
    return f"try:\n{_in(_helper(writer, body))}\n{writer.handler()}"


def _nested(writer: _Writer, body: str) -> str:
    name = writer.new("nested")
    return f"{writer.nested(name, body)}\n{name}()"


def _nested_outside(writer: _Writer, body: str) -> str:
    name = writer.new("nested")
    return f"try:\n{_in(writer.nested(name, body))}\n{writer.handler()}\nelse:\n    {name}()"


def _method(writer: _Writer, body: str) -> str:
    """A class of the program, in one of the ways in which classes are used."""
    name, kind = (
        writer.new("Worker"),
        writer.one_of("run", "static", "class", "init", "call", "property", "inherited"),
    )
    store = "self.client = client" if writer.carried else "self.ready = True"
    taken = f"self, {writer.taken}" if writer.carried else "self"
    local = "client = self.client\n" if writer.carried else ""
    init = f"    def __init__({taken}):\n        {store}\n\n"
    text = body.replace("@return", "return")
    bodies = {
        "run": (f"{init}    def run(self):\n{_in(local + text, 2)}\n", ".run()"),
        "call": (f"{init}    def __call__(self):\n{_in(local + text, 2)}\n", "()"),
        "property": (
            f"{init}    @property\n    def state(self):\n{_in(local + text, 2)}\n",
            ".state",
        ),
        "static": (
            f"    @staticmethod\n    def run({writer.taken}):\n{_in(text, 2)}\n",
            f".run({writer.given})",
        ),
        "class": (
            f"    @classmethod\n    def run({'cls, ' if writer.carried else 'cls'}{writer.taken}):\n{_in(text, 2)}\n",
            f".run({writer.given})",
        ),
        "init": (f"    def __init__({taken}):\n{_in(text, 2)}\n", ""),
        "inherited": (
            f"{init}    def run(self):\n        self.step()\n\n    def step(self):\n        pass\n",
            ".run()",
        ),
    }
    definition, used = bodies[kind]
    writer.definitions.append(f"class {name}:\n{definition}")
    if kind == "inherited":
        child = writer.new("Child")
        writer.definitions.append(
            f"class {child}({name}):\n    def step(self):\n{_in(local + text, 2)}\n"
        )
        name = child
    built = name if kind in {"static", "class"} else f"{name}({writer.given})"
    statement = f"{built}{used}"
    return f"print({statement})" if kind == "property" else statement


def _generator(writer: _Writer, body: str) -> str:
    call = writer.function(writer.new("steps"), f"{body}\nyield 1")
    return writer.one_of(
        f"for _ in {call}:\n    pass",
        f"print(list({call}))",
        f"try:\n    steps = {call}\n{writer.handler()}\nelse:\n    print(list(steps))",
        f"print(next({call}, None))",
        f"steps = {call}\nprint(steps)",
    )


def _callback(writer: _Writer, body: str) -> str:
    call = _helper(writer, body)
    name = call.partition("(")[0]
    given = f", {writer.given}" if writer.given else ""
    apply, safely = writer.new("apply"), writer.new("safely")
    caught = _in(writer.handler()).replace("@return", "return")
    forms = {
        "apply": (
            f"def {apply}(function, *args):\n    return function(*args)\n",
            f"{apply}({name}{given})",
        ),
        "safely": (
            f"def {safely}(function, *args):\n    try:\n        return function(*args)\n{caught}\n",
            f"{safely}({name}{given})",
        ),
        "apply lambda": (
            f"def {apply}(function):\n    return function()\n",
            f"{apply}(lambda: {call})",
        ),
        "partial": ("", f"functools.partial({name}{given})()"),
        "named partial": ("", f"step = functools.partial({name}{given})\nstep()"),
        "alias": ("", f"step = {name}\nstep({writer.given})"),
    }
    definition, statement = forms[writer.rng.choice(sorted(forms))]
    if definition:
        writer.definitions.append(definition)
    return statement


def _pool(writer: _Writer, body: str) -> str:
    call = _helper(writer, body)
    name = call.partition("(")[0]
    given = f", {writer.given}" if writer.given else ""
    pool, handler = _POOL, _in(writer.handler())
    return writer.one_of(
        f"{pool}    print(pool.submit({name}{given}).result())",
        f"{pool}    job = pool.submit({name}{given})\nprint(job.result())",
        f"{pool}    job = pool.submit({name}{given})\nprint(job.done())",
        f"{pool}    print(list(pool.map(lambda _: {call}, [1])))",
        f"{pool}    try:\n        job = pool.submit({name}{given})\n{handler}\n    else:\n        job.result()",
        f"{pool}    job = pool.submit({name}{given})\n    try:\n        job.result()\n{handler}",
    )


def _thread(writer: _Writer, body: str) -> str:
    call = _helper(writer, body)
    name = call.partition("(")[0]
    args = f", args=({writer.given},)" if writer.given else ""
    start = f"thread = threading.Thread(target={name}{args})\nthread.start()\nthread.join()"
    return writer.one_of(start, f"try:\n{_in(start)}\n{writer.handler()}")


def _decorated(writer: _Writer, body: str) -> str:
    """A helper behind a decorator of the program."""
    decorator = writer.new("decorator")
    caught = writer.handler().replace("@return", "return None")
    wrapped = "@functools.wraps(function)\ndef wrapper(*args, **kwargs):\n"
    catching = f"{wrapped}    try:\n        return function(*args, **kwargs)\n{_in(caught)}\n\nreturn wrapper"
    passing = f"{wrapped}    return function(*args, **kwargs)\n\nreturn wrapper"
    kind = writer.one_of("catching", "passing", "made", "context", "library")
    if kind == "made":
        inner = f"def decorate(function):\n{_in(catching)}\n\nreturn decorate"
        writer.definitions.append(f"def {decorator}(note):\n{_in(inner)}\n")
        used = f'@{decorator}("note")\n'
    elif kind == "context":
        handler = writer.handler().replace("@return", "return")
        writer.definitions.append(
            f"@contextlib.contextmanager\ndef {decorator}():\n    try:\n        yield\n{_in(handler)}\n"
        )
        used = f"@{decorator}()\n"
    elif kind == "library":
        used = writer.one_of(
            "@functools.lru_cache\n",
            "@functools.lru_cache(maxsize=None)\n",
            "@functools.cache\n",
        )
    else:
        writer.definitions.append(
            f"def {decorator}(function):\n{_in(catching if kind == 'catching' else passing)}\n"
        )
        used = f"@{decorator}\n"
    return writer.function(writer.new("helper"), body, decorators=used)


def _retried(writer: _Writer, body: str) -> str:
    """A helper that tenacity tries again."""
    decorator = f"@{writer.imported('retry', 'tenacity')}({_retrying(writer)})\n"
    call = writer.function(writer.new("helper"), body, decorators=decorator)
    return writer.one_of(call, f"try:\n    {call}\n{writer.handler()}")


def _retried_async(writer: _Writer, body: str) -> str:
    """The same for a coroutine."""
    decorator = f"@{writer.imported('retry', 'tenacity')}({_retrying(writer)})\n"
    call = "await " + writer.function(
        writer.new("helper"), body, is_async=True, decorators=decorator
    )
    return writer.one_of(call, f"try:\n    {call}\n{writer.handler()}")


def _attempts(writer: _Writer, body: str) -> str:
    """Statements that tenacity tries again."""
    loop = f"for attempt in {writer.imported('Retrying', 'tenacity')}({_retrying(writer)}):\n    with attempt:\n"
    return writer.one_of(
        f"{loop}{_in(body, 2)}", f"try:\n{_in(loop)}{_in(body, 3)}\n{writer.handler()}"
    )


def _retrying(writer: _Writer) -> str:
    """When tenacity stops, and what it does then."""
    tried = writer.imported("retry_if_exception_type", "tenacity")
    further = writer.one_of(
        "",
        ", reraise=True",
        ", retry_error_callback=lambda state: None",
        f", retry={tried}({writer.caught()})",
    )
    return f"stop={writer.imported('stop_after_attempt', 'tenacity')}(2){further}"


def _decorated_async(writer: _Writer, body: str) -> str:
    """The same for a coroutine; a wrapper that does not await it catches nothing."""
    decorator = writer.new("decorator")
    caught = writer.handler().replace("@return", "return None")
    wrapper, wait = writer.rng.choice((("async def", "await "), ("def", "")))
    text = (
        f"@functools.wraps(function)\n{wrapper} wrapper(*args, **kwargs):\n"
        f"    try:\n        return {wait}function(*args, **kwargs)\n{_in(caught)}\n\nreturn wrapper"
    )
    writer.definitions.append(f"def {decorator}(function):\n{_in(text)}\n")
    return "await " + writer.function(
        writer.new("helper"), body, is_async=True, decorators=f"@{decorator}\n"
    )


# -- forms: coroutines -----------------------------------------------------------------------------------------------


def _awaited(writer: _Writer, body: str) -> str:
    return "await " + writer.function(writer.new("helper"), body, is_async=True)


def _awaited_caller(writer: _Writer, body: str) -> str:
    return f"try:\n{_in(_awaited(writer, body))}\n{writer.handler()}"


def _pending(writer: _Writer, body: str) -> str:
    call = writer.function(writer.new("helper"), body, is_async=True)
    handler = writer.handler()
    return writer.one_of(
        f"pending = {call}\ntry:\n    await pending\n{handler}",
        f"pending = None\ntry:\n    pending = {call}\n{handler}\nif pending is not None:\n    await pending",
        f"task = asyncio.create_task({call})\ntry:\n    await task\n{handler}",
        f"try:\n    task = asyncio.create_task({call})\n{handler}\nelse:\n    await task",
        f"try:\n    await asyncio.gather({call}, asyncio.sleep(0))\n{handler}",
        f"await asyncio.gather({call}, return_exceptions=True)",
        f"pending = [{call} for _ in range(2)]\ntry:\n    await asyncio.gather(*pending)\n{handler}",
        f"try:\n    await asyncio.wait_for({call}, timeout=5)\n{handler}",
        f"try:\n    async with asyncio.TaskGroup() as group:\n        group.create_task({call})\n{handler}",
        f"try:\n    async with asyncio.timeout(5):\n        await {call}\n{handler}",
        f"task = asyncio.create_task({call})\nawait asyncio.wait([task])\nprint(task.done())",
    )


def _nested_async(writer: _Writer, body: str) -> str:
    name = writer.new("nested")
    return f"{writer.nested(name, body, is_async=True)}\nawait {name}()"


def _async_generator(writer: _Writer, body: str) -> str:
    call = writer.function(writer.new("steps"), f"{body}\nyield 1", is_async=True)
    return writer.one_of(
        f"async for _ in {call}:\n    pass",
        f"print([item async for item in {call}])",
        f"try:\n    steps = {call}\n{writer.handler()}\nelse:\n    async for _ in steps:\n        pass",
        f"steps = {call}\nprint(steps)",
    )


def _async_method(writer: _Writer, body: str) -> str:
    name = writer.new("Worker")
    store = "self.client = client" if writer.carried else "self.ready = True"
    taken = f"self, {writer.taken}" if writer.carried else "self"
    local = "client = self.client\n" if writer.carried else ""
    text = (local + body).replace("@return", "return")
    writer.definitions.append(
        f"class {name}:\n    def __init__({taken}):\n        {store}\n\n    async def run(self):\n{_in(text, 2)}\n"
    )
    return f"await {name}({writer.given}).run()"


def _run(writer: _Writer, body: str) -> str:
    call = writer.function(writer.new("helper"), body, is_async=True)
    return writer.one_of(
        f"asyncio.run({call})", f"try:\n    asyncio.run({call})\n{writer.handler()}"
    )


def _from_async(writer: _Writer, body: str) -> str:
    """A synchronous helper called from a coroutine, which blocks it."""
    return _helper(writer, body)


def _to_thread(writer: _Writer, body: str) -> str:
    name = _helper(writer, body).partition("(")[0]
    given = f", {writer.given}" if writer.given else ""
    return writer.one_of(
        f"await asyncio.to_thread({name}{given})",
        f"try:\n    await asyncio.to_thread({name}{given})\n{writer.handler()}",
        f"await asyncio.get_running_loop().run_in_executor(None, {name}{given})",
    )


FORMS: Final = (
    _Form("try", _try),
    _Form("try", _try),
    _Form("try", _try),
    _Form("except*", _try_star),
    _Form("else, finally, handler", _around_other),
    _Form("finally", _finally),
    _Form("finally break", _finally_break),
    _Form("suppress", _suppress),
    _Form("suppress async", _suppress_async, needs="async"),
    _Form("suppressed loop", _suppressed_loop),
    _Form("looped try", _looped_try),
    _Form("passing with", _passing_with),
    _Form("own manager", _own_manager),
    _Form("own async manager", _own_async_manager, needs="async"),
    _Form("opening", _opening, needs="sync"),
    _Form("block", _block),
    _Form("match", _match),
    _Form("kept", _kept),
    _Form("looked up", _looked_up),
    _Form("matched", _matched),
    _Form("keeper", _keeper),
    _Form("taken out", _taken_out),
    _Form("stacked", _stacked, needs="sync"),
    _Form("classes given", _classes_given, needs="sync"),
    _Form("helper", _helper, needs="sync"),
    _Form("caller", _caller, needs="sync"),
    _Form("nested", _nested, needs="sync"),
    _Form("nested outside", _nested_outside, needs="sync"),
    _Form("method", _method, needs="sync"),
    _Form("generator", _generator, needs="sync"),
    _Form("callback", _callback, needs="sync"),
    _Form("pool", _pool, needs="sync"),
    _Form("thread", _thread, needs="sync"),
    _Form("decorated", _decorated, needs="sync"),
    _Form("retried", _retried, needs="sync", again=True),
    _Form("retried async", _retried_async, needs="async", again=True),
    _Form("attempts", _attempts, needs="sync", again=True),
    _Form("decorated async", _decorated_async, needs="async"),
    _Form("awaited", _awaited, needs="async"),
    _Form("awaited caller", _awaited_caller, needs="async"),
    _Form("pending", _pending, needs="async"),
    _Form("nested async", _nested_async, needs="async"),
    _Form("async generator", _async_generator, needs="async"),
    _Form("async method", _async_method, needs="async"),
    _Form("run", _run, needs="async", gives="sync"),
    _Form("from async", _from_async, needs="sync", gives="async"),
    _Form("to_thread", _to_thread, needs="sync", gives="async"),
)
