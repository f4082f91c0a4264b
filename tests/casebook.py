"""The fixtures of the rules: how `fixtures/rules/LSnnn.md` is read.

A page is prose, headings and fenced code blocks. Each heading with code blocks is a **case**, a little project of its
own; headings without blocks group the cases below them. What stands before the first `##` heading (a settings block,
a `.env.example`) belongs to every case of the page; a case replaces such a file by one of the same name.

**Blocks.** The info string is the language, then the file's name: ```` ```py app/main.py ````; Python needs none
(`main.py`). ```` ```toml settings ```` is the project's `lint-langsmith.toml`. `encoding=utf-16` and `newline=crlf`
after the name say how the file is written. A block without a language is part of the prose.

**Expectations** stand at the end of the line on which a finding starts, and are cut off, with the blanks before them,
before the file is written, in every language and also inside strings; so they work wherever a line can be longer:

    run = client.read_run(run_id)  # LS301
    from langsmith import LangSmithClient  # LS501: Client
    except LangSmithAuthError:  # LS302 error: LangSmithError; LS501

One entry is: codes, then optionally the severity, the persona where it is not `regular`, `+2` for two related
locations, and behind a colon a part of the message or help. Several entries are set apart by `;`, several codes of
one entry by blanks. A code that stands twice is expected twice. All findings of all rules must be expected.

**Keys** never stand in a page. These words in braces become keys made up for the run, of the shape that the name says:
`KEY`, `KEY2`, `SERVICE_KEY`, `LEGACY_KEY` (genuine: a random UUIDv4 body), `RANDOM_KEY` (hex, but no UUIDv4),
`PATTERNED_KEY` (of a UUIDv4's shape, though clearly patterned), and the fakes `FAKE_KEY` (counting up),
`REPEATED_KEY` (one digit), `PERIODIC_KEY` (`deadbeef` again and again), `FAKE_LEGACY_KEY`. `{KEY[8:40]}` is a part of
the key, `{KEY.base64}` the key in base64, `{KEY.upper}` with capital digits, `{KEY.reversed}` from its end,
`{KEY.codes}` the numbers of its characters, `{KEY.hex}` those as hexadecimal digits,
`{KEY.json}` and `{KEY.entities}` with every character as an escape of JSON or XML,
`{KEY.packed}` the key compressed by zlib, in base64, `{KEY.even}` and `{KEY.odd}` every other character.
`{TOKEN}` is a secret of no known shape, `{OPENAI_KEY}`, `{ANTHROPIC_KEY}` and `{TAVILY_KEY}` are of the shapes of these
providers.
"""

from __future__ import annotations

import base64
import random
import re
import string
import textwrap
import uuid
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

FIXTURES: Final = Path(__file__).parent.parent / "fixtures"
SETTINGS_FILE: Final = "lint-langsmith.toml"

_HEADING: Final = re.compile(r"(#+) (.+)")
_FENCE: Final = re.compile(r"(`{3,})(.*)")
_EXPECTATION: Final = re.compile(r"[ \t]*# (LS[0-9]{3}\b[^#]*)$")
_ENTRY: Final = re.compile(
    r"(?P<codes>LS[0-9]{3}(?: LS[0-9]{3})*)"
    r"(?: (?P<severity>error|warning|info))?(?: (?P<persona>pedantic|auditor))?(?: \+(?P<related>[0-9]+))?"
    r"(?:: (?P<fragment>.+))?",
)
_PLACEHOLDER: Final = re.compile(
    r"\{(?P<name>(?:SERVICE_|FAKE_|REPEATED_|PERIODIC_|PATTERNED_|RANDOM_|LEGACY_|FAKE_LEGACY_)?KEY2?"
    r"|(?:OPENAI|ANTHROPIC|TAVILY)_KEY|TOKEN)"
    r"(?:\[(?P<start>[0-9]*):(?P<stop>[0-9]*)\]|\.(?P<form>base64|upper|reversed|codes|hex|json|entities|packed|even|odd))?\}",
)


_FOREIGN: Final = {
    "OPENAI_KEY": "sk-proj-",
    "ANTHROPIC_KEY": "sk-ant-api03-",
    "TAVILY_KEY": "tvly-",
    "TOKEN": "",
}


def _in_form(key: str, form: str) -> str:
    forms = {
        "base64": base64.b64encode(key.encode()).decode(),
        "upper": key[:8] + key[8:].upper(),
        "reversed": key[::-1],
        "codes": ", ".join(str(ord(character)) for character in key),
        "hex": key.encode().hex(),
        "json": "".join(f"\\u{ord(character):04x}" for character in key),
        "entities": "".join(f"&#{ord(character)};" for character in key),
        "packed": base64.b64encode(zlib.compress(key.encode())).decode(),
        "even": key[::2],
        "odd": key[1::2],
    }
    return forms[form]


class BadPageError(Exception):
    """A page that does not keep to the notation above."""


class Expected(msgspec.Struct, frozen=True):
    """One finding that must be there; None where the page does not say."""

    path: str
    line: int
    code: str
    severity: str | None = None
    persona: str = "regular"
    related: int | None = None
    fragment: str | None = None


class Block(msgspec.Struct, frozen=True):
    """A fenced block: a file of a case. `line` is that of the opening fence in the page; `is_run` for `run=yes`."""

    language: str
    name: str
    text: str
    line: int
    encoding: str = "utf-8"
    newline: str = "\n"
    is_run: bool = False


class Case(msgspec.Struct, frozen=True):
    """A section of a page with the files it is made of."""

    code: str
    heading: str
    line: int
    prose: str
    blocks: tuple[Block, ...]

    @property
    def id(self) -> str:
        """The name of the test."""
        return f"{self.code}/{self.heading}"

    def expected(self) -> list[Expected]:
        """Every finding the case wants, in order of place."""
        found = [entry for block in self.blocks for entry in _expectations(block)]
        return sorted(found, key=lambda entry: (entry.path, entry.line, entry.code))

    def write(self, root: Path) -> Keys:
        """Write the project into the empty directory `root`; return the keys that stand in it."""
        keys = Keys(self.id)
        (root / "pyproject.toml").touch()
        for block in self.blocks:
            path = root / block.name
            path.parent.mkdir(parents=True, exist_ok=True)
            text = keys.fill(strip_expectations(block.text)).replace("\n", block.newline)
            path.write_bytes(text.encode(block.encoding))
        return keys


class Keys:
    """Keys made up for one case: the same ones whenever it runs, and none of them on disk but in its directory."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)
        self._made: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    @property
    def genuine(self) -> list[str]:
        """Those that have been used so far and that nothing printed may contain."""
        return [key for name, key in self._made.items() if "FAKE" not in name]

    def fill(self, text: str) -> str:
        """`text` with every placeholder replaced."""
        return _PLACEHOLDER.sub(self._replacement, text)

    def _replacement(self, match: re.Match[str]) -> str:
        key = self[match["name"]]
        if match["form"]:
            return _in_form(key, match["form"])
        start, stop = match["start"], match["stop"]
        return key[int(start) if start else None : int(stop) if stop else None]

    def _make(self, name: str) -> str:
        if name in _FOREIGN:
            return (
                _FOREIGN[name]
                + "".join(self._random.choices(string.ascii_letters + string.digits, k=40))
                + "7a"
            )
        bodies = {
            "FAKE_KEY": "0123456789abcdef" * 2,
            "FAKE_LEGACY_KEY": "0123456789abcdef" * 2,
            "REPEATED_KEY": "a" * 32,
            "PERIODIC_KEY": "deadbeef" * 4,
            "PATTERNED_KEY": "aaaaaaaaaaaa4aaa8aaaaaaaaaaaaaaa",
            "RANDOM_KEY": self._hex(12) + "c" + self._hex(19),
        }
        body = bodies.get(name) or uuid.UUID(int=self._random.getrandbits(128), version=4).hex
        if "LEGACY" in name:
            return f"ls__{body}"
        return f"lsv2_{'sk' if 'SERVICE' in name else 'pt'}_{body}_{self._hex(10)}"

    def _hex(self, digits: int) -> str:
        return "".join(self._random.choices("0123456789abcdef", k=digits))


def strip_expectations(text: str) -> str:
    """`text` as the linter gets to see it."""
    return "\n".join(_EXPECTATION.sub("", line) for line in text.split("\n"))


def pages() -> list[Path]:
    """Every page of fixtures, by code."""
    return sorted((FIXTURES / "rules").glob("LS*.md"))


def more_pages() -> list[Path]:
    """Pages of cases about something else than one rule: loaders, and what people reported."""
    return sorted(
        path for folder in ("loaders", "reports") for path in (FIXTURES / folder).glob("*.md")
    )


def read_page(path: Path) -> list[Case]:
    """The cases of one page, in order."""
    return parse_page(path.stem, path.read_text(encoding="utf-8"))


def read_projects() -> list[Case]:
    """The whole little projects of `fixtures/projects`, each a case; expectations stand in their files as in pages."""
    return [
        Case(
            code="projects",
            heading=project.name,
            line=1,
            prose="",
            blocks=tuple(
                Block(
                    path.suffix,
                    path.relative_to(project).as_posix(),
                    path.read_text(encoding="utf-8"),
                    1,
                )
                for path in sorted(project.rglob("*"))
                if path.is_file() and "__pycache__" not in path.parts
            ),
        )
        for project in sorted((FIXTURES / "projects").iterdir())
        if project.is_dir()
    ]


def parse_page(code: str, text: str) -> list[Case]:
    """The cases of the page `text` of the rule `code`."""
    sections = _sections(text)
    if not sections:
        raise BadPageError(f"{code}: no heading")
    shared, *rest = sections
    cases = [_with_shared(code, section, shared.blocks) for section in rest if section.blocks]
    headings = [case.heading for case in cases]
    for heading in headings:
        if headings.count(heading) > 1:
            raise BadPageError(f"{code}: two cases are called {heading!r}")
    return cases


class _Section(msgspec.Struct, frozen=True):
    """A heading with what stands below it, up to the next heading of any level."""

    heading: str
    line: int
    prose: str
    blocks: tuple[Block, ...]


def _with_shared(code: str, section: _Section, shared: tuple[Block, ...]) -> Case:
    own = {block.name for block in section.blocks}
    blocks = (*(block for block in shared if block.name not in own), *section.blocks)
    return Case(code, section.heading, section.line, section.prose, blocks)


def _sections(text: str) -> list[_Section]:
    sections: list[_Section] = []
    heading, heading_line = "", 0
    prose: list[str] = []
    blocks: list[Block] = []
    lines = iter(enumerate(text.split("\n"), start=1))

    def close() -> None:
        if heading:
            sections.append(
                _Section(heading, heading_line, "\n".join(prose).strip(), tuple(blocks))
            )

    for number, line in lines:
        if fence := _FENCE.match(line):
            if block := _block(fence[1], fence[2].split(), number, lines):
                if block.name in {other.name for other in blocks}:
                    raise BadPageError(f"line {number}: a second {block.name} in one case")
                blocks.append(block)
        elif title := _HEADING.fullmatch(line):
            close()
            heading, heading_line = title[2].strip(), number
            prose, blocks = [], []
        else:
            prose.append(line)
    close()
    return sections


def _block(
    fence: str, info: list[str], number: int, lines: Iterator[tuple[int, str]]
) -> Block | None:
    """Read on to the closing fence; None for a block that is part of the prose."""
    body: list[str] = []
    for _, line in lines:
        if line.rstrip() == fence:
            break
        body.append(line)
    else:
        raise BadPageError(f"line {number}: the block is never closed")
    if not info:
        return None
    options = dict(word.split("=", 1) for word in info if "=" in word)
    words = [word for word in info[1:] if "=" not in word]
    if not words and info[0] != "py":
        raise BadPageError(f"line {number}: the block has no file name")
    name = words[0] if words else "main.py"
    return Block(
        language=info[0],
        name=SETTINGS_FILE if name == "settings" else name,
        text="\n".join([*body, ""]),
        line=number,
        encoding=options.get("encoding", "utf-8"),
        newline={"crlf": "\r\n", "cr": "\r"}.get(options.get("newline", ""), "\n"),
        is_run=options.get("run") == "yes",
    )


def _expectations(block: Block) -> list[Expected]:
    found = []
    for number, line in enumerate(block.text.split("\n"), start=1):
        comment = _EXPECTATION.search(line)
        for entry in comment[1].split(";") if comment else ():
            parts = _ENTRY.fullmatch(entry.strip())
            if parts is None:
                raise BadPageError(
                    f"line {block.line + number}: {entry.strip()!r} is no expectation"
                )
            found += [
                Expected(
                    path=block.name,
                    line=number,
                    code=code,
                    severity=parts["severity"],
                    persona=parts["persona"] or "regular",
                    related=int(parts["related"]) if parts["related"] else None,
                    fragment=parts["fragment"],
                )
                for code in parts["codes"].split()
            ]
    return found


def describe(text: str) -> str:
    """A file with line numbers, for the message of a failing test."""
    numbered = "\n".join(
        f"{number:3} {line}" for number, line in enumerate(text.split("\n"), start=1)
    )
    return textwrap.indent(numbered, "    ")
