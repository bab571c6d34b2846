"""Notes that say something was withheld, and under which law: news like any release."""

from __future__ import annotations

import re

WITHHELD = re.compile(
    r"(?P<what>[^.]*?)\s+(?:has|have|had|was|were|is|are)\s+(?:been\s+|being\s+)?"
    r"(?:withheld|redacted|not\s+released)\s+(?:pursuant\s+to|under|in\s+accordance\s+with|because\s+of)\s+"
    r"(?:the\s+)?(?P<law>.+?)\.?\s*\Z",
    re.IGNORECASE | re.DOTALL,
)
PROHIBITED = re.compile(
    r"(?:pursuant\s+to|under)\s+(?:the\s+)?(?P<law>.+?),\s+(?:the\s+)?(?:city|office|agency|department|copa|ipra)\s+"
    r"is\s+(?:prohibited|restricted|barred)\s+from\s+(?:releasing|disclosing)\s+(?P<what>.+)",
    re.IGNORECASE | re.DOTALL,
)
RESTRICTED = re.compile(
    r"is\s+(?:restricted|prohibited|barred)\s+from\s+releasing\s+(?P<what>[^.]+?)\.?\s*\Z", re.IGNORECASE
)


LONGEST = 4000
"""Characters of a note that are looked at; a page is not trusted to be short."""


def withheld(note: str) -> dict[str, str] | None:
    """What a note says is withheld, and the law it cites; None where it says no such thing.

    Returns:
        {"what", "law", "note"}: the first two as printed, "" where the note does not say.
    """
    note = note[:LONGEST]
    found = PROHIBITED.search(note)
    if found:
        narrow = RESTRICTED.search(note)
        what = (narrow or found)["what"].split(". ", 1)[0]
        return {"what": what.strip(" ."), "law": found["law"].strip(), "note": note}
    found = WITHHELD.search(note)
    if found:
        return {"what": found["what"].strip(), "law": found["law"].strip(), "note": note}
    if re.search(r"\bwithh(?:eld|olding|old)\b", note, re.IGNORECASE):
        return {"what": "", "law": "", "note": note}
    return None
