"""What the portal file of a `listing` says, and the readers made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from config.portal import Portal
from spiders.fields import Reader, Take, check_selector, reader
from spiders.links import Identity
from spiders.page import Part
from spiders.parameters import wrong_parameter
from spiders.tally import Tally

NO_EXTRACTION = frozenset({"more", "last", "total", "empty", "empty_words", "flapping", "modified", "sitemap"})
"""Keys that say how a list ends or which changes are noise: the same rows give the same records."""
RESERVED = frozenset({"title", "text"})


class Key(Take, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where a record's key stands. With neither `select` nor `attribute`: in the row's link."""

    several: Literal["error", "records", "aliases"] = "error"
    """What a row with several keys is: an error, one record each, or one record with other names."""


class Detail(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What to read from the record's own page."""

    fields: dict[str, str | Take] = {}
    files: str | tuple[str, ...] = ()
    """Links to take as files; without it, those that end like documents."""
    title: str | Take = ""
    text: str | Take = ""
    """Where the page's own words stand: kept as the field `text`, and searchable."""
    browser: bool | None = None
    """Whether these pages are loaded in a browser, where that is otherwise than `browser` of the portal file says."""


class ListingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The [parameters] of a listing."""

    row: str
    """One element per record."""
    link: str | Take = ""
    """The row's link; without it, the row itself or its only link."""
    key: str | Key = ""
    """The name of a field, or where the key stands; without it, path and query of the link."""
    fields: dict[str, str | Take] = {}
    title: str | Take = ""
    """Without it, the text of the link."""
    kind: str = "document"
    files: str | tuple[str, ...] = ()
    """Links in the row to take as files; without it, those that end like documents."""
    detail: Detail | None = None
    modified: str = ""
    """With `detail`: the field of the row that says when the record was last changed, as `2026-01-31` or with a time
    (`date` makes it so). Pages of records for which that is as it was are not opened again."""
    sitemap: str = ""
    """With `detail`: a sitemap whose `lastmod` says so, where the row does not."""
    next: str = ""
    """The link to the following page; in a browser also what shows the next rows in the place of these."""
    more: str = ""
    """In a browser: what shows more rows below these, where it does not say so (`Load more`, `Cargar más`)."""
    pages: str = ""
    """Or the address of the page numbered {n}."""
    first_page: int = 1
    """The number of the first page, where `pages` counts from another than 1."""
    last: str | Take = ""
    """Where the page says how many pages there are."""
    total: str | Take = ""
    """Where the page says how many records there are."""
    empty: str = ""
    """What stands on a list without records."""
    empty_words: str = ""
    """Or what it says."""
    aliases: str | Take = ""
    """Other names of the record."""
    flapping: tuple[str, ...] = ()
    """Fields whose changes are noise."""
    identity: Identity = Identity()
    navigation: bool = False
    """Also take rows that stand in navigation, header, footer or aside."""


class Ready:
    """A listing's settings, checked, with a reader for each selector.

    Raises:
        ConfigError: a selector, pattern or date form is none; a key names no field; keys that exclude
            each other are both there.
    """

    def __init__(self, portal: Portal, settings: ListingSettings, tallies: dict[str, Tally]) -> None:
        self._portal = portal
        self._tallies = tallies
        self.settings = settings
        check_selector(portal, "row", settings.row)
        self.row = self.tally("row", settings.row, "page")
        self.link = self._optional("link", settings.link, "row", Take(attribute="href"))
        self.fields = self._readers("fields", settings.fields, "row")
        self.title = self._optional("title", settings.title, "row")
        self.aliases = self._optional("aliases", settings.aliases, "row")
        detail = settings.detail or Detail()
        self.detail_fields = self._readers("detail.fields", detail.fields, "detail page")
        self.detail_title = self._optional("detail.title", detail.title, "detail page")
        self.detail_text = self._optional("detail.text", detail.text, "detail page")
        if both := sorted(self.fields.keys() & self.detail_fields.keys()):
            raise wrong_parameter(
                portal, f"detail.fields.{both[0]}", detail.fields[both[0]], "the row has a field of this name"
            )
        self.key_field, self.key = self._key(settings.key)
        counts = {"last": settings.last, "total": settings.total}
        self.counts: Mapping[str, Reader] = {
            name: reader for name, what in counts.items() if (reader := self._optional(name, what, "page")) is not None
        }
        self.files, self.detail_files = _several(settings.files), _several(detail.files)
        for name, selectors in (("files", self.files), ("detail.files", self.detail_files)):
            for selector in selectors:
                check_selector(portal, name, selector)
        for name, selector in (("next", settings.next), ("more", settings.more), ("empty", settings.empty)):
            if selector:
                check_selector(portal, name, selector)
        self._exclusive()

    def tally(self, name: str, selector: str, per: str) -> Tally:
        """The tally of a selector that is no field."""
        return self._tallies.setdefault(name, Tally(selector, per))

    def files_tally(self, name: str, selectors: tuple[str, ...], per: str) -> Tally:
        """The tally of selectors of files."""
        return self.tally(name, ", ".join(selectors), per)

    def empty(self, page: Part) -> str | None:
        """The words in which the page says that it has no rows; None where it says nothing of the kind."""
        if self.settings.empty and (found := page.many(self.settings.empty)):
            return found[0].text or self.settings.empty
        if self.settings.empty_words:
            text = page.text
            at = text.casefold().find(self.settings.empty_words.casefold())
            if at >= 0:
                return text[at : at + len(self.settings.empty_words)]
        return None

    def _optional(self, name: str, what: str | Take, per: str, base: Take | None = None) -> Reader | None:
        if what in ("", Take()):
            return None
        if isinstance(what, str):
            what = msgspec.structs.replace(base or Take(), select=what)
        elif base is not None and not what.attribute:
            what = msgspec.structs.replace(what, attribute=base.attribute)
        return reader(self._portal, name, what, self._tallies, per)

    def _readers(self, table: str, fields: Mapping[str, str | Take], per: str) -> dict[str, Reader]:
        made = {}
        for name, what in fields.items():
            if name in RESERVED:
                raise wrong_parameter(
                    self._portal,
                    f"{table}.{name}",
                    what,
                    f"{name} is a key of its own: say {table.removesuffix('fields')}{name}",
                )
            made[name] = reader(self._portal, f"{table}.{name}", what, self._tallies, per)
        return made

    def _key(self, key: str | Key) -> tuple[str, Reader | None]:
        """The field that is the key, or the reader of the key; neither where the link is."""
        if isinstance(key, Key):
            if key == Key():
                return "", None
            return "", reader(self._portal, "key", key, self._tallies, "row")
        if key and key not in self.fields:
            known = ", ".join(self.fields) or "there are none"
            raise wrong_parameter(
                self._portal,
                "key",
                key,
                f"use the name of a field ({known}), or a table such as {{ select = {key!r} }}",
            )
        return key, None

    def _exclusive(self) -> None:
        settings, portal = self.settings, self._portal
        if settings.next and settings.pages:
            raise wrong_parameter(portal, "pages", settings.pages, "there is `next` too; use one of them")
        if settings.pages and "{n}" not in settings.pages:
            raise wrong_parameter(
                portal, "pages", settings.pages, "write {n} where the page's number stands, e.g. ?page={n}"
            )
        if not settings.kind.strip():
            raise wrong_parameter(portal, "kind", settings.kind, "must not be empty")
        known = [*self.fields, *self.detail_fields, "text"]
        if settings.modified and settings.modified not in self.fields:
            raise wrong_parameter(
                portal, "modified", settings.modified, f"use the name of a field of the row: {', '.join(self.fields)}"
            )
        for name in settings.flapping:
            if name not in known:
                raise wrong_parameter(portal, "flapping", name, f"there is no such field; fields: {', '.join(known)}")


def _several(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value
