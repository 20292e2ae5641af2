"""The marketplace listing of the plugins: from one file, checked by the directory's rules. Nothing here submits."""

from launch.marketplace.data import data_findings
from launch.marketplace.listing import Listing, Plugin
from launch.marketplace.readiness import readiness
from launch.marketplace.render import CATALOGUE, NOT_RENDERED, files
from launch.marketplace.submissions import FILE as SUBMISSIONS
from launch.marketplace.submissions import NEVER, PUBLISHED, STATES, Submission, Submissions
from launch.marketplace.validator import validated

__all__ = [
    "CATALOGUE",
    "NEVER",
    "NOT_RENDERED",
    "PUBLISHED",
    "STATES",
    "SUBMISSIONS",
    "Listing",
    "Plugin",
    "Submission",
    "Submissions",
    "data_findings",
    "files",
    "readiness",
    "validated",
]
