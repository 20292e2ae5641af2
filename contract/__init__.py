"""What rooms agree on. Imports nothing of ours."""
