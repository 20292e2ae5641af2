"""The declaration of row security and its reconciliation."""
