"""Accounts: who comes in, and how."""
