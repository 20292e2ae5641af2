"""The internet's side of the sandbox: answers for the hosts from what the simulated clouds have stored."""
