"""LS203: the key is read before it is set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.credentials.key_timing import Demand, KeySupply
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.values.abstract import FunctionRef
from lint_langsmith.findings import Related, Severity, Span, Violation
from lint_langsmith.rules.registry import rule


@rule("LS203", "credentials-read-too-early", severity=Severity.WARNING, since="0.1")
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A client is created, or the key is read, before the key is set in the environment.

    ## What it does
    Compares the place where a client is created without a key (or where the key's variable is read for a client) with
    the place where the variable is set or loaded: in one module, in one function, in the order of a notebook's cells,
    and across modules, if an imported module creates its client on import and the importer loads the variables after
    the import. Also reports a call at the top of a module that reads the key into an attribute (`self.key =
    os.getenv(…)`), directly or through other functions, before the module loads the variables.

    ## Why it matters
    A client reads the key only when it is created (executed on 0.1.147 to 0.15.0). A later `load_dotenv()` has no
    effect on it, and its requests fail with 401 or 403.

    ## Example
    ```python
    from dotenv import load_dotenv
    from langsmith import Client

    client = Client()
    load_dotenv()
    ```

    ## Use instead
    ```python
    from dotenv import load_dotenv
    from langsmith import Client

    load_dotenv()
    client = Client()
    ```

    ## Not flagged
    Imports of langsmith and LangChain and `@traceable`, which read no variable; clients with an explicit key; a module
    whose importer or package loads the variables first; programs that are started with an environment file, or with
    the key, by a compose file, a unit, a script, `langgraph.json` or similar, and their imports; any other code that
    may have set the key before; tests.

    ## Fix safety
    There is no automatic fix: the moved line may depend on the lines between.

    ## References
    - [Troubleshooting: variables are read once](https://docs.langchain.com/langsmith/troubleshooting-variable-caching)
    """
    if file.is_test or not file.code:
        return
    seen: set[tuple[str, Span]] = set()
    demands = list(analysis.key_timing.demands(file))
    supplies = _by_function(file, analysis) if demands else {}
    for demand in demands:
        late = _supplied_later(demand, supplies, analysis)
        # An import statement has a row for each of its names; the module is run once.
        source, span = demand.source or (file, demand.span)
        if late is not None and (source.relative, span) not in seen:
            seen.add((source.relative, span))
            yield _violation(demand, late)


def _by_function(file: File, analysis: Analysis) -> dict[int, list[KeySupply]]:
    """Where a file brings keys in, by the functions in which it does; what it imports is followed for that."""
    supplies: dict[int, list[KeySupply]] = defaultdict(list)
    for supply in analysis.key_timing.of(file):
        supplies[file.function_of(supply.scope)].append(supply)
    return supplies


def _violation(demand: Demand, late: KeySupply) -> Violation:
    related = [Related(late.file.relative, late.span, "the key is set here")]
    if demand.source is not None:
        file, span = demand.source
        related.insert(0, Related(file.relative, span, "this runs on import"))
    return Violation(
        at=demand.span,
        message=f"{demand.label} before {late.label} on line {late.span.line} sets the key",
        help="set or load the variables first",
        related=tuple(related),
    )


def _supplied_later(
    demand: Demand, supplies: Mapping[int, Sequence[KeySupply]], analysis: Analysis
) -> KeySupply | None:
    """The supply that comes after a demand, where none may have come before; `supplies` are by their functions."""
    file = demand.file
    scope = file.function_of(demand.scope)
    here = supplies.get(scope, ())
    elsewhere = (
        supply for function, found in supplies.items() if function != scope for supply in found
    )
    # An import that does both brings the variables in first, or its own module is at fault.
    if any(supply.span <= demand.span for supply in here) or _is_prepared(file, analysis):
        return None
    later = [supply for supply in here if _follows(file, supply, demand)]
    if scope:
        # A function runs after its module, and its callers may have loaded the variables; calls of it load no earlier.
        own = FunctionRef(file, scope)
        others = any(own not in supply.calls for supply in elsewhere) if later else False
        return later[0] if later and not others and not _elsewhere(file, analysis) else None
    if not later:
        # Functions of a module run after the module itself.
        loads = (supply for supply in elsewhere if supply.is_load)
        later = sorted(loads, key=lambda supply: supply.span)
    return later[0] if later and not _loaded_by_importers(file, analysis) else None


def _is_prepared(file: File, analysis: Analysis) -> bool:
    """Whether the variables are there before the file runs: its package or what starts the program brings them in."""
    is_handed_over = analysis.key_timing.by_package(file) or analysis.deployment.hands_over_to(
        file
    )
    return is_handed_over or analysis.processes.starts_with_key(file.relative)


def _follows(file: File, supply: KeySupply, demand: Demand) -> bool:
    """Whether both can run in one run of the code: not in branches that exclude each other."""
    chain = set(file.block_chain(supply.block))
    block = demand.block
    while block not in chain and block >= 0:
        row = file.model.blocks[block]
        if row.kind in {"if", "else", "case", "handler"}:
            peers = [file.model.blocks[other] for other in chain]
            if any(peer.parent == row.parent and peer.owner == row.owner for peer in peers):
                return False
            if row.ends in {"return", "raise"}:
                return False
        block = row.parent
    return supply.span > demand.span


def _elsewhere(file: File, analysis: Analysis) -> bool:
    """Whether another file of the project brings variables in."""
    return any(
        analysis.key_timing.of(other)
        for name in (*analysis.project.relevant, *analysis.project.mentioning("load_dotenv"))
        if name != file.relative
        and (other := analysis.project.try_load(name)) is not None
        and not other.is_test
    )


def _loaded_by_importers(
    file: File, analysis: Analysis, seen: frozenset[str] = frozenset()
) -> bool:
    """Whether a module that imports the file, at once or through others, brings variables in before it does."""
    for importer, span in analysis.environment.importers(file):
        if importer.is_test or importer.relative in seen:
            continue
        supplies = analysis.key_timing.of(importer)
        if any(
            supply.span < span and importer.function_of(supply.scope) == 0
            for supply in supplies
        ):
            return True
        if _loaded_by_importers(importer, analysis, seen | {file.relative, importer.relative}):
            return True
    return False
