"""The outside world on loopback: clouds, database, edge and the engine's providers; no credentials needed."""
