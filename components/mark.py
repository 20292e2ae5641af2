"""How this stack marks what it makes, so that it knows its own again."""

MARK = "prductr launch stack"
"""A comment, where the vendor keeps one: it is for people, and tells what a lost answer left behind from another's."""
