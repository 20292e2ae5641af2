"""What Neon's API shows: documents, names, errors, operations."""
