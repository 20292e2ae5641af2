"""How this stack marks its resources to recognise them later."""

MARK = "prductr launch stack"
"""A comment, if the vendor keeps one. It is for people, and distinguishes a lost answer's leftovers from others'."""
