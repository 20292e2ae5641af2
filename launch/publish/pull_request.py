"""Find the pull request that a workflow runs for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from contract.problem import Problem

_REF = re.compile(r"refs/pull/(\d+)/(?:merge|head)")
_REMEDY = "Name it: --pull-request NUMBER."


def pull_request(environment: Mapping[str, str]) -> int:
    """Return its number, from GITHUB_EVENT_PATH or GITHUB_REF. Raises Problem if there is none."""
    path = environment.get("GITHUB_EVENT_PATH")
    if path:
        try:
            event = json.loads(Path(path).read_text("utf-8"))
        except (OSError, ValueError):
            raise Problem("the event of the workflow cannot be read", where=path, remedy=_REMEDY) from None
        number = (event.get("pull_request") or {}).get("number") if isinstance(event, dict) else None
        if isinstance(number, int) and number > 0:
            return number
    if found := _REF.fullmatch(environment.get("GITHUB_REF", "")):
        return int(found[1])
    raise Problem("no pull request is known", remedy=_REMEDY)
