"""What a watched page says, in a form that only changes when somebody changed it.

The page as served is in the archive, and its whole text is searchable. What is compared between two
crawls has no dates of printing, counters and tokens; they are named instead (`[counter]`), as
`releases.diff` names them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from releases.diff.markup import read_page
from releases.diff.noise import steady_url, without_noise
from releases.diff.page import page_lines
from spiders.page import Part, tidy

MOST_LINKS = 5_000
"""Links of a page that its record holds."""
MOST_MARKUP = 8_000_000
"""Characters of a page that are read for it: each costs some twenty bytes of memory, and no page has so much text."""
MOST_TEXT = 1_000_000
"""Characters of a page's text that its record holds; the archive has the page itself."""
_NAMED = re.compile("\0([^\0]*)\0")


def main_text(html: str) -> str:
    """The page's words without navigation, a paragraph, an entry of a list or a row of a table a line; of a
    page of nothing but navigation, these.

    What is navigation its markup says (`releases.diff.chrome`), as in the comparison of two versions.
    Guesses at an article's body leave out lists of links, and these are what pages are watched for.
    """
    page = read_page(html[:MOST_MARKUP].encode("utf-8", "replace"), "utf-8")
    lines = map(tidy, page_lines(page) or page_lines(page, navigation=True))
    text = "\n".join(line for line in lines if line)
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}\n… cut here: {len(text):,} characters in all"


def steady(text: str) -> str:
    """`text` with each passage that differs whenever it is printed named instead of said."""
    return "\n".join(_NAMED.sub(r"[\1]", without_noise(line)[0]) for line in text.splitlines())


def told_links(links: Iterable[Part]) -> list[dict[str, str]]:
    """Where links lead and what they say, each once and sorted, so that another order is no change; at
    most MOST_LINKS, of which the last says how many more there are. Sessions and trackers are left out.
    """
    told = sorted({(steady_url(link.href), steady(link.label())) for link in links})
    rows = [{"url": url, "text": text} for url, text in told[:MOST_LINKS]]
    if len(told) > MOST_LINKS:
        rows.append({"url": "", "text": f"… and {len(told) - MOST_LINKS} more"})
    return rows


def title_of(page: Part) -> str:
    """What the page calls itself."""
    for selector in ("head title", "h1"):
        for part in page.many(selector):
            if part.text:
                return part.text
    return urlsplit(page.url).path
