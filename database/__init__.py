"""Everything that speaks SQL: connections, the migration runner, the isolation of tenants.

Plain classes that know nothing of Pulumi or of the command line.
"""
