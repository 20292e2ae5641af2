"""Makes the contents of a branch of production safe to show: other passwords, and no customer's row."""

from database.branch_rows.branch_rows import KEPT, BranchRows
from database.branch_rows.masks import MaskError, Masks, load
from database.branch_rows.missing_rows import MissingRows, RescueError

__all__ = ["KEPT", "BranchRows", "MaskError", "Masks", "MissingRows", "RescueError", "load"]
