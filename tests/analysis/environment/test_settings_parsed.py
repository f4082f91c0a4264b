"""Which files are parsed for the settings classes of a project: what its bytes rule out is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.settings_classes import settings_classes
from lint_langsmith.analysis.project.contents import Sources
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.config.settings import DEFAULTS
from lint_langsmith.source import discover

BASE = "from pydantic_settings import BaseSettings\n\n\n"


def _found(folder: Path, files: dict[str, str]) -> tuple[list[str], set[str]]:
    """The fields that are filled from a variable of LangSmith's, and the files that were parsed to find them."""
    for name, text in {"pyproject.toml": "[project]\nname = 'p'\n", **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    discover.forget()
    project = Project(folder, DEFAULTS, discover.walk_project(folder))
    classes = settings_classes(Analysis(project).values, ("LANGSMITH_API_KEY",))
    fields = [
        f"{cls.name}.{field.name}"
        for cls in classes
        for field in cls.fields
        if "LANGSMITH_API_KEY" in map(str.upper, field.variables)
    ]
    return sorted(fields), {name for name in files if name in project.files._files}


def test_settings_of_other_things_are_not_parsed(tmp_path: Path) -> None:
    """A file that names a base and not LangSmith can have no field for its key."""
    files = {
        "database.py": f"{BASE}class Database(BaseSettings):\n    url: str\n",
        "config.py": f"{BASE}class Config(BaseSettings):\n    langsmith_api_key: str\n",
        "uses.py": "from config import Config\n\nlangsmith = Config()\n",
    }
    assert _found(tmp_path, files) == (["Config.langsmith_api_key"], {"config.py"})


def test_a_class_that_derives_from_one_of_them_is_found(tmp_path: Path) -> None:
    """Also through a class of a file that says nothing of LangSmith, and by another name."""
    files = {
        "base.py": f"{BASE}class Base(BaseSettings):\n    debug: bool = False\n",
        "config.py": "from base import Base as Own\n\n\nclass Config(Own):\n    langsmith_api_key: str\n",
    }
    assert _found(tmp_path, files)[0] == ["Config.langsmith_api_key"]


def test_a_prefix_and_a_field_in_two_files(tmp_path: Path) -> None:
    """The field may stand where nothing is said of LangSmith, and the prefix where the class derives."""
    files = {
        "base.py": f"{BASE}class Base(BaseSettings):\n    api_key: str\n",
        "config.py": "from base import Base\n\n\nclass Config(Base):\n"
        '    model_config = {"env_prefix": "LANGSMITH_"}\n',
    }
    assert _found(tmp_path, files)[0] == ["Config.api_key"]


def test_an_option_tells_of_settings_whose_base_is_not_known(tmp_path: Path) -> None:
    files = {
        "config.py": "from company import Base\n\n\nclass Config(Base):\n"
        '    model_config = {"env_prefix": "LANGSMITH_"}\n    api_key: str\n',
    }
    assert _found(tmp_path, files)[0] == ["Config.api_key"]


def test_another_prefix_rules_a_file_out(tmp_path: Path) -> None:
    """That a file speaks of LangSmith says nothing of its fields; a prefix that stands elsewhere may be any."""
    files = {
        "redis.py": f"{BASE}class Redis(BaseSettings):\n    model_config = {{'env_prefix': 'REDIS_'}}\n"
        "    api_key: str\n\n\ndef trace(langsmith): ...\n",
        "names.py": "PREFIX = 'LANGSMITH_'\n",
        "config.py": "from names import PREFIX as LANGSMITH_PREFIX\n"
        f"{BASE}class Config(BaseSettings, env_prefix=LANGSMITH_PREFIX):\n    api_key: str\n",
    }
    fields, parsed = _found(tmp_path, files)
    assert fields == ["Config.api_key"]
    assert "redis.py" not in parsed


def test_a_package_hands_a_base_on(tmp_path: Path) -> None:
    """By its name, or with all that it has."""
    derived = "class {0}(Base):\n    langsmith_api_key: str\n"
    files = {
        "base.py": f"{BASE}class Base(BaseSettings):\n    debug: bool = False\n",
        "named.py": "from base import Base\n",
        "whole.py": "from base import *\n",
        "one.py": f"from named import Base\n\n\n{derived.format('One')}",
        "two.py": f"from whole import Base\n\n\n{derived.format('Two')}",
    }
    assert _found(tmp_path, files)[0] == ["One.langsmith_api_key", "Two.langsmith_api_key"]


def test_classes_are_looked_for_where_they_are_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large project is not read again for each class of settings in it."""
    readings = []
    read = Sources._all_marks

    def counted(sources: Sources, words: tuple[str, ...]) -> dict[str, int]:
        readings.append(words)
        return read(sources, words)

    monkeypatch.setattr(Sources, "_all_marks", counted)
    files = {
        f"settings_{number}.py": f"{BASE}class Settings{number}(BaseSettings):\n    langsmith_api_key: str\n"
        for number in range(9)
    }
    assert len(_found(tmp_path, files)[0]) == len(files)
    assert not readings
