"""What files do to the environment, judged by Python itself: run the program, and compare what it left behind."""

from __future__ import annotations

import os
from pathlib import Path
from unittest import mock

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from test_sdk_variables import ask

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.credentials.supplying_words import may_supply
from lint_langsmith.analysis.environment.reads import reads_in_text
from lint_langsmith.analysis.environment.writes import Setting
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.project.project import Project
from lint_langsmith.analysis.project.words import LOADERS
from lint_langsmith.cli import main
from lint_langsmith.config.settings import Settings


def project_of(root: Path, **texts: str) -> Project:
    paths = []
    for name, text in texts.items():
        path = root / name.replace("__", "/").replace("_py", ".py").replace("_env", ".env")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return Project(root, Settings(), paths)


def settings_of(root: Path, text: str) -> tuple[Setting, ...]:
    project = project_of(root, main_py=text)
    return Analysis(project).environment.settings(file_of(project, "main.py"))


def file_of(project: Project, name: str) -> File:
    file = project.try_load(name)
    assert file is not None
    return file


NAMES = st.sampled_from(["LANGSMITH_TRACING", "LANGSMITH_PROJECT", "LANGCHAIN_ENDPOINT"])
VALUES = st.sampled_from(["true", "True", "1", "a b", ""])
STATEMENTS = st.one_of(
    st.builds(lambda name, value: f"os.environ[{name!r}] = {value!r}", NAMES, VALUES),
    st.builds(lambda name, value: f"environ.setdefault({name!r}, {value!r})", NAMES, VALUES),
    st.builds(lambda name, value: f"os.environ.update({{{name!r}: {value!r}}})", NAMES, VALUES),
    st.builds(lambda name, value: f"os.environ.update({name}={value!r})", NAMES, VALUES),
    st.builds(lambda name, value: f"os.environ |= {{{name!r}: {value!r}}}", NAMES, VALUES),
    st.builds(
        lambda name, value: f"os.environ[{name[:4]!r} + {name[4:]!r}] = {value!r}",
        NAMES,
        VALUES,
    ),
    st.builds(lambda name, value: f"put({name!r}, {value!r})", NAMES, VALUES),
    st.builds(
        lambda name, value: f"for name in ({name!r},):\n    os.environ[name] = {value!r}",
        NAMES,
        VALUES,
    ),
    st.builds(
        lambda name, value: (
            f"for key, value in {{{name!r}: {value!r}}}.items():\n    os.environ[key] = value"
        ),
        NAMES,
        VALUES,
    ),
    st.builds(
        lambda name, value: f"key, value = {name!r}, {value!r}\nos.environ[key] = value",
        NAMES,
        VALUES,
    ),
)
HEAD = "import os\nfrom os import environ\n\n\ndef put(key, value):\n    os.environ[key] = value\n\n\n"


@settings(deadline=None, max_examples=60)
@given(statements=st.lists(STATEMENTS, min_size=1, max_size=6, unique=True))
def test_the_settings_are_what_the_program_leaves_behind(
    tmp_path_factory: pytest.TempPathFactory, statements: list[str]
) -> None:
    program = HEAD + "\n".join(statements) + "\n"
    with mock.patch.dict(os.environ, {}, clear=True):
        exec(compile(program, "main.py", "exec"), {})
        left = dict(os.environ)
    replayed: dict[str, str] = {}
    for setting in settings_of(tmp_path_factory.mktemp("program"), program):
        # A name that is bound again and again may stand for each of its values.
        if setting.value is None or setting.place is None or setting.place.scope:
            return
        if setting.how == "set" or setting.name not in replayed:
            replayed[setting.name] = setting.value
    assert replayed == left


@pytest.mark.parametrize(
    ("line", "how", "value"),
    [
        ('os.environ["LANGSMITH_TRACING"] = "1"', "set", "1"),
        ('os.environ.setdefault("LANGSMITH_TRACING", "1")', "default", "1"),
        ('os.putenv("LANGSMITH_TRACING", "1")', "set", "1"),
        ('monkeypatch.setenv("LANGSMITH_TRACING", "1")', "patch", "1"),
        ('mock.patch.dict(os.environ, {"LANGSMITH_TRACING": "1"})', "patch", "1"),
        ('mock.patch.dict("os.environ", LANGSMITH_TRACING="1")', "patch", "1"),
        ('subprocess.run(["x"], env={**os.environ, "LANGSMITH_TRACING": "1"})', "process", "1"),
        ('subprocess.run(["x"], env=os.environ | {"LANGSMITH_TRACING": "1"})', "process", "1"),
        ('subprocess.run(["x"], env=dict(os.environ, LANGSMITH_TRACING="1"))', "process", "1"),
        ('deploy(dict(LANGSMITH_TRACING="1"))', "mapping", "1"),
        ('dotenv.set_key(".env", "LANGSMITH_TRACING", "1")', "file", "1"),
        ('deploy(env_vars={"LANGSMITH_TRACING": "1"})', "mapping", "1"),
        ('os.environ["LANGSMITH_TRACING"] = input()', "set", None),
        ('os.environ["LANGSMITH_TRACING"] = str(1)', "set", None),
    ],
)
def test_every_way_to_set_a_variable(
    tmp_path: Path, line: str, how: str, value: str | None
) -> None:
    (setting,) = settings_of(
        tmp_path,
        f"import os\nimport subprocess\nfrom unittest import mock\nimport dotenv\n\n{line}\n",
    )
    assert (setting.name, setting.how, setting.value) == ("LANGSMITH_TRACING", how, value)


def test_what_is_no_setting(tmp_path: Path) -> None:
    text = 'import os\n\nvalues = {}\nvalues["LANGSMITH_TRACING"] = "1"\nprint(os.environ["LANGSMITH_TRACING"])\n'
    assert settings_of(tmp_path, text + 'del os.environ["LANGSMITH_TRACING"]\n') == ()


def test_other_files_answer_alike(tmp_path: Path) -> None:
    project = project_of(tmp_path, _env="LANGSMITH_TRACING=True\n")
    (setting,) = Analysis(project).environment.settings(file_of(project, ".env"))
    assert (setting.name, setting.value, setting.kind, setting.how) == (
        "LANGSMITH_TRACING",
        "True",
        "dotenv",
        "define",
    )


def test_effects_of_functions_and_imports(tmp_path: Path) -> None:
    project = project_of(
        tmp_path,
        env_py="from dotenv import load_dotenv\n\n\ndef load():\n    load_dotenv()\n",
        early_py="import env\n\nenv.load()\n",
        late_py="import early\n",
        plain_py="import env\n",
        main_py="import late\nimport plain\n",
    )
    environment = Analysis(project).environment
    assert environment.on_import(file_of(project, "late.py")) == {"*"}
    assert environment.on_import(file_of(project, "plain.py")) == frozenset()
    assert [load.name for load in environment.loads(file_of(project, "env.py"))] == [
        "load_dotenv"
    ]


@pytest.mark.parametrize(
    ("name", "text", "reads"),
    [
        ("run.sh", "export LANGSMITH_PROJECT=$LANGSMITH_X\n", True),
        ("run.sh", "export LANGSMITH_X=${LANGSMITH_X:-a}\n", False),
        ("compose.yaml", "environment:\n  LANGSMITH_X: ${LANGSMITH_X}\n", False),
        ("compose.yaml", "environment:\n  LANGSMITH_PROJECT: ${LANGSMITH_X}\n", True),
        ("ci.yml", "run: echo ${{ env.LANGSMITH_X }}\n", True),
        (".env", "LANGSMITH_X=1\n", False),
        ("main.go", 'os.Getenv("LANGSMITH_X")\n', True),
        ("index.ts", "process.env.LANGSMITH_X\n", True),
        ("README.md", "set `LANGSMITH_X`\n", False),
        ("run.sh", "echo $LANGSMITH_XY\n", False),
    ],
)
def test_what_reads_a_variable(name: str, text: str, reads: bool) -> None:
    assert reads_in_text(name, text, "LANGSMITH_X") is reads


# -- order, asked of the SDK -----------------------------------------------------------------------------------------

_CHAIN = "import os; from langchain_core.runnables import RunnableLambda; chain = RunnableLambda(abs) | abs; "
_TRACING = "os.environ['LANGSMITH_TRACING'] = 'true'"
_KEPT = {
    # What has been read before a variable is set, and whether the variable still has an effect.
    "hide_inputs after a client": (
        "langsmith.Client(api_key='k'); os.environ['LANGSMITH_HIDE_INPUTS'] = 'true'",
        "langsmith.Client(api_key='k')._hide_inputs",
        False,
    ),
    "endpoint after a client, for that client": (
        "c = langsmith.Client(api_key='k'); os.environ['LANGSMITH_ENDPOINT'] = 'https://x'",
        "c.api_url == 'https://x'",
        False,
    ),
    "endpoint after a client, for the next": (
        "langsmith.Client(api_key='k'); os.environ['LANGSMITH_ENDPOINT'] = 'https://x'",
        "langsmith.Client(api_key='k').api_url == 'https://x'",
        True,
    ),
    "key after a client, for that client": (
        "c = langsmith.Client(); os.environ['LANGSMITH_API_KEY'] = 'k'",
        "c.api_key == 'k'",
        False,
    ),
    "tracing after a client with a key": (
        "langsmith.Client(api_key='k'); os.environ['LANGSMITH_TRACING'] = 'true'",
        "langsmith.utils.tracing_is_enabled()",
        True,
    ),
    "tracing after a traced call": (
        "langsmith.traceable(len)([]); os.environ['LANGSMITH_TRACING'] = 'true'",
        "langsmith.utils.tracing_is_enabled()",
        False,
    ),
    "tracing after a decorator": (
        "langsmith.traceable(len); os.environ['LANGSMITH_TRACING'] = 'true'",
        "langsmith.utils.tracing_is_enabled()",
        True,
    ),
    "tracing after the question": (
        "langsmith.utils.tracing_is_enabled(); os.environ['LANGSMITH_TRACING'] = 'true'",
        "langsmith.utils.tracing_is_enabled()",
        False,
    ),
    "tracing behind a chain": (
        _CHAIN + "chain.invoke(1); " + _TRACING,
        "langsmith.utils.tracing_is_enabled()",
        False,
    ),
    "tracing behind a stream": (
        _CHAIN + "list(chain.stream(1)); " + _TRACING,
        "langsmith.utils.tracing_is_enabled()",
        False,
    ),
    "tracing behind a stream that nothing takes": (
        _CHAIN + "chain.stream(1); " + _TRACING,
        "langsmith.utils.tracing_is_enabled()",
        True,
    ),
    "tracing after the question, with the cache emptied": (
        (
            "langsmith.utils.tracing_is_enabled(); os.environ['LANGSMITH_TRACING'] = 'true';"
            "langsmith.utils.get_env_var.cache_clear()"
        ),
        "langsmith.utils.tracing_is_enabled()",
        True,
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", _KEPT)
def test_what_the_sdk_keeps(case: str) -> None:
    statements, question, effect = _KEPT[case]
    assert (
        ask(f"import langsmith.utils\n{statements}\nprint(json.dumps(bool({question})))")
        is effect
    )


# -- fixes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "before", "after", "unsafe"),
    [
        (
            "main.py",
            'os.environ["LANGSMITH_TRACING"] = "True"',
            'os.environ["LANGSMITH_TRACING"] = "true"',
            False,
        ),
        (
            "main.py",
            "os.environ['LANGSMITH_HIDE_INPUTS'] = '1'",
            "os.environ['LANGSMITH_HIDE_INPUTS'] = 'true'",
            False,
        ),
        (
            "main.py",
            'os.environ["LANGSMITH_TRACING"] = str(input())',
            'os.environ["LANGSMITH_TRACING"] = str(input()).lower()',
            False,
        ),
        (
            "main.py",
            'os.environ["LANGSMITH_PROJECT_NAME"] = "a"',
            'os.environ["LANGSMITH_PROJECT"] = "a"',
            True,
        ),
        (
            "main.py",
            'os.environ["LANGSMITH_API_KEY"] = os.getenv("LANGSMITH_API_KEY")',
            "",
            False,
        ),
        (
            "main.py",
            'os.environ["LANGSMITH_ENDPOINT"] = "https://eu.smith.langchain.com/"',
            'os.environ["LANGSMITH_ENDPOINT"] = "https://eu.api.smith.langchain.com"',
            False,
        ),
        (".env", "LANGSMITH_TRACING=True", "LANGSMITH_TRACING=true", False),
        (
            ".env",
            'export LANGSMITH_HIDE_INPUTS="yes"',
            "export LANGSMITH_HIDE_INPUTS=true",
            False,
        ),
        (".env", "LANGCHAIN_TRACKING_V2=true", "LANGCHAIN_TRACING_V2=true", False),
        (".env", "LANGCHAIN_TRACING=1", "LANGSMITH_TRACING=true", True),
        (
            ".env",
            "LANGSMITH_ENDPOINT=https://api.langsmith.com",
            "LANGSMITH_ENDPOINT=https://api.smith.langchain.com",
            True,
        ),
        ("Dockerfile", "ENV LANGSMITH_TRACING=TRUE", "ENV LANGSMITH_TRACING=true", False),
    ],
)
def test_what_a_fix_writes(
    tmp_path: Path, name: str, before: str, after: str, unsafe: bool
) -> None:
    head = (
        "import os\n\n"
        if name.endswith(".py")
        else "FROM python:3.12\n"
        if name == "Dockerfile"
        else ""
    )
    path = tmp_path / name
    path.write_text(f"{head}{before}\n", encoding="utf-8")
    option = "--unsafe-fixes" if unsafe else "--fix"
    CliRunner().invoke(
        main, ["check", "--isolated", "--fix", option, str(path)], catch_exceptions=False
    )
    assert path.read_text(encoding="utf-8") == (f"{head}{after}\n" if after else head)
    again = CliRunner().invoke(main, ["check", "--isolated", str(path)], catch_exceptions=False)
    assert again.exit_code == 0, again.output


def test_a_fix_in_compose_keeps_the_quotes(tmp_path: Path) -> None:
    path = tmp_path / "compose.yaml"
    text = 'services:\n  api:\n    image: agent\n    environment:\n      LANGSMITH_TRACING: "True"\n'
    path.write_text(text, encoding="utf-8")
    CliRunner().invoke(
        main, ["check", "--isolated", "--fix", str(path)], catch_exceptions=False
    )
    assert path.read_text(encoding="utf-8") == text.replace('"True"', '"true"')


@pytest.mark.parametrize(
    "statement",
    [
        'os.environ = {"LANGSMITH_TRACING": "true"}',
        'os.environ = dict(LANGSMITH_TRACING="true")',
        'os.environ = os.environ | {"LANGSMITH_TRACING": "true"}',
        'given = {"LANGSMITH_TRACING": "true"}\nos.environ = given',
        'given = dict(LANGSMITH_TRACING="true")\nos.environ = os.environ | given',
        'own = {}\nown = os.environ\nown["LANGSMITH_TRACING"] = "true"',
        'own = {}\nif len(own):\n    own = os.environ\nown["LANGSMITH_TRACING"] = "true"',
        'with open("x") as own:\n    own = os.environ\nown.setdefault("LANGSMITH_TRACING", "true")',
    ],
)
def test_whatever_becomes_the_environment_sets_its_variables(
    tmp_path: Path, statement: str
) -> None:
    found = settings_of(tmp_path, f"import os\nimport langsmith\n{statement}\n")
    assert {setting.name for setting in found if setting.how in {"set", "default"}} == {
        "LANGSMITH_TRACING"
    }


@pytest.mark.parametrize(
    "statement",
    [
        'own = {}\nown["LANGSMITH_TRACING"] = "true"',
        'own = {}\nif len(own):\n    own = [os.environ]\nown["LANGSMITH_TRACING"] = "true"',
        'os.environ = load({"LANGSMITH_TRACING": "true"})',
        'os.environ = "LANGSMITH_TRACING"',
    ],
)
def test_what_is_put_elsewhere_sets_nothing(tmp_path: Path, statement: str) -> None:
    found = settings_of(tmp_path, f"import os\nimport langsmith\n{statement}\n")
    assert not [setting for setting in found if setting.how in {"set", "default"}]


_SUPPLYING = (
    *sorted(LOADERS),
    *("os.environ[", "dotenv", "putenv", "setenv", "userdata.get(", "get_secret_value("),
    *(
        "SecretClient(",
        "secretsmanager",
        "hvac.",
        "SecretManagerServiceClient(",
        "access_secret_version(",
    ),
    *(
        "dbutils.secrets.",
        "st.secrets[",
        "streamlit.secrets[",
        "Dynaconf(",
        "load_env_now(",
        "load_environment_of(",
    ),
    *(
        "set_env(",
        "_set_env(",
        "_set_if_undefined(",
        "LANGSMITH_",
        "LANG_CHAIN",
        "langsmith_api",
        "LangSmith-Key",
    ),
)


@pytest.mark.parametrize("words", _SUPPLYING)
def test_code_that_may_supply_a_key_is_known_by_its_bytes(words: str) -> None:
    assert may_supply(f"x = 1\ny = {words}\n".encode())


def test_other_code_is_not_looked_into() -> None:
    assert not may_supply(
        b"from langchain import hub\nvalue = os.environ.get('HOME')  # undefined secret\n"
    )


@pytest.mark.parametrize(
    ("word", "serves"),
    [
        *((name, True) for name in ("FastAPI", "Flask", "Starlette", "Quart", "Sanic")),
        *(("Litestar", True), ("Typer", False)),
    ],
)
def test_a_project_with_a_web_framework_serves(tmp_path: Path, word: str, serves: bool) -> None:
    project = project_of(tmp_path, main_py=f"import langsmith\napp = {word}()\n")
    assert Analysis(project).environment.serves is serves
