"""What the modules of wheels say of names and signatures.

A release differs from the one before in a few files: what a file says is remembered under its content, so that files
that releases share are parsed once. Wheels are read as text, never imported.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import checkout  # noqa: F401 - the tables are those of the checkout
import pydantic
import pydantic.v1

from lint_langsmith.sdk.names import LISTED, settled

# Bases from another package, whose releases the SDK does not choose: what any of their generations has.
_FOREIGN: Final = {
    "pydantic.BaseModel": frozenset(
        name for cls in (pydantic.BaseModel, pydantic.v1.BaseModel) for name in dir(cls)
    ),
}
# Where what is exported may be defined: one of langchain's packages has much from another.
_ROOTS: Final = tuple(f"{root}." for roots in LISTED.values() for root in roots)
_PIP: Final = (sys.executable, "-m", "pip", "--disable-pip-version-check")
# How far a re-exported name is followed from module to module: more than any package has.
_HOPS: Final = 10


def package_of(distribution: str) -> str:
    """What a program imports of a distribution."""
    return distribution.replace("-", "_")


def releases(distribution: str) -> list[str]:
    """Every release of a distribution that an installer finds on PyPI, oldest first; no pre-releases, none yanked."""
    command = [*_PIP, "index", "versions", distribution]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"Available versions: (.+)", output)
    if found is None:
        raise SystemExit("pip does not say which versions there are")
    return list(reversed(found[1].split(", ")))


# -- what one file says ----------------------------------------------------------------------------------------------


class ClassNames(NamedTuple):
    """A class: its own attributes, its bases as they are written, and the signatures of its methods."""

    own: frozenset[str]
    bases: tuple[str, ...]
    signatures: Mapping[str, str]


class ModuleNames(NamedTuple):
    """What a module's text says, whatever the module is called.

    `imported` has for a local name how many packages up, from which module and under which name it comes.
    """

    bound: frozenset[str]
    imported: Mapping[str, tuple[int, str, str]]
    classes: Mapping[str, ClassNames]
    signatures: Mapping[str, str]


_EMPTY: Final = ModuleNames(frozenset(), {}, {}, {})
_read: dict[bytes, ModuleNames] = {}


def module_names(content: bytes) -> ModuleNames:
    """What a module's text says; the same text is read once."""
    key = hashlib.sha256(content).digest()
    known = _read.get(key)
    if known is None:
        known = _read[key] = _names_in(ast.parse(content))
    return known


def _names_in(tree: ast.Module) -> ModuleNames:
    top = list(statements(tree.body))
    bound_names = {name for statement in top for name in bound(statement)}
    classes: dict[str, ClassNames] = {}
    for item in top:
        if isinstance(item, ast.ClassDef):
            classes[item.name] = _either(classes.get(item.name), _class_names(item))
    return ModuleNames(
        frozenset(bound_names.union(lazy_names(tree))),
        _imported(tree),
        classes,
        _signatures(top),
    )


def _either(one: ClassNames | None, other: ClassNames) -> ClassNames:
    """A class that is defined in two branches has what either of them gives it."""
    if one is None:
        return other
    return ClassNames(
        one.own | other.own,
        tuple(dict.fromkeys((*one.bases, *other.bases))),
        {**one.signatures, **other.signatures},
    )


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module that bind names in it: also those under `if`, `try` and `with`."""
    for statement in body:
        yield statement
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from statements(getattr(statement, field, []))
        for handler in getattr(statement, "handlers", []):
            yield from statements(handler.body)


def bound(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement binds."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name
    elif isinstance(statement, (ast.Import, ast.ImportFrom)):
        for alias in statement.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            for node in ast.walk(target):
                if isinstance(node, ast.Name):
                    yield node.id


def lazy_names(tree: ast.Module) -> Iterator[str]:
    """Names that a module's `__getattr__` and `__all__` promise."""
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == "__getattr__":
            for node in ast.walk(statement):
                if isinstance(node, ast.Compare):
                    yield from strings(node)
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            yield from strings(statement)


def strings(node: ast.AST) -> Iterator[str]:
    """The string constants in a node that are identifiers."""
    for inner in ast.walk(node):
        if (
            isinstance(inner, ast.Constant)
            and isinstance(inner.value, str)
            and inner.value.isidentifier()
        ):
            yield inner.value


def _imported(tree: ast.Module) -> dict[str, tuple[int, str, str]]:
    found: dict[str, tuple[int, str, str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                source = (node.level, node.module or "", alias.name)
                found.setdefault(alias.asname or alias.name, source)
    return found


def _class_names(cls: ast.ClassDef) -> ClassNames:
    own = {name for statement in statements(cls.body) for name in bound(statement)}
    for node in ast.walk(cls):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name) and node.value.id == "self":
                own.add(node.attr)
        elif isinstance(node, ast.Assign) and any(map(_is_slots, node.targets)):
            own.update(strings(node.value))
    # Of `BaseClient[httpx.Client, Stream[Any]]` the class itself.
    plain = [base.value if isinstance(base, ast.Subscript) else base for base in cls.bases]
    bases = tuple(ast.unparse(base) for base in plain)
    return ClassNames(frozenset(own), bases, _signatures(list(statements(cls.body))))


def _is_slots(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "__slots__"


def _signatures(body: list[ast.stmt]) -> dict[str, str]:
    """The signatures of the functions among some statements; of overloads that of the implementation."""
    return {
        item.name: _signature(item.args)
        for item in body
        if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)) and not _is_hidden(item)
    }


def _is_hidden(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a definition is no function that a program calls: a private one, an overload, a property."""
    decorators = {ast.unparse(item).rpartition(".")[2] for item in function.decorator_list}
    is_private = function.name.startswith("_") and function.name != "__init__"
    return is_private or not decorators.isdisjoint(
        {"overload", "property", "cached_property", "setter"}
    )


def _signature(arguments: ast.arguments) -> str:
    """The keywords that a function takes, those that go by keyword alone behind `*`; `**` at the end for any other."""
    words = [arg.arg for arg in arguments.args if arg.arg not in {"self", "cls"}]
    if arguments.kwonlyargs:
        words += ["*", *(arg.arg for arg in arguments.kwonlyargs)]
    return " ".join([*words, *(["**"] if arguments.kwarg is not None else [])])


# -- what a release says ---------------------------------------------------------------------------------------------


class Module:
    """One module of a wheel."""

    def __init__(self, content: bytes, *, is_package: bool) -> None:
        """`content` is its text."""
        self._content = content
        self.is_package = is_package
        self.names = module_names(content) if content else _EMPTY

    @functools.cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self._content)


def modules(path: Path, package: str) -> dict[str, Module]:
    """The modules of a package in a wheel that its table lists, by dotted name."""
    found: dict[str, Module] = {}
    roots = tuple(root for root in _ROOTS if root.startswith(f"{package}."))
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith(f"{package}/") and name.endswith(".py"):
                parts = name.removesuffix(".py").split("/")
                is_package = parts[-1] == "__init__"
                dotted = ".".join(parts[:-1] if is_package else parts)
                if not f"{dotted}.".startswith(roots):
                    continue
                found[dotted] = Module(archive.read(name), is_package=is_package)
    for dotted in list(found):
        # A folder without an `__init__.py` is a package all the same.
        parts = dotted.split(".")
        for length in range(1, len(parts)):
            found.setdefault(".".join(parts[:length]), Module(b"", is_package=True))
    return found


class Wheel:
    """The names of one release."""

    def __init__(self, path: Path, package: str) -> None:
        """`path` is a wheel that has the package."""
        self.package = package
        self.modules = modules(path, package)
        self._inside: dict[str, set[str]] = {}
        for dotted in self.modules:
            owner, _, name = dotted.rpartition(".")
            self._inside.setdefault(owner, set()).add(name)

    def names(self, dotted: str) -> frozenset[str]:
        """The names that a module has: its own, and those of the modules in it."""
        return self.modules[dotted].names.bound.union(self._inside.get(dotted, ()))

    def source(self, dotted: str, name: str) -> str | None:
        """Where a module has a name from, if it is another module."""
        module = self.modules.get(dotted)
        found = module.names.imported.get(name) if module is not None else None
        if module is None or found is None:
            return None
        level, base, member = found
        if level:
            parts = dotted.split(".")
            up = level - 1 if module.is_package else level
            head = ".".join(parts[: len(parts) - up])
            base = f"{head}.{base}" if base else head
        return f"{base}.{member}"

    def canonical(self, qualified: str, hops: int = _HOPS) -> str:
        """The module and name under which a re-exported thing is defined."""
        module, _, name = qualified.rpartition(".")
        source = self.source(module, name)
        if source is None or not hops or self._defines(module, name):
            return qualified
        return self.canonical(source, hops - 1)

    def _defines(self, module: str, name: str) -> bool:
        names = self.modules[module].names
        return name in names.classes or name in names.signatures

    def exports(self) -> dict[str, str]:
        """Public names that are defined elsewhere: qualified name to canonical name."""
        found = {}
        for dotted, module in self.modules.items():
            for name in self.names(dotted).intersection(module.names.imported):
                canonical = settled(self.canonical(f"{dotted}.{name}"))
                if canonical != f"{dotted}.{name}" and canonical.startswith(_ROOTS):
                    found[f"{dotted}.{name}"] = canonical
        return found

    def classes(self) -> Iterator[tuple[str, str]]:
        """Every class, as the module that defines it and its name."""
        for dotted, module in self.modules.items():
            for name in module.names.classes:
                yield dotted, name

    def members(self, module: str, name: str) -> frozenset[str]:
        """The attributes of a class, inherited ones included."""
        found: set[str] = set()
        for owner in self._lineage(module, name):
            found.update(owner if isinstance(owner, frozenset) else owner.own)
        return frozenset(found)

    def method_signatures(self, module: str, name: str) -> dict[str, str]:
        """The signatures of a class's methods, inherited ones included."""
        found: dict[str, str] = {}
        for owner in self._lineage(module, name):
            if isinstance(owner, ClassNames):
                found = {**owner.signatures, **found}
        return found

    def _lineage(self, module: str, name: str) -> Iterator[ClassNames | frozenset[str]]:
        """A class and its bases, the nearest first; of bases from elsewhere the attributes, where they are known."""
        known = self.modules[module].names.classes[name]
        yield known
        for base in known.bases:
            found = self.class_named(module, base)
            if found is not None:
                yield from self._lineage(*found)
            else:
                yield _FOREIGN.get(f"pydantic.{base}", frozenset())

    def class_named(self, module: str, written: str) -> tuple[str, str] | None:
        """The class that a module calls by its name, `RunBase`, or by that of a module, `schemas.RunBase`."""
        first, _, rest = written.partition(".")
        if rest:
            source = self.source(module, first)
            qualified = f"{source}.{rest}" if source is not None and "." not in rest else None
        else:
            qualified = f"{module}.{written}"
        if qualified is None:
            return None
        home, _, name = self.canonical(qualified).rpartition(".")
        found = self.modules.get(home)
        return (home, name) if found is not None and name in found.names.classes else None
