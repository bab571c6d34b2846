"""Restrictions that the ledger's words fall under: whole records, passages of a text, names wherever they stand."""
