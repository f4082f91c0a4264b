"""Notebooks: what IPython understands is understood, and every finding stands where the JSON has it."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from casebook import Keys
from hypothesis import given
from hypothesis import strategies as st
from linting import lint

from lint_langsmith.analysis.readers.notebook import read as read_magics
from lint_langsmith.findings import Edit, Span
from lint_langsmith.source.magics import python_of
from lint_langsmith.source.notebook import Notebook, read_notebook
from lint_langsmith.source.text import LineIndex, UnreadableFileError


def code(source: object, **more: object) -> dict[str, object]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": source,
        **more,
    }


def markdown(source: object) -> dict[str, object]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def document(*cells: object, **metadata: object) -> str:
    body = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(body, indent=1, ensure_ascii=False) + "\n"


def lines(text: str) -> list[str]:
    """A source as Jupyter writes it."""
    return text.splitlines(keepends=True)


UNCHANGED = [
    "x = 1\n",
    "a = b % c\n",
    "text = '''\n%env A=1\n!ls\n'''\n",
    "await client.aread()\n",
    "f(\n  a,\n  b % c)\n",
    "async for x in y:\n    pass\n",
    "plot();\n",
    "",
]


@pytest.mark.parametrize("text", UNCHANGED)
def test_python_stays_as_it_is(text: str) -> None:
    assert python_of(text) == (text, (), None)


BLANKED = {
    "%env A=1\nx = 1\n": "pass\nx = 1\n",
    "!pip install 'x\ny = 1\n": "pass\ny = 1\n",
    "if a:\n    !ls\n": "if a:\n    pass\n",
    "files = !ls\nx = %time f()\n": "files = None\nx = None\n",
    "%time client.x()\n": "pass; client.x()\n",
    "%timeit -n 10 client.x()\n": "pass;         client.x()\n",
    "%%time\nx = 1\n": "\nx = 1\n",
    "%%bash\nexport A='\nx\n": "\n\n\n",
    "# why\n%%bash\nls\n": "\n\n\n",
    "os?\n??os.path\nos.path?;\n": "pass\npass\npass\n",
    "%pip install \\\n  a \\\n  b\nx = 1\n": "pass\n\n\nx = 1\n",
    "pip install -U langsmith\nx = 1\n": "pass\nx = 1\n",
    "ls docs\nx = ls\n": "pass\nx = ls\n",
    "x = '''\n%a\n'''\n%env B=1\n": "x = '''\n%a\n'''\npass\n",
    "%run sub/tools.py -x\n": "from sub.tools import *\n",
    "%run ../tools.py\n": "pass\n",
    "!export A=1 # lint-langsmith: ignore[LS407] why\n": "pass        # lint-langsmith: ignore[LS407] why\n",
    ",f a b\n": "pass\n",
    ">>> x = 1\n": "\n",
    "os.environ['A'] = <your-api-key>\nf(<X>, b=<Your key here>)\n": (
        "os.environ['A'] = _your_api_key_\nf(_X_, b=_Your_key_here_)\n"
    ),
}


@pytest.mark.parametrize("text", BLANKED)
def test_what_is_no_python_is_blanked(text: str) -> None:
    cell = python_of(text)
    assert cell.code == BLANKED[text]
    assert cell.code.count("\n") == text.count("\n")
    assert cell.fault is None


def test_a_broken_cell_says_where() -> None:
    cell = python_of("%env A=1\nx = (\n")
    assert cell.code == "\n\n"
    assert cell.fault is not None
    assert cell.fault.line == 2
    assert [magic.name for magic in cell.magics] == ["%env"]


@pytest.mark.filterwarnings(
    "ignore::SyntaxWarning", "ignore::DeprecationWarning"
)  # escapes that are none
@given(st.text(alphabet="%!?=a \n'\"()#\\;,", max_size=60))
def test_any_cell_keeps_its_lines(text: str) -> None:
    cell = python_of(text)
    assert len(cell.code.split("\n")) == len(text.split("\n"))
    assert ast.parse(cell.code)


def notebook(*sources: object) -> tuple[str, Notebook]:
    raw = document(*(code(source) for source in sources))
    return raw, read_notebook(raw)


TEXTS = st.text(alphabet='ab"\\\n\t é😀/\u2028', max_size=12)


@given(st.lists(st.one_of(TEXTS, TEXTS.map(lines)), min_size=1, max_size=4), st.booleans())
def test_every_character_is_where_the_json_has_it(sources: list[object], escaped: bool) -> None:
    body = {"cells": [code(source) for source in sources], "nbformat": 4}
    raw = json.dumps(body, indent=1, ensure_ascii=escaped)
    read = read_notebook(raw)
    index, raw_index = LineIndex(read.text), LineIndex(raw)
    cells = ["".join(source) for source in sources]  # type: ignore[arg-type]
    expected = [
        (number, character) for number, text in enumerate(cells, start=1) for character in text
    ]
    found = []
    for offset, character in enumerate(read.text):
        span, cell = read.places.span(index.span(offset, offset + 1))
        written = raw[
            raw_index.offset(span.line, span.column) : raw_index.offset(
                span.end_line, span.end_column
            )
        ]
        if written:
            assert json.loads(f'"{written}"') == character
            found.append((cell, character))
    assert found == expected


@given(TEXTS, st.integers(0, 12), st.integers(0, 4), TEXTS)
def test_an_edit_of_the_code_is_one_of_the_json(
    text: str, start: int, length: int, put: str
) -> None:
    start, end = min(start, len(text)), min(start + length, len(text))
    raw, read = notebook(lines(text))
    edit = read.places.edit(Edit(LineIndex(read.text).span(start, end), put))
    if not text:
        return
    assert edit is not None
    index = LineIndex(raw)
    place = edit.span
    first, last = (
        index.offset(place.line, place.column),
        index.offset(place.end_line, place.end_column),
    )
    changed = json.loads(raw[:first] + edit.content + raw[last:])
    assert "".join(changed["cells"][0]["source"]) == text[:start] + put + text[end:]


def test_an_edit_over_the_end_of_a_cell_is_none() -> None:
    _, read = notebook("a\n", "b\n")
    assert read.places.edit(Edit(Span(1, 1, 2, 2), "")) is None


def test_magics_define_variables() -> None:
    text = (
        '%env LANGSMITH_TRACING="true"\n%set_env LANGSMITH_PROJECT demo\n%env LANGSMITH_API_KEY={key}\n'
        "!export LANGSMITH_A=1\n%dotenv ../.env\n%load_ext dotenv\n%env\n"
    )
    _, read = notebook(["x = 1\n"], lines(text), lines("%%bash\nexport LANGSMITH_B=2\n"))
    definitions, files = read_magics(read)
    found = [(row.name, row.value, row.group, row.kind, row.span.line) for row in definitions]
    assert found == [
        ("LANGSMITH_TRACING", '"true"', "%env", "magic", 2),
        ("LANGSMITH_PROJECT", "demo", "%set_env", "magic", 3),
        ("LANGSMITH_API_KEY", None, "%env", "magic", 4),
        ("LANGSMITH_A", "1", "!export", "magic", 5),
        ("LANGSMITH_B", "2", "%%bash", "magic", 10),
    ]
    assert [row.path for row in files] == ["../.env", None]


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


CELLS = (
    markdown("# Title"),
    code(lines("%pip install langsmith\nimport os\n")),
    code(
        lines(
            'from langsmith import Client\nname = "é\\n"\nclient = Client(api_key=os.environ["LANGSMITH_API_KEY"])\n'
        )
    ),
    code(lines("print 'old'\n")),
    code(lines('print("é"), client.read_example("a")\nclient.read_example("b")\n')),
)


def test_findings_have_the_cell_and_the_line_of_the_json(tmp_path: Path) -> None:
    raw = document(*CELLS)
    write(tmp_path / "a.ipynb", raw)
    outcome = lint(tmp_path)
    assert outcome.codes == ["LS301", "LS900"]
    uncaught = next(finding for finding in outcome.findings if finding.code == "LS301")
    at = raw.splitlines()[uncaught.line - 1]
    assert at[uncaught.column - 1 : uncaught.end_column - 1] == "client.read_example"
    assert '(\\"a\\")' in at
    assert [
        raw.splitlines()[place.line - 1].strip()
        for place in uncaught.related
        if "either" in place.message
    ] == [r'"client.read_example(\"b\")\n"']
    broken = next(finding for finding in outcome.findings if finding.code == "LS900")
    assert (broken.severity, broken.cell) == ("warning", 4)
    assert uncaught.cell == 5
    assert "print 'old'" in raw.splitlines()[broken.line - 1]


def test_version_3_and_single_strings(tmp_path: Path) -> None:
    keys = Keys("version 3")
    source = 'from langsmith import Client\nClient(api_key="{KEY}").read_example("x")\n'
    cells = [
        {"cell_type": "code", "language": "python", "input": keys.fill(source), "outputs": []}
    ]
    old = {"nbformat": 3, "worksheets": [{"cells": cells}], "metadata": {}}
    write(tmp_path / "old.ipynb", json.dumps(old))
    assert lint(tmp_path).codes == ["LS101", "LS301"]


def test_other_kernels_are_text(tmp_path: Path) -> None:
    keys = Keys("other kernels")
    cells = (code(['const key = "{KEY}";\n']), code("import langsmith; {"))
    write(
        tmp_path / "a.ipynb", keys.fill(document(*cells, kernelspec={"language": "typescript"}))
    )
    assert lint(tmp_path).codes == ["LS101"]


def test_keys_in_outputs_tracebacks_and_markdown(tmp_path: Path) -> None:
    keys = Keys("outputs")
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": ["before\n{KEY}\n"]},
        {
            "output_type": "error",
            "traceback": ["\x1b[31mbad key\x1b[39m \x1b[33m{KEY2}\x1b[39m"],
            "ename": "E",
        },
        {"output_type": "display_data", "data": {"text/html": "<b>{SERVICE_KEY}</b>"}},
    ]
    cells = (markdown(["Use `{RANDOM_KEY}`"]), code(["x = 1\n"], outputs=outputs))
    raw = keys.fill(document(*cells))
    write(tmp_path / "a.ipynb", raw)
    outcome = lint(tmp_path)
    assert outcome.codes == ["LS101"] * 4
    shown = raw.splitlines()
    found = {
        shown[item.line - 1][item.column - 1 : item.end_column - 1] for item in outcome.findings
    }
    assert found == {keys["KEY"], keys["KEY2"], keys["SERVICE_KEY"], keys["RANDOM_KEY"]}
    assert all(key not in outcome.output for key in found)


def test_suppressions_in_cells(tmp_path: Path) -> None:
    keys = Keys("suppressions")
    cells = (
        code(
            lines(
                'a = "{KEY}"  # lint-langsmith: ignore[LS101] sample\n# lint-langsmith: ignore[LS101]\nb = "{KEY2}"\n'
            )
        ),
        code(
            lines(
                "%env LANGSMITH_API_KEY={SERVICE_KEY} # lint-langsmith: ignore[LS101] sample\n"
            )
        ),
        code(lines("c = 1  # lint-langsmith: ignore[LS101]\n"), outputs=[{"text": ["{KEY}"]}]),
    )
    write(tmp_path / "a.ipynb", keys.fill(document(*cells)))
    assert lint(tmp_path).codes == ["LS101", "LS901"]


@pytest.mark.parametrize(
    "text", ["", "{", '{"cells": [}', "[]", '{"cells": [{"source": "\\q"}]}', "langsmith"]
)
def test_a_broken_notebook_is_refused_with_a_place(text: str) -> None:
    with pytest.raises(UnreadableFileError, match="is no notebook") as caught:
        read_notebook(text)
    assert caught.value.span.line == 1


def test_keys_in_a_broken_notebook_and_in_broken_python(tmp_path: Path) -> None:
    keys = Keys("broken")
    write(tmp_path / "a.ipynb", keys.fill(document(code(["{KEY}"])))[:-4])
    write(tmp_path / "b.py", keys.fill("x = ( {KEY2}\n"))
    outcome = lint(tmp_path)
    assert outcome.codes == ["LS101", "LS101", "LS900", "LS900"]
    assert any("is no notebook: " in finding.message for finding in outcome.findings)


def test_clients_of_modules_are_followed_into_notebooks(tmp_path: Path) -> None:
    write(
        tmp_path / "tools.py", 'from langsmith import Client\n\nclient = Client(api_key="x")\n'
    )
    for name, source in (
        ("imported", "from tools import client\n"),
        ("run", "%run tools.py\n"),
    ):
        write(
            tmp_path / f"{name}.ipynb",
            document(code([source]), code(["client.read_example('x')\n"])),
        )
    found = {finding.path for finding in lint(tmp_path).findings if finding.code == "LS301"}
    assert found == {"imported.ipynb", "run.ipynb"}


def test_a_key_outside_of_the_code_has_a_cell_too(tmp_path: Path) -> None:
    keys = Keys("cells")
    shown = {"output_type": "stream", "name": "stdout", "text": [keys.fill("{KEY}\n")]}
    cells = [
        markdown("# Start"),
        code("print(1)\n", outputs=[shown]),
        markdown(keys.fill("Take {KEY2}.")),
    ]
    (tmp_path / "a.ipynb").write_text(
        document(*cells, note=keys.fill("{SERVICE_KEY}")), encoding="utf-8"
    )
    found = lint(tmp_path, "--select", "LS101").findings
    assert [(finding.code, finding.cell) for finding in found] == [
        ("LS101", 2),
        ("LS101", 3),
        ("LS101", None),
    ]
