"""A fictional contract, written as such contracts are, to be edited and printed as PDFs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from sample.pdf import pdf
from tests.unit.releases.text.drawing import Sheet, document, words

TITLE = "AGREEMENT BETWEEN THE TOWN OF ANYVILLE AND THE ANYVILLE POLICE GUILD"
PREAMBLE = "This fictional agreement is made between the Town of Anyville and the Anyville Police Guild, Local 0."
RECOGNITION = [
    "ARTICLE I - RECOGNITION",
    "Section 1. The Town recognizes the Guild as the exclusive representative of all sworn officers below the rank of captain.",
    "Section 2. Probationary officers are members of the unit and have no recourse to arbitration.",
]
HOURS = [
    "ARTICLE II - HOURS OF WORK",
    "Section 1. The work week is five days of eight hours, with two consecutive days off.",
    "Section 2. Overtime is paid at one and one half times the hourly rate:",
    "(a) for hours worked beyond eight in one day;",
    "(b) for hours worked beyond forty in one week;",
    "(c) for appearances in court on a day off, with a minimum of four hours.",
]
DISCIPLINE = [
    "ARTICLE III - DISCIPLINE",
    "Section 1. No officer shall be disciplined except for just cause.",
    "Section 2. A complaint by a resident shall be in writing, signed and sworn before it is investigated.",
    "Section 3. Written reprimands are removed from the personnel file after 24 months.",
    "Section 4. An officer shall be given 48 hours of notice before an interview, as in",
    "Section 2 of this Article, and may have a representative of the Guild present.",
]
DURATION = [
    "ARTICLE IV - DURATION",
    "Section 1. This agreement is in effect from July 1, 2031 through June 30, 2035.",
]
CONTRACT = [PREAMBLE, *RECOGNITION, *HOURS, *DISCIPLINE, *DURATION]
CONTENTS = [
    "TABLE OF CONTENTS",
    *(f"{line} {'.' * (60 - len(line))} {page}" for line, page in (
        ("ARTICLE I - RECOGNITION", 1), ("ARTICLE II - HOURS OF WORK", 1), ("ARTICLE III - DISCIPLINE", 2), ("ARTICLE IV - DURATION", 3),
    )),
]  # fmt: skip


def printed(lines: Sequence[str], *, width: int = 70, per_page: int = 14, head: str = TITLE) -> list[str]:
    """Pages of text with a running header and a page's number, lines broken at `width`."""
    broken = [piece for line in lines for piece in textwrap.wrap(line, width, break_on_hyphens=False)]
    pages = [broken[at : at + per_page] for at in range(0, len(broken), per_page)]
    return ["\n".join([head, *page, f"- {number} -"]) for number, page in enumerate(pages, 1)]


def drawn(lines: Sequence[str]) -> bytes:
    """The same as a PDF with a text layer, line by line."""
    sheets = [
        Sheet("".join(words(line, 60, 740 - 16 * number) for number, line in enumerate(page.split("\n"))))
        for page in printed(lines)
    ]
    return document(*sheets)


def sampled(lines: Sequence[str]) -> bytes:
    """As the sample portal prints its documents."""
    return pdf(TITLE, lines)
