"""What was changed behind a stack's back."""
