"""What the vendors' accounts hold beside the declared, where it changes what visitors, mail or the application get."""

from launch.strangers.look import accounts_of, strangers
from launch.strangers.model import Stranger

__all__ = ["Stranger", "accounts_of", "strangers"]
