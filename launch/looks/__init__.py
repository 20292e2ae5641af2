"""What verbs found out last, kept in this folder's `.build`, for whoever cannot or will not look again."""

from launch.looks.keeping import keep
from launch.looks.store import age, load, moment, save

__all__ = ["age", "keep", "load", "moment", "save"]
