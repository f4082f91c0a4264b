"""The unit of work: one repository in, one result out. Linted is what stands at HEAD, in a folder made for it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import psutil

from lint_langsmith import __version__, git
from lint_langsmith.config.config import ConfigError
from lint_langsmith.config.options import UsageError
from lint_langsmith.findings import Severity
from lint_langsmith.fleet.checkout import CheckedOut, TooLargeError, check_out
from lint_langsmith.fleet.jobs import Job, Result, RuleCount, Status, failure
from lint_langsmith.fleet.sources import is_repository
from lint_langsmith.fleet.states import digest, state_of
from lint_langsmith.git import StreamError
from lint_langsmith.history.repository import NoRepositoryError, Repository, Scope
from lint_langsmith.history.results import Searched, as_object, is_counted
from lint_langsmith.history.searches import search_repository
from lint_langsmith.output.printable import Medium, counted, printable
from lint_langsmith.output.report import Report, writer
from lint_langsmith.run.pipeline import Examined, examine

_KEY_CODE: Final = "LS101"


def work(job: Job, scratch: Path) -> Result:
    """Examine a repository; `scratch` is an empty folder by its real path, which somebody else deletes."""
    begun = time.perf_counter()
    try:
        result = _worked(job, scratch)
    except (ConfigError, UsageError) as error:
        result = failure(
            job.source.name, "unusable configuration", _without(str(error), scratch)
        )
    except (NoRepositoryError, StreamError) as error:
        status: Status = (
            "no repository" if isinstance(error, NoRepositoryError) else "incomplete"
        )
        result = failure(job.source.name, status, _without(str(error), scratch))
    except NotClonedError as error:
        result = failure(job.source.name, "not cloned", _without(str(error), scratch))
    except TooLargeError as error:
        result = failure(job.source.name, "too large", str(error))
    except MemoryError:
        result = failure(job.source.name, "memory", "there was no memory left")
    taken = psutil.Process().memory_info().rss >> 20
    return msgspec.structs.replace(
        result, seconds=round(time.perf_counter() - begun, 3), memory=taken
    )


def _without(text: str, scratch: Path) -> str:
    """A message without the folder that nobody knows."""
    return text.replace(f"{scratch}/checkout/", "").replace(f"{scratch}/", "")


def _worked(job: Job, scratch: Path) -> Result:
    source = job.source
    if job.version != __version__:
        versions = f"the worker has lint-langsmith {__version__}, the command {job.version}"
        return failure(source.name, "crashed", versions)
    if source.is_address:
        state = _remote_state(job)
    else:
        state = state_of(source.location, job.settings, with_history=job.with_history)
    if state and state == job.known:
        return Result(name=source.name, status="unchanged", state=state)
    folder = _cloned(job, scratch) if source.is_address else Path(source.location)
    if not is_repository(str(folder)):
        there = "is no git repository" if folder.exists() else "does not exist"
        raise NoRepositoryError(f"{source.name} {there}")
    return _examined(job, Repository(folder), state, scratch)


class NotClonedError(Exception):
    """An address could not be cloned, which may go better at another time, or from another machine."""


def _remote_state(job: Job) -> str:
    refs = () if job.with_history else ("HEAD",)
    answer = git.remote_refs(job.source.location, *refs)
    if answer.code:
        raise NotClonedError(_said(answer))
    return digest(job.settings, answer.output)


def _cloned(job: Job, scratch: Path) -> Path:
    folder = scratch / "clone.git"
    answer = git.clone(job.source.location, folder, is_whole=job.with_history)
    if answer.code:
        raise NotClonedError(_said(answer))
    return folder


def _said(answer: git.Answer) -> str:
    """The last line that git has said is the reason; those before it are progress."""
    lines = answer.errors.decode("utf-8", "replace").strip().splitlines()
    fatal = [line for line in lines if line.startswith(("fatal: ", "ERROR: "))]
    return (fatal or lines or ["git gave no reason"])[0].removeprefix("fatal: ")


def _examined(job: Job, repository: Repository, state: str, scratch: Path) -> Result:
    head = repository.head()
    if not head:
        return Result(
            name=job.source.name, status="empty", reason="it has no commit yet", state=state
        )
    folder = scratch / "checkout"
    folder.mkdir()
    written = check_out(repository, head, folder)
    linted = examine(job.options, folder)
    searched = search_repository(repository, Scope(), 1, None) if job.with_history else None
    return _result(job, head, state, written, linted, searched)


def _result(  # noqa: PLR0913, PLR0917 - all that is known
    job: Job,
    head: str,
    state: str,
    written: CheckedOut,
    linted: Examined,
    searched: Searched | None,
) -> Result:
    counts = _counts(linted.report)
    keys = () if searched is None else searched.keys
    at_head = sum(bool(key.at_head) for key in keys)
    if searched is None:
        at_head = sum(row.count for row in counts if row.code == _KEY_CODE)
    missing = written.missing + (0 if searched is None else searched.missing)
    leaks = any(is_counted(key) for key in keys) and not job.options.exit_zero
    return Result(
        name=job.source.name,
        status="incomplete" if missing else "done",
        reason=f"{counted(missing, 'object')} missing" if missing else "",
        head=head,
        state=state,
        exit_code=2 if missing else max(linted.exit_code, int(leaks)),
        files=linted.outcome.files,
        named=linted.outcome.named,
        counts=counts,
        keys_at_head=at_head,
        keys_in_history=0 if searched is None else len(keys) - at_head,
        missing=missing,
        left_out=written.left_out,
        is_shallow=searched is not None and searched.is_shallow,
        findings=_lines(job.source.name, head, linted.report, searched),
    )


def _counts(report: Report) -> tuple[RuleCount, ...]:
    """The findings by rule and severity, the worst first."""
    found = Counter(
        (finding.severity, finding.code, finding.name) for finding in report.findings
    )
    rows = sorted(found.items(), key=lambda item: (-item[0][0], item[0][1]))
    return tuple(
        RuleCount(code, name, Severity(severity).label, count)
        for (severity, code, name), count in rows
    )


def _lines(name: str, head: str, report: Report, searched: Searched | None) -> bytes:
    """The findings as lines of JSON, each with its repository; what was found in the history follows."""
    rows = [*_at_head(report), *([] if searched is None else _in_history(searched))]
    lines = [
        msgspec.json.encode({"repository": name, "head": head, **row}).decode() for row in rows
    ]
    return "".join(f"{printable(line, Medium.JSON)}\n" for line in lines).encode()


def _at_head(report: Report) -> Iterator[dict[str, Any]]:
    """The findings as the format `jsonl` has them; paths are relative to the top of the repository."""
    for line in writer("jsonl")(report).splitlines():
        row = msgspec.json.decode(line)
        root = row.pop("root")
        if root != ".":
            row["path"] = f"{root}/{row['path']}"
            for place in row["related"]:
                place["path"] = f"{root}/{place['path']}"
        yield {"in": "head", **row}


def _in_history(searched: Searched) -> Iterator[dict[str, Any]]:
    """The keys as `history` has them; one that still stands is told by both."""
    for row in as_object([searched])["keys"]:
        del row["repository"]
        part = row.pop("in")
        yield {"in": "history", "code": _KEY_CODE, "part": part, **row}
