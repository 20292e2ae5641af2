"""Linters of GitHub's workflows. actionlint is built from the Go module here: no registry has its program."""

from toolchain.workflows.linters import FOUND, check, main

__all__ = [
    "FOUND",
    "check",
    "main",
]
