"""What `portals add` says: what the site is and why, the file, what it costs, and the first records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from shlex import quote
from typing import TYPE_CHECKING, Any

import msgspec

from cli import portals_check
from cli.event_words import count_of, size

if TYPE_CHECKING:
    from cli.portals_add import Addition
    from crawler.estimate import Estimate, Sizes
    from crawler.recognise import Recognised
    from spiders.agencies import Agency

KINDS = {"listing": "a list of links or documents", "table": "a list as CSV or JSON", "pages": "watched pages"}
"""What a site of its own is watched as."""


def kind_of(recognised: Recognised) -> str:
    """The platform, or how the site is watched."""
    return recognised.platform or KINDS.get(recognised.proposal.spider, recognised.proposal.spider)


def heading(recognised: Recognised) -> list[str]:
    """The comment at the top of the portal file."""
    day = datetime.now(UTC).date().isoformat()
    lines = [f"Proposed by `recordwatch portals add {recognised.asked}` on {day}: {kind_of(recognised)}."]
    lines += [f"- {sentence}" for sentence in evidence(recognised)]
    if doubts := list(recognised.proposal.doubts):
        lines += ["To look at:", *(f"- {sentence}" for sentence in doubts)]
    return lines


def evidence(recognised: Recognised) -> list[str]:
    """Why it is that platform: signs of the first answer, then what its own questions told."""
    signs = next((look.signs for look in recognised.looks if look.platform == recognised.platform), ())
    return list(dict.fromkeys([*signs, *recognised.proposal.evidence]))


def addition(one: Addition) -> list[str]:
    """Everything, for people."""
    lines: list[str] = []
    if one.recognised is None:
        lines += [f"{one.portal.url} has a portal file that ships with recordwatch: {one.portal.slug}"]
    else:
        lines += _recognised(one.recognised)
    if one.agency is not None:
        lines += [f"  catalogue: {one.agency.name}, {one.agency.place} ({one.agency.source}, {one.agency.date})"]
        if one.recognised is not None and one.agency.portal:
            lines += [f"  recordwatch ships a file of its own for it: `recordwatch portals add {one.agency.portal}`"]
    lines += [
        "",
        f"PORTAL FILE portals/{one.portal.slug}.toml",
        *(f"  {line}".rstrip() for line in one.text.splitlines()),
    ]
    lines += ["", "WHAT IT TAKES", *(f"  {line}" for line in estimated(one.estimate, media=one.portal.media))]
    return [*lines, "", "CHECK", *portals_check.told(one.checked)]


def _recognised(one: Recognised) -> list[str]:
    moved = "" if one.seen.url == one.asked else f" (sent on to {one.seen.url})"
    lines = [f"{one.asked}{moved}: {kind_of(one)}"]
    lines += [f"  because {sentence}" for sentence in evidence(one)]
    lines += [
        f"  but it also looks like {look.platform}: {'; '.join(look.signs)}; --platform {look.name} believes that"
        for look in one.others
    ]
    lines += [f"  not {sentence}" for sentence in one.refused]
    lines += [f"  look at: {sentence}" for sentence in one.proposal.doubts]
    return lines


def estimated(estimate: Estimate, *, media: bool) -> list[str]:
    """Records, files, bytes, money and time."""
    if estimate.records is None:
        records = "records       not known: the portal does not say, and the check did not see the end of its list"
    else:
        how = "" if estimate.records_known else ", guessed from its pages"
        records = f"records       {estimate.records:,}{how}"
    lines = [records, f"documents     {_files(estimate, estimate.documents)}"]
    choice = "; taken (--with-video)" if media else "; listed, not fetched (--with-video takes them)"
    lines.append(f"video, sound  {_files(estimate, estimate.media)}{choice if estimate.media.files != 0 else ''}")
    if estimate.seconds is not None and estimate.requests is not None:
        lines.append(
            f"first crawl   {count_of(estimate.requests, 'request')} at one per {estimate.delay:g} s: "
            f"{lasting(estimate.seconds)} or more"
        )
    else:
        lines.append(f"first crawl   not known; one request per {estimate.delay:g} s")
    lines.append(f"storage costs are at ${estimate.price:g} per GB and month (--price-per-gb)")
    return lines


def _files(estimate: Estimate, sizes: Sizes) -> str:
    if sizes.files == 0:
        return "none"
    many = "how many is not known" if sizes.files is None else f"{'' if sizes.known else 'about '}{sizes.files:,}"
    if sizes.bytes is None:
        asked = f" ({count_of(sizes.sampled, 'file')} said theirs)" if sizes.sampled else ""
        return many if sizes.files is None and not sizes.sampled else f"{many}; their size is not known{asked}"
    told = "as the portal says" if sizes.said_bytes is not None else f"from {count_of(sizes.sampled, 'file')} asked"
    monthly = estimate.monthly(sizes) or 0.0
    cost = f"${monthly:,.2f}" if monthly >= 0.01 else "less than a cent"
    return f"{many}, {size(sizes.bytes)} ({told}), {cost} a month"


def lasting(seconds: float) -> str:
    """A time in words."""
    if seconds < 90:
        return count_of(max(1, round(seconds)), "second")
    if seconds < 90 * 60:
        return count_of(round(seconds / 60), "minute")
    if seconds < 36 * 3600:
        return count_of(round(seconds / 3600), "hour")
    return count_of(round(seconds / 86400), "day")


def candidates(what: str, found: Sequence[Agency]) -> list[str]:
    """Several that fit, and what to type."""
    lines = [
        f"{count_of(len(found), 'agency').replace('agencys', 'agencies')} of the catalogue fit {what!r}; say which:"
    ]
    for one in found:
        lines += ["", f"{one.name}, {one.place}"]
        lines.append(f"    {one.platform}; {one.source}, {one.date} ({one.evidence})")
        lines.append(f"    recordwatch portals add {quote(one.portal or one.url)}")
    return lines


def as_row(one: Addition) -> dict[str, Any]:
    """Everything, for machines."""
    from crawler.check import as_row as checked_row

    recognised, estimate = one.recognised, one.estimate
    return {
        "portal": one.portal.slug, "file": one.file, "why_not": one.why_not,
        "platform": recognised.platform if recognised else "", "spider": one.portal.spider,
        "evidence": evidence(recognised) if recognised else ["a portal file that ships with recordwatch"],
        "others": [{"platform": look.name, "signs": look.signs} for look in recognised.others] if recognised else [],
        "refused": recognised.refused if recognised else [],
        "doubts": recognised.proposal.doubts if recognised else [],
        "catalogue": one.agency, "settings": msgspec.to_builtins(one.portal), "toml": one.text,
        "estimate": {
            "records": estimate.records, "records_known": estimate.records_known,
            "documents": _sizes_row(estimate, estimate.documents), "media": _sizes_row(estimate, estimate.media),
            "requests": estimate.requests, "seconds": estimate.seconds, "price_per_gb": estimate.price,
        },
        "check": checked_row(one.checked, portals_check.SHOWN),
    }  # fmt: skip


def _sizes_row(estimate: Estimate, sizes: Sizes) -> dict[str, Any]:
    return {
        "files": sizes.files, "known": sizes.known, "bytes": sizes.bytes, "sampled": sizes.sampled,
        "per_month": estimate.monthly(sizes),
    }  # fmt: skip
