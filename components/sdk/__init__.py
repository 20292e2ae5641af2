"""How the vendors' SDKs are bound."""
