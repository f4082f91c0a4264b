"""What `docs/policy.md` promises: codes and names stay, and a rule in preview changes nothing for who did not ask."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import new_rule
import pytest

from lint_langsmith.output.report import FORMATS
from lint_langsmith.rules.registry import all_rules

ROOT = Path(__file__).parent.parent

# A rule may be added to this list. One of it is never renamed, renumbered or removed in a minor version.
STABLE = """
LS101 hardcoded-api-key
LS102 hardcoded-credential
LS103 wrong-provider-key
LS104 malformed-api-key
LS105 printed-api-key
LS201 client-without-credentials
LS202 blank-api-key
LS203 credentials-read-too-early
LS204 settings-not-exported
LS205 raw-http-auth
LS206 no-startup-check
LS207 tracing-without-credentials
LS301 uncaught-forbidden
LS302 handler-misses-forbidden
LS303 handler-guards-nothing
LS304 swallowed-forbidden
LS305 forbidden-taken-for-missing
LS306 retried-forbidden
LS307 nothing-after-forbidden
LS401 unknown-environment-variable
LS402 tracing-flag-not-true
LS403 conflicting-environment
LS404 environment-set-too-late
LS405 environment-self-assignment
LS406 wrong-api-host
LS407 notebook-environment-mistake
LS408 js-only-variable
LS409 invalid-sampling-rate
LS410 legacy-tracing-variable
LS411 unread-variable-line
LS501 unknown-langsmith-api
LS502 removed-langsmith-api
LS503 deprecated-langsmith-api
LS504 wrong-langsmith-argument
LS505 public-prompt-pull
LS506 shadowed-langsmith
LS507 misused-result
LS508 client-not-constructed
LS509 created-once
LS510 failure-as-result
LS601 missing-await
LS602 await-on-sync
LS603 blocking-client-in-async
LS604 thread-pool-loses-trace
LS605 missing-flush
LS701 privacy-flag-not-true
LS702 masking-client-unused
LS703 traced-secret
LS900 unreadable-file
LS901 unused-suppression
LS902 unknown-code-in-suppression
LS903 malformed-suppression
LS999 internal-error
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the linter with one more rule, in preview, as `tools/new_rule.py` begins it."""
    folder = tmp_path_factory.mktemp("checkout")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "lint_langsmith", folder / "lint_langsmith", ignore=ignored)
    (folder / "fixtures" / "rules").mkdir(parents=True)
    module, _ = new_rule.create(
        folder, code="LS399", name="made-up-rule", family="forbidden", severity="error"
    )
    body = 'yield Violation(at=Span(1, 1, 1, 2), message="made up")'
    text = module.read_text().replace("yield from ()", body)
    module.write_text(text.replace("import Severity,", "import Severity, Span,"))
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "fixtures" / "seed", tmp_path / "seed")
    return tmp_path


def run(
    linter: Path, project: Path, *args: str, **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lint_langsmith", *args],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(linter), **env},
    )


def test_codes_and_names_are_those_that_were_published() -> None:
    published = {tuple(line.split()) for line in STABLE.strip().splitlines()}
    present = {(rule.code, rule.name) for rule in all_rules() if not rule.preview}
    assert published <= present
    assert present <= published, "a rule that leaves preview is published: add it to STABLE"


@pytest.mark.slow
@pytest.mark.parametrize("selection", [(), ("--select", "ALL"), ("--select", "LS3,LS9")])
def test_a_rule_in_preview_changes_no_output(
    checkout: Path, project: Path, selection: tuple[str, ...]
) -> None:
    formats = [arg for name in FORMATS for arg in ("-f", f"{name}:{{}}/{name}")]

    def written(linter: Path, folder: str) -> dict[str, str]:
        (project / folder).mkdir()
        args = [arg.format(folder) for arg in formats]
        result = run(linter, project, "--no-cache", *selection, *args, "seed")
        assert result.returncode == 1, result.stderr
        texts = {path.name: path.read_text() for path in (project / folder).iterdir()}
        return {**texts, "stdout": result.stdout, "stderr": result.stderr}

    assert written(checkout, "with") == written(ROOT, "without")


@pytest.mark.slow
def test_previews_run_where_they_are_asked_for(checkout: Path, project: Path) -> None:
    def codes(*args: str, **env: str) -> set[str]:
        result = run(checkout, project, "-f", "{code}", *args, "seed/right", **env)
        assert result.returncode in {0, 1}, result.stderr
        return set(result.stdout.split())

    assert "LS399" not in codes()
    assert "LS399" in codes("--preview")
    assert "LS399" not in codes("--preview", "--ignore", "LS399")
    assert "LS399" not in codes("--preview", "--select", "LS1")
    assert "LS399" in codes(LINT_LANGSMITH_PREVIEW="1")
    assert "LS399" not in codes()  # the kept run with previews is another one
    (project / "lint-langsmith.toml").write_text("preview = true\n")
    (project / "seed" / "right" / "pyproject.toml").unlink()
    assert "LS399" in codes()


@pytest.mark.slow
def test_a_rule_that_is_named_without_preview_is_said_to_be_in_preview(
    checkout: Path, project: Path
) -> None:
    for name in ("LS399", "made-up-rule"):
        named = run(checkout, project, "--select", name, "seed/right")
        assert named.returncode == 0
        assert named.stdout == ""
        assert (
            named.stderr
            == "lint-langsmith: warning: LS399 is in preview and runs only with `--preview`\n"
        )
    assert run(checkout, project, "--select", "LS3", "seed/right").stderr == ""
    page = run(checkout, project, "rule", "LS399").stdout
    assert page.startswith("# LS399 made-up-rule (error, in preview since ")


@pytest.mark.slow
def test_a_suppression_of_a_rule_in_preview_is_neither_unknown_nor_unused(
    checkout: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text("import langsmith  # lint-langsmith: ignore[LS399] later\n")
    for options in ((), ("--preview",)):
        result = run(checkout, tmp_path, *options)
        assert (result.returncode, result.stdout) == (0, "")
