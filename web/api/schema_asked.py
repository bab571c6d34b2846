"""Types of what questions are answered with: searches, comparisons, deadlines."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ninja import Field, Schema


class Hit(Schema):
    type: str
    portal: str
    key: str
    printed_key: str
    title: str
    state: str
    kind: str
    file: str
    file_id: str
    version: int
    page: int
    seconds: float | None
    confidence: float | None
    url: str
    address: str = Field(description="Our page of it.")
    said_in: str = Field(description="Our page of where its record says the words, if it says none of them itself.")
    capture: str
    at: datetime
    score: float
    snippet: str
    marks: list[list[int]]


class FacetValue(Schema):
    value: str
    count: int


class Hits(Schema):
    rows: list[Hit]
    next: str | None
    documents: int
    facets: dict[str, list[FacetValue]]


class FieldChange(Schema):
    name: str
    old: Any
    new: Any


class Compared(Schema):
    portal: str
    key: str
    file: str | None
    old: int | None = Field(description="Number of the older version; null where there are not two.")
    new: int | None
    fields: list[FieldChange]
    state: str = Field(description="done; running: ask again; withheld; none: nothing to compare inside.")
    inside: Any = Field(None, description="What differs in the text, as docs/reference/diff.md tells it.")
    trouble: str = ""


class Deadline(Schema):
    """A case as a rule has it, or (`status` is `date`) a day that its page names. Days are those at the portal's place."""

    portal: str
    key: str
    printed_key: str
    title: str
    kind: str
    state: str
    rule: str
    status: str
    why: str
    url: str
    remarks: list[str] = []
    unit: str | None = None
    field: str | None = None
    start: date | None = None
    due: date | None = None
    due_if_extended: date | None = None
    standing: str | None = None
    days_late_least: int | None = None
    days_late: int | None = None
    days_left: int | None = None
    second_field: str | None = None
    second_start: date | None = None
    second_due: date | None = None
    second_due_if_extended: date | None = None
    second_standing: str | None = None
    second_days_late_least: int | None = None
    second_days_late: int | None = None
    second_days_left: int | None = None
    overdue: bool | None = None
    released: bool | None = None
    released_printed: date | None = None
    released_seen_by: date | None = None
    released_not_seen_on: date | None = None
    seen_after_printed_days: int | None = None
    what: str | None = None
    days_past: int | None = None
    basis: str | None = None
