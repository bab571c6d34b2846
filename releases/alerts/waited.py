"""Why a message comes later than its news, or as one for many: kept as data, worded when it is told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from releases.models import Subscription

Waited = dict[str, Any]


def many(number: int) -> Waited:
    """So many messages were due at once."""
    return {"many": number}


def late(due: datetime, now: datetime, missed: int) -> Waited:
    """A digest that stands for `missed` more which were never made."""
    return {"due": due.isoformat(), "now": now.isoformat(), "missed": missed} if missed else {}


def put_off(subscription: Subscription, reasons: Collection[str]) -> Waited:
    """News that came at once would have disturbed. `reasons`: as deliveries have them in `waits`."""
    known = [reason for reason in ("quiet hours", "most per day") if reason in reasons]
    return {"reasons": known, "quiet": subscription.quiet, "most": subscription.most_per_day}


def told(waited: Waited | str, local: ZoneInfo) -> str:
    """One sentence or two; empty where nothing waited. What was taken down in words before stays as it is."""
    if isinstance(waited, str):
        return waited
    if not waited:
        return ""
    if "many" in waited:
        return _("%(n)s messages were due at once; here they are in one.") % {"n": f"{waited['many']:,}"}
    if "due" in waited:
        due, now = (moment(datetime.fromisoformat(waited[name]), local) for name in ("due", "now"))
        return ngettext(
            "This digest was due on %(due)s, and %(n)s more digest was due since. recordwatch sent nothing from here "
            "before %(now)s, so this one message stands for all of them.",
            "This digest was due on %(due)s, and %(n)s more digests were due since. recordwatch sent nothing from here "
            "before %(now)s, so this one message stands for all of them.",
            waited["missed"],
        ) % {"due": due, "now": now, "n": f"{waited['missed']:,}"}
    said = []
    if "quiet hours" in waited["reasons"]:
        said.append(_("came during your quiet hours (%(hours)s)") % {"hours": waited["quiet"]})
    if "most per day" in waited["reasons"]:
        most = waited["most"]
        said.append(
            ngettext("went beyond the %(n)s message a day you asked for", "went beyond the %(n)s messages a day you asked for", most)
            % {"n": f"{most:,}"}
        )  # fmt: skip
    reasons = _(" or ").join(said or [_("waited for your digest")])
    return _("These %(reasons)s; here they are in one message.") % {"reasons": reasons}


def moment(at: datetime, local: ZoneInfo) -> str:
    """A time in the reader's zone, with the day of the week: `Sun 22 Nov 16:08`, `domingo 22 de noviembre, 16:08`."""
    if (get_language() or "en").startswith("es"):
        return date_format(at.astimezone(local), r"l j \d\e F, H:i")
    return f"{at.astimezone(local):%a %-d %b %H:%M}"
