"""The command line of the launch: what pulumi itself does not do."""
