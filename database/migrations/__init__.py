"""The files of sql/migrations: names, checksums, directives, rules, locks."""
