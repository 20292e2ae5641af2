"""The probe: two tenants who try to cross."""
