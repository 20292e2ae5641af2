"""Select the stack and the database that a verb works on."""

from launch.selection.database import Target, target_options
from launch.selection.stack import chosen, named

__all__ = [
    "Target",
    "chosen",
    "named",
    "target_options",
]
