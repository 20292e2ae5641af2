"""The incident runbook: what to do, with every value of the stack filled in."""

from launch.runbook.page import page
from launch.runbook.policy import Policy
from launch.runbook.steps import Purpose, Scenario, Step
from launch.runbook.values import Values

__all__ = ["Policy", "Purpose", "Scenario", "Step", "Values", "page"]
