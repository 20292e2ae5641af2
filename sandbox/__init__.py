"""The world outside on loopback: clouds, database, edge and the engine, for people without credentials."""
