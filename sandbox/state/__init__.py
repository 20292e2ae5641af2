"""The store that all clouds share, its clock and faults."""
