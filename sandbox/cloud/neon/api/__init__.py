"""Neon's API v2, a file for each family."""
