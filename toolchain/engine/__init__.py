"""The Pulumi engine where it is not installed: a Go module that pins it, and the Python hosts that complete it."""
