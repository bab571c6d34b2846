"""The order of what is found: the same however many are asked for, and found in parts of time as in one."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
import tantivy

from releases.search import entry, ranking
from releases.search.compile import compiled, ranks
from releases.search.documents import Shown
from releases.search.entry import as_document, place_of
from releases.search.place import Opened
from releases.search.query import parse
from releases.search.ranking import Ranking
from releases.search.schema import ANALYZER, analyzer, schema

START = datetime(2031, 1, 1, tzinfo=UTC)
SPREADS = {
    "over years": lambda n: n * 7919 % 4000 * 86400,
    "of one second": lambda _: 0,
    "of two days": lambda n: n % 2 * 86400,
}


@pytest.fixture(scope="module", params=SPREADS)
def filled(request):
    patch = pytest.MonkeyPatch()
    patch.setattr(entry, "SAMPLED", 2)
    index = tantivy.Index(schema())
    index.register_tokenizer(ANALYZER, analyzer())
    writer = index.writer(heap_size=15_000_000, num_threads=1)
    places = []
    for number in range(600):
        row = {
            "group": f"record:{number}", "portal": ["p"], "kind": ["record"], "key": [], "title": "pier " * (1 + number % 3),
            "body": "", "at": START + timedelta(seconds=SPREADS[request.param](number)), "shown": Shown("record", [("p", "r", "")]),
        }  # fmt: skip
        places.append(place_of(row))
        writer.add_document(as_document(row))
        if number % 250 == 0:
            writer.commit()
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    patch.undo()
    return Opened("x", index, index.searcher(), (0, 0, 0)), places


@pytest.mark.parametrize("many", [10, 10_000])
def test_by_time(filled, monkeypatch, many):
    opened, places = filled
    monkeypatch.setattr(ranking, "_MANY", many)
    monkeypatch.setattr(ranking, "_FIRST_BY_TIME", 16)
    for sort, ordered in (("newest", sorted(places, reverse=True)), ("oldest", sorted(places))):
        found = Ranking(opened, compiled(parse("pier"), "", opened.searcher), sort, ranks=True)
        assert [abs(key.place) for key, *_ in found.documents()] == ordered
        assert found.count == 600


def test_best_in_steps_is_best_at_once(filled, monkeypatch):
    opened, places = filled
    tree = parse("pier")
    at_once = [key for key, *_ in Ranking(opened, compiled(tree, "", opened.searcher), "best", ranks(tree)).documents()]
    monkeypatch.setattr(ranking, "_FIRST", 7)
    stepped = [key for key, *_ in Ranking(opened, compiled(tree, "", opened.searcher), "best", ranks(tree)).documents()]
    assert stepped == at_once == sorted(at_once)
    assert sorted(-key.place for key in at_once) == sorted(places)
    assert len({key.rank for key in at_once}) == 3


def test_no_more_than_the_deepest(filled, monkeypatch):
    monkeypatch.setattr(ranking, "DEEPEST", 200)
    found = Ranking(filled[0], compiled(parse("kind:record"), "", filled[0].searcher), "best", ranks=False)
    assert len(list(islice(found.documents(), 1000))) == 200
