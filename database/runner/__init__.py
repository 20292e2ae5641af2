"""Plans and runs migrations."""
