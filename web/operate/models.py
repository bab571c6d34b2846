"""Tables of this part. Derived or passing: nothing here is missed when it is lost."""

from __future__ import annotations

from django.db import models

from releases.models import Account


class Job(models.Model):
    """A command that the keeper runs for operators: `portals check`, `doctor`. One at a time."""

    kind = models.CharField(max_length=16)
    """check, doctor"""
    portal = models.CharField(max_length=64, default="")
    text = models.TextField(default="")
    """The portal file to check, where it is not the one that is watched."""
    by = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=16, default="waiting")
    """waiting, running, done, failed (said nothing that can be read), late (took too long), stopped"""
    said = models.JSONField(null=True)
    """What it printed: a list of JSON objects."""
    problem = models.TextField(default="")
    """What it printed as its error."""

    class Meta:
        default_permissions = ()
        indexes = (
            models.Index(fields=["state", "asked_at"], name="job_by_state"),
            models.Index(fields=["kind", "portal", "asked_at"], name="job_by_portal"),
        )


class Figure(models.Model):
    """Something that takes long to count, as it was when the keeper last looked."""

    name = models.CharField(max_length=32, primary_key=True)
    at = models.DateTimeField()
    stamp = models.CharField(max_length=64, default="")
    """Of what it was counted from: the same, and it need not be counted again."""
    value = models.JSONField()

    class Meta:
        default_permissions = ()
