"""Addresses to which OpenTelemetry sends traces: variables, exporters that Python makes, settings of a collector.

Executed with opentelemetry-exporter-otlp-proto-http 1.45.2: `/v1/traces` is put behind what
`OTEL_EXPORTER_OTLP_ENDPOINT` says; `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` and `endpoint=` are taken as they stand.
Documented of the collector's `otlphttp`: the same of `endpoint` and `traces_endpoint`. langsmith's own exporter
(`LANGSMITH_OTEL_ENABLED`) leaves a base address that ends in `/traces` as it is (0.15.1, its source).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from lint_langsmith.analysis.ir import model as ir
from lint_langsmith.analysis.project.file import File, span_of
from lint_langsmith.analysis.values.abstract import Environment as EnvironmentValue
from lint_langsmith.analysis.values.abstract import Literal, Values
from lint_langsmith.findings import Span
from lint_langsmith.sdk.variables import OTEL_SWITCHES
from lint_langsmith.source.kinds import YAML
from lint_langsmith.source.text import LineIndex
from lint_langsmith.source.tree import MalformedError, Node, parse_yaml

if TYPE_CHECKING:
    from lint_langsmith.analysis.environment.variables import Environment
    from lint_langsmith.analysis.values.evaluator import Evaluator

_BASE: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
_WHOLE: Final = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
# To look for the switches is a reading of all files, which other addresses are not worth.
_DOMAIN: Final = "langchain.com"
_EXPORTER: Final = "OTLPSpanExporter"
_OVER_HTTP: Final = f"opentelemetry.exporter.otlp.proto.http.trace_exporter.{_EXPORTER}"
_OF_COLLECTOR: Final = ("otlphttp", "otlp_http")
_SETTINGS: Final = {"endpoint": True, "traces_endpoint": False}


class OtlpAddress(NamedTuple):
    """An address as it is written, and where; `is_base` if `/v1/traces` is put behind it."""

    text: str
    span: Span
    is_base: bool


class OtlpAddresses:
    """Finds such addresses in the files of one project."""

    def __init__(
        self, values: Evaluator, environment: Environment, is_named: Callable[[str], bool]
    ) -> None:
        """`values` may look into every file; `is_named` tells whether any file of the project has a name in it."""
        self._values = values
        self._environment = environment
        self._is_named = is_named

    def of(self, file: File) -> Iterator[OtlpAddress]:
        """The addresses in a file."""
        yield from self._in_variables(file)
        if file.code:
            yield from self._of_exporters(file)
        elif file.kind in YAML and any(name in file.text for name in _OF_COLLECTOR):
            yield from _in_collector(file)

    def _in_variables(self, file: File) -> Iterator[OtlpAddress]:
        for setting in self._environment.judged(file):
            if setting.name == _WHOLE:
                yield from (OtlpAddress(text, setting.span, False) for text in setting.texts)
            elif setting.name == _BASE:
                for text in setting.texts:
                    if _DOMAIN in text and not self._is_read_otherwise:
                        yield OtlpAddress(text, setting.span, True)

    @functools.cached_property
    def _is_read_otherwise(self) -> bool:
        """Whether somebody else than an exporter by itself may read the base address, and take it as it stands."""
        return self._is_for_langsmith or any(
            map(self._hands_on, self._values.project.mentioning(_BASE, _EXPORTER))
        )

    def _hands_on(self, name: str) -> bool:
        """Whether a file gives an exporter what the variable says: `endpoint=os.environ[…]`."""
        file = self._values.project.try_load(name)
        found = self._given_to_exporters(file) if file is not None and file.code else ()
        return any(
            isinstance(value, EnvironmentValue) and value.variable == _BASE
            for _, values in found
            for value in values
        )

    @functools.cached_property
    def _is_for_langsmith(self) -> bool:
        """Whether langsmith's own exporter may read the variable."""
        return any(map(self._is_named, OTEL_SWITCHES))

    def _of_exporters(self, file: File) -> Iterator[OtlpAddress]:
        for expr, values in self._given_to_exporters(file):
            span = span_of(file, expr)
            for value in values if span is not None else ():
                if isinstance(value, Literal) and span is not None:
                    yield OtlpAddress(value.text, span, is_base=False)

    def _given_to_exporters(self, file: File) -> Iterator[tuple[ir.Expr, Values]]:
        """What exporters in a file get for their address, and what that may be."""
        for site in file.calls_by_name.get(_EXPORTER, ()):
            call = file.model.calls[site]
            given = [
                arg.value
                for index, arg in enumerate(call.args)
                if arg.keyword == "endpoint" or (index == 0 and arg.keyword is None)
            ]
            if given and _OVER_HTTP in self._environment.called(file, site):
                yield given[0], self._values.of(file, given[0], call)


def _in_collector(file: File) -> Iterator[OtlpAddress]:
    try:
        roots = parse_yaml(file.text)
    except MalformedError:
        return
    index = LineIndex(file.text)
    for root in roots:
        exporters = root.get("exporters")
        for name, exporter in exporters.entries if exporters is not None else ():
            if (name.text or "").partition("/")[0] in _OF_COLLECTOR:
                yield from _of_exporter(exporter, index)


def _of_exporter(exporter: Node, index: LineIndex) -> Iterator[OtlpAddress]:
    for key, is_base in _SETTINGS.items():
        value = exporter.get(key)
        if value is not None and value.text:
            yield OtlpAddress(value.text, index.span(value.start, value.end), is_base)
