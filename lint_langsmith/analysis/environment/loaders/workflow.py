"""Steps of GitHub workflows.

Documented: `env` of a step beats that of its job, that of the workflow
(docs.github.com/actions/reference/workflows-and-actions/contexts, "env"). What an earlier step writes to `$GITHUB_ENV`
holds in the steps behind it, and actions may do so: then what a step gets is not known. `jobs.<id>.container.env` is
set in the container in which all steps of the job run (workflow-syntax, "jobs.<job_id>.container.env").

A workflow that another one calls gets the secrets that are passed to it (`secrets:` of the calling job, or `inherit`),
and none of the caller's `env`; a secret that was not passed is an empty string
(docs.github.com/actions/how-tos/reuse-automations/reuse-workflows, "Passing inputs and secrets to a reusable workflow";
workflow-syntax, "on.workflow_call.secrets"). A job with an `environment` has the secrets of that as well.

The steps of a composite action of the project run in the job that uses it, with its `env`; an input that is not passed
and has no default is an empty string (docs.github.com/actions/reference/workflows-and-actions/metadata-syntax).
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.loaders.command_files import loaded_by
from lint_langsmith.analysis.environment.loaders.docker_run import (
    Command,
    ContainerRuns,
    commands,
    settings_by_line,
    starts_elsewhere,
)
from lint_langsmith.analysis.environment.process import Given, Process, Source, outside
from lint_langsmith.analysis.limits import CALLERS
from lint_langsmith.remembered import remembered
from lint_langsmith.sdk import foreign
from lint_langsmith.source.text import LineIndex
from lint_langsmith.source.tree import MalformedError, Node, parse_yaml, text_of

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.loaders.dockerfile import Images
    from lint_langsmith.analysis.environment.writes import Setting
    from lint_langsmith.analysis.project.file import File

# Actions that set no variables but paths.
_QUIET: Final = lazy_re.compile(
    r"actions/(?:checkout|cache|setup-[\w-]+|upload-artifact|download-artifact|github-script)(?:/\w+)?@.*"
    r"|astral-sh/setup-uv@.*|snok/install-poetry@.*|abatilo/actions-poetry@.*|docker/(?:setup|login|build)[\w-]*@.*"
)
_ENV_FILE: Final = lazy_re.compile(
    r"GITHUB_ENV|\.env\b|\bsource\b|\bexport\b|load-secrets|::set-env"
)
# A value that is a secret and nothing else.
_SECRET: Final = lazy_re.compile(r"\$\{\{[ \t]*secrets\.(?P<name>\w+)[ \t]*\}\}")
_INPUT: Final = lazy_re.compile(r"\$\{\{[ \t]*inputs\.(?P<name>[\w-]+)[ \t]*\}\}")


class _Workflow(NamedTuple):
    """A workflow: its file and tree, the positions in the file, and what is set on its lines."""

    file: File
    root: Node
    positions: LineIndex
    by_line: Mapping[int, Sequence[Setting]]

    @property
    def jobs(self) -> Sequence[tuple[Node, Node]]:
        jobs = self.root.get("jobs")
        return jobs.entries if jobs is not None else ()


class _Caller(NamedTuple):
    """A job that calls a workflow: its label, and the secrets that it passes, in capitals."""

    label: str
    secrets: frozenset[str]


class _Job(NamedTuple):
    """A job: its name, its tree, the workflow around it, and the job that calls that; None where none is known.

    Of an action that it uses, `workflow` is the action, and `blank` the names of the inputs that are empty.
    """

    workflow: _Workflow
    name: str
    node: Node
    caller: _Caller | None
    blank: frozenset[str] = frozenset()

    @property
    def secrets(self) -> frozenset[str] | None:
        """The secrets that it has, in capitals; None where it may have any."""
        has_own = self.node.get("environment") is not None
        return None if self.caller is None or has_own else self.caller.secrets


class WorkflowSteps:
    """The steps of the workflows of one project that run a command."""

    def __init__(self, checkout: Checkout, images: Images) -> None:
        """`images` tells what a command starts."""
        self._checkout = checkout
        self._images = images
        self._containers = ContainerRuns(checkout, images)

    def processes(self) -> Iterator[Process]:
        """One for each step that runs Python, and for each container that a step starts."""
        for workflow in self._workflows:
            for caller in (None, *self._callers.get(workflow.file.relative, ())):
                for key, node in workflow.jobs:
                    yield from self._of_job(_Job(workflow, key.text or "", node, caller))

    @functools.cached_property
    def _workflows(self) -> tuple[_Workflow, ...]:
        found: list[_Workflow] = []
        for name in self._checkout.names:
            if "workflows/" in name and name.endswith((".yml", ".yaml")):
                found += self._read(name)
        return tuple(found)

    @remembered
    def _read(self, name: str) -> tuple[_Workflow, ...]:
        """The workflows, or the action, of a file."""
        file = self._checkout.file(name)
        if file is None or file.kind != "workflow":
            return ()
        try:
            roots = parse_yaml(file.text, follow_aliases=True)
        except MalformedError:
            return ()
        index, by_line = (
            LineIndex(file.text),
            settings_by_line(self._checkout.settings(file)),
        )
        return tuple(_Workflow(file, root, index, by_line) for root in roots)

    @functools.cached_property
    def _callers(self) -> Mapping[str, Sequence[_Caller]]:
        """The jobs that call a workflow without all of their secrets, by its path; of those that pass the same, one."""
        found: dict[str, dict[frozenset[str], _Caller]] = defaultdict(dict)
        for workflow in self._workflows:
            for key, node in workflow.jobs:
                path = text_of(node.get("uses")) or ""
                passed = _passed(node)
                known = found[path.removeprefix("./")] if path.startswith("./") else {}
                if passed is not None and len(known) < CALLERS:
                    label = f"job {key.text} of `{workflow.file.relative}`"
                    known.setdefault(passed, _Caller(label, passed))
        return {path: tuple(callers.values()) for path, callers in found.items()}

    def _of_job(self, job: _Job) -> Iterator[Process]:
        file = job.workflow.file
        outer = self._env(job, job.workflow.root, f"`env` of `{file.relative}`")
        own = self._env(job, job.node, f"`env` of job `{job.name}`")
        container = tuple(self._container(job))
        steps = job.node.get("steps")
        earlier: list[Source] = []
        for number, step in enumerate(steps.items if steps is not None else (), start=1):
            above = (*earlier, own, outer, *container)
            yield from self._step(job, number, step, above)
            yield from self._action(job, step, above)
            if not _is_quiet(step):
                earlier = [outside("what an earlier step sets")]

    def _action(self, job: _Job, step: Node, above: tuple[Source, ...]) -> Iterator[Process]:
        """The steps of an action of the project that a step uses."""
        path = text_of(step.get("uses")) or ""
        if not path.startswith("./") or path.endswith((".yml", ".yaml")):
            return
        folder = path.removeprefix("./").rstrip("/")
        found = [*self._read(f"{folder}/action.yml"), *self._read(f"{folder}/action.yaml")]
        for action in found:
            inner = job._replace(
                workflow=action, blank=_blank_inputs(action, step, job.secrets)
            )
            runs = action.root.get("runs")
            steps = runs.get("steps") if runs is not None else None
            own = self._env(job, step, f"`env` of the step in `{job.workflow.file.relative}`")
            earlier: list[Source] = []
            for number, item in enumerate(steps.items if steps is not None else (), start=1):
                if "inputs." not in (text_of(item.get("if")) or ""):
                    yield from self._step(inner, number, item, (*earlier, own, *above))
                if not _is_quiet(item):
                    earlier = [outside("what an earlier step sets")]

    def _step(
        self, job: _Job, number: int, step: Node, above: tuple[Source, ...]
    ) -> Iterator[Process]:
        run = step.get("run")
        if run is None:
            return
        file, text = job.workflow.file, run.text or ""
        found = _commands(job.workflow, run) if starts_elsewhere(text) else ()
        if found:
            own = (item for item in found if not (item.runs_container or item.is_elsewhere))
            text = "\n".join(command.text for command in own)
        sources = [self._env(job, step, f"`env` of the step in `{file.relative}`"), *above]
        sources += loaded_by(self._checkout, text, is_elsewhere=True)
        if "API_KEY" in text or _ENV_FILE.search(text):
            sources.append(outside("what the command sets"))
        if "secrets: inherit" in file.text or "toJSON(secrets" in file.text:
            sources.append(outside("secrets"))
        label = f"job {job.name}, step {number} of `{file.relative}`"
        if job.caller is not None:
            label += f", called by {job.caller.label}"
        entries = self._images.started_by(text) or None
        shell = Process(label, "project", tuple(sources), entries)
        if self._images.runs_python(text):
            yield shell
        for command in found:
            if command.runs_container:
                yield from self._containers.of(file, command, shell)

    def _container(self, job: _Job) -> Iterator[Source]:
        """What the container of a job has: its own `env`, and what its image sets, which is known of runtimes only."""
        node = job.node.get("container")
        if node is None:
            return
        image = node.text if node.kind == "scalar" else text_of(node.get("image"))
        if node.kind == "map":
            yield self._env(job, node, f"`env` of the container of job `{job.name}`")
        if not foreign.is_runtime(image or "") or node.get("options") is not None:
            yield outside(f"the container of job `{job.name}`")

    def _env(self, job: _Job, node: Node, label: str) -> Source:
        given: dict[str, Given] = {}
        file, env = job.workflow.file, node.get("env")
        for key, value in env.entries if env is not None else ():
            setting = self._checkout.setting_at(file, key.start + key.quoted)
            text = text_of(value)
            if key.text and setting is not None and _is_there(text, job.secrets, job.blank):
                given[key.text] = Given(
                    setting, None if text is not None and "${{" in text else text
                )
        is_whole = env is None or env.kind == "map"
        return Source(label, given, file.relative, is_whole=is_whole)


def _commands(workflow: _Workflow, run: Node) -> tuple[Command, ...]:
    """The commands of a step, as they stand in the file."""
    at = workflow.positions.span(run.start, run.end)
    lines = workflow.file.lines[at.line - 1 : at.end_line]
    is_folded = workflow.file.text.startswith(">", run.start)
    return commands(lines, workflow.by_line, at.line, is_one=is_folded)


def _passed(job: Node) -> frozenset[str] | None:
    """The secrets that a job passes to the workflow that it calls, in capitals; None for all of its own."""
    secrets = job.get("secrets")
    if secrets is None:
        return frozenset()
    if secrets.kind != "map":
        return None
    return frozenset((key.text or "").upper() for key, _ in secrets.entries)


def _blank_inputs(
    action: _Workflow, step: Node, secrets: frozenset[str] | None
) -> frozenset[str]:
    """The inputs of an action that are empty where a step uses it: not passed, without a default, or of no secret."""
    inputs, passed = action.root.get("inputs"), step.get("with")
    found: set[str] = set()
    for key, node in inputs.entries if inputs is not None else ():
        given = passed.get(key.text or "") if passed is not None else None
        value = text_of(given if given is not None else node.get("default"))
        is_computed = value is None and given is not None
        if not is_computed and (not value or not _is_there(value, secrets)):
            found.add(key.text or "")
    return frozenset(found)


def _is_there(
    value: str | None, secrets: frozenset[str] | None, blank: frozenset[str] = frozenset()
) -> bool:
    """Whether a value may be more than nothing: a secret that is none of `secrets`, a `blank` input is nothing."""
    asked = _INPUT.fullmatch(value.strip()) if value is not None else None
    if asked is not None and asked["name"] in blank:
        return False
    match = _SECRET.fullmatch(value.strip()) if value is not None else None
    return match is None or secrets is None or match["name"].upper() in secrets


def _is_quiet(step: Node) -> bool:
    """Whether a step sets no variable for those behind it."""
    uses, run = step.get("uses"), step.get("run")
    if uses is not None:
        return _QUIET.fullmatch(uses.text or "") is not None
    return run is None or "GITHUB_ENV" not in (run.text or "")
