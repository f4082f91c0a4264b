"""No input takes more than a bounded time and memory, ends the process, or hides a key that stands in the open."""

from __future__ import annotations

import resource
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import casebook
import libcst as cst
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linting import lint
from pace import slowness, within
from spelled import SPELLED

from lint_langsmith.analysis import limits
from lint_langsmith.analysis.ir.lower import lower
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.values.constant_folding import fold
from lint_langsmith.source.parse_cost import cost_of, is_cheap
from lint_langsmith.source.text import UnreadableFileError, decode, encode

KEY = casebook.Keys("bounds")["KEY"]
CLIENT = "from langsmith import Client\n"


def codes_of(folder: Path, text: str, name: str = "app.py") -> set[str]:
    """What is found in a file; it names LangSmith and has a key in its last line."""
    (folder / name).write_text(f"{CLIENT}{text}\nKEY = '{KEY}'\n", encoding="utf-8")
    return set(lint(folder, "--no-cache", "-j1").codes)


# -- folding ---------------------------------------------------------------------------------------------------------

LONG = "A = 'a' * 100000\n"


@pytest.mark.parametrize(
    "text",
    [
        "X = '' * 99999999999999999999",
        "X = 'a' * 99999999999999999999",
        "X = -99999999999999999999 * 'a'",
        "X = 'abc'.replace('a', 'b', 99999999999999999999)",
        "X = 'abc'.split('b', 99999999999999999999)[0]",
        "X = f'a{0x" + "f" * 5000 + "}'",
        "X = '%s' % 0x" + "f" * 5000,
        "X = '{}'.format(0x" + "f" * 5000 + ")",
        "X = f'a{" + "9" * 5000 + "}'",
        "X = chr(99999999999999999999)",
        "X = bytes([99999999999999999999]).decode()",
        "X = 'abc'[99999999999999999999]",
        "X = 'abc'[::99999999999999999999]",
        LONG + "X = A.replace('a', 'b' * 100000)",
        LONG + "X = A.replace('', A)",
        LONG + "X = A.join(list(A))",
        LONG + "X = ('{0}' * 30000).format(A)",
        LONG + "X = ('%(a)s' * 20000) % {'a': A}",
        LONG + "X = ('%s' * 20000) % ((A,) * 20000)",
        LONG + "import string\nX = string.Template('$a' * 30000).substitute(a=A)",
        LONG + "X = f'" + "{A}" * 5000 + "'",
        LONG + "Y = [list(A)," + "list(A)," * 3000 + "]\nX = ''.join(Y)",
        LONG + "X = ''.join(part for part in [" + "A," * 5000 + "])",
        LONG + "X = ''.join([" + "'a' * 100000, " * 5000 + "])",
        "X = 'a'\n" + "X = X + X\n" * 60,
        LONG
        + "import functools, operator\nX = functools.reduce(lambda a, b: a + a, A)\n"
        + "Y = functools.reduce(operator.add, list(A), A)\nZ = ''.join(map(lambda a: A + a, A))\n"
        + "X = ''.join(sorted([A] * 2 + ["
        + "A," * 5000
        + "]))\nY = A.translate(str.maketrans({'a': A}))",
        "import json, struct\nX = (1).to_bytes(10**12, 'big').decode()\nX = ''.join(map(str, range(10**12)))\n"
        "X = format(1, '999999999d') + format(1, '.999999999f')\nX = struct.pack('999999999B').decode()\n"
        "X = json.loads('" + "[" * 90000 + "')[0] + ''",
        "X = (lambda a: a(a))(lambda a: a(a)) + ''\nf = lambda a: f(a + a)\nX = f('a') + ''",
        "X = '%999999999d' % 1 + '{:999999999}'.format('a') + f'{1:999999999}' + 'a'.ljust(999999999)",
        "X = base64.a85decode('" + "z" * 90000 + "').decode()",
        "X = 'ß'.center(10**9) + 'a'.zfill(10**9) + 'a\\t'.expandtabs(10**9) + 'a'.translate({97: 'b' * 10**9})",
    ],
)
def test_what_folding_would_raise_or_take_hides_no_plain_key(tmp_path: Path, text: str) -> None:
    """At `9c42a8b` the first ones made 36 rules fail, the others took gigabytes or minutes."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with within(5):
        codes = codes_of(tmp_path, f"{text}\nClient(api_key=X)")
    assert "LS101" in codes
    assert "LS999" not in codes
    taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert taken < 300_000  # kilobytes, on Linux


def test_folding_that_stays_within_its_budget_is_as_it_was(tmp_path: Path) -> None:
    half, rest = KEY[:20], KEY[20:]
    (tmp_path / "app.py").write_text(
        f"{CLIENT}X = ('{half}' * 1).replace('z', '') + '%s' % '{rest}'\n"
    )
    assert "LS101" in lint(tmp_path, "--no-cache").codes


NUMBERS = st.sampled_from(
    [
        "(0)",
        "(1)",
        "(-1)",
        "(7)",
        "(4096)",
        "(99999)",
        f"({'9' * 20})",
        f"(0x{'f' * 4000})",
        f"({'9' * 1000})",
    ]
)
TEXTS = st.sampled_from(
    ["''", "'a'", "'%s'", "'%(a)s'", "'{}{0}{a}'", "'$a$a'", "b'ab'", "'YWJj'", "'ab' * 50000"]
)


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Operations on constants that make others, as deep as hypothesis likes."""
    forms = (
        *(
            "({0} + {1})",
            "({0} * {1})",
            "({0} % {1})",
            "({0} % ({1}, {2}))",
            "({0} % {{'a': {1}}})",
            "f'{{{0}}}{{{1}}}'",
        ),
        *(
            "[{0}, {1}]",
            "({0}, *{1})",
            "{{'a': {0}, 'b': {1}}}",
            "[x for x in {0}]",
            "[{0} for x in {1}]",
            "-{0}",
        ),
        *(
            "{0}[{1}]",
            "{0}[::{1}]",
            "{0}[{1}:{2}]",
            "{0}.join({1})",
            "{0}.join([{1}, {2}])",
            "{0}.replace({1}, {2})",
        ),
        *(
            "{0}.replace({1}, {2}, {0})",
            "{0}.format({1}, a={2})",
            "{0}.format(*{1}, **{2})",
            "{0}.format_map({1})",
        ),
        *(
            "{0}.split({1}, {2})",
            "{0}.partition({1})",
            "{0}.strip({1})",
            "{0}.lower()",
            "{0}.splitlines()",
        ),
        *(
            "list({0})",
            "str({0})",
            "bytes({0})",
            "chr({0})",
            "reversed({0})",
            "map(chr, {0})",
            "map(str, {0})",
        ),
        *(
            "base64.b64decode({0})",
            "bytes.fromhex({0})",
            "base64.a85decode({0})",
            "codecs.decode({0}, 'rot13')",
        ),
        *(
            "{0}.decode({1})",
            "string.Template({0}).substitute(a={1}, b={2})",
            "operator.concat({0}, {1})",
        ),
        *(
            "functools.reduce(operator.add, [{0}, {1}])",
            "functools.reduce(lambda a, b: a + b + {0}, {1}, {2})",
            "(lambda a, b: a + b + a)({0}, {1})",
            "map(lambda a: a + {0}, {1})",
            "map(operator.add, {0}, {1})",
            "filter(lambda a: a != {0}, {1})",
            "sorted({0}, key=lambda a: {1})",
            "sorted({0})",
        ),
        *(
            "{0}.translate(str.maketrans({1}, {2}))",
            "{0}.translate({{'a': {1}}})",
            "codecs.encode({0}, 'hex')",
            "json.loads({0})",
            "format({0}, '999d') + hex({1})",
            "int({0}, 36).to_bytes({1}, 'big')",
            "struct.pack('999s', {0})",
            "range({0})",
            "itertools.chain.from_iterable([{0}, {1}])",
        ),
    )
    return st.builds(
        lambda form, *parts: form.format(*parts), st.sampled_from(forms), inner, inner, inner
    )


@settings(max_examples=100, deadline=None)
@given(st.recursive(NUMBERS | TEXTS, compound, max_leaves=25))
def test_no_constant_expression_raises_or_exceeds_the_budget(expression: str) -> None:
    try:
        model = lower(f"x = {expression}\n")
    except UnreadableFileError:  # quotes within those of an f-string, before Python 3.12
        return
    file = File(Path("app.py"), "app.py", f"x = {expression}\n", model)
    (row,) = (row for row in model.bindings if row.name == "x" and row.scope == 0)
    assert row.value is not None
    tracemalloc.start()
    try:
        text = fold(row.value, SPELLED, file)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert text is None or len(text) <= limits.folded_characters(0)
    assert peak < 50_000_000


# -- decoding --------------------------------------------------------------------------------------------------------

NO_SOURCE = (
    "rot13",
    "hex",
    "zlib",
    "base64",
    "bz2",
    "uu",
    "quopri",
    "undefined",
    "punycode",
    "idna",
    "nonsense",
)


@pytest.mark.parametrize(
    "encoding", [*NO_SOURCE, "utf-16", "utf-16-le", "utf-32", "cp037", "cp500", "mbcs", "oem"]
)
def test_a_file_in_an_encoding_of_no_source_code_takes_nothing_from_others(
    tmp_path: Path, encoding: str
) -> None:
    """At `9c42a8b` it was LS999, and three of the formats and the baseline ended in a traceback."""
    (tmp_path / "other.py").write_text(f"{CLIENT}KEY = '{KEY}'\n")
    (tmp_path / "app.py").write_text(f"# coding: {encoding}\n{CLIENT}KEY = '{KEY}'\n")
    result = lint(tmp_path, "--no-cache")
    if encoding in {"mbcs", "oem"} and sys.platform == "win32":
        return
    assert {(place.path, place.code) for place in result.findings} >= {
        ("app.py", "LS900"),
        ("app.py", "LS101"),
        ("other.py", "LS101"),
    }
    assert "LS999" not in result.codes
    forms = ("full", "html", "sarif", "json", "github")
    lint(tmp_path, "--no-cache", *(f"--output-format={form}:report.{form}" for form in forms))
    for form in forms:
        assert "other.py" in (tmp_path / f"report.{form}").read_text(encoding="utf-8")
        (tmp_path / f"report.{form}").unlink()
    lint(tmp_path, "--no-cache", "--write-baseline", "known.json")
    assert (tmp_path / "known.json").exists()


@pytest.mark.parametrize(
    "encoding",
    ["utf-7", "unicode_escape", "raw_unicode_escape", "latin-1", "cp1252", "shift_jis"],
)
def test_a_file_in_another_encoding_that_python_reads_is_read(encoding: str) -> None:
    content = f"# coding: {encoding}\nx = 'a'\n".encode()
    assert decode(content) == content.decode()


def test_half_of_a_surrogate_pair_is_no_text() -> None:
    with pytest.raises(UnreadableFileError, match="surrogate"):
        decode(b"# coding: utf-7\nx = '+2AA-'\n")


def test_nothing_is_written_in_an_encoding_that_would_spell_the_rest_in_another_way() -> None:
    with pytest.raises(UnicodeEncodeError):
        encode("x = 1", like=b"# coding: unicode_escape\nx = '\\x61'\n")


def test_a_python_file_in_utf_16_is_searched_for_keys(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_bytes(f"{CLIENT}KEY = '{KEY}'\n".encode("utf-16"))
    assert {"LS101", "LS900"} <= set(lint(tmp_path, "--no-cache").codes)


# -- parsing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "x = a" + " or a" * 30_000,
        "x = a" + " < a" * 30_000,
        "x = a" + "+a" * 30_000,
        "x = a" + ".a" * 30_000,
        "x = " + "-" * 30_000 + "a",
        "x = " + "not " * 30_000 + "a",
        "x = (" + '"a"\n' * 50_000 + ")",
        "import a" + ".a" * 24_000,
        "if a: 0\n" + "elif a: 0\n" * 5_000,
        "if a: 0\n" + "elif a: 0\n" * 30_000,
        "".join(" " * depth + "if a:\n" for depth in range(200)) + " " * 200 + "0",
        "for x in a" + "()" * 3_500 + ": 0",
        "def f(x=a" + "()" * 3_500 + "): 0",
        "with a" + "()" * 3_500 + ": 0",
        "@a" + "()" * 3_500 + "\ndef f(): 0",
        "type X = int\nx = " + "-" * 30_000 + "a",
        "type X = int\nx = " + "a[" * 1_000 + "]" * 1_000,
        "x: '" + "-" * 60_000 + "a' = 1",
        "x: '\\N{no such character}' = 1",
        "match a:\n case " + "[" * 60 + "0" + "]" * 60 + ": 0",
        "match a:\n case " + "(" * 60 + "0" + ")" * 60 + ": 0",
        'x = f"' + "{a:" * 16_000 + "}" * 16_000 + '"',
        'x = t"a" t"b"',
        "x = " + "[" * 150 + "0," * 50_000 + "]" * 150,
    ],
    ids=lambda text: text[:14] + "…",
)
def test_nesting_ends_neither_the_process_nor_the_search_for_keys(
    tmp_path: Path, text: str
) -> None:
    """libcst follows nesting on the stack of the process: it runs in another one, which must end as it should."""
    (tmp_path / "app.py").write_text(f"{CLIENT}{text}\nKEY = '{KEY}'\n", encoding="utf-8")
    done = run_bounded(tmp_path)
    assert done.returncode == 1, done.stderr[-300:]
    assert "LS101" in done.stdout
    assert "LS999" not in done.stdout


def run_bounded(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "lint_langsmith",
        "check",
        "app.py",
        "--no-cache",
        "-j1",
        "--output-format=concise",
    ]

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (300, 300))
        resource.setrlimit(resource.RLIMIT_AS, (4_000_000_000, 4_000_000_000))

    return subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )


@pytest.mark.parametrize(
    "error",
    [
        getattr(cst, "CSTLogicError", RuntimeError)("?"),
        KeyError("?"),
        BaseException("a panic of Rust's"),
    ],
)
def test_whatever_libcst_raises_the_file_could_not_be_parsed(
    monkeypatch: pytest.MonkeyPatch, error: Any
) -> None:
    def broken(_text: str) -> None:
        raise error

    monkeypatch.setattr(cst, "parse_module", broken)
    with pytest.raises(
        UnreadableFileError, match=r"cannot be parsed by libcst .*, though Python"
    ) as caught:
        lower("x = 1\n")
    assert caught.value.help is not None


def test_a_limit_of_libcst_is_told_as_one(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(f"{CLIENT}(x): int = 1\n")
    (finding,) = (
        finding for finding in lint(tmp_path, "--no-cache").findings if finding.code == "LS900"
    )
    assert "though Python" in finding.message


def test_brackets_cost_more_the_deeper_they_are() -> None:
    flat, nested = (
        cost_of("x = [" + "0," * 1000 + "]\n"),
        cost_of("x = " + "[" * 30 + "0," * 1000 + "]" * 30 + "\n"),
    )
    assert flat.tokens < 2100
    assert nested.tokens > 10 * flat.tokens
    assert nested.brackets == 30


def test_what_stands_in_strings_and_comments_costs_nothing() -> None:
    text = "x = '''" + "(a, " * 1000 + "'''  # " + "[[" * 100 + '\ny = "it\'s ["\n'
    assert cost_of(text).tokens < 20
    assert is_cheap(text)
    assert not is_cheap("x = " + "[" * 20 + "]" * 20)


def test_a_file_of_too_many_tokens_is_searched_for_keys(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(f"{CLIENT}KEY = '{KEY}'\nx = [" + "0," * 200_000 + "]\n")
    result = lint(tmp_path, "--no-cache")
    assert {finding.code for finding in result.findings} == {"LS101", "LS900"}
    (finding,) = (finding for finding in result.findings if finding.code == "LS900")
    assert "too large to be parsed" in finding.message


@pytest.mark.parametrize("index", ["999999999", "9" * 5000])
def test_a_path_goes_up_by_no_more_folders_than_there_are(tmp_path: Path, index: str) -> None:
    (tmp_path / "app.py").write_text(
        "import os\nfrom pathlib import Path\nfrom dotenv import load_dotenv\n"
        f"load_dotenv(Path(__file__).parents[{index}] / '.env')\n"
        f"os.environ['LANGSMITH_TRACING'] = 'true'\nKEY = '{KEY}'\n",
        encoding="utf-8",
    )
    assert lint(tmp_path, "--no-cache").codes == ["LS101"]


# -- other syntaxes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("deep.toml", "x = " + "[" * 10_000 + "]" * 10_000),
        ("deep.toml", "x = " + "{a=" * 10_000 + "1" + "}" * 10_000),
        ("deep.toml", "[" + "a." * 10_000 + "a]"),
        ("long.toml", "LANGSMITH_TRACING = " + "9" * 5_000),
        ("pyproject.toml", "[project]\nx = " + "[" * 10_000 + "]" * 10_000),
        ("deep.json", '{"x": ' + "[" * 10_000 + "]" * 10_000 + "}"),
        ("langgraph.json", '{"graphs": ' + '{"a":' * 10_000 + "1" + "}" * 10_001),
        ("Pipfile.lock", '{"default": ' + '{"a":' * 10_000 + "1" + "}" * 10_001),
        ("deep.yaml", "x: " + "[" * 10_000 + "]" * 10_000),
        ("deep.yaml", "".join(" " * depth + "a:\n" for depth in range(1_000))),
        (
            "laugh.yaml",
            "a0: &a0 [x]\n"
            + "".join(f"a{n + 1}: &a{n + 1} [{f'*a{n}, ' * 9}]\n" for n in range(30)),
        ),
        (
            "merge.yaml",
            "a0: &a0 {x: 1}\n"
            + "".join(f"a{n + 1}: &a{n + 1}\n  <<: [{f'*a{n}, ' * 9}]\n" for n in range(30)),
        ),
    ],
)
def test_deep_and_repeated_data_hides_no_key(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "app.py").write_text(
        f"{CLIENT}KEY = '{KEY}'\nClient().list_runs()\n", encoding="utf-8"
    )
    if name not in {
        "pyproject.toml",
        "Pipfile.lock",
    }:  # the one is the configuration, the other not linted
        text = (
            f"# LANGSMITH_API_KEY {KEY}\n{text}\n"
            if name.endswith(("toml", "yaml"))
            else f'[{text}, "{KEY}"]'
        )
    (tmp_path / name).write_text(text, encoding="utf-8")
    result = lint(tmp_path, "--no-cache", "--isolated")
    assert ("app.py", "LS101") in {(place.path, place.code) for place in result.findings}
    if name not in {"pyproject.toml", "Pipfile.lock"}:
        assert (name, "LS101") in {(place.path, place.code) for place in result.findings}
    assert "LS999" not in result.codes


# -- a megabyte ------------------------------------------------------------------------------------------------------

# Of a syntax each, the shapes that a usual run of the tests writes a megabyte of. That time doubles with the others is
# asked of less text in `test_growth.py`.
_USUAL_SHAPES = frozenset(
    {"list", "assignments", "functions", "placeholders", "comments", "text"}
)
SHAPES = {
    "list": ("x = [", "0,", "]"),
    "list of texts": ("x = [", "'',", "]"),
    "dict": ("x = {", "0:0,", "}"),
    "sparse dict": ("x = {\n", "    'name of it': ('a value', 12345678),\n", "}"),
    "tuples": ("x = [", "(),", "]"),
    "nested": ("x = " + "[" * 8, "0,", "]" * 8),
    "names": ("", "a\n", ""),
    "assignments": ("", "x_{0} = {0}\n", ""),
    "semicolons": ("", "a;", "a"),
    "calls": ("", "f()\n", ""),
    "calls with arguments": ("", "function_{0}(argument, 'text {0}', option={0})\n", ""),
    "functions": ("", "def f_{0}(a, b=1):\n    return [a, b, {0}]\n\n\n", ""),
    "body": ("def f():\n", "    a.b('text', 1)\n", ""),
    "arguments": ("f(", "a,", ")"),
    "targets": ("x = ", "a = ", "0"),
    "placeholders": ('x = f"', "{{a}}", '"'),
    "comments": ("", "# a\n", ""),
    "blank lines": ("", "\n", ""),
    "joins": ("T = ['" + "', '".join("abc" * 500) + "']\n", "X_{0} = ''.join(T)\n", ""),
    "repeated": ("", "X_{0} = 'a' * 99999\n", ""),
    "list of repeated": ("X = [", "'a' * 99999, ", "]"),
    "loops": ("T = [" + ", ".join(map(str, range(9999))) + "]\n", "for i in T: print(i)\n", ""),
    "spread": ("T = [" + ", ".join(map(str, range(9999))) + "]\n", "Y_{0} = [*T]\n", ""),
    "reassigned": ("", "if a: x = {0}\nprint(x)\n", ""),
    "text": ("x = '''", "lorem ipsum dolor\n", "'''"),
}


@pytest.mark.slow
@pytest.mark.skipif(
    sys.platform != "linux", reason="what a process took is measured in other units elsewhere"
)
@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(name, marks=() if name in _USUAL_SHAPES else pytest.mark.thorough)
        for name in SHAPES
    ],
)
def test_no_file_of_a_megabyte_takes_ten_seconds_or_a_gigabyte(
    tmp_path: Path, shape: str
) -> None:
    head, step, tail = SHAPES[shape]
    count = 1_000_000 // len(step.format(10_000))
    steps = "".join(map(step.format, range(count)))
    (tmp_path / "app.py").write_text(
        f"{CLIENT}KEY = '{KEY}'\n{head}{steps}{tail}\n", encoding="utf-8"
    )
    watched = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run(sys.argv[1:], capture_output=True, text=True)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(done.stdout[-2000:], done.stderr[-300:])\n"
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1000)\n"
    )
    command = [
        sys.executable,
        "-m",
        "lint_langsmith",
        "check",
        "app.py",
        "--no-cache",
        "-j1",
        "--output-format=concise",
    ]
    factor = slowness()
    done = subprocess.run(
        [sys.executable, "-c", watched, *command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, megabytes = map(float, done.stdout.splitlines()[-1].split())
    assert "LS101" in done.stdout
    assert "LS999" not in done.stdout
    assert megabytes < 1000
    limit = 10 * max(factor, slowness())
    if seconds >= limit:
        # Half of that is libcst's own for some shapes: what is ours may then take as long again, and a fifth for noise.
        limit = 2.2 * _seconds_of_libcst(tmp_path / "app.py")
    assert seconds < limit, f"{seconds:.1f} s of {limit:.1f} s, {factor:.2f}"


def _seconds_of_libcst(path: Path) -> float:
    """What libcst alone takes to parse a file, in CPU time."""
    program = (
        "import sys, time, libcst, pathlib\n"
        "text = pathlib.Path(sys.argv[1]).read_text()\n"
        "started = time.process_time()\n"
        "libcst.parse_module(text)\n"
        "print(time.process_time() - started)\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)
