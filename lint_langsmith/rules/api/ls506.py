"""LS506: a file of the project that shadows the SDK."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.values.bindings import module_bindings
from lint_langsmith.findings import Related, Severity, Span, Violation
from lint_langsmith.rules.registry import rule


@rule("LS506", "shadowed-langsmith", severity=Severity.ERROR, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A file or package of the project is called `langsmith`, so that Python imports it instead of the SDK.

    ## What it does
    Reports `langsmith.py` and `langsmith/__init__.py` in the folders that Python searches first (the project's root,
    `src`, the folder of a script), if the file itself, or a file next to it, imports a name from `langsmith` that only
    the SDK has.

    ## Why it matters
    `from langsmith import Client` fails with "cannot import name", and `import langsmith.utils` with "'langsmith' is
    not a package". It looks like a broken installation, but reinstalling does not help.

    ## Example
    ```python langsmith.py
    from langsmith import traceable


    @traceable
    def answer(question):
        return question


    print(answer("Why?"))
    ```

    ## Use instead
    ```python tracing_example.py
    from langsmith import traceable


    @traceable
    def answer(question):
        return question


    print(answer("Why?"))
    ```

    ## Not flagged
    Packages of your own called `langsmith` that define every name imported from them; modules with that name inside a
    package (`app/langsmith.py`), which do not shadow the SDK, or inside a folder that other files import as a package
    (`from utils.langsmith import …`), unless a script in that folder is run directly; a module that contains only
    definitions and is imported by no other file, because it may belong to a package whose folders are missing here.

    ## Fix safety
    There is no automatic fix: renaming a module changes its importers.

    ## References
    - https://github.com/langchain-ai/langsmith-cookbook/issues/178
    """
    path = PurePosixPath(file.relative)
    if path.name == "langsmith.py":
        folder = path.parent
    elif path.name == "__init__.py" and path.parent.name == "langsmith":
        folder = path.parent.parent
    else:
        return
    if str(folder) != "." and f"{folder}/__init__.py" in set(analysis.project.python_names):
        return
    for other, binding, name in _sdk_imports(file, folder, analysis):
        yield Violation(
            at=_first_line(file),
            message=f"this {_kind(path)} shadows the SDK and lacks `{name}`, which {other.relative} imports",
            help=f"rename the {_kind(path)}",
            related=(Related(other.relative, binding.span, "imported here"),),
        )
        return


def _sdk_imports(
    file: File, folder: PurePosixPath, analysis: Analysis
) -> Iterator[tuple[File, ir.Binding, str]]:
    """Imports of what only the SDK has: in the file, and in those that look for modules in its folder."""
    in_sources = str(folder) in {
        ".",
        *(src.strip("./") for src in analysis.project.settings.src),
    }
    prefix = "" if in_sources else f"{folder}/"
    scripts_only = not in_sources and _is_package_to_others(file, prefix, analysis)
    # Definitions alone tell nothing of the path: they may be a part of a package whose folders are not there.
    own = [file.relative] if analysis.entry_points.is_script(file) else []
    for relative in (
        *own,
        *(name for name in analysis.project.relevant if name != file.relative),
    ):
        other = analysis.project.try_load(relative) if relative.startswith(prefix) else None
        if other is None or (scripts_only and not analysis.entry_points.main_guards(other)):
            continue
        for binding in other.model.bindings:
            if (
                binding.kind != "import"
                or binding.level
                or binding.module.partition(".")[0] != "langsmith"
            ):
                continue
            name = f"{binding.module}.{binding.member}" if binding.member else binding.module
            if analysis.sdk.ever(name) and not _has(file, folder, name, analysis):
                yield other, binding, name


def _is_package_to_others(file: File, prefix: str, analysis: Analysis) -> bool:
    """Whether files outside of the folder import the module through it: then it is on no path of its own."""
    return any(
        not other.startswith(prefix)
        for other in analysis.project.imports.direct_importers(file.relative)
    )


def _has(file: File, folder: PurePosixPath, name: str, analysis: Analysis) -> bool:
    """Whether the project's own module has what is imported: a name, or a module below it."""
    if name == "langsmith":
        return True
    prefix = "" if str(folder) == "." else f"{folder}/"
    inner = prefix + name.replace(".", "/")
    if {f"{inner}.py", f"{inner}/__init__.py", f"{inner}.pyi"} & set(
        analysis.project.python_names
    ):
        return True
    owner, _, last = name.rpartition(".")
    if owner != "langsmith":
        home = prefix + owner.replace(".", "/")
        return any(
            path in set(analysis.project.python_names)
            for path in (f"{home}.py", f"{home}/__init__.py")
        )
    own = [
        binding
        for binding in module_bindings(file, last)
        if binding.kind != "import" or binding.level
    ]
    # A module with a `__getattr__` of its own makes names when they are asked for (PEP 562).
    return bool(own) or bool(file.star_imports) or bool(module_bindings(file, "__getattr__"))


def _kind(path: PurePosixPath) -> str:
    return "file" if path.name == "langsmith.py" else "package"


def _first_line(file: File) -> Span:
    """The first line that holds something."""
    for number, line in enumerate(file.lines, start=1):
        if line.strip():
            start = len(line) - len(line.lstrip()) + 1
            return Span(number, start, number, len(line.rstrip()) + 1)
    return Span(1, 1, 1, 1)
