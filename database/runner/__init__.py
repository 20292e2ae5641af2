"""Plans and runs migrations."""

from database.runner import plan, plan_report
from database.runner.runner import Result, Runner
from database.runner.table_sizes import TableSize, table_sizes

__all__ = [
    "Result",
    "Runner",
    "TableSize",
    "plan",
    "plan_report",
    "table_sizes",
]
