"""`laws = ["us-ca"]` of a portal file: the time in which a public-records law wants an answer, as a deadline.

One TOML file per jurisdiction in `config/laws/`, named as in `laws`: a country (`us`), or a country and a state
(`us-ca`). A law without a fixed term has no rule and says so. Not legal advice; docs/reference/laws.md.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from config.deadline import ClosedDays, Deadline, Patterns
from config.errors import ConfigError
from config.reading import read_toml

REFERENCE = "docs/reference/laws.md"
ANSWERED: Patterns = {
    "state": ("closed",),
    "timeline": ("*released", "request closed*", "response*", "*message*", "*determination*", "*denied*"),
}
"""What a portal shows of an answer. Rather too much than too little: nobody is called late who may have answered."""
Owed = Literal["records", "determination", "answer"]
OWED: dict[Owed, str] = {
    "records": "the records, or a denial",
    "determination": "a decision, told to the requester",
    "answer": "an answer: records, a denial, or a letter that says when",
}

KNOWN_STATE = ("open", "closed")
ANY_WORDS = ("*a*", "*e*", "*i*", "*o*", "*u*")
"""Anything but a bare date, so that what is quoted from a timeline is an entry's words."""
COVERED: dict[Owed, Patterns] = {
    "records": {"state": KNOWN_STATE},
    "determination": {"state": KNOWN_STATE, "timeline": ANY_WORDS},
    "answer": {},
}
"""What a portal must print of a request before anything is said of it; the rest is unknown."""
UNCLEAR: dict[Owed, Patterns] = {
    "records": {"state": ("*",)},
    "determination": {"state": ("*",)},
    "answer": {"state": ("*",), "requested_date": ("*",)},
}


class Term(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[term]` of a law's file."""

    owed: Owed
    """What must be done in time. Of a determination a portal proves nothing where it prints no timeline: unknown.
    A letter that says when is no portal's matter: unknown everywhere; the day is worked out and shown."""
    days: int
    """From the day after receipt."""
    business_days: bool = False
    ends_on_business_day: bool = False
    extension_days: int = 0
    """The longest that the agency may take by itself, in the same kind of days."""
    closed_days: ClosedDays = ClosedDays()
    unsaid: str = ""
    """What the law makes depend on facts that portals do not print, as one sentence."""


class Law(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One law's file."""

    name: str
    jurisdiction: str
    citation: str
    """Sections, so that whoever reads it can look them up."""
    url: str
    says: str
    """What the sections say of time, in plain words."""
    as_of: str
    """Year of the text that this file was compared with; look whether it has been amended since."""
    read: Literal["section", "secondary", "unchecked"]
    """Whether the section's own words were compared, an official or press guide to them, or nothing: then it is
    written from memory, and needs looking up before it is relied on."""
    term: Term | None = None
    """None: no fixed term."""

    def rules(self) -> tuple[Deadline, ...]:
        """The term as deadlines of a portal: one, or none."""
        term = self.term
        if term is None:
            return ()
        basis = f"{self.citation}: {self.says}{f' {term.unsaid}' if term.unsaid else ''}"
        return (
            Deadline(
                name=self.name, from_field="requested_date", days=term.days, basis=basis, basis_url=self.url,
                kinds=("request",), business_days=term.business_days, ends_on_business_day=term.ends_on_business_day,
                closed_days=term.closed_days, to_event="answered", to_field="answered_date", answered=ANSWERED,
                extension_days=term.extension_days,
                covered=COVERED[term.owed], unclear=UNCLEAR[term.owed],
            ),
        )  # fmt: skip


def known_laws() -> dict[str, Path]:
    """The files of the laws that ship with recordwatch, by key, in order."""
    return {path.stem: path for path in sorted(Path(__file__).with_name("laws").glob("*.toml"))}


def read_law(key: str, where: str) -> Law:
    """The law `key`.

    Raises:
        ConfigError: there is none of this name; it says which there are.
    """
    known = known_laws()
    if key not in known:
        near = difflib.get_close_matches(key.lower().replace("_", "-"), known, 1, 0.5)
        hint = f"do you mean {near[0]!r}? " if near else ""
        raise ConfigError(
            f"laws has {key!r}: there is no such law; {hint}use any of {', '.join(known)}", where=where,
            todo=f"{REFERENCE} lists them; a law that is not there can be written as [[deadlines]]",
        )  # fmt: skip
    return read_toml(known[key], Law, REFERENCE)


def with_laws(deadlines: tuple[Deadline, ...], laws: Iterable[str], where: str) -> tuple[Deadline, ...]:
    """`deadlines` and the rules of `laws` behind them. A rule of the portal file takes the place of a law's of the
    same name: for an office with other closed days, say. Raises ConfigError.
    """
    own = {rule.name for rule in deadlines}
    rules = (rule for key in dict.fromkeys(laws) for rule in read_law(key, where).rules())
    return (*deadlines, *(rule for rule in rules if rule.name not in own))
