"""Recordings on replicas of players' hosts, taken by whole crawls and by the resolver's own process."""
