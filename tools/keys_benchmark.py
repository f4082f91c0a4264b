"""Measures the search for keys: keys that are missed, placeholders that are taken for keys, files with false hits.

    python tools/keys_benchmark.py                  everything but packages (a minute)
    python tools/keys_benchmark.py --packages       also the standard library and thirty packages from PyPI

Exit code 0 when nothing is missed and nothing is false.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import sysconfig
import tempfile
import time
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import checkout  # noqa: F401 - what is measured is the checkout, also in the processes that are started
from casebook import Keys
from key_positions import POSITIONS, encoding_of
from wheels import download

from lint_langsmith.sdk.keys import find_damaged, find_keys

PACKAGES: Final = (
    *(
        "requests",
        "flask",
        "django",
        "numpy",
        "pandas",
        "fastapi",
        "pydantic",
        "sqlalchemy",
        "boto3",
        "botocore",
    ),
    *(
        "langchain",
        "langchain-core",
        "langchain-community",
        "langgraph",
        "langgraph-sdk",
        "langsmith",
        "openai",
    ),
    *(
        "anthropic",
        "litellm",
        "llama-index-core",
        "transformers",
        "mlflow",
        "wandb",
        "langfuse",
        "sentry-sdk",
    ),
    *("cryptography", "celery", "scikit-learn", "matplotlib", "azure-core"),
)
# What first-party repositories write where a key is expected, by how often they do; and what others write.
PLACEHOLDERS: Final = (
    *(
        "test-api-key",
        "123",
        "test",
        "test-key",
        "YOUR API KEY",
        "<your-api-key>",
        "YOUR_API_KEY",
        "API_KEY",
    ),
    *(
        "secret-key",
        "override-key",
        "lsv2_pt_fake",
        "...",
        "key1",
        "xxx",
        "k",
        "super-secret-api-key-12345",
    ),
    *(
        "fake_api_key",
        "explicit-key",
        "hijacked",
        "wrong-key",
        "real-key",
        "MOCK",
        "lsv2...",
        "lsv2_...",
        "lsv2_pt_...",
    ),
    *(
        "lsv2_pt_test123",
        "lsv2_pt_your_api_key",
        "lsv2_test",
        "ls_...",
        "ls__...",
        "sk_123456",
        "****",
        "placeholder",
    ),
    *(
        "<---api key here--->",
        "{api_key}",
        "${LANGSMITH_API_KEY:-}",
        "${{ secrets.X }}",
        "$LANGCHAIN_API_KEY",
    ),
    *(
        "${env:LANGSMITH_API_KEY}",
        "na",
        "foo",
        "baz",
        "string",
        "YOUR_LICENSE_KEY",
        "ci-test-license-key",
        "",
    ),
    *(
        "EXAMPLE",
        "CHANGEME",
        "YOUR_API_KEY_HERE",
        "0000000000000000",
        "{{ langsmith_api_key }}",
        "%LANGSMITH_KEY%",
    ),
    *(
        "lsv2_pt_" + "a" * 36,
        "lsv2_pt_" + "x" * 32 + "_" + "x" * 10,
        "lsv2_pt_" + "0123456789abcdef" * 2 + "_0123456789",
    ),
    *(
        "lsv2_sk_" + "deadbeef" * 4 + "_" + "deadbeef00",
        "ls__" + "0" * 32,
        "ls__" + "1234567890abcdef" * 2,
    ),
    *(
        "lsv2_pt_" + "1" * 32,
        "LSV2_PT_" + "A" * 32,
        "lsv2_pt_XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX_XXXXXXXXXX",
    ),
)
_USES: Final = (
    ("use{}.py", "from langsmith import Client\n\nclient = Client(api_key={text!r})\n"),
    ("set{}.py", 'import os\n\nos.environ["LANGSMITH_API_KEY"] = {text!r}\n'),
    ("get{}.py", 'import os\n\nkey = os.getenv("LANGSMITH_API_KEY", {text!r})\n'),
    ("env{}.env", "LANGSMITH_API_KEY={text}\n"),
    ("yaml{}.yaml", "services:\n  a:\n    environment:\n      LANGSMITH_API_KEY: {text!r}\n"),
    ("docs{}.md", "    export LANGSMITH_API_KEY={text}\n"),
)


class Result(NamedTuple):
    """One measurement: what was tried, and what went wrong, in words without keys."""

    name: str
    tried: int
    wrong: tuple[str, ...]


def made_up_keys(count: int, seed: int) -> Iterator[str]:
    """Keys as LangSmith issues them: a random UUID of version 4 and ten more digits, of both kinds in turn."""
    source = random.Random(seed)  # noqa: S311 - the same keys in each run
    for number in range(count):
        body = uuid.UUID(int=source.getrandbits(128), version=4).hex
        yield f"lsv2_{'sk' if number % 2 else 'pt'}_{body}_{source.getrandbits(40):010x}"


def missed_keys(count: int, seed: int = 1) -> Result:
    """Current keys that are not found, each in a line of text; half as many legacy, a quarter as many cut ones."""
    wrong = [
        f"key {number}"
        for number, key in enumerate(made_up_keys(count, seed))
        if not _is_found(key)
    ]
    source = random.Random(seed)  # noqa: S311 - the same keys in each run
    legacy = [f"ls__{source.getrandbits(128):032x}" for _ in range(count // 2)]
    wrong += [f"legacy key {number}" for number, key in enumerate(legacy) if not _is_found(key)]
    cut = [key[:40] for key in made_up_keys(count // 4, seed)]
    wrong += [
        f"cut key {n}" for n, key in enumerate(cut) if not any(find_damaged(f"a {key}\n"))
    ]
    return Result("keys", count + len(legacy) + len(cut), tuple(wrong))


def _is_found(key: str) -> bool:
    return [found.value for found in find_keys(f'a = "{key}"\n')] == [key]


def missed_positions(root: Path, seed: str = "positions") -> Result:
    """Positions in which a key is not found; `root` is an empty directory."""
    keys = Keys(seed)
    for name, (relative, text) in POSITIONS.items():
        path = root / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(keys.fill(text).encode(encoding_of(name)))
    (root / "pyproject.toml").touch()
    found = {finding["path"] for finding in lint(root, "--select", "LS101")}
    missed = tuple(name for name, (relative, _) in POSITIONS.items() if relative not in found)
    return Result("positions", len(POSITIONS), missed)


def false_placeholders(root: Path) -> Result:
    """Placeholders that are taken for keys, in any of the places where a key is expected; `root` is empty."""
    (root / "pyproject.toml").touch()
    for number, text in enumerate(PLACEHOLDERS):
        for name, template in _USES:
            (root / name.format(number)).write_text(template.format(text=text))
    found = [f"{item['path']}: {item['code']}" for item in lint(root, "--select", "LS1")]
    return Result("placeholders", len(PLACEHOLDERS) * len(_USES), tuple(found))


def false_hits(folder: Path, name: str) -> Result:
    """Findings about keys in a folder in which there are none; what counts as tried are files that were linted."""
    found = lint(folder, "--select", "LS1")
    count = len(_run(folder, "--show-files").splitlines())
    wrong = [f"{item['path']}:{item['line']}: {item['code']}" for item in found]
    return Result(name, count, tuple(wrong if count else ["no file was linted"]))


def lint(folder: Path, *options: str) -> list[dict[str, str]]:
    """The findings of the linter in a folder."""
    found: list[dict[str, str]] = json.loads(_run(folder, "-f", "json", *options))["findings"]
    return found


def _run(folder: Path, *options: str) -> str:
    """What the linter prints about a folder, whether or not git ignores what is in it."""
    with tempfile.TemporaryDirectory() as place:
        config = Path(place, "lint-langsmith.toml")
        config.write_text("respect-gitignore = false\n", encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "lint_langsmith",
            "check",
            ".",
            "--config",
            str(config),
            *options,
        ]
        result = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False
        )
    if result.returncode == 2:
        raise RuntimeError(result.stderr)
    return result.stdout


def packages(folder: Path) -> Iterator[Result]:
    """False hits in the standard library and in packages from PyPI."""
    yield false_hits(Path(sysconfig.get_path("stdlib")), "standard library")
    for package in PACKAGES:
        target = folder / package
        target.mkdir()
        try:
            download(package, target)
        except subprocess.CalledProcessError:
            print(f"{package}: could not be downloaded")
            continue
        for wheel in target.glob("*.whl"):
            zipfile.ZipFile(wheel).extractall(target / "src")
            wheel.unlink()
        yield false_hits(target, package)


def main() -> int:
    """Run the measurements that the arguments ask for and print a line for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--keys", type=int, default=200_000, metavar="N", help="how many keys to make up"
    )
    parser.add_argument(
        "--packages", action="store_true", help="also look for false hits in packages"
    )
    options = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in ("positions", "placeholders", "packages"):
            (root / name).mkdir()
        started = time.perf_counter()
        for result in _measurements(options.keys, root, with_packages=options.packages):
            seconds = time.perf_counter() - started
            print(
                f"{result.name:<22} {result.tried:>7} tried {len(result.wrong):>4} wrong {seconds:>7.1f} s",
                flush=True,
            )
            for line in result.wrong[:20]:
                print(f"    {line}")
            wrong += len(result.wrong)
            started = time.perf_counter()
    return int(wrong > 0)


def _measurements(count: int, root: Path, *, with_packages: bool) -> Iterator[Result]:
    yield missed_keys(count)
    yield missed_positions(root / "positions")
    yield false_placeholders(root / "placeholders")
    if with_packages:
        yield from packages(root / "packages")


if __name__ == "__main__":
    sys.exit(main())
