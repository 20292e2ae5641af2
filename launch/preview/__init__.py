"""Read what an update would do from the engine's events, and show, save and compare it."""

from launch.preview.changes import Change, Changes, Kind, Property, read
from launch.preview.database import Database
from launch.preview.document import DocumentError, document, load, save
from launch.preview.preview import Preview, of_changes, preview
from launch.preview.report import report

__all__ = [
    "Change",
    "Changes",
    "Database",
    "DocumentError",
    "Kind",
    "Preview",
    "Property",
    "document",
    "load",
    "of_changes",
    "preview",
    "read",
    "report",
    "save",
]
