"""What is kept of a person, in words."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def kept_words(name: str) -> str:
    """What is kept of a person, in words; the names are those of the JSON."""
    known = {
        "subscriptions": _("alerts"), "deliveries": _("messages"), "watch_lists": _("watch lists"), "folders": _("case folders"),
        "notes": _("notes"), "secret_addresses": _("secret addresses"), "shared_links": _("links for others"),
        "teams": _("teams"), "put_on_team_lists": _("put on a team's lists"),
        "put_into_team_folders": _("put into a team's folders"),
        "sent_to_documentcloud": _("sent to DocumentCloud"),
    }  # fmt: skip
    return known.get(name, name.replace("_", " "))
