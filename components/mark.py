"""The mark by which this stack recognises its resources later."""

MARK = "prductr launch stack"
"""A comment, if the vendor keeps one. It is for people, and distinguishes a lost response's leftovers from others'."""
