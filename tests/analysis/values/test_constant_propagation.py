"""Keys that only come about when a program's statements run one after the other are found without running it."""

from __future__ import annotations

import os
import sys
import types
from pathlib import Path

import casebook
import pytest
from key_attacks import ATTACKS, STILL_HIDDEN
from key_programs import NOT_FOUND
from key_programs import PROGRAMS as KNOWN
from linting import lint

PROGRAMS = {**KNOWN, **ATTACKS}
HIDDEN = NOT_FOUND | STILL_HIDDEN

# Programs whose parts make no key, or of which that is not known.
UNKNOWN = {
    "shuffled": 'import random\np = ["{KEY[:20]}", "{KEY[20:]}"]\nrandom.shuffle(p)\nkey = "".join(p)\n',
    "given to a function that is not known": (
        'from other import order\np = ["{KEY[:20]}", "{KEY[20:]}"]\norder(p)\nkey = "".join(p)\n'
    ),
    "given to a method that is not known": (
        'import other\np = ["{KEY[:20]}"]\np.append("{KEY[20:]}")\nother.x.order(items=p)\nkey = "".join(p)\n'
    ),
    "changed by another name": (
        'a = ["{KEY[:20]}"]\nb = a\nb.append("-")\na.append("{KEY[20:]}")\nkey = "".join(a)\n'
    ),
    "changed in a branch": (
        'import sys\nk = ["{KEY[:20]}"]\nif sys.argv:\n    k.append("-")\nk.append("{KEY[20:]}")\nkey = "".join(k)\n'
    ),
    "set in one of two branches": (
        'import sys\nif sys.argv:\n    k = "{KEY[:20]}"\nelse:\n    k = "x"\n'
        'key = ""\nfor p in (k, "{KEY[20:]}"):\n    key += p\n'
    ),
    "an item that is not there": (
        'k = bytearray(b"{KEY[:20]}")\nk[99] = 45\nkey = k.decode() + "{KEY[20:]}"\n'
    ),
    "a number that is no byte": (
        'k = bytearray(b"{KEY[:20]}")\nk[0] = 300\nkey = k.decode() + "{KEY[20:]}"\n'
    ),
    "put in the wrong order": 'p = ["{KEY[20:]}"]\np.append("{KEY[:20]}")\nkey = "".join(p)\n',
    "deleted again": 'd = {}\nd["a"] = "{KEY[:20]}"\ndel d["a"]\nkey = d["a"] + "{KEY[20:]}"\n',
    "left out by a test": (
        'k = ""\nfor i, p in enumerate(("{KEY[:20]}", "{KEY[20:]}")):\n    if i:\n        k += p\nkey = k\n'
    ),
    "after a handler": (
        'try:\n    k = "{KEY[:20]}"\nexcept ValueError:\n    k = ""\nkey = k.strip(k) + "{KEY[20:]}"\n'
    ),
    "a variable that is set anew": (
        'import os\nos.environ["A"] = "{KEY[:20]}"\nos.environ["A"] = "x"\nkey = os.environ["A"] + "{KEY[20:]}"\n'
    ),
    "a function that calls itself": 'def f(a):\n    return f(a + "x")\nkey = f("{KEY[:20]}") + "{KEY[20:]}"\n',
    "swapped": 'a, b = "{KEY[:20]}", "{KEY[20:]}"\na, b = b, a\nkey = a + b\n',
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the programs in which a key is found; each is a file of one project."""
    root = tmp_path_factory.mktemp("programs")
    (root / "pyproject.toml").touch()
    files = {}
    for number, (name, text) in enumerate({**PROGRAMS, **UNKNOWN}.items()):
        path = root / f"case{number}.py"
        path.write_text(casebook.Keys(name).fill(text), encoding="utf-8")
        files[path.name] = name
    run = lint(root, "--no-cache", "-j1", "--select", "LS101,LS999")
    assert "LS999" not in run.codes
    return {files[Path(finding.path).name] for finding in run.findings}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_has_its_key(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = casebook.Keys(name)
    monkeypatch.setitem(sys.modules, "langsmith", types.ModuleType("langsmith"))
    monkeypatch.setattr(os, "environ", dict(os.environ))
    names: dict[str, object] = {"__name__": "__main__"}
    exec(compile(keys.fill(PROGRAMS[name]), name, "exec"), names)
    assert names["key"] == keys["KEY"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_key_is_found_that_statements_put_together(name: str, found: set[str]) -> None:
    assert (name in found) is (name not in HIDDEN)


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_unknown_is_no_key(name: str, found: set[str]) -> None:
    assert name not in found


def test_a_key_that_is_whole_elsewhere_is_reported_there(tmp_path: Path) -> None:
    keys = casebook.Keys("whole")
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "secret.py").write_text(keys.fill('KEY = "{KEY}"\n'), encoding="utf-8")
    text = 'from secret import KEY\n\nheader = ""\nfor part in ("lsv2", KEY):\n    header += part + " "\n'
    (tmp_path / "app.py").write_text(text, encoding="utf-8")
    run = lint(tmp_path, "--no-cache", "-j1", "--select", "LS101")
    assert [finding.path for finding in run.findings] == ["secret.py"]
