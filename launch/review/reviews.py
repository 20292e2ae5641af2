"""Create, update, remove and sweep the review stacks of a production.

The stack is created before anything else, so that whatever a run leaves behind has a name that a later run finds. What
a killed engine could not record bears the review's name at the vendor: `strays`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from contract.paths import SQL
from contract.problem import Problem
from contract.review import KEY, number_of, stack_of
from database.migrations import manifest
from launch.review.production import Production
from launch.review.strays import held_by, remove, strays
from launch.stack import SANDBOX, MissingStackError, Stack, UpdateError, settle
from toolchain.report import say

Settle = Callable[[Stack], None]


@dataclass(frozen=True, kw_only=True)
class Request:
    """The wanted properties of one review."""

    number: int
    git_branch: str
    commit: str = ""
    rows: str = ""
    """"" for the review's present rows, or purged ones."""
    fresh: bool = False
    """Whether to copy production anew."""


@dataclass(frozen=True)
class Reviews:
    """The review stacks of a production."""

    production: Production
    wait: float = 300.0
    """Seconds to wait for another run on the same review."""
    breaks_locks: bool = False
    """Whether to break the lock of a stack before its review is removed."""

    def numbers(self) -> list[int]:
        """Return the pull requests that have a stack."""
        found = (number_of(name) for name in self.production.review_stack(1).names())
        return sorted(number for number in found if number is not None)

    def bring(self, asked: Request) -> Stack:
        """Create or update the review. Raises Problem; a later run finds whatever was created until then.

        An existing review that exceeds a lowered reviewLimit is refused too: it is not updated until one is removed.
        """
        production = self.production
        stack = production.review_stack(asked.number)
        present = self.numbers()
        known = asked.number in present
        self._ensure_room(asked.number, present, beside=0 if known else 1)
        # Before the stack is created, so that a fault of production leaves no trace.
        production.database, production.dashboard, production.account  # noqa: B018 -- looks each of them up
        earlier: Mapping[str, Any] = {}
        if known:
            self._settle(stack)
            earlier = stack.outputs()
        else:
            stack.create()
            self._ensure_room_still(stack)
        generation = int(earlier.get("generation") or 1)
        if earlier and (asked.fresh or self._edited(earlier)):
            say("The branch is made anew from production." if asked.fresh else _EDITED)
            generation += 1
        rows = asked.rows or str(earlier.get("rows") or "purged")
        review = production.review(
            asked.number, git_branch=asked.git_branch, commit=asked.commit, rows=rows, generation=generation
        )
        team = production.configuration["vercel:team"]
        stack.configure({KEY: review.document, "vercel:team": team})
        self._remove_strays(asked.number, held_by(stack) if known else ())
        # Resources that expired are still in the state: only a refresh drops them.
        stack.up(refresh=bool(earlier))
        return stack

    def destroy(self, number: int) -> list[str]:
        """Remove the review, whatever its state; return what was removed besides the stack. Raises Problem."""
        stack = self.production.review_stack(number)
        if stack.exists():
            if self.breaks_locks:
                stack.cancel()
            self._settle(stack)
            self._destroy(stack)
            stack.remove()
        return self._remove_strays(number, ())

    def abandoned(self, is_closed: Callable[[int], bool]) -> dict[int, str]:
        """Return pull requests whose review is to be swept, and why.

        Raises whatever `is_closed` raises, and PulumiError: a review that cannot be looked at is not an unfinished one.
        """
        numbers = self.numbers()
        found: dict[int, str] = {}
        held: set[str] = set()
        for number in numbers:
            with suppress(MissingStackError):  # another run has just removed it
                held.update(held_by(self.production.review_stack(number)))
                if reason := self._reason(number, is_closed):
                    found[number] = reason
        for each in strays(self.production, held):
            if each.number not in numbers:
                found.setdefault(each.number, "it has no stack")
        return found

    def _reason(self, number: int, is_closed: Callable[[int], bool]) -> str:
        if is_closed(number):
            return "its pull request is closed"
        ends = self.production.review_stack(number).outputs().get("expires_at")
        if ends is None:
            return "it was never finished"
        return f"it ended at {ends}" if datetime.fromisoformat(str(ends)) <= datetime.now(UTC) else ""

    def _ensure_room(self, number: int, present: list[int], *, beside: int) -> None:
        """Raise Problem if `present` leaves no room for `beside` new ones."""
        most = self.production.bounds.most
        if len(present) + beside <= most:
            return
        there = ", ".join(map(stack_of, present))
        what = f"there are {len(present)} reviews ({there}), and reviewLimit is {most}"
        raise Problem(
            what if most else "review stacks are switched off (reviewLimit is 0)",
            where=stack_of(number),
            remedy="Remove one with `launch review destroy`, or raise reviewLimit; nothing was made.",
        )

    def _ensure_room_still(self, stack: Stack) -> None:
        """Give way if others began reviews at the same moment and there are now too many."""
        try:
            self._ensure_room(number_of(stack.name) or 0, self.numbers(), beside=0)
        except Problem:
            stack.remove()
            raise

    def _edited(self, earlier: Mapping[str, Any]) -> bool:
        """Return whether a migration applied to the branch was edited or removed since: it cannot be undone there."""
        now, applied = manifest(SQL / "migrations"), earlier.get("migrations") or {}
        return any(now.get(name) != checksum for name, checksum in applied.items() if not name.startswith("R_"))

    def _settle(self, stack: Stack) -> None:
        settle(stack, say, only_here=self.production.stack.name == SANDBOX, patience=self.wait)

    def _destroy(self, stack: Stack) -> None:
        try:
            stack.destroy()
        except UpdateError:  # something was removed behind the stack's back, or expired
            stack.destroy(refresh=True)

    def _remove_strays(self, number: int, held: Collection[str]) -> list[str]:
        found = strays(self.production, held, number=number)
        if found:
            say(f"An earlier run left behind: {', '.join(each.what for each in found)}.")
        remove(found)
        return [each.what for each in found]


_EDITED = "A migration that this review had applied was edited or taken out: its branch is made anew from production."


@dataclass(frozen=True)
class Shown:
    """A review for a report."""

    number: int
    outputs: Mapping[str, Any]

    @cached_property
    def row(self) -> dict[str, Any]:
        """The review as JSON."""
        outputs = self.outputs
        return {
            "stack": stack_of(self.number),
            "pull_request": self.number,
            "git_branch": outputs.get("git_branch", ""),
            "site": outputs.get("site", ""),
            "workers": dict(outputs.get("workers") or {}),
            "database": dict(outputs.get("database") or {}),
            "rows": outputs.get("rows", ""),
            "expires_at": outputs.get("expires_at", ""),
            "finished": bool(outputs.get("expires_at")),
        }


def shown(production: Production, number: int) -> Shown:
    """Return a review, as its last update left it; without outputs if it has no stack. Raises PulumiError."""
    stack = production.review_stack(number)
    try:
        return Shown(number, stack.outputs())
    except MissingStackError:
        return Shown(number, {})
