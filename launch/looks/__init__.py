"""The last results of verbs, kept in this folder's `.build`, so that they can be shown without a new look."""

from launch.looks.keeping import keep
from launch.looks.store import age, load, moment, save

__all__ = ["age", "keep", "load", "moment", "save"]
