"""Every regular expression of the package, and texts that make one backtrack where it can."""

from __future__ import annotations

import ast
import importlib
import re
import sys
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice, product
from pathlib import Path
from typing import Any, Final, NamedTuple

import lint_langsmith
from lint_langsmith.lazy_re import LazyPattern

if sys.version_info >= (3, 11):
    from re import _constants as codes
    from re import _parser as parser
else:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import sre_constants as codes
        import sre_parse as parser

_ROOT: Final = Path(lint_langsmith.__file__).parent
# `lazy_re` has the first function of the others.
_MODULES: Final = frozenset({"re", "lazy_re"})
_FUNCTIONS: Final = frozenset(
    {"compile", "search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split"}
)
# Where the flags stand among the positional arguments.
_FLAGS_AT: Final = {"compile": 1, "sub": 4, "subn": 4, "split": 3}
_ANCHORED: Final = frozenset({"match", "fullmatch"})
# A repetition up to so often is a constant, not a loop.
_LOOP: Final = 1000


class Expression(NamedTuple):
    """A regular expression, the module and line where it is written, and what the package does with it."""

    module: str
    line: int
    pattern: re.Pattern[str] | re.Pattern[bytes]
    methods: frozenset[str]

    def run(self, text: str) -> None:
        """Match it as the package does, against all of a text."""
        subject: Any = text.encode() if isinstance(self.pattern.pattern, bytes) else text
        for method in self.methods & _ANCHORED:
            getattr(self.pattern, method)(subject)
        if self.methods - _ANCHORED:
            for _ in self.pattern.finditer(subject):
                pass


class Unknown(NamedTuple):
    """A call of `re` whose expression is made from what the program meets."""

    module: str
    line: int
    written: str


def modules() -> list[str]:
    """The modules of the package that may hold expressions."""
    paths = (
        path
        for path in _ROOT.rglob("*.py")
        if any(
            module in path.read_text(encoding="utf-8") for module in ("import re\n", "lazy_re")
        )
    )
    return sorted(path.relative_to(_ROOT).as_posix() for path in paths)


def expressions() -> tuple[list[Expression], list[Unknown]]:
    """The expressions that stand in the package, and the calls whose expression is not known before it runs."""
    trees = {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(_ROOT.rglob("*.py"))
    }
    nodes = {path: list(ast.walk(tree)) for path, tree in trees.items()}
    used_in = {path: _uses(nodes[path]) for path in trees}
    uses: dict[str, set[str]] = {}
    for name, used in chain.from_iterable(used.items() for used in used_in.values()):
        if not name.startswith("_"):
            uses.setdefault(name, set()).update(used)
    found: dict[tuple[str, Any, int], Expression] = {}
    unknown = []
    for path, tree in trees.items():
        calls = [node for node in nodes[path] if _function(node) is not None]
        name = path.relative_to(_ROOT).as_posix()
        names = _names(path) if calls else {}
        used_as = {**used_in[path], **uses}
        assigned = {
            id(inner): _target(node)
            for node in tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
            for inner in ast.walk(node.value)
        }
        for call in calls:
            assert isinstance(call, ast.Call)
            function = _function(call)
            pattern = _evaluated(call, str(function), names)
            if pattern is None:
                unknown.append(Unknown(name, call.lineno, ast.unparse(call.args[0])))
                continue
            used = (
                used_as.get(assigned.get(id(call)) or "", {"search"})
                if function == "compile"
                else {str(function)}
            )
            key = (name, pattern.pattern, pattern.flags)
            before = found[key].methods if key in found else frozenset()
            found[key] = Expression(name, call.lineno, pattern, before | used)
        # `__builtins__` are not the module's, and hold themselves once a test has run something in them.
        own = [value for given, value in names.items() if not given.startswith("__")]
        for value in own:
            for pattern in _patterns(value):
                key = (name, pattern.pattern, pattern.flags)
                found.setdefault(key, Expression(name, 0, pattern, frozenset({"search"})))
    return list(found.values()), unknown


def _names(path: Path) -> Mapping[str, Any]:
    dotted = (
        path.relative_to(_ROOT.parent)
        .with_suffix("")
        .as_posix()
        .replace("/", ".")
        .removesuffix(".__init__")
    )
    return vars(importlib.import_module(dotted))


def _function(node: ast.AST) -> str | None:
    """The name of the function of `re` that an expression calls."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    of_re = isinstance(node.func.value, ast.Name) and node.func.value.id in _MODULES
    return node.func.attr if of_re and node.func.attr in _FUNCTIONS else None


def _target(node: ast.Assign | ast.AnnAssign) -> str | None:
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    return target.id if isinstance(target, ast.Name) else None


def _uses(nodes: Iterable[ast.AST]) -> dict[str, set[str]]:
    """What is done with each name of a module: methods that are called on it, `search` for any other reading of it."""
    uses: dict[str, set[str]] = {}
    called: set[ast.AST] = set()
    read: list[ast.Name] = []
    for node in nodes:
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                read.append(node)
        elif isinstance(node, ast.Attribute) and node.attr in _FUNCTIONS:
            owner = node.value.value if isinstance(node.value, ast.Subscript) else node.value
            if isinstance(owner, ast.Name):
                uses.setdefault(owner.id, set()).add(node.attr)
                called.add(owner)
        elif (
            isinstance(node, ast.Call)
            and _function(node) is not None
            and isinstance(node.args[0], ast.Name)
        ):
            uses.setdefault(node.args[0].id, set()).add(str(_function(node)))
            called.add(node.args[0])
    for name in read:
        if name not in called:
            uses.setdefault(name.id, set()).add("search")
    return uses


def _evaluated(
    call: ast.Call, function: str, names: Mapping[str, Any]
) -> re.Pattern[str] | re.Pattern[bytes] | None:
    at = _FLAGS_AT.get(function, 2)
    flags = next((keyword.value for keyword in call.keywords if keyword.arg == "flags"), None)
    flags = flags or (call.args[at] if len(call.args) > at else None)
    try:
        expression = eval(compile(ast.Expression(call.args[0]), "", "eval"), dict(names))
        chosen = (
            eval(compile(ast.Expression(flags), "", "eval"), dict(names))
            if flags is not None
            else 0
        )
    except NameError:
        return None
    return re.compile(getattr(expression, "pattern", expression), chosen)


def _patterns(value: object) -> Iterator[re.Pattern[Any]]:
    """The compiled expressions in a value of a module."""
    if isinstance(value, re.Pattern | LazyPattern):
        yield re.compile(value.pattern, value.flags)
    elif isinstance(value, tuple | list | frozenset | set):
        for item in value:
            yield from _patterns(item)
    elif isinstance(value, dict):
        yield from _patterns([*value.keys(), *value.values()])


# What each class of characters may be pumped with.
_OF_CATEGORY: Final = {
    codes.CATEGORY_DIGIT: "7",
    codes.CATEGORY_NOT_DIGIT: "x",
    codes.CATEGORY_SPACE: " \t\n",
    codes.CATEGORY_NOT_SPACE: "x",
    codes.CATEGORY_WORD: "aZ_7",
    codes.CATEGORY_NOT_WORD: " -",
}
_ANY: Final = "a \t#\"'\\=.-_7Z\n"
_SUFFIXES: Final = ("\x00", "")
# Enough for each loop and its neighbours; the rest pairs ever rarer ways in with ever rarer characters.
_MOST: Final = 1500


def adversaries(expression: Expression, size: int) -> Iterator[str]:
    """Texts of about `size` characters: each way into a repetition, once and again and again, and no way out.

    A matcher that backtracks needs time in the square of a text when a repetition may begin at each place of a long run
    that it goes through, or when two neighbouring repetitions share out one run between them.
    """
    pattern = expression.pattern
    source = (
        pattern.pattern
        if isinstance(pattern.pattern, str)
        else pattern.pattern.decode("latin-1")
    )
    flags = pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
    tree = parser.parse(source, flags | re.UNICODE)
    pumps = dict.fromkeys(text for text in _pumps(tree) if text)
    single = dict.fromkeys(text for text in pumps if len(text) == 1)
    pairs = dict.fromkeys(a + b for a, b in product(single, ' \t\na"\\') if a != b)
    before = dict.fromkeys(("", *_prefixes(tree)))
    repeated = (
        text
        for prefix in before
        if len(prefix) > 1
        for text in (prefix, f" {prefix}", f"{prefix}\n")
    )
    found = chain(
        (text * (size // len(text)) for text in repeated),
        (
            f"\n{prefix}{pump * (size // len(pump))}{suffix}"
            for some in (pumps, pairs)
            for prefix, pump, suffix in product(before, some, _SUFFIXES)
        ),
    )
    yield from islice(found, _MOST)


def _chosen(items: Any) -> str:
    """Characters of a class."""
    if items and items[0][0] is codes.NEGATE:
        pattern = _class(items)
        return "".join(char for char in _ANY if pattern(char))
    text = ""
    for code, value in items:
        if code is codes.LITERAL:
            text += chr(value)
        elif code is codes.RANGE:
            text += chr(value[0])
        elif code is codes.CATEGORY:
            text += _OF_CATEGORY[value]
    return text


def _class(items: Any) -> Any:
    def holds(char: str) -> bool:
        for code, value in items[1:]:
            if code is codes.LITERAL and chr(value) == char:
                return False
            if code is codes.RANGE and value[0] <= ord(char) <= value[1]:
                return False
            if code is codes.CATEGORY and char in _OF_CATEGORY[value] + (
                " \t\n" if "SPACE" in str(value) else ""
            ):
                return False
        return True

    return holds


def _inside(code: Any, value: Any) -> list[Any]:
    """The sequences inside a node."""
    if code in {codes.MAX_REPEAT, codes.MIN_REPEAT}:
        return [value[2]]
    if code is codes.SUBPATTERN:
        return [value[3]]
    if code is codes.BRANCH:
        return list(value[1])
    if code in {codes.ASSERT, codes.ASSERT_NOT}:
        return [value[1]]
    return []


def _sample(sequence: Any, choice: int = 0) -> str:
    """A text that a sequence matches, or nearly; `choice` turns to other branches and characters."""
    text = ""
    for code, value in sequence:
        if code is codes.LITERAL:
            text += chr(value)
        elif code is codes.NOT_LITERAL:
            text += "x" if value != ord("x") else "y"
        elif code is codes.ANY:
            text += "a"
        elif code is codes.IN:
            chosen = _chosen(value) or "x"
            text += chosen[choice % len(chosen)]
        elif code in {codes.MAX_REPEAT, codes.MIN_REPEAT}:
            text += _sample(value[2], choice) * min(max(value[0], 1 if choice % 2 else 0), 40)
        elif code is codes.SUBPATTERN:
            text += _sample(value[3], choice)
        elif code is codes.BRANCH:
            text += _sample(value[1][choice % len(value[1])], choice)
    return text


_CHOICES: Final = 4


def _pumps(sequence: Any) -> Iterator[str]:
    """What the loops of an expression repeat, and its characters by themselves."""
    for code, value in sequence:
        if code in {codes.MAX_REPEAT, codes.MIN_REPEAT} and value[1] >= _LOOP:
            body = value[2]
            for inner, inside in body:
                if inner is codes.IN:
                    yield from _chosen(inside)
                elif inner is codes.ANY:
                    yield from _ANY
                elif inner is codes.NOT_LITERAL:
                    yield from (char for char in _ANY if ord(char) != inside)
            yield from (_sample(body, choice) for choice in range(_CHOICES))
        for inside in _inside(code, value):
            yield from _pumps(inside)


def _prefixes(sequence: Any, before: str = "", choices: int = _CHOICES) -> Iterator[str]:
    """What may stand before each loop, and the whole."""
    for choice in range(choices):
        text = before
        for code, value in sequence:
            inside = _inside(code, value)
            loops = code in {codes.MAX_REPEAT, codes.MIN_REPEAT} and value[1] >= _LOOP
            if loops:
                yield text
            if code is codes.BRANCH or (inside and not loops):
                for part in inside:
                    yield from _prefixes(part, text, 2 if choices > 1 else 1)
            text += _sample([(code, value)], choice)
        yield text


def seconds(expression: Expression, text: str) -> float:
    """The processor time that matching takes, the least of three."""
    least = float("inf")
    for _ in range(3):
        start = time.process_time()
        expression.run(text)
        least = min(least, time.process_time() - start)
    return least


def growth(
    expression: Expression, small: int, large: int, negligible: float
) -> tuple[float, float, str] | None:
    """The times for the adversary of an expression whose time grows faster than its length; None where none does.

    Linear is `large / small`, in the square that squared; half-way between the two the line is drawn. What takes less
    than `negligible` seconds for the larger size is too little to measure.
    """
    limit = (large / small) ** 1.5
    for text, longer in zip(
        adversaries(expression, small), adversaries(expression, large), strict=True
    ):
        start = time.process_time()
        expression.run(text)
        if time.process_time() - start < negligible / limit:
            continue
        first, second = seconds(expression, text), seconds(expression, longer)
        if second > negligible and second > limit * first:
            return first, second, text[:60]
    return None
