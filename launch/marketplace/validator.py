"""Claude Code's own validator, if it is installed. It is not a dependency, because it takes hundreds of megabytes."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from launch.report import Finding, Verdict

PROGRAM = "claude"
SECONDS = 60.0


def validated(subject: str, folder: Path, *, directory: bool, program: str = PROGRAM) -> list[Finding]:
    """Return the findings of `claude plugin validate` for a plugin or marketplace; not checked if it is missing."""
    found = shutil.which(program)
    if found is None:
        remedy = "Install Claude Code, or run `claude plugin validate` elsewhere."
        return [_finding(subject, Verdict.UNCHECKED, f"{program} is not installed", remedy)]
    command = [found, "plugin", "validate", "--json", *(["--profile", "directory"] if directory else []), str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=SECONDS, check=False)
        document = json.loads(done.stdout)
        success, issues = bool(document["success"]), list(_issues(document))
    except subprocess.TimeoutExpired:
        return [_finding(subject, Verdict.UNCHECKED, f"no result within {SECONDS:g} s", "Run it by hand.")]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        what = f"its output was not understood ({type(error).__name__})"
        return [_finding(subject, Verdict.UNCHECKED, what, "Run `claude plugin validate` by hand; update Claude Code.")]
    if done.returncode not in (0, 1):
        what = f"it ended with {done.returncode}"
        return [_finding(subject, Verdict.UNCHECKED, what, "Run `claude plugin validate` by hand.")]
    return _judged(subject, success and done.returncode == 0, issues)


def _judged(subject: str, success: bool, issues: list[tuple[bool, str, str]]) -> list[Finding]:
    found = [
        _finding(subject, Verdict.FAILED if blocking else Verdict.NOTED, what, fix) for blocking, what, fix in issues
    ]
    if success and not any(blocking for blocking, _, _ in issues):
        return [_finding(subject, Verdict.PASSED, "validation passed", ""), *found]
    if not any(blocking for blocking, _, _ in issues):
        found.append(_finding(subject, Verdict.FAILED, "validation failed without a reason", "Run it by hand."))
    return found


def _issues(document: dict[str, Any]) -> Iterator[tuple[bool, str, str]]:
    """Yield whether it blocks, what it is, and the fix."""
    manifest = document.get("manifest") or {}
    for blocking, name in ((True, "errors"), (False, "warnings")):
        for each in manifest.get(name) or ():
            entry = each if isinstance(each, dict) else {"message": each}
            yield blocking, _words(entry), str(entry.get("fix") or "")
    for each in (document.get("directory") or {}).get("findings") or ():
        yield bool(each.get("blocking")), _words(each), str(each.get("fix") or "")


def _words(entry: dict[str, Any]) -> str:
    parts = [str(entry[name]) for name in ("code", "path", "field", "message") if entry.get(name)]
    return ": ".join(parts) or "an issue without a description"


def _finding(subject: str, verdict: Verdict, detail: str, remedy: str) -> Finding:
    return Finding(subject=subject, name="claude plugin validate", verdict=verdict, detail=detail, remedy=remedy)
