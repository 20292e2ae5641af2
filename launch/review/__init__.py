"""Review stacks: a pull request to try out."""

from launch.review.production import Production
from launch.review.reviews import Request, Reviews, Shown, shown

__all__ = ["Production", "Request", "Reviews", "Shown", "shown"]
