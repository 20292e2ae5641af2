"""Home, ports, certificate authority and streams of the sandbox."""
