"""What a checkout brings is no cache of ours, and a cache is no way to anything outside of it."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from linting import Outcome, lint

from lint_langsmith.cache import file_states, location, open_folder, run_cache
from lint_langsmith.cache.location import VARIABLE, CacheFolder, Caches, UnusableCacheError
from lint_langsmith.cache.run_cache import Runs
from lint_langsmith.cli import main
from lint_langsmith.config.options import Options
from lint_langsmith.config.settings import DEFAULTS
from lint_langsmith.findings import Applicability, Edit, Finding, Fix, Persona, Severity, Span
from lint_langsmith.source import discover

CLIENT = "from langsmith import Client\n\nclient = Client()\nclient.read_run('x')\n"
OLD = 60 * 86400
HERE = Span(1, 1, 1, 5)


def write(path: Path, text: str) -> None:
    """Write a file that is old enough to be trusted by its time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (time.time() - 60,) * 2)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with findings; that its files are young does not matter."""
    monkeypatch.setattr(run_cache, "_UNSURE_NS", -(10**18))
    root = tmp_path / "project"
    write(root / "pyproject.toml", "[project]\nname = 'x'\n")
    write(root / "main.py", CLIENT)
    write(
        root / "shared.py",
        "import langsmith\n\nfrom main import client\n\nclient.list_runs()\n",
    )
    monkeypatch.chdir(root)
    return root


def folder_of(project: Path, given: str | None = None) -> CacheFolder:
    return Caches(given, project).of(project)


def is_replayed(project: Path, *options: str) -> bool:
    return "nothing has changed" in lint(project, "-v", *options, ".").output


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@y.z", *arguments],
        cwd=folder,
        check=True,
    )


@pytest.fixture
def clone(project: Path) -> Path:
    git(project, "init", "-q")
    git(project, "add", ".")
    return project


# -- entries that others have made -----------------------------------------------------------------------------------


def poison(project: Path, folder: CacheFolder, found: Finding | None) -> None:
    """Put a run into a cache that depends on nothing and found what the attacker likes."""
    discover.forget()
    runs = Runs(Options(paths=(".",)), project)
    kept = run_cache._Kept(
        runs._request,
        file_states.Around({}, {}, {}, {}),
        [(DEFAULTS, None, str(project))],
        [(str(project / "main.py"), 0, False)],
        [],
        [] if found is None else [(str(project), found)],
        [],
        1,
    )
    folder.write("runs", [(runs._name, msgspec.msgpack.encode(kept))])


def finding(path: str, fix: Fix | None = None) -> Finding:
    return Finding(
        code="LS201",
        name="x",
        severity=Severity.ERROR,
        persona=Persona.REGULAR,
        message="m",
        path=path,
        span=HERE,
        fix=fix,
    )


OWNED = Fix("t", Applicability.SAFE, (Edit(Span(1, 1, 1, 1), "echo owned\n"),))
POISONS: dict[str, tuple[Finding | None, tuple[str, ...]]] = {
    "it hides all findings": (None, ()),
    "it shows a file outside": (finding("../victim/secret.txt"), ()),
    "it writes a file outside": (finding("../victim/secret.txt", OWNED), ("--fix",)),
    "it names an absolute path": (finding("/etc/hostname", OWNED), ("--fix",)),
}


@pytest.mark.parametrize(
    "place", ["in the tree", "in the tree, as a cache folder", "in the user's cache"]
)
@pytest.mark.parametrize("name", POISONS)
def test_a_run_that_someone_else_has_kept_is_not_said_again(
    name: str, place: str, project: Path
) -> None:
    found, options = POISONS[name]
    write(project.parent / "victim/secret.txt", "precious\n")
    command = ["check", "--jobs", "1", "-f", "full", *options, "."]
    expected = CliRunner().invoke(main, [*command, "--no-cache"])
    own = folder_of(project)
    folders = {
        "in the tree": CacheFolder(project / ".lint_langsmith_cache"),
        "in the tree, as a cache folder": CacheFolder(
            project / ".lint_langsmith_cache" / own.path.name
        ),
        "in the user's cache": own,
    }
    poison(project, folders[place], found)
    after = CliRunner().invoke(main, command)
    assert (project.parent / "victim/secret.txt").read_text() == "precious\n"
    assert "precious" not in after.output
    assert after.exit_code == expected.exit_code == 1
    assert after.output == expected.output


def test_a_model_in_the_tree_is_not_used(project: Path) -> None:
    expected = lint(project, "--no-cache", ".")
    write(project / "main.py", "import langsmith\n")
    write(project / "shared.py", "import langsmith\n")
    lint(project, "--cache-dir", ".lint_langsmith_cache", ".")
    write(project / "main.py", CLIENT)
    (project / "shared.py").unlink()
    assert lint(project, ".").findings[0].code == expected.findings[0].code


def test_an_entry_under_another_name_is_not_used(project: Path) -> None:
    folder = folder_of(project)
    folder.write("models", [("ab-cd", b"1"), ("ab-ef", b"2")])
    (folder.path / "models/ab-cd").replace(folder.path / "models/ab-ef")
    with pytest.raises(UnusableCacheError, match="damaged"):
        folder.read("models", "ab-ef")
    assert folder.read("models", "ab-cd") is None


@pytest.mark.parametrize(
    "body",
    [
        b"\x92\xa3a\xff\xffb\x80",
        b"\xdd\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\x91" * 9999,
    ],
)
def test_an_entry_that_cannot_be_decoded_is_none(project: Path, body: bytes) -> None:
    expected = lint(project, ".")
    folder = folder_of(project)
    for part in ("index", "models", "runs"):
        names = [path.name for path in (folder.path / part).iterdir()]
        assert names
        folder.write(part, [(name, body) for name in names])
    assert lint(project, ".") == expected


# -- bits ------------------------------------------------------------------------------------------------------------

FLIPS = 60


def test_a_flipped_bit_changes_nothing(project: Path) -> None:
    expected = lint(project, "--no-cache", ".")
    lint(project, ".")
    kept = project.parent / "kept"
    shutil.copytree(folder_of(project).path, kept)
    files = sorted(path.relative_to(kept) for path in kept.rglob("*") if path.is_file())
    assert {path.parts[0] for path in files} >= {
        "index",
        "models",
        "runs",
        "CACHEDIR.TAG",
        ".gitignore",
    }
    chance = random.Random(16)
    for number in range(FLIPS):
        shutil.rmtree(folder_of(project).path)
        shutil.copytree(kept, folder_of(project).path)
        name = files[number % len(files)]
        if name.parts[0] in {
            "index",
            "models",
        }:  # which nobody asks for while the run itself is kept
            shutil.rmtree(folder_of(project).path / "runs")
        flip(folder_of(project).path / name, chance)
        assert lint(project, ".") == expected, name


def flip(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    if content:
        bit = chance.randrange(len(content) * 8)
        content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


# -- links -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Path]:
    """A folder of someone else's files, old and named like entries; it is the same after the test."""
    root = tmp_path / "victim"
    for name in (
        "thesis.txt",
        "models/ab-cd",
        "runs/deadbeef",
        "index/ab",
        *(f"{number:08x}" for number in range(12)),
    ):
        write(root / name, name)
        os.utime(root / name, (time.time() - OLD,) * 2)
    (root / "CACHEDIR.TAG").write_bytes(location._TAG)
    root.chmod(0o700)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    yield root
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def by_command_line(project: Path) -> object:
    return lint(project, ".").findings


def by_plugin(project: Path) -> object:
    flake8 = pytest.importorskip("lint_langsmith.integrations.flake8")
    flake8._projects.clear()
    return list(flake8.Plugin(None, "main.py", CLIENT.splitlines(keepends=True)).run())


LINTS = pytest.mark.parametrize("run", [by_command_line, by_plugin])


@LINTS
@pytest.mark.parametrize(
    "part", ["models", "runs", "index", "CACHEDIR.TAG", ".gitignore", "swept"]
)
def test_nothing_is_done_through_a_link_in_a_cache(
    part: str, run: Callable[[Path], object], project: Path, victim: Path
) -> None:
    expected = run(project)
    place = folder_of(project).path / part
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)
    place.symlink_to(victim / part if (victim / part).exists() else victim / "thesis.txt")
    write(project / "other.py", CLIENT)
    run(project)
    (project / "other.py").unlink()
    assert run(project) == expected
    assert CliRunner().invoke(main, ["clean"]).exit_code == 2 * int(
        part in {"models", "runs", "index"}
    )


@LINTS
def test_nothing_is_done_through_a_cache_that_is_a_link(
    run: Callable[[Path], object], project: Path, victim: Path
) -> None:
    expected = run(project)
    shutil.rmtree(folder_of(project).path)
    folder_of(project).path.symlink_to(victim)
    assert run(project) == expected
    refused = CliRunner().invoke(main, ["clean"])
    assert refused.exit_code == 2
    assert "link" in refused.output


@LINTS
def test_links_that_a_checkout_brings_are_left_alone(
    run: Callable[[Path], object], project: Path, victim: Path
) -> None:
    (project / ".lint_langsmith_cache").symlink_to(victim)
    run(project)
    (project / ".lint_langsmith_cache").unlink()
    (project / ".lint_langsmith_cache").mkdir()
    (project / ".lint_langsmith_cache/models").symlink_to(victim)
    run(project)
    assert [path.name for path in (project / ".lint_langsmith_cache").iterdir()] == ["models"]


def test_clean_leaves_what_is_not_ours(project: Path) -> None:
    lint(project, ".")
    folder = folder_of(project).path
    write(folder / "models/notes.txt", "mine")
    write(folder / "more/notes.txt", "mine")
    refused = CliRunner().invoke(main, ["clean"])
    assert refused.exit_code == 2
    left = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
    assert left == [".gitignore", "CACHEDIR.TAG", "models/notes.txt", "more/notes.txt", "swept"]


# -- where it may be -------------------------------------------------------------------------------------------------


def names_it_by_option(project: Path, folder: str, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    return lint(project, "--cache-dir", folder, ".")


def names_it_by_variable(
    project: Path, folder: str, monkeypatch: pytest.MonkeyPatch
) -> Outcome:
    monkeypatch.setenv(VARIABLE, folder)
    return lint(project, ".")


NAMES = pytest.mark.parametrize("name_it", [names_it_by_option, names_it_by_variable])


@NAMES
def test_a_folder_in_the_tree_is_used_if_it_is_named(
    name_it: Callable[..., Outcome], clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = name_it(clone, ".cache/here", monkeypatch)
    assert "not used" not in first.output
    assert folder_of(clone, ".cache/here").is_there()
    assert name_it(clone, ".cache/here", monkeypatch).findings == first.findings
    assert is_replayed(clone, "--cache-dir", ".cache/here")
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=clone, capture_output=True, check=True
    )
    assert b".cache" not in status.stdout


def track_a_file(clone: Path) -> None:
    write(clone / ".cache/here/deep/file.txt", "x\n")
    git(clone, "add", "-f", ".cache")


def track_in_the_fourth_version(clone: Path) -> None:
    git(clone, "config", "index.version", "4")
    track_a_file(clone)


def track_in_a_split_index(clone: Path) -> None:
    track_a_file(clone)
    git(clone, "config", "splitIndex.maxPercentChange", "100")
    git(clone, "update-index", "--split-index")


def track_in_other_letters(clone: Path) -> None:
    write(clone / ".CACHE/Here/file.txt", "x\n")
    git(clone, "add", "-f", ".CACHE")


def track_a_submodule(clone: Path) -> None:
    git(
        clone,
        "update-index",
        "--add",
        "--cacheinfo",
        "160000,0123456789012345678901234567890123456789,.cache",
    )


def track_in_a_repository_of_its_own(clone: Path) -> None:
    write(clone / ".cache/here/file.txt", "x\n")
    git(clone / ".cache", "init", "-q")
    git(clone / ".cache", "add", ".")


def link_a_folder(clone: Path) -> None:
    (clone / "other").mkdir()
    (clone / ".cache").symlink_to("other")


def link_the_folder(clone: Path) -> None:
    (clone / ".cache").mkdir()
    (clone / ".cache/here").symlink_to("../.git")


def break_the_index(clone: Path) -> None:
    (clone / ".git/index").write_bytes(b"DIRC\0\0\0\x02\0\0\0\x09 .cache/")


TRACKED = (
    track_a_file, track_in_the_fourth_version, track_in_a_split_index, track_in_other_letters, track_a_submodule,
    track_in_a_repository_of_its_own, link_a_folder, link_the_folder, break_the_index,
)  # fmt: skip


@NAMES
@pytest.mark.parametrize("prepare", TRACKED)
def test_a_folder_that_may_have_come_with_the_checkout_is_refused(
    prepare: Callable[[Path], None],
    name_it: Callable[..., Outcome],
    clone: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = lint(clone, "--no-cache", "main.py", "shared.py")
    prepare(clone)
    before = {path for path in clone.rglob("*") if ".git" not in path.parts}
    refused = CliRunner().invoke(
        main, ["check", "--jobs", "1", "-f", "concise", "--cache-dir", ".cache/here", "."]
    )
    assert refused.stderr.count("is not used:") == 1
    assert refused.exit_code == expected.exit_code
    assert name_it(clone, ".cache/here", monkeypatch).codes == expected.codes
    assert {path for path in clone.rglob("*") if ".git" not in path.parts} == before
    assert CliRunner().invoke(main, ["clean", "--cache-dir", ".cache/here"]).exit_code == 2


def test_files_of_like_names_that_git_tracks_do_not_matter(clone: Path) -> None:
    for name in ("src/.cache/here/x", ".cache/here.txt", "a.cache/here/x"):
        write(clone / name, "x\n")
    git(clone, "add", "-f", ".")
    assert "not used" not in lint(clone, "--cache-dir", ".cache/here", ".").output


def test_the_configuration_cannot_name_it(project: Path) -> None:
    write(project / "lint-langsmith.toml", "cache-dir = '.cache'\n")
    assert lint(project, ".").exit_code == 2
    assert not (project / ".cache").exists()


def test_the_users_own_folder_is_not_used_inside_the_tree(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(clone / ".cache"))
    noted = lint(clone / "sub" if (clone / "sub").is_dir() else clone, "-v", ".").output
    assert "inside the tree" in noted
    assert "inside the tree" not in lint(clone, ".").output
    assert not (clone / ".cache").exists()


def test_it_goes_by_the_real_path(project: Path) -> None:
    link = project.parent / "link"
    link.symlink_to(project)
    assert folder_of(link).path == folder_of(project).path


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
@pytest.mark.parametrize("part", ["", "models", "runs", "index"])
def test_a_folder_that_others_can_write_to_is_not_used(part: str, project: Path) -> None:
    expected = lint(project, ".")
    assert is_replayed(project)
    (folder_of(project).path / part).chmod(0o777)
    shutil.rmtree(folder_of(project).path / "runs") if part in {"models", "index"} else None
    noted = lint(project, "-v", ".")
    assert noted.findings == expected.findings
    assert "other users can write to it" in noted.output
    assert lint(project, ".").findings == expected.findings


def test_it_is_made_for_this_user_alone(project: Path) -> None:
    lint(project, ".")
    folder = folder_of(project).path
    folders = [folder, *(path for path in folder.iterdir() if path.is_dir())]
    assert len(folders) == 4
    assert os.name == "nt" or {path.stat().st_mode & 0o077 for path in folders} == {0}


def no_passwd(_uid: int) -> object:
    raise KeyError


def without_home(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr("pwd.getpwuid", no_passwd)


def file_for_a_home(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(project / "main.py"))


def device_for_a_home(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/nowhere")


@pytest.mark.skipif(os.name == "nt", reason="homes of POSIX")
@pytest.mark.parametrize("prepare", [without_home, file_for_a_home, device_for_a_home])
def test_without_a_home_there_is_no_cache(
    prepare: Callable[[Path, pytest.MonkeyPatch], None],
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = lint(project, "--no-cache", ".")
    prepare(project, monkeypatch)
    assert lint(project, ".") == expected
    assert "cache: " in lint(project, "-v", ".").output


# -- recipes of CI ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "place", ["../cache", ".cache/lint-langsmith"], ids=["beside the checkout", "inside of it"]
)
def test_a_cache_serves_a_fresh_checkout(
    place: str, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in our recipes for GitHub and GitLab: the checkout is made anew at the same path, the folder is restored."""
    monkeypatch.setenv(VARIABLE, place)
    git(clone, "commit", "-qm", "all")
    expected = lint(clone, ".")
    upstream, archive, moved = (
        clone.parent / name for name in ("upstream", "archive.tar", "moved")
    )
    folder = (clone / place).resolve()
    subprocess.run(["tar", "cf", archive, "-C", folder.parent, folder.name], check=True)
    git(clone.parent, "clone", "-q", "--bare", str(clone), str(upstream))
    clone.rename(moved)
    shutil.rmtree(folder, ignore_errors=True)
    git(clone.parent, "clone", "-q", str(upstream), str(clone))
    monkeypatch.chdir(clone)
    folder.parent.mkdir(exist_ok=True)
    subprocess.run(["tar", "xf", archive, "-C", folder.parent], check=True)
    assert "nothing has changed" in lint(clone, "-v", ".").output
    assert lint(clone, ".") == expected


# -- sizes -----------------------------------------------------------------------------------------------------------


def test_what_is_too_large_is_neither_written_nor_read(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(project)
    folder.write("models", [("ab-1", b"x" * 1000)])
    monkeypatch.setattr(open_folder, "LARGEST_ENTRY", 500)
    with pytest.raises(UnusableCacheError):
        folder.read("models", "ab-1")
    folder.write("models", [("ab-2", b"x" * 1000), ("ab-3", b"x")])
    assert folder.read("models", "ab-2") is None
    assert folder.read("models", "ab-3") == b"x"


def test_the_oldest_entries_go_first(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(project)
    folder.write("models", [(f"ab-{number}", b"x" * 1000) for number in range(9)])
    for number in range(9):
        os.utime(folder.path / f"models/ab-{number}", (time.time() - number,) * 2)
    (folder.path / "models/ab-8").unlink()
    write(folder.path / "models/notes.txt", "mine" * 9999)
    monkeypatch.setattr(location, "_MOST_OF_A_PART", 4 * 1100)
    folder.sweep("models")
    left = {path.name for path in (folder.path / "models").iterdir()}
    assert left == {"ab-0", "ab-1", "ab-2", "ab-3", "notes.txt"}


def test_the_projects_that_were_not_linted_for_longest_go_first(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(location, "_MOST_OF_ALL", 2 * 2000)
    folders = [Caches("caches", tmp_path).of(tmp_path / str(number)) for number in range(4)]
    for age, folder in enumerate(folders):
        folder.write("models", [("ab-1", b"x" * 1000)])
        for path in folder.path.rglob("*"):
            os.utime(path, (time.time() - 100 * age - 100,) * 2)
    foreign = tmp_path / "caches" / ("f" * 32)
    write(foreign / "precious", "x" * 9999)
    folders[3].sweep("models")
    assert [folder.is_there() for folder in folders] == [True, True, False, True]
    assert foreign.exists()
    folders[3].sweep("models")  # not again on the same day


def test_drafts_of_runs_that_were_killed_go(project: Path) -> None:
    folder = folder_of(project)
    folder.write("models", [("ab-1", b"x")])
    for name, age in (("draft-0123456789abcdef", 2 * 3600), ("draft-1123456789abcdef", 60)):
        write(folder.path / "models" / name, "x")
        os.utime(folder.path / "models" / name, (time.time() - age,) * 2)
    folder.sweep("models")
    assert {path.name for path in (folder.path / "models").iterdir()} == {
        "ab-1",
        "draft-1123456789abcdef",
    }
