"""Subscriptions, the transactional outbox, channels, feeds."""
