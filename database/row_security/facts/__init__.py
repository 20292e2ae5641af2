"""Every effective fact of isolation, read from the catalog and compared."""
