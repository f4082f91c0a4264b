"""Files that a program made up are linted: nothing of what `tools/fuzz.py` looks for may happen."""

from __future__ import annotations

import random
from pathlib import Path

import fuzz
import fuzz_checks
import fuzz_inputs
import pytest
from fuzz_checks import Case, Fault
from fuzz_inputs import Input, Made

from lint_langsmith.results import fix
from lint_langsmith.rules import registry
from lint_langsmith.run import engine

INPUTS = 2000
PARTS = 4
SEED = "lint-langsmith"
SAMPLE = 60


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_found_in_made_up_files(part: int) -> None:
    """With a fixed seed; the scheduled workflow takes a fresh one, and many more."""
    results = [fuzz.run(seed) for seed in list(fuzz.numbered(SEED, INPUTS))[part::PARTS]]
    assert (
        sum(result.inputs for result in results) >= INPUTS // PARTS * 0.9
    )  # a project has several
    found = {fault.name: result.seed for result in results for fault in result.faults}
    assert {name: f"python tools/fuzz.py --seed {seed}" for name, seed in found.items()} == {}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_standard_library_is_read() -> None:
    """A sample of it, and of its tests where they are installed; `python tools/fuzz.py --stdlib` takes it all."""
    paths = random.Random(SEED).sample(fuzz.stdlib(), SAMPLE)
    found = {
        fault.name: result.seed for result in fuzz.library(paths) for fault in result.faults
    }
    assert found == {}


# -- the fuzzer itself -------------------------------------------------------------------------------------------------


def names(
    tmp_path: Path, files: dict[str, bytes], *secrets: str, formats: tuple[str, ...] = ("json",)
) -> set[str]:
    return set(fuzz_checks.names(fuzz_checks.faults(Case(files, secrets, formats), tmp_path)))


def test_an_input_is_the_same_for_the_same_seed() -> None:
    for number in range(20):
        assert fuzz_inputs.made_up(f"a:{number}", 8) == fuzz_inputs.made_up(f"a:{number}", 8)
    assert fuzz_inputs.made_up("a:1", 8) != fuzz_inputs.made_up("a:2", 8)


def test_keys_are_whole_or_are_not_looked_for() -> None:
    whole = Input(
        (Made("a.py", 'a = "{KEY}"\n'), Made("b.py", 'b = "{KEY2[:20]}" "{KEY2}"\n')), "x"
    )
    assert whole.secrets() == (fuzz_inputs._keys("x")["KEY"],)
    assert fuzz_inputs._keys("x")["KEY"].encode() in whole.contents()["a.py"]
    assert "lsv2" not in fuzz_inputs.dumped(whole)


def test_every_syntax_is_made() -> None:
    suffixes = {
        Path(made.name).suffix
        for number in range(150)
        for made in fuzz_inputs.made_up(f"b:{number}", 8).files
    }
    assert {
        ".py",
        ".ipynb",
        ".env",
        ".yaml",
        ".toml",
        ".json",
        ".sh",
        ".tf",
        ".md",
        ".ini",
    } <= suffixes


def test_a_crash_is_found_by_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_arguments: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(registry.all_rules()[0].__class__, "check", crash, raising=False)
    monkeypatch.setattr(engine, "check", crash)
    assert names(tmp_path, {"a.py": b"import langsmith\n"}) == {
        "crash: KeyError in no function of ours"
    }


def test_a_leak_and_a_control_character_are_found(tmp_path: Path) -> None:
    files = {"a.py": b'import os\nos.environ["LANGCHAIN_TRACKING_V2"] = "true"\n'}
    found = names(tmp_path, files, "LANGCHAIN_TRACKING_V2", formats=("json", "full"))
    assert found >= {"leak: report json", "leak: report full", "leak: difference"}
    assert not list(fuzz_checks._well_formed("full", "a\tb\n"))
    assert list(fuzz_checks._well_formed("full", "a\x1b[31m")) == [
        Fault("report full: raw control characters", "U+001B"),
    ]
    assert list(fuzz_checks._well_formed("json", "{")) == [
        Fault("report json: is not well-formed", "JSONDecodeError"),
    ]


def test_what_can_be_read_is_told_from_what_cannot(tmp_path: Path) -> None:
    assert fuzz_checks.reads(b"a = 1\n") == "both"
    assert fuzz_checks.reads(b"a = = 1\n") == "neither"
    assert fuzz_checks.reads(b"# coding: nope\n") == "neither"
    files = {
        "a.py": b"import langsmith\n",
        "b.py": b"import langsmith\na = = 1\n",
        "c.py": b"# coding: nope\nimport langsmith",
    }
    assert names(tmp_path, files) == set()


def test_an_unreadable_file_without_a_finding_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine._Run, "_unreadable", lambda *_arguments: None)
    assert names(tmp_path, {"b.py": b"import langsmith\na = = 1\n"}) == {"LS900: missing"}


def test_an_answer_that_changes_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check, calls = engine.check, []

    def unsteady(*arguments: object) -> object:
        calls.append(1)
        outcome = check(*arguments)  # type: ignore[arg-type]
        return outcome if len(calls) == 1 else outcome._replace(findings=outcome.findings[1:])

    monkeypatch.setattr(engine, "check", unsteady)
    text = b"import langsmith\na = = 1\n"
    assert names(tmp_path, {"a.py": text, "b.py": text}) == {"unsteady: LS900"}


def test_fixes_that_do_not_settle_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = fix.fix_all

    def lazy(*arguments: object, **options: bool) -> fix.Fixed:
        fixed = whole(*arguments, **options)  # type: ignore[arg-type]
        return fixed._replace(outcome=arguments[0])  # type: ignore[arg-type]

    monkeypatch.setattr(fix, "fix_all", lazy)
    text = b'import os\nos.environ["LANGSMITH_TRACING"] = "True"\n'
    assert names(tmp_path, {"a.py": text}) == {
        "fix of LS402: a second run changes the file again"
    }


def test_what_takes_too_long_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("resource")

    def forever(*_arguments: object) -> None:
        while True:
            pass

    monkeypatch.setattr(fuzz_checks, "CPU_SECONDS", 0.05)
    monkeypatch.setattr(engine, "check", forever)
    assert names(tmp_path, {"a.py": b""}) == {"slow: no function of ours"}


def test_a_fault_is_made_small() -> None:
    made = Input(
        tuple(Made(f"{number}.py", f"a = 1\nb = {number}\n" * 3) for number in range(8)), "x"
    )
    small = fuzz_inputs.shrunk(
        made, lambda found: any("b = 5" in file.text for file in found.files)
    )
    assert [(file.name, file.text) for file in small.files] == [("5.py", "b = 5")]
