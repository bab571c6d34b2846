"""Tables of this part. People's settings: in the database alone, in no commit record."""

from __future__ import annotations

from web.accounts.models_audit import AuditEntry as AuditEntry  # noqa: PLC0414  Django looks for an app's models here
