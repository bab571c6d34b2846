"""Accounts: invitations, passwords, sessions, the audit log."""
