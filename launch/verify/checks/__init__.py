"""The checks of `launch verify`, one subject a module, and the report on all of them."""

from launch.verify.checks.beacon import has_beacon
from launch.verify.checks.suite import checks
from launch.verify.checks.verification import SECONDS, database_findings, inspected, vantage, verification

__all__ = [
    "SECONDS",
    "checks",
    "database_findings",
    "has_beacon",
    "inspected",
    "vantage",
    "verification",
]
