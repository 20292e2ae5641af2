"""Check a plugin's folder against the directory's rules: what blocks a submission, and what a reviewer reads."""

from launch.marketplace.contents.checkout import Checkout
from launch.marketplace.contents.examination import examine

__all__ = ["Checkout", "examine"]
