"""The part of Vercel's REST API for projects and their domains, environment and deployments."""
