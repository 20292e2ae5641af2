"""Findings, exit codes and how both are shown."""
