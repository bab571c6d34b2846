"""What a page that is not as expected says, so that nothing found never looks like nothing there."""

from __future__ import annotations

from config.errors import RecordwatchError

LONGEST = 1_000
"""Characters of each part of an error's sentence."""


class PageError(RecordwatchError):
    """A page differs from what its spider knows: the crawl's verdict becomes `broken`.

    Args:
        url: the page.
        selector: what was looked for.
        expected: what should have been found, e.g. `1 element`, `a date as MM-DD-YYYY`.
        found: what was found instead.
    """

    def __init__(self, url: str, selector: str, expected: str, found: str) -> None:
        # What was found is the portal's to say, and may be a page by itself.
        url, selector, expected, found = (
            text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…" for text in (url, selector, expected, found)
        )
        super().__init__(
            f"expected {expected} for {selector!r}, found {found}",
            where=url,
            todo="the page's layout may have changed: compare it with its last good capture",
        )
        self.url = url
        self.selector = selector
        self.expected = expected
        self.found = found

    def beside(self, others: int, of: int) -> PageError:
        """The same, which says that `others` more `of` so many rows differ as well."""
        more = f" (and {others:,} more of {of:,} rows differ)" if others else ""
        return PageError(self.url, self.selector, self.expected, self.found + more)


class ChallengePageError(PageError):
    """The page is a block or challenge page, whatever its status: the verdict becomes `blocked`."""

    def __init__(self, url: str, sign: str) -> None:
        super().__init__(url, "the page", "the portal's own page", f"a block or challenge page ({sign})")
        self.sign = sign
