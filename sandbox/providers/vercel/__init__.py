"""The package `vercel`: projects, their domains, environment variables and deployments."""
