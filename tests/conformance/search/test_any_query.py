"""Whatever somebody types into the box: hits, or one sentence that says what is wrong."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from archive.catalog.models import Portal
from releases.search.catch_up import catch_up
from releases.search.marking import spans
from releases.search.query import QueryError
from releases.search.search import search
from tests.conformance.search.world import START

PIECES = st.sampled_from(
    ["taser", "OR", "AND", "-", "(", ")", '"', "*", ":", " ", "district:", "agency:", "place:", "file:", "title:", "state:",
     "kind:video", "anywhere:", "asof:2031", "since:", "shots:>", "shots:", "..", "2024-01", "4", "$1,0", "<=", "_kind:", "é", "\x00", "\x01",
     "\ud800", "[", "\\", ".*", "北京:", "\u202e", "9" * 30, "1e9", "x" * 70]
)  # fmt: skip


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(PIECES, max_size=10).map("".join) | st.text(max_size=50),
    st.sampled_from(["", "x", "\x00", "é", "WyJ4Iiwx"]) | st.text(max_size=20),
    st.sampled_from(["best", "newest", "oldest"]),
)
@example("district:4 shots:>=3", "", "best")
@example("shots:>1e300", "", "best")
@example("day:2024-01..", "", "best")
def test_any_query(world, root, query, after, sort):
    if not root.exists():
        Portal.objects.create(slug="harbor", name="Harbor", url="", first_crawl_at=START)
        record = world.record("LH-1", "Taser", {"District": "04", "Shots": "3", "北京": "x", "Day": "2024-01-02"})
        world.file(record, "Report", "A taser, é")
        catch_up(root, world.read)
    refused = None
    try:
        found = search(root, query, after=after, sort=sort, facets=True, limit=2)
    except QueryError as error:
        refused = error
    if refused is None:
        assert len(found.hits) <= found.documents
    else:
        assert 0 <= refused.at <= len(query)
        assert str(refused).encode()
    spans("A taser, é", query)
