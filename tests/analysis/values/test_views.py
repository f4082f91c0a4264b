"""What one view of a project has been asked changes no answer of another: they share what depends on no view."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import casebook
import pytest
import reveal
from asked import shown

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.analysis.project.view import View
from lint_langsmith.config.settings import Settings
from lint_langsmith.source import discover


def _is_of_several_files(case: casebook.Case) -> bool:
    names = [block.name for block in case.blocks if block.name.endswith(".py")]
    return reveal.package_of(case) == "values" and len(names) > 1


CASES = [case for case in reveal.cases() if _is_of_several_files(case)]


class Views(NamedTuple):
    """Two analyses of a project that share answers: one looks into a single file, the other into all."""

    narrow: Analysis
    wide: Analysis

    @classmethod
    def of(cls, root: Path, only: str) -> Views:
        project = Project(root, Settings(), discover.walk(root).files)
        names = frozenset({only})
        shared: dict[object, object] = {}
        narrow = Analysis(project, View(names, names), shared)
        return cls(narrow, Analysis(project, View(names), shared, narrow))


def _answers(analysis: Analysis, names: Sequence[str]) -> dict[str, str]:
    """What every call of some files runs and is passed, and who calls their functions."""
    found: dict[str, str] = {}
    for name in names:
        file = analysis.project.try_load(name)
        assert file is not None
        for site, call in enumerate(file.model.calls):
            place = f"{name}:{call.span.line}:{call.span.column}"
            found[place] = shown(analysis.values.callee(file, site))
            for number, arg in enumerate(call.args):
                values = analysis.values.of(file, arg.value, call)
                found[f"{place} argument {number}"] = shown(values)
    return found


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_views_do_not_take_each_others_answers(case: casebook.Case, tmp_path: Path) -> None:
    reveal.plain(case).write(tmp_path)
    names = [block.name for block in case.blocks if block.name.endswith(".py")]
    for only in (names[0], names[-1]):
        narrow = _answers(Views.of(tmp_path, only).narrow, names)
        wide = _answers(Views.of(tmp_path, only).wide, names)
        views = Views.of(tmp_path, only)
        assert _answers(views.narrow, names) == narrow
        assert _answers(views.wide, names) == wide
        others = Views.of(tmp_path, only)
        assert _answers(others.wide, names) == wide
        assert _answers(others.narrow, names) == narrow


def test_some_answers_depend_on_the_view(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "from other import name\n\nreveal(name)\n", encoding="utf-8"
    )
    (tmp_path / "other.py").write_text('name = "a"\n', encoding="utf-8")
    views = Views.of(tmp_path, "main.py")
    key = "main.py:3:1 argument 0"
    assert _answers(views.narrow, ["main.py"])[key] == "Unknown"
    assert _answers(views.wide, ["main.py"])[key] == '"a"'
