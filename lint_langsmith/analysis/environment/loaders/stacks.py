"""Functions of Lambda that stacks of the AWS CDK describe.

Documented (docs.aws.amazon.com/cdk/api/v2/python, `aws_lambda.Function`): `environment` are the "key-value pairs that
Lambda caches and makes available for your Lambda functions", and a function has no others but those that
`add_environment` adds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lint_langsmith.analysis.environment.loaders.children import Changes, dict_entries
from lint_langsmith.analysis.environment.process import Given, Process, Source
from lint_langsmith.analysis.ir import model as ir

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.loaders.dockerfile import Images
    from lint_langsmith.analysis.project.file import File

_FUNCTIONS: Final = ("Function", "DockerImageFunction", "PythonFunction")
_PACKAGE: Final = b"aws_cdk"
# What adds variables to constructs that are made: a method of functions, and what visits all constructs of a stack.
_ADDING: Final = (b"add_environment", b"Aspects")


class Stacks:
    """The functions in the stacks of one project."""

    def __init__(self, checkout: Checkout, images: Images) -> None:
        """`images` tells which file a handler is in."""
        self._checkout = checkout
        self._images = images

    def processes(self) -> Iterator[Process]:
        """One for each function whose variables stand in a dict."""
        for file in self._checkout.relevant_code(_PACKAGE):
            content = self._checkout.content(file.relative)
            if not any(word in content for word in _ADDING):
                yield from self._of_file(file)

    def _of_file(self, file: File) -> Iterator[Process]:
        changes = Changes(file)
        settings = {
            (setting.name, setting.at): setting for setting in self._checkout.settings(file)
        }
        for name in _FUNCTIONS:
            for site in file.calls_by_name.get(name, ()):
                call = file.model.calls[site]
                keywords = {arg.keyword: arg.value for arg in call.args if arg.keyword}
                shown = keywords.get("environment")
                if shown is None or any(arg.stars for arg in call.args):
                    continue
                entries = dict_entries(file, shown, call, changes)
                started = self._started(keywords.get("handler"))
                if entries is None or (not started and name != "PythonFunction"):
                    continue
                given: dict[str, Given] = {}
                for entry in entries:
                    setting = settings.get((entry.name, entry.span))
                    if setting is not None:
                        given[entry.name] = Given(setting, setting.value)
                source = Source(f"`environment` of `{name}` in `{file.relative}`", given)
                yield Process(
                    f"`{name}` of `{file.relative}`",
                    "project",
                    (source,),
                    started or None,
                    is_closed=True,
                )

    def _started(self, handler: ir.Expr | None) -> frozenset[str]:
        """The project's file with a handler: `app.main` is a function of `app.py`."""
        if not isinstance(handler, ir.Text):
            return frozenset()
        module = handler.value.rpartition(".")[0].replace("/", ".")
        return self._images.started_by(f"python -m {module}") if module else frozenset()
