"""Tables of this part. People's settings: in the database alone, in no commit record."""

from __future__ import annotations

from django.db import models

from releases.models import Account
from web.accounts.models_audit import AuditEntry as AuditEntry  # noqa: PLC0414  Django looks for an app's models here


class Link(models.Model):
    """Something that one link does once: an invitation, a new password, another mail address."""

    purpose = models.CharField(max_length=16)
    """invitation, password, address"""
    digest = models.CharField(max_length=64, default="")
    """SHA-256 of what the link says, in hex; empty until the letter with it is written. The words are kept nowhere."""
    account = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="+")
    """Whose; null for an invitation, and for a password until somebody looked who has that address."""
    email = models.EmailField(max_length=254, default="")
    """Where the letter goes."""
    name = models.CharField(max_length=150, default="")
    """Of the account that an invitation makes, as the operator suggests it."""
    role = models.CharField(max_length=16, default="")
    """Of the account that an invitation makes."""
    language = models.CharField(max_length=8, default="")
    base = models.CharField(max_length=300, default="")
    """Address of the newsroom as the one who asked for it sees it."""
    by = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    letter_at = models.DateTimeField(null=True)
    """When its letter is tried (again); null: it is sent, or there is none."""
    tries = models.IntegerField(default=0)
    problem = models.TextField(default="")
    """Why the letter did not leave."""
    ended_at = models.DateTimeField(null=True)
    """When it was used, replaced or taken back."""
    ended = models.CharField(max_length=16, default="")
    """used, replaced, revoked"""

    class Meta:
        default_permissions = ()
        indexes = (
            models.Index(fields=["digest"], name="link_by_digest"),
            models.Index(fields=["letter_at"], name="link_by_letter"),
            models.Index(fields=["account", "purpose"], name="link_by_account"),
            models.Index(fields=["purpose", "made_at"], name="link_by_purpose"),
        )


class Visit(models.Model):
    """A browser in which somebody is logged in."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    session = models.CharField(max_length=40, unique=True)
    """Key of Django's session."""
    browser = models.CharField(max_length=80, default="")
    """Browser and system in a few words; the address it comes from is not kept."""
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    """To the hour."""

    class Meta:
        default_permissions = ()
        indexes = (models.Index(fields=["account", "seen_at"], name="visit_by_account"),)


class Attempts(models.Model):
    """How often something was tried lately under one name, from one network or by one browser."""

    key = models.CharField(max_length=64, primary_key=True)
    """A keyed hash: names and addresses stand nowhere."""
    count = models.IntegerField(default=0)
    last_at = models.DateTimeField()
    until = models.DateTimeField()
    """No further try before this."""

    class Meta:
        default_permissions = ()
        indexes = (models.Index(fields=["last_at"], name="attempts_by_time"),)
