"""The results on the disk, wherever a run was cut off: each repository has one row and its own findings, or none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import pytest

from lint_langsmith.config.options import UsageError
from lint_langsmith.fleet.jobs import Result, RuleCount, Status
from lint_langsmith.fleet.store import Row, Store
from lint_langsmith.fleet.summary import as_csv, as_html, summarized


def result(name: str, findings: int, *, status: Status = "done", state: str = "s") -> Result:
    lines = [json.dumps({"repository": name, "n": number}) for number in range(findings)]
    return Result(
        name=name,
        status=status,
        state=state,
        counts=(RuleCount("LS501", "unknown-langsmith-api", "error", findings),)
        if findings
        else (),
        findings="".join(f"{line}\n" for line in lines).encode(),
    )


def content(folder: Path) -> dict[str, int]:
    """The repositories with the number of their findings, as a reader of the files sees them."""
    rows = [
        msgspec.json.decode(line, type=Row)
        for line in (folder / "repositories.jsonl").read_bytes().splitlines()
    ]
    findings = (folder / "findings.jsonl").read_bytes()
    found = {}
    for row in rows:
        assert row.repository not in found
        own = findings[row.findings_from : row.findings_to].splitlines()
        assert {json.loads(line)["repository"] for line in own} <= {row.repository}
        found[row.repository] = len(own)
    assert len(findings.splitlines()) == sum(found.values())
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a run that was cut off behind its third repository."""
    store = Store(tmp_path / "out")
    for number, name in enumerate("cab"):
        store.add(result(name, number))
    store.close()
    return tmp_path / "out"


def test_whatever_was_cut_off_the_rest_is_whole(folder: Path, tmp_path: Path) -> None:
    rows = (folder / "repositories.jsonl").read_bytes()
    findings = (folder / "findings.jsonl").read_bytes()
    ends = [at for at in range(len(rows) + 1) if at == 0 or rows[at - 1 : at] == b"\n"]
    cuts = [(at, len(findings)) for at in range(0, len(rows), 7)]
    cuts += [(len(rows), at) for at in range(len(findings))]
    for of_rows, of_findings in cuts:
        copy = tmp_path / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy)
        (copy / "repositories.jsonl").write_bytes(rows[:of_rows])
        (copy / "findings.jsonl").write_bytes(findings[:of_findings])
        store = Store(copy)
        kept = content(copy)
        assert kept.items() <= {"c": 0, "a": 1, "b": 2}.items()
        if of_findings == len(findings):
            assert len(kept) == sum(end <= of_rows for end in ends) - 1
        for number, name in enumerate("cab"):
            if name not in kept:
                store.add(result(name, number))
        store.finish({"a", "b", "c"})
        store.close()
        assert [*content(copy).items()] == [("a", 1), ("b", 2), ("c", 0)], (
            "sorted, and none twice"
        )


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_to_tidy_can_be_cut_off(
    folder: Path, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class CutOffError(Exception):
        pass

    replace, done = Path.replace, list[Path]()

    def cut(self: Path, target: Path) -> Path:
        if self.name.endswith(".new"):
            if len(done) == kept:
                raise CutOffError
            done.append(self)
        return replace(self, target)

    store = Store(folder)
    store.add(result("a", 3))
    monkeypatch.setattr(Path, "replace", cut)
    if kept < 2:
        with pytest.raises(CutOffError):
            store.finish({"a", "b"})
    else:
        store.finish({"a", "b"})
    monkeypatch.undo()
    store.close()
    again = Store(folder)
    again.finish({"a", "b"})
    again.close()
    assert content(folder) == {"a": 3, "b": 2}
    assert not [path for path in folder.iterdir() if path.name.endswith(".new")]


def run_of(folder: Path, results: list[Result], *, is_whole: bool = True) -> dict[str, Row]:
    store = Store(folder)
    try:
        for one in results:
            store.add(one)
        if is_whole:
            store.finish(
                {one.name for one in results} | {row.repository for row in store.rows()}
            )
        else:
            store.tidy()
        return {row.repository: row for row in store.rows()}
    finally:
        store.close()


def test_the_trend_is_that_against_the_last_whole_run(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    run_of(folder, [result("a", 1), result("b", 1)], is_whole=False)
    first = run_of(folder, [result("a", 2)])
    assert [first["a"].run, first["a"].before] == [1, None], "a run that goes on is one run"
    run_of(folder, [result("a", 5)], is_whole=False)
    second = run_of(folder, [result("a", 7), result("b", 0)])
    assert second["a"].run == 2
    assert second["a"].before is not None
    assert second["a"].before.counts == {"LS501": 2}
    summary = summarized(second.values(), 2, 0)
    assert summary.totals.change == 4
    assert [row.repository for row in summary.rows] == ["a", "b"], "the worst first"
    assert "a,done,,,LS501,unknown-langsmith-api,error,7,2,5,0,0\n" in as_csv(summary)
    assert "b,done,,,LS501,,,0,1,-1,0,0\n" in as_csv(summary)
    assert summarized(second.values(), 3, 0).totals.change == 0, "nothing has changed since"


def test_what_failed_is_tried_again(tmp_path: Path) -> None:
    run_of(tmp_path, [result("a", 0, status="timeout"), result("b", 0, state="t")])
    store = Store(tmp_path)
    assert (store.known("a"), store.known("b"), store.known("c")) == ("", "t", "")
    store.close()


def test_a_page_shows_what_somebody_reads_and_counts_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lint_langsmith.fleet.summary.MOST_ROWS", 2)
    results = [result(f"r{number}", number + 1) for number in range(4)]
    results += [result("bad", 0, status="crashed")]
    rows = run_of(tmp_path, results)
    page = as_html(summarized(rows.values(), 1, 0))
    assert "r3" in page
    assert "r1" not in page
    assert "<p>2 more are in summary.csv.</p>" in page
    assert "<h2>Not examined</h2>" in page
    assert as_csv(summarized(rows.values(), 1, 0)).count("\n") == 6


def test_a_folder_of_another_version_is_left_alone(folder: Path) -> None:
    (folder / "run.json").write_text('{"fleet": 99, "run": 1, "is_whole": true}')
    with pytest.raises(UsageError, match="another version"):
        Store(folder)
    (folder / "run.json").write_text("{}")
    with pytest.raises(UsageError, match="not of this command"):
        Store(folder)
