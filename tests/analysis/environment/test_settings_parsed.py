"""Which files are parsed for the settings classes of a project: what its bytes rule out is not."""

from __future__ import annotations

from pathlib import Path

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.settings_classes import settings_classes
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
