"""Writes `lint_langsmith/settings.schema.json`, the JSON schema of the configuration, from the settings."""

from __future__ import annotations

import json
from pathlib import Path

from lint_langsmith.settings import json_schema

OUTPUT = Path(__file__).parent.parent / "lint_langsmith" / "settings.schema.json"


def schema() -> str:
    """The schema as it is committed."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    OUTPUT.write_text(schema(), encoding="utf-8")
    print(f"wrote {OUTPUT.name}")
