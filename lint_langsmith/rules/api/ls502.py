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
from lint_langsmith.versions import parse_release

if TYPE_CHECKING:
    from lint_langsmith.sdk.table import Availability


@rule("LS502", "removed-langsmith-api", severity=Severity.ERROR, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """Code uses a module, a name or a method that the project's version of LangSmith does not have.

    ## What it does
    Compares the names of `langsmith` that the program uses with the release that the project uses. That release comes
    from the setting `langsmith-version`, the lock file or the dependency ranges; without them it is the newest one. A
    name that no release of a range has is an error, and so is one that the newest release lacks if the range admits
    that release, because installers choose it. A name that your release has and the newest release does not have is an
    info. A method that only raises `NotImplementedError` counts as removed.

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
    names that no release ever had (LS501); names that a release between two releases of the table may have.

    ## Fix safety
    There is no automatic fix: the replacement of a removed function takes other arguments.

    ## References
    - The tables were made from the wheels of the releases 0.0.5 to 0.15.0 and by calling the methods.
    """
    places: dict[tuple[str, Availability, str], list[Span]] = defaultdict(list)
    for found in imports(file, analysis.project):
        gone = _first_gone(found.names, analysis)
        if gone is not None and not asks_for_import(file, found.binding, analysis.outcomes):
            places[gone[0], gone[1], ""].append(found.binding.span)
    for used in attributes(file, analysis.values.relevant_only):
        names = [name for name in used.names if name is not None]
        absent = [where for name in names if (where := _gone(name, analysis)) is not None]
        if len(absent) < len(used.names):
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
    ours, package = analysis.project.version_for(name).spoken, analysis.sdk.distribution(name)
    fails = found.nowhere or _installs_newest(name, analysis)
    if _only_refuses(name, analysis):
        state = f"only raises `NotImplementedError` in {ours}"
    elif fails and not found.nowhere:
        state = f"is not in the newest {package}, which {ours} installs: {found.last} is the last release that has it"
    elif not found.nowhere:
        state = f"is removed from the newest {package} ({found.last} is the last that has it); yours is {ours}"
    elif found.in_newest:
        state = f"is not in {ours}, only in {found.since} and newer"
    else:
        state = f"is not in {ours}: {found.last} is the last release that has it"
    return Violation(
        at=NOWHERE,
        message=f"`{spoken(name)}` {state}{hidden if fails else ''}",
        help=_advice(name, found, analysis),
        severity=None if fails or _only_refuses(name, analysis) else Severity.INFO,
    )


def _installs_newest(name: str, analysis: Analysis) -> bool:
    """Whether what the project requires gets the newest release, unless a lock file or a pin says otherwise."""
    admitted = analysis.project.version_for(name).admitted
    newest = parse_release(analysis.sdk.newest_release(name))
    return admitted is not None and admitted.installs(newest)


def _advice(name: str, found: Availability, analysis: Analysis) -> str:
    real = analysis.sdk.successor(name)
    if real is not None:
        return f"use `{spoken(real)}`"
    said = analysis.sdk.parting_words(name)
    if said is not None:
        return f"the SDK says: {said.rstrip('.')}"
    if not found.nowhere and _installs_newest(name, analysis):
        kept = f"{analysis.sdk.distribution(name)}<={found.last}"
        return f"look up the replacement in the SDK's changelog, or require `{kept}`"
    if found.nowhere and found.in_newest:
        return f"require `{analysis.sdk.distribution(name)}>={found.since}`, or remove this use"
    return "look up the replacement in the SDK's changelog"
