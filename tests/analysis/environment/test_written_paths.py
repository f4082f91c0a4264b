"""Which path an expression writes: relative to the root where it begins at the file, else to where a program starts."""

from __future__ import annotations

import pytest

from lint_langsmith.analysis.environment.checkout import located
from lint_langsmith.analysis.environment.written_paths import WrittenPath, written_path
from lint_langsmith.analysis.limits import NAME_HOPS, PARTS_OF_PATH
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.config.settings import Settings

NAMES = """\
HERE = Path(__file__).parent
UP = HERE.parent
TWICE = "a"
if unknown:
    TWICE = "b"
A = B = "both"
(C, D) = ("c", "d")
for E in ["e"]:
    pass
"""


PATHS = [
    ("__file__", "app/sub/main.py"),
    ("Path(__file__)", "app/sub/main.py"),
    ("Path(__file__).parent", "app/sub"),
    ("Path(__file__).parent.parent.parent", ""),
    ("Path(__file__).parent.parent.parent.parent", ".."),
    ("Path(__file__).parents[0]", "app/sub"),
    ("Path(__file__).resolve().parents[1]", "app"),
    ("Path(__file__).parents[4]", "../.."),
    (f"Path(__file__).parents[{PARTS_OF_PATH}]", None),
    ("Path(__file__).parents[-1]", None),
    ("Path(__file__).parents[i]", None),
    ("Path(__file__).children[1]", None),
    ("paths[1]", None),
    ("Path(__file__).name", None),
    ("os.path.dirname(__file__)", "app/sub"),
    ("os.path.dirname(os.path.dirname(__file__))", "app"),
    ("os.path.dirname(__file__, 1)", None),
    ("os.path.dirname(unknown)", None),
    ("dirname(abspath(__file__))", "app/sub"),
    ("os.path.realpath(os.path.join(os.path.dirname(__file__), '..', '.env'))", "app/.env"),
    ("osp.join(HERE, 'a', './b', '', 'c')", "app/sub/a/b/c"),
    ("os.path.join(HERE, unknown)", None),
    ("os.path.join(unknown, 'a')", None),
    ("os.path.join('a', HERE)", None),
    ("os.path.join(HERE, '/etc')", None),
    ("os.path.join()", None),
    ("Path(*parts)", None),
    ("pathlib.Path('a', 'b')", "a/b"),
    ("HERE.joinpath('a', 'b')", "app/sub/a/b"),
    ("HERE.with_name('a')", None),
    ("HERE / 'a' / '..' / 'b'", "app/sub/b"),
    ("HERE / '..' / '..' / '..' / '..' / 'x'", "../../x"),
    ("UP / 'conf'", "app/conf"),
    ("HERE / unknown", None),
    ("unknown / 'a'", None),
    ("str(HERE) + '/a.env'", "app/sub/a.env"),
    ("HERE + 'a.env'", None),
    ("HERE + name", None),
    ("unknown + '/a'", None),
    ("f(HERE)", None),
    ("'a//b/./c'", "a/b/c"),
    (r"'a\\b'", "a/b"),
    ("'/etc/a'", None),
    ("'~/a'", None),
    ("Path('~/a').expanduser()", None),
    ("'../a'", "../a"),
    ("Path.cwd()", ""),
    ("os.getcwd() + '/.env'", ".env"),
    ("Path.cwd() / 'a'", "a"),
    ("cwd(1)", None),
    ("TWICE", None),
    ("A", "both"),
    ("C", "c"),
    ("E", None),
    ("unbound", None),
    ("1", None),
]
MORE = ("HERE.parent", "HERE / 'a'", "'a'", "HERE", "Path('a')")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> File:
    """A program that writes all of them, in the order of their lines."""
    folder = tmp_path_factory.mktemp("paths")
    path = folder / "app" / "sub" / "main.py"
    path.parent.mkdir(parents=True)
    written = dict.fromkeys((*(row[0] for row in PATHS), *MORE))
    path.write_text(NAMES + "".join(f"ask({row})\n" for row in written), encoding="utf-8")
    found = Project(folder, Settings(), [path]).try_load("app/sub/main.py")
    assert found is not None
    return found


def path_of(file: File, expression: str, hops: int = NAME_HOPS) -> WrittenPath | None:
    (call,) = (
        call for call in file.model.calls if file.source(call.span) == f"ask({expression})"
    )
    return written_path(file, call.args[0].value, call, hops)


@pytest.mark.parametrize(("expression", "path"), PATHS)
def test_paths(file: File, expression: str, path: str | None) -> None:
    found = path_of(file, expression)
    assert (found.text if found is not None else None) == path


@pytest.mark.parametrize(
    ("expression", "is_anchored"),
    [
        ("__file__", True),
        ("HERE / 'a'", True),
        ("HERE.parent", True),
        ("'a'", False),
        ("Path.cwd() / 'a'", False),
    ],
)
def test_where_a_path_begins(file: File, expression: str, is_anchored: bool) -> None:
    found = path_of(file, expression)
    assert found is not None
    assert found.is_anchored == is_anchored


@pytest.mark.parametrize(
    ("expression", "hops"),
    [
        ("Path(__file__).parent", 3),
        ("HERE", 4),
        ("HERE / 'a'", 5),
        ("'a'", 0),
        ("Path('a')", 1),
    ],
)
def test_steps_are_counted(file: File, expression: str, hops: int) -> None:
    assert path_of(file, expression, hops) is not None
    if hops:
        assert path_of(file, expression, hops - 1) is None


@pytest.mark.parametrize(
    ("folder", "path", "found"),
    [
        ("", ".env", ".env"),
        ("", "./a//.env", "a/.env"),
        ("", "../.env", None),
        ("", "a/../../.env", None),
        ("", "a/../.env", ".env"),
        ("app", ".env", "app/.env"),
        ("app", "../.env", ".env"),
        ("app", "../../.env", None),
        ("app/sub", "../b.env", "app/b.env"),
        ("app", "/etc/env", None),
    ],
)
def test_a_path_that_a_file_names_is_located(folder: str, path: str, found: str | None) -> None:
    assert located(folder, path) == found
