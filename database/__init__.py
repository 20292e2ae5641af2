"""Everything that uses SQL: connections, the migration runner, the isolation of tenants.

Plain classes that depend on neither Pulumi nor the command line.
"""
