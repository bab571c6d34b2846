"""A list that still names what has no page any more: said with each crawl, and no reason to doubt the list."""

import pytest

from tests.unit.crawler.health.days import Days, seen, url_of

pytestmark = pytest.mark.usefixtures("catalog")


@pytest.mark.parametrize("status", [404, 410])
def test_a_listed_record_without_a_page_is_named(status):
    days, keys = Days(), [f"C-{number}" for number in range(9)]
    days.usual(3, keys)
    found = seen(keys)
    found.answers.append((url_of("C-4"), status, ""))
    judged = days.crawl(found)
    assert judged.verdict == "healthy"
    (note,) = judged.notes
    assert note.startswith(f"1 listed record without a page any more, first {url_of('C-4')} ({status})")
