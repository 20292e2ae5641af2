"""Starts, supervises and stops the sandbox's processes."""
