"""The internet side of the sandbox: it serves the hosts from the state of the simulated clouds."""
