"""Which form of date a list prints, where every row prints one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)[a-z]{0,6}\.?"
_FORMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"\d{4}-\d{2}-\d{2}", ("%Y-%m-%d",)),
    (r"\d{4}\.\d{2}\.\d{2}", ("%Y.%m.%d",)),
    (r"\d{4}[-.]\d{2}[-.]\d{2}", ("%Y-%m-%d", "%Y.%m.%d")),
    (rf"{_MONTH} \d{{1,2}}, ?\d{{4}}", ("%B %d, %Y", "%b %d, %Y", "%b. %d, %Y")),
    (rf"\d{{1,2}} {_MONTH},? \d{{4}}", ("%d %B %Y", "%d %b %Y")),
    (rf"\d{{1,2}} {_MONTH} \d{{2}}(?:\d{{2}})?", ("%d %B %Y", "%d %b %Y", "%d %b %y", "%d %B %y")),
    (r"\d{1,2}/\d{1,2}/\d{4}", ("%m/%d/%Y", "%d/%m/%Y")),
    (r"\d{1,2}-\d{1,2}-\d{4}", ("%m-%d-%Y", "%d-%m-%Y")),
)
"""Pattern → forms it may be in; each form is taken only where it reads what is printed."""
_EITHER = ({"%m/%d/%Y", "%d/%m/%Y"}, {"%m-%d-%Y", "%d-%m-%Y"})
_MOST = 2_000
"""Characters of a row that are looked at."""


def date_form(texts: Sequence[str]) -> tuple[str, list[str]] | None:
    """Pattern and strptime forms that read a date in every one of `texts`; None where there are none.

    Where day and month could be either (03/04/2025, and no row says which), the forms are empty: the date is
    then kept as printed.
    """
    for pattern, forms in _FORMS:
        expression = re.compile(rf"(?<![\w/.-]){pattern}(?![\d/])", re.IGNORECASE)
        found = [match[0] for text in texts if (match := expression.search(text[:_MOST]))]
        if not texts or len(found) < len(texts):
            continue
        reads = [{form for form in forms if _reads(form, text)} for text in found]
        if not all(reads):
            continue
        shared = set.intersection(*reads)
        if any(both <= shared for both in _EITHER):
            return expression.pattern, []
        needed = [next(form for form in forms if form in shared)] if shared else _covering(forms, reads)
        return expression.pattern, needed
    return None


def _covering(forms: Sequence[str], reads: Sequence[set[str]]) -> list[str]:
    """The fewest forms, in order, that read all of them."""
    chosen: list[str] = []
    for form in forms:
        if any(form in one and not one & set(chosen) for one in reads):
            chosen.append(form)
    return chosen


def _reads(form: str, text: str) -> bool:
    try:
        datetime.strptime(text.upper(), form)  # noqa: DTZ007  as printed: no zone is claimed
    except ValueError:
        return False
    return True
