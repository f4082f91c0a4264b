"""Texts that a file puts together from its own names: `${A}${B}`, `"$a$b"`, `format("%s%s", local.a, local.b)`.

Of the formats that this package reads, and of other languages that write the same. A reader says which variables a
file sets; names that are no variables (locals of Terraform and of shells, keys of YAML) are told here, by how a value
is given to a name in any of these formats. Which of two values of a name counts is told by place: the last one before
the use, else the first behind it, since in YAML and Terraform the order means nothing. Scopes are not told apart.

Sources: the shells' parameter expansion, python-dotenv and the compose specification (`${NAME:-default}`), Make and
Kubernetes (`$(NAME)`), cmd.exe (`%NAME%`), PowerShell (`$env:NAME`), configparser (`%(name)s`, `${section:name}`),
workflows of GitHub (`${{ env.NAME }}`), Terraform (`${local.name}`, `join`, `format`), Jinja and Helm (`{{ name }}`,
`printf`), JavaScript (`${name}`), and the operators with which languages join texts (`+`, `~`, `.`).
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.ir.model import Definition
from lint_langsmith.analysis.limits import FILLED_TEXT, JOINED_TEXT
from lint_langsmith.analysis.readers.pipelines import pipelines

# Every repetition is bounded or ends at a character of its own: linear time.
_NAME: Final = r"(?:[A-Za-z_][\w-]{0,80}[.:]){0,4}[A-Za-z_]\w{0,80}"
_TEXT: Final = r"[\w/]"
_REFERENCE: Final = (
    rf"(?:\$\{{\{{\s{{0,8}}|[$#]\{{|\$\(|\$(?:env:)?|%\(|%|\{{\{{-?\s{{0,8}}[.$]?)(?P<name>{_NAME})"
    rf"(?P<default>:?-[\"']?{_TEXT}{{1,200}}[\"']?)?(?P<change>(?:,,|\^\^|%%?|##?|//?|:)[^\s{{}}\"'%]{{0,80}}(?=\}}))?(?:\s{{0,8}}-?\}}\}}|\}}|\)s?|%)?"
)
_REFERENCES: Final = lazy_re.compile(_REFERENCE)
# Names and literals that an operator joins: `a + b`, `$a . "half"`, `p.a .. p.b`, `parts[0] + parts[1]`. The dot of PHP
# has a blank beside it, as others have none within a name.
_OPERATOR: Final = (
    r"(?:[ \t]{0,8}(?:\+{1,2}|~|&|\|\||<>|<<)[ \t]{0,8}(?:\r?\n[ \t]{0,80})?"
    r"|[ \t]{1,8}\.{1,2}[ \t]{0,8}|\.[ \t]{1,8}|\.(?=\$))"
)
_WORD: Final = r"\$?(?:[A-Za-z_]\w{0,80}\.){0,4}[A-Za-z_]\w{0,80}(?:\[[\"']?\w{1,80}[\"']?\])?"
_LITERAL: Final = rf"[\"'`]{_TEXT}{{1,{FILLED_TEXT}}}[\"'`]"
_OPERAND: Final = rf"(?:{_LITERAL}|{_WORD})"
_JOINED: Final = lazy_re.compile(rf"(?<![\w.$\"'`]){_OPERAND}(?:{_OPERATOR}{_OPERAND}){{1,20}}")
_OPERANDS: Final = lazy_re.compile(rf"(?P<literal>{_LITERAL})|(?P<word>{_WORD})")
# What stands between two parts of one text: nothing, the end of a line that goes on, quotes that close and open.
_BETWEEN: Final = lazy_re.compile(r"[\"'{}]{0,4}(?:\\\r?\n[ \t]{0,80})?[\"'{}]{0,4}")
_PLAIN: Final = lazy_re.compile(rf"{_TEXT}*")
_BEFORE: Final = lazy_re.compile(rf"{_TEXT}{{1,{FILLED_TEXT}}}\Z")
_BEHIND: Final = lazy_re.compile(rf"{_TEXT}{{1,{FILLED_TEXT}}}")
# PowerShell names a variable of the environment so where it sets it; a reference is read without that.
_POWERSHELL: Final = "env:"
# A value that a name is given: `a = "…"`, `A: …`, `A := …`, `export A=…`, `a += …`.
_GIVEN: Final = lazy_re.compile(
    rf"(?<![\w.:-])(?P<name>{_NAME})[\"']?[ \t]{{0,40}}(?P<more>\+)?(?::=|\?=|=|:)[ \t]{{0,40}}"
    rf"(?P<quote>[\"']?)(?P<value>[\w/.@#~][\w/.@:+#~-]{{0,{FILLED_TEXT}}})(?![\w/])"
)
# What names the value that is only called `default` or `value` below it: a variable of Terraform, a parameter.
_LABEL: Final = lazy_re.compile(
    r"variable[ \t]{1,40}\"(?P<block>\w{1,80})\"|^[ \t]{0,80}(?P<key>\w{1,80}):[ \t]{0,40}$",
    re.MULTILINE,
)
_LABELED: Final = frozenset({"default", "value"})
# Functions that join their arguments, or fill them into the first; JavaScript joins the list before the call.
_FUNCTION: Final = lazy_re.compile(r"\b(?:[fF]ormat|f?printf|[jJ]oin|[cC]oncat)\b[\"']?")
_LIST_BEFORE: Final = lazy_re.compile(
    rf"\[(?P<items>[^\[\]]{{1,{JOINED_TEXT}}})\]\s{{0,8}}\.\Z"
)
_ARGUMENT: Final = lazy_re.compile(
    r"\"(?P<double>[^\"\n]{0,300})\"|'(?P<single>[^'\n]{0,300})'"
    rf"|(?P<reference>{_REFERENCE.replace('?P<name>', '').replace('?P<default>', '').replace('?P<change>', '')})"
    rf"|(?P<word>(?:%s){{2,8}}|[\w.]{{1,{FILLED_TEXT}}})|(?P<end>[\])]|\}}\}})"
)
_ECHO: Final = lazy_re.compile(
    rf"\b(?:echo[ \t]{{1,8}}-n|printf)[ \t]{{1,8}}[\"']?(?P<text>{_TEXT}{{1,{FILLED_TEXT}}})[\"']?"
)
_BETWEEN_COMMANDS: Final = lazy_re.compile(r"[ \t]{0,40}(?:;|&&|\r?\n)[ \t]{0,40}")
# `P=(a b)`, `parts = ["a", "b"]`, with as many items as anybody cuts a key into.
_LIST: Final = lazy_re.compile(
    r"(?<![\w.:-])(?P<name>[A-Za-z_]\w{0,80})[ \t]{0,8}[:=][ \t]{0,8}"
    rf"[\[(](?P<items>[\w/\"'\s,]{{1,{JOINED_TEXT}}})[\])]"
)
_ITEM: Final = lazy_re.compile(r"\"([\w/]{1,80})\"|'([\w/]{1,80})'|([\w/]{1,80})")
_OLD_AND_NEW: Final = r"[\"'/](?P<old>[^\"'\n]{1,20}?)[\"'/]g?[ \t]{0,8},[ \t]{0,8}[\"'](?P<new>[^\"'\n]{0,20})[\"']"
_MANY: Final = rf"[^\"'\s,()]{{20,{2 * FILLED_TEXT}}}"
_REPLACE: Final = lazy_re.compile(
    rf"\$\(subst (?P<subst>[^,()\s]{{1,20}},[^,()\s]{{0,20}},{_MANY})\)"
    rf"|(?:(?:[\"'](?P<before>{_MANY})[\"']|(?P<name>[A-Za-z_]\w{{0,80}}))\.replace(?:All)?\(|\breplace\("
    rf"[\"'](?P<whole>{_MANY})[\"'],[ \t]{{0,8}}){_OLD_AND_NEW}"
)
_FIELD: Final = lazy_re.compile(r"%s|\{\d?\}")


class Filled(NamedTuple):
    """A text that was put together, and the 0-based offsets of the place where that is done."""

    text: str
    start: int
    end: int


class _Name(NamedTuple):
    """The places at which a name is given a text, in order, and these texts."""

    places: list[int]
    texts: list[str]

    def at(self, place: int) -> str:
        """What the name stands for at a place."""
        return self.texts[max(0, bisect.bisect_left(self.places, place) - 1)]


def filled(text: str, definitions: Sequence[Definition]) -> Iterator[Filled]:
    """The texts that a file puts together from names whose values stand in it; `definitions` are its variables."""
    names = _Names(text, definitions)
    _of_lists(text, names)
    yield from names.built
    yield from _of_echoes(text)
    for piped in pipelines(text):
        yield Filled(*piped)
    yield from _of_replacements(text, names)
    yield from _of_references(text, names)
    yield from _of_operators(text, names)
    yield from _of_functions(text, names)


class _Names:
    """What the names of a file stand for, as far as they are texts; `built` are those made by `+=`."""

    def __init__(self, text: str, definitions: Sequence[Definition]) -> None:
        self._text = text
        self._names: dict[str, _Name] = {}
        self.built: list[Filled] = []
        labels = list(_LABEL.finditer(text))
        starts = [label.start() for label in labels]
        for match in _GIVEN.finditer(text):
            name = match["name"].removeprefix(_POWERSHELL)
            if name.lower() in _LABELED and (at := bisect.bisect_left(starts, match.start())):
                name = labels[at - 1]["block"] or labels[at - 1]["key"]
            self._give(name, match)
        self._take_in(definitions)

    def _give(self, name: str, match: re.Match[str]) -> None:
        value = match["value"]
        before = self.find(name, match.start()) if match["more"] else None
        if before is not None:
            value = (before + value)[:JOINED_TEXT]
            self.built.append(Filled(value, *match.span("value")))
        self.put(name, match.start("value"), value)

    def _take_in(self, definitions: Sequence[Definition]) -> None:
        """Take in the variables that are set in another form: `ENV A half`, `name: A` with `value: half`."""
        lines = [0, *(match.end() for match in re.finditer("\n", self._text))]
        known = frozenset(self._names)
        for row in definitions:
            if row.value and len(row.value) <= FILLED_TEXT and row.name not in known:
                place = lines[min(row.span.line, len(lines)) - 1]
                self.put(row.name, place + row.span.column - 1, row.value)

    def put(self, name: str, place: int, text: str) -> None:
        """A name is given a text at a place; what it had there before is replaced."""
        found = self._names.setdefault(name, _Name([], []))
        at = bisect.bisect_left(found.places, place)
        if found.places[at : at + 1] == [place]:
            found.texts[at] = text
        else:
            found.places.insert(at, place)
            found.texts.insert(at, text)

    def find(self, name: str, place: int) -> str | None:
        """The text that a name stands for at a place; `local.a` and `.Values.a` are `a`."""
        plain = name.replace('"', "").replace("'", "")
        found = self._names.get(plain) or self._names.get(re.split("[.:]", plain)[-1])
        return found.at(place) if found is not None else None

    def reference(self, match: re.Match[str]) -> str | None:
        """The text that a reference stands for, or its default."""
        default = match["default"]
        known = self.find(match["name"], match.start())
        if known is None and default:
            return default.lstrip(":-").strip("\"'")
        change = match["change"]
        return known if known is None or not change else _changed(known, change)


def _changed(text: str, change: str) -> str:
    """What a shell makes of a text: `${A%end}`, `${A#start}`, `${A/old/new}`, `${A:0:20}`."""
    if change.startswith("/"):
        old, _, new = change.strip("/").partition("/")
        return text.replace(old, new, -1 if change.startswith("//") else 1)[:JOINED_TEXT]
    if change[0] in ",^":
        return text.lower() if change.startswith(",") else text.upper()
    if change.startswith("%"):
        return text.removesuffix(change.lstrip("%"))
    if change.startswith("#"):
        return text.removeprefix(change.lstrip("#"))
    start, _, size = change[1:].partition(":")
    if not start.isdecimal() or not (size or "0").isdecimal():
        return text
    return text[int(start) :][: int(size)] if size else text[int(start) :]


def _of_echoes(text: str) -> Iterator[Filled]:
    """What a shell writes without an end of line, one after the other."""
    parts: list[re.Match[str]] = []
    for match in _ECHO.finditer(text):
        if parts and _BETWEEN_COMMANDS.fullmatch(text, parts[-1].end(), match.start()) is None:
            yield _written(parts)
            parts = []
        parts.append(match)
    if parts:
        yield _written(parts)


def _written(parts: Sequence[re.Match[str]]) -> Filled:
    """What several commands have written in a row."""
    text = "".join(part["text"] for part in parts)
    return Filled(text, parts[0].start("text"), parts[-1].end("text"))


def _of_lists(text: str, names: _Names) -> None:
    """Take in the items of lists that have a name, by their indices, and all of them in a row."""
    for match in _LIST.finditer(text):
        items = [part[1] or part[2] or part[3] for part in _ITEM.finditer(match["items"])]
        for number, item in enumerate(items):
            names.put(f"{match['name']}[{number}]", match.start("items"), item)
        names.put(match["name"], match.start("items"), "".join(items)[:JOINED_TEXT])


def _of_replacements(text: str, names: _Names) -> Iterator[Filled]:
    """`replace(text, old, new)`, `text.replace(old, new)` and Make's `$(subst old,new,text)`."""
    for match in _REPLACE.finditer(text):
        if match["subst"]:
            old, new, whole = match["subst"].split(",")
        else:
            old, new = match["old"], match["new"]
            whole = (
                match["whole"] or match["before"] or names.find(match["name"], match.start())
            )
        if whole and old:
            yield Filled(whole.replace(old, new)[:JOINED_TEXT], *match.span())


def _of_references(text: str, names: _Names) -> Iterator[Filled]:
    """Texts with references in them; where one is the value of a name, that name stands for it from there on."""
    parts: list[Filled] = []
    for match in _REFERENCES.finditer(text):
        if parts and not _goes_on(text, parts[-1].end, match.start()):
            yield _finished(text, parts, names)
            parts = []
        value = names.reference(match)
        if value is not None:
            parts.append(Filled(value, *match.span()))
    if parts:
        yield _finished(text, parts, names)


def _goes_on(text: str, end: int, start: int) -> bool:
    """Whether what stands between two references is a part of the same text."""
    between = text[end:start] if start - end <= FILLED_TEXT else " "
    return _BETWEEN.fullmatch(between) is not None or _PLAIN.fullmatch(between) is not None


def _finished(text: str, parts: Sequence[Filled], names: _Names) -> Filled:
    """One text of its parts, with what stands before, between and behind them."""
    start, end = parts[0].start, parts[-1].end
    before = _BEFORE.search(text, max(0, start - FILLED_TEXT), start)
    behind = _BEHIND.match(text, end)
    pieces = [before[0] if before is not None else ""]
    at = start
    for part in parts:
        pieces += (re.sub(r"[^\w/]", "", text[at : part.start]), part.text)
        at = part.end
    pieces.append(behind[0] if behind is not None else "")
    found = Filled(
        "".join(pieces)[:JOINED_TEXT],
        start - len(pieces[0]),
        end + len(pieces[-1]),
    )
    name = _named_before(text, found.start)
    if name is not None:
        names.put(name, found.start, found.text)
    return found


_NAMED: Final = lazy_re.compile(
    rf"(?<![\w.:-])({_NAME})[\"']?[ \t]{{0,40}}(?::=|\?=|=|:)[ \t]{{0,40}}[\"'`]?\Z"
)


def _named_before(text: str, place: int) -> str | None:
    """The name that is given the value which begins at a place."""
    line = max(0, place - JOINED_TEXT, text.rfind("\n", max(0, place - JOINED_TEXT), place) + 1)
    match = _NAMED.search(text, line, place)
    return match[1] if match is not None else None


def _of_operators(text: str, names: _Names) -> Iterator[Filled]:
    for match in _JOINED.finditer(text):
        values = [
            part["literal"].strip("\"'`")
            if part["literal"]
            else names.find(part["word"].lstrip("$"), match.start())
            for part in _OPERANDS.finditer(match[0])
        ]
        if None not in values:
            yield Filled("".join(value for value in values if value), *match.span())


def _of_functions(text: str, names: _Names) -> Iterator[Filled]:
    for match in _FUNCTION.finditer(text):
        behind = text[match.end() : match.end() + JOINED_TEXT]
        arguments = _arguments(behind, match.end(), names)
        before = _LIST_BEFORE.search(
            text, max(0, match.start() - JOINED_TEXT - 10), match.start()
        )
        if before is not None:
            arguments = _arguments(before["items"], before.start("items"), names)
        start = match.start() if before is None else before.start()
        yield Filled(_put_together(arguments)[:JOINED_TEXT], start, match.end())


def _arguments(text: str, offset: int, names: _Names) -> list[str]:
    """The texts of some arguments, up to the bracket that closes them; of names what they stand for."""
    found: list[str] = []
    for match in _ARGUMENT.finditer(text):
        if match["end"]:
            if found and match["end"] != "]":
                break
            continue
        quoted = match["double"] if match["double"] is not None else match["single"]
        if quoted is not None:
            found.append(_with_references(quoted, offset + match.start(), names))
            continue
        word = (match["reference"] or match["word"]).strip("${}()% \t-")
        found.append(names.find(word, offset + match.start()) or match["word"] or "")
    return found


def _with_references(text: str, place: int, names: _Names) -> str:
    """A quoted argument with what its references stand for at a place."""

    def value(match: re.Match[str]) -> str:
        found = names.find(match["name"], place)
        return match[0] if found is None else found

    return _REFERENCES.sub(value, text)


def _put_together(arguments: Iterable[str]) -> str:
    """The arguments in a row, or filled into the first one where it has fields."""
    first, *others = [*arguments, ""]
    if _FIELD.search(first) is None:
        return "".join((first, *others))
    remaining = iter(others)
    return _FIELD.sub(lambda _: next(remaining, ""), first)
