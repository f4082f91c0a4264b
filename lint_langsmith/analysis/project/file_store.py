"""The files of a project as they are read, parsed and lowered: once each, whoever asks."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from lint_langsmith.analysis.faults import Faults
from lint_langsmith.analysis.ir.model import FileModel
from lint_langsmith.analysis.limits import REPARSED_BYTES, REPARSED_BYTES_OF_NOTEBOOK
from lint_langsmith.analysis.project.contents import AnyPath, Memory, Sources, relative_name
from lint_langsmith.analysis.project.file import File
from lint_langsmith.analysis.project.parser_pool import Parsing, notebook_of
from lint_langsmith.interruption import raise_if_interrupted
from lint_langsmith.source.kinds import Kind, kind_as_read
from lint_langsmith.source.text import UnreadableFileError, decode, decode_text

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
                raise_if_interrupted()
                known = error
            self._files[name] = known
        if isinstance(known, Exception):
            raise known
        return known

    def _read(self, name: str) -> File:
        content, path = self.sources.content(name), Path(self.sources.paths[name])
        kind = kind_as_read(self.sources.kind(name), name, content)
        text = decode(content) if kind == "python" else decode_text(content)
        model, notebook = self._known_model(content, kind), None
        if model is None:
            parsed_ahead = functools.partial(self.sources.clock.is_ahead, "parse")
            model, notebook = self._parsing.begun(
                self.sources.paths[name], text, parsed_ahead
            ) or self._parsing.parsed(text, kind)
            self._keep_model(name, content, kind, model)
        elif kind == "notebook":
            notebook = notebook_of(text)
        if notebook is not None:
            return File(
                path, name, notebook.text, model, kind="notebook", notebook=(text, notebook)
            )
        return File(
            path, name, text, model, _module_name(name) if kind == "python" else "", kind=kind
        )

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
        """Have files that will all be asked for parsed by other processes; those that were not yet loaded."""
        missing = self._missing(names)
        self.sources.clock.expect("parse", len(missing))
        if self.sources.jobs > 1:
            self._begin(missing)
        return missing

    def read_ahead(self, names: Iterable[str]) -> None:
        """Have files that will probably be asked for parsed by other processes, where there are some already."""
        if self._parsing.is_shared:
            self._begin([name for name in self._missing(names) if not self.is_too_large(name)])

    def _missing(self, names: Iterable[str]) -> list[str]:
        return [
            name for name in names if name not in self._files and self.sources.is_on_disk(name)
        ]

    def _begin(self, names: Iterable[str]) -> None:
        sources = self.sources
        with sources.clock.phase("parse"):
            sizes: dict[str, int] = {}
            kinds: dict[str, Kind] = {}
            for name in names:
                path, kind = sources.paths[name], self._kind_to_begin(name)
                if kind is not None and not self._parsing.has_begun(path):
                    sizes[path], kinds[path] = len(sources.content(name)), kind
            self._parsing.begin(sizes, kinds)

    def _kind_to_begin(self, name: str) -> Kind | None:
        """The kind of a file that is worth parsing; None where it is known, or can't be read.

        What can't be read is told when it is asked for: an earlier run may have read it.
        """
        content = self.try_content(name)
        if content is None:
            return None
        kind = kind_as_read(self.sources.kind(name), name, content)
        return kind if self._known_model(content, kind) is None else None

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
            return None if self.is_too_large(name) else self.load(name)
        except Exception:  # noqa: BLE001 - see above
            return None

    def is_too_large(self, name: str) -> bool:
        """Whether a file is too large to be parsed for another one's sake, or can't be read."""
        # Most of a large notebook is output.
        largest = REPARSED_BYTES_OF_NOTEBOOK if name.endswith(".ipynb") else REPARSED_BYTES
        content = self.try_content(name)
        return content is None or len(content) > largest

    def try_content(self, name: str) -> bytes | None:
        """The bytes of a file by its path relative to the root; None when it can't be read."""
        try:
            return self.sources.content(name)
        except UnreadableFileError:
            return None


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


def _defined(kind: Kind, text: str) -> FileModel:
    from lint_langsmith.analysis.readers import read  # noqa: PLC0415 - yaml and dotenv are slow to import

    return read(kind, text)


def _module_name(relative: str) -> str:
    parts = PurePosixPath(relative).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
