"""Where credentials may come from: everything in a project that supplies, loads or expects a LangSmith key."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.model import data
from lint_langsmith.model.file import File, Place
from lint_langsmith.model.values import NONE, Literal, Parameter
from lint_langsmith.source.text import LineIndex, UnreadableFileError, comments

if TYPE_CHECKING:
    from lint_langsmith.model.clients import Construction
    from lint_langsmith.model.project import Project

# The variables that hold a key or lead to one. Any case: settings classes spell their fields in lower case.
_KEY_NAME: Final = re.compile(
    r"(?i)\b\w*LANG(?:SMITH|CHAIN)_\w*API_?KEY\w*|\bLANGSMITH_(?:PROFILE|CONFIG_FILE|RUNS_ENDPOINTS)\b",
)
# What loads variables from elsewhere, or asks the user: it may well supply the key, and often does.
_LOADER: Final = re.compile(
    r"\b(?:load_dotenv|dotenv_values|find_dotenv|read_env|read_envfile|load_env\w*|load_environment\w*|getpass"
    r"|BaseSettings|Dynaconf|userdata\.get|UserSecretsClient|st\.secrets|streamlit\.secrets|SecretManagerServiceClient"
    r"|get_secret\w*|SecretClient|secretsmanager|hvac|set_env|_set_env|_set_if_undefined|dbutils\.secrets)\b"
    r"|\bfrom decouple import|\bimport dotenv|\bfrom dotenv import",
)
_CONFIG_SUFFIXES: Final = frozenset(
    {".env", ".yaml", ".yml", ".toml", ".json", ".ini", ".cfg", ".sh", ".tf", ".md", ".rst", ".ipynb", ".envrc", ".j2"},
)
_CONFIG_NAMES: Final = re.compile(
    r"(?i)^(?:\.env.*|env\..*|.*\.env|.*dockerfile.*|makefile|justfile|procfile|\.envrc|metadata|pkg-info)$"
)
# A whole file of variables is handed to the program: which ones is not in the repository.
_ENVIRONMENT_FILE: Final = re.compile(
    rb'(?m)^\s*-?\s*env_file\s*:|"env"\s*:\s*"[^"]*env[^"]*"|--env-file\b|envFrom\s*:'
)
_OWN_REPORT: Final = b"client-without-credentials"
_BY_HAND: Final = (".py", ".toml", ".yaml", ".yml", ".ipynb")
_TOO_LARGE: Final = 4 * 1024 * 1024


class Search(NamedTuple):
    """The outcome of a search: `found` is the path of the evidence; None with what was looked at otherwise."""

    found: str | None
    python_files: int = 0
    other_files: tuple[str, ...] = ()


class Evidence:
    """The ladder of evidence for the clients of one project."""

    def __init__(self, project: Project) -> None:
        """`project` lists and reads the files."""
        self._project = project
        self._of_text: dict[str, bool] = {}

    # -- the client itself -------------------------------------------------------------------------------------------

    def in_arguments(self, client: Construction) -> bool:
        """Whether the construction passes something that can carry credentials."""
        if client.unpacks:
            return True
        keywords = self._project.sdk.credential_keywords(client.cls)
        value = client.argument(*keywords)
        if value is None:
            return False
        return self._project.values.of(client.file, value, client.file.place(client.call)) != (NONE,)

    def is_injectable_default(self, client: Construction) -> bool:
        """`client or Client()`, `Client() if client is None else client`, `if client is None: client = Client()`."""
        file, reference = client.file, data.CallRef(client.site)
        for expr in _valued(file):
            if isinstance(expr, data.Boolean) and expr.op == "or" and reference in expr.values[1:]:
                return True
            if isinstance(expr, data.Conditional) and reference in {expr.body, expr.orelse}:
                other = expr.orelse if expr.body == reference else expr.body
                given = other != data.Constant("None") and not isinstance(other, data.CallRef)
                if given or self._asks_parameter(file, expr.test, file.place(client.call)):
                    return True
        return self._replaces_parameter(file, reference) or self._is_other_branch(client)

    def _is_other_branch(self, client: Construction) -> bool:
        """`Client(api_key=key)` under an `if`, and this one under its `else`, or the other way round."""
        branches = dict(_branches(client.file, client.call.block))
        return any(
            branches.get(owner, kind) != kind
            for other in self._project.clients.constructions(client.file)
            if other.site != client.site and self.in_arguments(other)
            for owner, kind in _branches(client.file, other.call.block)
        )

    def _asks_parameter(self, file: File, test: data.Expr, place: Place) -> bool:
        """Whether a test is about a parameter, so that a caller decides."""
        values = (value for name in _names(test) for value in self._project.values.name(file, name, place))
        return any(isinstance(value, Parameter) for value in values)

    def _replaces_parameter(self, file: File, reference: data.CallRef) -> bool:
        for binding in file.model.bindings:
            if binding.kind in {"assign", "walrus"} and _may_be(binding.value, reference):
                earlier = file.bindings.get((binding.scope, binding.name), ())
                if any(other.kind == "parameter" for other in earlier):
                    return True
        for store in file.model.stores:
            if _may_be(store.value, reference) and (
                self._guarded_by_parameter(file, store) or self._also_passed_in(file, store)
            ):
                return True
        return False

    def _also_passed_in(self, file: File, store: data.Store) -> bool:
        """An attribute that the constructor sets from a parameter, and that is filled later if it was left out."""
        name = store.target.name if isinstance(store.target, data.Attribute) else ""
        return any(
            isinstance(value, Parameter)
            for other in file.stores_by_attribute.get(name, ())
            if other is not store and other.value is not None
            for value in self._project.values.of(file, other.value, file.place(other))
        )

    def _guarded_by_parameter(self, file: File, store: data.Store) -> bool:
        """`if client is None: self.client = Client()` with `client` a parameter."""
        for block in file.block_chain(store.block):
            row = file.model.blocks[block]
            if row.kind in {"if", "else"} and self._asks_parameter(
                file, file.model.branches[row.owner].test, file.place(store)
            ):
                return True
            if row.kind == "scope":
                return False
        return False

    # -- the files ---------------------------------------------------------------------------------------------------

    def in_file(self, file: File) -> bool:
        """Whether the code of a file names a key's variable or loads variables."""
        known = self._of_text.get(file.relative)
        if known is None:
            known = any(True for _ in self._mentions(file))
            self._of_text[file.relative] = known
        return known

    def _mentions(self, file: File) -> Iterator[int]:
        """Offsets of names of key variables and of loaders in code: comments and docstrings supply nothing."""
        matches = [*_KEY_NAME.finditer(file.text), *_LOADER.finditer(file.text)]
        if not matches:
            return
        index = LineIndex(file.text)
        silent = [*file.model.docstrings]
        remarks = {line: column for line, column, _, _ in comments(file.text)}
        for match in matches:
            place = index.span(match.start(), match.end())
            in_comment = place.line in remarks and place.column >= remarks[place.line]
            in_docstring = any(span.line <= place.line <= span.end_line for span in silent)
            if not in_comment and not in_docstring:
                yield match.start()

    @functools.cached_property
    def in_project(self) -> Search:
        """The first evidence in the project, or what was looked at in vain. Tests supply keys to tests only."""
        looked = 0
        for name in sorted(self._project.python_names):
            content = self._content(name)
            if content is None:
                continue
            looked += 1
            if not _might_mention(content):
                continue
            file = self._project.try_load(name)
            if file is not None and not file.is_test and self.in_file(file):
                return Search(name)
        return self._in_other_files(looked)

    def _in_other_files(self, looked: int) -> Search:
        others: list[str] = []
        for name in sorted(self._project.other_names):
            if not _is_configuration(name):
                continue
            content = self._content(name)
            if content is None or len(content) > _TOO_LARGE:
                continue
            text = content.decode("utf-8", "replace")
            if _KEY_NAME.search(text) or _ENVIRONMENT_FILE.search(content):
                return Search(name)
            others.append(name)
        return Search(None, looked, tuple(sorted(others, key=_interest)))

    def _content(self, name: str) -> bytes | None:
        try:
            content = self._project.content(name)
        except UnreadableFileError:
            return None
        # A report of this very finding names the variable, too.
        return None if _OWN_REPORT in content and not name.endswith(_BY_HAND) else content

    # -- blank keys --------------------------------------------------------------------------------------------------

    def literal_keys(self, client: Construction) -> tuple[str, ...]:
        """The strings in the source that may be handed to a client as its key."""
        value = client.argument("api_key")
        if value is None:
            return ()
        values = self._project.values.of(client.file, value, client.file.place(client.call))
        return tuple(item.text for item in values if isinstance(item, Literal))


def _may_be(expr: data.Expr | None, reference: data.CallRef) -> bool:
    """Whether an expression is a call, or may be it: `Client(api_key=key) if key else Client()`."""
    if isinstance(expr, data.Conditional):
        return _may_be(expr.body, reference) or _may_be(expr.orelse, reference)
    if isinstance(expr, data.Boolean):
        return any(_may_be(value, reference) for value in expr.values)
    return expr == reference


def _branches(file: File, block: int) -> Iterator[tuple[int, str]]:
    """The `if` statements that a block lies under, within its function, each with the side on which it lies."""
    for current in file.block_chain(block):
        row = file.model.blocks[current]
        if row.kind == "scope":
            return
        if row.kind in {"if", "else"}:
            yield row.owner, row.kind


def _valued(file: File) -> Iterator[data.Expr]:
    """The expressions that give a value to something: bound, stored, returned, passed."""
    yield from (row.value for row in file.model.bindings if row.value is not None)
    yield from (row.value for row in file.model.stores if row.value is not None)
    yield from (row.value for row in file.model.returns if row.value is not None)
    for call in file.model.calls:
        yield call.func
        if isinstance(call.func, data.Attribute):
            yield call.func.value
        yield from (arg.value for arg in call.args)


def _names(expr: data.Expr) -> Iterator[str]:
    if isinstance(expr, data.Name):
        yield expr.id
    elif isinstance(expr, data.Comparison):
        yield from _names(expr.left)
    elif isinstance(expr, data.Unary):
        yield from _names(expr.operand)


def _might_mention(content: bytes) -> bool:
    text = content.decode("utf-8", "replace")
    return bool(_KEY_NAME.search(text) or _LOADER.search(text))


def _is_configuration(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() in _CONFIG_SUFFIXES or _CONFIG_NAMES.match(path.name) is not None


def _interest(name: str) -> tuple[int, str]:
    """Where a reader would look first comes first."""
    path = PurePosixPath(name)
    order = (".env", "compose", "docker", "langgraph.json", ".github")
    return next((rank for rank, word in enumerate(order) if word in name.lower()), len(order)), str(path)
