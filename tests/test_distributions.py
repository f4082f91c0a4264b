"""The wheel and the source distribution, built once: what is in them, and that each works without the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from lint_langsmith import __version__

ROOT = Path(__file__).parent.parent


class Distributions(NamedTuple):
    """The files that a release uploads."""

    wheel: Path
    sdist: Path


def sh(*command: str, cwd: Path, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A command outside of the checkout, with `path` as all that is said about where to import from."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    more = {"PYTHONPATH": str(path)} if path is not None else {}
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, env={**kept, **more}
    )


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """The source distribution, and the wheel that is built of it."""
    folder = tmp_path_factory.mktemp("dist")
    build = sh(sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT), cwd=folder)
    assert build.returncode == 0, build.stdout + build.stderr
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    return Distributions(wheel, sdist)


@pytest.mark.slow
def test_the_wheel_has_what_the_linter_needs(distributions: Distributions) -> None:
    """The tables and the schema are in it, the tests are not."""
    wheel = zipfile.ZipFile(distributions.wheel)
    names = wheel.namelist()
    assert "lint_langsmith/sdk/data/names.json" in names
    assert "lint_langsmith/settings.schema.json" in names
    assert "lint_langsmith/py.typed" in names
    assert not any(name.startswith(("tests/", "fixtures/")) for name in names)
    metadata = wheel.read(f"lint_langsmith-{__version__}.dist-info/METADATA").decode()
    assert "License-Expression: MIT" in metadata
    assert metadata.count("Project-URL: ") == 4
    size = distributions.wheel.stat().st_size
    assert size < 1.5 * 1024 * 1024, "tables of every release fit in that"


@pytest.mark.slow
def test_a_wheel_works_without_the_checkout(
    distributions: Distributions, tmp_path: Path
) -> None:
    """What is built is unpacked elsewhere, and lints there by itself."""
    site = tmp_path / "site"
    zipfile.ZipFile(distributions.wheel).extractall(site)
    where = "import lint_langsmith; print(lint_langsmith.__file__)"
    imported = sh(sys.executable, "-c", where, cwd=tmp_path, path=site)
    assert imported.stdout.startswith(str(site))
    (tmp_path / "app.py").write_text(
        "from langsmith import LangSmithClient\n\nprint(LangSmithClient)\n"
    )
    linted = sh(
        *(sys.executable, "-m", "lint_langsmith", "app.py", "--no-cache"),
        cwd=tmp_path,
        path=site,
    )
    assert linted.returncode == 1, linted.stderr
    assert "LS501" in linted.stdout


@pytest.mark.slow
def test_the_distributions_install_into_a_fresh_environment(
    distributions: Distributions, tmp_path: Path
) -> None:
    assert __version__ in distributions.sdist.name
    fresh = tmp_path / "fresh"
    assert sh(sys.executable, "-m", "venv", str(fresh), cwd=tmp_path).returncode == 0
    pip = (str(fresh / "bin" / "pip"), "install", "-q")
    program = str(fresh / "bin" / "lint-langsmith")
    # The second takes the place of the first; what both depend on is there by then.
    for arguments in (
        (str(distributions.wheel),),
        ("--force-reinstall", "--no-deps", str(distributions.sdist)),
    ):
        installed = sh(*pip, *arguments, cwd=tmp_path)
        assert installed.returncode == 0, installed.stderr
        assert sh(program, "--version", cwd=tmp_path).stdout == (
            f"lint-langsmith, version {__version__}\n"
        )
