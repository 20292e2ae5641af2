"""Whether the launch can happen: convoys and beads, each evaluated, and what blocks it."""

from launch.status.evidence import Evidence
from launch.status.history import baseline, keep
from launch.status.model import Sources
from launch.status.plan import load
from launch.status.report import status_report

__all__ = ["Evidence", "Sources", "baseline", "keep", "load", "status_report"]
