"""LS106: a key that a Dockerfile copies into an image."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint_langsmith import lazy_re
from lint_langsmith.analysis.analysis import Analysis
from lint_langsmith.analysis.environment.loaders.image_files import Copied
from lint_langsmith.analysis.project.file import File
from lint_langsmith.findings import Related, Severity, Violation
from lint_langsmith.rules.registry import rule
from lint_langsmith.sdk.variables import KEYS

# What the name of a template has beside that of the file which is made of it: `.env.example`, `example.env`.
_MARK: Final = lazy_re.compile(
    r"(?i)[._-](?:example|sample|template|dist|tmpl|tpl)(?=$|[._-])|^(?:example|sample|template)(?=[._-])"
)


@rule("LS106", "key-in-image", severity=Severity.WARNING, since="1.0", preview=True)
def check(file: File, analysis: Analysis) -> Iterator[Violation]:
    """A Dockerfile copies the file with the LangSmith key into the image.

    ## What it does
    Reports a template of environment variables (`.env.example`) with the key's variable if a Dockerfile copies the
    `.env` that is made of it from the build context into the image: `COPY . .`, `ADD . /app`, `COPY .env .`. The
    context is what a compose file says, else the folder of the Dockerfile. Only the last stage counts, with those that
    it is made from, or the stage that compose names.

    ## Why it matters
    Whoever can pull the image can read the key, also if a later instruction removes the file: it stays in its layer.

    ## Example
    ```sh .env.example
    LANGSMITH_API_KEY=
    LANGSMITH_TRACING=true
    ```
    ```dockerfile Dockerfile
    FROM python:3.13-slim
    COPY . /app
    CMD ["python", "/app/main.py"]
    ```

    ## Use instead
    ```sh .env.example
    LANGSMITH_API_KEY=
    LANGSMITH_TRACING=true
    ```
    ```dockerfile Dockerfile
    FROM python:3.13-slim
    COPY . /app
    CMD ["python", "/app/main.py"]
    ```
    ```text .dockerignore
    .env
    ```

    ## Not flagged
    Files that a `.dockerignore` leaves out; stages that are not in the image; what is copied from another stage;
    templates in another folder than what is copied, and those in which the key is commented out.

    ## Fix safety
    There is no automatic fix: a build may need the file.

    ## References
    - [Build context, `.dockerignore`](https://docs.docker.com/build/concepts/context/#dockerignore-files)
    - [Build secrets](https://docs.docker.com/build/building/secrets/)
    """
    path = _made_of(file)
    keys = [row for row in analysis.environment.settings(file) if row.name in KEYS]
    copying = analysis.processes.image_files.copying(path) if path and keys else ()
    if not copying:
        return
    first, *others = copying
    name = path.rpartition("/")[2]
    yield Violation(
        at=keys[0].at,
        message=(
            f"`{first.written}` of `{first.dockerfile}` copies the `{name}` that is made of this template, and with it "
            "the key, into the image; whoever can pull that can read it"
        ),
        help=_help(first, name),
        related=tuple(
            Related(copied.dockerfile, copied.at, "this copies it")
            for copied in (first, *others)
        ),
    )


def _made_of(file: File) -> str:
    """The path of the file of variables that people make of a template; empty for other files."""
    folder, _, name = file.relative.rpartition("/")
    bare = _MARK.sub("", name)
    if file.kind != "dotenv" or bare == name:
        return ""
    made = bare if bare.startswith(".") else f".{bare.lstrip('_-')}"
    return f"{folder}/{made}" if folder else made


def _help(copied: Copied, name: str) -> str:
    start = "give the key to the container when it starts (`--env-file`, `env_file`), and "
    if name in copied.written.split():
        return f"{start}remove that line"
    return f"{start}add `{name}` to `.dockerignore`"
