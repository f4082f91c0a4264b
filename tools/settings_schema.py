"""Writes `lint_langsmith/settings.schema.json`, the JSON schema of the configuration, from the settings.

Usage: `python tools/settings_schema.py [--check]`.
"""

from __future__ import annotations

import argparse
import json
import sys

from checkout import PACKAGE, put

from lint_langsmith.config.settings import json_schema

OUTPUT = PACKAGE / "settings.schema.json"


def schema() -> str:
    """The schema as it is committed."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing, and fail where it differs"
    )
    options = parser.parse_args()
    sys.exit(int(put(OUTPUT, schema(), check=options.check) and options.check))
