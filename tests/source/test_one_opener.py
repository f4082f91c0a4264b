"""Everything that is read of a checkout is read by `source/files.py`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import lint_langsmith

PACKAGE: Final = Path(lint_langsmith.__file__).parent
# What opens something that is no part of a checkout, each with what that is.
ELSEWHERE: Final = {
    "source/files.py": "the one opener itself",
    "sdk/facts.py": "tables of the package",
    "sdk/results.py": "tables of the package",
    "sdk/names.py": "tables of the package",
    "sdk/providers.py": "tables of the package",
    "sdk/family.py": "tables of the package",
    "sdk/foreign.py": "tables of the package",
    "sdk/variables.py": "tables of the package",
    "rules/registry.py": "the package's own rules",
    "history/repository.py": "what git keeps in its own folder, which git itself reads",
    "fleet/checkout.py": "a repository's files, made anew in a temporary folder",
    "fleet/server.py": "folders and `/dev/null` of its own process",
    "fleet/sources.py": "what a person names as a source",
    "fleet/states.py": "whether files of git's are there; their content comes by the opener",
    "fleet/store.py": "the folder of the results, which a person names",
    "fleet/work.py": "a folder of its own",
    "cache/model_cache.py": "the cache, which is the user's",
    "cache/file_states.py": "whether what a run asked for is as it was; its content comes by the opener",
    "cache/location.py": "the cache, which is the user's",
    "cache/open_folder.py": "the cache, which is the user's",
    "cache/run_cache.py": "the cache, which is the user's",
    "__main__.py": "`/dev/null`, in the place of a stream that is closed",
    "cli.py": "whether a path has the name of a command, which the user gave",
    "commands/check.py": "`/dev/null`, and whether what `--config` is given is a file",
    "commands/streams.py": "`/dev/null`, in the place of a stream that is closed",
    "run/watch.py": "whether what a round asked for is as it was; its content comes by the opener",
    "workers/pool.py": "`/dev/null`, in the place of what other processes print",
}
OPENERS: Final = frozenset(
    {
        *("open", "fdopen", "read_text", "read_bytes", "write_text", "write_bytes"),
        *(
            "exists",
            "is_file",
            "is_dir",
            "iterdir",
            "glob",
            "rglob",
            "scandir",
            "listdir",
            "walk",
            "lexists",
        ),
        *("isfile", "isdir", "stat", "lstat"),
    }
)
# Methods of our own that are called like those of paths, and entries of a listing of the opener.
OF_OUR_OWN: Final = frozenset(
    {
        "files",
        "project",
        "analysis.project",
        "self",
        "self._project",
        "discover",
        "project_roots",
        "ast",
        "entry",
    }
)


def calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        call = ast.unparse(node.func)
        owner, _, name = call.rpartition(".")
        if call == "open" or (owner and name in OPENERS and owner not in OF_OUR_OWN):
            yield node.lineno, call


def test_no_other_module_opens_files() -> None:
    found = [
        f"{name}:{line}: {call}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if (name := path.relative_to(PACKAGE).as_posix()) not in ELSEWHERE
        for line, call in calls(ast.parse(path.read_bytes()))
    ]
    assert found == [], (
        "use lint_langsmith.source.files, which opens regular files of a bounded size only"
    )


def test_the_exceptions_are_there() -> None:
    assert [name for name in ELSEWHERE if not (PACKAGE / name).exists()] == []
