"""Probes releases of an SDK in virtual environments of their own and writes its facts to `lint_langsmith/sdk/data`.

Usage: `python tools/probe_versions.py [--package langgraph-sdk] [--check] [VERSION …]`: of langsmith by default, all
of its versions that are listed here, and those that were probed since; `--installed` takes the one that the running
environment has. Needs PyPI; a version takes one to two minutes the first time, and ten seconds after that.
"""

from __future__ import annotations

import argparse
import functools
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from checkout import put

from lint_langsmith.sdk.facts import LANGGRAPH_SDK, LANGSMITH, folder
from lint_langsmith.versions import parse_release

VERSIONS: Final = (
    *(
        "0.1.0",
        "0.1.77",
        "0.1.100",
        "0.1.131",
        "0.1.147",
        "0.2.11",
        "0.3.25",
        "0.3.26",
        "0.3.45",
        "0.4.20",
        "0.6.9",
    ),
    *("0.8.1", "0.9.2", "0.10.15", "0.10.18", "0.14.10", "0.14.17", "0.15.0", "0.15.1"),
)
# Each side of where the class of a 403, the key or the methods change; see `probe_deployments.py`.
DEPLOYMENT_VERSIONS: Final = (
    *(
        "0.1.0",
        "0.1.18",
        "0.1.20",
        "0.1.32",
        "0.1.43",
        "0.1.74",
        "0.2.2",
        "0.2.9",
        "0.2.10",
        "0.2.12",
        "0.2.15",
    ),
    *("0.3.15", "0.4.0", "0.4.8", "0.4.14"),
)
# Each side of where the class of a 403, or what is there at all, changes; see `probe_langchain.py`.
LANGCHAIN_VERSIONS: Final[dict[str, tuple[str, ...]]] = {
    "langchain": ("0.1.20", "0.2.12", "0.2.17", "0.3.30"),
    "langchain-classic": ("1.0.8",),
    "langchain-core": ("0.1.53", "0.3.86", "1.8.3"),
    "langchainhub": ("0.1.21",),
}
# What methods of some versions import when they are called, and did not ask for.
EXTRAS: Final = ("pandas", "numpy", "httpx<0.28", "setuptools")
# What a row of `facts.py` has where nothing is written.
_USUAL: Final[tuple[object, ...]] = (
    "never",
    -1,
    -1,
    -1,
    0,
    False,
    None,
    None,
    -1,
    None,
    False,
    None,
    {},
    None,
)
# From a release of langgraph-sdk on, the langgraph that is installed with it.
_GRAPHS: Final = (("0.1.32", ">=0.2.36,<0.6"), ("0.2.0", "==0.6.11"), ("0.3.0", ">=1"))
# Variables that the probe must not see: those that it asks about, and where this process imports from.
_NOT_PASSED: Final = ("LANGSMITH_", "LANGCHAIN_", "LANGGRAPH_", "PYTHONPATH")


class Subject(NamedTuple):
    """A package that is probed: its releases, the probe, and what is installed with a release."""

    name: str
    versions: tuple[str, ...]
    probe: tuple[str, ...]
    requirements: Callable[[str], tuple[str, ...]]

    @property
    def data(self) -> Path:
        """The folder of its facts."""
        return Path(str(folder(self.name)))


def environment(subject: Subject, version: str, cache: Path) -> Path:
    """The interpreter of a virtual environment with that version."""
    home = cache / f"{subject.name}-{version}"
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        shutil.rmtree(home, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        command = [str(python), "-m", "pip", "install", "-q", *subject.requirements(version)]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        (home / "ready").touch()
    return python


def _of_langsmith(version: str) -> tuple[str, ...]:
    return (f"langsmith[sandbox]=={version}", *EXTRAS)


def _with_graph(version: str) -> tuple[str, ...]:
    """With a langgraph that goes with the version, so that pip need not search for one."""
    chosen = [
        graph for first, graph in _GRAPHS if parse_release(version) >= parse_release(first)
    ]
    return (
        f"langgraph-sdk=={version}",
        "httpx<0.28",
        *(f"langgraph{graph}" for graph in chosen[-1:]),
    )


def _langchain(distribution: str, version: str) -> tuple[str, ...]:
    """A package of langchain's, with the one that the hub of its old releases asks for."""
    return (
        f"{distribution}=={version}",
        "langsmith",
        "langchainhub",
        "httpx<0.28",
        "setuptools",
    )


SUBJECTS: Final = {
    subject.name: subject
    for subject in (
        Subject(LANGSMITH, VERSIONS, ("probe_sdk.py",), _of_langsmith),
        Subject(LANGGRAPH_SDK, DEPLOYMENT_VERSIONS, ("probe_deployments.py",), _with_graph),
        *(
            Subject(
                name, found, ("probe_langchain.py", name), functools.partial(_langchain, name)
            )
            for name, found in LANGCHAIN_VERSIONS.items()
        ),
    )
}


def probe(python: Path, command: tuple[str, ...]) -> dict[str, Any]:
    """What a probe finds with an interpreter; its command is a tool beside this one, and its arguments."""
    script, *arguments = command
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(_NOT_PASSED)
    }
    result = subprocess.run(
        [str(python), str(Path(__file__).with_name(script)), *arguments],
        check=True,
        capture_output=True,
        timeout=1200,
        env=kept,
    )
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def compact(found: dict[str, Any]) -> dict[str, Any]:
    """The facts as they are shipped: methods as rows without what is usual at their end, errors as numbers."""
    errors = {name: index for index, name in enumerate(sorted(found["errors"]))}
    signatures: dict[str, int] = {}

    def signature(of: dict[str, Any]) -> int:
        """As in Python's own syntax, what stands behind `*` is passed by keyword alone."""
        parameters, count = of["parameters"], of["positional"]
        keyword_only = ["*", *parameters[count:]] if count < len(parameters) else []
        return signatures.setdefault(
            " ".join([*parameters[:count], *keyword_only]), len(signatures)
        )

    def row(method: dict[str, Any]) -> list[Any]:
        classes = [
            errors[method[key]] if key in method else -1
            for key in ("error", "org_error", "auth_error")
        ]
        unless = method.get("unless")
        full = [
            *(
                method["when"],
                *classes,
                signature(method),
                method["open"],
                method.get("deprecated"),
            ),
            [unless["keywords"], unless["when"]] if unless else None,
            *(
                errors.get(method.get("store_error", ""), -1),
                method.get("returns"),
                method.get("gone", False),
            ),
            *(
                method.get("public"),
                method.get("deprecated_keywords", {}),
                method.get("elements"),
            ),
        ]
        while len(full) > 1 and full[-1] == _USUAL[len(full) - 1]:
            full.pop()
        return full

    def of_class(cls: dict[str, Any]) -> dict[str, Any]:
        init = cls.get("init")
        return {
            "methods": {method: row(facts) for method, facts in sorted(cls["methods"].items())},
            "resources": cls["resources"],
            **(
                {"init": [signature(init), init["open"]], "variables": cls["variables"]}
                if init
                else {}
            ),
            **(
                {"deprecated": cls["deprecated_keywords"]}
                if cls.get("deprecated_keywords")
                else {}
            ),
        }

    classes = {name: of_class(cls) for name, cls in sorted(found["classes"].items())}
    functions = {name: row(facts) for name, facts in sorted(found["functions"].items())}
    return {
        "version": found["version"],
        "errors": {name: found["errors"][name] for name in errors},
        "signatures": list(signatures),
        "classes": classes,
        "functions": functions,
        "tracing": found["tracing"],
        "deprecated": found["deprecated"],
        **({"factories": found["factories"]} if found.get("factories") else {}),
    }


def probed(subject: Subject = SUBJECTS[LANGSMITH]) -> list[str]:
    """The releases that are listed, and those of which there are facts besides, oldest first."""
    there = {path.stem.removeprefix("facts-") for path in subject.data.glob("facts-*.json")}
    return sorted({*subject.versions, *there}, key=parse_release)


def told(compacted: dict[str, Any]) -> dict[str, object]:
    """Everything that facts say, by name, with the words in the place of their numbers."""
    errors = list(compacted["errors"])

    def row(values: list[Any]) -> list[Any]:
        classes = [
            errors[index] if index >= 0 else None for index in (*values[1:4], *values[8:9])
        ]
        signature = (
            compacted["signatures"][values[4]]
            if len(values) > 4
            else compacted["signatures"][0]
        )
        return [values[0], *classes, signature, *values[5:8], *values[9:]]

    found: dict[str, object] = {
        "tracing": compacted["tracing"],
        "deprecated": compacted["deprecated"],
    }
    for name, method in compacted["functions"].items():
        found[name] = row(method)
    for cls, facts in compacted["classes"].items():
        found[f"{cls}.variables"] = facts.get("variables")
        found[f"{cls}.resources"] = facts["resources"]
        for name, method in facts["methods"].items():
            found[f"{cls}.{name}"] = row(method)
    return found


def main() -> int:
    """Probe the versions that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("versions", nargs="*")
    parser.add_argument("--package", choices=SUBJECTS, default=LANGSMITH)
    parser.add_argument("--installed", action="store_true")
    parser.add_argument(
        "--cache", type=Path, default=Path.home() / ".cache" / "lint-langsmith" / "venvs"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing, and fail where facts differ"
    )
    options = parser.parse_args()
    subject = SUBJECTS[options.package]
    installed = (importlib.metadata.version(subject.name),) if options.installed else ()
    changed = False
    for version in installed or options.versions or probed(subject):
        found = probe(environment(subject, version, options.cache), subject.probe)
        made = json.dumps(compact(found), separators=(",", ":")) + "\n"
        changed |= put(
            subject.data / f"facts-{found['version']}.json", made, check=options.check
        )
    return int(changed and options.check)


if __name__ == "__main__":
    sys.exit(main())
