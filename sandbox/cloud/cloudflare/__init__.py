"""The part of Cloudflare's API v4 for a zone, its DNS, its rules, its Workers and its Web Analytics."""
