"""The way back from a deployment."""

from launch.rollback.applying import Vendors
from launch.rollback.journal import Journal
from launch.rollback.model import How, Loss, Plan, Step
from launch.rollback.planning import plan
from launch.rollback.rescue import rescue

__all__ = ["How", "Journal", "Loss", "Plan", "Step", "Vendors", "plan", "rescue"]
