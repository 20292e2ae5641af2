"""The simulated DNS."""
