"""Resource providers that the engine attaches to where the official plugins cannot be had.

They serve the official packages' resource types over gRPC, one port for each of Cloudflare, Vercel, Neon and Random,
and turn them into the HTTP calls that the official plugins make. What they know of a type is a table (`schemas/*.json`)
and a few lines for the calls; every rule of the vendors themselves is on the other side of HTTP, in `sandbox.cloud`.
"""
