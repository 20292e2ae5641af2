"""What `launch verify` checks, one subject a module."""

from launch.verify.checks.suite import checks

__all__ = [
    "checks",
]
