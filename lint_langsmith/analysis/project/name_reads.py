"""What the bytes of a Python file tell of a name before the file is parsed: whether code may read it or derive from it.

Of a function that a package only imports and exports again the package has nothing to say, and every module of tracers
names the class that all tracers inherit. A question that leads to another file asks here whether that can answer it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.project.byte_gate import any_in_code

if TYPE_CHECKING:
    import ast

# An import with the names behind it, on its line or in brackets. No list is so long: without a bound one that is never
# closed would be gone through again from each import in it.
_IMPORT: Final = (
    rb"^[ \t]*from[ \t]+[\w.]+[ \t]+import\b[ \t]*(?:\([^()]{0,10000}\)|[^\n;#\\(]*)"
)
_DEFINED: Final = rb"\b(?:def|class)[ \t]{1,20}"
_RENAMED: Final = rb"[ \t]{1,20}as\b"
# A class statement with a name in its brackets: most files have it in annotations alone.
_BASE: Final = rb"(?s)\bclass\s+\w+\s*(?:\[|\((?:(?!\)\s{0,9}:).){0,2000}?\b%s\b)"


def may_read(content: bytes, name: str) -> bool:
    """Whether code of a file may call a name, pass it on, or know it by another one; undecided is yes.

    It can't where the name is only imported, defined, quoted or spoken of.
    """
    word = rb"\b%s\b" % re.escape(name.encode(errors="surrogateescape"))
    found = re.finditer(
        rb"(?m)(?P<import>%s)|(?P<defined>%s)?%s" % (_IMPORT, _DEFINED, word), content
    )
    renamed = re.compile(word + _RENAMED)
    offsets = []
    for match in found:
        if match["import"] is None:
            if match["defined"] is None and not _is_quoted(content, match):
                offsets.append(match.start())
        elif renamed.search(content, *match.span()) is not None:
            offsets.append(match.start())
    return bool(offsets) and any_in_code(content, offsets)


def _is_quoted(content: bytes, match: re.Match[bytes]) -> bool:
    """Whether what was found is all of a string, as far as what stands around it tells."""
    before, after = (
        content[match.start() - 1 : match.start()],
        content[match.end() : match.end() + 1],
    )
    return before == after and before in {b'"', b"'"}


def derived(content: bytes, name: str) -> frozenset[str] | None:
    """The classes of Python source that have a name among their bases; None for what CPython can't parse."""
    if re.search(_BASE % re.escape(name.encode(errors="surrogateescape")), content) is None:
        return frozenset()
    import ast  # noqa: PLC0415 - few files come this far
    import warnings  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    classes = (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    return frozenset(node.name for node in classes if name in map(_last_name, node.bases))


def _last_name(base: ast.expr) -> str:
    """`c` of `a.b.c`; empty for what has no name."""
    return getattr(base, "attr", getattr(base, "id", ""))
