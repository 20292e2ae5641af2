"""Finds what a vendor already has of the resources that a program is about to create, by the vendor's own keys.

If the answer to a creation is lost, the resource exists but nobody knows of it. The next run then meets a conflict or
creates a second one. So code that creates or adopts looks first. A DNS record is found by name, type and content; a
ruleset by phase; a Vercel project, variable or domain by name; a site by host; a Neon project by its name in the
organization.

    inventory = Inventory(access, holds_data=...)
    look(inventory, [Wanted(kind=..., name=..., inputs=...)])     # what exists, with its import id
"""

from vendors.existing.inventory import Inventory
from vendors.existing.look import COPIES, FINDERS, look
from vendors.existing.model import Found, Kept, Wanted

__all__ = ["COPIES", "FINDERS", "Found", "Inventory", "Kept", "Wanted", "look"]
