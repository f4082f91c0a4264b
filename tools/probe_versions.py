"""Probes releases of langsmith in virtual environments of their own and writes `lint_langsmith/sdk/data/facts-*.json`.

Usage: `python tools/probe_versions.py [VERSION …]` (all of `VERSIONS` by default; `--installed` takes the running
environment's). Needs PyPI; a version takes two to three minutes the first time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

VERSIONS: Final = (
    *("0.1.0", "0.1.77", "0.1.147", "0.2.11", "0.3.25", "0.3.45", "0.4.20", "0.6.9", "0.8.1", "0.10.18", "0.14.17"),
    "0.15.0",
)
DATA: Final = Path(__file__).parent.parent / "lint_langsmith" / "sdk" / "data"
PROBE: Final = Path(__file__).with_name("probe_sdk.py")
# What methods of some versions import when they are called, and did not ask for.
EXTRAS: Final = ("pandas", "numpy", "httpx<0.28", "setuptools")


def environment(version: str, cache: Path) -> Path:
    """The interpreter of a virtual environment with that version."""
    folder = cache / f"langsmith-{version}"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        command = [str(python), "-m", "pip", "install", "-q", f"langsmith[sandbox]=={version}", *EXTRAS]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        (folder / "ready").touch()
    return python


def probe(python: Path) -> dict[str, Any]:
    """What the probe finds with an interpreter."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LANGSMITH_", "LANGCHAIN_"))}
    result = subprocess.run([str(python), str(PROBE)], check=True, capture_output=True, timeout=1200, env=kept)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def compact(found: dict[str, Any]) -> dict[str, Any]:
    """The facts as they are shipped: methods as rows, errors as numbers."""
    errors = sorted(found["errors"])
    number = {name: index for index, name in enumerate(errors)}

    def row(method: dict[str, Any]) -> list[Any]:
        classes = [number[method[key]] if key in method else -1 for key in ("error", "org_error", "auth_error")]
        when = method["when"] if method["requests"] else "never"
        return [when, *classes, method["parameters"], method["open"], method.get("deprecated"), method.get("unless")]

    return {
        "version": found["version"],
        "errors": [[name, found["errors"][name]] for name in errors],
        "classes": {
            name: {
                "methods": {method: row(facts) for method, facts in sorted(cls["methods"].items())},
                "resources": cls["resources"],
            }
            for name, cls in sorted(found["classes"].items())
        },
        "functions": {name: row(facts) for name, facts in sorted(found["functions"].items())},
    }


def write(found: dict[str, Any]) -> Path:
    """Write the facts of one version; the file appears whole or not at all."""
    DATA.mkdir(parents=True, exist_ok=True)
    path = DATA / f"facts-{found['version']}.json"
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(compact(found), separators=(",", ":"), sort_keys=True) + "\n")
    draft.replace(path)
    return path


def main() -> None:
    """Probe the versions that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("versions", nargs="*", default=VERSIONS)
    parser.add_argument("--installed", action="store_true")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "lint-langsmith" / "venvs")
    options = parser.parse_args()
    if options.installed:
        print(write(probe(Path(sys.executable))).name)
        return
    for version in options.versions:
        path = write(probe(environment(version, options.cache)))
        print(f"{path.name}: {path.stat().st_size} bytes", flush=True)


if __name__ == "__main__":
    main()
