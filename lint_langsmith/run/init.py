"""`lint-langsmith init`: the files that a project lacks to be linted, planned first, then shown, then written.

Three parts: a configuration, the hooks of pre-commit, a workflow of GitHub. What the project already has of them stays
as it is, and so does every line of a file that a part is added to.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from lint_langsmith import __version__
from lint_langsmith.config.config import FILE_NAMES, Configs
from lint_langsmith.config.options import UsageError
from lint_langsmith.findings import DOCS_URL
from lint_langsmith.results.alignment import unified
from lint_langsmith.source import files
from lint_langsmith.source.root import Boundary, Root, work_tree
from lint_langsmith.source.text import UnreadableFileError

_REPOSITORY: Final = "https://github.com/lint-langsmith/lint-langsmith"
_HOOKS: Final = ".pre-commit-config.yaml"
_WORKFLOWS: Final = ".github/workflows"
_WORKFLOW: Final = f"{_WORKFLOWS}/lint-langsmith.yml"
# By these a project is one of another service, which has a recipe of its own in the guide.
_OTHER_SERVICES: Final = (".gitlab-ci.yml", "azure-pipelines.yml")
_CI_GUIDE: Final = f"{DOCS_URL}/guide/ci/"

_SETTINGS: Final = f"""\
# All settings: {DOCS_URL}/reference/settings/
persona = "regular" # whose findings are shown; "pedantic" shows smells, too
fail-on = "warning" # the least severity that makes a run fail
"""
_TABLE: Final = f"[tool.lint-langsmith]\n{_SETTINGS}"
_HOOK: Final = f"""\
- repo: {_REPOSITORY}
  rev: v{__version__}
  hooks:
    - id: lint-langsmith # Python and notebooks
    - id: lint-langsmith-text # every other text file, for keys and variables
"""
# A test compares it with the example of the guide.
WORKFLOW: Final = f"""\
name: lint-langsmith

on:
  pull_request:
  push:
    branches: [main]

permissions: {{}}

jobs:
  lint-langsmith:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - uses: lint-langsmith/lint-langsmith@v{__version__}
"""


class Change(NamedTuple):
    """A file as it is (None: there is none) and as it would be."""

    path: Path
    before: bytes | None
    after: bytes


class Plan(NamedTuple):
    """What would be written, and a sentence for each part that is left as it is."""

    changes: tuple[Change, ...]
    notes: tuple[str, ...]


def plan(cwd: Path) -> Plan:
    """What the project around a folder lacks. The configuration is that of the folder, the rest of its repository.

    Raises:
        UsageError: a file that would be changed can't be read or parsed, or would be written through a link.
        ConfigError: the configuration that is there is unusable.
    """
    top = Path(work_tree(str(cwd)) or cwd)
    parts = (_configuration(cwd), _pre_commit(top), _workflow(top))
    changes = tuple(part for part in parts if isinstance(part, Change))
    boundary = Boundary((Root.at(str(top)),))
    for change in changes:
        why = boundary.why_not_written(str(change.path))
        if why is not None:
            raise UsageError(f"cannot write {change.path}: {why}")
    return Plan(changes, tuple(part for part in parts if isinstance(part, str)))


def difference(planned: Plan, cwd: Path) -> str:
    """The changes as a unified diff; it may quote what the files hold."""
    return "".join(line for change in planned.changes for line in _diff(change, cwd))


def write(planned: Plan) -> None:
    """Make the changes, each file at once.

    Raises:
        UsageError: a file has changed since the plan was made, or can't be written.
    """
    for change in planned.changes:
        if _content(change.path) != change.before:
            raise UsageError(f"{change.path} has changed meanwhile: nothing was written to it")
        try:
            files.write_whole(change.path, change.after)
        except OSError as error:
            raise UsageError(f"cannot write {change.path}: {error.strerror}") from None


# -- the parts: a change, or why there is none -----------------------------------------------------------------------


def _configuration(folder: Path) -> Change | str:
    found = Configs(explicit=None, isolated=False, cwd=folder).at(folder).path
    if found is not None:
        return f"{found}: configures lint-langsmith already"
    project = folder / "pyproject.toml"
    before = _content(project)
    if before is None:
        return Change(folder / FILE_NAMES[0], None, _SETTINGS.encode())
    _parsed_toml(project, before)
    return Change(project, before, _appended(before, f"\n{_TABLE}"))


def _pre_commit(top: Path) -> Change | str:
    import yaml  # noqa: PLC0415 - for this command alone

    path = top / _HOOKS
    before = _content(path)
    if before is None:
        return Change(path, None, f"repos:\n{_indented(_HOOK, 2)}".encode())
    if b"lint-langsmith" in before:
        return f"{path}: has the hooks of lint-langsmith already"
    try:
        after = _with_hook(before)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        problem = getattr(error, "problem", None) or type(error).__name__
        raise UsageError(f"{path}: is not valid YAML: {problem}") from None
    if after is None:
        return f"{path}: is left as it is; add to its `repos`:\n{_HOOK.rstrip()}"
    return Change(path, before, after)


def _workflow(top: Path) -> Change | str:
    folder = top / _WORKFLOWS
    present = [*_yaml_files(folder), *(top / name for name in _OTHER_SERVICES)]
    for path in present:
        if b"lint-langsmith" in (_content(path) or b""):
            return f"{path}: runs lint-langsmith already"
    if not files.is_folder(top / ".github"):
        for name in _OTHER_SERVICES:
            if files.exists(top / name):
                return f"{top / name}: is left as it is; {_CI_GUIDE} has what to add"
    return Change(top / _WORKFLOW, None, WORKFLOW.encode())


def _yaml_files(folder: Path) -> list[Path]:
    if not files.is_folder(folder):
        return []
    try:
        entries = files.listing(folder)
    except UnreadableFileError as error:
        raise UsageError(f"{folder}: {error.message}") from None
    return [Path(entry.path) for entry in entries if entry.name.endswith((".yml", ".yaml"))]


# -- files -----------------------------------------------------------------------------------------------------------


def _content(path: Path) -> bytes | None:
    """The bytes of a file; None where there is none."""
    if not files.exists(path) and not files.is_link(path):
        return None
    try:
        return files.read(path, files.LARGEST_CONFIGURATION)
    except UnreadableFileError as error:
        raise UsageError(f"{path}: {error.message}") from None


def _appended(before: bytes, text: str) -> bytes:
    """A file with lines behind its last one, which end as the first one does."""
    end = b"\r\n" if before.partition(b"\n")[0].endswith(b"\r") else b"\n"
    last = b"" if not before or before.endswith(b"\n") else end
    return before + last + text.encode().replace(b"\n", end)


def _with_hook(before: bytes) -> bytes | None:
    """A configuration of pre-commit with our hooks behind its last ones; None where there is no list of lines.

    Raises:
        YAMLError, UnicodeDecodeError, RecursionError: it is not valid YAML.
    """
    import yaml  # noqa: PLC0415 - for this command alone

    root = yaml.compose(before.decode(), Loader=yaml.SafeLoader)
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    repos = next((value for key, value in pairs if key.value == "repos"), None)
    if not isinstance(repos, yaml.SequenceNode) or repos.flow_style or not repos.value:
        return None
    lines = before.decode().splitlines(keepends=True)
    at = _end_of(repos.value[-1].end_mark, lines, repos.start_mark.column)
    head, tail = ("".join(part).encode() for part in (lines[:at], lines[at:]))
    after = _appended(head, _indented(_HOOK, repos.start_mark.column)) + tail
    return after if _adds(before, after, _HOOK.encode()) else None


def _end_of(mark: Any, lines: list[str], column: int) -> int:
    """The number of lines up to the end of a list at a column.

    The parser's mark stands at the next thing, behind blank lines and comments. Comments that are indented deeper than
    the list are of its last item.
    """
    at = int(mark.line if mark.column == 0 else mark.line + 1)
    while at > 0 and _is_between(lines[at - 1], column):
        at -= 1
    return at


def _is_between(line: str, column: int) -> bool:
    bare = line.lstrip()
    return not bare or (bare.startswith("#") and len(line) - len(bare) <= column)


def _adds(before: bytes, after: bytes, part: bytes) -> bool:
    """Whether a YAML file says all that it said, and the items of a list besides. Aliases are not followed."""
    old, new, added = _events(before), _events(after), _events(part)
    inner = added[3:-3]  # without the stream, the document and the list
    same = next(
        (index for index, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]),
        len(old),
    )
    return len(new) == len(old) + len(inner) and new[:same] + new[same + len(inner) :] == old


def _events(content: bytes) -> list[tuple[str, str | None, str | None]]:
    """What a YAML file says, as a flat list: kind, value, anchor."""
    import yaml  # noqa: PLC0415 - for this command alone

    return [
        (type(event).__name__, getattr(event, "value", None), getattr(event, "anchor", None))
        for event in yaml.parse(content.decode(), Loader=yaml.SafeLoader)
    ]


def _indented(text: str, by: int) -> str:
    return "".join(f"{' ' * by}{line}" for line in text.splitlines(keepends=True))


def _parsed_toml(path: Path, content: bytes) -> None:
    import tomli  # noqa: PLC0415 - for this command alone

    try:
        tomli.loads(content.decode())
    except (
        ValueError,
        RecursionError,
    ) as error:  # also of a number that is too long, or text that is no UTF-8
        raise UsageError(f"{path}: is not valid TOML: {error}") from None


def _diff(change: Change, cwd: Path) -> Iterator[str]:
    name = (
        change.path.relative_to(cwd).as_posix()
        if change.path.is_relative_to(cwd)
        else change.path.as_posix()
    )
    before = (change.before or b"").decode(errors="replace").splitlines(keepends=True)
    after = change.after.decode(errors="replace").splitlines(keepends=True)
    old = name if change.before is not None else "/dev/null"
    for line in unified(before, after, old, name):
        yield f"{line.rstrip(chr(13) + chr(10))}\n"
