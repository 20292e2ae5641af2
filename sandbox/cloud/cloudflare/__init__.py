"""Cloudflare's API v4, as far as a zone, its DNS, its rules, its Workers and its Web Analytics need it."""
