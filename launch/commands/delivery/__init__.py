"""Verbs around a deployment: reviewed before it, listed and undone after it."""
