"""The kinds of things that the sample portal publishes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """Something to download. `made` is `pdf`, `wav` or `mp4`; `since` the day its bytes were last changed."""

    path: str
    name: str
    made: str = "pdf"
    text: tuple[str, ...] = ()
    since: int = 1
    black: tuple[str, ...] = ()
    """Paragraphs under black boxes."""
    legible: bool = False
    """Their words are still there, as in a botched redaction."""


@dataclass(frozen=True, slots=True)
class Case:
    """A case under review."""

    number: str
    type: str
    incident: str
    """As printed, e.g. `March 14, 2025 at 9:05 PM`."""
    district: str
    status: str
    civilians: tuple[str, ...]
    closed: str = "-"
    note: str = ""
    documents: tuple[Document, ...] = ()

    @property
    def slug(self) -> str:
        return self.number.lower()


@dataclass(frozen=True, slots=True)
class Policy:
    number: str
    slug: str
    title: str
    effective: str
    text: tuple[str, ...]
    document: Document


@dataclass(frozen=True, slots=True)
class Contract:
    employer: str
    unit: str
    term: str
    slug: str
    document: Document


@dataclass(frozen=True, slots=True)
class Request:
    """A public-records request and what became of it."""

    number: str
    subject: str
    received: str
    status: str
    document: Document | None = None


@dataclass(frozen=True, slots=True)
class World:
    """Everything published on one day."""

    day: int
    cases: tuple[Case, ...]
    policies: tuple[Policy, ...]
    contracts: tuple[Contract, ...]
    requests: tuple[Request, ...]
