"""What a subscription asks for, and when it tells, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from archive.catalog.models import Portal
from releases.alerts.cadence import zone_to_show
from releases.models import Subscription
from web.templatetags.newsroom import event_words, label


def asked_in_words(filters: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(name, values) of what is asked for; all of it must hold."""
    if filters.get("everything"):
        return [(_("Everything"), _("every event of every portal"))]
    slugs = filters.get("portals") or []
    names = dict(Portal.objects.filter(slug__in=slugs).values_list("slug", "name"))
    records = len(filters.get("records") or [])
    said = [
        (_("Search"), filters.get("query") or ""),
        (_("Portals"), ", ".join(names.get(slug, slug) for slug in slugs)),
        (_("Records"), ", ".join(filters.get("keys") or [])),
        (_("Watch list"), ngettext("%(n)d record", "%(n)d records", records) % {"n": records} if records else ""),
        (_("Events"), ", ".join(event_words(kind) for kind in filters.get("kinds") or [])),
        (_("Kinds of record"), ", ".join(filters.get("record_kinds") or [])),
        (_("Words"), filters.get("words") or ""),
    ]
    said += [(label(name), str(wanted)) for name, wanted in (filters.get("fields") or {}).items()]
    return [(name, value) for name, value in said if value]


def cadence_words(cadence: str) -> str:
    """When messages come."""
    known = {
        "instant": _("at once"), "hourly": _("in a digest every hour"), "daily": _("in a digest every day"),
        "weekly": _("in a digest every week"),
    }  # fmt: skip
    return known.get(cadence, cadence)


def state_words(subscription: Subscription) -> str:
    """How a subscription stands."""
    if subscription.waits:
        return _("waits for a yes")
    if subscription.muted_at:
        return _("paused")
    said = cadence_words(subscription.cadence)
    if subscription.digest_due_at:
        local = zone_to_show(subscription.timezone)
        at = f"{subscription.digest_due_at.astimezone(local):%Y-%m-%d %H:%M} {local.key}"
        return _("%(cadence)s, next %(at)s") % {"cadence": said, "at": at}
    return said
