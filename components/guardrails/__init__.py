"""What is judged before anything is registered."""
