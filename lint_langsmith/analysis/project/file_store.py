"""The files of a project as they are read, parsed and lowered: once each, whoever asks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from lint_langsmith.analysis.faults import Faults
from lint_langsmith.analysis.ir.model import FileModel
from lint_langsmith.analysis.project.contents import AnyPath, Memory, Sources, relative_name
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.project.parser_pool import Parsing
from lint_langsmith.source.kinds import CODE, LARGEST_TEXT, Kind
from lint_langsmith.source.text import UnreadableFileError, decode, decode_text

if TYPE_CHECKING:
    from lint_langsmith.source.notebook import Notebook

_TOO_LARGE: Final = 2 * 1024 * 1024

# Models by the kind and the digest of what they were made from.
Models: TypeAlias = "dict[tuple[str, bytes], FileModel]"


class FileStore:
    """The files under one root. Projects that differ in settings, or in the version of the SDK, share them."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a run has for all of its projects
        self,
        root: Path,
        paths: Iterable[AnyPath],
        memory: Memory | None,
        jobs: int,
        models: Models | None,
        parsing: Parsing | None,
    ) -> None:
        """See `Project`."""
        self.root = root
        self.sources = Sources(root, paths, memory, jobs)
        self.faults = Faults()
        self._files: dict[str, File | Exception] = {}
        self._models: Models = {} if models is None else models
        self._parsing = Parsing() if parsing is None else parsing

    def get_ready(self, count: int) -> None:
        """Start processes that parse, for about so many files."""
        self._parsing.get_ready(count)

    def load(self, name: str) -> File:
        """A file by its path relative to the root.

        Raises:
            UnreadableFileError: it can't be decoded or parsed.
        """
        known = self._files.get(name)
        if known is None:
            try:
                with self.sources.clock.phase("parse", 1):
                    known = self._read(name)
            except Exception as error:  # noqa: BLE001 - remembered, and raised again for who asks for this very file
                known = error
            self._files[name] = known
        if isinstance(known, Exception):
            raise known
        return known

    def _read(self, name: str) -> File:
        content, kind, path = self.sources.content(name), self.sources.kind(name), Path(self.sources.paths[name])
        if kind not in CODE and len(content) > LARGEST_TEXT:
            kind = "text"  # written by a machine: a key may stand in it, what it says no one has to know
        text = decode(content) if kind == "python" else decode_text(content)
        notebook = _notebook(text) if kind == "notebook" else None
        model = self._known_model(content, kind)
        if model is None:
            model = self._parsed(name, text, kind, notebook)
            self._keep_model(name, content, kind, model)
        if notebook is not None:
            return File(path, name, notebook.text, model, kind="notebook", notebook=(text, notebook))
        return File(path, name, text, model, _module_name(name) if kind == "python" else "", kind=kind)

    def _parsed(self, name: str, text: str, kind: Kind, notebook: Notebook | None) -> FileModel:
        if notebook is not None:
            return _of_notebook(notebook, self._parsing)
        if kind != "python":
            return _defined(kind, text)
        return self._parsing.begun(self.sources.paths[name]) or self._parsing.model(text)

    def _known_model(self, content: bytes, kind: Kind) -> FileModel | None:
        memory, key = self.sources.memory, (kind, _digest(content))
        known = self._models.get(key)
        if known is None and memory is not None:
            known = memory.model(content, kind)
            if known is not None:
                self._models[key] = known
        return known

    def _keep_model(self, name: str, content: bytes, kind: Kind, model: FileModel) -> None:
        self._models[kind, _digest(content)] = model
        if self.sources.memory is not None and name not in self.sources.ignored:
            self.sources.memory.keep_model(name, content, kind, model)

    def begin_parsing(self, names: Iterable[str]) -> list[str]:
        """Have Python files that will all be asked for parsed by other processes; those that were not yet loaded."""
        sources = self.sources
        missing = [name for name in names if name not in self._files and sources.is_plain_python(name)]
        if sources.jobs > 1:
            with sources.clock.phase("parse"):
                paths = {name: sources.paths[name] for name in missing}
                self._parsing.begin(
                    {
                        path: len(content)
                        for name, path in paths.items()
                        # What can't be read is told when it is asked for: an earlier run may have read it.
                        if not self._parsing.has_begun(path)
                        and (content := self.try_content(name)) is not None
                        and self._known_model(content, "python") is None
                    }
                )
        return missing

    def as_text(self, path: Path) -> File | None:
        """A file as mere text, whatever it should be; None when it can't be read at all."""
        name = relative_name(self.root, path)
        try:
            text = decode_text(self.sources.content(name))
        except UnreadableFileError:
            return None
        return File(path, name, text, _defined("text", text), kind="text")

    def try_load(self, name: str) -> File | None:
        """A file by its path relative to the root; None when it can't be read or is too large to be written by hand.

        What is wrong with it is reported where it is linted itself.
        """
        try:
            # Most of a large notebook is output.
            if len(self.sources.content(name)) > (_TOO_LARGE if not name.endswith(".ipynb") else 16 * _TOO_LARGE):
                return None
            return self.load(name)
        except Exception:  # noqa: BLE001 - see above
            return None

    def try_content(self, name: str) -> bytes | None:
        """The bytes of a file by its path relative to the root; None when it can't be read."""
        try:
            return self.sources.content(name)
        except UnreadableFileError:
            return None


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


def _notebook(raw: str) -> Notebook:
    from lint_langsmith.source.notebook import read_notebook  # noqa: PLC0415 - likewise

    return read_notebook(raw)


def _of_notebook(read: Notebook, parsing: Parsing) -> FileModel:
    from lint_langsmith.analysis.readers import notebook as magics  # noqa: PLC0415 - likewise

    try:
        model = parsing.model(read.code)
    except UnreadableFileError as error:
        raise UnreadableFileError(error.message, read.places.span(error.span)[0], error.help) from None
    definitions, files = magics.read(read)
    return msgspec.structs.replace(model, definitions=definitions, environment_files=files)


def _defined(kind: Kind, text: str) -> FileModel:
    from lint_langsmith.analysis.readers import read  # noqa: PLC0415 - likewise: yaml and dotenv are slow to import

    return read(kind, text)


def _module_name(relative: str) -> str:
    parts = PurePosixPath(relative).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
