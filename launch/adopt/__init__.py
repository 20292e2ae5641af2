"""Take over an existing production environment, starting from a plan that changes nothing.

planned = plan(stack)          # raises Problem; `planned.refusals` lists why nothing may happen yet
report(planned)                # for people and for machines
journal = Journal.open(path, stack.name)
Apply(stack=stack, journal=journal, confirm=lambda title, notice: True, say=print).run()
Back(stack=stack, journal=journal, confirm=lambda title, notice: True, say=print).run()
"""

from launch.adopt.apply import Apply, Confirm, DeclinedError
from launch.adopt.back import Back
from launch.adopt.journal import Journal, JournalError
from launch.adopt.model import Change, InTheWay, Outcome, Plan, Refusal, Row
from launch.adopt.planner import AdoptionError, plan
from launch.adopt.report import report

__all__ = [
    "AdoptionError",
    "Apply",
    "Back",
    "Change",
    "Confirm",
    "DeclinedError",
    "InTheWay",
    "Journal",
    "JournalError",
    "Outcome",
    "Plan",
    "Refusal",
    "Row",
    "plan",
    "report",
]
