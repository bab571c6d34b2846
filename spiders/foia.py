"""Records requests (FOIA) as records: the same fields on every platform, so that one rule or search fits all.

| field | what |
|---|---|
| `number` | the request's number as printed |
| `text` | what was asked for |
| `status` | as printed |
| `state` | `open`, `closed` or `unknown`: what the status means; deadlines go by it |
| `requested_date`, `due_date`, `closed_date` | ISO 8601; as the portal prints them |
| `departments`, `staff` | lists; the office's own, where published |
| `timeline` | list of {"date", "what", "text"}, oldest first |

Who asked is no field, even where a portal prints it: requesters are private people as often as not, and the
page in the archive proves what it said (docs/ethics.md).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from releases.model import Value
from spiders.page import tidy

State = Literal["open", "closed", "unknown"]

CLOSED = re.compile(
    r"\b(?:clos(?:ed|ure)|complet(?:ed?|ion)|fulfilled|denied|denial|reject(?:ed)?|withdrawn|cancell?ed|released?|"
    r"granted|exempt|no (?:responsive )?(?:documents|records)|abandoned|done|resolved|duplicate|transferred|"
    r"partially (?:closed|released|fulfilled))\b",
    re.IGNORECASE,
)
OPEN = re.compile(
    r"\b(?:open(?:ed)?|new|received|submitted|acknowledged|ack|assigned|processing|in (?:progress|process|review)|process|"
    r"pending|awaiting|due soon|overdue|active|under review|clarification|on hold|extended|extension|appeal(?:ing|ed)?|"
    r"reopened|fix|payment|review)\b",
    re.IGNORECASE,
)


def state(status: str | None) -> State:
    """What a printed status means; `unknown` where its words say neither, and where they say both, the first one."""
    words = tidy(status or "")
    closed, opened = CLOSED.search(words), OPEN.search(words)
    if closed and opened:
        return "closed" if closed.start() < opened.start() else "open"
    return "closed" if closed else "open" if opened else "unknown"


def request_fields(
    *,
    number: str,
    text: str | None,
    status: str | None,
    requested: str | None,
    due: str | None = None,
    closed: str | None = None,
    departments: Sequence[str] = (),
    staff: Sequence[str] = (),
    timeline: Sequence[dict[str, str]] = (),
    meaning: State | None = None,
) -> dict[str, Value]:
    """The fields of a `kind="request"` record; dates are ISO 8601 already. `meaning`: the platform's own state,
    where its API says so in a code instead of words.
    """
    return {
        "number": number, "text": text, "status": status, "state": meaning or state(status),
        "requested_date": requested, "due_date": due, "closed_date": closed,
        "departments": list(departments), "staff": list(staff), "timeline": list(timeline),
    }  # fmt: skip
