"""What a branch of production holds, made fit to be shown: other passwords, and no row of a customer."""

from database.branch_rows.branch_rows import KEPT, BranchRows
from database.branch_rows.masks import MaskError, Masks, load
from database.branch_rows.missing_rows import MissingRows, RescueError

__all__ = ["KEPT", "BranchRows", "MaskError", "Masks", "MissingRows", "RescueError", "load"]
