"""Moments as servers print them in the language of their operating system."""

from __future__ import annotations

from datetime import datetime

FORMS = {
    "mdy": ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y"),
    "dmy": ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y"),
    "ymd": ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S"),
    "": (),
}
UNMISTAKABLE = (
    "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d",
    "%B %d, %Y", "%b %d, %Y", "%B %d, %Y %I:%M %p", "%b %d, %Y %I:%M %p",
)  # fmt: skip


def moment(text: str, order: str) -> str | None:
    """`text` as ISO 8601 where `order` (the portal file's `date_order`) tells how to read it, else as it is printed;
    None for no text.
    """
    for form in (*UNMISTAKABLE, *FORMS[order]):
        try:
            read = datetime.strptime(text, form)  # noqa: DTZ007  as printed: no zone is claimed
        except ValueError:
            continue
        seconds = ":%S" if "%S" in form else ""
        return read.strftime(f"%Y-%m-%dT%H:%M{seconds}" if "%M" in form else "%Y-%m-%d")
    return text or None
