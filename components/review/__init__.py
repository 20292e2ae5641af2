"""The parts of a review stack: a branch of production, a preview deployment, and Workers of its own."""

from components.review.branch import BranchError, ReviewDatabase
from components.review.site import ReviewSite
from components.review.workers import ReviewWorkers

__all__ = [
    "BranchError",
    "ReviewDatabase",
    "ReviewSite",
    "ReviewWorkers",
]
