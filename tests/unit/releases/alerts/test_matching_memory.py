"""Asking in memory finds what searching the real index finds, for any documents and any queries."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from releases.search import place
from releases.search.compile import compiled
from releases.search.documents import Shown
from releases.search.entry import as_document
from releases.search.memory import Memory
from releases.search.query import QueryError, leaves_out, parse
from releases.search.values import field_amounts, field_terms

WORDS = ["taser", "tased", "officer", "Pérez", "perez", "LH-2031-014", "duty", "naïve", "élan", "x1", "7", "ﬁne", "ÄÖ"]
PORTALS, KINDS, KEYS = ["harbor", "lake"], ["record", "file", "page", "case", "video"], ["lh-1", "lh-12", "p-1"]
START = datetime(2031, 1, 1, tzinfo=UTC)

texts = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
rows = st.builds(
    lambda portal, kind, key, title, body, day, state, fields: {
        "portal": portal, "kind": kind, "key": key, "title": title, "body": body, "at": START + timedelta(days=day),
        "state": [state], "field": field_terms(fields), "amount": field_amounts(fields), "begins": START + timedelta(days=day),
        "ends": START + timedelta(days=day + 9), "about": title[::-1], "shown": Shown("record", [("harbor", "r", "")]),
    },
    st.lists(st.sampled_from(PORTALS), min_size=1, max_size=2, unique=True), st.lists(st.sampled_from(KINDS), unique=True),
    st.lists(st.sampled_from(KEYS), unique=True), texts, texts, st.integers(0, 40),
    st.sampled_from(["present", "withdrawn", "past"]),
    st.fixed_dictionaries({}, optional={"District": st.sampled_from(["04", "4", "14"]), "Shots": st.integers(0, 9),
                                        "Day": st.dates(START.date(), START.date() + timedelta(days=40)).map(str), "Finding": texts}),
)  # fmt: skip
terms = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(WORDS).map(lambda word: f"{word[:2]}*"),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(lambda words: f'"{" ".join(words)}"'),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(lambda words: f'"{" ".join(words)[:-1]}"*'),
    st.sampled_from(WORDS).map(lambda word: f"title:{word}"),
    st.sampled_from(PORTALS).map(lambda name: f"portal:{name}"),
    st.sampled_from(KINDS).map(lambda name: f"kind:{name}"),
    st.sampled_from([*KEYS, "lh*"]).map(lambda name: f"key:{name}"),
    st.integers(1, 31).map(lambda day: f"since:2031-01-{day:02}"),
    st.integers(1, 31).map(lambda day: f"until:2031-01-{day:02}"),
    st.integers(1, 31).map(lambda day: f"before:2031-01-{day:02}"),
    st.integers(1, 31).map(lambda day: f"day:>=2031-01-{day:02}"),
    st.integers(0, 9).map(lambda shots: f"shots:{shots}..7" if shots < 8 else f"shots:<{shots}"),
    st.sampled_from(
        [
            "district:04",
            "district:4",
            "district:*",
            "finding:tas*",
            'finding:"taser officer"',
            "state:present",
            "state:withdrawn",
            "kind:video",
            "file:duty",
            "unheard_of:x",
        ]
    ),
)
queries = st.recursive(
    terms,
    lambda part: st.one_of(
        st.tuples(part, part).map(" ".join),
        st.tuples(part, part).map(lambda two: f"({two[0]} OR {two[1]})"),
        st.tuples(part, terms).map(lambda two: f"{two[0]} -{two[1]}"),
    ),
    max_leaves=5,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(rows, max_size=8), st.lists(rows, max_size=8), st.lists(queries, min_size=1, max_size=25))
def test_memory_equals_the_index(tmp_path_factory, new, others, asked):
    asked = [*asked, *(f"({query}) asof:2031-01-20" for query in asked[:3])]
    index = place.fresh(tmp_path_factory.mktemp("index"))[1]
    writer = index.writer(num_threads=2)
    for number, row in enumerate([*others, *new]):
        row["group"] = f"record:{number}"
        document = as_document(row)
        document.add_text("id", str(number - len(others)))
        writer.add_document(document)
        if number % 5 == 0:
            writer.commit()  # several segments, as a real index has
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    found = dict(Memory(new).ask(asked))
    for query in asked:
        try:
            hits = searcher.search(compiled(parse(query), query, searcher), 100).hits
        except QueryError:
            assert isinstance(found[query], QueryError)
            continue
        numbers = {int(searcher.doc(address)["id"][0]) for _, address in hits}
        assert set(found.get(query, [])) == {number for number in numbers if number >= 0}, query
        assert len(found.get(query, [])) == len(set(found.get(query, [])))


def test_nothing_is_found_in_nothing():
    assert list(Memory([]).ask(["taser"])) == []


@pytest.mark.parametrize(
    ("query", "narrow"),
    [
        ("taser", True),
        ("portal:copa", True),
        ("kind:video", True),
        ("key:1*", True),
        ("district:04", True),
        ("shots:>3", True),
        ("agency:harbor", True),
        ("state:withdrawn", True),
        ("state:present", False),
        ("state:p*", False),
        ("asof:2031", False),
        ("kind:record", False),
        ("kind:FILE", False),
        ("kind:pa*", False),
        ("since:1900", False),
        ("kind:record OR kind:file OR kind:page", False),
        ("taser OR since:1900", False),
        ("since:1900 taser", True),
        ("since:1900 -taser", False),
        ("(kind:record OR until:2040) since:1900", False),
    ],
)
def test_queries_that_leave_nothing_out(query, narrow):
    assert leaves_out(query) is narrow
