"""What kind of file a file is, told from its name and its bytes; and which files no person writes."""

from __future__ import annotations

import functools
import os
import re
from pathlib import PurePosixPath
from typing import Final, Literal, TypeAlias

from lint_langsmith import lazy_re
from lint_langsmith.source.text import decode, decode_text, encode, encode_text

Kind: TypeAlias = Literal[
    "python",
    "notebook",
    "dotenv",
    "compose",
    "workflow",
    "kubernetes",
    "dockerfile",
    "langgraph",
    "yaml",
    "toml",
    "json",
    "ini",
    "shell",
    "terraform",
    "markdown",
    "rst",
    "text",
]

# Kinds that become a model of what the program does; the others only define variables, or are text.
CODE: Final[frozenset[Kind]] = frozenset({"python", "notebook"})
YAML: Final[frozenset[Kind]] = frozenset({"yaml", "compose", "workflow", "kubernetes"})
CODE_SUFFIXES: Final = (".py", ".pyi", ".pyw", ".ipynb")
LARGEST_TEXT: Final = 1024 * 1024
# The one JSON format with a list at its top that sets variables is a list of ECS's container definitions, and ECS takes
# no task definition that is larger (its quotas, November 2026). What is larger are exports and other data.
LARGEST_LIST: Final = 64 * 1024

_SUFFIXES: Final[dict[str, Kind]] = {
    ".py": "python",
    ".pyi": "python",
    ".pyw": "python",
    ".ipynb": "notebook",
    ".env": "dotenv",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".toml": "toml",
    ".json": "json",
    ".jsonc": "json",
    ".json5": "json",
    ".ini": "ini",
    ".cfg": "ini",
    ".conf": "ini",
    ".properties": "ini",
    ".service": "ini",
    ".sh": "shell",
    ".bash": "shell",
    ".zsh": "shell",
    ".fish": "shell",
    ".ps1": "shell",
    ".bat": "shell",
    ".cmd": "shell",
    ".mk": "shell",
    ".tf": "terraform",
    ".tfvars": "terraform",
    ".hcl": "terraform",
    ".md": "markdown",
    ".mdx": "markdown",
    ".markdown": "markdown",
    ".rst": "rst",
    ".dockerfile": "dockerfile",
}
_NAMES: Final[tuple[tuple[str, Kind], ...]] = (
    (r"(?:docker-)?compose(?:[._-].+)?\.ya?ml", "compose"),
    (r"(?:.+[._-])?(?:dockerfile|containerfile)(?:[._-].+)?", "dockerfile"),
    (r"langgraph(?:[._-].+)?\.json", "langgraph"),
    (r"\.envrc|\.(?:bash|zsh)(?:rc|_profile|env)|\.profile|makefile|justfile|procfile", "shell"),
    (r"\.env(?:[._-].+)?|\.flaskenv|.+\.env\.[a-z]+", "dotenv"),
    (r"(?:.+[._-])?env[._-](?:example|sample|template|dist|local|dev|prod)(?:\.txt)?", "dotenv"),
    (r"(?:example|sample)[._-]env", "dotenv"),
    (r"\.condarc", "yaml"),
    (r"secrets\.toml\.(?:example|sample|template|dist)", "toml"),
)  # fmt: skip
PYTHON_SUFFIXES: Final = (".py", ".pyi")
_COMPOSE: Final = lazy_re.compile(rb"(?m)^services:")
_KUBERNETES: Final = (
    lazy_re.compile(rb"(?m)^apiVersion:"),
    lazy_re.compile(rb"(?m)^kind:"),
)
_WORKFLOW_FOLDERS: Final = lazy_re.compile(
    r"(?:^|/)\.(?:github|gitea|forgejo)/(?:workflows|actions)/"
)

_BINARY: Final = frozenset(
    {
        *(
            ".png",
            ".jpg",
            ".jpeg",
            ".gif",
            ".webp",
            ".ico",
            ".bmp",
            ".tiff",
            ".avif",
            ".psd",
            ".heic",
            ".icns",
        ),
        *(".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".odt", ".ods", ".epub"),
        *(
            ".zip",
            ".gz",
            ".bz2",
            ".xz",
            ".zst",
            ".7z",
            ".tar",
            ".tgz",
            ".rar",
            ".jar",
            ".whl",
            ".egg",
        ),
        *(
            ".so",
            ".dll",
            ".dylib",
            ".exe",
            ".o",
            ".a",
            ".pyc",
            ".pyo",
            ".pyd",
            ".class",
            ".wasm",
            ".bin",
            ".dat",
        ),
        *(
            ".db",
            ".sqlite",
            ".sqlite3",
            ".parquet",
            ".arrow",
            ".feather",
            ".h5",
            ".npy",
            ".npz",
            ".pkl",
            ".pickle",
        ),
        *(
            ".pt",
            ".pth",
            ".onnx",
            ".safetensors",
            ".gguf",
            ".faiss",
            ".index",
            ".pckl",
            ".joblib",
        ),
        *(".mp3", ".mp4", ".wav", ".ogg", ".flac", ".m4a", ".mov", ".avi", ".mkv", ".webm"),
        *(".woff", ".woff2", ".ttf", ".otf", ".eot"),
    },
)
_LOCK: Final = lazy_re.compile(
    r".+\.lock|.+-lock\.(?:json|ya?ml)|npm-shrinkwrap\.json|go\.sum|\.terraform\.lock\.hcl|bun\.lockb"
    r"|.+\.lock\.(?:json|hcl)"
)
_MINIFIED_NAME: Final = lazy_re.compile(
    r".+[.-]min\.(?:js|mjs|cjs|css)|.+\.(?:js|mjs|cjs|css)\.map|.+\.bundle\.js"
)
_SCRIPTS: Final = frozenset({".js", ".mjs", ".cjs", ".css", ".html", ".svg"})
_LONGEST_LINE: Final = 5000
_SEPARATORS: Final = lazy_re.compile("[-_.]")
HEAD: Final = 8192  # bytes that tell what a file is
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


def kind_of(path: PurePosixPath, content: bytes = b"") -> Kind:
    """The kind of a file by its path; where the name leaves it open (YAML, no suffix) `content` decides."""
    if path.suffix in PYTHON_SUFFIXES:
        return "python"
    name = path.name.lower()
    named = _named(name)
    kind = named or _SUFFIXES.get(path.suffix.lower(), "text")
    if (
        named == "dockerfile"
        and path.suffix.lower() in _SUFFIXES
        and path.suffix.lower() != ".dockerfile"
    ):
        kind = _SUFFIXES[path.suffix.lower()]  # `dockerfile.py`, `Dockerfile.md`
    if kind == "yaml":
        return _kind_of_yaml(path, content)
    if kind == "text" and not path.suffix and content.startswith(b"#!"):
        return _kind_of_script(content)
    return kind


def is_requirements(name: str) -> bool:
    """Whether a file of that name, without its folder, is written for pip: `requirements-dev.txt`."""
    words = _SEPARATORS.split(name.lower())[:-1]
    return name.lower().endswith((".txt", ".in")) and (
        "requirements" in words or "constraints" in words
    )


def kinds_by_name(path: PurePosixPath) -> frozenset[Kind]:
    """The kinds that a file of that path may be of, whatever it holds."""
    told = kind_of(path)
    if told == "yaml":
        return YAML
    return _OF_SCRIPTS if told == "text" and not path.suffix else frozenset({told})


def largest_of(name: str, head: bytes) -> int:
    """How many bytes a file that is no code may have, by its first ones, and not be taken for data of a machine."""
    is_list = name.lower().endswith(".json") and head.lstrip()[:1] == b"["
    return LARGEST_LIST if is_list else LARGEST_TEXT


def kind_as_read(kind: Kind, name: str, content: bytes) -> Kind:
    """The kind as which a file is read: of data of a machine nobody has to know more than whether a key is in it."""
    is_data = kind not in CODE and len(content) > largest_of(name, content[:HEAD])
    return "text" if is_data else kind


def may_be_code(name: str) -> bool:
    """Whether a file of that name may be of a kind that is code: of all others the content need not be asked."""
    # Without a suffix it may be a script. What follows a last dot alone some Pythons take for one.
    return os.path.splitext(name.lower())[1] in {*CODE_SUFFIXES, "", "."}  # noqa: PTH122 - asked of very many files


@functools.lru_cache(maxsize=4096)
def _named(name: str) -> Kind | None:
    """The kind of a file that is told by its whole name: many files of a project have the same."""
    return next((kind for pattern, kind in _NAMES if re.fullmatch(pattern, name)), None)


def text_of(path: PurePosixPath, content: bytes) -> str:
    """The text of a file of any kind.

    Raises:
        UnreadableFileError: it is Python of an unknown encoding, or not of the one that it declares.
    """
    return decode(content) if kind_of(path, content) == "python" else decode_text(content)


def bytes_of(path: PurePosixPath, text: str, like: bytes) -> bytes:
    """The bytes of a new text of a file that holds `like`: in its encoding, with its byte order mark.

    Raises:
        UnicodeEncodeError: a character is not of that encoding.
    """
    return encode(text, like) if kind_of(path, like) == "python" else encode_text(text, like)


def _kind_of_yaml(path: PurePosixPath, content: bytes) -> Kind:
    if _WORKFLOW_FOLDERS.search(f"/{path}") or path.name.lower() in {
        "action.yml",
        "action.yaml",
    }:
        return "workflow"
    if all(mark.search(content) for mark in _KUBERNETES):
        return "kubernetes"
    return "compose" if _COMPOSE.search(content) else "yaml"


# What a file without a suffix may be: its first line tells.
_OF_SCRIPTS: Final[frozenset[Kind]] = frozenset({"python", "shell", "text"})


def _kind_of_script(content: bytes) -> Kind:
    first = content[:200].split(b"\n", 1)[0]
    if b"python" in first:
        return "python"
    return "shell" if re.search(rb"\b(?:ba|z|da|k|fi)?sh\b", first) else "text"


def unlinted_by_name(name: str) -> str | None:
    """Why a file of this name holds nothing that a person wrote; None for all others."""
    if name.endswith(PYTHON_SUFFIXES):
        return None
    lower = name.lower()
    if os.path.splitext(lower)[1] in _BINARY:  # noqa: PTH122 - asked of very many files
        return "binary"
    if _LOCK.fullmatch(lower):
        return "a lock file"
    return "minified" if _MINIFIED_NAME.fullmatch(lower) else None


def unlinted_by_content(name: str, head: bytes) -> str | None:
    """The same told from the first bytes of a file."""
    if b"\0" in head and not head.startswith(_UTF16):
        return "binary"
    if os.path.splitext(name.lower())[1] not in _SCRIPTS:  # noqa: PTH122 - likewise
        return None
    return "minified" if max(map(len, head.split(b"\n"))) > _LONGEST_LINE else None
