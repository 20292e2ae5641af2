"""Plain values, read once and checked whole."""
