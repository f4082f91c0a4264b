"""`lint-langsmith history`: the repositories that were named, one after the other, and one report on all of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from lint_langsmith.cache.location import Caches
from lint_langsmith.config.options import Options, UsageError
from lint_langsmith.config.targets import absolute
from lint_langsmith.git import StreamError
from lint_langsmith.history import known
from lint_langsmith.history.repository import NoRepositoryError, Repository, Scope
from lint_langsmith.history.results import CODE, Searched, findings, is_counted, writers
from lint_langsmith.history.searches import search_repository
from lint_langsmith.interruption import raise_if_interrupted
from lint_langsmith.output.printable import counted
from lint_langsmith.output.report import Report
from lint_langsmith.output.sinks import Sink, say, sinks, write_reports
from lint_langsmith.rules import registry
from lint_langsmith.source import project_roots
from lint_langsmith.workers.pool import processors

# What `pre-commit` tells a hook of `pre-push`: the commits that are pushed, and those that the remote has.
_PUSHED_TO: Final = "PRE_COMMIT_TO_REF"
_PUSHED_FROM: Final = "PRE_COMMIT_FROM_REF"


class Request(NamedTuple):
    """What of the repositories is searched: what came after `since`, what is `pushed`, also what is `unreachable`."""

    since: str | None = None
    pushed: bool = False
    unreachable: bool = False


def run(options: Options, request: Request, cwd: Path, read_stdin: Callable[[], bytes]) -> int:
    """Search the histories that `options.paths` name (default: the current one). Exit codes are those of `check`.

    Raises:
        UsageError: what was asked for can't be done.
        UnknownFormatError: there is no such format.
    """
    where = sinks(options, None, cwd)
    pushed = _pushed(os.environ, read_stdin) if request.pushed else ()
    if request.pushed and not pushed:
        return 0  # a branch is deleted: nothing is pushed
    caches = Caches(options.cache_dir, cwd) if options.cache else None
    jobs = options.jobs or processors()
    searched: list[Searched] = []
    failed = False
    for name in options.paths or (".",):
        try:
            repository = Repository(absolute(name, cwd))
            scope = _scope(repository, request, pushed)
            found = search_repository(repository, scope, jobs, caches)
            searched.append(found)
            if found.missing and not repository.is_partial:
                unread = counted(found.missing, "object")
                say(
                    f"error: {repository.folder}: {unread} cannot be read (`git fsck` says which)"
                )
                failed = True
        except (NoRepositoryError, StreamError) as error:  # noqa: PERF203 - the others are searched nevertheless
            say(f"error: {error}")
            failed = True
    raise_if_interrupted()
    left = _without_known(searched, options, cwd)
    for sink in where:
        _report(left, sink, options, cwd, failed=failed)
    if failed:
        return 2
    counts = any(is_counted(key) for one in left for key in one.keys)
    return int(counts and not options.exit_zero and options.write_baseline is None)


def _report(
    searched: Sequence[Searched], sink: Sink, options: Options, cwd: Path, *, failed: bool
) -> None:
    found = [*findings(searched, sink.format)]
    report = Report(
        findings=tuple(finding for _, finding in found),
        roots=tuple(root for root, _ in found),
        sources=lambda _root, _path: None,
        contents=lambda _root, _path: None,
        cwd=cwd,
        base=project_roots.repository(cwd),
        files=sum(one.objects for one in searched),
        rules=lambda: [rule for rule in registry.all_rules() if rule.code == CODE],
        failed=failed,
    )
    write_reports(report, [sink], options, writers=writers(searched))


def _without_known(
    searched: Sequence[Searched], options: Options, cwd: Path
) -> Sequence[Searched]:
    """What is left without the keys of a baseline; or all of it, when a baseline is written of it."""
    if options.write_baseline is not None:
        keys = [key for one in searched for key in one.keys]
        path = absolute(options.write_baseline, cwd)
        link = project_roots.boundary(options.paths or (".",), cwd).link_to(str(path))
        if link is not None:
            raise UsageError(f"cannot write the baseline {path}: {link}")
        known.write(path, keys)
        say(f"wrote {counted(len(keys), 'key')} to {options.write_baseline}, by SHA-256")
        return searched
    if options.baseline is None:
        return searched
    digests = known.read(absolute(options.baseline, cwd))
    left = []
    for one in searched:
        fresh = tuple(key for key in one.keys if key.digest not in digests)
        left.append(one._replace(keys=fresh, known=len(one.keys) - len(fresh)))
    return left


def _scope(repository: Repository, request: Request, pushed: tuple[str, ...]) -> Scope:
    """What is searched of a repository.

    Raises:
        UsageError: `--since` names no commit.
    """
    if pushed:
        return Scope(pushed)
    if request.since is not None:
        given = f"{request.since}^{{commit}}"
        oid = repository.ask("rev-parse", "--verify", "--quiet", "--end-of-options", given)
        if not oid:
            raise UsageError(f"--since: {repository.folder} has no commit `{request.since}`")
        return Scope(("--exclude=refs/stash", "--all", "--not", oid.decode().strip()))
    return Scope(is_everything=request.unreachable)


def _pushed(variables: Mapping[str, str], read_stdin: Callable[[], bytes]) -> tuple[str, ...]:
    """The revisions that are pushed, as pre-commit tells by variables, or git its hook on standard input.

    Git writes a line for each ref: its name and commit here, its name and commit there, zeros where there is none
    (githooks(5), pre-push).
    """
    if variables.get(_PUSHED_TO):
        pairs = [(variables[_PUSHED_TO], variables.get(_PUSHED_FROM, ""))]
    else:
        lines = [line.split() for line in read_stdin().decode("ascii", "replace").splitlines()]
        pairs = [(words[1], words[3]) for words in lines if len(words) == _WORDS_OF_A_REF]
    pushed = [new for new, _ in pairs if _is_commit(new)]
    there = [old for new, old in pairs if _is_commit(new) and _is_commit(old)]
    return (*pushed, "--not", "--remotes", *there) if pushed else ()


_WORDS_OF_A_REF: Final = 4


def _is_commit(oid: str) -> bool:
    """Whether a word is the name of a commit, and not the zeros for none."""
    return bool(oid.strip("0")) and not oid.startswith("-")
