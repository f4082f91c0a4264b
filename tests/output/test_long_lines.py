"""A line with many keys is shown once for each of them: what is not shown of it costs nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from casebook import Keys
from pace import within

from lint_langsmith.config.options import Options
from lint_langsmith.config.targets import find_targets
from lint_langsmith.findings import Span
from lint_langsmith.output.report import writer
from lint_langsmith.output.report.full import marked, masked_cells
from lint_langsmith.run import engine, pipeline


@pytest.mark.parametrize("name", ["full", "html"])
def test_many_keys_in_one_line_are_shown_in_little_time(name: str, tmp_path: Path) -> None:
    keys = [Keys(str(number))["KEY"] for number in range(300)]
    (tmp_path / "a.txt").write_text(" ".join(keys))
    options = Options(paths=(".",), cache=False, jobs=1)
    targets = find_targets(options, tmp_path)
    outcome = engine.check(options, targets, tmp_path, {})
    assert len(outcome.findings) == 300
    with within(5):  # it took minutes
        text = writer(name)(pipeline.make_report(outcome, targets, options, tmp_path))
    assert not any(key[8:20] in text for key in keys)


@pytest.mark.parametrize("start", [0, 5, 130, 139, 200, 290])
def test_a_part_of_a_line_is_masked_as_it_is_in_the_whole(start: int) -> None:
    key = Keys("x")["KEY"]
    line = f"{'a' * 120}{key}{'b' * 60}{key}\x07\t{'ü' * 60}"
    secrets = [Span(3, 2, 3, 9), Span(2, 5, 3, 1), Span(3, 185, 4, 2), Span(1, 1, 9, 9)][:3]
    whole = masked_cells(line, 3, secrets, 0, len(line))
    for last in (start, start + 1, start + 40, len(line)):
        assert masked_cells(line, 3, secrets, start, last) == whole[start:last]


def test_a_span_that_ends_before_the_window_marks_nothing_wrong() -> None:
    shown, start, end = marked("x" * 10 + " " * 300, Span(1, 200, 2, 1), [])
    assert (shown, start <= end) == ("…", True)
