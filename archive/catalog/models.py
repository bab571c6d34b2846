"""The catalog's tables. Every row here comes from a commit record, except ChangeLog's numbers.

Ids are made by the application (uuid7 text), so that a rebuild from the store gives equal rows.
"""

from __future__ import annotations

from django.db import models

from archive.catalog.columns import OrderedJSONField
from archive.catalog.indexes import LongTextIndex


class Portal(models.Model):
    """A portal that has been crawled, and how far its commits are applied."""

    slug = models.CharField(max_length=64, primary_key=True)
    name = models.TextField()
    url = models.TextField()
    first_crawl_at = models.DateTimeField()
    commit_seq = models.BigIntegerField(default=0)


class AppliedCommit(models.Model):
    """A commit record that this database has."""

    id = models.CharField(max_length=36, primary_key=True)
    portal = models.CharField(max_length=64)
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    reason = models.CharField(max_length=32)
    warc = models.TextField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["portal", "seq"], name="one_commit_per_number"),)


class Crawl(models.Model):
    """One run over one portal, and what it can vouch for."""

    id = models.CharField(max_length=36, primary_key=True)
    portal = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    listed_at = models.DateTimeField(null=True)
    """When the listing was done and committed."""
    verdict = models.CharField(max_length=16)
    """healthy, empty, blocked, broken, partial, down; `running` before the listing is committed."""
    coverage = models.CharField(max_length=16, default="complete")
    """complete, capped, limited (by us)."""
    backfill = models.BooleanField(default=False)
    reason = models.TextField(default="")
    """One sentence: why this verdict, and what to check first."""
    answers = OrderedJSONField(default=dict)
    """The five questions of releases.md with answer and evidence."""
    counts = OrderedJSONField(default=dict)
    figures = OrderedJSONField(default=dict)
    """What later crawls are compared with: counts, field coverage, page shapes, order (crawler.baseline)."""
    extractor = models.CharField(max_length=64, default="")
    config_digest = models.CharField(max_length=71, default="")

    class Meta:
        indexes = (models.Index(fields=["portal", "started_at"], name="crawl_by_portal"),)


class Warc(models.Model):
    """A sealed WARC of the store."""

    key = models.CharField(max_length=255, primary_key=True)
    portal = models.CharField(max_length=64)
    crawl = models.CharField(max_length=36)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    sealed_at = models.DateTimeField()


class Capture(models.Model):
    """An archived exchange; columns are those of `archive.model.CaptureRow`."""

    id = models.CharField(max_length=36, primary_key=True)
    portal = models.CharField(max_length=64)
    crawl = models.CharField(max_length=36)
    kind = models.CharField(max_length=24)
    method = models.CharField(max_length=16)
    url = models.TextField()
    surt = models.TextField()
    at = models.DateTimeField()
    status = models.IntegerField()
    mime = models.CharField(max_length=255)
    payload_digest = models.CharField(max_length=80)
    payload_length = models.BigIntegerField()
    etag = models.TextField()
    last_modified = models.TextField()
    truncated = models.CharField(max_length=16)
    refers_to = models.CharField(max_length=36)
    request = models.CharField(max_length=36)
    address = models.CharField(max_length=45)
    warc = models.CharField(max_length=255)
    offset = models.BigIntegerField()
    length = models.BigIntegerField()
    location = models.TextField()
    error = models.TextField()

    class Meta:
        indexes = (
            LongTextIndex(fields=["url", "at"], name="capture_by_url"),
            LongTextIndex(fields=["surt", "at"], name="capture_by_surt"),
            models.Index(fields=["payload_digest", "kind"], name="capture_by_digest"),
            models.Index(fields=["crawl"], name="capture_by_crawl"),
            models.Index(fields=["warc", "offset"], name="capture_by_place"),
        )


class Derived(models.Model):
    """A record made from a capture; columns are those of `archive.model.DerivedRow`."""

    id = models.CharField(max_length=36, primary_key=True)
    portal = models.CharField(max_length=64)
    crawl = models.CharField(max_length=36)
    capture = models.CharField(max_length=36)
    kind = models.CharField(max_length=16)
    mime = models.CharField(max_length=255)
    engine = models.CharField(max_length=64)
    at = models.DateTimeField()
    warc = models.CharField(max_length=255)
    offset = models.BigIntegerField()
    length = models.BigIntegerField()
    page = models.IntegerField()

    class Meta:
        indexes = (
            models.Index(fields=["capture"], name="derived_by_capture"),
            models.Index(fields=["warc", "offset"], name="derived_by_place"),
        )


class Restriction(models.Model):
    """What is kept and shown to nobody: an embargo, a privacy request, an order. See `archive.access`."""

    id = models.CharField(max_length=36, primary_key=True)
    portal = models.CharField(max_length=64)
    """Whose commit it is; it holds for these bytes wherever they came from."""
    kind = models.CharField(max_length=16, default="bytes")
    """bytes; record (all of it); passage (of a page of a text); name (wherever it stands)"""
    digest = models.CharField(max_length=80, default="")
    """Payload digest of the bytes, or of those whose text has the passage."""
    record = models.CharField(max_length=36, default="")
    """Record id, of kind `record`."""
    page = models.IntegerField(default=0)
    """1-based page of the passage; 0 where there are none."""
    spans = OrderedJSONField(default=list)
    """[[start, end]] of the passage in that page's text, in characters."""
    name = models.TextField(default="")
    """Of kind `name`: the words that are not shown, case and accents aside."""
    review_by = models.CharField(max_length=10, default="")
    """A day, `2027-03-01`: somebody looks again until then; it holds on. Empty: none was set."""
    lifts_at = models.DateTimeField(null=True)
    """It holds no more from then on, by itself."""
    why = models.TextField()
    by = models.TextField()
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.TextField(default="")
    lifted_why = models.TextField(default="")

    class Meta:
        indexes = (
            models.Index(fields=["digest"], name="restriction_by_digest"),
            models.Index(fields=["kind", "lifted_at"], name="restriction_by_kind"),
        )


class ChangeLog(models.Model):
    """What a derived index has to catch up with. `seq` is this database's own cursor: it is assigned
    when a commit is applied, and is the one column that a rebuild may number differently.
    """

    seq = models.BigAutoField(primary_key=True)
    commit = models.CharField(max_length=36)
    table = models.CharField(max_length=64)
    row = models.CharField(max_length=36)

    class Meta:
        indexes = (models.Index(fields=["commit"], name="change_by_commit"),)
