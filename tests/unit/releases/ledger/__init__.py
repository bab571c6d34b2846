"""The ledger, day by day."""
