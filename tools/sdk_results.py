"""Writes `results.json` to `lint_langsmith/sdk/data`: what methods of the clients need, and what they give.

Of each method of the hand-written clients the arguments that every release wants which has the method, the classes
that any of these releases says it gives; of each class of those results, and of the evaluators, what any release has.
The wheels are read as text, never imported. Usage: `python tools/sdk_results.py [--check] [--cache DIR]` (needs PyPI).
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from checkout import put
from sdk_names import VERSIONS
from wheel_names import Wheel, statements
from wheels import wheel

from lint_langsmith.sdk.facts import DATA, LANGSMITH
from lint_langsmith.sdk.names import settled

_CLIENTS: Final = ("langsmith.client.Client", "langsmith.async_client.AsyncClient")
_FUNCTIONS: Final = (
    "langsmith.evaluation._runner.evaluate",
    "langsmith.evaluation._arunner.aevaluate",
)
# Classes that programs build for an evaluation.
_BUILT: Final = (
    "langsmith.evaluation.evaluator.EvaluationResult",
    "langsmith.evaluation.string_evaluator.StringEvaluator",
    "langsmith.schemas.Example",
)
# What an evaluation passes to evaluators, and no method says that it gives.
_PASSED: Final = ("langsmith.run_trees.RunTree",)
_ITERATORS: Final = frozenset(
    {"Iterator", "Iterable", "Generator", "AsyncIterator", "AsyncIterable", "AsyncGenerator"}
)
_SEQUENCES: Final = frozenset({"List", "list", "Sequence"})
_DICTS: Final = frozenset({"Dict", "dict"})
_UNKNOWN: Final = "?"
# Of a release that has neither keyword nor default for it: `feedback: Field(...)`.
_NO_DEFAULT: Final = frozenset({"Field(...)"})


class Release:
    """What one release's wheel says."""

    def __init__(self, path: Path) -> None:
        """`path` is the wheel."""
        self._wheel = Wheel(path, LANGSMITH)

    def functions(self) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
        """The public methods of the clients and the functions, by qualified name."""
        for owner in _CLIENTS:
            cls = self._class(owner)
            for statement in cls.body if cls is not None else ():
                if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) and _is_told(
                    statement
                ):
                    yield f"{owner}.{statement.name}", statement
        for qualified in _FUNCTIONS:
            module, _, name = qualified.rpartition(".")
            for statement in self._statements(module):
                if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    continue
                if statement.name == name and _is_told(statement):
                    yield qualified, statement

    def built(self) -> Iterator[tuple[str, frozenset[str]]]:
        """The classes that programs build, each with the arguments that it wants."""
        for qualified in _BUILT:
            cls = self._class(qualified)
            if cls is not None:
                yield qualified, frozenset(self._wanted_fields(qualified, cls))

    def _wanted_fields(self, qualified: str, cls: ast.ClassDef) -> Iterator[str]:
        """The fields of a class and of its bases in the same module without a default."""
        module = qualified.rpartition(".")[0]
        given = set()
        bases = [cls]
        while bases:
            current = bases.pop()
            for name, is_wanted in _fields(current):
                if is_wanted and name not in given:
                    yield name
                given.add(name)
            found = (self._class(f"{module}.{ast.unparse(base)}") for base in current.bases)
            bases += [base for base in found if base is not None]

    def result(self, qualified: str, node: ast.expr | None) -> str:
        """What an annotation says: classes apart by `|`, `*` before what is given one by one, `[]` before a list's."""
        module = qualified.rpartition(".")[0]
        module = module if module in self._wheel.modules else module.rpartition(".")[0]
        return "|".join(sorted(set(self._results(module, node))))

    def _results(self, module: str, node: ast.expr | None) -> Iterator[str]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node = ast.parse(node.value, mode="eval").body
        if isinstance(node, ast.Subscript):
            name = ast.unparse(node.value).rpartition(".")[2]
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            if name == "Union":
                for part in parts:
                    yield from self._results(module, part)
            elif name in _ITERATORS or name in _SEQUENCES:
                mark = "*" if name in _ITERATORS else "[]"
                yield from (f"{mark}{found}" for found in self._results(module, parts[0]))
            else:
                yield "dict" if name in _DICTS else _UNKNOWN
        elif isinstance(node, ast.Name) and node.id in _DICTS:
            yield "dict"
        else:
            yield self._class_name(module, node)

    def _class_name(self, module: str, node: ast.expr | None) -> str:
        found = self._wheel.class_named(module, ast.unparse(node)) if node is not None else None
        if found is None:
            return _UNKNOWN
        bases = self._wheel.modules[found[0]].names.classes[found[1]].bases
        if any(base.rpartition(".")[2] == "TypedDict" for base in bases):
            return "dict"
        return settled(".".join(found))

    def attributes(self, qualified: str) -> frozenset[str] | None:
        """The public attributes of a class; None where objects of it may have any, and where there is no such class."""
        module, _, name = qualified.rpartition(".")
        cls = self._class(qualified)
        if cls is None:
            return frozenset()
        found = self._wheel.members(self._home(module, name), name)
        text = ast.unparse(cls)
        is_open = "def __getattr__" in text or "extra='allow'" in text or "Extra.allow" in text
        return (
            None if is_open else frozenset(item for item in found if not item.startswith("_"))
        )

    def _class(self, qualified: str) -> ast.ClassDef | None:
        module, _, name = qualified.rpartition(".")
        for statement in self._statements(self._home(module, name)):
            if isinstance(statement, ast.ClassDef) and statement.name == name:
                return statement
        return None

    def _home(self, module: str, name: str) -> str:
        """Where a release keeps what the newest ones keep in `module`."""
        return self._wheel.canonical(f"{module}.{name}").rpartition(".")[0]

    def _statements(self, module: str) -> Iterator[ast.stmt]:
        known = self._wheel.modules.get(module)
        return statements(known.tree.body) if known is not None else iter(())


def _is_told(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    decorators = {
        ast.unparse(decorator).rpartition(".")[2] for decorator in function.decorator_list
    }
    return not function.name.startswith("_") and not decorators & {
        "overload",
        "property",
        "staticmethod",
        "setter",
    }


def wanted(
    function: ast.FunctionDef | ast.AsyncFunctionDef, *, is_method: bool
) -> frozenset[str]:
    """The arguments without which a call fails."""
    positional = [*function.args.posonlyargs, *function.args.args]
    without = positional[: len(positional) - len(function.args.defaults)]
    keywords = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    names = [arg.arg for arg in without[1 if is_method else 0 :]]
    return frozenset((*names, *(arg.arg for arg, default in keywords if default is None)))


def _fields(cls: ast.ClassDef) -> Iterator[tuple[str, bool]]:
    """The fields of a pydantic class, and whether each has no default; pydantic 1 gives an `Optional` None."""
    for statement in cls.body:
        if not isinstance(statement, ast.AnnAssign) or not isinstance(
            statement.target, ast.Name
        ):
            continue
        without = statement.value is None or ast.unparse(statement.value) in _NO_DEFAULT
        is_optional = ast.unparse(statement.annotation).startswith("Optional[")
        yield statement.target.id, without and not is_optional


def table(versions: tuple[str, ...], cache: Path) -> dict[str, object]:
    """What holds for all releases: the wanted arguments common to them, and the results and attributes of any."""
    releases = [Release(wheel(LANGSMITH, version, cache)) for version in versions]
    required: dict[str, frozenset[str]] = {}
    results: dict[str, set[str]] = {}
    for release in releases:
        for qualified, function in release.functions():
            found = wanted(function, is_method=qualified.rpartition(".")[0] in _CLIENTS)
            required[qualified] = required.get(qualified, found) & found
            results.setdefault(qualified, set()).update(
                release.result(qualified, function.returns).split("|")
            )
        for qualified, fields in release.built():
            required[qualified] = required.get(qualified, fields) & fields
    told = {
        name: found
        for name, found in results.items()
        if not any(part.endswith(_UNKNOWN) for part in found)
    }
    classes = {part.lstrip("*[]") for found in told.values() for part in found} - {"dict"} | {
        *_BUILT,
        *_PASSED,
    }
    attributes = {
        name: _of_any([release.attributes(name) for release in releases])
        for name in sorted(classes)
    }
    return {
        "required": {
            name: " ".join(sorted(found)) for name, found in sorted(required.items()) if found
        },
        "results": {name: "|".join(sorted(found)) for name, found in sorted(told.items())},
        "attributes": {
            name: " ".join(sorted(found)) for name, found in attributes.items() if found
        },
    }


def _of_any(found: list[frozenset[str] | None]) -> frozenset[str] | None:
    return (
        None
        if None in found
        else frozenset().union(*(names for names in found if names is not None))
    )


def main() -> int:
    """Read the wheels and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--cache", type=Path, default=Path.home() / ".cache" / "lint-langsmith" / "wheels"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing, and fail if it differs"
    )
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    made = json.dumps(table(VERSIONS, options.cache), separators=(",", ":")) + "\n"
    changed = put(Path(str(DATA)) / "results.json", made, check=options.check)
    return int(changed and options.check)


if __name__ == "__main__":
    sys.exit(main())
