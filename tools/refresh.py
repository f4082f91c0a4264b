"""Makes every table and every generated page of the checkout anew, and checks that they are then as they should be.

    python tools/refresh.py                 every release that was probed, and the newest on PyPI (half an hour)
    python tools/refresh.py --installed     of the behaviour only that of the release that is installed here (minutes)
    python tools/refresh.py --check         write nothing: what would change

Each step is a command of its own, in an order in which each finds what it needs. After a refresh all of them run once
more and must find nothing to change; the release that is installed is asked, too, whether it does what the newest table
says. The exit code is 1 where a table is not as it should be, with `--check` where it would be written.
Needs PyPI and npm; what was downloaded once is kept in `~/.cache/lint-langsmith`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from checkout import DATA, ROOT

from lint_langsmith.sdk.facts import LANGSMITH
from lint_langsmith.versions import parse_release

# What a step makes is what the ones below it read.
STEPS: Final = (
    ("what releases do on a 403", "probe_versions.py"),
    ("what a deployment's clients do on a 403", "probe_versions.py --package langgraph-sdk"),
    *(
        (f"what clients in {name} do on a 403", f"probe_versions.py --package {name}")
        for name in ("langchain", "langchain-classic", "langchain-core", "langchainhub")
    ),
    ("names in releases", "sdk_names.py"),
    ("results of methods", "sdk_results.py"),
    ("which releases require which", "family.py"),
    ("variables that packages read", "sdk_variables.py"),
    ("variables that other programs read", "foreign_variables.py"),
    ("classes that take other providers' keys", "provider_clients.py"),
    ("JSON schema of the configuration", "settings_schema.py"),
    ("generated parts of the documentation", "readme.py"),
)


def step(tool: str, *arguments: str) -> bool:
    """Run a tool; whether it ended well."""
    return (
        subprocess.run(
            [sys.executable, str(ROOT / "tools" / tool), *arguments], check=False, cwd=ROOT
        ).returncode
        == 0
    )


def steps(probe: Sequence[str], *arguments: str) -> list[str]:
    """Run all tools, with `probe` for the first; what those make that did not end well."""
    wrong = []
    for what, tool in STEPS:
        print(f"{what} ({tool})", flush=True)
        if not step(*tool.split(), *arguments, *(probe if tool == "probe_versions.py" else ())):
            wrong.append(what)
    return wrong


def differences() -> list[str]:
    """What the installed release does otherwise than the newest table says, by name."""
    from probe_versions import compact, told

    output = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "probe_sdk.py")], check=True, capture_output=True
    ).stdout
    here = told(compact(json.loads(output)))
    newest = max(
        DATA.glob("facts-*.json"),
        key=lambda path: parse_release(path.stem.removeprefix("facts-")),
    )
    there = told(json.loads(newest.read_text(encoding="utf-8")))
    # What needs packages that may be missing here was asked in an environment that has them.
    extra = {
        f"langsmith.client.Client.{name}" for name in ("upload_dataframe", "get_test_results")
    }
    extra |= {name for name in there if name.startswith(("langchain", "langsmith.sandbox"))}
    return sorted(name for name in {*here, *there} - extra if here.get(name) != there.get(name))


def main() -> int:
    """Refresh, and check."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--installed", action="store_true", help="probe only the release that is installed here"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing, and fail where a table differs"
    )
    options = parser.parse_args()
    probe: Sequence[str] = ("--installed",) if options.installed else _to_probe()
    if options.check:
        return _verdict(steps(probe, "--check"), "out of date")
    failed = steps(probe)
    if failed:
        return _verdict(failed, "not made")
    print("\nonce more, to see that nothing changes")
    return _verdict([*steps(probe, "--check"), *differences()], "not as it should be")


def _to_probe() -> list[str]:
    from probe_versions import probed
    from wheel_names import releases

    return sorted({*probed(), releases(LANGSMITH)[-1]}, key=parse_release)


def _verdict(wrong: Sequence[str], words: str) -> int:
    for name in wrong:
        print(f"{words}: {name}")
    if not wrong:
        print("every table is up to date")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
