"""Cloudflare, Vercel and Neon as HTTP APIs on loopback, over one durable store."""
