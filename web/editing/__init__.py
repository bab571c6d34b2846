"""For editors: what waits in quarantine, what is restricted and until when, and what the ledger has wrong."""
