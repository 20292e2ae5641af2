"""What a program could take over from a vendor instead of creating it, and what blocks its creation.

Wider than `vendors.existing`, which finds what an interrupted run left behind: here a resource may differ, because
adopting changes it to what the program declares. If several could be meant, all are named and none is chosen.

    matches = match(inventory, [Wanted(kind=..., name=..., inputs=...)])
    matches[0].adopted        # the one thing to import, or None
    matches[0].obstacles      # what must be removed, moved or confirmed first
    others(inventory, matches)    # what else exists, and is left alone
"""

from vendors.adoptable.match import match
from vendors.adoptable.model import Candidate, Match, Obstacle, Other, Way
from vendors.adoptable.others import others

__all__ = ["Candidate", "Match", "Obstacle", "Other", "Way", "match", "others"]
