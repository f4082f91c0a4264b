#!/usr/bin/env python3
"""Writes `lint_langsmith/sdk/data/variables.json`: the environment variables that LangSmith's packages read.

The packages are read as text, never imported: Python wheels by their syntax trees, the JavaScript packages by the
calls that read variables. Usage: `python tools/sdk_variables.py [--check] [--cache DIR]` (needs PyPI, npm).
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from checkout import DATA, put
from sdk_names import VERSIONS
from wheels import download

from lint_langsmith.versions import parse_release

# The releases on both sides of the one from which on langsmith reads a variable that people set. They were found by
# halving, and those of 0.1 by running them (`LANGSMITH_PROJECT` of 0.1.45 leaves the project `default`).
_TURNS: Final = (
    *("0.0.26", "0.0.27"),  # LANGCHAIN_TRACING_V2
    *("0.0.33", "0.0.34"),  # LANGCHAIN_HIDE_INPUTS, LANGCHAIN_HIDE_OUTPUTS
    *("0.0.83", "0.0.84"),  # LANGCHAIN_TRACING_SAMPLING_RATE
    *("0.1.24", "0.1.25"),  # LANGSMITH_API_KEY, LANGSMITH_ENDPOINT, LANGSMITH_RUNS_ENDPOINTS
    *("0.1.45", "0.1.46"),  # LANGSMITH_TRACING, LANGSMITH_PROJECT, LANGSMITH_HIDE_INPUTS, …
    *("0.3.17", "0.3.18"),  # OTEL_ENABLED
    *("0.3.39", "0.3.40"),  # HIDE_METADATA
    *("0.4.19", "0.4.20"),  # WORKSPACE_ID
)
# `newest` is resolved when the tool runs and written down as what it was. Before 0.1 langsmith read variables by hand.
PACKAGES: Final[dict[str, tuple[str, ...]]] = {
    "langsmith": tuple(sorted({*VERSIONS, *_TURNS}, key=parse_release)),
    "langchain-core": (
        "0.1.0",
        "0.1.52",
        "0.2.43",
        "0.3.0",
        "0.3.29",
        "0.3.79",
        "1.0.0",
        "newest",
    ),
    "langchain": ("0.0.352", "0.1.20", "0.2.17", "0.3.27", "newest"),
    "langchain-community": ("0.0.38", "0.2.19", "0.3.31", "newest"),
    "langchain-classic": ("newest",),
    "langgraph": ("newest",),
    "langgraph-api": ("newest",),
    "langgraph-cli": ("newest",),
    "langgraph-sdk": ("newest",),
    "langserve": ("newest",),
}
NODE_PACKAGES: Final = (
    "langsmith",
    "@langchain/core",
    "@langchain/langgraph-api",
    "@langchain/langgraph-sdk",
)
OUTPUT: Final = DATA / "variables.json"

VARIABLE: Final = re.compile(
    r"(?:LANGSMITH|LANGCHAIN)_[A-Z][A-Z0-9_]*|HOSTED_LANGSERVE_[A-Z_]+"
)
# What a look-up is called: the standard library's, the SDK's own, starlette's and langchain-core's helpers.
READERS: Final = frozenset(
    {
        *(
            "get",
            "getenv",
            "pop",
            "setdefault",
            "env",
            "_get_env",
            "get_env",
            "get_env_var",
            "env_var_is_set",
            "env_var_get",
        ),
        *("get_from_env", "get_from_dict_or_env", "from_env", "secret_from_env", "config"),
    },
)
NODE_READ: Final = re.compile(
    r"""getLangSmithEnvironmentVariable\(\s*["'](?P<both>[A-Z0-9_]+)["']"""
    r"""|(?:getEnvironmentVariable|getEnvironmentVariableWithFallback|readEnv)\(\s*["'](?P<one>[A-Z0-9_]+)["']"""
    r"""|process\.env(?:\.(?P<dotted>[A-Z0-9_]+)|\[["'](?P<item>[A-Z0-9_]+)["']\])""",
)
PREFIXES: Final = ("LANGSMITH", "LANGCHAIN")


class Found(NamedTuple):
    """The variables that a release of a package reads, and those that it names in any other way."""

    reads: frozenset[str]
    names: frozenset[str]


def wheel(package: str, version: str, cache: Path) -> Path:
    """The wheel of a release, downloaded once."""
    stem = package.replace("-", "_")
    found = sorted(cache.glob(f"{stem}-{version}-*.whl")) if version != "newest" else []
    if not found:
        before = set(cache.glob(f"{stem}-*.whl"))
        download(package if version == "newest" else f"{package}=={version}", cache)
        after = set(cache.glob(f"{stem}-*.whl"))
        found = (
            sorted(after - before) or sorted(after, key=lambda path: path.stat().st_mtime)[-1:]
        )
    return found[0]


def trees(path: Path) -> Iterator[ast.Module]:
    """The modules of a wheel."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".py"):
                try:
                    yield ast.parse(archive.read(name))
                except (SyntaxError, ValueError):  # templates of projects are no Python
                    continue


def scan_wheel(path: Path) -> Found:
    """The variables of a wheel."""
    modules = list(trees(path))
    namespaces = default_namespaces(modules)
    reads: set[str] = set()
    names: set[str] = set()
    for tree in modules:
        constants = module_constants(tree)
        for node in ast.walk(tree):
            reads.update(read_by(node, constants, namespaces))
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and VARIABLE.fullmatch(node.value)
            ):
                names.add(node.value)
    return Found(frozenset(filter(VARIABLE.fullmatch, reads)), frozenset(names))


def default_namespaces(modules: list[ast.Module]) -> tuple[str, ...]:
    """The prefixes that the package's own `get_env_var` tries."""
    for tree in modules:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name == "get_env_var":
                for argument, default in zip(
                    node.args.kwonlyargs, node.args.kw_defaults, strict=True
                ):
                    if argument.arg == "namespaces" and isinstance(default, ast.Tuple):
                        return tuple(strings(default))
    return PREFIXES


def module_constants(tree: ast.Module) -> dict[str, str]:
    """The names of a module that stand for one string."""
    found: dict[str, str] = {}
    for statement in ast.walk(tree):
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            for target in statement.targets:
                if isinstance(target, ast.Name) and isinstance(statement.value.value, str):
                    found[target.id] = statement.value.value
    return found


def read_by(
    node: ast.AST, constants: dict[str, str], namespaces: tuple[str, ...]
) -> Iterator[str]:
    """The variables that one node of a tree reads."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield from texts([node.slice], constants)
    elif isinstance(node, ast.Compare) and any(
        isinstance(op, (ast.In, ast.NotIn)) for op in node.ops
    ):
        yield from texts([node.left], constants)
    elif isinstance(node, ast.Call):
        name = last_name(node.func)
        found = list(texts(node.args, constants))
        if name in READERS:
            yield from found
        if name in {"get_env_var", "is_env_var_truish"}:
            own = next((kw.value for kw in node.keywords if kw.arg == "namespaces"), None)
            prefixes = tuple(strings(own)) if own is not None else namespaces
            first = list(texts(node.args[:1], constants))
            yield from (f"{prefix}_{text}" for text in first for prefix in prefixes)


def texts(nodes: list[ast.expr], constants: dict[str, str]) -> Iterator[str]:
    """The strings that expressions stand for: literals, tuples of them, constants of the module."""
    for node in nodes:
        if isinstance(node, (ast.Tuple, ast.List)):
            yield from texts(node.elts, constants)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Name) and node.id in constants:
            yield constants[node.id]


def strings(node: ast.AST) -> Iterator[str]:
    """All string constants below a node."""
    return (
        inner.value
        for inner in ast.walk(node)
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str)
    )


def last_name(node: ast.expr) -> str:
    """`c` of `a.b.c`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def scan_node_package(package: str, cache: Path) -> tuple[str, Found]:
    """The newest version of an npm package, and its variables."""
    result = subprocess.run(
        ["npm", "pack", "--silent", package],
        cwd=cache,
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    archive = cache / result.stdout.split()[-1]
    reads: set[str] = set()
    names: set[str] = set()
    with tarfile.open(archive) as opened:
        for member in opened.getmembers():
            if not re.search(r"\.(?:js|cjs|mjs|mts|ts)$", member.name) or member.name.endswith(
                ".d.ts"
            ):
                continue
            extracted = opened.extractfile(member)
            text = extracted.read().decode("utf-8", "replace") if extracted is not None else ""
            names.update(re.findall(rf"[\"'`]({VARIABLE.pattern})[\"'`]", text))
            for match in NODE_READ.finditer(without_comments(text)):
                if match["both"]:
                    reads.update(f"{prefix}_{match['both']}" for prefix in PREFIXES)
                else:
                    reads.add(match["one"] or match["dotted"] or match["item"])
    version = archive.name.removesuffix(".tgz").rpartition("-")[2]
    return version, Found(frozenset(filter(VARIABLE.fullmatch, reads)), frozenset(names))


def without_comments(text: str) -> str:
    """JavaScript without block comments, where examples stand."""
    return re.sub(r"(?s)/\*.*?\*/", "", text)


def collect(cache: Path) -> dict[str, object]:
    """The whole table: for each package its releases, for each variable the first and last release that reads it."""
    releases: dict[str, list[str]] = {}
    reads: dict[str, dict[str, list[int]]] = defaultdict(dict)
    names: set[str] = set()
    for package, versions in PACKAGES.items():
        releases[package] = []
        for index, version in enumerate(versions):
            path = wheel(package, version, cache)
            releases[package].append(path.name.split("-")[1])
            found = scan_wheel(path)
            names |= found.names
            for variable in found.reads:
                row = reads[variable].setdefault(package, [index, index])
                row[1] = index
    for package in NODE_PACKAGES:
        version, found = scan_node_package(package, cache)
        key = f"npm:{package}"
        releases[key] = [version]
        names |= found.names
        for variable in found.reads:
            reads[variable][key] = [0, 0]
    variables = {name: dict(sorted(reads[name].items())) for name in sorted(reads)}
    return {
        "releases": releases,
        "variables": variables,
        "named": sorted(names - variables.keys()),
    }


def main() -> int:
    """Scan and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--cache", type=Path, default=Path.home() / ".cache" / "lint-langsmith" / "packages"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing, and fail where it differs"
    )
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    return int(
        put(OUTPUT, json.dumps(collect(options.cache), indent=1) + "\n", check=options.check)
        and options.check
    )


if __name__ == "__main__":
    sys.exit(main())
