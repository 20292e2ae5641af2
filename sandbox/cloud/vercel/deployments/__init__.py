"""Builds, deployments, aliases, promotions."""
