"""Who did what with accounts, portals, evidence: written once, never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NoReturn

from django.db import models

from releases.models import Account


class _Rows(models.QuerySet["AuditEntry"]):
    """Rows that can be added and read."""

    def update(self, **values: Any) -> NoReturn:
        del values
        raise TypeError("the audit log is not changed")

    def delete(self) -> NoReturn:
        raise TypeError("the audit log is not deleted; `forget` lets go of what is too old")

    def forget(self, before: datetime) -> int:
        """Let go of what was written before that time, as the retention says. How many."""
        return self.filter(at__lt=before)._raw_delete(using=self.db)  # noqa: SLF001  no row refers to these


class AuditEntry(models.Model):
    """One thing somebody did."""

    at = models.DateTimeField()
    account = models.ForeignKey(Account, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    """Whose account it was; null: nobody's (a failed login, the command line, the newsroom itself)."""
    name = models.CharField(max_length=150)
    """Its name then; of the command line and the newsroom themselves, what they are called."""
    action = models.CharField(max_length=48)
    """A word or two with a dot between, such as `login.failed`; `web.accounts.actions` says it in words."""
    about = models.CharField(max_length=300, default="")
    """Whom or what it was done to: an account's name, a portal, a capture's id."""
    detail = models.JSONField(default=dict)
    """Never what people search, read, watch or note."""

    objects = _Rows.as_manager()

    class Meta:
        default_permissions = ()
        indexes = (
            models.Index(fields=["at", "id"], name="audit_by_time"),
            models.Index(fields=["action", "at"], name="audit_by_action"),
            models.Index(fields=["name", "at"], name="audit_by_name"),
        )

    def save(self, *given: Any, **named: Any) -> None:
        """Add it. Raises TypeError for one that is written already."""
        if not self._state.adding:
            raise TypeError("the audit log is not changed")
        super().save(*given, **named)

    def delete(self, *given: Any, **named: Any) -> NoReturn:
        del given, named
        raise TypeError("the audit log is not deleted")
