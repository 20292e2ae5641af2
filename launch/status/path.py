"""The critical path: the longest chain of beads that are not done and that the launch requires."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from launch.status.plan import Bead


def critical(beads: Sequence[Bead], done: Collection[str]) -> list[Bead]:
    """Return the chain with the most work, in the order in which it is done; empty if nothing blocks the launch."""
    by_id = {bead.id: bead for bead in beads}
    longest: dict[str, tuple[float, list[Bead]]] = {}

    def chain(bead: Bead) -> tuple[float, list[Bead]]:
        """Return the work of the bead and of what must come before it."""
        if bead.id not in longest:
            before = max(
                (chain(by_id[name]) for name in bead.after if name not in done),
                key=lambda each: each[0],
                default=(0.0, []),
            )
            longest[bead.id] = (before[0] + bead.days, [*before[1], bead])
        return longest[bead.id]

    chains = [chain(bead) for bead in beads if bead.required and bead.id not in done]
    return max(chains, key=lambda each: each[0], default=(0.0, []))[1]


def waits_for(bead: Bead, done: Collection[str]) -> list[str]:
    """Return the beads that must come before it and are not done."""
    return [name for name in bead.after if name not in done]


def ready(beads: Sequence[Bead], done: Collection[str]) -> list[Bead]:
    """Return the beads that block the launch and wait for nothing, so that they can be done now."""
    return [bead for bead in beads if bead.required and bead.id not in done and not waits_for(bead, done)]


def by_convoy(beads: Sequence[Bead], done: Collection[str]) -> Mapping[str, tuple[int, int]]:
    """Return how many beads of each convoy are done, and how many it has."""
    found: dict[str, tuple[int, int]] = {}
    for bead in beads:
        count, total = found.get(bead.convoy, (0, 0))
        found[bead.convoy] = (count + (bead.id in done), total + 1)
    return found
