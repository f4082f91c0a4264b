"""Terraform: `NAME = "value"`, `name = "NAME"` with `value = …`, and the defaults of variables."""

from __future__ import annotations

import re
from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.limits import TERRAFORM_BLOCKS
from lint_langsmith.analysis.readers import embedded
from lint_langsmith.analysis.readers.found import Found, is_variable, literal, names_langsmith

_STRING: Final = r"\"(?:\\.|[^\"\\\n])*\""
_TOKEN: Final = lazy_re.compile(
    # What is never closed goes on to the end of the text or line: else each later beginning would look for the end.
    r"(?P<comment>\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))"
    rf"|(?<!\w)(?P<block>\w+)(?P<labels>(?:[ \t]+{_STRING})*)[ \t]*\{{"
    rf"|(?P<name>(?<![A-Za-z0-9_-])[A-Za-z_][A-Za-z0-9_-]*|{_STRING})[ \t]*[=:][ \t]*(?P<value>{_STRING}|[^\s,}}{{]+)?"
    rf"|(?P<open>\{{)|(?P<close>\}})|{_STRING}?",
    re.DOTALL,
)


class _Block:
    """A block that is open: its name, and the pair that may stand in it."""

    def __init__(self, name: str, label: str, label_at: tuple[int, int] = (0, 0)) -> None:
        self.name = name
        self.label = label
        self.label_at = label_at
        self.entries: dict[str, re.Match[str]] = {}


def read(text: str, found: Found) -> None:
    """Collect the definitions of all blocks."""
    embedded.read(text, found)
    blocks = [_Block("", "")]
    for token in _TOKEN.finditer(text):
        if token["comment"] is not None:
            continue
        if token["block"] is not None:
            label = token["labels"].strip()
            start = token.end("labels") - len(label)
            blocks.append(
                _Block(
                    token["block"],
                    ".".join(re.findall(r"[^\s\"]+", label)),
                    (start + 1, start + len(label) - 1),
                )
            )
        elif token["open"] is not None:
            blocks.append(_Block("", ""))
        elif token["close"] is not None:
            if len(blocks) > 1:
                block = blocks.pop()
                _close(block, _group(blocks), found)
        elif token["name"] is not None:
            _entry(token, blocks, found)


def _entry(token: re.Match[str], blocks: list[_Block], found: Found) -> None:
    name = token["name"].strip('"')
    blocks[-1].entries[name] = token
    quoted = token["name"].startswith('"')
    if is_variable(name) and token["value"]:
        start, end = token.span("name")
        _add(name, (start + quoted, end - quoted), token, _group(blocks), found)
    elif name == "default" and blocks[-1].name == "variable" and is_variable(blocks[-1].label):
        _add(blocks[-1].label, blocks[-1].label_at, token, "", found)


def _close(block: _Block, group: str, found: Found) -> None:
    """`name = "NAME"` in one block with `value = "…"`, or with the place of a secret."""
    name, value = block.entries.get("name"), block.entries.get("value")
    # A string that is never closed names nothing.
    if name is None or not name["value"] or not re.fullmatch(_STRING, name["value"]):
        return
    text, (start, end) = name["value"][1:-1], name.span("value")
    if not is_variable(text):
        return
    if value is not None and value["value"]:
        _add(text, (start + 1, end - 1), value, group, found)
    elif names_langsmith(text):
        found.add(text, None, (start + 1, end - 1), None, group=group)


def _add(
    name: str, name_at: tuple[int, int], token: re.Match[str], group: str, found: Found
) -> None:
    written = token["value"] or ""
    quoted = written.startswith('"')
    # A bare word is a reference (`var.key`); only numbers and truth values are values.
    bare = written if re.fullmatch(r"true|false|[\d.]+", written) else None
    value = literal(written[1:-1]) if quoted else bare
    found.add(name, value, name_at, token.span("value") if written else None, group=group)


def _group(blocks: list[_Block]) -> str:
    return ".".join(
        block.label or block.name
        for block in blocks[:TERRAFORM_BLOCKS]
        if block.label or block.name
    )
