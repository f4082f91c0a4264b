"""What every HTML page of ours is: one file that loads and runs nothing, and names and messages that are text in it."""

from __future__ import annotations

import html
import re

from lint_langsmith.output.printable import one_line
from lint_langsmith.output.report.html_style import STYLE

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def page(title: str, body: str) -> str:
    """A whole page; `body` is markup, `title` is ours."""
    return _PAGE.format(title=title, style=STYLE, body=body)


def text(words: str) -> str:
    """A text of whatever origin as markup."""
    return html.escape(one_line(words))


def prose(message: str) -> str:
    """A message: what is between backticks is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text(message))
