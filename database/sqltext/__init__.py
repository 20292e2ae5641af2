"""A SQL text without a grammar: tokens, statements, names."""
