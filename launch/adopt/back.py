"""Take an adoption back as far as possible, and report what cannot be taken back.

Visitors come first: domains return to their former projects, and the former deployments serve again. Then the
resources that the stack created are deleted, the adopted ones leave its state and are restored, and whatever had to
make room is put back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from contract import resource_types as kinds
from launch.adopt.apply import ROOM, UPDATE, WAIT_SECONDS, Confirm, DeclinedError
from launch.adopt.before import KEY
from launch.adopt.hands import Hands
from launch.adopt.journal import RETURNED, Entry, Journal
from launch.adopt.moves import MOVE
from launch.adopt.planner import AdoptionError, access_of
from launch.report import Finding, Report, Section, Verdict
from launch.stack import Stack, settle
from vendors import VendorError

_SUMMARIES = {
    Verdict.PASSED: "Everything that can be taken back is.",
    Verdict.FAILED: "Not everything could be taken back: another run continues from there.",
}
_IN_DATABASE = (kinds.MIGRATIONS, kinds.ROW_SECURITY)


@dataclass
class Back:
    """One way back."""

    stack: Stack
    journal: Journal
    confirm: Confirm
    say: Callable[[str], None]
    done: list[Finding] = field(default_factory=list)
    cannot: list[Finding] = field(default_factory=list)

    def run(self) -> Report:
        """Undo every step that may have happened, the last first. Raises Problem; another run continues from there."""
        before = self.journal.entries.get(KEY)
        if before is None or not self.journal.to_return():
            remedy = "Name the journal of `launch adopt apply` with --journal."
            raise AdoptionError(
                "nothing in this journal is left to take back", where=str(self.journal.path), remedy=remedy
            )
        if not self.confirm(
            "take the adoption back", "Hosts are served as before it; what the stack created is deleted."
        ):
            raise DeclinedError("not done: take the adoption back", where=f"stack {self.stack.name}")
        settle(self.stack, self.say, patience=WAIT_SECONDS)
        updated = self.journal.reached(UPDATE)
        with Hands.of(access_of(self.stack, self.stack.configuration())) as hands:
            for entry in self.journal.to_return():
                if entry.back.get("kind") == MOVE:
                    self._move_back(hands, entry)
            if updated:
                self._promote(hands, before.back)
                self._forget_and_destroy(before.back)
                self._restore(hands, before.back)
            for entry in self.journal.to_return():
                if entry.back.get("kind") == ROOM:
                    self._give_room_back(hands, entry)
        if updated:
            self._name_what_stays(before.back)
        for entry in self.journal.to_return():
            if entry.back.get("kind") != ROOM:  # an obstacle that is not back yet is tried again
                self.journal.note(entry.key, RETURNED)
        return self._report()

    def _move_back(self, hands: Hands, entry: Entry) -> None:
        host, source, target = (str(entry.back[name]) for name in ("host", "from", "to"))
        self.say(f"Moving {host} back.")
        hands.move(host, target, source)
        self.journal.note(entry.key, RETURNED)
        self._did(host, "is back on its former project")

    def _promote(self, hands: Hands, before: Mapping[str, Any]) -> None:
        for project, there in before["projects"].items():
            earlier = there["production"]
            if earlier and hands.production(project) != earlier:
                self.say(f"Promoting the deployment {earlier} from before.")
                hands.vercel.promote(project, earlier)
                self._did(there["name"], f"serves the deployment {earlier} again")

    def _forget_and_destroy(self, before: Mapping[str, Any]) -> None:
        """Delete what the stack created. Adopted resources stay at the vendors, and so does the database."""
        adopted = {tuple(key.split(" ", 1)) for key in before["decided"]}

        def made(resource: dict[str, Any]) -> bool:
            kind, name = str(resource["type"]), str(resource["urn"]).rpartition("::")[2]
            return (kind, name) not in adopted and kind != kinds.NEON_PROJECT and kind not in _IN_DATABASE

        self.stack.keep_only(made)
        count = sum(made(each) for each in self.stack.resources() if each.get("custom"))
        self.stack.destroy()
        self._did("the stack", f"is empty: {len(adopted)} adopted were let go, {count} created were deleted")

    def _restore(self, hands: Hands, before: Mapping[str, Any]) -> None:
        for identifier, document in before["records"].items():
            zone, _, record = identifier.rpartition("/")
            hands.cloudflare.update_dns_record(zone, record, document)
        for identifier, value in before["settings"].items():
            zone, _, name = identifier.rpartition("/")
            hands.cloudflare.update_setting(zone, name, value)
        for project, there in before["projects"].items():
            hands.vercel.update_project(project, **there["fields"])
        kept = {"records": "records", "settings": "settings of the zone", "projects": "projects"}
        for name, what in kept.items():
            if before[name]:
                self._did(what, f"{len(before[name])} are as they were")

    def _give_room_back(self, hands: Hands, entry: Entry) -> None:
        back = entry.back
        try:
            why = hands.give_room_back(back["of"], back["way"], back["where"], back["identifier"], back["document"])
        except VendorError as error:
            finding = Finding(
                subject=back["what"], name="is back", verdict=Verdict.FAILED, detail=str(error), remedy=error.remedy
            )
            self.done.append(finding)
            return
        self.journal.note(entry.key, RETURNED)
        if why:
            self._cannot(back["what"], why)
        else:
            self._did(back["what"], "is there again")

    def _name_what_stays(self, before: Mapping[str, Any]) -> None:
        for what in before["overwritten"].values():
            self._cannot(what, "has the value that the stack gave it; the former deployment has its own")
        if before["database"]:
            at = before["at"]
            self._cannot(
                f"Neon project {before['database']['project']}",
                "stays migrated: the former deployment uses it as its owner, without isolation. Its contents at"
                f" {at} are available as a branch of that time, within the history that the project keeps",
            )

    def _did(self, subject: str, detail: str) -> None:
        self.done.append(Finding(subject=subject, name="way back", verdict=Verdict.PASSED, detail=detail))

    def _cannot(self, subject: str, why: str) -> None:
        self.cannot.append(Finding(subject=subject, name="cannot be taken back", verdict=Verdict.NOTED, detail=why))

    def _report(self) -> Report:
        return Report(
            title="Way back",
            kind="adopt back",
            stack=self.stack.name,
            facts={"journal": str(self.journal.path)},
            sections=(
                Section(title="Taken back", findings=tuple(self.done)),
                Section(title="Not taken back", findings=tuple(self.cannot)),
            ),
            summaries=_SUMMARIES,
            examined=max(len(self.done), 1),
            data={"not_taken_back": [f"{each.subject}: {each.detail}" for each in self.cannot]},
        )
