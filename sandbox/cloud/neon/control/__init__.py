"""The control plane: jobs, expiry, removal."""
