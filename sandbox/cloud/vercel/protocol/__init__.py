"""A call to Vercel's API, its errors and lists."""
