"""The ledger's tables, whose rows come from commit records; people's settings stand in `releases.people`.

Nothing in the ledger is overwritten without its old state kept as a version, and nothing is deleted.
"""

from __future__ import annotations

from django.db import models

from archive.catalog.columns import OrderedJSONField
from archive.catalog.indexes import LongTextIndex
from releases.people import Account as Account  # noqa: PLC0414  Django looks for an app's models here
from releases.people import CrawlRequest as CrawlRequest  # noqa: PLC0414
from releases.people import Delivery as Delivery  # noqa: PLC0414
from releases.people import MatchOwed as MatchOwed  # noqa: PLC0414
from releases.people import Sending as Sending  # noqa: PLC0414
from releases.people import SlackMessage as SlackMessage  # noqa: PLC0414
from releases.people import Subscription as Subscription  # noqa: PLC0414


class Record(models.Model):
    """One published thing with an identity over time."""

    id = models.CharField(max_length=36, primary_key=True)
    portal = models.CharField(max_length=64)
    key = models.CharField(max_length=512)
    kind = models.CharField(max_length=64)
    url = models.TextField()
    title = models.TextField()
    printed_key = models.CharField(max_length=255)
    state = models.CharField(max_length=16)
    """present, withdrawn, merged (into the record its key is an alias of)"""
    version = models.IntegerField()
    """Number of the newest RecordVersion."""
    extractor = models.CharField(max_length=64, default="")
    """Name and version of the spider that last read it: another one re-baselines, and says nothing."""
    fields_hash = models.CharField(max_length=71)
    text_hash = models.CharField(max_length=71)
    raw_hash = models.CharField(max_length=71)
    first_seen_at = models.DateTimeField()
    first_crawl = models.CharField(max_length=36)
    last_seen_at = models.DateTimeField()
    last_crawl = models.CharField(max_length=36)
    missing_since = models.DateTimeField(null=True)
    """First complete healthy crawl that did not see it, while not yet confirmed withdrawn."""
    missing_crawls = models.IntegerField(default=0)
    stamp = models.CharField(max_length=255, default="")
    """What its list said of its last change when its own page was last read (`Sighting.stamp`); empty: nothing."""
    read_at = models.DateTimeField(null=True)
    """When the crawl began that last read its own page under a stamp."""

    class Meta:
        constraints = (models.UniqueConstraint(fields=["portal", "key"], name="one_record_per_key"),)
        indexes = (models.Index(fields=["portal", "state"], name="record_by_state"),)


class Alias(models.Model):
    """Another name of a record: a printed number, an old host's URL, a key it was merged from."""

    id = models.CharField(max_length=36, primary_key=True)
    portal = models.CharField(max_length=64)
    record = models.CharField(max_length=36)
    name = models.CharField(max_length=512)
    crawl = models.CharField(max_length=36)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    """When a merge was undone; the row stays and no longer counts."""

    class Meta:
        indexes = (
            models.Index(fields=["portal", "name"], name="alias_by_name"),
            models.Index(fields=["record"], name="alias_by_record"),
        )


class RecordVersion(models.Model):
    """A record's state between two changes, with the captures that prove it."""

    id = models.CharField(max_length=36, primary_key=True)
    record = models.CharField(max_length=36)
    number = models.IntegerField()
    at = models.DateTimeField()
    crawl = models.CharField(max_length=36)
    url = models.TextField()
    title = models.TextField()
    printed_key = models.CharField(max_length=255)
    fields = OrderedJSONField()
    files = OrderedJSONField()
    """Identities of the files it had, in order."""
    fields_hash = models.CharField(max_length=71)
    text_hash = models.CharField(max_length=71)
    raw_hash = models.CharField(max_length=71)
    captures = OrderedJSONField()
    extractor = models.CharField(max_length=64)
    noise = models.BooleanField(default=False)
    """Only flapping fields or our own extractor differ from the version before: no event."""

    class Meta:
        indexes = (models.Index(fields=["record", "number"], name="version_by_record"),)


class File(models.Model):
    """A file attached to a record."""

    id = models.CharField(max_length=36, primary_key=True)
    portal = models.CharField(max_length=64)
    record = models.CharField(max_length=36)
    identity = models.CharField(max_length=1024)
    url = models.TextField()
    name = models.TextField()
    kind = models.CharField(max_length=32)
    host = models.CharField(max_length=16)
    state = models.CharField(max_length=16)
    """present; gone (its record's page links it, its source has it no more); withdrawn (no longer
    linked); unlisted (a newer spider of ours does not take it: not the portal's doing)"""
    version = models.IntegerField()
    """Number of the newest FileVersion; 0 while no bytes are held."""
    digest = models.CharField(max_length=80)
    """Payload digest of the newest version, else empty."""
    first_seen_at = models.DateTimeField()
    first_crawl = models.CharField(max_length=36)
    last_seen_at = models.DateTimeField()
    last_crawl = models.CharField(max_length=36)
    checked_at = models.DateTimeField(null=True)
    """Last time its bytes were asked for and answered."""
    outcome = models.TextField(default="")
    """What the last attempt ended in when it gave no bytes, or what is odd about them: one sentence."""
    missing_since = models.DateTimeField(null=True)
    """First crawl in which its source said 404 or 410 while its record's page still linked it."""
    missing_crawls = models.IntegerField(default=0)

    class Meta:
        indexes = (
            models.Index(fields=["record"], name="file_by_record"),
            models.Index(fields=["portal", "identity"], name="file_by_identity"),
            models.Index(fields=["digest"], name="file_by_digest"),
        )


class FileVersion(models.Model):
    """A file's bytes between two changes."""

    id = models.CharField(max_length=36, primary_key=True)
    file = models.CharField(max_length=36)
    number = models.IntegerField()
    at = models.DateTimeField()
    crawl = models.CharField(max_length=36)
    url = models.TextField()
    digest = models.CharField(max_length=80)
    size = models.BigIntegerField()
    mime = models.CharField(max_length=255)
    capture = models.CharField(max_length=36)

    class Meta:
        indexes = (
            models.Index(fields=["file", "number"], name="version_by_file"),
            models.Index(fields=["digest"], name="version_by_digest"),
        )


class FileFacts(models.Model):
    """What some bytes are like inside, read once per digest and engine."""

    id = models.CharField(max_length=36, primary_key=True)
    portal = models.CharField(max_length=64)
    digest = models.CharField(max_length=80)
    """Payload digest of the file version."""
    capture = models.CharField(max_length=36)
    """Capture whose bytes were read."""
    kind = models.CharField(max_length=16)
    """pdf, image, media"""
    engine = models.CharField(max_length=64)
    facts = OrderedJSONField()
    """`releases.facts.model` of this kind, as builtins. Never words of a document's pages."""
    at = models.DateTimeField()
    crawl = models.CharField(max_length=36)

    class Meta:
        indexes = (models.Index(fields=["digest"], name="facts_by_digest"),)


class Quarantine(models.Model):
    """A passage that an agency meant to black out. The words themselves are in no row: only where they stand."""

    id = models.CharField(max_length=36, primary_key=True)
    portal = models.CharField(max_length=64)
    record = models.CharField(max_length=36)
    file = models.CharField(max_length=36)
    digest = models.CharField(max_length=80)
    """Payload digest of the bytes that hold the words."""
    capture = models.CharField(max_length=36)
    page = models.IntegerField()
    """1-based."""
    spans = OrderedJSONField()
    """[[start, end], …] in the page's text as `engine` gives it, in characters, ascending."""
    engine = models.CharField(max_length=64)
    reason = models.CharField(max_length=32)
    """under a box; visible before (words of an older version, where a newer one has a box)"""
    state = models.CharField(max_length=16)
    """held, released, kept (an editor looked, and it stays hidden)"""
    at = models.DateTimeField()
    crawl = models.CharField(max_length=36)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="")
    why = models.TextField(default="")

    class Meta:
        indexes = (
            models.Index(fields=["digest"], name="quarantine_by_digest"),
            models.Index(fields=["state"], name="quarantine_by_state"),
        )


class DeadlineNote(models.Model):
    """What a person knows of a case's deadline that its page does not say: an extension, a court order.

    A row of the kind `rule` (no record) keeps a rule's own words, and since when it is watched in them.
    """

    id = models.CharField(max_length=36, primary_key=True)
    portal = models.CharField(max_length=64)
    record = models.CharField(max_length=36)
    """Record id; empty for `rule`."""
    rule = models.CharField(max_length=128)
    """Name of the rule; empty for all of them."""
    kind = models.CharField(max_length=16)
    """extended, tolled, barred, not covered, covered; rule"""
    days = models.IntegerField(default=0)
    """Of an extension; 0: it is known that none was granted."""
    since = models.CharField(max_length=10, default="")
    """First day at the portal's place, `2026-03-01`, of what is tolled; of a rule, the day it was first watched so."""
    until = models.CharField(max_length=10, default="")
    """Last day of what is tolled; empty while it goes on."""
    why = models.TextField()
    """Of a rule: itself as JSON."""
    by = models.TextField(default="")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    """When it was taken back; the row stays and no longer counts."""
    ended_by = models.TextField(default="")

    class Meta:
        indexes = (
            models.Index(fields=["record"], name="deadline_note_by_record"),
            models.Index(fields=["portal", "kind"], name="deadline_note_by_portal"),
        )


class Event(models.Model):
    """Something a reader may be told. Never changed; a mistake gets a `retracted` event beside it."""

    id = models.CharField(max_length=36, primary_key=True)
    at = models.DateTimeField()
    portal = models.CharField(max_length=64)
    record = models.CharField(max_length=36)
    """Record id; empty for a portal's own events."""
    key = models.CharField(max_length=512)
    title = models.TextField()
    url = models.TextField()
    kind = models.CharField(max_length=24)
    backfill = models.BooleanField()
    old = OrderedJSONField(null=True)
    """Changed fields before: {name: value}; for files {"digest", "size", ...}; for portals {"verdict"}."""
    new = OrderedJSONField(null=True)
    files = OrderedJSONField()
    """[{"id", "identity", "url", "name", "kind"}]"""
    captures = OrderedJSONField()
    """Capture ids that prove it, before and after."""
    crawl = models.CharField(max_length=36)
    tags = OrderedJSONField()

    class Meta:
        indexes = (
            models.Index(fields=["at"], name="event_by_time"),
            models.Index(fields=["portal", "at"], name="event_by_portal"),
            models.Index(fields=["record"], name="event_by_record"),
            # What was there when a portal was first looked at may be a hundred thousand rows at one moment: who reads
            # the news steps over none of them.
            models.Index(fields=["at", "id"], condition=models.Q(backfill=False), name="news_by_time"),
            models.Index(fields=["portal", "at", "id"], condition=models.Q(backfill=False), name="news_by_portal"),
            models.Index(fields=["at", "id"], condition=models.Q(backfill=True), name="first_looks_by_time"),
        )


class WatchedPage(models.Model):
    """A page's newest main text, addressable by search."""

    id = models.CharField(max_length=36, primary_key=True)
    portal = models.CharField(max_length=64)
    url = models.TextField()
    title = models.TextField()
    text_hash = models.CharField(max_length=71)
    capture = models.CharField(max_length=36)
    at = models.DateTimeField()
    crawl = models.CharField(max_length=36)

    class Meta:
        indexes = (LongTextIndex(fields=["url", "portal"], name="page_by_url"),)
