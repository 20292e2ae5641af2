"""Sizes of Neon's computes."""

SIZES = (0.25, 0.5, *range(1, 17))
"""Compute units between which Neon scales."""
