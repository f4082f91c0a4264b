"""Which langsmith a project uses, and the arithmetic of ranges."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from pace import within

from lint_langsmith.analysis.project.installs import version_in as langsmith_in
from lint_langsmith.analysis.project.version import ProjectVersion, project_version
from lint_langsmith.cli import main
from lint_langsmith.sdk.names import names
from lint_langsmith.source.magics import python_of
from lint_langsmith.versions import BadVersionError, Release, parse_range, parse_release


@pytest.mark.parametrize(
    ("written", "inside", "outside"),
    [
        (">=0.3,<0.5", ["0.3.0", "0.4.60"], ["0.2.11", "0.5.0"]),
        (">= 0.3 , < 0.5", ["0.3.0"], ["0.5.0"]),
        ("==0.4.20", ["0.4.20", "0.4.20.0"], ["0.4.2", "0.4.21"]),
        ("0.4.20", ["0.4.20"], ["0.4.21"]),
        ("==0.3.*", ["0.3.0", "0.3.45"], ["0.4.0", "0.30.0"]),
        ("!=0.3.*,>0.2", ["0.4.0"], ["0.3.1", "0.2.0"]),
        ("~=0.3.9", ["0.3.9", "0.3.45"], ["0.3.8", "0.4.0"]),
        ("~=0.3", ["0.3.0", "0.9.0"], ["1.0"]),
        ("^0.3.45", ["0.3.45"], ["0.4.0", "0.3.44"]),
        ("^0.0.5", ["0.0.5"], ["0.0.6"]),
        ("^1.2", ["1.2", "1.9"], ["2.0"]),
        ("~0.3", ["0.3.99"], ["0.4"]),
        ("^0.1 || ^0.3", ["0.1.147", "0.3.1"], ["0.2.0"]),
        (">=0.3.0rc1", ["0.3.0"], ["0.2.9"]),
        ("(>=0.3,<0.4)", ["0.3.5"], ["0.4"]),
        ("*", ["0.0.1", "9.9"], []),
        ("", ["0.0.1", "9.9"], []),
        ("===0.4.20", ["0.4.20"], ["0.4.21"]),
        ("==0.4.20+local", ["0.4.20"], ["0.4.21"]),
    ],
)
def test_a_range_admits(written: str, inside: list[str], outside: list[str]) -> None:
    found = parse_range(written)
    assert all(found.admits(parse_release(version)) for version in inside)
    assert not any(found.admits(parse_release(version)) for version in outside)


CLAUSES = [
    *(
        "==0.3",
        "==0.3.0",
        "==0.3.*",
        "==0.3.0.*",
        "!=0.3.1",
        "!=0.3.*",
        ">=0.3.1",
        ">0.3.0",
        "<=0.4",
        "<0.4.0",
    ),
    *("~0.3", "^0.3.1", "^0.0.3", "~=0.3.1", "==0.3.10", "<0.0.0", "==9", ">=0", "==1.*"),
]
RELEASES = sorted(
    parse_release(text)
    for text in (
        "0.0.1",
        "0.0.3",
        "0.2.9",
        "0.3",
        "0.3.1",
        "0.3.2",
        "0.3.10",
        "0.4.0",
        "0.4.1",
        "1.0",
    )
)


@pytest.mark.parametrize("first", CLAUSES)
def test_what_is_chosen_is_the_newest_release_that_each_alternative_admits(first: str) -> None:
    for second in CLAUSES:
        for text in (f"{first},{second}", f"{first} || {second}"):
            chosen = {
                max(admitted)
                for part in text.split(" || ")
                if (admitted := [item for item in RELEASES if parse_range(part).admits(item)])
            }
            assert parse_range(text).chosen_from(RELEASES) == tuple(sorted(chosen)), text


def test_a_file_may_pin_as_many_releases_as_it_has_lines() -> None:
    pins = " || ".join(f"==0.1.{number} || <0.0.{number}" for number in range(10_000))
    admitted, releases = parse_range(pins), names("langsmith").releases
    with within(1):
        admitted.chosen_from(releases)


@pytest.mark.parametrize(
    "written", ["latest", ">=", "=>0.3", "0.x.1", "git+https://example.com/x"]
)
def test_what_is_no_range_is_said_to_be_none(written: str) -> None:
    with pytest.raises(BadVersionError):
        parse_range(written)


PYPROJECT = (
    '[project]\nname = "x"\n'
    'dependencies = ["langchain", "langsmith[vcr]>=0.3,<0.5; python_version > \'3.9\'"]\n'
)
UV_LOCK = (
    'version = 1\n[[package]]\nname = "langchain"\nversion = "1.0"\n\n'
    '[[package]]\nname = "langsmith"\nversion = "0.4.20"\n'
)
CASES = {
    "pyproject.toml: project": (
        {"pyproject.toml": PYPROJECT},
        "langsmith>=0.3,<0.5 (pyproject.toml)",
    ),
    "a lock file beats it": (
        {"pyproject.toml": PYPROJECT, "uv.lock": UV_LOCK},
        "langsmith 0.4.20 (uv.lock)",
    ),
    "poetry.lock": (
        {
            "poetry.lock": '[[package]]\nname = "langsmith"\nversion = "0.3.45"\ndescription = ""\n'
        },
        "langsmith 0.3.45 (poetry.lock)",
    ),
    "pdm.lock, CRLF": (
        {"pdm.lock": '[[package]]\r\nname = "langsmith"\r\nversion = "0.3.45"\r\n'},
        "langsmith 0.3.45 (pdm.lock)",
    ),
    "Pipfile.lock": (
        {"Pipfile.lock": '{"default": {"langsmith": {"version": "==0.1.147", "hashes": []}}}'},
        "langsmith 0.1.147 (Pipfile.lock)",
    ),
    "Pipfile": (
        {"Pipfile": '[packages]\nlangsmith = "~=0.3.1"\n'},
        "langsmith~=0.3.1 (Pipfile)",
    ),
    "optional dependencies": (
        {"pyproject.toml": '[project.optional-dependencies]\neval = ["LangSmith ~= 0.3.4"]\n'},
        "langsmith~= 0.3.4 (pyproject.toml)",
    ),
    "dependency groups": (
        {
            "pyproject.toml": '[dependency-groups]\ndev = [{include-group = "x"}, "langsmith==0.2.11"]\n'
        },
        "langsmith 0.2.11 (pyproject.toml)",
    ),
    "poetry": (
        {
            "pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.10"\nlangsmith = "^0.3.45"\n'
        },
        "langsmith^0.3.45 (pyproject.toml)",
    ),
    "poetry, a table in a group": (
        {
            "pyproject.toml": "[tool.poetry.group.dev.dependencies]\n"
            'langsmith = { version = "^0.1", extras = ["vcr"] }\n',
        },
        "langsmith^0.1 (pyproject.toml)",
    ),
    "requirements with a pin": (
        {
            "requirements.txt": "# ours\nlangchain==0.3.0\nlangsmith==0.1.147 \\\n    --hash=sha256:abc\n"
        },
        "langsmith 0.1.147 (requirements.txt)",
    ),
    "a pin beats a range": (
        {
            "requirements.txt": "langsmith>=0.1\n",
            "requirements-dev.txt": "langsmith==0.1.147  # for tests\n",
        },
        "langsmith 0.1.147 (requirements-dev.txt)",
    ),
    "requirements in a folder": (
        {"requirements/base.in": "langsmith<0.5\n"},
        "langsmith<0.5 (requirements/base.in)",
    ),
    "setup.cfg": (
        {"setup.cfg": "[options]\ninstall_requires =\n    requests\n    langsmith>=0.1,<0.2\n"},
        "langsmith>=0.1,<0.2 (setup.cfg)",
    ),
    "the file nearest to the root": (
        {"requirements.txt": "langsmith>=0.4\n", "docs/requirements.txt": "langsmith==0.1.0\n"},
        "langsmith>=0.4 (requirements.txt)",
    ),
    "what examples and tests require": (
        {
            "feedback-examples/a/requirements.txt": "langsmith==0.0.49\n",
            "tests/requirements.txt": "langsmith==0.1.0\n",
        },
        "the newest langsmith (nothing in the project says which)",
    ),
    "two services that disagree": (
        {
            "a/requirements.txt": "langsmith==0.3.45\n",
            "b/requirements.txt": "langsmith==0.4.20\n",
        },
        "langsmith==0.3.45 or ==0.4.20 (a/requirements.txt, b/requirements.txt)",
    ),
    "the bare name": (
        {"requirements.txt": "langsmith\n"},
        "the newest langsmith (requirements.txt names no version)",
    ),
    "langchain alone": (
        {"pyproject.toml": '[project]\ndependencies = ["langchain>=0.3"]\n'},
        "the newest langsmith (nothing in the project says which)",
    ),
    "other packages": (
        {"requirements.txt": "langsmith-extra==0.1.0\nlangsmithy==0.2\nmylangsmith==0.3\n"},
        "the newest langsmith (nothing in the project says which)",
    ),
    "a direct reference": (
        {"requirements.txt": "langsmith @ git+https://example.com/langsmith\n"},
        "the newest langsmith (nothing in the project says which)",
    ),
    "files that can't be read": (
        {
            "pyproject.toml": "[project\ndependencies = langsmith>=0.3",
            "Pipfile.lock": "{langsmith",
            "setup.cfg": "langsmith>=0.3\n[options",
            "Pipfile": "\x00langsmith",
            "requirements.txt": "langsmith=>0.3\n",
            "poetry.lock": 'name = "langsmith"\nversion = "none"\n',
        },
        "the newest langsmith (nothing in the project says which)",
    ),
    "types that nobody expects": (
        {
            "pyproject.toml": 'dependency-groups = "langsmith"\n[project]\ndependencies = "langsmith>=0.3"\n'
            "[tool.poetry.dependencies]\nlangsmith = 3\n[tool]\nuv = []\n",
            "Pipfile.lock": '{"default": ["langsmith"]}',
        },
        "the newest langsmith (pyproject.toml names no version)",
    ),
}


def version_in(root: Path, files: dict[str, str], setting: str = "auto") -> ProjectVersion:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return project_version(
        setting, root, sorted(files), lambda name: (root / name).read_bytes()
    )


@pytest.mark.parametrize(("files", "spoken"), CASES.values(), ids=CASES.keys())
def test_what_a_project_uses(files: dict[str, str], spoken: str, tmp_path: Path) -> None:
    assert version_in(tmp_path, files).described == spoken


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_requirements_as_windows_writes_them(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("openai\nlangsmith==0.3.45\n", encoding=encoding)
    found = project_version(
        "auto", tmp_path, ["requirements.txt"], lambda name: (tmp_path / name).read_bytes()
    )
    assert found.described == "langsmith 0.3.45 (requirements.txt)"


def test_the_setting_beats_everything(tmp_path: Path) -> None:
    assert (
        version_in(tmp_path, {"uv.lock": UV_LOCK}, "0.3.45").spoken
        == "langsmith 0.3.45 (the setting langsmith-version)"
    )
    assert version_in(tmp_path, {"uv.lock": UV_LOCK}, "newest").admitted is None


def test_the_lock_file_of_a_workspace_lies_above_its_members(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "uv.lock").write_text(UV_LOCK)
    member = tmp_path / "packages" / "one"
    member.mkdir(parents=True)
    assert (
        version_in(member, {"pyproject.toml": PYPROJECT}).spoken
        == "langsmith 0.4.20 (../../uv.lock)"
    )
    # Beyond the repository nothing counts.
    (member / ".git").mkdir()
    assert (
        version_in(member, {"pyproject.toml": PYPROJECT}).spoken
        == "langsmith>=0.3,<0.5 (pyproject.toml)"
    )


WORKSPACE = {
    "a pin of its own does not beat the lock file above": (
        {"requirements.txt": "langsmith==0.1.0\n"},
        "langsmith 0.4.20 (../../uv.lock)",
    ),
    "a lock file of its own does": (
        {
            "uv.lock": UV_LOCK.replace("0.4.20", "0.3.1"),
            "requirements.txt": "langsmith==0.1.0\n",
        },
        "langsmith 0.3.1 (uv.lock)",
    ),
    "one further down does not": (
        {"deep/uv.lock": UV_LOCK.replace("0.4.20", "0.3.1")},
        "langsmith 0.4.20 (../../uv.lock)",
    ),
    "the folder of requirements is no depth of its own": (
        {
            "requirements/base.txt": "langsmith==0.1.0\n",
            "deep/requirements.txt": "langsmith==0.2.0\n",
        },
        "langsmith 0.4.20 (../../uv.lock)",
    ),
}


@pytest.mark.parametrize(("files", "spoken"), WORKSPACE.values(), ids=WORKSPACE.keys())
def test_what_counts_in_a_workspace(files: dict[str, str], spoken: str, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "uv.lock").write_text(UV_LOCK)
    member = tmp_path / "packages" / "one"
    member.mkdir(parents=True)
    assert version_in(member, files).spoken == spoken


@pytest.mark.parametrize(
    ("names", "spoken"),
    [
        (
            ("requirements/a.txt", "deep/requirements.txt"),
            "langsmith 0.1.0 (requirements/a.txt)",
        ),
        (
            ("requirements/a.txt", "requirements.txt"),
            "langsmith==0.1.1 or ==0.1.0 (requirements.txt, requirements/a.txt)",
        ),
        (("deep/requirements/a.txt", "requirements.txt"), "langsmith 0.1.1 (requirements.txt)"),
        (
            ("deep/requirements/a.txt", "deep/requirements.txt", "deeper/a/requirements.txt"),
            "langsmith==0.1.1 or ==0.1.0 (deep/requirements.txt, deep/requirements/a.txt)",
        ),
    ],
)
def test_requirements_in_their_folder_lie_beside_it(
    names: tuple[str, ...], spoken: str, tmp_path: Path
) -> None:
    files = {name: f"langsmith==0.1.{number}\n" for number, name in enumerate(names)}
    assert version_in(tmp_path, files).spoken == spoken


def test_a_lock_file_above_that_can_not_be_read(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "uv.lock").mkdir()
    member = tmp_path / "one"
    member.mkdir()
    assert (
        version_in(member, {"pyproject.toml": PYPROJECT}).spoken
        == "langsmith>=0.3,<0.5 (pyproject.toml)"
    )


INSTALLS = {
    "an upgrade": (
        "%pip install -qU langsmith openai",
        "the newest langsmith (the notebook's own pip install)",
    ),
    "a pin": (
        "!pip install langsmith==0.1.50",
        "langsmith 0.1.50 (the notebook's own pip install)",
    ),
    "an upgrade within a range": (
        "!{sys.executable} -m pip install --upgrade \\\n  openai 'langsmith[vcr]<0.2'",
        "langsmith<0.2 (the notebook's own pip install)",
    ),
    "a range that what is there does not meet": (
        "%uv pip install 'langsmith>=0.5'",
        "langsmith>=0.5 (the notebook's own pip install)",
    ),
    "a shell cell, the last one": (
        "%%bash\npip install langsmith==0.2.11  # langsmith==0.1.0\ncd x && pip3 install langsmith==0.2.12",
        "langsmith 0.2.12 (the notebook's own pip install)",
    ),
    "the bare name": ("!pip install langsmith", "langsmith 0.4.20 (uv.lock)"),
    "a range that what is there meets": (
        "%pip install 'langsmith>=0.2'",
        "langsmith 0.4.20 (uv.lock)",
    ),
    "other packages": (
        "%pip install -U langsmith-extra langchain",
        "langsmith 0.4.20 (uv.lock)",
    ),
    "other commands": (
        "!pip uninstall langsmith==0.1.50\n!echo install langsmith==0.1.50",
        "langsmith 0.4.20 (uv.lock)",
    ),
    "what is no range": (
        "!pip install langsmith=={version} 'langsmith",
        "langsmith 0.4.20 (uv.lock)",
    ),
}


@pytest.mark.parametrize(("cell", "spoken"), INSTALLS.values(), ids=INSTALLS.keys())
def test_a_notebook_may_install_another_langsmith_for_itself(
    cell: str, spoken: str, tmp_path: Path
) -> None:
    locked = version_in(tmp_path, {"uv.lock": UV_LOCK})
    assert langsmith_in(python_of(cell + "\n").magics, locked).spoken == spoken


# What is required, by file, a package, and the newest release of it that all the requirements admit together.
TOGETHER = {
    "by the core": ("langchain>=0.2.15\nlangchain-core<0.3\n", "", "langchain", (0, 2, 17)),
    "by what requires the core": (
        "langchain>=0.2.15\nlangchain-text-splitters==0.2.2\n",
        "",
        "langchain",
        (0, 2, 17),
    ),
    "over the core": ("langsmith>=0.1\nlangchain-core<0.3\n", "", "langsmith", (0, 1, 147)),
    "by what names no langsmith": ("langchain==0.2.17\n", "", "langsmith", (0, 1, 147)),
    "the core itself": ("langchain==0.2.17\n", "", "langchain-core", (0, 2, 43)),
    "its own pin": ("langchain==0.1.0\nlangchain-core<0.3\n", "", "langchain", (0, 1, 0)),
    "by none that admits the newest": (
        "langsmith\nlangchain-core>=0.3\n",
        "",
        "langsmith",
        None,
    ),
    "within its own line": ("langchain\nlangchain-core==1.0.0\n", "", "langchain", (1, 0, 8)),
    "by a floor": ("langchain\nlangchain-core>=1.0\n", "", "langchain", None),
    "by none that stands elsewhere": (
        "langchain>=0.2.15\n",
        "langchain-core<0.3\n",
        "langchain",
        None,
    ),
    "by none that can't be": ("langchain>=1.0\nlangchain-core<0.3\n", "", "langchain", None),
    "by none of unknown packages": ("langchain\nlangchain-box==0.1.0\n", "", "langchain", None),
}


@pytest.mark.parametrize(
    ("required", "elsewhere", "package", "release"), TOGETHER.values(), ids=TOGETHER.keys()
)
def test_what_an_installer_chooses_meets_all_requirements(
    required: str, elsewhere: str, package: str, release: Release | None, tmp_path: Path
) -> None:
    files = {"requirements.txt": required, "old/requirements.txt": elsewhere}
    texts = {name: text.encode() for name, text in files.items()}
    found = project_version("auto", tmp_path, files, texts.get, package)
    known = names(package).releases
    chosen = found.admitted.chosen_from(known) if found.admitted is not None else known[-1:]
    assert tuple(chosen) == (release or known[-1],)


def test_what_leaves_no_newer_release_is_told(tmp_path: Path) -> None:
    read = {"requirements.txt": b"langchain==0.2.17\n"}.get
    found = project_version("auto", tmp_path, ["requirements.txt"], read)
    assert found.spoken == "langsmith<0.2.0 (required by langchain)"


def notebook(folder: Path, name: str, *sources: str) -> None:
    """Write a notebook with some cells of code."""
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": text} for text in sources
    ]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / f"{name}.ipynb").write_text(json.dumps(content))


def test_a_notebook_may_install_other_packages_for_itself(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("langchain>=0.1,<0.2\n")
    source = "from langchain import hub\nprint(hub)"
    notebook(tmp_path, "bare", "%pip install langchain", source)
    notebook(tmp_path, "old", "%pip install -q langchain==0.2.17 langsmith==0.1.100", source)
    notebook(tmp_path, "newest", "!pip install -qU transformers \\\n  langchain", source)
    notebook(tmp_path, "pinned", "%pip install langchain==1.0.0", source)
    result = CliRunner().invoke(
        main, ["check", str(tmp_path), "--no-cache", "--isolated", "-f", "concise"]
    )
    said = [line for line in result.output.splitlines() if "`langchain.hub` is not in" in line]
    releases = {"newest": "the newest langchain", "pinned": "langchain 1.0.0"}
    assert len(said) == len(releases), said
    for name, release in releases.items():
        (line,) = [line for line in said if f"{name}.ipynb" in line]
        assert f"is not in {release} (the notebook's own pip install)" in line


def test_only_the_notebook_that_installs_it_is_judged_by_it(tmp_path: Path) -> None:
    source = "from langsmith import Client\nclient = Client()\nclient.pull_prompt('x')"
    (tmp_path / "uv.lock").write_text(UV_LOCK)
    for name, install in (
        ("pinned", "%pip install langsmith==0.1.50"),
        ("bare", "%pip install langsmith"),
    ):
        notebook(tmp_path, name, install, source)
    result = CliRunner().invoke(
        main, ["check", str(tmp_path), "--no-cache", "--isolated", "-f", "concise"]
    )
    (said,) = [line for line in result.output.splitlines() if "LS502" in line]
    assert "pinned.ipynb" in said
    assert "is not in langsmith 0.1.50 (the notebook's own pip install)" in said


def show_settings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(folder)
    (folder / "main.py").write_text("import langsmith\n")
    result = CliRunner().invoke(main, ["--show-settings", "main.py"])
    return result.output


def test_the_settings_show_what_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    shown = show_settings(tmp_path, monkeypatch)
    assert "judged by langsmith>=0.3,<0.5 (pyproject.toml), as measured on 0.4.20" in shown
    (tmp_path / "uv.lock").write_text(UV_LOCK)
    assert "judged by langsmith 0.4.20 (uv.lock), as measured on 0.4.20" in show_settings(
        tmp_path, monkeypatch
    )


def test_a_setting_that_is_no_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lint-langsmith.toml").write_text(
        'persona = "regular"\nlangsmith-version = "latest"\n'
    )
    output = show_settings(tmp_path, monkeypatch)
    assert (
        "lint-langsmith.toml:2: `langsmith-version`: `latest` is no version, nor `auto` or `newest`"
        in output
    )
