"""Plans and runs migrations."""

from database.runner import plan, plan_report
from database.runner.runner import Result, Runner

__all__ = [
    "Result",
    "Runner",
    "plan",
    "plan_report",
]
