"""Finds where LangChain's packages export the classes that take another provider's key: `sdk/data/neighbours.json`.

    python tools/provider_clients.py [--check] [--cache DIR]

Downloads some releases of the packages and reads their wheels; nothing of them is run. A class counts that has, or
inherits within its package, a field `openai_api_key` (or the like) and the provider's name in its own.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from checkout import DATA, put
from wheels import wheel

RELEASES: Final = (
    *(
        "langchain==0.0.354",
        "langchain==0.1.20",
        "langchain==0.2.17",
        "langchain==0.3.27",
        "langchain-classic==1.0.0",
    ),
    *(
        "langchain-community==0.0.38",
        "langchain-community==0.2.19",
        "langchain-community==0.3.30",
    ),
    *("langchain-openai==0.1.25", "langchain-openai==0.3.35", "langchain-openai==1.0.0"),
    *(
        "langchain-anthropic==0.1.23",
        "langchain-anthropic==0.3.22",
        "langchain-groq==0.1.10",
        "langchain-groq==0.3.8",
    ),
)
FIELDS: Final = {
    "openai_api_key": "OpenAI",
    "anthropic_api_key": "Anthropic",
    "groq_api_key": "Groq",
}
OUTPUT: Final = DATA / "neighbours.json"


class Module(NamedTuple):
    """A module of a wheel, by its dotted name."""

    name: str
    tree: ast.Module


def modules(wheel: Path) -> Iterator[Module]:
    """The public modules of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        for path in archive.namelist():
            dotted = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            if path.endswith(".py") and not any(
                part.startswith("_") for part in dotted.split(".")
            ):
                yield Module(dotted, ast.parse(archive.read(path)))


def keyed_classes(found: list[Module]) -> dict[str, str]:
    """The providers of classes by the names of the classes."""
    classes = [
        node
        for module in found
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    ]
    providers: dict[str, str] = {}
    grown = True
    while grown:
        before = len(providers)
        for node in classes:
            rows = [row.target for row in node.body if isinstance(row, ast.AnnAssign)]
            fields = [target.id for target in rows if isinstance(target, ast.Name)]
            bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
            owners = [FIELDS[field] for field in fields if field in FIELDS]
            owners += [providers[base] for base in bases if base in providers]
            if owners:
                providers.setdefault(node.name, owners[0])
        grown = len(providers) > before
    return providers


def is_own(name: str, provider: str) -> bool:
    """Whether a class is the provider's by its name: others take its key's field along, and send it elsewhere."""
    return (
        provider in name
        and not any(word in name for word in ("Azure", "VLLM"))
        and not name.startswith(("_", "Base"))
    )


def exported(module: Module) -> Iterator[str]:
    """The names that a module has: classes, imports, and what its `__getattr__` looks up in a table."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Dict):
            yield from (
                key.value
                for key in node.keys
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            )


def main() -> int:
    """Write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--cache", type=Path, default=Path.home() / ".cache" / "lint-langsmith" / "providers"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing, and fail where it differs"
    )
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    wheels = []
    for release in RELEASES:
        distribution, _, version = release.partition("==")
        wheels.append(list(modules(wheel(distribution, version, options.cache))))
    providers: dict[str, str] = {}
    for read in wheels:
        providers.update(
            (name, owner) for name, owner in keyed_classes(read).items() if is_own(name, owner)
        )
    rows = {
        f"{module.name}.{name}": providers[name]
        for read in wheels
        for module in read
        for name in exported(module)
        if name in providers and module.name.startswith("langchain")
    }
    made = json.dumps(rows, indent=1, sort_keys=True) + "\n"
    return int(put(OUTPUT, made, check=options.check) and options.check)


if __name__ == "__main__":
    sys.exit(main())
