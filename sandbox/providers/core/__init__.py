"""What all attached providers share."""
