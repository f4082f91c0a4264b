"""LS511: pins of langchain's packages that no installer can meet together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple, TypeAlias

from lint_langsmith import lazy_re
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Related, Severity, Span, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.sdk.family import ceilings, is_under, runs
from lint_langsmith.versions import Clause, Release, parse_release

_FILE: Final = lazy_re.compile(
    r"(?i)(?:.*/)?(?:requirements[^/]{0,100}|requirements/[^/]{1,100})\.(?:txt|in)"
)
# A pin that holds everywhere: one behind `;` holds for some Pythons or systems only.
_PIN: Final = lazy_re.compile(
    r"[ \t]*[\"']?(?P<name>[A-Za-z0-9][A-Za-z0-9._-]{0,99})[ \t]*(?:\[[^\]]{0,200}\])?[ \t]*==[ \t]*"
    r"(?P<release>[0-9]{1,9}(?:\.[0-9]{1,9}){1,4})[\"']?[ \t]*[,\\]?(?:[ \t]+#.*|[ \t]+--hash.*)?"
)


class _Pin(NamedTuple):
    name: str
    release: Release
    text: str
    at: Span


# A pin that requires another package, and the ceilings that it sets.
_Required: TypeAlias = tuple[_Pin, Sequence[Clause]]


@rule("LS511", "conflicting-pins", severity=Severity.ERROR, since="1.0", preview=True)
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A project pins releases of langchain's packages that can't be installed together.

    ## What it does
    Compares the pins (`==`) of `langsmith`, `langgraph` and langchain's packages in a requirements file, or in the
    `dependencies` of a `pyproject.toml`, with what the pinned releases require of one another.

    ## Why it matters
    pip refuses the whole file (executed): "Cannot install langchain==0.1.0 and langsmith==0.1.0 because these package
    versions have conflicting dependencies".

    ## Example
    ```text requirements.txt
    langchain==0.1.0
    langsmith==0.1.0
    ```
    ```python
    import langsmith

    print(langsmith.__version__)
    ```

    ## Use instead
    ```text requirements.txt
    langchain==0.1.0
    langsmith<0.1
    ```
    ```python
    import langsmith

    print(langsmith.__version__)
    ```

    ## Not flagged
    Ranges, of which an installer chooses; pins with a marker; pins in several files; lowest releases that a package
    requires.

    ## Fix safety
    There is no automatic fix: only the author knows which of the two is wanted.

    ## References
    - What releases require was read from their metadata (`sdk/data/family.json`).
    """
    del analysis  # the file alone is asked
    if _FILE.fullmatch(file.relative):
        pins = _pins(enumerate(file.lines, start=1))
    elif file.path.name == "pyproject.toml":
        pins = _pins(_dependencies(file.lines))
    else:
        return
    requiring: dict[str, list[_Required]] = defaultdict(list)
    for pin in pins.values():
        for name, limits in _limits(pin).items():
            if name in pins and not is_under(pins[name].release, limits):
                requiring[name].append((pin, limits))
    for name, required in requiring.items():
        yield _violation(file, pins[name], required)


def _dependencies(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines of `dependencies` of `[project]`, one requirement each; those of extras may exclude one another."""
    table, is_inside = "", False
    for number, line in enumerate(lines, start=1):
        bare = line.strip()
        if is_inside and bare.startswith("]"):
            return
        if is_inside:
            yield number, line
        elif bare.startswith("["):
            table = bare
        elif table == "[project]" and bare.replace(" ", "") == "dependencies=[":
            is_inside = True


def _pins(lines: Iterable[tuple[int, str]]) -> Mapping[str, _Pin]:
    """The pins of a file by the names of the packages; none of a package that it pins twice."""
    found: dict[str, list[_Pin]] = {}
    for number, line in lines:
        match = _PIN.fullmatch(line)
        if match is not None:
            name = match["name"].lower().replace("_", "-").replace(".", "-")
            at = Span(number, match.start("name") + 1, number, match.end("release") + 1)
            text = f"{match['name']}=={match['release']}"
            found.setdefault(name, []).append(
                _Pin(name, parse_release(match["release"]), text, at)
            )
    return {name: pins[0] for name, pins in found.items() if _is_one(pins)}


def _is_one(pins: Sequence[_Pin]) -> bool:
    return len({pin.release for pin in pins}) == 1


def _limits(pin: _Pin) -> Mapping[str, tuple[Clause, ...]]:
    """The ceilings that a pinned release sets to other packages."""
    reached = [
        run for run in runs(pin.name) if is_under(run.first, (Clause("<=", pin.release),))
    ]
    requires = reached[-1].requires if reached else {}
    return {
        name: ceilings(chain.from_iterable(required.alternatives))
        for name, required in requires.items()
        if len(required.alternatives) == 1
    }


def _violation(file: File, other: _Pin, requiring: Sequence[_Required]) -> Violation:
    first, limits = requiring[0]
    wanted = ",".join(
        f"{limit.operator}{'.'.join(map(str, limit.release))}" for limit in limits
    )
    return Violation(
        at=other.at,
        message=(
            f"`{first.text}` requires `{other.name}{wanted}`, so `{other.text}` can't be installed with it; pip refuses"
            " the file"
        ),
        help=f"pin `{other.name}{wanted}`, or a newer `{first.name}`",
        related=tuple(
            Related(file.relative, pin.at, "this requires another release")
            for pin, _ in requiring
        ),
    )
