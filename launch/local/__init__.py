"""The only room that imports the sandbox: up, down, env, sandbox."""
