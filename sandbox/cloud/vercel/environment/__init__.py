"""Environment variables of a project."""
