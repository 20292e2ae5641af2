"""A verb a file: options, a call, a report."""
