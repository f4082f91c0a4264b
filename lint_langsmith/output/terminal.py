"""What the terminal can show: colour and hyperlinks, by the conventions that users set elsewhere too."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from typing import Final, TextIO

# Terminals that take OSC 8 hyperlinks, by the variables that they set.
_PROGRAMS: Final = frozenset(
    {"iTerm.app", "WezTerm", "vscode", "Hyper", "ghostty", "Tabby", "rio", "WarpTerminal"}
)
_KINDS: Final = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm", "contour")
_MARKS: Final = ("WT_SESSION", "KONSOLE_VERSION", "DOMTERM", "KITTY_WINDOW_ID")
_VTE_WITH_LINKS: Final = 5000


def wants_colour(choice: str, variables: Mapping[str, str], *, terminal: bool) -> bool:
    """`--color`, then NO_COLOR and FORCE_COLOR (no-color.org, force-color.org), then whether a terminal reads along."""
    if choice != "auto":
        return choice == "always"
    if variables.get("NO_COLOR"):
        return False
    forced = variables.get("FORCE_COLOR")
    if forced:
        return forced != "0"
    return terminal and variables.get("TERM") != "dumb"


def wants_links(variables: Mapping[str, str], *, terminal: bool) -> bool:
    """Whether a terminal reads along that takes hyperlinks; FORCE_HYPERLINK says yes (or with 0 no) for any."""
    forced = variables.get("FORCE_HYPERLINK")
    if forced:
        return forced != "0"
    if not terminal or variables.get("TERM") == "dumb" or variables.get("CI"):
        return False
    vte = variables.get("VTE_VERSION", "")
    return (
        variables.get("TERM_PROGRAM") in _PROGRAMS
        or variables.get("TERM", "").startswith(_KINDS)
        or any(variables.get(mark) for mark in _MARKS)
        or (vte.isdecimal() and int(vte) >= _VTE_WITH_LINKS)
    )


def wants_progress(variables: Mapping[str, str], *, terminal: bool) -> bool:
    """Whether someone may wait at a terminal that takes a line back; a log of CI keeps all that is written to it."""
    return terminal and variables.get("TERM") != "dumb" and not variables.get("CI")


def reads_commands(variables: Mapping[str, str]) -> bool:
    """Whether a service of continuous integration reads along, which takes lines of a log for commands."""
    return any(
        variables.get(name) for name in ("CI", "GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION")
    )


def is_regular_file(stream: TextIO) -> bool:
    """Whether what is written to `stream` goes to a file: no service's log, whose lines could be commands."""
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):  # none at all, as under a test's runner
        return False


def link(url: str, text: str) -> str:
    """Text that leads to a page when it is clicked."""
    return f"\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\"
