"""Checks of results that people and `launch smoke` recorded: each must name who saw it, and when."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from launch.report import Verdict
from launch.status.model import Result, Sources
from launch.status.plan import Check

_DAY = timedelta(days=1)


def record(check: Check, sources: Sources) -> Result:
    """Check that the newest matching line of a file of results has the wanted values."""
    file, where, has = check.what["file"], check.what["where"], check.what["has"]
    named = ", ".join(f"{key} {value}" for key, value in where.items())
    remedy = f"Record what a person saw in {file}, with `by` and `on`."
    lines = [each for each in _lines(sources.project / file) if all(str(each.get(k)) == v for k, v in where.items())]
    if not lines:
        return Result(Verdict.UNCHECKED, f"no result of {named} was recorded", remedy)
    last = max(enumerate(lines), key=lambda each: (str(each[1].get("on", "")), each[0]))[1]
    by, on = str(last.get("by") or "").strip(), str(last.get("on") or "")
    try:
        moment = datetime.fromisoformat(on)
    except ValueError:
        return Result(Verdict.UNCHECKED, f"the result of {named} does not name the day on which it was seen", remedy)
    if not by:
        return Result(Verdict.UNCHECKED, f"the result of {named} does not name the person who saw it", remedy)
    age = sources.now - (moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    result = f"{', '.join(f'{key} {last.get(key)}' for key in has)}, recorded by {by} on {on[:10]}"
    if age < -_DAY:
        return Result(Verdict.UNCHECKED, f"{result}, which is in the future", remedy)
    if any(str(last.get(key)) not in values for key, values in has.items()):
        wanted = "; ".join(f"{key} {' or '.join(values)}" for key, values in has.items())
        return Result(Verdict.FAILED, f"{result}; wanted: {wanted}", "Do it, then record it.")
    if "days" in check.what and age > timedelta(days=check.what["days"]):
        return Result(Verdict.UNCHECKED, f"{result}, {age.days} days ago: it holds for {check.what['days']}", remedy)
    return Result(Verdict.PASSED, result)


def _lines(file: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the JSON objects of a file, one per line; other lines are skipped, since they prove nothing."""
    try:
        text = file.read_text("utf-8")
    except (OSError, ValueError):
        return
    for line in text.splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            yield found


def smoke(check: Check, sources: Sources) -> Result:
    """Check that each plugin passed recently in each of the named repositories."""
    file, days = check.what["file"], check.what.get("days")
    remedy = f"Run `launch smoke --results {file}`."
    try:
        runs = json.loads((sources.project / file).read_text("utf-8"))["runs"]
        found = {(str(run["plugin"]), str(run["repository"])): run for run in runs}
    except (OSError, ValueError, KeyError, TypeError):
        return Result(Verdict.UNCHECKED, f"{file} holds no results", remedy)
    failed, missing, people = [], [], []
    for plugin in check.what["plugins"]:
        for repository in check.what["repositories"]:
            run = found.get((plugin, repository)) or {}
            named = f"{plugin} in {repository}"
            if run.get("verdict") == Verdict.FAILED.value:
                failed.append(f"{named}: {run.get('detail', '')}")
            elif run.get("verdict") != Verdict.PASSED.value or not run.get("by"):
                missing.append(f"{named}: not run")
            elif days and (stale := _stale(str(run.get("started", "")), days, sources.now)):
                missing.append(f"{named}: {stale}")
            else:
                people.append(str(run["by"]))
    if failed:
        return Result(Verdict.FAILED, "; ".join(failed), remedy)
    if missing:
        return Result(Verdict.UNCHECKED, "; ".join(missing), remedy)
    return Result(Verdict.PASSED, f"{len(people)} runs, by {', '.join(sorted(set(people)))}")


def _stale(started: str, days: int, now: datetime) -> str:
    """Return why a run of that time proves nothing any more; "" if it does."""
    try:
        moment = datetime.fromisoformat(started)
    except ValueError:
        return "ran at an unknown time"
    age = now - (moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    if age < -_DAY:
        return f"ran on {started[:10]}, which is in the future"
    return f"ran {age.days} days ago, which holds for {days}" if age > timedelta(days=days) else ""
