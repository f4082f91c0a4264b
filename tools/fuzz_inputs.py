"""Made-up inputs for `tools/fuzz.py`: files from grammars, and those of the fixtures and of the proof, mutated.

Keys stand in the texts as `{KEY}` (the notation is that of `tests/casebook.py`) until they are written, so that no key
is ever on the disk outside of a temporary folder, and so that a mutation loses a key or leaves it whole.
"""

from __future__ import annotations

import functools
import json
import random
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias, TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import casebook
import programs
import subjects
from casebook import Keys
from fuzz_grammar import GRAMMARS
from key_places import PLACES
from key_positions import POSITIONS
from subjects import Subject

Rng: TypeAlias = random.Random
Part = TypeVar("Part")

# Files larger than this are cut: what takes long with little is what is looked for.
LARGEST: Final = 20_000
_PLACEHOLDER: Final = re.compile(r"\{((?:[A-Z]+_)*KEY2?)([\[.][^}\n]*)?\}")
_GENUINE: Final = frozenset({"KEY", "KEY2", "SERVICE_KEY", "LEGACY_KEY"})
_ENCODINGS: Final = ("utf-8-sig", "utf-16", "latin-1", "utf-8", "utf-16-le", "cp1252")


class Made(NamedTuple):
    """A file: its name, its text with placeholders for keys, and its encoding; or `raw` bytes, without keys."""

    name: str
    text: str
    encoding: str = "utf-8"
    raw: bytes | None = None

    def content(self, keys: Keys) -> bytes:
        """What is written."""
        if self.raw is not None:
            return self.raw
        return keys.fill(self.text).encode(self.encoding, "backslashreplace")

    def shown(self) -> str:
        """A Python expression of what is written, but for the keys."""
        if self.raw is not None:
            return repr(self.raw)
        return repr(self.text) + (
            "" if self.encoding == "utf-8" else f".encode({self.encoding!r})"
        )


def _keys(seed: str) -> Keys:
    """The keys of an input: each made in its turn, so that they do not depend on which file asks first."""
    keys = Keys(seed)
    for name in sorted(_GENUINE):
        keys[name]
    return keys


class Input(NamedTuple):
    """A project of a few files."""

    files: tuple[Made, ...]
    seed: str

    def contents(self) -> dict[str, bytes]:
        """The files as they are written; of two with one name the last."""
        keys = _keys(self.seed)
        return {keys.fill(made.name): made.content(keys) for made in self.files}

    def secrets(self) -> tuple[str, ...]:
        """The keys of which nothing may be printed: those of which no file has a mere part or another form."""
        found = [
            match
            for made in self.files
            for match in _PLACEHOLDER.finditer(made.text)
            if made.raw is None
        ]
        in_part = {match[1] for match in found if match[2]}
        keys = _keys(self.seed)
        return tuple(
            keys[name] for name in sorted({match[1] for match in found} & _GENUINE - in_part)
        )


# -- seeds -------------------------------------------------------------------------------------------------------------


class Seed(NamedTuple):
    """A project to mutate."""

    files: tuple[tuple[str, str], ...]


@functools.cache
def seeds() -> tuple[Seed, ...]:
    """Every case of the fixtures, and every place in which a key was found."""
    cases = [case for page in casebook.pages() for case in casebook.read_page(page)]
    cases += casebook.read_projects()
    found = [
        Seed(
            tuple(
                (block.name, casebook.strip_expectations(block.text)) for block in case.blocks
            )
        )
        for case in cases
    ]
    return (*found, *(Seed((place,)) for place in (*POSITIONS.values(), *PLACES.values())))


# Calls of each kind: to ask the SDK itself for them all would make clients, and those ask for their server.
_SUBJECTS: Final = (
    *subjects.CONDITIONAL,
    *(
        Subject("Client", name, "'a'", "value")
        for name in ("read_run", "read_dataset", "pull_prompt", "delete_project")
    ),
    *(
        Subject("Client", name, "", "iterator")
        for name in ("list_datasets", "list_projects", "list_feedback")
    ),
    *(
        Subject("AsyncClient", name, "'a'", "coroutine")
        for name in ("read_run", "create_dataset")
    ),
    *(
        Subject("AsyncClient", name, "", "async-iterator")
        for name in ("list_runs", "list_datasets")
    ),
    *(Subject("Langsmith", f"runs.{name}", "'a'", "value") for name in ("retrieve", "query")),
    *(
        Subject("AsyncLangsmith", f"runs.{name}", "'a'", "coroutine")
        for name in ("retrieve", "query")
    ),
    Subject("SandboxClient", "create_sandbox", "'a'", "value"),
)


def program(rng: Rng) -> Seed:
    """A random program of the proof."""
    made = programs.program(rng, rng.choice(_SUBJECTS), rng.choice((0, 1, 1, 2, 3)))
    return Seed(tuple(made.files.items()))


# -- inputs ------------------------------------------------------------------------------------------------------------


def made_up(seed: str, size: int) -> Input:
    """A project of about `size` files, the same for the same seed."""
    rng = random.Random(seed)  # noqa: S311 - nothing here is a secret
    files: list[Made] = []
    while len(files) < size:
        files += _some(rng)
    if rng.random() < 0.15:
        files.append(
            Made(
                "lint-langsmith.toml",
                mutated(rng, GRAMMARS["settings"](rng)[1], rng.choice((0, 0, 1))),
            )
        )
    return Input(tuple({made.name: made for made in files}.values()), seed)


def _some(rng: Rng) -> Iterator[Made]:
    """A few files that belong together."""
    chosen = rng.random()
    if chosen < 0.45:
        kind = rng.choice(_KINDS)
        name, text = GRAMMARS[kind](rng)
        yield _finished(rng, name, mutated(rng, text, rng.choice((0, 0, 1, 2))))
        return
    seed = program(rng) if chosen < 0.55 else rng.choice(seeds())
    folder = f"p{rng.randrange(4)}/" if rng.random() < 0.5 else ""
    for name, text in seed.files:
        yield _finished(rng, folder + name, mutated(rng, text, rng.choice((0, 1, 1, 2, 4))))


# Python is what most of the linter is about.
_KINDS: Final = (
    *(kind for kind in sorted(GRAMMARS) if kind != "settings"),
    *("python",) * 8,
    *("notebook",) * 2,
)


def _finished(rng: Rng, name: str, text: str) -> Made:
    """A file with its encoding, now and then an odd one; and now and then with wrong bytes."""
    text = text[:LARGEST]
    if name == "lint-langsmith.toml":
        return Made(name, text)
    if rng.random() < 0.05:
        text = text.replace("\n", rng.choice(("\r\n", "\r", "\n\r")))
    if rng.random() < 0.04:
        content = bytearray(text.encode("utf-8", "replace"))
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(content) + 1)
            content[at:at] = rng.choice(
                (b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x80", b"\x1a", b"\xf0\x9f")
            )
        return Made(name, "", raw=bytes(content))
    encoding = rng.choice(_ENCODINGS) if rng.random() < 0.05 else "utf-8"
    return Made(name, text, encoding)


# -- mutations ---------------------------------------------------------------------------------------------------------

_ODD: Final = (
    *(
        "\x00",
        "\x0c",
        "\x1b[31m",
        "\x7f",
        "\x85",
        "\u2028",
        "\u2029",
        "\ufeff",
        "\u202e",
        "\u200b",
        "\u00a0",
        "\t",
    ),
    *(
        "\r",
        "\r\n",
        "\n",
        "\\\n",
        "\\",
        '"',
        "'",
        '"""',
        "'''",
        "`",
        "```",
        "#",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "{{",
    ),
    *(
        "é",
        "ß",
        "İ",
        "\U0001d499",
        "\U00010000",
        "\U0001f600",
        "$",
        "${",
        "$(",
        "%",
        "%s",
        "%(",
        ":",
        ";",
        ",",
        "=",
        "==",
        "|",
        "&",
        "*",
    ),
    *(
        "<!--",
        "-->",
        "::error::",
        "##vso[x]",
        "\ud800",
        "ﬁ",
        "²",
        "٣",
        "lsv2_pt_",
        "ls__",
        "{KEY}",
        "{KEY2}",
    ),
)
_NUMBERS: Final = (
    *(
        "0",
        "-1",
        "1",
        "99999999999999999999",
        "4300",
        "1e400",
        "0x" + "f" * 40,
        "1_0",
        "0o17",
        "10**20",
        "nan",
        "-0.0",
    ),
)
_COMMENTS: Final = (
    *(
        "# lint-langsmith: ignore[LS101]",
        "# lint-langsmith: file-ignore[LS301] why",
        "# noqa: LS301,LS101",
        "# noqa",
    ),
    *(
        "# lint-langsmith: ignore",
        "# lint-langsmith: ignore[]",
        "# lint-langsmith: ignore[LS1,{KEY}]",
        "# nosec",
    ),
    *(
        "# lint-langsmith: ignore[no-such-rule]",
        "// lint-langsmith: ignore[LS101]",
        "# gitleaks:allow",
        "# type: ignore",
    ),
    *(
        "<!-- lint-langsmith: ignore[LS101] -->",
        "; lint-langsmith: ignore[LS401]",
        "# -*- coding: latin-1 -*-",
    ),
    *(
        "# -*- coding: utf-16 -*-",
        "# coding: rot13",
        "# vim: set fileencoding=ascii :",
        "# pragma: allowlist secret",
    ),
    "#lint-langsmith:ignore[LS101]#noqa:LS501",
)
_TOKEN: Final = re.compile(r"\w+|\s+|[^\w\s]")


def mutated(rng: Rng, text: str, times: int) -> str:
    """A text after some mutations."""
    for _ in range(times):
        text = rng.choice(_MUTATIONS)(rng, text)[: 2 * LARGEST]
    return text


def _tokens(rng: Rng, text: str) -> tuple[list[str], int]:
    found = _TOKEN.findall(text)
    return found, rng.randrange(len(found)) if found else 0


def _delete(rng: Rng, text: str) -> str:
    tokens, at = _tokens(rng, text)
    return "".join((*tokens[:at], *tokens[at + rng.choice((1, 1, 2, 5, 20)) :]))


def _duplicate(rng: Rng, text: str) -> str:
    tokens, at = _tokens(rng, text)
    piece = tokens[at : at + rng.choice((1, 2, 4, 12))]
    return "".join(
        (*tokens[:at], *piece * rng.choice((2, 2, 3, 20)), *tokens[at + len(piece) :])
    )


def _swap(rng: Rng, text: str) -> str:
    tokens, at = _tokens(rng, text)
    if tokens:
        other = rng.randrange(len(tokens))
        tokens[at], tokens[other] = tokens[other], tokens[at]
    return "".join(tokens)


def _insert(rng: Rng, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice((*_ODD, *_NUMBERS)) * rng.choice((1, 1, 1, 2, 50)) + text[at:]


def _replace_word(rng: Rng, text: str) -> str:
    words = re.findall(r"\w+", text)
    if not words:
        return text
    return text.replace(rng.choice(words), rng.choice(words), rng.choice((1, -1)))


def _replace_number(rng: Rng, text: str) -> str:
    return re.sub(
        r"(?<![\w{])\d+(?![\w}])",
        lambda _: rng.choice(_NUMBERS),
        text,
        count=rng.choice((1, 0)),
    )


def _lines(rng: Rng, text: str) -> str:
    lines = text.split("\n")
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    action = rng.randrange(5)
    if action == 0:
        del lines[at]
    elif action == 1:
        lines.insert(at, lines[other])
    elif action == 2:
        lines[at], lines[other] = lines[other], lines[at]
    elif action == 3:
        lines[at] = rng.choice(("", " ", "    ", "\t")) + lines[at]
    else:
        lines[at] = lines[at].lstrip()
    return "\n".join(lines)


def _comment(rng: Rng, text: str) -> str:
    lines = text.split("\n")
    at = rng.randrange(len(lines))
    if rng.random() < 0.5:
        lines[at] += "  " + rng.choice(_COMMENTS)
    else:
        lines.insert(at, rng.choice(_COMMENTS))
    return "\n".join(lines)


def _splice(rng: Rng, text: str) -> str:
    other = (
        rng.choice(rng.choice(seeds()).files)[1]
        if rng.random() < 0.7
        else GRAMMARS["python"](rng)[1]
    )
    at, start = rng.randrange(len(text) + 1), rng.randrange(len(other) + 1)
    if rng.random() < 0.5:
        return text[:at] + other[start:]
    end = at + rng.randrange(200)
    return text[:at] + other[start : start + rng.randrange(400)] + text[end:]


def _nest(rng: Rng, text: str) -> str:
    """Something in brackets, or in a function, many times over."""
    opening, closing = rng.choice(
        (
            ("(", ")"),
            ("[", "]"),
            ("{", "}"),
            ("f(", ")"),
            ("not ", ""),
            ("-", ""),
            ("{'a':", "}"),
        )
    )
    tokens, at = _tokens(rng, text)
    depth = rng.choice((1, 2, 10, 60, 150))
    piece = tokens[at : at + 1]
    return "".join((*tokens[:at], opening * depth, *piece, closing * depth, *tokens[at + 1 :]))


def _cut(rng: Rng, text: str) -> str:
    return text[: rng.randrange(len(text) + 1)]


def _change_case(rng: Rng, text: str) -> str:
    tokens, at = _tokens(rng, text)
    if tokens:
        tokens[at] = rng.choice((str.upper, str.lower, str.swapcase, str.title))(tokens[at])
    return "".join(tokens)


def _into_function(_rng: Rng, text: str) -> str:
    """The whole program in a function that calls itself."""
    return (
        "def main(*args):\n"
        + "".join(f"    {line}\n" for line in text.split("\n"))
        + "    return main(*args)\n\n\nmain()\n"
    )


def _escape(rng: Rng, text: str) -> str:
    """A character as an escape, as JSON, Python and others write it."""
    at = rng.randrange(len(text) + 1)
    if text[at : at + 1] in {"", "\n", "{"}:
        return text
    code = ord(text[at])
    return (
        text[:at]
        + rng.choice(
            (
                f"\\x{code & 255:02x}",
                f"\\u{code & 65535:04x}",
                f"%{code & 255:02X}",
                f"&#{code};",
            )
        )
        + text[at + 1 :]
    )


_MUTATIONS: Final[Sequence[Callable[[Rng, str], str]]] = (
    *(
        _delete,
        _duplicate,
        _swap,
        _insert,
        _insert,
        _replace_word,
        _replace_word,
        _replace_number,
        _lines,
        _lines,
    ),
    *(_comment, _splice, _splice, _nest, _cut, _change_case, _into_function, _escape),
)


# -- smaller ones ------------------------------------------------------------------------------------------------------


def shrunk(found: Input, is_same: Callable[[Input], bool], tries: int = 300) -> Input:
    """A smaller input with which the same goes wrong, after so many tries at most."""
    budget = iter(range(tries))

    def holds(files: Sequence[Made]) -> bool:
        return next(budget, None) is not None and is_same(found._replace(files=tuple(files)))

    files = _fewer(found.files, holds)
    for made in tuple(files):
        text = made.text if made.raw is None else made.raw.decode("latin-1")

        def others(
            parts: Sequence[str], made: Made = made, before: Sequence[Made] = files
        ) -> list[Made]:
            joined = "".join(parts)
            other = (
                made._replace(text=joined)
                if made.raw is None
                else made._replace(raw=joined.encode("latin-1"))
            )
            return [other if file.name == made.name else file for file in before]

        parts = text.splitlines(keepends=True)
        for finer in (
            lambda lines: lines,
            lambda lines: re.findall(r"\{\w+\}|\w+|\s+|[^\w\s]", "".join(lines)),
        ):
            parts = _fewer(finer(parts), lambda parts: holds(others(parts)))
        files = others(parts)
    return found._replace(files=tuple(files))


def _fewer(parts: Sequence[Part], holds: Callable[[Sequence[Part]], bool]) -> list[Part]:
    """As few parts as it takes, by leaving out ever smaller stretches (delta debugging)."""
    kept = list(parts)
    length = max(1, len(kept) // 2)
    while length:
        at = 0
        while at < len(kept):
            rest = [*kept[:at], *kept[at + length :]]
            if (rest or length < len(kept)) and holds(rest):
                kept = rest
            else:
                at += length
        length //= 2
    return kept


def dumped(made: Input) -> str:
    """An input for a person to read, and to make again: a Python dictionary."""
    return (
        "{\n"
        + "".join(f"    {json.dumps(file.name)}: {file.shown()},\n" for file in made.files)
        + "}"
    )
