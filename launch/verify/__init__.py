"""Prove from outside that the declared launch really works."""

from launch.verify.dns import SERVER_VARIABLE
from launch.verify.run import run
from launch.verify.visitor import CONNECT_TO_VARIABLE, Internet

__all__ = ["CONNECT_TO_VARIABLE", "SERVER_VARIABLE", "Internet", "run"]
