"""Writes `names.json` of each SDK to `lint_langsmith/sdk/data`: every name that its releases have, from their wheels.

The wheels are read as text, never imported. Usage: `python tools/sdk_names.py [--check] [--cache DIR]`
(needs PyPI).
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pydantic
import pydantic.v1
from checkout import put
from wheels import wheel

from lint_langsmith.sdk.facts import LANGGRAPH_SDK, LANGSMITH, folder, probed_versions
from lint_langsmith.sdk.names import settled
from lint_langsmith.versions import parse_release

# Each minor line at its beginning and end, and the releases at which the knowledge of the SDK turns.
_CHOSEN: Final = (
    *(
        "0.0.5",
        "0.0.20",
        "0.0.40",
        "0.0.60",
        "0.0.75",
        "0.0.92",
        "0.1.0",
        "0.1.25",
        "0.1.50",
        "0.1.77",
        "0.1.85",
    ),
    *(
        "0.1.100",
        "0.1.112",
        "0.1.125",
        "0.1.131",
        "0.1.147",
        "0.2.0",
        "0.2.11",
        "0.3.0",
        "0.3.9",
        "0.3.25",
        "0.3.26",
    ),
    *(
        "0.3.45",
        "0.4.0",
        "0.4.9",
        "0.4.20",
        "0.4.40",
        "0.4.60",
        "0.5.0",
        "0.5.2",
        "0.6.0",
        "0.6.5",
        "0.6.9",
        "0.7.0",
    ),
    *(
        "0.7.20",
        "0.7.38",
        "0.8.0",
        "0.8.1",
        "0.8.18",
        "0.9.0",
        "0.9.2",
        "0.9.8",
        "0.10.0",
        "0.10.2",
        "0.10.15",
    ),
    *(
        "0.10.18",
        "0.11.0",
        "0.11.2",
        "0.12.0",
        "0.12.6",
        "0.13.0",
        "0.14.0",
        "0.14.10",
        "0.14.12",
        "0.14.17",
    ),
    "0.15.0",
)
# And those that were probed since.
VERSIONS: Final = (
    *_CHOSEN,
    *(
        version
        for version in probed_versions()
        if parse_release(version) > parse_release(_CHOSEN[-1])
    ),
)
# Classes whose attributes programs use, wherever a version keeps them.
CLASSES: Final = frozenset(
    {
        *(
            "Client",
            "AsyncClient",
            "Langsmith",
            "AsyncLangsmith",
            "SandboxClient",
            "AsyncSandboxClient",
        ),
        *("Sandbox", "AsyncSandbox", "RunTree"),
    },
)
# Bases from another package, whose releases the SDK does not choose: what any of their generations has.
_FOREIGN: Final = {
    "pydantic.BaseModel": frozenset(
        name for cls in (pydantic.BaseModel, pydantic.v1.BaseModel) for name in dir(cls)
    ),
}
# Those of generated clients: each resource, and what gives its answers raw or as streams.
_GENERATED: Final = re.compile(
    r"(?:Async)?(?:\w+Resource|Langsmith)(?:With(?:Raw|Streaming|Streamed)Response)?"
)
# Stands among the names of a module or class for itself.
OWNER: Final = "."
# The classes of langgraph-sdk: its clients and their resources.
_DEPLOYMENT: Final = re.compile(
    r"(?:Sync)?(?:LangGraph|Assistants|Threads|Runs|Cron|Store|Http)Client"
)


class Module(NamedTuple):
    """One module of a wheel: its tree, and whether it is a package."""

    tree: ast.Module
    is_package: bool


def package_of(distribution: str) -> str:
    """What a program imports of a distribution."""
    return distribution.replace("-", "_")


def modules(path: Path, package: str = LANGSMITH) -> dict[str, Module]:
    """The modules of a package in a wheel, by dotted name."""
    found: dict[str, Module] = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith(f"{package}/") and name.endswith(".py"):
                parts = name.removesuffix(".py").split("/")
                is_package = parts[-1] == "__init__"
                dotted = ".".join(parts[:-1] if is_package else parts)
                found[dotted] = Module(ast.parse(archive.read(name)), is_package)
    for dotted in list(found):
        # A folder without an `__init__.py` is a package all the same.
        parts = dotted.split(".")
        for length in range(1, len(parts)):
            found.setdefault(".".join(parts[:length]), Module(ast.parse(""), is_package=True))
    return found


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module that bind names in it: also those under `if`, `try` and `with`."""
    for statement in body:
        yield statement
        for field in ("body", "orelse", "finalbody"):
            if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                yield from statements(getattr(statement, field, []))
        for handler in getattr(statement, "handlers", []):
            yield from statements(handler.body)


def bound(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement binds."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name
    elif isinstance(statement, (ast.Import, ast.ImportFrom)):
        for alias in statement.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            for node in ast.walk(target):
                if isinstance(node, ast.Name):
                    yield node.id


def lazy_names(tree: ast.Module) -> Iterator[str]:
    """Names that a module's `__getattr__` and `__all__` promise."""
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == "__getattr__":
            for node in ast.walk(statement):
                if isinstance(node, ast.Compare):
                    yield from strings(node)
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            yield from strings(statement)


def strings(node: ast.AST) -> Iterator[str]:
    """The string constants in a node that are identifiers."""
    for inner in ast.walk(node):
        if (
            isinstance(inner, ast.Constant)
            and isinstance(inner.value, str)
            and inner.value.isidentifier()
        ):
            yield inner.value


def sources(dotted: str, module: Module) -> dict[str, str]:
    """Where the names come from that a module has from another one: local name to qualified name."""
    found: dict[str, str] = {}
    package = dotted if module.is_package else dotted.rpartition(".")[0]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")
                head = ".".join(parts[: len(parts) - node.level + 1])
                base = f"{head}.{base}" if base else head
            for alias in node.names:
                found.setdefault(alias.asname or alias.name, f"{base}.{alias.name}")
    return found


class Wheel:
    """The names of one version."""

    def __init__(self, path: Path, package: str = LANGSMITH) -> None:
        """`path` is a wheel that has the package."""
        self.package = package
        self.modules = modules(path, package)
        self.sources = {
            dotted: sources(dotted, module) for dotted, module in self.modules.items()
        }
        self.names = {
            dotted: frozenset(self._names(dotted, module))
            for dotted, module in self.modules.items()
        }

    def _names(self, dotted: str, module: Module) -> Iterator[str]:
        for statement in statements(module.tree.body):
            yield from bound(statement)
        yield from lazy_names(module.tree)
        for other in self.modules:
            if other.startswith(f"{dotted}.") and "." not in other[len(dotted) + 1 :]:
                yield other.rpartition(".")[2]

    def canonical(self, qualified: str, depth: int = 0) -> str:
        """The module and name under which a re-exported thing is defined."""
        module, _, name = qualified.rpartition(".")
        source = self.sources.get(module, {}).get(name)
        if source is None or depth > 10 or self._defines(module, name):
            return qualified
        return self.canonical(source, depth + 1)

    def _defines(self, module: str, name: str) -> bool:
        return any(
            isinstance(statement, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
            and statement.name == name
            for statement in statements(self.modules[module].tree.body)
        )

    def exports(self) -> dict[str, str]:
        """Public names that are defined elsewhere: qualified name to canonical name."""
        found = {}
        for dotted, names in self.names.items():
            for name in names & set(self.sources[dotted]):
                canonical = settled(self.canonical(f"{dotted}.{name}"))
                if canonical != f"{dotted}.{name}" and canonical.startswith(f"{self.package}."):
                    found[f"{dotted}.{name}"] = canonical
        return found

    def members(self) -> dict[str, frozenset[str]]:
        """The attributes of the classes that matter, inherited ones included, by canonical name."""
        return {
            settled(f"{dotted}.{statement.name}"): frozenset(self._members(dotted, statement))
            for dotted, module in self.modules.items()
            for statement in statements(module.tree.body)
            if isinstance(statement, ast.ClassDef) and _is_told(dotted, statement.name)
        }

    def _members(self, dotted: str, cls: ast.ClassDef) -> Iterator[str]:
        for statement in statements(cls.body):
            yield from bound(statement)
        for node in ast.walk(cls):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "self"
            ):
                if isinstance(node.ctx, ast.Store):
                    yield node.attr
            elif isinstance(node, ast.Assign) and any(map(_is_slots, node.targets)):
                yield from strings(node.value)
        for base in cls.bases:
            found = self._class(dotted, base)
            if found is not None:
                yield from self._members(*found)
            else:
                yield from _FOREIGN.get(f"pydantic.{ast.unparse(base)}", ())

    def _class(self, dotted: str, node: ast.expr) -> tuple[str, ast.ClassDef] | None:
        if isinstance(node, ast.Subscript):  # `BaseClient[httpx.Client, Stream[Any]]`
            node = node.value
        qualified = self._qualified(dotted, node)
        if qualified is None:
            return None
        module, _, name = self.canonical(qualified).rpartition(".")
        for statement in (
            statements(self.modules[module].tree.body) if module in self.modules else ()
        ):
            if isinstance(statement, ast.ClassDef) and statement.name == name:
                return module, statement
        return None

    def _qualified(self, dotted: str, node: ast.expr) -> str | None:
        """A base class by its full name: `RunBase`, and `ls_schemas.RunBase` of an imported module."""
        if isinstance(node, ast.Name):
            return f"{dotted}.{node.id}"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = self.sources[dotted].get(node.value.id)
            return f"{module}.{node.attr}" if module is not None else None
        return None


def _is_told(module: str, name: str) -> bool:
    """Whether the attributes of a class are in the table."""
    if module.startswith("langgraph_sdk."):
        return _DEPLOYMENT.fullmatch(name) is not None
    return name in CLASSES or (
        (".resources." in module or module.endswith("._client"))
        and _GENERATED.fullmatch(name) is not None
    )


def _is_slots(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "__slots__"


def table(
    versions: tuple[str, ...], cache: Path, distribution: str = LANGSMITH
) -> dict[str, object]:
    """For each module and class its names, grouped by the versions (runs of their indices) that have them."""
    names: dict[str, dict[str, list[int]]] = {}
    private: set[str] = set()
    members: dict[str, dict[str, list[int]]] = {}
    exports: dict[str, str] = {}
    for index, version in enumerate(versions):
        release = Wheel(wheel(distribution, version, cache), package_of(distribution))
        for source, into in ((release.names, names), (release.members(), members)):
            for owner, found in source.items():
                if into is names and _is_private(owner):
                    private.add(
                        owner
                    )  # what is in it is nobody's business: no name of it is ever reported
                    continue
                rows = into.setdefault(owner, {})
                for name in (OWNER, *found):
                    if not name.startswith("_") or name == "__version__":
                        rows.setdefault(name, []).append(index)
        exports.update(release.exports())
    return {
        "versions": list(versions),
        "releases": releases(distribution),
        "modules": {owner: grouped(rows) for owner, rows in sorted(names.items())},
        "private": sorted(private),
        "classes": {owner: grouped(rows) for owner, rows in sorted(members.items())},
        "exports": dict(
            sorted((name, to) for name, to in exports.items() if _is_class_or_function(name))
        ),
    }


def grouped(rows: dict[str, list[int]]) -> dict[str, str]:
    """The names by the runs of versions that have them: `{"0-12,20-58": "a b"}`."""
    groups: dict[str, list[str]] = {}
    for name, indices in sorted(rows.items()):
        groups.setdefault(runs(indices), []).append(name)
    return {key: " ".join(found) for key, found in sorted(groups.items())}


def runs(indices: list[int]) -> str:
    """Ascending indices as runs: `0-3,5-5`."""
    found: list[list[int]] = []
    for index in indices:
        if found and index == found[-1][1] + 1:
            found[-1][1] = index
        else:
            found.append([index, index])
    return ",".join(f"{first}-{last}" for first, last in found)


def releases(distribution: str = LANGSMITH) -> list[str]:
    """Every release of a distribution on PyPI, oldest first: what a range of versions admits."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "index",
        "versions",
        distribution,
        "--disable-pip-version-check",
    ]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"Available versions: (.+)", output)
    if found is None:
        raise SystemExit("pip does not say which versions there are")
    return list(reversed(found[1].split(", ")))


def _is_private(qualified: str) -> bool:
    return any(part.startswith("_") for part in qualified.split("."))


def _is_class_or_function(qualified: str) -> bool:
    """Whether a re-exported name is worth keeping: not of a private module, nor one of the thousands of types."""
    return not _is_private(qualified) and not qualified.startswith(
        ("langsmith.types.", "langsmith.resources.")
    )


def main() -> int:
    """Read the wheels and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--cache", type=Path, default=Path.home() / ".cache" / "lint-langsmith" / "wheels"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing, and fail where one differs"
    )
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    changed = False
    # langgraph-sdk is small: every release of it is read.
    for distribution, versions in (
        (LANGSMITH, VERSIONS),
        (LANGGRAPH_SDK, tuple(releases(LANGGRAPH_SDK))),
    ):
        made = (
            json.dumps(
                table(versions, options.cache, distribution),
                separators=(",", ":"),
                sort_keys=False,
            )
            + "\n"
        )
        changed |= put(
            Path(str(folder(distribution))) / "names.json", made, check=options.check
        )
    return int(changed and options.check)


if __name__ == "__main__":
    sys.exit(main())
