"""Projects and their domains."""
