"""Runs the program with stand-ins for engine and clouds."""
