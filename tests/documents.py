"""What verbs print for machines, held to the published schemas by every test that reads it."""

from __future__ import annotations

import json
from typing import Any

from contract.paths import PROJECT
from launch.inputs import complaints


def published(text: str) -> dict[str, Any]:
    """The one JSON object of the text. It follows the schema of its report, of all reports, or of errors.

    A verb that reports nothing, such as `launch env`, prints an object of its own.
    """
    found: dict[str, Any] = json.loads(text)
    if "report" in found:
        own = str(found["report"]).replace(" ", "_")
        names = ["report", *([own] if (PROJECT / "contract" / "schemas" / f"{own}.json").exists() else [])]
    else:
        names = ["error"] if "error" in found else []
    for name in names:
        assert list(complaints(found, name)) == [], name
    return found
