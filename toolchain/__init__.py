"""Tools that are found or built once for each user: the cache, Node.js, Go and the engine."""
