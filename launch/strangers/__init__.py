"""Find undeclared objects in the vendors' accounts that affect visitors, mail or the application."""

from launch.strangers.look import accounts_of, strangers
from launch.strangers.model import Stranger

__all__ = ["Stranger", "accounts_of", "strangers"]
