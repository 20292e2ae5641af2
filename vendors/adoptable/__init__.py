"""What a vendor has that a program could take over instead of making it, and what is in the way of what it would make.

Wider than `vendors.existing`, which finds what an interrupted run left behind: here a thing may differ, since adopting
makes it what the program declares. Where several could be meant, all are named and none is chosen.

    matches = match(inventory, [Wanted(kind=..., name=..., inputs=...)])
    matches[0].adopted        # the one thing to import, or None
    matches[0].obstacles      # what must go, move or be confirmed first
    others(inventory, matches)    # what is there beside them, and is left alone
"""

from vendors.adoptable.match import match
from vendors.adoptable.model import Candidate, Match, Obstacle, Other, Way
from vendors.adoptable.others import others

__all__ = ["Candidate", "Match", "Obstacle", "Other", "Way", "match", "others"]
