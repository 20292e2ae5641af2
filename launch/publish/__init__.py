"""Publish where people discuss a change: one comment per pull request, one issue per stack, each kept up to date."""

from launch.publish.comment import publish_comment, publish_part
from launch.publish.issue import publish_issue
from launch.publish.pull_request import pull_request, refuse_fork

__all__ = [
    "publish_comment",
    "publish_issue",
    "publish_part",
    "pull_request",
    "refuse_fork",
]
