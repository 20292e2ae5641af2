"""Workers: scripts, versions, deployments, domains, routes."""
