"""The package `random`: values made once, here, and kept in the state."""
