"""What a vendor already has of what a program is going to create, found by the key that the vendor itself goes by.

A creation whose answer was lost has happened, and nobody knows of it: the next run meets a conflict, or makes a second
one. So whoever creates, or adopts, looks first. A DNS record is found by name, type and content, a ruleset by phase, a
Vercel project, variable or domain by name, a site by host, a Neon project by its name in the organization.

    inventory = Inventory(access, holds_data=...)
    look(inventory, [Wanted(kind=..., name=..., inputs=...)])     # what exists of it, with the id to import it by
"""

from vendors.existing.inventory import Inventory
from vendors.existing.look import COPIES, FINDERS, look
from vendors.existing.model import Found, Kept, Wanted

__all__ = ["COPIES", "FINDERS", "Found", "Inventory", "Kept", "Wanted", "look"]
