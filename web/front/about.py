"""How we know: what this newsroom vouches for, in plain words, and how anybody can check it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from importlib.metadata import version

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from config.home import Home
from releases.alerts.wording import web_link
from web.figures.jobs import COUNTS, ready
from web.shell import place
from web.shell.viewer import allowed


@allowed("read")
def about(request: HttpRequest) -> HttpResponse:
    """What is vouched for, with the numbers of this home."""
    home = place.home()
    counted = [kept.body for kept in ready(home, COUNTS)[COUNTS.what].values()]
    held = Counter[str]()
    for one in counted:
        held.update({"records": sum(one["states"].values()), "quarantined": one["quarantined"]})
        held.update({name: one[name] for name in ("exchanges", "bytes", "warcs")})
        held.update({f"restricted_{kind}": number for kind, number in one["restricted"].items()})
    began = min((one["since"] for one in counted if one["since"]), default=None)
    contact = home.settings.operator.contact.strip()
    shown = {
        "held": held,
        "portals": len(counted),
        "since": datetime.fromisoformat(began) if began else None,
        "operator": home.settings.operator,
        "contact_link": web_link(contact)
        or (f"mailto:{contact}" if contact.count("@") == 1 and " " not in contact else ""),
        "version": version("recordwatch"),
        "log": _log(home),
        "timestamps": bool(home.settings.timestamps.authority),
    }
    return render(request, "about/about.html", shown)


def _log(home: Home) -> tuple[int, str] | None:
    """Number and SHA-256 of the last entry of the witness log that this machine wrote; None where it wrote none."""
    try:
        number, digest = (home.keys / "log-head").read_text("ascii").split()
        return int(number), digest
    except (OSError, ValueError):
        return None
