"""The site, the examples of CI and the release: built, validated and tried as a user would."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import msgspec
import pytest
import tomli
import yaml

from lint_langsmith import __version__
from lint_langsmith.cli import main
from lint_langsmith.config.settings import Settings
from lint_langsmith.rules.registry import all_rules

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
EXAMPLES = ROOT / "docs" / "examples"


def sh(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, env=quiet
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    result = sh(str(BIN / "mkdocs"), "build", "--strict", "-q", "-d", str(folder))
    assert result.returncode == 0, result.stdout + result.stderr
    return folder


@pytest.mark.slow
def test_every_rule_has_its_page_where_reports_point(site: Path) -> None:
    for rule in all_rules():
        page = (site / "rules" / rule.name / "index.html").read_text(encoding="utf-8")
        assert f"{rule.code} {rule.name}" in page
        assert "Not flagged" in page
        assert not re.search(r"(?<!\$)\{[A-Z_]*KEY", page), (
            f"{rule.code}: a placeholder of the fixtures is shown"
        )


@pytest.mark.slow
def test_tables_are_made_from_the_code(site: Path) -> None:
    guide = (site / "guide" / "403" / "index.html").read_text(encoding="utf-8")
    assert "<!-- made:" not in guide
    assert "langsmith.PermissionDeniedError" in guide
    assert "<code>list_runs</code>" in guide
    settings = (site / "reference" / "settings" / "index.html").read_text(encoding="utf-8")
    assert "per-file-ignores" in settings
    rules = json.loads((site / "rules.json").read_text(encoding="utf-8"))
    assert [rule["code"] for rule in rules] == [rule.code for rule in all_rules()]
    assert all(rule["url"].endswith(f"/rules/{rule['name']}/") for rule in rules)
    schema = json.loads((site / "settings.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    assert schema["$id"].endswith("/settings.schema.json")
    assert list(jsonschema.Draft7Validator(schema).iter_errors({"fail-onn": 1}))
    assert not list(jsonschema.Draft7Validator(schema).iter_errors({"fail-on": "error"}))
    options = (site / "reference" / "cli" / "index.html").read_text(encoding="utf-8")
    assert "--fail-on" in options


@pytest.mark.slow
@pytest.mark.parametrize(
    ("schema", "files"),
    [
        (
            "vendor.github-workflows",
            [
                *EXAMPLES.glob("github-*.yml"),
                EXAMPLES / "reviewdog-suggestions.yml",
                *(ROOT / ".github" / "workflows").glob("*.yml"),
            ],
        ),
        ("vendor.github-actions", [ROOT / "action.yml"]),
        ("vendor.gitlab-ci", [EXAMPLES / "gitlab-ci.yml"]),
        ("vendor.azure-pipelines", [EXAMPLES / "azure-pipelines.yml"]),
    ],
)
def test_examples_are_what_the_services_accept(schema: str, files: list[Path]) -> None:
    assert files
    result = sh(str(BIN / "check-jsonschema"), "--builtin-schema", schema, *map(str, files))
    assert result.returncode == 0, result.stdout


@pytest.mark.slow
def test_workflows_and_the_action_are_safe() -> None:
    files = [
        *EXAMPLES.glob("github-*.yml"),
        EXAMPLES / "reviewdog-suggestions.yml",
        *(ROOT / ".github" / "workflows").glob("*.yml"),
        ROOT / "action.yml",
    ]
    config = str(ROOT / ".github" / "zizmor.yml")
    result = sh(
        str(BIN / "zizmor"), "--offline", "--no-progress", "--config", config, *map(str, files)
    )
    assert result.returncode == 0, result.stdout


def test_actions_of_others_are_named_by_commits_each_by_one() -> None:
    pinned: dict[str, set[str]] = {}
    files = [*EXAMPLES.glob("*.yml"), *(ROOT / ".github" / "workflows").glob("*.yml")]
    for path in [
        *files,
        ROOT / "action.yml",
        ROOT / "README.md",
        ROOT / "lint_langsmith/run/init.py",
    ]:
        for name, where in re.findall(
            r"- uses: ([^@\s]+)@(.+)", path.read_text(encoding="utf-8")
        ):
            if not name.startswith("lint-langsmith/"):
                assert re.fullmatch(r"[0-9a-f]{40} # v\d+\.\d+\.\d+", where), (
                    path,
                    name,
                    where,
                )
                pinned.setdefault(name, set()).add(where)
    assert len(pinned) >= 9
    assert all(len(versions) == 1 for versions in pinned.values()), pinned


def test_examples_use_what_the_action_takes() -> None:
    inputs = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"].keys()
    for path in EXAMPLES.glob("github-*.yml"):
        jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
        steps = [step for job in jobs.values() for step in job["steps"]]
        (ours,) = [step for step in steps if step.get("uses", "").startswith("lint-langsmith/")]
        assert ours["uses"].endswith(f"@v{__version__}")
        assert set(ours["with"]) <= set(inputs)


def test_links_of_the_readme_lead_somewhere_from_pypi_too() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)]+)\)", readme):
        own = re.fullmatch(r"https://lint-langsmith\.github\.io/lint-langsmith/(.+)/", link)
        kept = re.fullmatch(
            r"https://github\.com/lint-langsmith/lint-langsmith/blob/main/(.+)", link
        )
        assert link.startswith("https://"), link
        is_made = own is not None and own[1] == "rules"  # by `tools/mkdocs_hooks.py`
        assert own is None or is_made or (ROOT / "docs" / f"{own[1]}.md").is_file(), link
        assert kept is None or (ROOT / kept[1]).is_file(), link


PAGES = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_tells_to_write_is_understood(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    options = {
        name
        for command in main.commands.values()
        for param in command.params
        for name in param.opts
    }
    lines = re.findall(r"(?m)(?:^|`|\$ )(lint-langsmith [^`\n]*)", text)
    named = {word for line in lines for word in re.findall(r"(?<![\w-])--[a-z][a-z-]+", line)}
    assert named <= options | {"--help"}
    for block in re.findall(r"(?ms)^```toml[^\n]*\n(.*?)^```$", text):
        content = tomli.loads(block)
        if "tool" in content and "lint-langsmith" in content["tool"]:
            msgspec.convert(content["tool"]["lint-langsmith"], Settings)
    for block in re.findall(r"(?ms)^ *```yaml[^\n]*\n(.*?)^ *```$", text):
        for hook in re.findall(r"- id: ([\w-]+)", block):
            assert hook in {
                entry["id"]
                for entry in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
            }
        assert set(re.findall(r"rev: v(.*)|lint-langsmith@v(.*)", block)) <= {
            (__version__, ""),
            ("", __version__),
        }
    for block in re.findall(r"(?ms)^```json[^\n]*\n(.*?)^```$", text):
        json.loads(block)
