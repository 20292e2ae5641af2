"""The package `cloudflare`: resource types whose state is the API's answer, name for name."""
