"""Proves from outside that what is declared serves."""
