"""However a key is put together out of constants, it is found, once, where it is put together; `eval` is the judge."""

from __future__ import annotations

import base64
import codecs
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import casebook
from hypothesis import given, settings
from hypothesis import strategies as st
from linting import lint

Constant: TypeAlias = "str | list[str] | tuple[str, ...]"

KEY = casebook.Keys("folding")["KEY"]


@st.composite
def pieces(draw: st.DrawFn, text: str) -> list[str]:
    """`text` cut into at least two parts."""
    cuts = draw(st.lists(st.integers(1, len(text) - 1), min_size=1, max_size=3, unique=True))
    ends = [0, *sorted(cuts), len(text)]
    return [text[start:end] for start, end in pairwise(ends)]


@st.composite
def expressions(
    draw: st.DrawFn, text: str, constants: dict[str, Constant], depth: int = 2
) -> str:
    """Python that evaluates to `text`; names that it reads are put into `constants`."""
    if len(text) < 2 or depth == 0:
        return draw(leaves(text, constants))
    parts = draw(pieces(text))
    inner = [draw(expressions(part, constants, depth - 1)) for part in parts]
    forms = {
        "plus": "(" + " + ".join(inner) + ")",
        "adjacent": "(" + " ".join(repr(part) for part in parts) + ")",
        "f-string": "f'"
        + "".join("{" + name_of(part, constants) + "}" for part in parts)
        + "'",
        "mixed f-string": "f'"
        + parts[0]
        + "".join("{" + name_of(part, constants) + "}" for part in parts[1:])
        + "'",
        "percent": "('" + "%s" * len(parts) + "' % (" + ", ".join(inner) + ",))",
        "format": "'" + "{}" * len(parts) + "'.format(" + ", ".join(inner) + ")",
        "join": "''.join([" + ", ".join(inner) + "])",
        "join of lists": "''.join(["
        + ", ".join(inner[:1])
        + "] + ["
        + ", ".join(inner[1:])
        + "])",
        "join of a split": "''.join('" + "|".join(parts) + "'.split('|'))",
        "join of a comprehension": "''.join([part for part in (" + ", ".join(inner) + ",)])",
        "join of a generator": "''.join(part.strip() for part in ["
        + ", ".join(f"' ' + {part}" for part in inner)
        + "])",
        "items": "("
        + " + ".join(f"{name_of(parts, constants)}[{number}]" for number in range(len(parts)))
        + ")",
        "unpacked format": "'"
        + "{}" * len(parts)
        + "'.format(*"
        + name_of(parts, constants)
        + ")",
        "named percent": "('"
        + "%s" * len(parts)
        + "' % "
        + name_of(tuple(parts), constants)
        + ")",
        "percent mapping": "('"
        + "".join(f"%(n{number})s" for number in range(len(parts)))
        + "' % {"
        + ", ".join(f"'n{number}': {part}" for number, part in enumerate(inner))
        + "})",
    }
    return forms[draw(st.sampled_from(sorted(forms)))]


@st.composite
def leaves(draw: st.DrawFn, text: str, constants: dict[str, Constant]) -> str:
    """A part as a literal, a constant's name, or encoded."""
    encoded = base64.b64encode(text.encode()).decode()
    forms = [
        repr(text),
        f'r"{text}"',
        name_of(text, constants),
        f"base64.b64decode('{encoded}').decode()",
        f"b'{text}'.decode()",
        f"'{text[::-1]}'[::-1]",
        f"''.join(reversed('{text[::-1]}'))",
        f"'xx{text}yy'[2:-2]",
        f"'{'-'.join(text)}'[::2]",
        f"''.join(chr(code) for code in {list(map(ord, text))})",
        f"''.join(map(chr, {list(map(ord, text))}))",
        f"bytes({list(map(ord, text))}).decode()",
        f"codecs.decode('{codecs.encode(text, 'rot13')}', 'rot13')",
        f"codecs.decode('{text.encode().hex()}', 'hex').decode()",
        f"base64.b32decode('{base64.b32encode(text.encode()).decode()}').decode()",
        f"'key:{text}'.removeprefix('key:')",
        f"str(b'{text}', 'ascii')",
    ]
    return draw(st.sampled_from(forms))


def name_of(value: Constant, constants: dict[str, Constant]) -> str:
    name = next(
        (name for name, known in constants.items() if known == value), f"PART_{len(constants)}"
    )
    constants[name] = value
    return name


@st.composite
def programs(draw: st.DrawFn) -> str:
    constants: dict[str, Constant] = {}
    expression = draw(expressions(KEY, constants))
    lines = [
        "import base64",
        "import codecs",
        *(f"{name} = {value!r}" for name, value in constants.items()),
        f"VALUE = {expression}",
    ]
    return "\n".join([*lines, ""])


@settings(max_examples=60, deadline=None)
@given(program=programs())
def test_a_key_is_found_however_it_is_put_together(program: str) -> None:
    scope: dict[str, object] = {}
    exec(program, scope)  # the program is made of literals
    assert scope["VALUE"] == KEY
    with tempfile.TemporaryDirectory() as folder:
        # The import of the package lets the file through the byte gate, whatever became of the prefix.
        Path(folder, "main.py").write_text(f"import langsmith\n{program}", encoding="utf-8")
        Path(folder, "pyproject.toml").touch()
        outcome = lint(Path(folder))
    last = program.count("\n") + 1
    # A part of a key that stands alone may be called malformed: that is another rule's business.
    found = [
        (finding.code, finding.line) for finding in outcome.findings if finding.code != "LS104"
    ]
    assert found == [("LS101", last)]
    assert KEY not in outcome.output
