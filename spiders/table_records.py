"""Rows of a table as records, by what the portal file says of its columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from config.portal import Portal
from releases.model import File, Record
from releases.model import Value as FieldValue
from spiders.errors import PageError
from spiders.fields import ANOTHER_FORM, date_forms
from spiders.links import file_of
from spiders.page import clean_link, iso, printed
from spiders.patterns import compiled, matched
from spiders.table_settings import Column, TableSettings, several
from spiders.tables import Table, TableRow, cell, flat
from spiders.tally import Tally

TEMPLATE = re.compile(r"\{([^{}]+)\}")
MOST_DATES = 10_000
ADDRESS = re.compile(r"https?://[^\s|<>\"]+")


class TableRecords:
    """Makes records; counts what each column gave."""

    def __init__(self, portal: Portal, settings: TableSettings, tallies: dict[str, Tally]) -> None:
        self._settings = settings
        self._taken = settings.taken
        self._flapping = frozenset(settings.flapping)
        self._all: frozenset[str] = frozenset()
        self._tallies = tallies
        self._files = settings.wanted_files
        self._aliases = several(settings.aliases) if settings.aliases else ()
        self._dates = {
            name: date_forms(portal, name, several(column.date)) for name, column in (self._taken or {}).items()
        }
        self._doubtful: frozenset[str] = frozenset()
        """Fields left out of the page that is read: its dates are in another form than they were."""
        self._iso: dict[tuple[str, str], str] = {}
        """Field and date as printed → ISO: a list has few days, and many rows."""
        self._patterns = {
            name: compiled(portal, f"columns.{name}.pattern", column.pattern)
            for name, column in (self._taken or {}).items()
            if column.pattern
        }
        for name, column in (self._taken or {}).items():
            tallies[f"columns.{name}"] = Tally(column.column, "table row")

    @property
    def wanted(self) -> dict[str, str]:
        """Column → the key of the portal file that asks for it."""
        settings = self._settings
        wanted = dict.fromkeys(settings.keys, "key")
        named = [("title", settings.title), ("url", settings.url), *(("aliases", name) for name in self._aliases)]
        templates = [text for name, what in self._files for text in (what, name if "{" in name else "")]
        for where, what in [*named, *(("files", text) for text in templates)]:
            for column in columns_of(what):
                wanted.setdefault(column, where)
        for name, taken in (self._taken or {}).items():
            if not taken.optional:
                wanted.setdefault(taken.column, f"columns.{name}")
        return wanted

    def first_page(self, table: Table) -> None:
        """Where all columns are taken: which there are, so that one that comes later is no change of every row."""
        if self._taken is None and table.columns is not None:
            self._all = frozenset(table.columns)

    def look_over(self, table: Table) -> None:
        """Which dates of a page can not be trusted, those that happen to be readable included."""
        wrong, rows = Counter[str](), 0
        dated = {name: column for name, column in (self._taken or {}).items() if self._dates[name]}
        for row in table.rows() if dated else ():
            rows += 1
            if isinstance(row, PageError):
                continue
            for name, column in dated.items():
                try:
                    self._read(name, column, cell(row.cells, column.column), row, table.url)
                except PageError:
                    wrong[name] += 1
        self._doubtful = frozenset(name for name, count in wrong.items() if count >= max(1, ANOTHER_FORM * rows))

    def key(self, row: TableRow, page: str) -> str:
        """The row's key. Raises PageError where one of its cells is empty."""
        settings = self._settings
        parts = [printed(_text(cell(row.cells, name))) for name in settings.keys]
        if None in parts:
            missing = settings.keys[parts.index(None)]
            raise PageError(page, f"{missing} (parameters.key, {row.place})", "a value", "an empty cell")
        return "/".join(str(part) for part in parts)

    def url(self, row: TableRow, page: str) -> str:
        """The record's own address, or the table's."""
        what = self._settings.url
        return (clean_link(page, _filled(what, row.cells, escape=True)) if what else "") or page

    def read(self, row: TableRow, key: str, page: str) -> Record:
        """The row's record. Raises PageError where a cell is not as the portal file says."""
        settings = self._settings
        fields = {name: value for name, value in self._fields(row, page) if name not in self._doubtful}
        files = tuple(self._files_of(row, page))
        title = printed(_filled(settings.title, row.cells)) if settings.title else None
        aliases = [_text(cell(row.cells, name)) for name in self._aliases]
        return Record(
            key=key,
            kind=settings.kind,
            url=self.url(row, page),
            title=title or key,
            fields=fields,
            files=files,
            aliases=tuple(name for name in dict.fromkeys(aliases) if name and name != key),
            printed_key=key,
            raw=msgspec.json.encode(row.cells).decode(),
            text="\n".join(f"{name}: {_text(value)}" for name, value in fields.items() if value not in (None, "", [])),
            flapping=self._flapping,
            # With no columns named, one that the publisher adds or drops is no change of each of its rows.
            absent_means_unknown=frozenset(fields) | self._all if self._taken is None else self._doubtful,
        )

    def _fields(self, row: TableRow, page: str) -> Iterator[tuple[str, FieldValue]]:
        if self._taken is None:
            for name, value in flat(row.cells):
                read = _value(value)
                tally = self._tallies.setdefault(f"columns.{name}", Tally(name, "table row"))
                tally.saw(row.place, 1, read)
                yield name, read
            return
        for name, column in self._taken.items():
            value = cell(row.cells, column.column)
            try:
                read = self._read(name, column, value, row, page)
            except PageError:
                self._tallies[f"columns.{name}"].saw(row.place, 1, None)
                raise
            self._tallies[f"columns.{name}"].saw(row.place, 1, read)
            yield name, read

    def _read(self, name: str, column: Column, value: Any, row: TableRow, page: str) -> FieldValue:
        where = f"{column.column} (parameters.columns.{name}, {row.place})"
        if isinstance(value, Mapping):
            raise PageError(page, where, "a value", f"a table; say e.g. {column.column}.{next(iter(value), '…')}")
        plain = not (column.pattern or column.split or self._dates[name] or column.type == "number")
        if plain or value is None:
            return _value(value)
        text = printed(_text(value))
        if text is None:
            return [] if column.split else None
        if column.pattern:
            found = self._patterns[name].search(page, text)
            if found is None:
                raise PageError(page, where, f"a value that matches {column.pattern!r}", repr(text[:80]))
            text = matched(found)
        if column.split:
            return [piece for part in text.split(column.split) if (piece := printed(part))]
        if self._dates[name]:
            known = self._iso.get((name, text))
            if known is None:
                known = iso(page, where, text, self._dates[name])
                if known is not None and len(self._iso) < MOST_DATES:
                    self._iso[name, text] = known
            return known
        return _number(page, where, text) if column.type == "number" else text

    def _files_of(self, row: TableRow, page: str) -> Iterator[File]:
        known: set[str] = set()
        for name, what in self._files:
            found = 0
            for address in _addresses(what, row.cells):
                link = clean_link(page, address)
                if not link or not _is_address(address):
                    raise PageError(page, f"{what} (parameters.files, {row.place})", "an address", repr(address[:80]))
                found += 1
                file = file_of(link, _filled(name, row.cells) if "{" in name else name, page, self._settings.identity)
                if (file.identity or file.url) not in known:
                    known.add(file.identity or file.url)
                    yield file
            self._tallies.setdefault(f"files {name}".strip(), Tally(what, "table row")).saw(row.place, found)


def columns_of(what: str) -> list[str]:
    """The columns that a column's name or a template names."""
    return TEMPLATE.findall(what) if "{" in what else [what] if what else []


def _filled(what: str, cells: Mapping[str, Any], *, escape: bool = False) -> str:
    """The column's value, or the template with its columns' values; empty where one of them is."""
    if "{" not in what:
        return _text(cell(cells, what))
    values = {name: _text(cell(cells, name)) for name in columns_of(what)}
    if not all(printed(value) for value in values.values()):
        return ""
    return TEMPLATE.sub(lambda found: quote(values[found[1]], safe="") if escape else values[found[1]], what)


def _addresses(what: str, cells: Mapping[str, Any]) -> list[str]:
    """Addresses in a column (one, a list of them, or several in one text), or the one a template makes."""
    if "{" in what:
        filled = _filled(what, cells, escape=True)
        return [filled] if filled else []
    value = cell(cells, what)
    found: list[str] = []
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, Mapping):
            one = next((text for text in one.values() if isinstance(text, str) and clean_link("", text)), None)  # noqa: PLW2901
        text = printed(_text(one))
        if text is None:
            continue
        several_there = ADDRESS.findall(text)
        found += several_there if len(several_there) > 1 else [text]
    return found


def _is_address(text: str) -> bool:
    """Whether a cell may hold an address: words are no address, though any word is a relative one."""
    plain = text.strip()
    return plain.startswith(("http://", "https://")) or (
        ("/" in plain or "." in plain) and not re.search(r"\s\S*\s|;", plain)
    )


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    return msgspec.json.encode(value).decode() if isinstance(value, Mapping) else str(value)


def _value(value: Any) -> FieldValue:
    """A cell as a field's value: texts tidied, dashes None, lists of texts or of tables of texts."""
    if isinstance(value, str):
        return printed(value)
    if isinstance(value, list):
        if value and all(isinstance(item, Mapping) for item in value):
            return [{str(name): _text(inner) for name, inner in item.items()} for item in value]
        return [_text(item) for item in value]
    if isinstance(value, Mapping):
        return msgspec.json.encode(value).decode()
    return value if isinstance(value, bool | int | float) else None


def _number(page: str, where: str, text: str) -> int | float:
    plain = re.sub(r"[\s,$\u00a0']", "", text)
    try:
        return float(plain) if "." in plain else int(plain)
    except ValueError:
        raise PageError(page, where, "a number", repr(text[:80])) from None
