"""One term of a query: a word, a phrase, `name:value`. Pure and strict, as `releases.search.query`."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta

from releases.search.tree import Agency, All, AsOf, Compared, Exactly, Field, Node, QueryError, Span, When, Words
from releases.search.values import field_name, read_number

SHORTEST_PREFIX = 2
STATES = ("present", "withdrawn", "deposited")
FIELDS = {
    "title": "words in the title",
    "file": "words in a file's name",
    "anywhere": "words that a record says, its page, or any of its files",
    "portal": "a portal's name, as in `recordwatch portals`",
    "agency": "words in the name of a portal, or of a record's field of this name",
    "place": "the same",
    "kind": "record, page or file; or what the record or file is: case, policy, report, video, ...",
    "state": "present, withdrawn or deposited",
    "key": "a record's key, printed key or alias",
    "since": "a date: YYYY, YYYY-MM or YYYY-MM-DD",
    "after": "the same as since",
    "until": "a date: YYYY, YYYY-MM or YYYY-MM-DD; that day too",
    "before": "a date: YYYY, YYYY-MM or YYYY-MM-DD; without that day",
    "asof": "a date, or a time: 2031-05-31T14:00; as it was then",
}
"""What every query can ask for; any other name is one of a record's fields."""
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(?:Z|\+00:?00)?", re.ASCII)
_COMPARED = re.compile(r"(>=|<=|>|<)(.*)|(.*?)\.\.(.*)", re.DOTALL)


def term(token: re.Match[str], query: str) -> Node:
    """What `token` asks for: a match with the groups field, phrase, star, word, bare. Raises QueryError."""
    at = token.start()
    if token["bare"] or ((token["word"] or "").endswith(":") and token["field"] is None):
        raise QueryError("nothing stands after the colon", query, token.end(), todo='no space: title:"two words"')
    name = (token["field"] or "").lower()
    word = token["word"]
    prefix = bool(token["star"]) or (word is not None and word.endswith("*"))
    text = token["phrase"] if word is None else word.rstrip("*") if prefix else word
    if word is not None and "*" in text:
        raise QueryError("a * can only end a word", query, query.index("*", at), todo="pol* finds police, policy")
    if name in {"since", "after", "until", "before", "asof"}:
        return _when(name, "" if token["star"] else text, word or text, token, query)
    if name in {"portal", "kind", "key"} or (name == "state" and _is_state(text, prefix=prefix)):
        if not text.strip():
            raise QueryError(f"{name}: names nothing", query, at)
        return Exactly(name, text.strip(), prefix)
    if (name and name not in FIELDS) or name == "state":
        return _field(name, text, token, query, prefix=prefix)
    _check_words(text, query, at, prefix=prefix)
    if name in {"agency", "place"}:
        return Agency(name, text, at, prefix)
    if name == "file":
        return All((Words(text, at, prefix, title=True), Exactly("kind", "file")))
    return Words(text, at, prefix, title=name == "title", whole=name == "anywhere")


def _is_state(text: str, *, prefix: bool) -> bool:
    value = text.strip().lower()
    return any(state.startswith(value) if prefix and value else state == value for state in STATES)


def _field(name: str, text: str, token: re.Match[str], query: str, *, prefix: bool) -> Node:
    at, known = token.start(), field_name(name)
    if not known:
        raise QueryError("this names no field", query, at, todo="district:04")
    if prefix and not text.strip() and token["word"] is not None:
        return Field(known, "", at)
    found = _COMPARED.fullmatch(text) if token["word"] is not None else None
    if found is not None:
        if prefix:
            raise QueryError("what is compared has no *", query, at, todo=f"{name}:>=2024-01, {name}:10..20")
        return _compared(known, found, query, at)
    _check_words(text, query, at, prefix=prefix)
    return Field(known, text, at, prefix)


def _check_words(text: str, query: str, at: int, *, prefix: bool) -> None:
    if not any(c.isalnum() for c in text):
        raise QueryError("there is no word here", query, at, todo="letters and digits are searched, signs are not")
    if prefix and len([c for c in text if c.isalnum()]) < SHORTEST_PREFIX:
        raise QueryError(f"a word needs {SHORTEST_PREFIX} letters before its *", query, at)


def _compared(name: str, found: re.Match[str], query: str, at: int) -> Compared:
    sign, one, first, last = found.groups()
    low, high = (first, last) if sign is None else (one, "") if sign in {">", ">="} else ("", one)
    given = [text for text in (low, high) if text]
    if not given:
        raise QueryError("this compares with nothing", query, at, todo=f"{name}:>=2024-01, {name}:10..20")
    over, under = sign == ">", sign == "<"
    numbers = [read_number(text) for text in given]
    periods = [_period(text) for text in given]
    made = Compared(
        name,
        at,
        None if None in numbers else Span(_number(low), _number(high), over, under),
        None if None in periods else _times(low, high, over=over, under=under),
    )
    if made.numbers is None and made.times is None:
        what = " and ".join(repr(text) for text in given)
        raise QueryError(
            f"{what} cannot be compared: neither numbers nor dates", query, at,
            todo=f"{name}:>=5, {name}:2024-01..2024-06, {name}:>=2024-01-31",
        )  # fmt: skip
    for span in (made.numbers, made.times):
        if span is None or span.low is None or span.high is None:
            continue
        if span.low > span.high or (span.under and span.low == span.high):
            raise QueryError("this ends before it begins", query, at, todo=f"{name}:{high}..{low}")
    return made


def _number(text: str) -> float | None:
    return read_number(text) if text else None


def _times(low: str, high: str, *, over: bool, under: bool) -> Span:
    """Of a month or a year all days count: `<=2024` is all of 2024, `>2024` is after it."""
    first, last = _period(low), _period(high)
    return Span(
        None if first is None else (first[1] if over else first[0]).timestamp(),
        None if last is None else (last[0] if under else last[1]).timestamp(),
        under=True,
    )


def _period(text: str) -> tuple[datetime, datetime] | None:
    """First moment of a year, a month or a day, and the first after it; None for what is none of them."""
    found = _DATE.fullmatch(text)
    if found is None or not text.isascii():
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        first = datetime(year or 0, month or 1, day or 1, tzinfo=UTC)
        last = datetime(first.year, month or 12, day or calendar.monthrange(first.year, month or 12)[1], tzinfo=UTC)
        return (first, last + timedelta(days=1)) if 1700 <= first.year < 2200 else None
    except (ValueError, OverflowError):
        return None


def _when(name: str, text: str, printed: str, token: re.Match[str], query: str) -> When | AsOf:
    period = _period(text)
    if name == "asof" and (found := _MOMENT.fullmatch(text)):
        try:
            moment = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
        except ValueError:
            moment = None
        if moment is not None and 1700 <= moment.year < 2200:
            return AsOf(moment)
    if period is None:
        hint = f", {name}:2024-05-31T14:00" if name == "asof" else ""
        raise QueryError(
            f"{printed!r} is no date", query, token.start(),
            todo=f"write {name}:2024, {name}:2024-05 or {name}:2024-05-31{hint}",
        )  # fmt: skip
    first, after = period
    if name == "asof":
        return AsOf(after - timedelta(microseconds=1))
    if name in {"since", "after"}:
        return When(since=first)
    return When(until=first if name == "before" else after)
