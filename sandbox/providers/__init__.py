"""Resource providers that the engine attaches to if the official plugins are not available.

They serve the official packages' resource types over gRPC, one port for each of Cloudflare, Vercel, Neon and Random,
and turn them into the HTTP calls that the official plugins make. A resource type is a table (`schemas/*.json`) and a
few lines for its calls; all rules of the vendors themselves are on the other side of HTTP, in `sandbox.cloud`.
"""
