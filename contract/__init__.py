"""What the rooms agree on. Imports nothing of ours."""
