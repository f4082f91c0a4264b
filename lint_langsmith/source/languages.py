"""How files and examples are scanned for comments: a language for each kind, suffix, name, and word behind a fence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.source import lexical
from lint_langsmith.source.kinds import Kind, is_requirements, kind_of
from lint_langsmith.source.lexical import Scan, Token


class Language(NamedTuple):
    """How a file is scanned; `is_known` when that is its syntax, and not what most have."""

    scan: Scan
    is_known: bool = True


_BY_KIND: Final[dict[Kind, Scan]] = {
    "python": lexical.PYTHON,
    "dotenv": lexical.DOTENV,
    "toml": lexical.TOML,
    "ini": lexical.INI,
    "shell": lexical.SHELL,
    "terraform": lexical.TERRAFORM,
    "json": lexical.JSON,
    "langgraph": lexical.JSON,
    "notebook": lexical.JSON,
}
_C_LIKE: Final = (
    ".js .mjs .cjs .jsx .ts .mts .cts .tsx .go .java .kt .kts .scala .rs .c .h .cc .cpp .hpp .cs .swift .dart .php "
    ".groovy .gradle .css .scss .less .proto .zig .sol .bicep .prisma"
)
_HASHED: Final = (
    ".rb .pl .pm .r .jl .ex .exs .nim .cr .tcl .awk .coffee .nix .cmake .graphql .gql .pp .star .bzl .bazel "
    ".gitignore .dockerignore .in"
)
_BY_SUFFIX: Final[dict[str, Scan]] = {
    **dict.fromkeys(_C_LIKE.split(), lexical.C_LIKE),
    **dict.fromkeys(_HASHED.split(), lexical.HASHED),
    **dict.fromkeys((".sql", ".lua", ".hs", ".elm"), lexical.DASHED),
    **dict.fromkeys((".clj", ".cljs", ".lisp", ".el", ".scm"), lexical.LISP),
    ".ps1": lexical.POWERSHELL,
    **dict.fromkeys((".bat", ".cmd"), lexical.NOTHING),
}
# Files in which all is text: what stands behind a `#` is for whoever reads it.
_TEXTS: Final = frozenset(
    {
        "",
        ".txt",
        ".text",
        ".adoc",
        ".asciidoc",
        ".asc",
        ".org",
        ".tex",
        ".textile",
        ".wiki",
        ".mediawiki",
        ".pod",
    }
    | {
        ".csv",
        ".tsv",
        ".log",
        ".po",
        ".pot",
        ".eml",
        ".mbox",
        ".srt",
        ".vtt",
        ".diff",
        ".patch",
        ".jsonl",
        ".ndjson",
    }
)
_HASHED_NAMES: Final = (
    ".gitignore .dockerignore .gitattributes codeowners "
    "gemfile rakefile vagrantfile caddyfile tiltfile"
)
_NAMED: Final[dict[str, Scan]] = {
    **dict.fromkeys(_HASHED_NAMES.split(), lexical.HASHED),
    **dict.fromkeys(
        (".editorconfig", ".npmrc", ".pylintrc", ".flake8", ".coveragerc"), lexical.INI
    ),
    "jenkinsfile": lexical.C_LIKE,
    "pipfile": lexical.TOML,
}
# Unknown syntax: the marks that most languages have, at the begin of a line or behind a blank.
_GUESSED: Final = Language(
    lexical.scan_by(r"(?:^|(?<=\s))(?P<hash>#|//|--|;|<!--|/\*)[^\n]*"),
    is_known=False,
)


def language_of(name: PurePosixPath, kind: Kind, text: str = "") -> Language:
    """The language of a file that is neither Markdown, reStructuredText, YAML nor HTML."""
    if kind == "text" and name.suffix.lower() in (".py", ".pyi", ".pyw", ".ipynb", ".json"):
        kind = kind_of(name)  # read as a text because it could not be read as what it is
    scan = _BY_SUFFIX.get(name.suffix.lower()) if kind in ("text", "shell") else None
    scan = scan or _NAMED.get(name.name.lower())
    if kind == "dockerfile":
        return Language(_dockerfile)
    if scan is None:
        scan = _BY_KIND.get(kind)
    if scan is None and is_requirements(name.name):
        scan = lexical.HASHED
    if scan is None and name.suffix.lower() in _TEXTS and not text.startswith("#!"):
        scan = lexical.NOTHING
    return Language(scan) if scan is not None else _GUESSED


_DOCKER_LINE: Final = lazy_re.compile(r"[ \t]*(?P<hash>#)?(?P<word>[A-Za-z]*)[^\n]*(?:\n|\Z)")
_DOCKER_HERE: Final = lazy_re.compile(r"(?<!<)<<-?[ \t]*(['\"]?)(?P<word>[A-Za-z_][\w.-]*)\1")


def _dockerfile(text: str, start: int, end: int) -> Iterator[Token]:
    """Lines of their own are comments; in `RUN` a shell's are as well. A here-document is a text."""
    word, at = "", start
    goes_on = False
    while at < end:
        line = _DOCKER_LINE.match(text, at, end)
        if line is None or line.end() == at:
            return
        if line["hash"]:
            yield Token("comment", line.start("hash"), at + len(line[0].rstrip("\r\n")), "#")
            at = line.end()
            continue
        word = word if goes_on else line["word"].upper()
        goes_on = line[0].rstrip().endswith(("\\", "`"))
        stop = line.end()
        here = _DOCKER_HERE.search(line[0]) if word in ("RUN", "COPY", "ADD") else None
        if here is not None:
            closing = re.compile(rf"(?m)^[ \t]*{re.escape(here['word'])}[ \t]*\r?$").search(
                text, stop, end
            )
            body, stop = stop, closing.end() if closing is not None else end
            yield Token("text", body, stop)
        if word == "RUN":
            yield from lexical.SHELL(text, at, stop)
        at = stop


# Languages of examples, by the words that name them.
OF_EXAMPLES: Final[dict[str, Scan]] = {
    **dict.fromkeys(
        ("bash", "sh", "zsh", "fish", "shell", "console", "make", "makefile"), lexical.SHELL
    ),
    **dict.fromkeys(("powershell", "ps1", "pwsh"), lexical.POWERSHELL),
    **dict.fromkeys(("python", "py", "python3", "ipython", "pycon"), lexical.PYTHON),
    **dict.fromkeys(("yaml", "yml"), lexical.YAML_LINES),
    **dict.fromkeys(("ruby", "rb", "perl", "r", "dockerfile", "docker"), lexical.HASHED),
    **dict.fromkeys(("ini", "properties", "dosini", "cfg"), lexical.INI),
    **dict.fromkeys(("dotenv", "env"), lexical.DOTENV),
    **dict.fromkeys(("hcl", "terraform", "tf"), lexical.TERRAFORM),
    **dict.fromkeys(("jsonc", "json5"), lexical.JSON),
    **dict.fromkeys(
        ("js", "javascript", "jsx", "ts", "typescript", "tsx", "go", "java", "kotlin"),
        lexical.C_LIKE,
    ),
    **dict.fromkeys(
        ("rust", "c", "cpp", "csharp", "cs", "swift", "scala", "php"), lexical.C_LIKE
    ),
    **dict.fromkeys(("sql", "lua", "haskell"), lexical.DASHED),
    "toml": lexical.TOML,
}


def language_named(language: str) -> Scan:
    """How an example in a language is scanned; one in an unknown language has no comments."""
    return OF_EXAMPLES.get(language, lexical.NOTHING)


# Languages of examples that are told, and in which nothing is a comment or that have no comments of their own.
WITHOUT_COMMENTS: Final = frozenset(
    {"json", "http", "xml", "html", "batch", "bat", "cmd", "compose"}
)
