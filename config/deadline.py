"""`[[deadlines]]` of a portal file: by when something must be released, and for which records."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Literal, Protocol, TypeVar
from urllib.parse import urlsplit

import msgspec

from config.errors import ConfigError

Patterns = dict[str, tuple[str, ...]]
MOST_DAYS = 3650
LONGEST_NAME = 128


class ClosedDays(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which days are no business days. Saturdays and Sundays never are."""

    country: str = ""
    """ISO 3166-1 code of the country whose public holidays count, e.g. `US`; empty: none."""
    subdivision: str = ""
    """State or province whose holidays count too, e.g. `IL`."""
    closed: tuple[str, ...] = ()
    """Further closed days, `2026-11-27`."""
    open: tuple[str, ...] = ()
    """Holidays on which this office is open all the same."""


class Tolled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A period, printed by the portal, in which the clock stands still; its first and last day included."""

    from_field: str
    """Field with the period's first day. Printed and not readable: the due date is unknown."""
    to_field: str = ""
    """Field with its last day; while that is not printed the clock does not run on."""
    why: str = ""


class Deadline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule with its legal basis: see docs/reference/deadlines.md.

    Patterns are texts that a field's value must equal, case aside; `*` stands for anything. Of one field's
    patterns any will do. Of a list each value is looked at.
    """

    name: str
    """Short and lasting: a rule with another name is another rule, and is told anew."""
    from_field: str
    """Field with the day the clock starts; that day itself does not count."""
    days: int
    basis: str
    """The law or policy, in words that may be printed."""
    basis_url: str = ""
    kinds: tuple[str, ...] = ()
    """Kinds of record the rule is about, e.g. `case`; empty: all."""
    second_field: str = ""
    """A second clock that is computed and shown beside the first, e.g. how the agency counts. `overdue` is never said by it."""
    business_days: bool = False
    """`days` and `extension_days` are business days."""
    ends_on_business_day: bool = False
    """A last day that is no business day moves to the next one."""
    closed_days: ClosedDays = ClosedDays()
    to_event: Literal["file_added", "new", "answered"] = "file_added"
    """What ends the clock: the first file of `to_kinds`; the record itself; a value of `answered`."""
    to_kinds: tuple[str, ...] = ()
    """Kinds of file that count as the release; empty: any."""
    to_field: str = ""
    """Field with the printed date of release. Shown beside the day we first saw it; lateness goes by what is printed."""
    answered: Patterns = {}
    """Fields and values that say it was answered, e.g. `status = ["Closed", "Denied*"]`."""
    since: str = ""
    """First day the rule is in force, `2016-02-16`."""
    since_field: str = ""
    """Field whose date is compared with `since`; `from_field` unless told."""
    covered: Patterns = {}
    """Fields and values of covered records; of several fields each must fit. Empty: all records are covered."""
    not_covered: Patterns = {}
    """Values of records that are not covered, whatever else they say."""
    unclear: Patterns = {}
    """Values with which it depends on facts the portal does not print: unknown, unless `covered` fits."""
    extension_days: int = 0
    """Longest extension the rule allows at a time."""
    extensions: int = 1
    """How many extensions the rule allows."""
    extended_by: Patterns = {}
    """Values that say that an extension was granted. Without any, the portal is taken not to print them, and
    `overdue` waits until the longest possible extension is over."""
    tolled_by: tuple[Tolled, ...] = ()
    barred_by: Patterns = {}
    """Values that say that a court or a law forbids the release."""


def check_deadlines(deadlines: tuple[Deadline, ...], where: str) -> None:
    """Checks that no type expresses. Raises ConfigError: names key, value and what is allowed."""
    check_rules("deadlines", deadlines, _check, where)


class Named(Protocol):
    """A rule of a portal file."""

    @property
    def name(self) -> str: ...


R = TypeVar("R", bound=Named)


def check_rules(
    table: str, rules: Sequence[R], check: Callable[[R, str, str], None], where: str, taken: Collection[str] = ()
) -> None:
    """Each rule of a table by `check`, and that no two rules, nor one and a name in `taken`, have the same name.

    Raises:
        ConfigError: names key, value and what is allowed.
    """
    names = set(taken)
    for number, rule in enumerate(rules):
        check(rule, f"{table}[{number}]", where)
        if rule.name in names:
            raise ConfigError(f"{table}[{number}].name = {rule.name!r}: another rule has this name", where=where)
        names.add(rule.name)


def _check(rule: Deadline, at: str, where: str) -> None:
    def wrong(key: str, value: object, use: str) -> ConfigError:
        return ConfigError(f"{at}.{key} = {value!r}: {use}", where=where)

    for key, text in (("name", rule.name), ("from_field", rule.from_field), ("basis", rule.basis)):
        if not text.strip():
            raise wrong(key, text, "must not be empty")
    if len(rule.name) > LONGEST_NAME:
        raise wrong("name", rule.name, f"use at most {LONGEST_NAME} characters")
    if not 0 < rule.days <= MOST_DAYS:
        raise wrong("days", rule.days, f"use a number of days from 1 to {MOST_DAYS}")
    if not 0 <= rule.extension_days <= MOST_DAYS:
        raise wrong("extension_days", rule.extension_days, f"use a number of days from 0 to {MOST_DAYS}")
    if not 0 < rule.extensions <= 100:
        raise wrong("extensions", rule.extensions, "use 1 to 100")
    if rule.basis_url and (
        urlsplit(rule.basis_url).scheme not in {"http", "https"} or not urlsplit(rule.basis_url).netloc
    ):
        raise wrong("basis_url", rule.basis_url, "use an http:// or https:// address")
    if rule.since and _day(rule.since) is None:
        raise wrong("since", rule.since, "use a day such as '2016-02-16'")
    if rule.to_event == "answered" and not rule.answered:
        raise wrong("to_event", rule.to_event, "needs `answered`: fields and values that say so")
    if rule.answered and rule.to_event != "answered":
        raise wrong("answered", rule.answered, "has no effect without to_event = 'answered'")
    if rule.extended_by and not rule.extension_days:
        raise wrong("extended_by", rule.extended_by, "has no effect without extension_days")
    for key in ("answered", "covered", "not_covered", "unclear", "extended_by", "barred_by"):
        for name, patterns in getattr(rule, key).items():
            if not name.strip() or not patterns or not all(pattern.strip() for pattern in patterns):
                raise wrong(f"{key}.{name}", list(patterns), "use one or more texts that are not empty")
    _check_closed(rule.closed_days, wrong)


def _check_closed(days: ClosedDays, wrong: object) -> None:
    assert callable(wrong)
    for key in ("closed", "open"):
        for text in getattr(days, key):
            if _day(text) is None:
                raise wrong(f"closed_days.{key}", text, "use days such as '2026-11-27'")
    if days.subdivision and not days.country:
        raise wrong("closed_days.subdivision", days.subdivision, "needs closed_days.country")
    if days.country:
        import holidays  # imported where a rule names a country: it knows 250 of them

        known = holidays.list_supported_countries()
        if days.country not in known:
            raise wrong("closed_days.country", days.country, "use a two-letter code such as 'US', 'CA' or 'GB'")
        if days.subdivision and days.subdivision not in known[days.country]:
            raise wrong("closed_days.subdivision", days.subdivision, f"use one of {', '.join(known[days.country])}")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        return None
