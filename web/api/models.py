"""Tables of this part. People's settings: in the database alone, in no commit record."""

from __future__ import annotations

from django.db import models

from releases.models import Account


class Token(models.Model):
    """What a program shows instead of a password. The words of it are kept nowhere."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    """What it is for, as its owner calls it."""
    digest = models.CharField(max_length=64, unique=True)
    """SHA-256 of the token, in hex."""
    scopes = models.CharField(max_length=64)
    """Of `web.api.tokens.SCOPES`, with spaces between them."""
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_on = models.DateField(null=True)
    """The last day it was used; for what is written down nowhere."""
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
