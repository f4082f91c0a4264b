"""Configuration: found, read, checked; what wins over what."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import tomli
from linting import lint

from lint_langsmith.config.config import ConfigError, Configs, read
from lint_langsmith.config.settings import DEFAULTS, Settings, documentation, json_schema
from lint_langsmith.rules import registry
from lint_langsmith.rules.selection import Layer, enabled, per_file

ROOT = Path(__file__).parents[2]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def at(directory: Path) -> Settings:
    return Configs(explicit=None, isolated=False, cwd=directory).at(directory).settings


def test_the_nearest_file_counts_and_only_it(tmp_path: Path) -> None:
    write(
        tmp_path / "pyproject.toml",
        '[tool.lint-langsmith]\nignore = ["LS1"]\npersona = "auditor"\n',
    )
    write(tmp_path / "sub" / "lint-langsmith.toml", 'ignore = ["LS2"]\n')
    (tmp_path / "sub" / "deep").mkdir()
    assert at(tmp_path).ignore == ("LS1",)
    assert at(tmp_path / "sub" / "deep").ignore == ("LS2",)
    assert at(tmp_path / "sub" / "deep").persona == "regular"


def test_a_file_of_our_own_wins_over_pyproject(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", '[tool.lint-langsmith]\npersona = "auditor"\n')
    write(tmp_path / ".lint-langsmith.toml", 'persona = "pedantic"\n')
    assert at(tmp_path).persona == "pedantic"
    write(tmp_path / "lint-langsmith.toml", 'persona = "regular"\n')
    assert at(tmp_path).persona == "regular"


def test_a_pyproject_without_our_table_is_passed_by(tmp_path: Path) -> None:
    write(tmp_path / "lint-langsmith.toml", 'persona = "pedantic"\n')
    write(tmp_path / "sub" / "pyproject.toml", "[project]\nname = 'x'\n")
    assert at(tmp_path / "sub").persona == "pedantic"


def test_extend_builds_on_another_file(tmp_path: Path) -> None:
    write(tmp_path / "base.toml", 'ignore = ["LS1"]\npersona = "auditor"\n')
    write(
        tmp_path / "sub" / "lint-langsmith.toml", 'extend = "../base.toml"\nignore = ["LS2"]\n'
    )
    settings = at(tmp_path / "sub")
    assert (settings.ignore, settings.persona) == (("LS2",), "auditor")


def test_extend_in_a_circle(tmp_path: Path) -> None:
    write(tmp_path / "a.toml", 'extend = "b.toml"\n')
    write(tmp_path / "b.toml", 'extend = "a.toml"\n')
    with pytest.raises(ConfigError, match="leads back"):
        read(tmp_path / "a.toml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '\npersonna = "auditor"\n',
            [":2:", "unknown key `personna`", "did you mean `persona`"],
        ),
        ("fail_on = 'error'\n", [":1:", "did you mean `fail-on`"]),
        ('persona = "auditer"\n', [":1:", "did you mean `auditor`"]),
        ("select = 'LS1'\n", [":1:", "`select`: expected `array`, got `string`"]),
        (
            "severity = { LS101 = 'fatal' }\n",
            [":1:", "`severity`: `fatal` is none of error, warning, info"],
        ),
        ("respect-gitignore = 3\n", [":1:", "`respect-gitignore`"]),
        ("select = [\n", ["lint-langsmith.toml"]),
    ],
)
def test_errors_name_file_line_and_the_nearest(
    tmp_path: Path, text: str, words: list[str]
) -> None:
    path = write(tmp_path / "lint-langsmith.toml", text)
    with pytest.raises(ConfigError) as error:
        read(path)
    assert str(path) in str(error.value)
    for word in words:
        assert word in str(error.value)


def test_an_explicit_configuration_from_another_folder_leaves_no_file_out(
    tmp_path: Path,
) -> None:
    (tmp_path / "ci").mkdir()
    (tmp_path / "ci" / "lint.toml").write_text("ignore = []\n")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "main.py").write_text("from langsmith import Client\n\nClient()\n")
    assert lint(tmp_path / "code", ".", "--config", "../ci/lint.toml").codes == ["LS201"]


def test_isolated_and_explicit(tmp_path: Path) -> None:
    path = write(tmp_path / "lint-langsmith.toml", 'persona = "pedantic"\n')
    assert Configs(explicit=None, isolated=True, cwd=tmp_path).at(tmp_path).settings == DEFAULTS
    other = tmp_path / "elsewhere"
    assert (
        Configs(explicit=path, isolated=False, cwd=tmp_path).at(other).settings.persona
        == "pedantic"
    )


def test_every_setting_is_documented_and_its_example_is_valid() -> None:
    schema = json_schema()
    for item in documentation():
        assert item.doc.endswith(".")
        assert item.example != item.default, item.key
        jsonschema.validate({item.key: item.example}, schema)


def test_the_committed_schema_is_fresh() -> None:
    committed = json.loads((ROOT / "lint_langsmith" / "settings.schema.json").read_text())
    assert committed == json.loads(json.dumps(json_schema())), (
        "run python tools/settings_schema.py"
    )


def test_the_schema_refuses_what_the_reader_refuses(tmp_path: Path) -> None:
    for text in ("personna = 'x'\n", "persona = 'x'\n", "select = 'LS1'\n"):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(tomli.loads(text), json_schema())
        with pytest.raises(ConfigError):
            read(write(tmp_path / "lint-langsmith.toml", text))


def codes(*layers: Layer) -> set[str]:
    return {rule.code for rule in enabled(layers)}


def test_the_longer_selector_wins() -> None:
    everything = {rule.code for rule in registry.all_rules()}
    assert codes(Layer(("ALL",), ())) == everything
    forbidden = {code for code in everything if code.startswith("LS3")}
    assert len(forbidden) > 1
    assert codes(Layer(("ALL",), ("LS3",))) == everything - forbidden
    assert codes(Layer(("LS301",), ("LS3",))) == {"LS301"}
    assert codes(Layer(("LS3",), ("uncaught-forbidden",))) == forbidden - {"LS301"}
    assert codes(Layer(("LS1",), ("LS1",))) == set()


def test_the_command_line_is_laid_over_the_configuration() -> None:
    secrets = {rule.code for rule in registry.all_rules() if rule.code.startswith("LS1")}
    assert codes(Layer((), ()), Layer(("LS1",), ())) == secrets
    assert "LS101" not in codes(Layer(("ALL",), ()), Layer((), ("LS101",)))
    assert "LS101" in codes(Layer(("ALL",), ("LS101",)), Layer(("LS101",), ()))


def test_of_per_file_ignores_the_most_specific_pattern_wins() -> None:
    ignores = {"src/*": ("LS1",), "src/demo/*": ("LS2",), "*.py": ("LS3",)}
    assert per_file(ignores, {"src/*": True, "src/demo/*": True, "*.py": True}) == {"LS2"}
    assert per_file(ignores, {"src/*": True, "src/demo/*": False, "*.py": True}) == {"LS1"}
    assert per_file(ignores, {"src/*": False, "src/demo/*": False, "*.py": False}) == set()
