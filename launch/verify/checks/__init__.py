"""What `launch verify` checks, one subject a module."""
