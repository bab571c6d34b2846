"""What hosts do with our questions, learnt from what earlier crawls noted in the catalog (`Crawl.counts`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

LOOKED_BACK = 10
"""Newest crawls that are learnt from: a host that was put right is believed again after so many."""
ENOUGH = 3
"""Answers with the same bytes to a right condition, and none "not modified", before a host is said to ignore them."""
SPEED = 1024.0**2
"""Bytes per second, until any were measured."""
SLOWEST = 16 * 1024.0


@dataclass(slots=True)
class Habit:
    """One host's answers."""

    not_modified: int = 0
    ignored: int = 0
    """Whole bodies that we hold already, in answer to a right If-None-Match or If-Modified-Since."""
    heads: int = 0
    """Heads asked for that said what a GET would."""
    heads_refused: int = 0
    """Heads that were refused (405, 501 …), or said nothing of the bytes."""

    @property
    def ignores_validators(self) -> bool:
        return self.ignored >= ENOUGH and not self.not_modified

    @property
    def refuses_heads(self) -> bool:
        return self.heads_refused > self.heads


@dataclass(slots=True)
class Habits:
    """Of all hosts, and how fast large bodies came."""

    hosts: dict[str, Habit] = field(default_factory=dict)
    bytes: int = 0
    seconds: float = 0.0

    def of(self, host: str) -> Habit:
        return self.hosts.setdefault(host, Habit())

    @property
    def speed(self) -> float:
        """Bytes per second of large bodies."""
        return max(SLOWEST, self.bytes / self.seconds) if self.bytes and self.seconds > 0 else SPEED

    def noted(self) -> dict[str, Any]:
        """As `Crawl.counts` keeps it: what is nothing is left out."""
        hosts = {
            host: {name: value for name in Habit.__slots__ if (value := getattr(habit, name))}
            for host, habit in sorted(self.hosts.items())
        }
        said: dict[str, Any] = {"hosts": {host: values for host, values in hosts.items() if values}}
        if self.bytes and self.seconds > 0:
            said |= {"timed_bytes": self.bytes, "timed_seconds": round(self.seconds, 3)}
        return said if said["hosts"] or len(said) > 1 else {}


def learnt(noted: Iterable[Mapping[str, Any]]) -> Habits:
    """The sum of what crawls noted (`Habits.noted`)."""
    habits = Habits()
    for one in noted:
        habits.bytes += int(one.get("timed_bytes", 0))
        habits.seconds += float(one.get("timed_seconds", 0.0))
        for host, values in one.get("hosts", {}).items():
            habit = habits.of(host)
            for name in Habit.__slots__:
                setattr(habit, name, getattr(habit, name) + int(values.get(name, 0)))
    return habits


def read_habits(portal: str) -> Habits:
    """What the newest crawls of `portal` noted. Reads the database."""
    from archive.catalog.models import Crawl

    rows = Crawl.objects.filter(portal=portal, ended_at__isnull=False).order_by("-started_at", "-id")
    return learnt(counts.get("asking", {}) for counts in rows.values_list("counts", flat=True)[:LOOKED_BACK])
