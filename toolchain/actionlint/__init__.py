"""actionlint, built once for each user from the Go module beside this file: no registry has a program of it."""
