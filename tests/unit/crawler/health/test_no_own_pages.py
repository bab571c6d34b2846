"""Lists whose rows have no page of their own: their canaries can not be asked, and are missed all the same."""

import pytest

from crawler.health import Findings
from releases.model import ListingPage, Record, Sighting
from tests.unit.crawler.health.days import URL, Days

pytestmark = pytest.mark.usefixtures("catalog")


def table(listed: list[str]) -> Findings:
    """One CSV: every row's address is the list's."""
    found = Findings(listing_pages=[ListingPage(URL, 1, len(listed), last=True)], answers=[(URL, 200, "")])
    for key in listed:
        found.saw(Sighting(key, URL))
        found.saw(Record(key, "row", URL, key, {"status": "closed"}))
    return found


@pytest.mark.parametrize("left", [7, 1])
def test_a_table_that_was_cut_is_doubted(left):
    days, rows = Days(), [f"C-{number:03}" for number in range(17)]
    for _ in range(6):
        assert days.crawl(table(rows)).verdict == "healthy"
    judged = days.crawl(table(rows[:left]))
    assert (judged.verdict, judged.complete) == ("partial", False)
    assert judged.incident
    assert "every crawl had listed" in judged.reason
