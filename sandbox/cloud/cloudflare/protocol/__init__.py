"""A call to Cloudflare's API, its errors and lists."""
