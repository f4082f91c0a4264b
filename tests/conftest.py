"""What holds for all tests: they test the checkout in which they stand, in this process and in those they start.

`pyproject.toml` puts the checkout before the installed packages (`pythonpath`); `checkout.use()` does so for processes.
`test_checkout.py` sees to it, and to packages that work without a checkout.
"""

from __future__ import annotations

import compileall
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import checkout
import pytest
from hypothesis import settings

checkout.use()

# The folders mirror the packages. Tests of one folder use helpers of another (a made-up report, an editor), whichever
# of them are run; names of files are therefore unique in all folders.
TESTS: Final = Path(__file__).parent
sys.path.extend(sorted({str(path.parent) for path in TESTS.rglob("test_*.py")} - {str(TESTS)}))

# How long an example takes says more of the machine than of the program.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

# Caches go to the home of whoever runs the tests: theirs is an empty one, for the programs that they start as well.
_HOME = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        _compile()
    home = Path(tempfile.mkdtemp(prefix="lint-langsmith-home-")).resolve()
    config.stash[_HOME] = home
    os.environ["HOME"] = os.environ["USERPROFILE"] = str(home)
    os.environ["XDG_CACHE_HOME"] = str(home / ".cache")
    os.environ["LOCALAPPDATA"] = str(home / "AppData")
    os.environ.pop("LINT_LANGSMITH_CACHE_DIR", None)
    # What is printed depends on whether a service of continuous integration reads along: tests of that set these.
    for name in ("CI", "GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"):
        os.environ.pop(name, None)


def _compile() -> None:
    """Compile the package once: images of containers set `PYTHONDONTWRITEBYTECODE`.

    Each of the programs that tests start would compile all modules for itself, which takes longer than what it is
    asked. A module that changes meanwhile is told by what is in it, and compiled again by who imports it.
    """
    compileall.compile_dir(
        checkout.PACKAGE,
        quiet=2,
        invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH,
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash[_HOME], ignore_errors=True)


# `pytest -m quick`: under a minute, something of each area. Of a file either the tests with these names, or each test
# whose place in the file is a multiple of the number; never what is marked as slow.
QUICK: Final[Mapping[str, int | frozenset[str]]] = {
    "test_boundary.py": frozenset(
        {
            "test_only_regular_files_are_opened",
            "test_a_link_that_leads_out_is_left_out",
            "test_folders_that_links_lead_to_are_entered_once",
            "test_nothing_above_the_work_tree_is_read",
            "test_a_template_belongs_to_the_command_line",
            "test_a_name_alone_is_no_environment",
            "test_a_folder_that_git_ignores_says_so",
        }
    ),
    "test_cache_safety.py": 8,
    "test_casebook.py": 40,
    "test_cli.py": frozenset(
        {
            "test_findings_give_one_and_go_to_stdout",
            "test_clean_gives_zero_and_no_word",
            "test_several_formats_in_one_run",
            "test_standard_input_under_a_name",
        }
    ),
    "test_comment_places.py": 4,
    "test_config.py": 1,
    "test_containment.py": 3,
    "test_discover.py": 1,
    "test_fix.py": 4,
    "test_foreign_services.py": 4,
    "test_formats.py": 4,
    "test_gate.py": 2,
    "test_hostile_names.py": 8,
    "test_key_forms.py": 8,
    "test_notebooks.py": 6,
    "test_old_python.py": 1,
    "test_progress.py": frozenset({"test_the_line_names_the_phase_and_moves_with_the_work"}),
    "test_watch.py": frozenset(
        {
            "test_what_is_written_while_a_round_goes_on_begins_the_next",
            "test_without_the_extra_one_sentence_says_what_to_install",
        }
    ),
    "test_one_answer.py": frozenset(
        {
            "test_a_handler_names_the_classes_that_its_names_stand_for_when_it_runs",
            "test_nothing_is_remembered_by_an_address_that_may_be_given_away",
        }
    ),
    "test_one_opener.py": 1,
    "test_readers.py": 4,
    "test_reveals.py": 32,
    "test_rules.py": 16,
    "test_seed.py": frozenset({"test_program"}),
    "test_startup.py": frozenset({"test_nothing_is_imported_for_a_file_without_langsmith"}),
    "test_version.py": 4,
}


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place: Counter[str] = Counter()
    for item in items:
        file = item.path.name
        chosen = QUICK.get(file, frozenset())
        if isinstance(chosen, int):
            is_quick = place[file] % chosen == 0
        else:
            is_quick = getattr(item, "originalname", item.name) in chosen
        if is_quick and item.get_closest_marker("slow") is None:
            item.add_marker("quick")
        place[file] += 1


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git work tree, in which the tests run, in a folder of its own."""
    folder = tmp_path / "repo"
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    monkeypatch.chdir(folder)
    return folder
