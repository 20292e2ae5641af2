"""The record of submissions: what a person saw in the portal, and when. Lines are only added.

The portal has no API: nothing here submits, and a state that nobody recorded is unknown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from contract.paths import PROJECT
from launch.inputs import InputError, complaints, shown

FILE = PROJECT / "plan" / "submissions.jsonl"
SCHEMA = "submission"
NEVER = "Not submitted"
"""The state of a plugin without a record. The portal has no such state."""
PUBLISHED = "Published"
STATES = {
    "Draft": "Continue the submission in the portal.",
    "Scanning": "Wait for the scan.",
    "Needs changes": "The plugin's page in the portal names what to change; then resubmit it for review.",
    "In review": "Wait for the reviewer.",
    "Approved": "It cannot be installed yet: publish it, or wait for the person named on the portal's card.",
    PUBLISHED: "",
    "Not live yet": "The directory's team has to list it: ask through the portal's Get help.",
    "Delisted": "Select Relist plugin in the portal.",
    "Withdrawn": "Submit it again if it is to be listed.",
}
"""The portal's states of a plugin bundle, and what to do in each."""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """The state of one plugin, as seen on one day."""

    plugin: str
    state: str
    on: str
    """YYYY-MM-DD."""
    by: str
    id: str = ""
    """The portal's id, once there is one."""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Submissions:
    """The record in a file, one JSON object per line, oldest first."""

    path: Path = FILE

    def all(self) -> list[Submission]:
        """Return all lines; an empty list if there is no file yet. Raises InputError, naming the line."""
        if not self.path.exists():
            return []
        try:
            lines = self.path.read_text("utf-8").splitlines()
        except (OSError, ValueError) as error:
            remedy = "Restore it from the repository's history."
            raise InputError(
                f"cannot be read ({type(error).__name__})", where=shown(self.path), remedy=remedy
            ) from None
        return list(self._read(lines))

    def latest(self, plugin: str) -> Submission | None:
        """Return the last line about a plugin."""
        return next((each for each in reversed(self.all()) if each.plugin == plugin), None)

    def add(self, submission: Submission, *, today: date) -> None:
        """Append a line. Raises InputError for a day after today or before that of the last line."""
        wrong = list(complaints(_line(submission), SCHEMA))
        before = self.latest(submission.plugin)
        try:
            on = date.fromisoformat(submission.on)
        except ValueError:
            wrong.append(f"on: {submission.on!r} is not a day")
        else:
            if on > today:
                wrong.append(f"on: {submission.on} is in the future")
            if before and submission.on < before.on:
                wrong.append(f"on: {submission.on} is before the last record, of {before.on}")
        if wrong:
            raise InputError("; ".join(wrong), where=submission.plugin, remedy="Record it as the portal shows it.")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(_line(submission), ensure_ascii=False) + "\n")
        except OSError as error:
            what = f"cannot be written ({error.strerror})"
            raise InputError(what, where=shown(self.path), remedy="Name another file.") from None

    def _read(self, lines: list[str]) -> Iterator[Submission]:
        for number, line in enumerate(lines, 1):
            where = f"{self.path.name}:{number}"
            try:
                document = json.loads(line)
            except (ValueError, RecursionError):
                raise InputError("is not JSON", where=where, remedy="Restore the line, or remove it.") from None
            if wrong := list(complaints(document, SCHEMA)):
                raise InputError("; ".join(wrong), where=where, remedy="Restore the line, or remove it.")
            yield Submission(**document)


def _line(submission: Submission) -> dict[str, str]:
    return {key: value for key, value in asdict(submission).items() if value}
