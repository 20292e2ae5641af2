"""Zones: settings, DNS records, rulesets."""
