"""Writes `docs/reference/shipped-portals.md` from `spiders/portals/` and the catalogue of agencies."""

from __future__ import annotations

from pathlib import Path

from config.portal import read_portal
from spiders.agencies import EVIDENCE, agencies

PORTALS = Path(__file__).resolve().parents[1] / "spiders" / "portals"
OPENING = """# Portal files that ship

{note}
`recordwatch portals add SLUG` watches one. None was ever run against its live site: each file's comment says what it
rests on, and `recordwatch portals check SLUG` what is true today. How sure, and when that was seen: {evidence}. What
each spider knows of its platform is in [portals.md](../portals.md). {known} further agencies, without a file of their
own, are in `recordwatch portals catalogue`.

| slug | place | agency and portal | spider | how sure | seen in | since |
|---|---|---|---|---|---|---|
"""


def shipped_page(note: str) -> str:
    """The page: a row for each file, by place."""
    rows = sorted((one for one in agencies() if one.portal), key=lambda one: (one.place, one.name, one.portal))
    spiders = {path.stem: read_portal(path).spider for path in PORTALS.glob("*.toml")}
    assert {one.portal for one in rows} == spiders.keys(), "each file that ships has a row in spiders/agencies.jsonl"
    letters = ", ".join(f"**{letter}** {words}" for letter, words in EVIDENCE.items())
    known = sum(1 for one in agencies() if not one.portal)
    return OPENING.format(note=note, evidence=letters, known=known) + "".join(
        f"| `{one.portal}` | {one.place} | [{one.name}]({one.url}) | `{spiders[one.portal]}` "
        f"| {one.evidence} | {one.source} | {one.date} |\n"
        for one in rows
    )
