"""Whatever the shape of a program's call graph, it is followed to the end, or given up as unknown: never a crash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from linting import Outcome, lint
from pace import within

from lint_langsmith.analysis import stack

HEAD = """\
import os

from langsmith import Client
from langsmith.utils import LangSmithError

client = Client(api_key=os.environ["LANGSMITH_API_KEY"])


"""
READ = "client.read_project(project_name='x')"


def run(folder: Path, body: str, *options: str) -> Outcome:
    (folder / "pyproject.toml").write_text(
        '[tool.lint-langsmith]\nuncaught = "every-call"\n', encoding="utf-8"
    )
    (folder / "app.py").write_text(HEAD + body, encoding="utf-8")
    return lint(folder, "--no-cache", "-j1", *options)


CALLS_ITSELF = {
    "with a callable": (
        "def retried(job, left):\n    try:\n        return job()\n    except ValueError:\n"
        f"        return retried(job, left - 1)\n\n\nretried(lambda: {READ}, 3)\n"
    ),
    "with a callable around it": (
        "def retried(job, left):\n    if left:\n        return retried(lambda: job(), left - 1)\n    return job()\n\n\n"
        f"retried(lambda: {READ}, 3)\n"
    ),
    "with a lazy iterator": (
        "def pages(runs, left):\n    if left:\n        return pages((run for run in runs), left - 1)\n"
        "    return list(runs)\n\n\npages(client.list_projects(), 3)\n"
    ),
    "as a generator": (
        "def more(runs, left):\n    yield from runs\n    yield from more(runs, left - 1)\n\n\n"
        "for run in more(client.list_projects(), 3):\n    print(run)\n"
    ),
    "with a closure": (
        "def grow(job):\n    def inner():\n        return job()\n\n    inner()\n    return grow(inner)\n\n\n"
        f"grow(lambda: {READ})\n"
    ),
    "as a decorator": (
        "def again(job):\n    def wrapper(*args):\n        return again(job)(*args)\n\n    return wrapper\n\n\n"
        f"@again\ndef read():\n    {READ}\n\n\nread()\n"
    ),
    "by another one": (
        "def ping(job, left):\n    return pong(job, left)\n\n\ndef pong(job, left):\n"
        f"    return ping(job, left - 1) if left else job()\n\n\nping(lambda: {READ}, 3)\n"
    ),
    "by an object": (
        "class Node:\n    def __init__(self, job):\n        self.job = job\n\n    def next(self):\n"
        "        return Node(self.run)\n\n    def run(self):\n        return self.job()\n\n\n"
        f"Node(lambda: {READ}).next().next().run()\n"
    ),
}


@pytest.mark.parametrize("body", CALLS_ITSELF.values(), ids=CALLS_ITSELF)
def test_a_function_that_hands_its_argument_on_to_itself_is_followed(
    tmp_path: Path, body: str
) -> None:
    outcome = run(tmp_path, body, "--select", "ALL")
    assert "LS999" not in outcome.codes
    assert outcome.exit_code < 2


@pytest.mark.parametrize(
    "name",
    ["with a callable", "with a callable around it", "with a lazy iterator", "by another one"],
)
def test_what_escapes_from_it_is_found(tmp_path: Path, name: str) -> None:
    assert run(tmp_path, CALLS_ITSELF[name]).codes.count("LS301") == 1


def test_a_handler_in_it_catches(tmp_path: Path) -> None:
    body = CALLS_ITSELF["with a callable"].replace("ValueError", "LangSmithError")
    assert "LS301" not in run(tmp_path, body).codes


def test_a_function_that_is_entered_anew_from_within_returns_to_each_of_its_calls(
    tmp_path: Path,
) -> None:
    body = (
        "def guarded(job):\n    try:\n        return job()\n    except ValueError:\n        return None\n\n\n"
        "def safe(job):\n    try:\n        return job()\n    except LangSmithError:\n        return None\n\n\n"
        f"def inner():\n    guarded(lambda: {READ})\n\n\n{{}}\n"
    )
    assert run(tmp_path, body.format("guarded(lambda: safe(inner))")).codes.count("LS301") == 0
    assert (
        run(tmp_path, body.format("guarded(lambda: guarded(inner))")).codes.count("LS301") == 1
    )


def ring(size: int) -> str:
    functions = [f"def f{at}(x):\n    return f{(at + 1) % size}(x)\n" for at in range(1, size)]
    return "\n\n".join([f"def f0(x):\n    {READ}\n    return f1(x)\n", *functions, "f0(1)\n"])


def ring_of_callbacks(size: int) -> str:
    functions = [
        f"def f{at}(job):\n    return f{(at + 1) % size}(job)\n" for at in range(1, size)
    ]
    head = "def f0(job):\n    job()\n    return f1(job)\n"
    return "\n\n".join([head, *functions, f"f3(lambda: {READ})\n"])


def chain_down(size: int) -> str:
    functions = [f"def f{at}(x):\n    return f{at + 1}(x)\n" for at in range(size)]
    return "\n\n".join([*functions, f"def f{size}(x):\n    return {READ}\n", "f0(1)\n"])


def chain_up(size: int) -> str:
    functions = [f"def f{at + 1}(x):\n    return f{at}(x)\n" for at in range(size)]
    return "\n\n".join([f"def f0(x):\n    return {READ}\n", *functions, f"f{size}(1)\n"])


def chain_with_client(size: int) -> str:
    functions = [f"def f{at}(given):\n    return f{at + 1}(given)\n" for at in range(size)]
    last = f"def f{size}(given):\n    return given.read_project(project_name='x')\n"
    return "\n\n".join([*functions, last, "f0(client)\n"])


def hierarchy(depth: int) -> str:
    classes = [
        f"class C{at + 1}(C{at}):\n    def go(self):\n        return super().go()\n"
        for at in range(depth)
    ]
    return "\n\n".join(
        [
            f"class C0:\n    def go(self):\n        return {READ}\n",
            *classes,
            f"C{depth}().go()\n",
        ]
    )


def hierarchy_of_clients(depth: int) -> str:
    classes = [f"class C{at + 1}(C{at}):\n    pass\n" for at in range(depth)]
    return "\n\n".join(
        [
            "class C0(Client):\n    pass\n",
            *classes,
            f"C{depth}().read_project(project_name='x')\n",
        ]
    )


def clique(size: int) -> str:
    calls = "".join(f"    f{at}(x, given)\n" for at in range(size))
    functions = [f"def f{at}(x, given):\n{calls}" for at in range(size - 1)]
    last = f"def f{size - 1}(x, given):\n{calls}    given.read_project(project_name=x)\n"
    return "\n\n".join([*functions, last, "f0(1, client)\n"])


def chain_of_callbacks(size: int) -> str:
    functions = [f"def f{at}(job):\n    return f{at + 1}(job)\n" for at in range(size)]
    return "\n\n".join(
        [*functions, f"def f{size}(job):\n    return job()\n", f"f0(lambda: {READ})\n"]
    )


def clique_of_callbacks(size: int) -> str:
    calls = "".join(f"    f{at}(job)\n" for at in range(size))
    functions = [f"def f{at}(job):\n{calls}" for at in range(size - 1)]
    return "\n\n".join(
        [*functions, f"def f{size - 1}(job):\n{calls}    job()\n", f"f0(lambda: {READ})\n"]
    )


def names_bound_anew(size: int) -> str:
    lines = "".join(
        f"        if row[{at}]:\n            query = query.filter(row)\n" for at in range(size)
    )
    return f"def read(query):\n    for row in query:\n{lines}    list(client.list_projects(name=query))\n\n\nread([])\n"


def names_of_names(size: int) -> str:
    return (
        "c0 = client\n"
        + "".join(f"c{at + 1} = c{at}\n" for at in range(size))
        + f"c{size}.read_project(project_name='x')\n"
    )


SHAPES: list[tuple[Callable[[int], str], int]] = [
    (ring, 500),
    (ring_of_callbacks, 500),
    (chain_down, 5000),
    (chain_up, 5000),
    (chain_with_client, 5000),
    (hierarchy, 500),
    (hierarchy_of_clients, 500),
    (clique, 48),
    (chain_of_callbacks, 5000),
    (clique_of_callbacks, 40),
    (names_bound_anew, 200),
    (names_of_names, 1600),
]


USUAL_SHAPES = (ring, chain_up, hierarchy, clique)


@pytest.mark.parametrize(("shape", "size"), SHAPES, ids=[shape.__name__ for shape, _ in SHAPES])
def test_a_tenth_of_a_large_shape_is_followed(
    tmp_path: Path, shape: Callable[[int], str], size: int
) -> None:
    outcome = run(tmp_path, shape(size // 10))
    assert "LS999" not in outcome.codes
    assert outcome.codes.count("LS301") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shape", "size"),
    [
        pytest.param(*row, marks=() if row[0] in USUAL_SHAPES else pytest.mark.thorough)
        for row in SHAPES
    ],
    ids=[shape.__name__ for shape, _ in SHAPES],
)
def test_a_large_shape_is_followed_in_bounded_time(
    tmp_path: Path, shape: Callable[[int], str], size: int
) -> None:
    with within(10):
        outcome = run(tmp_path, shape(size))
    assert "LS999" not in outcome.codes
    assert outcome.codes.count("LS301") == 1


def test_what_is_too_deep_for_all_stacks_is_unknown_and_no_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "STACKS", 1)
    outcome = run(tmp_path, chain_with_client(2000))
    assert "LS999" not in outcome.codes
    assert "LS301" not in outcome.codes


@pytest.mark.parametrize("shape", [ring, chain_up], ids=["ring", "chain_up"])
def test_an_exception_is_followed_without_further_stacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: Callable[[int], str]
) -> None:
    monkeypatch.setattr(stack, "STACKS", 0)
    assert run(tmp_path, shape(1000)).codes.count("LS301") == 1


def test_a_circle_with_two_ways_through_it_is_no_way_out_and_no_way_in(tmp_path: Path) -> None:
    # `last` leads back to `second`, which has been gone through by then, and begins nothing.
    body = (
        f"def first(x):\n    {READ}\n    second(x)\n\n\ndef second(x):\n    first(x)\n    last(x)\n\n\n"
        "def last(x):\n    first(x)\n"
    )
    (found,) = [item for item in run(tmp_path, body).findings if item.code == "LS301"]
    assert "(first() → client.read_project())" in found.message


def test_what_comes_out_of_a_function_goes_back_to_its_calls_alone(tmp_path: Path) -> None:
    body = (
        "class Worker:\n    def __init__(self, job):\n        self.job = job\n\n    def work(self):\n"
        "        return self.job()\n\n\ndef run(job):\n    return Worker(job).work()\n\n\n"
        f"def safe():\n    try:\n        run(lambda: {READ})\n    except LangSmithError:\n        print(1)\n\n\n"
        "def other():\n    run(lambda: None)\n\n\nsafe()\nother()\n"
    )
    assert "LS301" not in run(tmp_path, body).codes
    assert "LS301" in run(tmp_path, body.replace("LangSmithError:", "ValueError:")).codes


def test_a_context_that_is_entered_again_returns_to_the_later_call_too(tmp_path: Path) -> None:
    body = (
        "def call(job):\n    return job()\n\n\ndef twice(job):\n    try:\n        call(job)\n"
        "    except LangSmithError:\n        print('refused')\n    call(job)\n\n\n"
        f"def main():\n    twice(lambda: {READ})\n\n\nmain()\n"
    )
    (found,) = [item for item in run(tmp_path, body).findings if item.code == "LS301"]
    assert "main() → … → <lambda>() → " in found.message
    called = [place.message for place in found.related if "is called" in place.message]
    assert [words.split("`")[1] for words in called] == [
        "main()",
        "twice()",
        "call()",
        "<lambda>()",
    ]


def test_a_failure_on_another_stack_is_raised_where_it_is_waited_for() -> None:
    def failing() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        stack.on_new_stack(failing)
    assert stack.on_new_stack(sum, (1, 2)) == 3


@pytest.mark.parametrize(
    "body",
    [
        "Json = str | list[Json] | dict[str, Json] | Client\n\n\ndef read(given: Json):\n    given.read_project()\n",
        "One = Two | None\nTwo = One | Client\nOne = One | Two\n\n\ndef read(given: One):\n    given.read_project()\n",
        "A0 = Client | str\n"
        + "".join(f"A{at + 1} = A{at} | A{at}\n" for at in range(60))
        + "\n\ndef read(given: A60):\n    given.read_project()\n",
        "class A(A.B):\n    class B(A):\n        pass\n\n\nA().read_project()\nA.B().read_project()\n",
        "class A(B):\n    base = Client\n\n\nclass B(A.base, A):\n    pass\n\n\nB().read_project()\n",
    ],
    ids=["itself", "each other", "many times", "inner class", "bases"],
)
def test_types_that_are_made_of_themselves_are_followed(tmp_path: Path, body: str) -> None:
    outcome = run(tmp_path, body)
    assert "LS999" not in outcome.codes


def test_a_name_may_hold_half_of_a_surrogate_pair(tmp_path: Path) -> None:
    outcome = run(tmp_path, 'os.environ["LANGSMITH_TRACIN\\ud800"] = "true"\n')
    assert "LS999" not in outcome.codes
