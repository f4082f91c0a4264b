"""The speed of lint-langsmith beside its peers, on this machine: `python benchmarks/compare.py`.

    python benchmarks/compare.py --readme        # all of it, and the table into README.md
    python benchmarks/compare.py --only one_file --runs 15

Everything that is compared runs in turn, A B A B, and the ratio is taken pair by pair: what the machine does to one run
it does to the next. Printed are medians. Nothing third-party is in the repository: the trees are unpacked from pinned
wheels, each peer gets a virtual environment of its own, and both are kept in a folder outside of it (`--work`).
"""

from __future__ import annotations

import argparse
import base64
import datetime as dt
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import time
import venv
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
PEERS = {
    "ruff": "ruff==0.17.6",
    "bandit": "bandit==1.9.4",
    "fixit": "fixit==2.2.1",
    "flake8": "flake8==7.5.0",
    "detect-secrets": "detect-secrets==1.5.0",
    "kingfisher": "kingfisher-bin==2.14.0",
}
TREE = (
    *(
        "django==5.2.19",
        "pandas==3.1.1",
        "sqlalchemy==2.1.9",
        "sympy==1.14.0",
        "transformers==5.23.0",
    ),
    *(
        "langchain==1.5.0",
        "langchain-core==1.8.2",
        "langchain-classic==1.0.8",
        "langchain-community==0.4.2",
    ),
    *("langgraph==1.2.22",),
)
APPLICATION = ("langchain-benchmarks==0.0.14", "openevals==0.2.2")
HEAVY = ("langsmith==0.15.0", *TREE[5:])
TARGET = (
    "--only-binary",
    ":all:",
    "--python-version",
    "3.11",
    "--platform",
    "manylinux_2_28_x86_64",
)
OURS = "lint-langsmith"
RUFF_RULES = "S105,S106,S107,BLE,TRY"


class Run(NamedTuple):
    """One run of a command: seconds of wall clock and of processor, and the largest process in bytes."""

    wall: float
    cpu: float
    memory: int


class Result(NamedTuple):
    """One line of the table: the ratio that is asked for, the bar, and the medians on both sides.

    `bare` is the ratio of what no linter with libcst can do without (`bare.py`), where that was measured as well.
    """

    work: str
    against: str
    ratio: float
    bar: float
    ours: float
    theirs: float
    unit: str
    runs: int
    bare: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the bar is met."""
        return self.ratio <= self.bar


# -- what is measured ------------------------------------------------------------------------------------------------


class Workshop:
    """The folder with trees and tools, filled on first use."""

    def __init__(self, folder: Path, source: Path) -> None:
        """`source` is the working copy of lint-langsmith that is measured."""
        self.folder = folder
        self._source = source

    def tool(self, name: str) -> str:
        """The program of a peer, from a virtual environment of its own."""
        home = self.folder / "venvs" / name
        program = home / "bin" / name
        if not program.exists():
            self._environment(home)
            _quietly([home / "bin" / "python", "-m", "pip", "install", "-q", PEERS[name]])
        return str(program)

    def ours(self, *, fast: bool) -> str:
        """The program of lint-langsmith, with the extra `fast` or without."""
        home = self.folder / "venvs" / (OURS if fast else f"{OURS}-plain")
        # Not editable: an installed user's start-up is what counts.
        self._environment(home)
        install = [home / "bin" / "python", "-m", "pip", "install", "-q"]
        _quietly([*install, "--force-reinstall", "--no-deps", self._source])
        _quietly([*install, f"{self._source}[fast]" if fast else self._source])
        return str(home / "bin" / OURS)

    def _environment(self, home: Path) -> None:
        if not (home / "bin" / "python").exists():
            venv.create(home, with_pip=True)

    def python(self) -> str:
        """The Python that lint-langsmith is installed for."""
        return str(self.folder / "venvs" / OURS / "bin" / "python")

    def tree(self, name: str, requirements: Sequence[str]) -> Path:
        """A folder with the unpacked wheels."""
        folder = self.folder / "trees" / name
        if not folder.exists():
            wheels = self.folder / "wheels"
            wheels.mkdir(parents=True, exist_ok=True)
            command = [
                sys.executable,
                "-m",
                "pip",
                "download",
                "-q",
                "--no-deps",
                *TARGET,
                "-d",
                wheels,
                *requirements,
            ]
            _quietly(command)
            draft = folder.with_name(f"{name}.part")
            shutil.rmtree(draft, ignore_errors=True)
            for requirement in requirements:
                with zipfile.ZipFile(_wheel(wheels, requirement)) as archive:
                    archive.extractall(draft)
            (draft / "pyproject.toml").write_text("", encoding="utf-8")
            draft.rename(folder)
        return folder

    def selection(self, name: str, files: Iterable[tuple[Path, Path]]) -> Path:
        """A folder with copies of some files, given as pairs of source and relative path."""
        folder = self.folder / "trees" / name
        if not folder.exists():
            for source, relative in files:
                (folder / relative).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, folder / relative)
            (folder / "pyproject.toml").write_text("", encoding="utf-8")
        return folder


def application(shop: Workshop) -> Path:
    """An application of 76 files that uses LangSmith: the first files, by path, of two packages that do."""
    whole = shop.tree("application-packages", APPLICATION)
    files = [path for path in sorted(whole.rglob("*.py")) if 0 < path.stat().st_size < 60_000]
    chosen = sorted(files, key=lambda path: (b"langsmith" not in path.read_bytes(), path))[:76]
    return shop.selection("application", ((path, path.relative_to(whole)) for path in chosen))


def heavy(shop: Workshop) -> Path:
    """184 files of the SDK and of LangChain that all name LangSmith: neighbours by size that are 3.5 MB together."""
    whole = shop.tree("heavy-packages", HEAVY)
    files = [
        path
        for path in sorted(whole.rglob("*.py"))
        if b"langsmith" in path.read_bytes().lower()
    ]
    files.sort(key=lambda path: path.stat().st_size)
    windows = [files[start : start + 184] for start in range(len(files) - 183)]
    chosen = sorted(
        min(
            windows,
            key=lambda window: abs(sum(path.stat().st_size for path in window) - 3_500_000),
        )
    )
    return shop.selection("heavy-184", ((path, path.relative_to(whole)) for path in chosen))


# -- measuring -------------------------------------------------------------------------------------------------------


def run(command: Sequence[str | Path], cwd: Path) -> Run:
    """Run a command whose exit code says nothing (linters find things), without its output."""
    started = time.perf_counter()
    # What the caller's Python is told (not to keep bytecode, other paths) is no business of what is measured.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=cwd,
        env=plain,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, 1}:
        raise SystemExit(
            f"{command[0]} failed with exit code {process.returncode}: {' '.join(map(str, command))}"
        )
    scale = 1 if sys.platform == "darwin" else 1024
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * scale)


def in_turn(
    runs: int, *programs: Callable[[], Run], of: Callable[[Run], float]
) -> list[tuple[float, ...]]:
    """What each of some programs takes, one after the other in each round; the first round is thrown away."""
    return [tuple(of(program()) for program in programs) for _ in range(runs + 1)][1:]


def paired(
    ours: Callable[[], Run],
    theirs: Callable[[], Run],
    runs: int,
    of: Callable[[Run], float] = lambda item: item.wall,
) -> tuple[float, float, float]:
    """The median of the pairwise ratios, and both medians."""
    pairs = in_turn(runs, ours, theirs, of=of)
    ratio = statistics.median(one / other for one, other in pairs)
    return (
        ratio,
        statistics.median(one for one, _ in pairs),
        statistics.median(other for _, other in pairs),
    )


class Comparison:
    """The rows of the table as they are measured."""

    def __init__(self, shop: Workshop, runs: int) -> None:
        """`runs` is the number of pairs for each row."""
        self._shop = shop
        self._runs = runs
        self._ours = shop.ours(fast=True)
        self._plain = shop.ours(fast=False)
        self.results: list[Result] = []

    def _compare(
        self,
        work: str,
        against: str,
        bar: float,
        ours: Callable[[], Run],
        theirs: Callable[[], Run],
    ) -> None:
        ratio, one, other = paired(ours, theirs, self._runs)
        self._note(Result(work, against, ratio, bar, one, other, "s", self._runs))

    def _compare_cold(
        self, work: str, against: str, bar: float, folder: Path, theirs: Sequence[str | Path]
    ) -> None:
        """Without a cache, with what no linter with libcst can do without beside it."""
        bare = [self._shop.python(), HERE / "bare.py", "."]
        rounds = in_turn(
            self._runs,
            lambda: self._lint(folder, "--no-cache"), lambda: run(theirs, folder), lambda: run(bare, folder),
            of=lambda item: item.wall,
        )  # fmt: skip
        ratio, floor = (statistics.median(row[at] / row[1] for row in rounds) for at in (0, 2))
        one, other = (statistics.median(row[at] for row in rounds) for at in (0, 1))
        self._note(Result(work, against, ratio, bar, one, other, "s", self._runs, floor))

    def _note(self, result: Result) -> None:
        self.results.append(result)
        print(_line(result), flush=True)

    def _lint(self, folder: Path, *options: str | Path, program: str = "") -> Run:
        return run(
            [program or self._ours, "check", "--isolated", "-f", "concise", *options, "."],
            folder,
        )

    # -- rows --------------------------------------------------------------------------------------------------------

    def tree_without_cache(self) -> None:
        """The whole tree, cold."""
        tree, ruff = self._shop.tree("tree", TREE), self._shop.tool("ruff")
        theirs = [ruff, "check", "--no-cache", "--isolated", "--select", RUFF_RULES, "."]
        self._compare_cold(
            "whole tree, no cache", f"ruff --select {RUFF_RULES}", 1.0, tree, theirs
        )
        self._compare(
            "the same without the extra `fast`", f"ruff --select {RUFF_RULES}", 1.6,
            lambda: self._lint(tree, "--no-cache", program=self._plain), lambda: run(theirs, tree),
        )  # fmt: skip
        memory = max(self._lint(tree, "--no-cache").memory for _ in range(2)) / 1e6
        self._note(
            Result(
                "memory of its largest process", "200 MB", memory / 200, 1, memory, 200, "MB", 2
            )
        )

    def tree_again(self) -> None:
        """The whole tree, nothing changed since the last run, and then one file touched."""
        tree, ruff = self._shop.tree("tree", TREE), self._shop.tool("ruff")
        caches = self._shop.folder / "caches"
        ours = ["--cache-dir", caches / "ours"]
        theirs = [
            ruff,
            "check",
            "--cache-dir",
            caches / "ruff",
            "--isolated",
            "--select",
            RUFF_RULES,
            ".",
        ]
        self._compare(
            "whole tree, second run", "ruff's second run", 0.25,
            lambda: self._lint(tree, *ours), lambda: run(theirs, tree),
        )  # fmt: skip
        self._after_a_change(tree, ours)

    def _after_a_change(self, tree: Path, ours: Sequence[str | Path]) -> None:
        """One file with another time, and one with another content, against a second run and that file by itself."""
        changed = tree / "langchain_core" / "tracers" / "langchain.py"
        content = changed.read_bytes()
        again = statistics.median(self._lint(tree, *ours).wall for _ in range(3))
        folder = self._one(changed)
        alone = statistics.median(self._lint(folder, "--no-cache").wall for _ in range(3))

        def edited(number: int) -> float:
            changed.write_bytes(content + b"# edited %d times\n" % number)
            return self._lint(tree, *ours).wall

        def touched(_number: int) -> float:
            changed.touch()
            return self._lint(tree, *ours).wall

        try:
            for work, change, bar in (("touched", touched, 1.0), ("edited", edited, 2.0)):
                took = statistics.median(change(number) for number in range(1, self._runs + 1))
                bound = again + alone
                self._note(
                    Result(
                        f"one LangSmith file {work}",
                        "second run + that file",
                        took / bound,
                        bar,
                        took,
                        bound,
                        "s",
                        self._runs,
                    )
                )
        finally:
            changed.write_bytes(content)

    def _one(self, file: Path) -> Path:
        folder = self._shop.folder / "trees" / "one"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, folder / file.name)
        return folder

    def small_application(self) -> None:
        """An application of 76 files against the linters that people run on it."""
        folder = application(self._shop)
        commands: dict[str, tuple[float, list[str]]] = {
            "bandit": (0.8, ["-q", "-r", "."]),
            "fixit": (0.1, ["lint", "."]),
            "flake8": (1.0, ["."]),
            "detect-secrets": (0.5, ["scan", "--all-files", "."]),
        }
        for name, (bar, arguments) in commands.items():
            command = [self._shop.tool(name), *arguments]
            self._compare_cold("application of 76 files, no cache", name, bar, folder, command)

    def one_file(self) -> None:
        """A file without LangSmith, as pre-commit names it."""
        folder = self._shop.folder / "trees" / "one-file"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "plain.py").write_text("import os\n\nprint(os.getcwd())\n", encoding="utf-8")
        (folder / "pyproject.toml").write_text("", encoding="utf-8")
        python = self._shop.python()
        self._compare(
            "one file without LangSmith", 'python -c "import click"', 1.4,
            lambda: run([self._ours, "--force-exclude", "plain.py"], folder),
            lambda: run([python, "-c", "import click"], folder),
        )  # fmt: skip

    def one_langsmith_file(self) -> None:
        """A file that uses a client, nothing cached, against importing libcst and parsing it."""
        tree = self._shop.tree("tree", TREE)
        folder = self._one(tree / "langchain_core" / "tracers" / "langchain.py")
        bare = "import gc,libcst; gc.disable(); libcst.parse_module(open('langchain.py', 'rb').read())"
        self._compare(
            "one LangSmith file, nothing cached", "libcst alone on it", 1.6,
            lambda: self._lint(folder, "--no-cache"),
            lambda: run([self._shop.python(), "-c", bare], folder),
        )  # fmt: skip

    def exports(self) -> None:
        """JSON exports of runs, which name LangSmith and its variables, against a scanner with two LangSmith rules."""
        rules = (
            f"--rule=betterleaks.langchain-langsmith-{name}"
            for name in ("personal-access-token", "service-key")
        )
        theirs = [
            self._shop.tool("kingfisher"),
            "scan",
            ".",
            *rules,
            "--no-validate",
            "--no-update-check",
        ]
        for name, size, total in (
            ("90 MB", 900_000, 90_000_000),
            ("225 MB", 5_000_000, 225_000_000),
        ):
            folder = self._shop.folder / "trees" / f"exports-{size}"
            if not folder.exists():
                generate_exports(folder, size, total // size)
            self._compare(
                f"{name} of JSON exports in files of {size / 1e6} MB", "kingfisher", 2.5,
                lambda folder=folder: self._lint(folder, "--no-cache"),  # type: ignore[misc]
                lambda folder=folder: run(theirs, folder),  # type: ignore[misc]
            )  # fmt: skip

    def notebooks(self) -> None:
        """Notebooks with outputs, half of which name LangSmith, against `json.loads` of all and libcst of the code."""
        folder = self._shop.folder / "trees" / "notebooks"
        if not folder.exists():
            generate_notebooks(folder)
        bare = (
            "import gc,json,pathlib,libcst; gc.disable()\n"
            "for path in pathlib.Path('.').rglob('*.ipynb'):\n"
            "    cells = json.loads(path.read_bytes())['cells']\n"
            "    code = ''.join(line for cell in cells if cell['cell_type'] == 'code' for line in cell['source'])\n"
            "    if 'langsmith' in code: libcst.parse_module(code)"
        )
        self._compare(
            "300 notebooks with outputs, no cache", "json and libcst alone", 1.6,
            lambda: self._lint(folder, "--no-cache"),
            lambda: run([self._shop.python(), "-c", bare], folder),
        )  # fmt: skip

    def heavy_files(self) -> None:
        """Files that all use LangSmith, against nothing but parsing them."""
        folder = heavy(self._shop)
        parse = (
            "import gc,pathlib,libcst; gc.disable()\n"
            "for path in pathlib.Path('.').rglob('*.py'): libcst.parse_module(path.read_bytes())"
        )
        ratio, one, other = paired(
            lambda: self._lint(folder, "--no-cache", "--jobs", "1"),
            lambda: run([self._shop.python(), "-c", parse], folder),
            self._runs,
            lambda item: item.cpu,
        )
        self._note(
            Result(
                "184 files with LangSmith, CPU",
                "libcst.parse_module",
                ratio,
                1.25,
                one,
                other,
                "s",
                self._runs,
            )
        )

    def extremes(self) -> None:
        """Files that no one writes: one of 5 MB against a tenth of it, and calls in calls in calls."""
        folder = self._shop.folder / "trees" / "extremes"
        for name, text in (
            ("large", _large(5_000_000)), ("tenth", _large(500_000)), ("nested", _nested(3000)), ("flat", _nested(1)),
        ):  # fmt: skip
            (folder / name).mkdir(parents=True, exist_ok=True)
            (folder / name / "pyproject.toml").write_text("", encoding="utf-8")
            (folder / name / "program.py").write_text(text, encoding="utf-8")
        for work, against, bar, ours, theirs, times in (
            ("a generated file of 5 MB", "0.5 MB, ten times", 1.1, "large", "tenth", 10),
            ("3,000 calls within each other", "one call", 2, "nested", "flat", 1),
        ):
            runs = [
                (
                    self._lint(folder / ours, "--no-cache"),
                    self._lint(folder / theirs, "--no-cache"),
                )
                for _ in range(3)
            ]
            one, other = (
                statistics.median(run.cpu for run in side) for side in zip(*runs, strict=True)
            )
            self._note(
                Result(work, against, one / other / times, bar, one, other * times, "s", 3)
            )
            memory = max(run.memory for run, _ in runs) / 1e6
            self._note(
                Result(f"memory for {work}", "1 GB", memory / 1000, 1, memory, 1000, "MB", 3)
            )

    def growth(self, plot: Path | None) -> None:
        """The time against the number of files: ten times the files, at most eleven times the time."""
        sizes = (20, 60, 200, 600, 2000)
        times: list[float] = []
        for size in sizes:
            folder = self._shop.folder / "trees" / f"generated-{size}"
            if not folder.exists():
                generate(folder, size)
            times.append(
                statistics.median(
                    self._lint(folder, "--no-cache", "--jobs", "1").cpu for _ in range(3)
                )
            )
        start = statistics.median(
            self._lint(self._shop.folder / "trees" / "one-file", "--no-cache").cpu
            for _ in range(3)
        )
        small, large = times[sizes.index(200)] - start, times[sizes.index(2000)] - start
        self._note(
            Result(
                "2000 generated files, CPU",
                "200 of them, ten times",
                large / small,
                11,
                large,
                small,
                "s",
                3,
            )
        )
        if plot is not None:
            draw(plot, sizes, times)


def _large(size: int) -> str:
    """A client and so many bytes of functions, of which one in a hundred uses it."""
    function = (
        "\n\ndef step_{0}(name: str) -> list[str]:\n    found = [name, 'step {0}', *map(str, range({0}))]\n"
        "    for item in {1}(project_name=name, limit={0}):\n        found.append(item.name)\n"
        "    return found\n"
    )
    head = "from langsmith import Client\n\nclient = Client()\n"
    count = size // len(function.format(10_000, "make_items"))
    return head + "".join(
        function.format(number, "client.list_runs" if number % 100 == 0 else "make_items")
        for number in range(count)
    )


def _nested(depth: int) -> str:
    head = "from langsmith import Client\n\nclient = Client()\nfound = "
    return f"{head}{'list(' * depth}client.list_runs(){')' * depth}\n"


def generate(folder: Path, size: int) -> None:
    """A project whose files all use LangSmith and each other."""
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text("", encoding="utf-8")
    (folder / "shared.py").write_text(
        "from langsmith import Client\n\nclient = Client()\n", encoding="utf-8"
    )
    for number in range(size):
        before = f"from module_{number - 1} import step_{number - 1}\n" if number % 10 else ""
        call = f"    step_{number - 1}(name)\n" if number % 10 else ""
        (folder / f"module_{number}.py").write_text(
            f"import os\n\nfrom shared import client\n{before}\n\n"
            f"def step_{number}(name: str) -> None:\n"
            f"    for run in client.list_runs(project_name=name):\n        print(run.id, os.getpid())\n{call}\n\n"
            f"def safe_{number}(name: str) -> None:\n    try:\n        step_{number}(name)\n"
            "    except Exception as error:\n        print(error)\n",
            encoding="utf-8",
        )


def generate_exports(folder: Path, size: int, count: int) -> None:
    """So many files of so many bytes with runs as LangSmith exports them."""
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text("", encoding="utf-8")
    for number in range(count):
        runs: list[str] = []
        while sum(map(len, runs[-1:])) * len(runs) < size:
            runs.append(json.dumps(_run(number * 10_000 + len(runs))))
        (folder / f"runs_{number:03}.json").write_text(f"[{','.join(runs)}]", encoding="utf-8")


def _run(number: int) -> dict[str, Any]:
    """A run of some two kilobytes: no two have the same words."""
    words = [f"w{number * place % 99_991:x}" for place in range(1, 200)]
    metadata = {
        "LANGSMITH_ENDPOINT": "https://api.smith.langchain.com",
        "LANGSMITH_PROJECT": "demo",
        "revision_id": f"{number:x}",
    }
    runtime = {"sdk": "langsmith-py", "library": "langsmith", "platform": "Linux"}
    return {
        "id": f"{number:032x}",
        "run_type": "llm",
        "extra": {"runtime": runtime, "metadata": metadata},
        "inputs": {"messages": [" ".join(words[:90])]},
        "outputs": {"text": " ".join(words[90:])},
    }


def generate_notebooks(folder: Path, count: int = 300) -> None:
    """Notebooks of some 50 KB, most of it outputs: lines that were printed, and pictures; every other has a client."""
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text("", encoding="utf-8")
    for number in range(count):
        cells = [_code_cell(_notebook_code(number, cell)) for cell in range(13)]
        text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
        (folder / f"n{number:03}.ipynb").write_text(text, encoding="utf-8")


def _notebook_code(number: int, cell: int) -> list[str]:
    has_client = number % 2 == 0
    if cell == 0:
        client = ["from langsmith import Client\n", "client = Client()\n"] if has_client else []
        return ["import pandas as pd\n", *client]
    lines = [
        f"frame = pd.DataFrame({{'a': range({cell})}})\n",
        "for index, row in frame.iterrows():\n",
        f"    print(index, row['a'] * {cell})\n",
    ]
    if has_client and cell % 4 == 0:
        lines.append(f"runs = list(client.list_runs(project_name='p{number}', limit={cell}))\n")
    return lines


def _code_cell(source: list[str]) -> dict[str, Any]:
    printed = [f"{line}: {line * line} line of output\n" for line in range(120)]
    picture = base64.b64encode(bytes(number * number % 251 for number in range(2600))).decode()
    outputs = [
        {"name": "stdout", "output_type": "stream", "text": printed},
        {"data": {"image/png": picture}, "metadata": {}, "output_type": "display_data"},
    ]
    return {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {},
        "outputs": outputs,
        "source": source,
    }


# -- reporting -------------------------------------------------------------------------------------------------------


def draw(path: Path, sizes: Sequence[int], times: Sequence[float]) -> None:
    """Time against the number of files, as SVG."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    mpl.rcParams.update({"svg.hashsalt": "lint-langsmith", "svg.fonttype": "none"})
    figure, axes = plt.subplots(figsize=(6, 4))
    axes.plot(sizes, times, marker="o")
    axes.set(
        xlabel="files that use LangSmith",
        ylabel="CPU seconds, one process",
        title="Cost as a project grows",
    )
    axes.grid(alpha=0.3)
    axes.set(xlim=(0, None), ylim=(0, None))
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def _line(result: Result) -> str:
    verdict = "holds" if result.holds else "does NOT hold"
    bare = "" if result.bare is None else f" bare libcst {result.bare:.2f};"
    return (
        f"{result.work} against {result.against}: {result.ratio:.2f} (bar {result.bar}, {verdict};{bare}"
        f" {result.ours:.2f} {result.unit} to {result.theirs:.2f} {result.unit})"
    )


def table(results: Sequence[Result]) -> str:
    """The results as a Markdown table."""
    rows = [
        f"| {item.work} | {item.against} | {item.ratio:.2f} | {item.bar} | {'yes' if item.holds else 'no'} |"
        f" {'' if item.bare is None else f'{item.bare:.2f}'} |"
        for item in results
    ]
    head = [
        "| work | against | ratio | bar | holds | bare libcst |",
        "| --- | --- | ---: | ---: | --- | ---: |",
    ]
    return "\n".join([*head, *rows]) + "\n"


def _into_readme(made: str) -> None:
    """Put the table between the marks in README.md."""
    page = HERE.parent / "README.md"
    text = page.read_text(encoding="utf-8")
    new, count = re.subn(
        r"(?s)(?<=<!-- benchmarks -->\n).*?(?=\n<!-- /benchmarks -->)",
        lambda _: made.strip(),
        text,
    )
    if count != 1:
        raise SystemExit(f"{page} has no place for the table")
    page.write_text(new, encoding="utf-8")


def _today() -> str:
    return str(dt.datetime.now(tz=dt.timezone.utc).date())


def _version() -> str:
    found = re.search(
        r'__version__ = "([^"]+)"',
        (HERE.parent / "lint_langsmith" / "__init__.py").read_text("utf-8"),
    )
    assert found is not None
    return found[1]


def _caption() -> str:
    """What was measured, where and when."""
    peers = ", ".join(requirement.replace("==", " ") for requirement in PEERS.values())
    system = (
        f"Python {platform.python_version()} on {platform.system()}, {os.cpu_count()} cores"
    )
    return f"lint-langsmith {_version()}, {_today()}, {system}; {peers}."


def _wheel(folder: Path, requirement: str) -> Path:
    name, version = requirement.split("==")
    return next(folder.glob(f"{name.replace('-', '_')}-{version}-*.whl"))


def _quietly(command: Sequence[str | Path]) -> None:
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Measure what is asked for, and write the table, the numbers and the plot."""
    rows = (
        "tree_without_cache",
        "tree_again",
        "small_application",
        "one_file",
        "one_langsmith_file",
        "notebooks",
        "exports",
        "heavy_files",
        "extremes",
        "growth",
    )
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = (
        Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        / "lint-langsmith-benchmarks"
    )
    parser.add_argument("--work", type=Path, default=default, help="folder for trees and tools")
    parser.add_argument("--runs", type=int, default=5, help="pairs of runs for each row")
    parser.add_argument("--only", action="append", choices=rows, help="measure only these rows")
    parser.add_argument("--json", type=Path, help="write the numbers to a file")
    parser.add_argument("--markdown", type=Path, help="write the table to a file")
    parser.add_argument("--readme", action="store_true", help="write the table into README.md")
    parser.add_argument("--plot", type=Path, help="write the plot of the growth to an SVG file")
    given = parser.parse_args()
    comparison = Comparison(Workshop(given.work.resolve(), HERE.parent), given.runs)
    for row in given.only or rows:
        arguments: tuple[Any, ...] = (given.plot,) if row == "growth" else ()
        getattr(comparison, row)(*arguments)
    text = table(comparison.results)
    print(text)
    if given.markdown:
        given.markdown.write_text(text, encoding="utf-8")
    if given.readme:
        _into_readme(f"{_caption()}\n\n{text}")
    if given.json:
        machine = {
            "date": _today(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "system": platform.system(),
        }
        numbers = [{**item._asdict(), "holds": item.holds} for item in comparison.results]
        document = {
            "machine": machine,
            "ours": _version(),
            "peers": PEERS,
            "tree": TREE,
            "results": numbers,
        }
        given.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
