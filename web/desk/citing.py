"""Citations: agency, title, when it was captured, digest, permalink; in plain words, Markdown, BibTeX and CSL-JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec
from django.utils.translation import gettext as _

from archive.catalog.models import Capture, Portal
from config.errors import ConfigError
from releases.access import without_names
from releases.alerts.wording import clean, web_link
from releases.models import FileVersion, RecordVersion
from web.desk.mine import nothing
from web.desk.things import Thing, thing
from web.front.told import record_address
from web.shell import place


@dataclass(frozen=True, slots=True)
class Citation:
    """One source, as it was captured."""

    kind: str
    id: str
    agency: str
    title: str
    captured_at: datetime | None
    digest: str
    """Of the bytes that were captured."""
    permalink: str
    """Our page of it."""
    evidence: str
    """Our page of the capture that proves just this version; empty where that is `permalink`."""
    source: str
    """At the portal, as http(s); else empty."""
    version: int
    page: int
    key: str
    """Of the record; empty for a capture."""


def cite(kind: str, ident: str, base: str, *, version: int = 0, page: int = 0, about: Thing | None = None) -> Citation:
    """A record's, file's or capture's citation. `version` 0: the newest; `about`: it, looked up already.

    Raises Shown (404).
    """
    about = about or thing(kind, ident)
    if kind == "capture":
        capture = Capture.objects.get(id=about.id)
        return Citation(
            kind, about.id, _agency(capture.portal), without_names(clean(capture.url, 300)), capture.at,
            capture.payload_digest, f"{base}/captures/{capture.id}", "", web_link(capture.url), 0, 0, "",
        )  # fmt: skip
    record = about.record
    if record is None:
        raise nothing()
    if kind == "file":
        held = _version_of(FileVersion.objects.filter(file=about.id), version)
        where = f"{base}{about.address}?v={held.number}" + (f"&page={page}" if page else "")
        title = about.title + (f", {_('page %d') % page}" if page else "")
        return Citation(
            kind, about.id, _agency(record.portal), title, held.at, held.digest, where, f"{base}/captures/{held.capture}", web_link(held.url),
            held.number, page, record.key,
        )  # fmt: skip
    seen = _version_of(RecordVersion.objects.filter(record=record.id), version)
    proof = Capture.objects.filter(id__in=seen.captures[:50]).order_by("at").first()
    key = clean(record.printed_key or record.key, 120)
    title = without_names(clean(seen.title or record.title, 300))
    if key.casefold() not in title.casefold():
        title = " · ".join(filter(None, (key, title)))
    return Citation(
        kind, record.id, _agency(record.portal), title, proof.at if proof else seen.at,
        proof.payload_digest if proof else "", f"{base}{record_address(record.portal, record.key)}",
        f"{base}/captures/{proof.id}" if proof else "",
        web_link(seen.url or record.url), seen.number, 0, record.key,
    )  # fmt: skip


def _version_of(versions: Any, number: int) -> Any:
    found = versions.filter(number=number).first() if number else versions.order_by("-number").first()
    if found is None:
        raise nothing()
    return found


def _agency(slug: str) -> str:
    try:
        return clean(place.home().portal(slug).agency, 200)
    except ConfigError:
        row = Portal.objects.filter(slug=slug).first()
        return clean(row.name if row else slug, 200)


def plainly(one: Citation) -> str:
    """One paragraph."""
    at = (
        f"{one.captured_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if one.captured_at else _("at a time that is not known")
    )
    said = [f"{one.agency}, “{one.title}”"]
    if one.version:
        said.append(_("version %d") % one.version)
    said.append(_("captured %s") % at)
    if one.digest:
        said.append(one.digest)
    return " ".join(filter(None, (f"{', '.join(said)}.", one.permalink, one.evidence)))


def markdown(one: Citation) -> str:
    """The same with links; what Markdown would take for markup is escaped."""
    at = f"{one.captured_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if one.captured_at else ""
    said = [f"{_md(one.agency)}, [{_md(one.title)}]({_link(one.permalink)})"]
    said += [_("version %d") % one.version] if one.version else []
    said += [_("captured %s") % at] if at else []
    said += [f"`{one.digest}`"] if one.digest else []
    said += [f"[{_('evidence')}]({_link(one.evidence)})"] if one.evidence else []
    said += [f"[{_('source')}]({_link(one.source)})"] if one.source else []
    return ", ".join(said)


def bibtex(one: Citation) -> str:
    """An entry of the type `misc`."""
    at = one.captured_at.astimezone(UTC) if one.captured_at else None
    values = {
        "author": f"{{{_tex(one.agency)}}}", "title": f"{{{_tex(one.title)}}}", "year": f"{at:%Y}" if at else "",
        "url": _url(one.permalink), "urldate": f"{at:%Y-%m-%d}" if at else "",
        "note": _tex(", ".join(filter(None, (
            _("version %d") % one.version if one.version else "",
            _("captured %s") % f"{at:%Y-%m-%d %H:%M} UTC" if at else "", one.digest,
        )))), "howpublished": _url(one.evidence),
    }  # fmt: skip
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in values.items() if value)
    return f"@misc{{recordwatch-{one.kind}-{one.id}{f'-{one.version}' if one.version else ''},\n{lines}\n}}\n"


def csl(one: Citation) -> bytes:
    """CSL-JSON, as Zotero and others read it: a list of one."""
    at = one.captured_at.astimezone(UTC) if one.captured_at else None
    item = {
        "id": f"recordwatch-{one.kind}-{one.id}", "type": "webpage" if one.kind == "capture" else "document",
        "title": one.title, "author": [{"literal": one.agency}], "URL": one.permalink, "archive": "recordwatch",
        "archive_location": one.digest, "version": str(one.version) if one.version else None,
        "page": str(one.page) if one.page else None, "source": one.source or None,
        "accessed": {"date-parts": [[at.year, at.month, at.day]]} if at else None,
        "note": " ".join(filter(None, (f"captured {at:%Y-%m-%dT%H:%M:%SZ}" if at else "", one.evidence))),
    }  # fmt: skip
    known = {name: value for name, value in item.items() if value not in (None, "")}
    return msgspec.json.format(msgspec.json.encode([known]), indent=1) + b"\n"


def _md(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", text)


def _tex(text: str) -> str:
    """Braces and backslashes would change what an entry means; the other signs are TeX's own."""
    plain = re.sub(r"[{}\\]", " ", text)
    return re.sub(r"([&%$#_])", r"\\\1", plain).replace("~", r"\textasciitilde{}").replace("^", r"\textasciicircum{}")


def _url(text: str) -> str:
    return quote(text, safe="%/:?#[]@!$&'()*+,;=~-._")


def _link(text: str) -> str:
    return quote(text, safe="%/:?#@!$&'*+,;=~-._")
