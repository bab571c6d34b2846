"""The rows of one page of a list, each read with what its portal file says of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from releases.model import File
from releases.model import Value as FieldValue
from spiders.errors import PageError
from spiders.fields import ANOTHER_FORM, Reader, Value
from spiders.links import files_of, is_document, key_of
from spiders.listing_settings import Key, Ready
from spiders.page import Part, clean_link


@dataclass(frozen=True, slots=True)
class Row:
    """One record as its row tells it."""

    key: str
    link: str
    """Where the row leads; empty for rows without a link."""
    url: str
    """The record's address: the link's, or the list's."""
    title: str
    fields: dict[str, FieldValue]
    files: tuple[File, ...]
    aliases: tuple[str, ...] = ()
    printed_key: str = ""
    raw: str = field(default="", repr=False)
    text: str = ""
    unsaid: frozenset[str] = frozenset()
    """Fields left out, because dates of the page are in another form than they were."""
    error: PageError | None = None
    """What was wrong with a row whose key could be read: it is there, and what it says is not known."""


def read_rows(page: Part, ready: Ready, host: str) -> tuple[list[Row], list[PageError]]:
    """Every row of `page` whose key could be read, in order, and what was wrong with the others.

    Raises:
        PageError: there are matches of the row selector, and all stand in the navigation.
    """
    found = page.many(ready.settings.row)
    around: dict[int, bool] = {}
    elements = found if ready.settings.navigation else [row for row in found if not row.in_navigation(around)]
    ready.row.saw(page.url, len(elements))
    ready.row.in_navigation += len(found) - len(elements)
    if found and not elements:
        raise PageError(
            page.url, f"{ready.settings.row} (parameters.row)", "rows outside the site's navigation",
            f"{len(found)}, all in navigation, header, footer or aside (parameters.navigation = true takes them)",
        )  # fmt: skip
    rows: list[Row] = []
    errors: list[PageError] = []
    # A row of headings alone (th) is the head of its table, not a record.
    for number, element in enumerate(elements, 1):
        if element.tag == "tr" and not element.children("td"):
            continue
        try:
            rows += _read(element, ready, host, f"row {number}")
        except PageError as error:
            errors.append(error)
    if doubtful := _doubtful(rows, ready):
        rows = [replace(row, fields=_without(row.fields, doubtful), unsaid=doubtful) for row in rows]
    return rows, errors


def _doubtful(rows: Sequence[Row], ready: Ready) -> frozenset[str]:
    wrong = Counter(row.error.selector for row in rows if row.error is not None)
    return frozenset(
        name for name, field in ready.fields.items()
        if field.dates and wrong[field.name] >= max(1, ANOTHER_FORM * len(rows))
    )  # fmt: skip


def _without(fields: dict[str, FieldValue], names: frozenset[str]) -> dict[str, FieldValue]:
    return {name: value for name, value in fields.items() if name not in names}


def _read(row: Part, ready: Ready, host: str, place: str) -> Iterator[Row]:
    link, label = _link(row, ready, place)
    fields: dict[str, FieldValue] = {}
    if ready.key_field:
        fields[ready.key_field] = ready.fields[ready.key_field].read(row, place)
    keys, printed = _keys(row, ready, link, host, fields, place)
    several = ready.settings.key.several if isinstance(ready.settings.key, Key) else "error"
    error: PageError | None = None
    title, aliases, files = "", list[str](), tuple[File, ...]()
    try:
        fields = {name: fields.get(name) or field.read(row, place) for name, field in ready.fields.items()}
        title = _words(ready.title.read(row, place)) if ready.title is not None else label
        aliases = list(_list(ready.aliases.read(row, place))) if ready.aliases is not None else []
        files = _files(row, ready)
    except PageError as wrong:
        error = wrong
    if several == "aliases":
        keys, aliases = keys[:1], [*aliases, *keys[1:]]
    for key in keys:
        others = tuple(name for name in dict.fromkeys(aliases) if name != key)
        yield Row(
            key,
            link,
            link or row.url,
            title or key,
            fields,
            files,
            others,
            printed and key,
            row.html,
            row.text,
            error=error,
        )


def _link(row: Part, ready: Ready, place: str) -> tuple[str, str]:
    """The row's link and its text. Without `link`, the row itself or the only address in it."""
    if ready.link is not None:
        value = _words(ready.link.read(row, place))
        href = clean_link(row.url, value)
        if value and not href:
            raise PageError(
                row.url, f"{ready.link.take.select} (parameters.link, {place})", "an http(s) link", repr(value)
            )
        label = next((part.label() for part in ready.link.parts(row)), "")
        return href, label
    links = [row] if row.tag == "a" and row.attribute("href") else row.many("a[href]")
    names: dict[str, str] = {}
    for one in links:
        if href := one.address("href"):
            names[href] = names.get(href) or one.label() or one.attribute("title")
    ready.tally("link", "(the only link of the row)", "row").saw(place, len(names))
    if len(names) > 1:
        documents = [href for href in names if is_document(href)]
        pages = [href for href in names if not is_document(href)]
        # One page of its own among documents is the record's; several documents belong to one record.
        if len(pages) == 1:
            return pages[0], names[pages[0]]
        keyed = ready.key_field or ready.key is not None
        if keyed and (ready.settings.detail is None or not pages):
            return "", row.text[:200]
        raise PageError(
            row.url, f"a[href] (parameters.link, {place})", "1 link, or parameters.link to say which",
            f"{len(names)}: {', '.join([*pages, *documents][:3])}",
        )  # fmt: skip
    return next(iter(names.items()), ("", ""))


def _keys(
    row: Part, ready: Ready, link: str, host: str, fields: dict[str, FieldValue], place: str
) -> tuple[list[str], str]:
    """The row's keys, and a text that is empty unless they are printed on the page."""
    if ready.key_field:
        key = _words(fields[ready.key_field])
        if not key:
            raise PageError(
                row.url, f"the key (parameters.key = {ready.key_field!r}, {place})", "a value", "an empty field"
            )
        return [key], key
    if ready.key is not None:
        return _found_keys(row, ready, ready.key, link, place)
    if not link:
        raise PageError(
            row.url,
            f"a[href] (parameters.link, {place})",
            "a link, from which the key is made",
            "none (or say parameters.key)",
        )
    return [key_of(link, host, ready.settings.identity.ignore_parameters)], ""


def _found_keys(row: Part, ready: Ready, reader: Reader, link: str, place: str) -> tuple[list[str], str]:
    settings, take = ready.settings.key, reader.take
    several = isinstance(settings, Key) and settings.several != "error"
    if take.select or take.attribute:
        texts = reader.texts(row, every=several)[0]
        printed = "" if take.attribute else "yes"
        looked_in = f"{row.text[:80]!r}"
    else:
        texts, printed = reader.inside(row.url, link, every=several), ""
        looked_in = f"the link {link!r}" if link else 'the row has no link; select = "." looks in its text'
    keys = list(dict.fromkeys(text for text in texts if text))
    reader.tally.saw(place, len(keys), keys[0] if keys else None)
    if not keys or (len(keys) > 1 and not several):
        found = ", ".join(map(repr, keys[:3])) if keys else f"none ({looked_in})"
        if keys:
            found += '; parameters.key.several = "records" or "aliases" says what they are'
        expected = "at least 1 key" if several else "1 key"
        raise PageError(row.url, f"the key (parameters.key, {place})", expected, found)
    return keys, printed


def _files(row: Part, ready: Ready) -> tuple[File, ...]:
    if not ready.files:
        links = [row] if row.tag == "a" and row.attribute("href") else row.many("a[href]")
        links = [link for link in links if is_document(link.address("href"))]
        return files_of(links, ready.settings.identity)
    links = [link for selector in ready.files for link in row.many(selector) if link.address("href")]
    ready.files_tally("files", ready.files, "row").saw(row.text[:60], len(links))
    return files_of(links, ready.settings.identity)


def _words(value: Value | FieldValue) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _list(value: Value) -> Sequence[str]:
    return value if isinstance(value, list) else [value] if value else []
