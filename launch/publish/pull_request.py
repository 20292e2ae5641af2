"""The pull request that a workflow runs for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contract.problem import Problem

_REF = re.compile(r"refs/pull/(\d+)/(?:merge|head)")
_REMEDY = "Name it: --pull-request NUMBER."


def pull_request(environment: Mapping[str, str]) -> int:
    """Its number, from GITHUB_EVENT_PATH or GITHUB_REF. Raises Problem if there is none."""
    number = _event(environment).get("number")
    if isinstance(number, int) and number > 0:
        return number
    if found := _REF.fullmatch(environment.get("GITHUB_REF", "")):
        return int(found[1])
    raise Problem("no pull request is known", remedy=_REMEDY)


def refuse_fork(environment: Mapping[str, str]) -> None:
    """Raise Problem in a workflow that runs for a fork's pull request, whose code must not get credentials.

    The workflows have conditions that say the same; this holds if somebody loosens one.
    """
    request = _event(environment)
    if not request:
        return
    head, base = (((request.get(end) or {}).get("repo") or {}).get("full_name") for end in ("head", "base"))
    if head != base:
        what = f"pull request {request.get('number')} comes from {head or 'a repository that is gone'}, not from {base}"
        remedy = "Read it, push it to a branch of this repository, and open a pull request from there."
        raise Problem(what, where="GITHUB_EVENT_PATH", remedy=remedy)


def _event(environment: Mapping[str, str]) -> dict[str, Any]:
    """The pull request of the workflow's event; empty if it has none."""
    path = environment.get("GITHUB_EVENT_PATH")
    if not path:
        return {}
    try:
        event = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError):
        raise Problem("the event of the workflow cannot be read", where=path, remedy=_REMEDY) from None
    found = event.get("pull_request") if isinstance(event, dict) else None
    return found if isinstance(found, dict) else {}
