"""What the edge reads of the store, and its messages."""
