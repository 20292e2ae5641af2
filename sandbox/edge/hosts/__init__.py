"""What answers for a host: Cloudflare, Vercel, Workers."""
