"""Steps of GitHub workflows.

Documented: `env` of a step beats that of its job, that of the workflow
(docs.github.com/actions/reference/workflows-and-actions/contexts, "env"). What an earlier step writes to `$GITHUB_ENV`
holds in the steps behind it, and actions may do so: then what a step gets is not known. `jobs.<id>.container.env` is
set in the container in which all steps of the job run (workflow-syntax, "jobs.<job_id>.container.env").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.environment.process import Given, Process, Source, outside
from lint_langsmith.sdk import foreign
from lint_langsmith.source.tree import MalformedError, Node, parse_yaml, text_of

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.loaders.dockerfile import Images
    from lint_langsmith.analysis.project.file import File

# Actions that set no variables but paths.
_QUIET: Final = re.compile(
    r"actions/(?:checkout|cache|setup-[\w-]+|upload-artifact|download-artifact|github-script)(?:/\w+)?@.*"
    r"|astral-sh/setup-uv@.*|snok/install-poetry@.*|abatilo/actions-poetry@.*|docker/(?:setup|login|build)[\w-]*@.*"
)
_ENV_FILE: Final = re.compile(
    r"GITHUB_ENV|\.env\b|\bsource\b|\bexport\b|load-secrets|::set-env"
)


class WorkflowSteps:
    """The steps of the workflows of one project that run a command."""

    def __init__(self, checkout: Checkout, images: Images) -> None:
        """`images` tells what a command starts."""
        self._checkout = checkout
        self._images = images

    def processes(self) -> Iterator[Process]:
        """One for each step that runs Python."""
        for name in self._checkout.names:
            if "workflows/" not in name or not name.endswith((".yml", ".yaml")):
                continue
            file = self._checkout.file(name)
            if file is None or file.kind != "workflow":
                continue
            try:
                roots = parse_yaml(file.text, follow_aliases=True)
            except MalformedError:
                continue
            for root in roots:
                yield from self._of_workflow(file, root)

    def _of_workflow(self, file: File, root: Node) -> Iterator[Process]:
        jobs = root.get("jobs")
        outer = self._env(file, root, f"`env` of `{file.relative}`")
        for key, job in jobs.entries if jobs is not None else ():
            steps = job.get("steps")
            own = self._env(file, job, f"`env` of job `{key.text}`")
            container = tuple(self._container(file, job.get("container"), key.text or ""))
            before: list[Source] = []
            for number, step in enumerate(steps.items if steps is not None else ()):
                run = step.get("run")
                if run is not None and self._images.runs_python(run.text or ""):
                    above = (*before, own, outer, *container)
                    yield self._step(file, f"{key.text}, step {number + 1}", step, above)
                if not _is_quiet(step):
                    before = [outside("what an earlier step sets")]

    def _step(self, file: File, name: str, step: Node, above: tuple[Source, ...]) -> Process:
        run = step.get("run")
        command = (run.text or "") if run is not None else ""
        sources = [self._env(file, step, f"`env` of the step in `{file.relative}`"), *above]
        if "API_KEY" in command or _ENV_FILE.search(command):
            sources.append(outside("what the command sets"))
        if "secrets: inherit" in file.text or "toJSON(secrets" in file.text:
            sources.append(outside("secrets"))
        label = f"job {name} of `{file.relative}`"
        return Process(
            label, "project", tuple(sources), self._images.started_by(command) or None
        )

    def _container(self, file: File, node: Node | None, job: str) -> Iterator[Source]:
        """What the container of a job has: its own `env`, and what its image sets, which is known of runtimes only."""
        if node is None:
            return
        image = node.text if node.kind == "scalar" else text_of(node.get("image"))
        if node.kind == "map":
            yield self._env(file, node, f"`env` of the container of job `{job}`")
        if not foreign.is_runtime(image or "") or node.get("options") is not None:
            yield outside(f"the container of job `{job}`")

    def _env(self, file: File, node: Node, label: str) -> Source:
        given: dict[str, Given] = {}
        env = node.get("env")
        for key, value in env.entries if env is not None else ():
            setting = self._checkout.setting_at(file, key.start + key.quoted)
            if key.text and setting is not None:
                text = text_of(value)
                given[key.text] = Given(
                    setting, None if text is not None and "${{" in text else text
                )
        is_whole = env is None or env.kind == "map"
        return Source(label, given, file.relative, is_whole=is_whole)


def _is_quiet(step: Node) -> bool:
    """Whether a step sets no variable for those behind it."""
    uses, run = step.get("uses"), step.get("run")
    if uses is not None:
        return _QUIET.fullmatch(uses.text or "") is not None
    return run is None or "GITHUB_ENV" not in (run.text or "")
