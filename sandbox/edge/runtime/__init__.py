"""Workers in the real runtime."""
