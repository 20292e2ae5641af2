"""One verb per file: options, a call, a report."""
