"""Vercel's REST API, as far as projects, their domains, environment and deployments need it."""
