"""The query language: what it means, and what it refuses, with a place and a way out."""

from datetime import UTC, datetime

import pytest
import tantivy
from hypothesis import example, given, settings
from hypothesis import strategies as st

from releases.search import compile as compile_module
from releases.search import cost
from releases.search.compile import compiled
from releases.search.marking import phrases
from releases.search.query import QueryError, parse
from releases.search.schema import ANALYZER, analyzer, schema
from releases.search.tree import Agency, All, AsOf, Compared, Either, Exactly, Field, Span, When, Words

MAY_31 = datetime(2024, 5, 31, tzinfo=UTC).timestamp()


def w(text, at=0, **options):
    return Words(text, at, **options)


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("taser", w("taser")),
        (" a  b ", All((w("a", 1), w("b", 4)))),
        ("a AND b", All((w("a"), w("b", 6)))),
        ("a and b", All((w("a"), w("and", 2), w("b", 6)))),
        ("a b OR c", Either((All((w("a"), w("b", 2))), w("c", 7)))),
        ("a (b OR c)", All((w("a"), Either((w("b", 3), w("c", 8)))))),
        ("a -b", All((w("a"),), (w("b", 3),))),
        ('a -"b c"', All((w("a"),), (w("b c", 3),))),
        ("a -(b OR c)", All((w("a"),), (Either((w("b", 4), w("c", 9))),))),
        ('"use of force"', w("use of force")),
        ("pol*", w("pol", prefix=True)),
        ('"LH-20"*', w("LH-20", prefix=True)),
        ("well-known", w("well-known")),
        ("12:30", w("12:30")),
        ("title:taser", w("taser", title=True)),
        ('Title:"a b"', w("a b", title=True)),
        ("portal:copa", Exactly("portal", "copa")),
        ('key:"LOG 1"', Exactly("key", "LOG 1")),
        ("key:108*", Exactly("key", "108", prefix=True)),
        ("since:2024", When(since=datetime(2024, 1, 1, tzinfo=UTC))),
        ("until:2024", When(until=datetime(2025, 1, 1, tzinfo=UTC))),
        ("until:2024-02", When(until=datetime(2024, 3, 1, tzinfo=UTC))),
        ("until:2024-2-29", When(until=datetime(2024, 3, 1, tzinfo=UTC))),
        ("after:2024-05", When(since=datetime(2024, 5, 1, tzinfo=UTC))),
        ("before:2024-05", When(until=datetime(2024, 5, 1, tzinfo=UTC))),
        ("district:04", Field("district", "04", 0)),
        ('Incident_Type:"Firearm Discharge"', Field("incident_type", "Firearm Discharge", 0)),
        ("finding:sust*", Field("finding", "sust", 0, prefix=True)),
        ("finding:*", Field("finding", "", 0)),
        ("a número:3", All((w("a"), Field("numero", "3", 2)))),
        ("_kind:x", Field("kind", "x", 0)),
        ("state:withdrawn", Exactly("state", "withdrawn")),
        ("state:with*", Exactly("state", "with", prefix=True)),
        ("state:IL", Field("state", "IL", 0)),
        ("agency:harbor", Agency("agency", "harbor", 0)),
        ("file:summary", All((w("summary", title=True), Exactly("kind", "file")))),
        ("shots:>3", Compared("shots", 0, Span(3.0, None, over=True))),
        ("cost:$1,000..$2,500.50", Compared("cost", 0, Span(1000.0, 2500.5))),
        ("shots:..3", Compared("shots", 0, Span(None, 3.0))),
        ("day:>=2024-05-31", Compared("day", 0, None, Span(MAY_31, None, under=True))),
        ("day:>2024-05-30", Compared("day", 0, None, Span(MAY_31, None, over=False, under=True))),
        ("day:<2024-05-31", Compared("day", 0, None, Span(None, MAY_31, under=True))),
        ("day:<=2024-05-30", Compared("day", 0, None, Span(None, MAY_31, under=True))),
        ("day:2024-05-31..2024-05", Compared("day", 0, None, Span(MAY_31, MAY_31 + 86400, under=True))),
        ("asof:2024-05-31T14:00", AsOf(datetime(2024, 5, 31, 14, tzinfo=UTC))),
        ("asof:2024-05 a", All((AsOf(datetime(2024, 5, 31, 23, 59, 59, 999999, tzinfo=UTC)), w("a", 13)))),
        ("http://x", Field("http", "//x", 0)),
        ("«a»", w("«a»")),
        ("Pérez", w("Pérez")),
    ],
)
def test_means(query, tree):
    assert parse(query) == tree


@pytest.mark.parametrize(
    ("query", "at", "said"),
    [
        ("", 0, "nothing to look for"),
        ("   ", 0, "nothing to look for"),
        ("a OR", 4, "a word is missing"),
        ("OR a", 0, "a word is missing"),
        ("a OR OR b", 5, "a word is missing"),
        ("()", 1, "a word is missing"),
        ("(a", 0, "never closed"),
        ("a)", 1, "closes nothing"),
        ('a "b', 2, "quote is never closed"),
        ("-a", 0, "only says what to leave out"),
        ("a OR -b", 5, "only says what to leave out"),
        ("a --b", 3, "nothing to leave out"),
        ("AND a", 0, "before AND"),
        ("a AND", 5, "after AND"),
        ("a AND OR b", 6, "after AND"),
        ("district:", 9, "after the colon"),
        ("state:", 6, "after the colon"),
        ("shots:>", 0, "compares with nothing"),
        ("shots:..", 0, "compares with nothing"),
        ("a shots:>many", 2, "'many' cannot be compared"),
        ("shots:1..2024-05-01", 0, "neither numbers nor dates"),
        ("shots:5..3", 0, "ends before it begins"),
        ("day:2024-06..2024-05", 0, "ends before it begins"),
        ("shots:>=1*", 0, "what is compared has no"),
        ("district:&", 0, "no word here"),
        ("district:a*", 0, "2 letters"),
        ("__:a", 0, "names no field"),
        ("asof:soon", 0, "no date"),
        ("asof:2024-05-31T25:00", 0, "no date"),
        ("asof:2024 OR b", 0, "not of one side of OR"),
        ("a OR b asof:2024", 0, "not of one side of OR"),
        ("a (b asof:2024)", 5, "once, of the whole search"),
        ("a -asof:2024", 3, "once, of the whole search"),
        ("asof:2024 asof:2025", 10, "once, of the whole search"),
        ("before:2024-13", 0, "write before:2024"),
        ("title:", 6, "after the colon"),
        ('a title:""', 2, "no word here"),
        ("a ***", 2, "no word here"),
        ("p*", 0, "2 letters"),
        ("a po*l", 4, "only end a word"),
        ("a & b", 2, "letters and digits"),
        ("since:yesterday", 0, "no date"),
        ("since:2024-02-30", 0, "no date"),
        ("until:9999-12-31", 0, "no date"),
        ("since:20*", 0, "no date"),
        ('portal:""', 0, "names nothing"),
        ("a " * 600, 1000, "1000 characters"),
        (" ".join(["ab"] * 65), 192, "more than 64 terms"),
        ("a \ud800", 2, "half a character"),
        ("(" * 17 + "a" + ")" * 17, 17, "parentheses deep"),
    ],
)
def test_refuses(query, at, said):
    with pytest.raises(QueryError, match=said) as caught:
        parse(query)
    assert caught.value.at == at
    assert f"at character {at + 1}" in str(caught.value)


def test_a_word_longer_than_any_is_refused_when_compiled(searcher):
    with pytest.raises(QueryError, match="longer than any word"):
        compiled(parse("x" * 80), "x" * 80, searcher)


@pytest.fixture(scope="module")
def searcher():
    index = tantivy.Index(schema())
    index.register_tokenizer(ANALYZER, analyzer())
    writer = index.writer(heap_size=15_000_000, num_threads=1)
    made = tantivy.Document()
    made.add_text("title", "Use of force")
    made.add_text("body", "The officer (Pérez) used a taser: a.b+c [x] {1,2} ^$|\\ 北京")
    made.add_text("portal", "copa")
    made.add_date("at", datetime(2031, 1, 1, tzinfo=UTC))
    writer.add_document(made)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return index.searcher()


PIECES = st.sampled_from(
    ["a", "taser", "district:", "day:", ">=", "..", "<", "asof:", "state:", "file:", "before:", "_", "$", "1e9", "\x01", "OR", "AND", "-", "(", ")", '"', "*", ":", "title:", "key:", "portal:", "since:", "2024", "-13", "pol*",
     " ", "  ", "\t", "é", "ﬁ", "İ", "\x00", "\ud800", "[", "\\", "^", ".*", "北京", "\u202e", "'", "|", "{9999}"]
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=60))
@example("key:[*")
@example('key:"a.b\\"')
@example("b.c+*")
@example('"a b"*')
def test_never_crashes(searcher, query):
    """Every text is either a query that the engine runs, or a QueryError that points into it."""
    refused = None
    try:
        tree = parse(query)
        wanted = compiled(tree, query, searcher)
    except QueryError as error:
        refused = error
    if refused is None:
        searcher.search(wanted, 5)
        list(phrases(tree))
    else:
        assert 0 <= refused.at <= len(query)
        assert str(refused).encode()


@pytest.mark.parametrize(
    ("query", "found"),
    [("perez", 1), ("PÉREZ", 1), ("tas*", 1), ("taser*", 1), ("asers", 0), ('"force taser"', 0), ("force taser", 1),
     ('"used a tas"*', 1), ("us*", 1), ("北京", 1), ("a.b+c", 1), ("portal:COPA", 1), ("portal:co*", 1), ("portal:c.*", 0),
     ("taser -perez", 0), ("taser since:2031 until:2031", 1), ("taser until:2030", 0), ("officer -force", 0)],
)  # fmt: skip
def test_finds(searcher, query, found):
    assert searcher.search(compiled(parse(query), query, searcher), 5).count == found


def test_a_prefix_takes_every_word_that_begins_so():
    """However many there are: engines that expand a prefix to the first 50 words miss the rest."""
    index = tantivy.Index(schema())
    index.register_tokenizer(ANALYZER, analyzer())
    writer = index.writer(heap_size=15_000_000, num_threads=1)
    for number in range(500):
        made = tantivy.Document()
        made.add_text("title", "")
        made.add_text("body", f"case pol{number:03d}")
        writer.add_document(made)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    for query in ("pol*", '"case pol"*'):
        assert index.searcher().search(compiled(parse(query), query, index.searcher()), 5).count == 500


def test_what_reads_too_much_is_refused_before_it_is_read(searcher, monkeypatch):
    monkeypatch.setattr(cost, "MOST", 40)
    for query in ("taser officer", "pol*", '"use of"', "kind:case"):
        compiled(parse(query), query, searcher)
    for query in (
        " OR ".join(["officer"] * 60),
        " OR ".join(["off*"] * 60),
        '"use of force" ' * 40,
        "anywhere:officer " * 20,
    ):
        with pytest.raises(QueryError, match="too many common words at once") as caught:
            compiled(parse(query), query, searcher)
        assert 0 <= caught.value.at < len(query)
    monkeypatch.setattr(compile_module, "MOST_BEGINNINGS", 0)
    with pytest.raises(QueryError, match="words begin so"):
        compiled(parse('"the off"*'), '"the off"*', searcher)
