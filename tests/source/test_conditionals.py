"""What stands between the conditions of a template of Go and their ends."""

from __future__ import annotations

import pytest

from lint_langsmith.source.gotemplate import conditionals

CASES = {
    "{{ if .Values.a }}x{{ end }}": [(".Values.a", "x")],
    "{{- if .Values.a -}}x{{- else -}}y{{- end }}": [(".Values.a", "x")],
    "{{ if .Values.a }}x{{ else if .Values.b }}y{{ end }}": [(".Values.a", "x")],
    "{{ with .Values.a }}x{{ end }}z": [(".Values.a", "x")],
    "{{ range .Values.a }}x{{ end }}": [],
    "{{ if .Values.a }}x{{ range .b }}y{{ end }}z{{ end }}": [
        (".Values.a", "x{{ range .b }}y{{ end }}z")
    ],
    "{{ if .Values.a }}{{ if .Values.b }}x{{ end }}{{ end }}": [
        (".Values.b", "x"),
        (".Values.a", "{{ if .Values.b }}x{{ end }}"),
    ],
    "{{/* if .Values.a */}}x{{ end }}": [],
    "x{{ end }}{{ else }}": [],
    "{{ if .Values.a }}x": [],
}


@pytest.mark.parametrize(("text", "bodies"), CASES.items())
def test_bodies(text: str, bodies: list[tuple[str, str]]) -> None:
    found = [(body.condition, text[body.start : body.end]) for body in conditionals(text)]
    assert found == bodies
