"""Every case of `fixtures/rules`: the findings of all rules are exactly those that the page expects.

The notation of the pages is described in `casebook.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import casebook
import msgspec
import pytest
from linting import Outcome, Reported, lint

import lint_langsmith.rules
from lint_langsmith.rules.registry import all_rules
from lint_langsmith.source import text as source

CASES = {
    case.id: case
    for cases in (
        *map(casebook.read_page, (*casebook.pages(), *casebook.more_pages())),
        casebook.read_projects(),
    )
    for case in cases
}


DEPRECATED = "LS503"


def current(outcome: Outcome) -> tuple[Reported, ...]:
    """The findings but those of deprecated methods: the newest release deprecates much of what all pages use."""
    return tuple(finding for finding in outcome.findings if finding.code != DEPRECATED)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_case(case: casebook.Case, tmp_path: Path) -> None:
    keys = case.write(tmp_path)
    outcome = lint(tmp_path, "--preview", ".")
    expected = case.expected()
    found = (
        outcome.findings
        if DEPRECATED in {case.code, *(entry.code for entry in expected)}
        else current(outcome)
    )
    missing, surplus = compare(expected, found)
    assert not missing and not surplus, explain(case, missing, surplus)  # noqa: PT018 - one message for both
    check_manners(outcome, tmp_path, keys)


@pytest.mark.parametrize(
    "case", [case for case in CASES.values() if len(case.blocks) > 1], ids=lambda case: case.id
)
def test_a_file_alone_gets_the_same_findings(case: casebook.Case, tmp_path: Path) -> None:
    """What is reported for a file does not depend on which other files were named."""
    case.write(tmp_path)
    whole = lint(tmp_path, "--preview", ".").findings
    for block in case.blocks:
        alone = lint(tmp_path, "--preview", block.name).findings
        assert alone == tuple(finding for finding in whole if finding.path == block.name)


def compare(
    expected: Iterable[casebook.Expected], found: Iterable[Reported]
) -> tuple[list[casebook.Expected], list[Reported]]:
    """What was expected and not found, and what was found and not expected."""
    surplus, missing = list(found), []
    # Those that say more choose first, so that two of one code on one line find each its own.
    for entry in sorted(expected, key=lambda entry: entry.fragment is None):
        match = next((finding for finding in surplus if matches(entry, finding)), None)
        if match is None:
            missing.append(entry)
        else:
            surplus.remove(match)
    return missing, surplus


def matches(entry: casebook.Expected, finding: Reported) -> bool:
    return (
        (entry.path, entry.line, entry.code, entry.persona)
        == (finding.path, finding.line, finding.code, finding.persona)
        and entry.severity in {None, finding.severity}
        and entry.related in {None, len(finding.related)}
        and (entry.fragment or "") in f"{finding.message}\n{finding.help or ''}"
    )


def explain(
    case: casebook.Case, missing: list[casebook.Expected], surplus: list[Reported]
) -> str:
    """The difference, with the files as they were linted, but for the keys."""
    lines = [f"{case.code}.md:{case.line}: {case.heading}"]
    lines += [
        f"  missing  {entry.path}:{entry.line} {msgspec.to_builtins(entry)}"
        for entry in missing
    ]
    lines += [
        f"  surplus  {finding.path}:{finding.line}:{finding.column} {finding.code} "
        f"{finding.severity} {finding.persona}: {finding.message} (+{len(finding.related)})"
        for finding in surplus
    ]
    for block in case.blocks:
        lines += [f"  {block.name}", casebook.describe(casebook.strip_expectations(block.text))]
    return "\n".join(lines)


def check_manners(outcome: Outcome, root: Path, keys: casebook.Keys) -> None:
    """What holds for every finding of every rule."""
    for key in keys.genuine:
        assert key not in outcome.output
        assert key[8:40] not in outcome.output
    worst = {finding.severity for finding in outcome.findings}
    assert outcome.exit_code == (1 if worst & {"error", "warning"} else 0)
    for finding in outcome.findings:
        # Only where reading stopped there is a place and no text.
        start, end = (finding.line, finding.column), (finding.end_line, finding.end_column)
        assert start < end or (finding.code == "LS900" and start == end), finding
        assert finding.message
        assert not finding.message.endswith("."), finding.message
        for place in (
            (finding.path, finding.end_line),
            *((place.path, place.line) for place in finding.related),
        ):
            assert 1 <= place[1] <= (root / place[0]).read_bytes().count(b"\n") + 1


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    rules = {f"{found.code} {found.name}" for found in all_rules()}
    titles = {
        page.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        for page in casebook.pages()
    }
    assert titles == rules
    assert {page.stem for page in casebook.pages()} == {title.split()[0] for title in titles}


CRASHING_RULE = """
from lint_langsmith.findings import Severity
from lint_langsmith.rules.registry import rule


@rule("LS998", "made-to-crash", severity=Severity.INFO, since="0.1")
def check(file, project):
    raise RuntimeError(file.text)
"""


@pytest.fixture
def crashing_rule(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A rule beside the real ones, found as they are."""
    folder = tmp_path_factory.mktemp("rules")
    (folder / "ls998.py").write_text(CRASHING_RULE)
    monkeypatch.setattr(
        lint_langsmith.rules, "__path__", [*lint_langsmith.rules.__path__, str(folder)]
    )
    forget_rules()
    yield
    sys.modules.pop("lint_langsmith.rules.ls998", None)
    monkeypatch.undo()
    forget_rules()


def forget_rules() -> None:
    """Empty every cache of the linter: which of them know of the rules is its own business."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "lint_langsmith":
            for value in vars(module).values():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


@pytest.mark.usefixtures("crashing_rule")
def test_a_rule_that_crashes_is_a_finding_and_the_others_go_on(tmp_path: Path) -> None:
    case = CASES["LS999/The other rules go on"]
    keys = case.write(tmp_path)
    outcome = lint(tmp_path)
    assert outcome.codes == ["LS101", "LS999"]
    crash = next(finding for finding in outcome.findings if finding.code == "LS999")
    assert (crash.path, crash.severity) == ("main.py", "error")
    assert "LS998" in crash.message
    assert outcome.exit_code == 2
    # The exception's message held the whole file.
    assert keys["KEY"] not in outcome.output


def test_an_analysis_that_crashes_is_a_finding_and_the_other_files_are_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = CASES["LS999/The other rules go on"]
    keys = case.write(tmp_path)
    (tmp_path / "other.py").write_text((tmp_path / "main.py").read_text() + "# fatal\n")

    def decode(content: bytes) -> str:
        if b"fatal" in content:
            raise RecursionError(content.decode())
        return source.decode(content)

    monkeypatch.setattr("lint_langsmith.analysis.project.file_store.decode", decode)
    outcome = lint(tmp_path)
    assert [(finding.path, finding.code) for finding in outcome.findings] == [
        ("main.py", "LS101"),
        ("other.py", "LS999"),
    ]
    assert outcome.exit_code == 2
    assert keys["KEY"] not in outcome.output


def test_what_is_read_ahead_and_fails_is_met_by_whoever_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables are read before anybody asks for them, while other processes parse."""
    case = CASES["LS999/The other rules go on"]
    case.write(tmp_path)

    def fail(_table: object) -> None:
        raise RuntimeError("the table")

    monkeypatch.setattr("lint_langsmith.sdk.table.SdkTable.read_ahead", fail)
    outcome = lint(tmp_path)
    assert outcome.codes == ["LS101"]
    assert outcome.exit_code == 1
