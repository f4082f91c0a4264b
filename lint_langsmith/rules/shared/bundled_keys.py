"""Keys in variables whose values builders of web pages write into what each browser loads.

Next.js, Vite, Create React App, Vue CLI, Expo, Gatsby, SvelteKit and Astro put the variables with their prefix into the
bundle, and keep all others out of it (their documentation on environment variables).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Related, Span, Violation

_PREFIXES: Final = (
    "NEXT_PUBLIC",
    "VITE",
    "REACT_APP",
    "VUE_APP",
    "EXPO_PUBLIC",
    "GATSBY",
    "PUBLIC",
)
_BUNDLED: Final = lazy_re.compile(
    rf"\b(?:{'|'.join(_PREFIXES)})_(?:[A-Z0-9]{{1,20}}_){{0,3}}?"
    r"LANG(?:SMITH|CHAIN)_(?:[A-Z0-9]{1,20}_){0,3}?(?:API_?KEY|TOKEN)\b"
)
# Prose names it to warn of it, and Python builds no page.
_OTHERWISE: Final = frozenset({"markdown", "rst", "python", "notebook"})
_REMARKS: Final = ("#", "//", "/*", "*", "<!--", "--")


def bundled_keys(file: File) -> Iterator[Violation]:
    """One finding for each such variable of a file, at its first place."""
    if file.kind in _OTHERWISE or file.is_test or not _may_bundle(file.text):
        return
    places: dict[str, list[Span]] = {}
    for number, line in enumerate(file.lines, start=1):
        if not line.lstrip().startswith(_REMARKS):
            for match in _BUNDLED.finditer(line):
                at = Span(number, match.start() + 1, number, match.end() + 1)
                places.setdefault(match[0], []).append(at)
    for name, (first, *others) in places.items():
        yield Violation(
            at=first,
            message=f"the value of `{name}` is written into the page, where each visitor can read the LangSmith key",
            help="name it `LANGSMITH_API_KEY` and use it on the server; revoke a key that was deployed",
            related=tuple(Related(file.relative, at, "here as well") for at in others),
        )


def _may_bundle(text: str) -> bool:
    """Whether a text has one of the prefixes: to search each line for all of them takes a hundred times as long."""
    return any(f"{prefix}_" in text for prefix in _PREFIXES)
