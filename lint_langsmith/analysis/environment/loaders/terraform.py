"""Functions and containers that Terraform describes.

Documented (registry.terraform.io): a function or service gets the variables of its resource and nothing else; what an
expression (`merge(…)`, `var.environment`, `dynamic "env"`) puts in is not in the text. Terraform's `ignore_changes`
means that they are set by hand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.process import Process, Source, given_by, outside

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.loaders.dockerfile import Images
    from lint_langsmith.analysis.environment.writes import Setting
    from lint_langsmith.analysis.project.file import File

_RESOURCE: Final = lazy_re.compile(
    r"(?m)^resource[ \t]+\"(?P<type>[^\"\n]{1,200})\"[ \t]+\"(?P<name>[^\"\n]{1,200})\"[ \t]*\{"
)
_BLOCK: Final = lazy_re.compile(r"(?m)^\w")
_RUNS_CODE: Final = lazy_re.compile(
    r"aws_(?:lambda_function|ecs_task_definition|apprunner_service|batch_job_definition)"
    r"|google_(?:cloud_run|cloudfunctions|app_engine)\w*"
    r"|azurerm_(?:container|linux_(?:function|web)_app|function_app|app_service)\w*"
    r"|kubernetes_(?:deployment|job|cron_job|pod|stateful_set)\w*"
)
_FILLED_IN: Final = lazy_re.compile(
    r"\bdynamic[ \t]+\"|\bmerge\(|\bfor[ \t]+\w|\bignore_changes\b|\benv_from\b|\benvironment_files\b"
    r"|\b(?:variables|environment|app_settings|env)[ \t]*=[ \t]*(?![\s\[{])"
)
_PYTHON: Final = lazy_re.compile(r"\bruntime[ \t]*=[ \t]*\"python|\bpython_version\b")
_IMAGE: Final = lazy_re.compile(
    r"\bimage(?:_uri|_name)?\"?[ \t]*[=:][ \t]*\"(?P<image>[^\"\n]{1,300})\""
)


class Resources:
    """The resources of the Terraform files of one project that run code."""

    def __init__(self, checkout: Checkout, images: Images) -> None:
        """`images` tells what a command starts, and which images are the project's."""
        self._checkout = checkout
        self._images = images

    def processes(self) -> Iterator[Process]:
        """One for each resource that sets variables for code."""
        for name in self._checkout.names:
            if name.endswith(".tf") and b"resource" in self._checkout.content(name):
                file = self._checkout.file(name)
                if file is not None and file.kind == "terraform":
                    yield from self._of_file(file, self._checkout.text(name))

    def _of_file(self, file: File, text: str) -> Iterator[Process]:
        settings: dict[str, list[Setting]] = defaultdict(list)
        for setting in self._checkout.settings(file):
            settings[".".join(setting.group.split(".")[:2])].append(setting)
        for match in _RESOURCE.finditer(text):
            label = f"{match['type']}.{match['name']}"
            if settings.get(label) and _RUNS_CODE.fullmatch(match["type"]):
                end = _BLOCK.search(text, match.end())
                body = text[match.end() : end.start() if end is not None else len(text)]
                yield self._process(file, label, body, settings[label])

    def _process(self, file: File, label: str, body: str, settings: list[Setting]) -> Process:
        sources = [Source(f"`{label}` in `{file.relative}`", given_by(settings), file.relative)]
        if _FILLED_IN.search(body):
            # What is merged in, or set by hand, beats what stands here, or may.
            sources.insert(0, outside(f"what `{label}` takes from elsewhere"))
        named = _IMAGE.search(body)
        image = self._images.of_name(named["image"]) if named is not None else None
        entries = self._images.started_by(body) or (
            image.entries if image is not None else None
        )
        if image is not None:
            sources += image.sources
        is_own = bool(entries) or image is not None or _PYTHON.search(body) is not None
        code = "project" if is_own else "unknown"
        return Process(
            f"`{label}` of `{file.relative}`",
            code,  # type: ignore[arg-type]
            tuple(sources),
            entries or None,
            is_closed=True,
        )
