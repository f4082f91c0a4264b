"""What an import statement binds, and what a module has for its importers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lint_langsmith.analysis.ir.model import Binding
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.values.abstract import (
    ANY,
    UNKNOWN,
    ExternalName,
    ModuleRef,
    Value,
    Values,
)
from lint_langsmith.analysis.values.bindings import module_bindings

if TYPE_CHECKING:
    from lint_langsmith.analysis.values.evaluation import Evaluation


def exported(values: Evaluation, file: File, name: str) -> Values:
    """The values that a module of the project has under a name for its importers."""
    found = module_bindings(file, name)
    if found:
        return values.bindings(file, found)
    submodule = values.find_module(f"{file.module}.{name}") if file.module else None
    if submodule is not None:
        return (ModuleRef(submodule),)
    imported = star_imported(values, file, name)
    return exported(values, imported, name) if imported is not None else ANY


def star_imported(values: Evaluation, file: File, name: str) -> File | None:
    """The module of the project that binds a name and from which star imports bring it, also one behind another."""
    pending, seen = [file], {file.relative}
    while pending:
        current = pending.pop()
        for star in reversed(current.star_imports):  # the last overrides those before it
            imported = values.find_module(current.module_of(star), current)
            if imported is None or imported.relative in seen:
                continue
            if module_bindings(imported, name):
                return imported
            seen.add(imported.relative)
            pending.append(imported)
    return None


def imported(values: Evaluation, file: File, binding: Binding) -> Iterable[Value]:
    """What an import statement gives one of its names."""
    module = file.module_of(binding)
    if binding.member is None:
        return (_module(values, file, module),)
    if not binding.member:  # `import package.module` binds `package`
        return (_module(values, file, module.partition(".")[0]),)
    known = values.find_module(module, importer=file)
    if known is not None:
        return exported(values, known, binding.member)
    dotted = f"{module}.{binding.member}"
    if values.find_module(dotted, importer=file) is not None:
        return (_module(values, file, dotted),)
    if binding.level or values.project.is_own_package(module, file):
        return ANY
    return (ExternalName(dotted),)


def _module(values: Evaluation, file: File, dotted: str) -> Value:
    known = values.find_module(dotted, importer=file)
    if known is not None:
        return ModuleRef(known)
    if "." in dotted and values.project.is_own_package(dotted, file):
        return UNKNOWN
    return ExternalName(dotted)
