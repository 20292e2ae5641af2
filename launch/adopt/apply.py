"""Perform an adoption step by step. The journal records each step before and after it, with its way back.

Every run plans the remaining work anew from the actual state. Whatever killed a run, the next one continues from
there; only the way back needs the journal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from contract import resource_types as kinds
from launch.adopt import moves, serving
from launch.adopt.before import KEY, before, merged
from launch.adopt.hands import Hands
from launch.adopt.journal import DONE, RETURNED, Journal
from launch.adopt.model import InTheWay, Plan
from launch.adopt.planner import DECIDED, LATER, AdoptionError, access_of, adopting, plan
from launch.adopt.report import report
from launch.report import Finding, Report, Section, Verdict
from launch.stack import Stack, settle

SERVING_SECONDS = 8.0
"""How long a host may take to serve from its new project before it goes back to the old one."""
WAIT_SECONDS = 900.0
"""How long to wait for the engine of an apply that was killed."""
UPDATE, FINISH, ROOM = "update", "finish", "room"
_SUMMARIES = {Verdict.PASSED: "Production is adopted: `pulumi preview` has nothing to do."}

Confirm = Callable[[str, str], bool]
"""Takes the title of a step and what visitors notice of it; returns whether to perform it."""


class DeclinedError(AdoptionError):
    """A person declined a step; the steps before it are done."""


@dataclass
class Apply:
    """One run. `say` is called with each step; `confirm` is called before each step that visitors can notice."""

    stack: Stack
    journal: Journal
    confirm: Confirm
    say: Callable[[str], None]
    serving_seconds: float = SERVING_SECONDS
    done: list[Finding] = field(default_factory=list)

    def run(self, *, allowed: Collection[str] = ()) -> Report:
        """Do everything that is left to do. Raises Problem if a step fails; another run continues from there."""
        try:
            return self._run(allowed)
        except KeyboardInterrupt:
            remedy = "Run `launch adopt apply` again: it continues there. `launch adopt back` takes back what was done."
            raise AdoptionError("it was interrupted", where=str(self.journal.path), remedy=remedy) from None

    def _run(self, allowed: Collection[str]) -> Report:
        settle(self.stack, self.say, patience=WAIT_SECONDS)
        if any(each.back.get("kind") == moves.MOVE for each in self.journal.to_return()):
            with self._hands() as hands:
                moves.settle(hands, self.journal, self._trouble)
        planned = plan(self.stack, allowed=allowed)
        if planned.refusals or planned.unchecked:
            return report(planned)
        if planned.done:
            return self._report()
        with self._hands() as hands:
            known = self.journal.entries.get(KEY)
            first = known.back if known and known.phase != RETURNED else {}
            there = merged(first, before(planned, hands))
            self.journal.note(KEY, DONE, title="what there was before", back=there)
            for each in planned.in_the_way:
                self._make_room(hands, each)
            self._update(planned)
            for each in planned.moves:
                self._move(hands, planned, each)
        return self._report()

    def _hands(self) -> AbstractContextManager[Hands]:
        return Hands.of(access_of(self.stack, self.stack.configuration()))

    def _trouble(self, host: str) -> str:
        return serving.trouble(self.stack, host, patience=self.serving_seconds)

    def _make_room(self, hands: Hands, each: InTheWay) -> None:
        obstacle = each.obstacle
        if obstacle.way.value not in ("remove", "narrow", "detach"):
            return
        title = f"make room for {each.resource}: {obstacle.way.value} {obstacle.what}"
        notice = f"{obstacle.what} is gone from then on." if obstacle.visible else ""
        back = {
            "kind": ROOM,
            "of": obstacle.kind,
            "way": obstacle.way.value,
            "where": obstacle.where,
            "identifier": obstacle.identifier,
            "document": dict(obstacle.document),
            "what": obstacle.what,
            "lost": obstacle.lost,
        }
        with self._step(f"{ROOM}:{obstacle.kind}:{obstacle.identifier}", title, notice, back):
            hands.make_room(obstacle)

    def _update(self, planned: Plan) -> None:
        """Run without the resources that are moved last; if none is moved, this is the only run."""
        excluded = [urn for each in planned.moves for urn in (each.urn, *each.beside)]
        names = ", ".join(str(each.obstacle.document["name"]) for each in planned.moves)
        title = f"update everything but {names}" if names else "update everything"
        notice = "The dashboard is deployed anew and its users sign in again; the zone's TLS becomes strict."
        with self._step(UPDATE, title, notice, {"kind": UPDATE}):
            later = {key: LATER for key in planned.decided if planned.urns.get(key.partition(" ")[2]) in excluded}
            self._up({**planned.decided, **later}, excluded)

    def _move(self, hands: Hands, planned: Plan, each: InTheWay) -> None:
        document = each.obstacle.document
        host, source = str(document["name"]), each.obstacle.where
        target = hands.vercel.project(str(document["to"]))
        if target is None:
            raise AdoptionError(f"the project {document['to']} does not exist", where=host, remedy="Plan again.")
        title = f"move {host} from {document['from']} to {document['to']}"
        if not hands.production(target["id"]):
            what = f"the project {document['to']} has no production deployment that could serve it, so it was not moved"
            raise AdoptionError(what, where=host, remedy="Look at its deployment at Vercel, then run this again.")
        back = {"kind": moves.MOVE, "host": host, "from": source, "to": target["id"]}
        key = f"{moves.MOVE}:{host}"
        with self._step(key, title, f"{document['to']} serves {host} from then on.", back):
            moves.move(hands, host, source, target["id"], self._trouble)
        moved = {f"{kinds.VERCEL_DOMAIN} {each.resource}": f"{target['id']}/{host}"}
        self._note_moved(moved)
        with self._step(f"{FINISH}:{host}", f"take {host} into the state, with its record", "", {"kind": FINISH}):
            self._up({**planned.decided, **moved}, [])

    def _note_moved(self, moved: dict[str, str]) -> None:
        there = dict(self.journal.entries[KEY].back)
        there["decided"] = {**there["decided"], **moved}
        self.journal.note(KEY, DONE, back=there)

    def _up(self, decided: Mapping[str, str], excluded: Sequence[str]) -> None:
        with TemporaryDirectory(prefix="launch-adopt-") as folder:
            (Path(folder) / DECIDED).write_text(json.dumps(dict(decided)), "utf-8")
            adopting(self.stack, Path(folder)).up(without=excluded)

    @contextmanager
    def _step(self, key: str, title: str, notice: str, back: Mapping[str, object]) -> Iterator[None]:
        if notice and not self.confirm(title, notice):
            remedy = (
                "The steps before it are in the journal: `launch adopt apply` continues, `launch adopt back` reverts."
            )
            raise DeclinedError(f"not done: {title}", where=f"stack {self.stack.name}", remedy=remedy)
        self.say(title[:1].upper() + title[1:] + ".")
        with self.journal.step(key, title=title, back=back):
            yield
        self.done.append(Finding(subject=title, name="step", verdict=Verdict.PASSED, detail="done"))

    def _report(self) -> Report:
        return Report(
            title="Adoption",
            kind="adopt apply",
            stack=self.stack.name,
            facts={"journal": str(self.journal.path)},
            sections=(Section(title="Done" if self.done else "", findings=tuple(self.done)),),
            summaries=_SUMMARIES,
            examined=max(len(self.done), 1),
            data={"journal": str(self.journal.path), "steps": [each.subject for each in self.done]},
        )
