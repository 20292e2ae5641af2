"""Takes over a production that exists, from a plan that changes nothing.

planned = plan(stack)          # raises Problem; `planned.refusals` says why nothing may happen yet
report(planned)                # for people and for machines
"""

from launch.adopt.model import Change, InTheWay, Outcome, Plan, Refusal, Row
from launch.adopt.planner import AdoptionError, plan
from launch.adopt.report import report

__all__ = [
    "AdoptionError",
    "Change",
    "InTheWay",
    "Outcome",
    "Plan",
    "Refusal",
    "Row",
    "plan",
    "report",
]
