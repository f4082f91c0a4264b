"""Writes which names the releases of each package have, and with which arguments, from the wheels of all of them.

Of each package `names.json` and `signatures.json` go to `lint_langsmith/sdk/data`. A release is read once: what the
tables say of it is kept, and the wheels of new releases alone are downloaded. `--all` reads every release anew, which
a change of this tool asks for (476 wheels of langsmith take ten minutes, and as long to download).

Usage: `python tools/sdk_names.py [--check] [--all] [--cache DIR] [PACKAGE …]` (needs PyPI).
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from checkout import put
from wheel_names import Wheel, package_of, releases
from wheels import wheel

from lint_langsmith.sdk.facts import folder, probed_versions
from lint_langsmith.sdk.names import LISTED, OWNER, settled
from lint_langsmith.versions import parse_release

# What `sdk_variables.py` and `sdk_results.py` read: each minor line at its beginning and end, and the releases at which
# the knowledge of the SDK turns.
_CHOSEN: Final = (
    *("0.0.5", "0.0.20", "0.0.40", "0.0.60", "0.0.75", "0.0.92", "0.1.0", "0.1.25", "0.1.50"),
    *(
        "0.1.77",
        "0.1.85",
        "0.1.100",
        "0.1.112",
        "0.1.125",
        "0.1.131",
        "0.1.147",
        "0.2.0",
        "0.2.11",
    ),
    *("0.3.0", "0.3.9", "0.3.25", "0.3.26", "0.3.45", "0.4.0", "0.4.9", "0.4.20", "0.4.40"),
    *("0.4.60", "0.5.0", "0.5.2", "0.6.0", "0.6.5", "0.6.9", "0.7.0", "0.7.20", "0.7.38"),
    *("0.8.0", "0.8.1", "0.8.18", "0.9.0", "0.9.2", "0.9.8", "0.10.0", "0.10.2", "0.10.15"),
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
    ),
    *("0.14.17", "0.15.0"),
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
# Classes whose attributes programs use, wherever a release keeps them.
_CLASSES: Final = frozenset(
    {
        *("Client", "AsyncClient", "Langsmith", "AsyncLangsmith", "SandboxClient"),
        *("AsyncSandboxClient", "Sandbox", "AsyncSandbox", "RunTree"),
    }
)
# Those of generated clients: each resource, and what gives its answers raw or as streams.
_GENERATED: Final = re.compile(
    r"(?:Async)?(?:\w+Resource|Langsmith)(?:With(?:Raw|Streaming|Streamed)Response)?"
)
# The classes of langgraph-sdk: its clients and their resources.
_DEPLOYMENT: Final = re.compile(
    r"(?:Sync)?(?:LangGraph|Assistants|Threads|Runs|Cron|Store|Http)Client"
)
# Those of langchain's packages. What they inherit from other packages is not in their wheels: no attributes are told.
_LANGCHAIN: Final = re.compile(
    r"LangChainTracer(?:V1)?|EvaluatorCallbackHandler|RunCollectorCallbackHandler|LangSmithLoader|Client"
)
# Generated, with a signature for each of hundreds of methods: the facts have those of the releases that matter.
_WITHOUT_SIGNATURES: Final = ("langsmith.types", "langsmith.resources")


class Release(NamedTuple):
    """What one release has: by module and class its names, by function and method its signature, what it exports."""

    modules: Mapping[str, frozenset[str]]
    classes: Mapping[str, frozenset[str]]
    signatures: Mapping[str, str]
    exports: Mapping[str, str]


def release_of(path: Path, distribution: str) -> Release:
    """What the wheel of a release says."""
    found = Wheel(path, package_of(distribution))
    told = [name for name in found.modules if is_listed(name, distribution)]
    classes = [item for item in found.classes() if item[0] in told and _is_told(*item)]
    exports = {
        name: to
        for name, to in found.exports().items()
        if is_listed(name, distribution) and _is_class_or_function(name)
    }
    return Release(
        {module: found.names(module) for module in told},
        {
            settled(".".join(item)): found.members(*item)
            for item in classes
            if _is_whole(item[0])
        },
        dict(_signatures(found, told, classes)),
        exports,
    )


def is_listed(name: str, distribution: str) -> bool:
    """Whether a module is one whose names are in the table: of langsmith and langgraph-sdk all are."""
    return any(name == root or name.startswith(f"{root}.") for root in LISTED[distribution])


def _signatures(
    found: Wheel, told: Sequence[str], classes: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """The signatures of public functions, of methods, and of classes under their own names."""
    for module in told:
        if not _is_private(module) and not module.startswith(_WITHOUT_SIGNATURES):
            for name, signature in found.modules[module].names.signatures.items():
                yield f"{module}.{name}", signature
    for module, name in classes:
        qualified = settled(f"{module}.{name}")
        if _GENERATED.fullmatch(name) is None or _DEPLOYMENT.fullmatch(name):
            for method, signature in found.method_signatures(module, name).items():
                yield qualified if method == "__init__" else f"{qualified}.{method}", signature


def _is_whole(module: str) -> bool:
    """Whether all that the classes of a module inherit is known: what their own package has, and pydantic."""
    return module.startswith(("langsmith", "langgraph_sdk", "langchainhub"))


def _is_told(module: str, name: str) -> bool:
    """Whether the attributes or signatures of a class are in the table."""
    if module.startswith("langgraph_sdk."):
        return _DEPLOYMENT.fullmatch(name) is not None
    if not module.startswith("langsmith"):
        return _LANGCHAIN.fullmatch(name) is not None
    return name in _CLASSES or (
        (".resources." in module or module.endswith("._client"))
        and _GENERATED.fullmatch(name) is not None
    )


def _is_private(qualified: str) -> bool:
    return any(part.startswith("_") for part in qualified.split("."))


def _is_class_or_function(qualified: str) -> bool:
    """Whether a re-exported name is worth keeping: not of a private module, nor one of the thousands of types."""
    return not _is_private(qualified) and not qualified.startswith(_WITHOUT_SIGNATURES)


# -- tables ----------------------------------------------------------------------------------------------------------


class Tables:
    """What is known of the releases of a package: each name, and each signature, with the releases that have it."""

    def __init__(self, names: Mapping[str, object], signatures: Mapping[str, object]) -> None:
        """Both are the content of a file; empty for none."""
        self.versions: list[str] = list(_items(names, "versions"))
        self._private = set(_items(names, "private"))
        exports = names.get("exports", {})
        self._exports: dict[str, str] = dict(exports) if isinstance(exports, dict) else {}
        self._rows: dict[str, dict[str, dict[str, set[str]]]] = {
            kind: {
                owner: self._unpacked(groups) for owner, groups in _mapping(names, kind).items()
            }
            for kind in ("modules", "classes")
        }
        self._rows["signatures"] = {
            name: {text: self._in_runs(key) for key, text in groups.items()}
            for name, groups in signatures.items()
            if isinstance(groups, dict)
        }

    def add(self, version: str, release: Release) -> None:
        """Take in what one release has."""
        is_newest = all(parse_release(version) > parse_release(one) for one in self.versions)
        self.versions.append(version)
        for owner, names in release.modules.items():
            if _is_private(owner):
                # What is in it is nobody's business: no name of it is ever reported.
                self._private.add(owner)
            else:
                self._put("modules", owner, names, version)
        for owner, names in release.classes.items():
            self._put("classes", owner, names, version)
        for name, text in release.signatures.items():
            rows = self._rows["signatures"].setdefault(name, {})
            rows.setdefault(text, set()).add(version)
        # Of a thing that moved, where the newest release has it.
        kept = (
            (self._exports, release.exports) if is_newest else (release.exports, self._exports)
        )
        self._exports = {**kept[0], **kept[1]}

    def _put(self, kind: str, owner: str, names: frozenset[str], version: str) -> None:
        rows = self._rows[kind].setdefault(owner, {})
        for name in (OWNER, *names):
            if not name.startswith("_") or name == "__version__":
                rows.setdefault(name, set()).add(version)

    def _unpacked(self, groups: Mapping[str, str]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for key, names in groups.items():
            found.update((name, self._in_runs(key)) for name in names.split())
        return found

    def _in_runs(self, key: str) -> set[str]:
        found: set[str] = set()
        for run in key.split(","):
            first, _, last = run.partition("-")
            found.update(self.versions[int(first) : int(last) + 1])
        return found

    def stored(self) -> tuple[dict[str, object], dict[str, object]]:
        """The content of the two files."""
        self.versions.sort(key=parse_release)
        place = {version: index for index, version in enumerate(self.versions)}
        names: dict[str, object] = {
            "versions": self.versions,
            "modules": _grouped_all(self._rows["modules"], place),
            "private": sorted(self._private),
            "classes": _grouped_all(self._rows["classes"], place),
            "exports": dict(sorted(self._exports.items())),
        }
        signatures: dict[str, object] = {}
        for name, texts in sorted(self._rows["signatures"].items()):
            groups = {_runs(found, place): text for text, found in texts.items()}
            signatures[name] = dict(sorted(groups.items()))
        return names, signatures


def _items(content: Mapping[str, object], key: str) -> Sequence[str]:
    found = content.get(key, ())
    return found if isinstance(found, list) else ()


def _mapping(content: Mapping[str, object], key: str) -> dict[str, dict[str, str]]:
    found = content.get(key, {})
    return found if isinstance(found, dict) else {}


def _grouped_all(
    rows: Mapping[str, Mapping[str, set[str]]], place: Mapping[str, int]
) -> dict[str, dict[str, str]]:
    return {owner: _grouped(found, place) for owner, found in sorted(rows.items())}


def _grouped(rows: Mapping[str, set[str]], place: Mapping[str, int]) -> dict[str, str]:
    """The names by the runs of releases that have them: `{"0-12,20-58": "a b"}`."""
    groups: dict[str, list[str]] = {}
    for name, versions in sorted(rows.items()):
        groups.setdefault(_runs(versions, place), []).append(name)
    return {key: " ".join(found) for key, found in sorted(groups.items())}


def _runs(versions: set[str], place: Mapping[str, int]) -> str:
    """The indices of releases as runs: `0-3,5-5`."""
    found: list[list[int]] = []
    for index in sorted(place[version] for version in versions):
        if found and index == found[-1][1] + 1:
            found[-1][1] = index
        else:
            found.append([index, index])
    return ",".join(f"{first}-{last}" for first, last in found)


# -- files -----------------------------------------------------------------------------------------------------------


def read(path: Path) -> dict[str, object]:
    """The content of a table; nothing where there is none yet."""
    found: dict[str, object] = (
        json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    )
    return found


def refresh(distribution: str, cache: Path, *, anew: bool, check: bool) -> bool:
    """Bring the tables of a package up to its newest release; whether they were not."""
    data = Path(str(folder(distribution)))
    paths = (data / "names.json", data / "signatures.json")
    served = releases(distribution)
    stored = ({}, {}) if anew else (read(paths[0]), read(paths[1]))
    if not set(_items(stored[0], "versions")) <= set(served):
        stored = ({}, {})  # a release was withdrawn: no installer chooses it any more
    tables = Tables(*stored)
    for version in served:
        if version not in tables.versions:
            tables.add(version, release_of(wheel(distribution, version, cache), distribution))
    changed = False
    for path, content in zip(paths, tables.stored(), strict=True):
        text = json.dumps(content, separators=(",", ":")) + "\n"
        changed |= put(path, text, check=check)
    return changed


def main() -> int:
    """Read the wheels and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", default=tuple(LISTED))
    parser.add_argument(
        "--cache", type=Path, default=Path.home() / ".cache" / "lint-langsmith" / "wheels"
    )
    parser.add_argument("--all", action="store_true", help="read every release anew")
    parser.add_argument(
        "--check", action="store_true", help="write nothing, and fail where one differs"
    )
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    changed = False
    for distribution in options.packages:
        changed |= refresh(distribution, options.cache, anew=options.all, check=options.check)
    return int(changed and options.check)


if __name__ == "__main__":
    sys.exit(main())
