"""What the portal file of a Socrata table says."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import msgspec

from config.portal import Portal
from spiders.parameters import wrong_parameter
from spiders.table_settings import Column, TableSettings, check_table

DATASET = re.compile(r"[a-z0-9]{4}-[a-z0-9]{4}")
MOST_ROWS = 50_000
"""Rows that the platform's older addresses give at once, whatever is asked for."""
NO_EXTRACTION = frozenset({"flapping", "page_size"})


class Repeated(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A table that has several rows per record: one for each officer, allegation, …"""

    field: str
    """The field that lists them."""
    columns: tuple[str, ...]
    """Columns that differ from row to row; all others must be the same."""


class SocrataSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The [parameters] of a Socrata table. Columns go by their API field names (`log_no`, not `LOG NO`)."""

    key: str | tuple[str, ...]
    """Column or columns that say which record a row is."""
    dataset: str = ""
    """The table's id, e.g. `mft5-nfa8`, where the address does not have it."""
    columns: tuple[str, ...] | dict[str, str | Column] = ()
    """Columns to take, as they are called or renamed; all of them by default."""
    where: str = ""
    """SoQL condition, e.g. `assignment = 'COPA'`."""
    repeated: Repeated | None = None
    kind: str = "row"
    title: str = ""
    """A column, or a template such as `Log {log_no}`."""
    url: str = ""
    """A column or template of an address that shows the record better than the platform's own row query."""
    files: str | tuple[str, ...] | dict[str, str] = ()
    aliases: str | tuple[str, ...] = ()
    flapping: tuple[str, ...] = ()
    page_size: int = 5000


def dataset_of(portal: Portal, settings: SocrataSettings) -> str:
    """The table's id: as said, else the last part of the address that looks like one. Raises ConfigError."""
    named = settings.dataset or in_address(portal.url)
    if not DATASET.fullmatch(named):
        raise wrong_parameter(portal, "dataset", named, "use the table's id, e.g. 'mft5-nfa8': it ends its address")
    return named


def in_address(url: str) -> str:
    """The table's id in an address such as `/d/<id>`, `/resource/<id>.json` or `/Topic/Name/<id>/about_data`."""
    parts = [part.partition(".")[0] for part in urlsplit(url).path.split("/")]
    return next((part for part in reversed(parts) if DATASET.fullmatch(part)), "")


def table_of(portal: Portal, settings: SocrataSettings) -> TableSettings:
    """The same, as the settings of a table of rows. Raises ConfigError."""
    if not 2 <= settings.page_size <= MOST_ROWS:
        raise wrong_parameter(portal, "page_size", settings.page_size, f"use 2 to {MOST_ROWS:,} rows")
    table = TableSettings(
        key=settings.key, columns=settings.columns, format="json", kind=settings.kind, title=settings.title,
        url=settings.url, files=settings.files, aliases=settings.aliases, flapping=settings.flapping,
    )  # fmt: skip
    check_table(portal, table)
    if settings.repeated is not None:
        fields = set(table.taken or ())
        if not settings.repeated.columns:
            raise wrong_parameter(portal, "repeated.columns", (), "name the columns that differ from row to row")
        if settings.repeated.field in fields or not settings.repeated.field.strip():
            raise wrong_parameter(portal, "repeated.field", settings.repeated.field, "use a name no other field has")
        if both := {column.column for column in (table.taken or {}).values()} & set(settings.repeated.columns):
            raise wrong_parameter(portal, "repeated.columns", min(both), "it is one of parameters.columns already")
    return table
