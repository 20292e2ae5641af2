"""The way back from a deployment."""

from launch.rollback.applying import Vendors
from launch.rollback.database import RESTORE
from launch.rollback.journal import Journal
from launch.rollback.model import How, Loss, Plan, Step
from launch.rollback.planning import plan
from launch.rollback.rescue import rescue
from launch.rollback.restored import follow

__all__ = ["RESTORE", "How", "Journal", "Loss", "Plan", "Step", "Vendors", "follow", "plan", "rescue"]
