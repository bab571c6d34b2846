"""`[[dates]]` of a portal file: days that a portal prints and that matter before they come."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

import msgspec

from config.deadline import LONGEST_NAME, MOST_DAYS, Patterns, check_rules
from config.errors import ConfigError

MOST_NOTIFY = 20


class DateAhead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One day to know of beforehand: see docs/reference/dates.md.

    Patterns are texts that a field's value must equal, case aside; `*` stands for anything.
    """

    name: str
    """Short and lasting: a rule with another name is another rule, and is told anew."""
    field: str
    """Field with the day, e.g. `term_end` or `comment_closes`."""
    what: str
    """What happens then, as the end of a sentence: `the contract expires`."""
    kinds: tuple[str, ...] = ()
    """Kinds of record the rule is about, e.g. `union_contract`; empty: those that have the field."""
    only: Patterns = {}
    """Fields and values of the records that it concerns, e.g. `status = ["Open*"]`; of several fields each must fit."""
    notify_days: tuple[int, ...] = (30, 7, 1)
    """So many days before, `upcoming` is told; 0 is the day itself. Empty: it is shown and never told."""
    keep_days: int = 30
    """So many days after, it is still shown, as passed."""
    basis: str = ""
    """Where the day comes from, in words that may be printed: a clause, a policy."""
    basis_url: str = ""


def check_dates(dates: tuple[DateAhead, ...], taken: Collection[str], where: str) -> None:
    """Checks that no type expresses. Raises ConfigError: names key, value and what is allowed.

    Args:
        dates: the rules.
        taken: names that the portal's deadlines have.
        where: the file, for the error.
    """
    check_rules("dates", dates, _check, where, taken)


def _check(rule: DateAhead, at: str, where: str) -> None:
    def wrong(key: str, value: object, use: str) -> ConfigError:
        return ConfigError(f"{at}.{key} = {value!r}: {use}", where=where)

    for key, text in (("name", rule.name), ("field", rule.field), ("what", rule.what)):
        if not text.strip():
            raise wrong(key, text, "must not be empty")
    if len(rule.name) > LONGEST_NAME:
        raise wrong("name", rule.name, f"use at most {LONGEST_NAME} characters")
    if len(rule.notify_days) > MOST_NOTIFY or len(set(rule.notify_days)) != len(rule.notify_days):
        raise wrong("notify_days", list(rule.notify_days), f"use at most {MOST_NOTIFY} numbers, each once")
    if not all(0 <= days <= MOST_DAYS for days in rule.notify_days):
        raise wrong("notify_days", list(rule.notify_days), f"use numbers of days from 0 to {MOST_DAYS}")
    if not 0 <= rule.keep_days <= MOST_DAYS:
        raise wrong("keep_days", rule.keep_days, f"use a number of days from 0 to {MOST_DAYS}")
    parts = urlsplit(rule.basis_url)
    if rule.basis_url and (parts.scheme not in {"http", "https"} or not parts.netloc):
        raise wrong("basis_url", rule.basis_url, "use an http:// or https:// address")
    for name, patterns in rule.only.items():
        if not name.strip() or not patterns or not all(pattern.strip() for pattern in patterns):
            raise wrong(f"only.{name}", list(patterns), "use one or more texts that are not empty")
