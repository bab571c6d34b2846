"""What operators see: portals, crawls, deliveries, the store."""
