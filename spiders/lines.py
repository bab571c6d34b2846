"""A text with an item or paragraph a line, so that a revision shows which lines changed."""

from __future__ import annotations

from resiliparse.extract.html2text import extract_plain_text

from spiders.page import tidy


def lines_of(html: str) -> str:
    """The words of `html` in page order, white space tidied; everything in it counts, navigation too."""
    text = extract_plain_text(html, main_content=False, links=False, alt_texts=False, preserve_formatting=True)
    return "\n".join(line for line in (tidy(line) for line in text.splitlines()) if line)
