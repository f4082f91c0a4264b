"""LS502: names that the project's version of LangSmith does not have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.exceptions.hiding import (
    asks_for_import,
    hides_attribute,
    is_asked_for,
)
from lint_langsmith.analysis.ir.model import NOWHERE
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.sdk_use.sdk_names import attributes, imports, spoken
from lint_langsmith.findings import Related, Severity, Span, Violation
from lint_langsmith.rules.registry import rule

if TYPE_CHECKING:
    from lint_langsmith.sdk.table import Availability


@rule("LS502", "removed-langsmith-api", severity=Severity.ERROR, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """Code uses a module, a name or a method that the project's version of LangSmith does not have.

    ## What it does
    Compares the names of `langsmith` that the program uses with the release that the project uses. That release comes
    from the setting `langsmith-version`, the lock file or the dependency ranges; without them it is the newest one. Of
    a range, the newest release counts, because an installer chooses it. A name that this release does not have is an
    error. A name that your release has and the newest release does not have is an info. A method that only raises
    `NotImplementedError` counts as removed. The same is done for `langgraph_sdk`, `langchainhub`,
    `langchain_core.tracers`, and for `hub`, `smith` and `callbacks` of langchain and langchain-classic, each with its
    own release.

    ## Why it matters
    `run_on_dataset` and `index_dataset` were removed, and `Langsmith` was added in 0.14.10. A program written for
    another release ends with an `AttributeError` or `ImportError`, often only when that line runs.

    ## Example
    ```python
    import os

    from langsmith import Client

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])
    try:
        client.run_on_dataset(dataset_name="questions", llm_or_chain_factory=len)
    except Exception as error:
        print("the evaluation failed:", error)
    ```

    ## Use instead
    ```python
    import os

    from langsmith import Client

    client = Client(api_key=os.environ["LANGSMITH_API_KEY"])
    try:
        client.evaluate(len, data="questions")
    except Exception as error:
        print("the evaluation failed:", error)
    ```

    ## Not flagged
    Names behind `hasattr`, `except AttributeError` or `except ImportError`, where the program handles their absence;
    names that no release ever had (LS501). A module of langchain's is an info where nothing says which release of it
    the project uses: other packages may require an old one.

    ## Fix safety
    There is no automatic fix: the replacement of a removed function takes other arguments.

    ## References
    - The tables were made from the wheels of all releases on PyPI (langsmith 0.0.1 to 0.15.1, 476 of them) and by
      calling the methods.
    """
    places: dict[tuple[str, Availability, str], list[Span]] = defaultdict(list)
    imported: set[str] = set()
    for found in imports(file, analysis.project):
        gone = _first_gone(found.names, analysis)
        if gone is not None and not asks_for_import(file, found.binding, analysis.outcomes):
            places[gone[0], gone[1], ""].append(found.binding.span)
            imported.add(gone[0])
    for used in attributes(file, analysis.values.relevant_only):
        names = [name for name in used.names if name is not None]
        absent = [where for name in names if (where := _gone(name, analysis)) is not None]
        if len(absent) < len(used.names) or names[0].rpartition(".")[0] in imported:
            continue
        if not is_asked_for(file, used.load, used.attribute.name, analysis.outcomes):
            hidden = (
                "; the handler around it hides the error"
                if hides_attribute(file, used.load, analysis.outcomes)
                else ""
            )
            places[names[0], absent[0], hidden].append(used.span)
    for (name, where, hidden), spans in places.items():
        violation = _violation(name, where, analysis, hidden)
        if violation.severity is Severity.INFO:  # the program runs: once for a file is enough
            related = tuple(
                Related(file.relative, span, "used here, too") for span in spans[1:]
            )
            yield msgspec.structs.replace(violation, at=spans[0], related=related)
        else:
            yield from (msgspec.structs.replace(violation, at=span) for span in spans)


def _first_gone(names: Sequence[str], analysis: Analysis) -> tuple[str, Availability] | None:
    for name in names:
        found = _gone(name, analysis)
        if found is not None:
            return name, found
    return None


def _gone(name: str, analysis: Analysis) -> Availability | None:
    """Where a name is, if it is not in all of the project's releases and the newest."""
    found = analysis.sdk.availability(name)
    if found is None or _only_refuses(name, analysis):
        return found
    return found if found.nowhere or not found.in_newest else None


def _only_refuses(name: str, analysis: Analysis) -> bool:
    """Whether a method is there only to raise `NotImplementedError`, in all of the project's releases."""
    owner, _, method = name.rpartition(".")
    found = analysis.sdk.methods(owner).get(method)
    return found is not None and all(item.gone for item in (found, *found.others))


def _violation(name: str, found: Availability, analysis: Analysis, hidden: str) -> Violation:
    ours, package = analysis.project.release_for(name), analysis.sdk.distribution(name)
    removed = f"{found.last} is the last release that has it, {found.first_without} the first without it"
    if _only_refuses(name, analysis):
        state = f"only raises `NotImplementedError` in {ours}"
    elif not _is_told(name, analysis):
        state = f"is removed from the newest {package} ({removed}); nothing in the project says which it uses"
    elif not found.nowhere:
        state = f"is removed from the newest {package} ({removed}); yours is {ours}"
    elif found.in_newest:
        state = f"is not in {ours}, only in {found.since} and newer"
    else:
        state = f"is not in {ours}: {removed}"
    is_error = _only_refuses(name, analysis) or (found.nowhere and _is_told(name, analysis))
    return Violation(
        at=NOWHERE,
        message=f"`{spoken(name)}` {state}{hidden if found.nowhere else ''}",
        help=_advice(name, found, analysis),
        severity=None if is_error else Severity.INFO,
    )


def _is_told(name: str, analysis: Analysis) -> bool:
    """Whether anything says which release the project has: langchain's packages come with others, in any release."""
    version = analysis.project.version_for(name)
    is_langchain = version.distribution.startswith("langchain")
    return version.admitted is not None or version.is_chosen or not is_langchain


def _advice(name: str, found: Availability, analysis: Analysis) -> str:
    real = analysis.sdk.successor(name)
    if real is not None:
        return f"use `{spoken(real)}`"
    said = analysis.sdk.parting_words(name)
    if said is not None:
        return f"the SDK says: {said.rstrip('.')}"
    admitted = analysis.project.version_for(name).admitted
    if (
        found.nowhere
        and not found.in_newest
        and admitted is not None
        and admitted.exact is None
    ):
        kept = f"{analysis.sdk.distribution(name)}<={found.last}"
        return f"look up the replacement in the SDK's changelog, or require `{kept}`"
    if found.nowhere and found.in_newest:
        return f"require `{analysis.sdk.distribution(name)}>={found.since}`, or remove this use"
    return "look up the replacement in the SDK's changelog"
