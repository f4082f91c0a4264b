"""What IPython understands in a cell besides Python: magics, shell lines, help. Blanked, so that Python is left.

After IPython's own transformations (`IPython/core/inputtransformer2.py`): a cell magic on the first line, and at the
start of a logical line `%magic`, `!command`, `?help`, `help?`, `,quote`, `/call`, also behind `name =`.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence
from typing import Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.interruption import raise_if_interrupted
from lint_langsmith.source.parse_cost import cost_of

# Cell magics whose body is Python that runs in the notebook's own namespace.
_PYTHON_CELLS: Final = frozenset(
    {"time", "timeit", "capture", "prun", "memit", "debug", "snakeviz", "pyinstrument"}
)
# Line magics whose argument is such Python.
_PYTHON_LINES: Final = frozenset({"time", "timeit", "prun", "memit"})
# Magics that Jupyter runs without a percent sign, where the name is not bound and the line is no Python.
_AUTOMAGIC: Final = lazy_re.compile(
    r"\s*(?:pip|conda|mamba|uv|ls|ll|cd|pwd|cat|less|more|mkdir|rmdir|rm|cp|mv|env|set_env|load_ext|run|time|timeit"
    r"|who|whos|clear|history|matplotlib|autoreload|load|reset|save|store|alias|bookmark|dotenv)(?:\s+(?![=.(\[,])|\s*$)"
)
_CELL_MAGIC: Final = lazy_re.compile(r"%%(?P<name>[\w.-]+)(?P<rest>[^\r\n]*)")
_LINE_MAGIC: Final = lazy_re.compile(
    r"(?P<indent>[ \t]*)%(?P<name>[\w.-]+)(?P<rest>.*)", re.DOTALL
)
_SHELL: Final = lazy_re.compile(r"(?P<indent>[ \t]*)!!?(?P<rest>.*)", re.DOTALL)
_ASSIGNED: Final = lazy_re.compile(
    r"(?P<head>[ \t]*[A-Za-z_][\w., \t\[\]'\"]*=[ \t]*)(?P<mark>%|!!?)(?P<rest>[^=].*)",
    re.DOTALL,
)
_HELP: Final = lazy_re.compile(
    r"[ \t]*(?:\?\??[%\w.*\[\]]+|%{0,2}(?!\d)[\w*]+(?:\.\w+|\[[^\]\n]*\])*\?\??;?)[ \t\r]*$"
)
_OTHER: Final = lazy_re.compile(r"[ \t]*[,;/](?=[A-Za-z_])")
_REMARK: Final = lazy_re.compile(
    r"#[ \t]*(?:lint-langsmith[ \t]*:|noqa\b)[^\r\n]*", re.IGNORECASE
)
_PROMPT: Final = lazy_re.compile(r"\s*(?:>>>|In \[\d+\]:)")
_STRING: Final = lazy_re.compile(r"(?i:[rbuft]{0,2})(?P<quote>\"\"\"|'''|\"|')")
# What the reader of a tutorial shall put in its place: `os.environ["LANGSMITH_API_KEY"] = <your-api-key>`.
_PLACEHOLDER: Final = lazy_re.compile(r"(?<=[=(,\[{: ])<[A-Za-z](?:[\w .:/'-]*[\w.'])?>")
_RUN: Final = lazy_re.compile(r"(?:-\w+[ \t]+)*(?P<path>[\w./-]+)\.py\b")


class Magic(NamedTuple):
    """A magic or shell line: its mark and name (`%env`, `%%bash`, `!`), its 1-based line in the cell, its argument.

    `column` is the 0-based column at which the argument begins on that line.
    """

    name: str
    line: int
    column: int
    argument: str


class Cell(NamedTuple):
    """A cell as Python: the same lines, with what is no Python blanked; its magics; and what is wrong with it."""

    code: str
    magics: tuple[Magic, ...]
    fault: Fault | None = None


class Fault(NamedTuple):
    """Where (1-based line and column in the cell) and why CPython refuses a cell."""

    line: int
    column: int
    message: str


def python_of(text: str) -> Cell:
    """The Python of a cell. A cell that Python refuses all the same is blank, and says why."""
    fault = _fault(text)
    if fault is None:
        return Cell(text, ())
    if _PROMPT.match(text):
        return Cell(_blank(text), ())
    lines = text.splitlines(keepends=True)
    first = next(
        (index for index, line in enumerate(lines) if line.strip() and line.lstrip()[0] != "#"),
        0,
    )
    magics: list[Magic] = []
    head = _CELL_MAGIC.match(lines[first]) if lines else None
    if head is not None:
        body = "".join(lines[first + 1 :])
        magic = Magic(f"%%{head['name']}", first + 1, head.start("rest"), head["rest"])
        if head["name"] not in _PYTHON_CELLS:
            return Cell(_blank(text), (magic._replace(argument=f"{head['rest']}\n{body}"),))
        magics.append(magic)
        lines[first] = _blank(lines[first])
    return _transformed(text, lines, magics)


# How many characters all rounds of mending a cell may parse: 200 lines of 20,000 characters.
_MOST_PARSED: Final = 4_000_000


def _transformed(text: str, lines: list[str], magics: list[Magic]) -> Cell:
    for start, count in _logical_lines(lines):
        _line(lines, start, count, magics)
    # Each round mends a line, the last finds nothing wrong.
    for _ in range(min(len(lines), _MOST_PARSED // max(len(text), 1)) + 1):
        fault = _fault("".join(lines))
        if fault is None:
            return Cell("".join(lines), tuple(magics))
        at = min(fault.line, len(lines)) - 1
        filled = _PLACEHOLDER.sub(_as_name, lines[at])
        if filled != lines[at]:
            lines[at] = filled
            continue
        if _AUTOMAGIC.match(lines[at]) is None:
            break
        word, _, rest = lines[at].strip().partition(" ")
        magics.append(Magic(f"%{word}", at + 1, lines[at].find(word) + len(word), rest))
        lines[at] = _replaced(lines[at], "pass")
    fault = None if text[:1] in {" ", "\t"} else _fault("".join(lines))
    return Cell(_blank(text), tuple(magics), fault)


def _fault(code: str) -> Fault | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(code)
    except SyntaxError as error:
        if _libcst_parses(code):
            return None
        return Fault(error.lineno or 1, max(1, error.offset or 1), error.msg)
    except (ValueError, RecursionError, MemoryError):
        return Fault(1, 1, "cannot be parsed")
    return None


def _libcst_parses(code: str) -> bool:
    """Whether it is Python of a newer version than the one that runs us."""
    import libcst  # noqa: PLC0415 - asked only where CPython says no

    cost = cost_of(code)
    if (
        len(code) > _LARGEST_CELL
        or max(cost.brackets, cost.patterns, cost.clauses) > _DEEPEST
        or cost.chain > _LONGEST
    ):
        return False
    try:
        libcst.parse_module(code)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 - it raises what it likes, and a panic of Rust's is no Exception
        raise_if_interrupted()
        return False
    return True


# Of a cell that CPython can't parse: libcst takes long for more, and above some thousands ends the process.
_LARGEST_CELL: Final = 100_000
_DEEPEST: Final = 12
_LONGEST: Final = 2000


def _as_name(placeholder: re.Match[str]) -> str:
    """A name of the same length, whose value nobody knows."""
    return re.sub(r"\W", "_", placeholder[0])


def _blank(text: str) -> str:
    return re.sub(r"[^\r\n]+", "", text)


def _replaced(line: str, code: str) -> str:
    """`code` in the place of a line, with its indentation, its end, and the suppression behind it where it was."""
    indent = line[: len(line) - len(line.lstrip())]
    end = line[len(line.rstrip("\r\n")) :]
    remark = _REMARK.search(line)
    if remark is None or remark.start() < len(indent) + len(code) + 1:
        return f"{indent}{code}{end}"
    return f"{(indent + code).ljust(remark.start())}{remark[0]}{end}"


def _logical_lines(lines: Sequence[str]) -> list[tuple[int, int]]:
    """The first line (0-based) of each logical line, and how many lines it has; strings and brackets may span lines."""
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(lines):
        start = at
        if _is_magic(lines[at]):
            while at + 1 < len(lines) and lines[at].rstrip("\r\n").endswith("\\"):
                at += 1
        else:
            state = _scan(lines[at], _State(0, ""))
            while at + 1 < len(lines) and state.is_open(lines[at]):
                at += 1
                state = _scan(lines[at], state)
        at += 1
        found.append((start, at - start))
    return found


class _State(NamedTuple):
    """What is open at the end of a line: how many brackets, and which triple quote."""

    depth: int
    quote: str

    def is_open(self, line: str) -> bool:
        """Whether the logical line goes on."""
        return self.depth > 0 or bool(self.quote) or line.rstrip("\r\n").endswith("\\")


def _scan(line: str, state: _State) -> _State:
    depth, quote = state
    at = 0
    while at < len(line):
        if quote:
            end = _end_of_string(line, at, quote)
            if end < 0:
                return _State(depth, quote if len(quote) == 3 else "")
            at, quote = end, ""
            continue
        string = _STRING.match(line, at)
        if string is not None and (at == 0 or not line[at - 1].isalnum()):
            quote, at = string["quote"], string.end()
        elif line[at] == "#":
            break
        else:
            depth = max(0, depth + (line[at] in "([{") - (line[at] in ")]}"))
            at += 1
    return _State(depth, quote if len(quote) == 3 else "")


def _end_of_string(line: str, at: int, quote: str) -> int:
    match = re.compile(rf"(?:\\.|(?!{quote}).)*?{quote}", re.DOTALL).match(line, at)
    return match.end() if match is not None else -1


def _is_magic(line: str) -> bool:
    match = _LINE_MAGIC.match(line) or _SHELL.match(line) or _ASSIGNED.match(line)
    return (match or _HELP.match(line) or _OTHER.match(line)) is not None


def _line(lines: list[str], start: int, count: int, magics: list[Magic]) -> None:
    """Blank one logical line if it is a magic."""
    whole = "".join(lines[start : start + count])
    code: str | None = None
    assigned, magic, shell = (
        _ASSIGNED.match(whole),
        _LINE_MAGIC.match(whole),
        _SHELL.match(whole),
    )
    if _HELP.match(whole.rstrip("\r\n")) or _OTHER.match(whole):
        code = "pass"
    elif magic is not None:
        magics.append(
            Magic(
                f"%{magic['name']}",
                start + 1,
                magic.start("rest"),
                magic["rest"].rstrip("\r\n"),
            )
        )
        code = _in_python(magic["name"], magic["rest"].strip(), whole, magic.start("rest"))
    elif shell is not None:
        magics.append(Magic("!", start + 1, shell.start("rest"), shell["rest"].rstrip("\r\n")))
        code = "pass"
    elif assigned is not None:
        name = (
            assigned["mark"] if assigned["mark"] != "%" else f"%{assigned['rest'].split()[0]}"
        )
        magics.append(
            Magic(name, start + 1, assigned.start("rest"), assigned["rest"].rstrip("\r\n"))
        )
        code = f"{assigned['head'].strip()} None"
    if code is not None:
        lines[start] = _replaced(whole.split("\n")[0] + "\n" if "\n" in whole else whole, code)
        for at in range(start + 1, start + count):
            lines[at] = _blank(lines[at])


def _in_python(name: str, argument: str, whole: str, column: int) -> str:
    """What a line magic does, in Python, at the same columns where its argument is Python."""
    if name == "run":
        script = _RUN.match(argument)
        parts = script["path"].removeprefix("./").split("/") if script is not None else []
        if parts and all(part.isidentifier() for part in parts):
            return f"from {'.'.join(parts)} import *"
    if name in _PYTHON_LINES:
        lead = re.match(r"(?:[ \t]+-\w+(?:[ \t]+\d+)?)*[ \t]*", whole[column:])
        begin = column + (lead.end() if lead is not None else 0)
        statement = whole[begin:].rstrip()
        indent = len(whole) - len(whole.lstrip())
        timed = f"pass;{' ' * (begin - indent - 5)}{statement}"
        if begin - indent >= 5 and _fault(timed) is None:
            return timed
    return "pass"
