"""Make a change on a twin, and record what visitors and the application notice. Independent of how a twin is made."""

from launch.rehearse.changes import Change, Changes
from launch.rehearse.hosts import Host, Visit, Visitors
from launch.rehearse.load import Load, Look, Statements
from launch.rehearse.migrations import Migration, between
from launch.rehearse.report import Rehearsed, report
from launch.rehearse.substitutes import Substitutes, plaintexts, urls

__all__ = [
    "Change",
    "Changes",
    "Host",
    "Load",
    "Look",
    "Migration",
    "Rehearsed",
    "Statements",
    "Substitutes",
    "Visit",
    "Visitors",
    "between",
    "plaintexts",
    "report",
    "urls",
]
