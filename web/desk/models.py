"""What people keep beside the archive: teams, watch lists, case folders, notes, secret addresses, links to records.

In the database alone, never in a commit record. Everything belongs to one person or to one team, and is shown to
nobody else: not to operators either.
"""

from __future__ import annotations

from django.db import models
from django.db.models import CASCADE, SET_NULL, Q

from releases.models import Account


class Team(models.Model):
    """People who keep things together. What is the team's stays the team's when somebody leaves."""

    id = models.CharField(max_length=36, primary_key=True)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """Somebody in a team. All members have the same rights."""

    team = models.ForeignKey(Team, on_delete=CASCADE, related_name="members")
    account = models.ForeignKey(Account, on_delete=CASCADE, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["team", "account"], name="once_in_a_team"),)


class Owned(models.Model):
    """One person's or one team's."""

    id = models.CharField(max_length=36, primary_key=True)
    owner = models.ForeignKey(Account, null=True, on_delete=CASCADE, related_name="+")
    """Whose it is alone; goes with the account."""
    team = models.ForeignKey(Team, null=True, on_delete=CASCADE, related_name="+")
    made_by = models.ForeignKey(Account, null=True, on_delete=SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        abstract = True


_ONE = Q(owner=None) ^ Q(team=None)


class WatchList(Owned):
    """Records that somebody keeps an eye on."""

    name = models.CharField(max_length=120)

    class Meta:
        constraints = (models.CheckConstraint(condition=_ONE, name="list_of_one"),)


class Watched(models.Model):
    """A record on a list."""

    list = models.ForeignKey(WatchList, on_delete=CASCADE, related_name="watched")
    record = models.CharField(max_length=36)
    at = models.DateTimeField()
    by = models.ForeignKey(Account, null=True, on_delete=SET_NULL, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["list", "record"], name="once_on_a_list"),)
        indexes = (models.Index(fields=["record"], name="watched_by_record"),)


class ListAlert(models.Model):
    """A subscription that tells of a list's records, whatever is on it."""

    list = models.ForeignKey(WatchList, on_delete=CASCADE, related_name="alerts")
    subscription = models.OneToOneField("releases.Subscription", on_delete=CASCADE, related_name="+")


class Folder(Owned):
    """A case folder: what belongs to one story, in the order its keepers gave it."""

    name = models.CharField(max_length=120)
    about = models.TextField(default="")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (models.CheckConstraint(condition=_ONE, name="folder_of_one"),)


class FolderItem(models.Model):
    """Something in a folder."""

    folder = models.ForeignKey(Folder, on_delete=CASCADE, related_name="items")
    place = models.IntegerField()
    kind = models.CharField(max_length=16)
    """record, file, capture, search, note"""
    what = models.CharField(max_length=36, default="")
    """Id of the record, file or capture."""
    version = models.IntegerField(default=0)
    """Of a record or file; 0: whatever is newest."""
    page = models.IntegerField(default=0)
    """1-based, of a file; 0: all of it."""
    text = models.TextField(default="")
    """The search's query; the note's words; of others, a remark."""
    at = models.DateTimeField()
    by = models.ForeignKey(Account, null=True, on_delete=SET_NULL, related_name="+")

    class Meta:
        indexes = (models.Index(fields=["folder", "place"], name="item_by_folder"),)


class Note(Owned):
    """Words about a record, a page of a file, or a capture."""

    kind = models.CharField(max_length=16)
    """record, file, capture"""
    what = models.CharField(max_length=36)
    page = models.IntegerField(default=0)
    """1-based, of a file; 0: about all of it."""
    text = models.TextField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (models.CheckConstraint(condition=_ONE, name="note_of_one"),)
        indexes = (models.Index(fields=["kind", "what"], name="note_by_what"),)


class SecretAddress(Owned):
    """An address whose name alone opens it, for readers, calendars and sheets that cannot log in.

    Belongs to nobody where somebody without an account made it for a subscription of theirs.
    """

    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, unique=True)
    """SHA-256 of the secret: the secret itself is shown once and kept nowhere."""
    kind = models.CharField(max_length=16)
    """everything, portal, search, subscription, list, deadlines"""
    about = models.TextField(default="")
    """A portal's slug, a query, an id; empty: all."""
    last_used_on = models.DateField(null=True)
    """The day, in UTC; nothing of who asked."""
    revoked_at = models.DateTimeField(null=True)


class SharedRecord(Owned):
    """A link to one record for somebody without an account."""

    record = models.CharField(max_length=36)
    digest = models.CharField(max_length=64, unique=True)
    note = models.CharField(max_length=200, default="")
    """For whom; shown to who made it."""
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    opened = models.IntegerField(default=0)

    class Meta:
        constraints = (models.CheckConstraint(condition=_ONE, name="link_of_one"),)


class Question(models.Model):
    """A mail that asks the owner of an address for a yes; gone once it was handed over."""

    subscription = models.OneToOneField("releases.Subscription", on_delete=CASCADE, primary_key=True, related_name="+")
    base = models.CharField(max_length=300)
    """Address of the newsroom as the one who asked sees it."""
    next_at = models.DateTimeField()
    attempts = models.IntegerField(default=0)


class Tally(models.Model):
    """How often somebody asked today. Who it was cannot be told from it; gone after a day."""

    key = models.CharField(max_length=64, primary_key=True)
    """A keyed hash of the address or client, and the day."""
    day = models.DateField()
    count = models.IntegerField(default=0)
