"""Verbs around a deployment: review before it, list and undo it afterwards."""
