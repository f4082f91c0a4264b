"""What commands of clouds deploy (`gcloud`, `az`, `aws`, `kubectl run`), and services of App Engine.

Documented (docs.cloud.google.com/sdk/gcloud/reference/run/deploy): `--set-env-vars` and `--set-secrets` remove what the
service had of their kind before, `--update-…` keep it; a secret stays beside `--set-env-vars` alone. A new container
app gets its `--env-vars` (learn.microsoft.com/cli/azure/containerapp), a container instance what
`--environment-variables` say, a function of Lambda the whole of its `--environment` (docs.aws.amazon.com/cli), a pod of
`kubectl run` what `--env` says.
App Engine gives a service `env_variables` of its `app.yaml`
(docs.cloud.google.com/appengine/docs/standard/reference/app-yaml).
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith import lazy_re
from lint_langsmith.analysis.environment.checkout import located
from lint_langsmith.analysis.environment.loaders.docker_run import (
    Command,
    commands,
    settings_by_line,
)
from lint_langsmith.analysis.environment.process import (
    Given,
    Process,
    Source,
    given_by,
    outside,
)
from lint_langsmith.analysis.limits import DEPLOYMENT_BYTES
from lint_langsmith.source.text import LineIndex
from lint_langsmith.source.tree import MalformedError, parse_yaml, text_of

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.checkout import Checkout
    from lint_langsmith.analysis.environment.loaders.dockerfile import Images
    from lint_langsmith.analysis.environment.writes import Setting
    from lint_langsmith.analysis.project.file import File


class _Deploying(NamedTuple):
    """A command that deploys: its words, the options that set variables, and those that drop all others it may have."""

    words: re.Pattern[str]
    options: frozenset[str]
    replacing: frozenset[str]


_SECRETS: Final = "set-secrets"
_OF_GCLOUD: Final = frozenset({"set-env-vars", _SECRETS})
_OF_INSTANCES: Final = frozenset({"environment-variables", "secure-environment-variables"})
_COMMANDS: Final = (
    _Deploying(
        lazy_re.compile(
            r"\bgcloud(?: alpha| beta)? (?:run (?:deploy|jobs deploy|services update)|functions deploy)\b"
        ),
        _OF_GCLOUD,
        _OF_GCLOUD,
    ),
    _Deploying(
        lazy_re.compile(r"\bgcloud(?: alpha| beta)? run jobs create\b"),
        _OF_GCLOUD,
        frozenset({"set-env-vars"}),
    ),
    _Deploying(
        lazy_re.compile(r"\baz containerapp (?:job )?create\b"),
        frozenset({"env-vars"}),
        frozenset({"env-vars"}),
    ),
    _Deploying(
        lazy_re.compile(r"\baz container create\b"),
        _OF_INSTANCES,
        frozenset({"environment-variables"}),
    ),
    _Deploying(
        lazy_re.compile(r"\baws lambda (?:create-function|update-function-configuration)\b"),
        frozenset({"environment"}),
        frozenset({"environment"}),
    ),
    _Deploying(lazy_re.compile(r"\bkubectl run\b"), frozenset({"env"}), frozenset({"env"})),
)
_HINTS: Final = (b"gcloud", b"containerapp", b"az container", b"lambda", b"kubectl")
_KINDS: Final = ("shell", "workflow", "yaml")
_OPTION: Final = lazy_re.compile(r"(?<![\w-])--(?P<name>[a-z][a-z-]*)")
_WORD: Final = lazy_re.compile(r"[^\s\"',\[\]\\]+")
# Where other variables are taken from: `--set-env-vars "$VARS"`, `--environment file://env.json`, another delimiter.
_TAKEN: Final = lazy_re.compile(r"(?<![^\s\"',{])(?:\$|@|\^|file:|fileb:)")
_FROM_FILE: Final = frozenset(
    {"env-vars-file", "flags-file", "cli-input-json", "cli-input-yaml", "yaml"}
)
_LIKE_A_KEY: Final = lazy_re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD)$")
_APP: Final = lazy_re.compile(r"(?:.*/)?app(?:[._-][\w.-]+)?\.ya?ml")


class Clouds:
    """What commands of clouds deploy of one project, and its services of App Engine."""

    def __init__(self, checkout: Checkout, images: Images) -> None:
        """`images` tells what a command starts, and which images are the project's."""
        self._checkout = checkout
        self._images = images

    def processes(self) -> Iterator[Process]:
        """One for each command, and for each service."""
        for kind in _KINDS:
            for file in self._checkout.files(kind, _HINTS):
                if len(file.text) <= DEPLOYMENT_BYTES:
                    yield from self._of_file(file)
        for file in self._checkout.files("yaml", (b"env_variables",)):
            if _APP.fullmatch(file.relative):
                yield from self._app_engine(file)

    # -- commands ----------------------------------------------------------------------------------------------------

    def _of_file(self, file: File) -> Iterator[Process]:
        by_line = settings_by_line(self._checkout.settings(file))
        for command in (*commands(file.lines, by_line), *_steps(file, by_line)):
            if command.settings:
                yield from self._deployed(file, command)

    def _deployed(self, file: File, command: Command) -> Iterator[Process]:
        words = _WORD.findall(command.text)
        line = " ".join(word for word in words if word != "-" and not word.endswith(":"))
        for deploying in _COMMANDS:
            if deploying.words.search(line) is not None:
                yield from self._process(file, command, deploying, words)
                return

    def _process(
        self, file: File, command: Command, deploying: _Deploying, words: Sequence[str]
    ) -> Iterator[Process]:
        options = _Options(command.text)
        image = self._image(options)
        is_python = image is None and self._is_python(options, words)
        if image is None and not is_python:
            return
        given = {
            setting.name: Given(setting, None if _is_secret(option, setting) else setting.value)
            for setting in command.settings
            if (option := options.at(_offset(command, setting))) in deploying.options
        }
        sources = [Source(f"the command in `{file.relative}`", given, file.relative)]
        names = options.names
        missing = deploying.replacing - names
        if missing == {_SECRETS} and any(map(_LIKE_A_KEY.search, given)):
            missing = frozenset()  # keys are handed over as variables
        if (
            missing
            or names & _FROM_FILE
            or any(_TAKEN.search(options.value(name)) for name in deploying.options & names)
        ):
            sources.append(outside(f"what the service of `{file.relative}` has besides"))
        sources += image.sources if image is not None else ()
        yield Process(
            f"what `{file.relative}` deploys on line {command.line}",
            "project" if image is None else image.code,
            tuple(sources),
            image.entries if image is not None else None,
            image.folder if image is not None else "",
            is_closed=True,
        )

    def _image(self, options: _Options) -> Process | None:
        """The image of the project that a command deploys, or builds from the folder of the source."""
        source = options.value("source").strip(" \"',\n\\")
        if "source" in options.names:
            folder = located("", source) if source else None
            return self._images.built(
                folder or "", f"{folder}/Dockerfile" if folder else "Dockerfile"
            )
        return self._images.of_name(options.value("image").strip(" \"',\n\\-"))

    def _is_python(self, options: _Options, words: Sequence[str]) -> bool:
        """Whether the platform itself makes a program of Python from the source."""
        runtime = options.value("runtime").strip(" \"'")
        is_source = "source" in options.names and self._checkout.has("requirements.txt")
        return (
            runtime.startswith("python")
            or is_source
            or bool(self._images.started_by(" ".join(words)))
        )

    # -- App Engine --------------------------------------------------------------------------------------------------

    def _app_engine(self, file: File) -> Iterator[Process]:
        try:
            roots = parse_yaml(file.text)
        except MalformedError:
            return
        for root in roots:
            runtime = text_of(root.get("runtime")) or ""
            if not runtime.startswith("python"):
                continue
            sources = [
                Source(
                    f"`env_variables` of `{file.relative}`",
                    given_by(self._checkout.settings(file)),
                    file.relative,
                )
            ]
            if root.get("includes") is not None:
                sources.append(outside(f"what `{file.relative}` includes"))
            folder = file.relative.rpartition("/")[0]
            command = text_of(root.get("entrypoint")) or "python main.py"
            entries = self._images.started_by(command) or None
            label = f"the service of `{file.relative}`"
            yield Process(label, "project", tuple(sources), entries, folder, is_closed=True)


class _Options:
    """The options of a command, each with what stands between it and the next one."""

    def __init__(self, text: str) -> None:
        matches = list(_OPTION.finditer(text))
        self._starts = [match.start() for match in matches]
        self._names = [match["name"] for match in matches]
        ends = [*self._starts[1:], len(text)]
        self._values = {
            match["name"]: text[match.end() : end].removeprefix("=")
            for match, end in zip(matches, ends, strict=True)
        }
        self.names: Final = frozenset(self._names)

    def at(self, offset: int) -> str:
        """The name of the option to which what stands at an offset belongs; empty before the first one."""
        number = bisect.bisect_right(self._starts, offset)
        return self._names[number - 1] if number else ""

    def value(self, name: str) -> str:
        """What stands behind an option; empty where it is not given."""
        return self._values.get(name, "")


def _is_secret(option: str, setting: Setting) -> bool:
    """Whether a value is the name of a secret."""
    return option == _SECRETS or (setting.value or "").startswith("secretref:")


def _offset(command: Command, setting: Setting) -> int:
    """Where a setting stands in the text of its command."""
    lines = command.text.split("\n")[: setting.at.line - command.line]
    return sum(len(line) + 1 for line in lines) + setting.at.column - 1


def _steps(file: File, by_line: Mapping[int, Sequence[Setting]]) -> Iterator[Command]:
    """The steps of Cloud Build, whose words stand in a list, each as one command."""
    if file.kind != "yaml" or "steps" not in file.text:
        return
    try:
        roots = parse_yaml(file.text)
    except MalformedError:
        return
    index = LineIndex(file.text)
    for root in roots:
        steps = root.get("steps")
        for step in steps.items if steps is not None else ():
            args = step.get("args")
            if args is not None and args.items:
                first = index.span(step.start, step.start).line
                last = index.span(args.end, args.end).line
                lines = file.lines[first - 1 : last]
                yield from commands(lines, by_line, first, is_one=True)
