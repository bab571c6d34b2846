"""Working together: subscriptions, watch lists, case folders, notes, links, the editors' queues."""
