"""People's settings: in the database alone, never in a commit record. `alerts export` carries them along."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models

ROLES = ("reader", "reporter", "editor", "operator")
"""What an account may do, each more than the one before: look; subscribe, note, collect; restrict, release from
quarantine, merge; portals, crawls, accounts.
"""


class Account(AbstractUser):
    """A person. Ours from the first migration, so that it can grow."""

    role = models.CharField(max_length=16, default="reader")
    """One of ROLES."""
    language = models.CharField(max_length=8, default="")
    """`en`, `es`; empty: what the browser asks for."""


class Subscription(models.Model):
    """Who wants which events, how, how often. People's setting: not in commit records."""

    id = models.CharField(max_length=36, primary_key=True)
    owner = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL)
    name = models.TextField()
    note = models.TextField(default="")
    channel = models.TextField()
    """`mailto:a@b.org`, `https://…` (signed webhook), `slack:C0123456789` or any Apprise URL."""
    secret = models.TextField(default="")
    """Webhook signing secret (`whsec_…`)."""
    filters = models.JSONField(default=dict)
    """{"portals": [], "kinds": [], "record_kinds": [], "keys": [], "words": "", "backfill": bool}"""
    role = models.CharField(max_length=16, default="reader")
    """reader; operator (portals' health at once, whatever the cadence); editor (quarantined passages too)"""
    cadence = models.CharField(max_length=16, default="instant")
    """instant, hourly, daily, weekly"""
    timezone = models.CharField(max_length=64, default="UTC")
    """IANA name; digests and quiet hours are in it."""
    digest_at = models.CharField(max_length=5, default="08:00")
    digest_day = models.CharField(max_length=9, default="monday")
    """Of weekly digests."""
    empty_digests = models.BooleanField(default=True)
    """Send a digest that only says what was checked, when there was nothing else."""
    quiet = models.CharField(max_length=11, default="")
    """`22:00-07:00`: instant messages wait for its end; empty for never."""
    most_per_day = models.IntegerField(default=0)
    """Instant messages a day, the rest waits for one digest; 0 for no limit."""
    digest_due_at = models.DateTimeField(null=True)
    """When the next digest is made; of instant ones only while something waits for quiet hours to end
    or for tomorrow, else null.
    """
    certified = models.JSONField(default=dict)
    """How far its digests have vouched: {"until": time, "portals": {slug: commit number}}."""
    created_at = models.DateTimeField()
    muted_at = models.DateTimeField(null=True)
    last_muted = models.JSONField(null=True)
    """[from, until] of the last time it was mute, as ISO 8601, to answer why something was not sent."""
    mute_token = models.CharField(max_length=64)
    language = models.CharField(max_length=8, default="en")
    """Of its messages."""
    confirmed_at = models.DateTimeField(null=True)
    """When the owner of the address said yes; null only while `confirm_token` waits for that, and then nothing but
    the question is sent.
    """
    confirm_token = models.CharField(max_length=64, default="")
    """What the question's link says; empty: nobody had to be asked."""

    @property
    def waits(self) -> bool:
        """Whether the owner of the address has not said yes yet."""
        return bool(self.confirm_token) and self.confirmed_at is None


class Delivery(models.Model):
    """One owed message to one subscription: the events of one commit, tracked until taken or dead."""

    id = models.CharField(max_length=36, primary_key=True)
    """uuid5 of subscription and commit (of a digest: and of its first part): owed once, and the id every
    resend carries.
    """
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE)
    kind = models.CharField(max_length=16, default="news")
    """news, health (of a portal, to an operator at once), correction, match (of a full-text query), digest"""
    commit = models.CharField(max_length=36)
    """Empty for a digest."""
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    """The period a digest speaks of."""
    events = models.JSONField()
    """Event ids, in order."""
    dropped = models.JSONField(default=list)
    """Event ids that were taken back before anyone was told."""
    state = models.CharField(max_length=16)
    """owed, sending, sent, dead; held (waits for a digest), gathered (the digest of id `digest` has it),
    dropped (all of it was taken back before anyone was told)
    """
    digest = models.CharField(max_length=36, default="")
    waits = models.CharField(max_length=16, default="")
    """Why it was not sent at once: digest, quiet hours, most per day, many at once; else empty."""
    certificate = models.JSONField(null=True)
    """What a digest vouches for, as `releases.alerts.digest_certificate` wrote it down when it was made."""
    attempts = models.IntegerField(default=0)
    next_at = models.DateTimeField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(default="")

    class Meta:
        indexes = (
            models.Index(fields=["state", "next_at"], name="delivery_by_due"),
            models.Index(fields=["commit"], name="delivery_by_commit"),
            models.Index(fields=["digest"], name="delivery_by_digest"),
            models.Index(fields=["subscription", "state"], name="delivery_by_subscription"),
        )


class SlackMessage(models.Model):
    """A message that Slack took: so that a record has one thread in a channel, and what was interrupted goes on."""

    channel = models.TextField()
    """As subscriptions name it: `slack:C0123456789`."""
    record = models.CharField(max_length=36)
    """Record id; empty: of no record."""
    delivery = models.CharField(max_length=36)
    ts = models.CharField(max_length=32)
    """Slack's id of it within the channel."""
    opens = models.BooleanField()
    """It is the first of its record's thread; others are let go of when their delivery is done."""
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        indexes = (
            models.Index(fields=["record"], name="slack_by_record"),
            models.Index(fields=["delivery"], name="slack_by_delivery"),
        )


class Sending(models.Model):
    """A version of a file that somebody sends to the organisation's DocumentCloud, and where it is there."""

    id = models.CharField(max_length=36, primary_key=True)
    """It is told to DocumentCloud too, so that a document made before a crash is found again."""
    file = models.CharField(max_length=36)
    version = models.IntegerField()
    """Its number."""
    digest = models.CharField(max_length=80)
    access = models.CharField(max_length=16, default="private")
    """private, organization, public"""
    by = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField()
    next_at = models.DateTimeField()
    """When to go on."""
    claimed = models.CharField(max_length=36, default="")
    """By which process, while one works on it."""
    attempts = models.IntegerField(default=0)
    state = models.CharField(max_length=16, default="waiting")
    """waiting, sending, processing (it is there, and being made readable), done, failed"""
    document = models.BigIntegerField(null=True)
    """DocumentCloud's number of it, from the moment it has one."""
    address = models.TextField(default="")
    """Of its page there."""
    sent = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    """Bytes."""
    problem = models.TextField(default="")
    """Why it failed, or waits: one sentence."""

    class Meta:
        default_permissions = ()
        indexes = (
            models.Index(fields=["file", "version"], name="sending_by_file"),
            models.Index(fields=["state", "next_at"], name="sending_by_due"),
        )


class MatchOwed(models.Model):
    """A commit whose new documents full-text subscriptions have not been asked about yet. Written with
    the commit, deleted with the deliveries that came of it.
    """

    commit = models.CharField(max_length=36, primary_key=True)
    portal = models.CharField(max_length=64)
    at = models.DateTimeField()
    next_at = models.DateTimeField()
    """When to ask (again): later than `at` where a text could not be read, or a first crawl still runs."""


class CrawlRequest(models.Model):
    """Somebody asks for a crawl now; `run` takes it. What becomes of it stands in `catalog.Crawl`."""

    id = models.CharField(max_length=36, primary_key=True)
    portal = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL)
    taken_at = models.DateTimeField(null=True)
