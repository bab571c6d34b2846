"""When a host is asked no more in this crawl: a dead one would hold up everything else for days.

Every failed request costs up to four attempts with their time-outs and waits; thousands of files on a
host that has gone would take weeks. What was not asked for is said to be so, and is asked for in the
next crawl.
"""

from __future__ import annotations

from config.errors import RecordwatchError
from crawler.politeness.hosts import host_key

MOST_IN_A_ROW = 20
"""Requests in a row, each with all its attempts, that a host may leave without a usable answer."""


class HostGivenUp(RecordwatchError):
    """This host is not asked again in this crawl."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"{why}, so it is not asked again in this crawl", where=url, todo="crawl again later")
        self.url = url


class Patience:
    """What every host of one crawl did with our requests."""

    def __init__(self) -> None:
        self._in_a_row: dict[str, int] = {}
        self._given_up: dict[str, str] = {}

    def check(self, url: str) -> None:
        """Raises HostGivenUp when the host of `url` is asked no more."""
        if self._given_up and (why := self._given_up.get(host_key(url))):
            raise HostGivenUp(url, why)

    def answered(self, url: str) -> None:
        """A usable answer came."""
        if self._in_a_row:
            self._in_a_row.pop(host_key(url), None)

    def failed(self, url: str) -> None:
        """A request got no usable answer, after all its attempts."""
        host = host_key(url)
        count = self._in_a_row[host] = self._in_a_row.get(host, 0) + 1
        if count >= MOST_IN_A_ROW:
            self._given_up.setdefault(host, f"{host} gave no usable answer to {count} requests in a row")

    def sent_away(self, url: str, seconds: float) -> None:
        """The host asks to be left alone for longer than a crawl waits (LONGEST_COOL_DOWN)."""
        host = host_key(url)
        self._given_up.setdefault(host, f"{host} asked to be left alone for {seconds:.0f} seconds")
