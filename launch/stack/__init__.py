"""The engine and one stack, driven."""
