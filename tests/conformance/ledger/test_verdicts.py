"""What is learnt from a portal's crawls, and how it is seen again, on both databases."""

from tests.unit.crawler.health.days import Days, seen
from tests.unit.releases.ledger.watch import case, told


def test_figures_come_back_as_they_were_kept(watch):
    days = Days()
    keys = [f"Fälle/{n} “x”" for n in range(200)]
    days.usual(4, keys, {"status": "open", "ünusual {name}": "x"})
    judged = days.crawl(seen(keys[:60], {"status": "open", "ünusual {name}": "x"}), there=keys)
    assert (judged.verdict, judged.complete) == ("partial", False)
    assert days.past.sightings == 200
    assert days.past.fields == {"status": 200, "ünusual {name}": 200}
    assert len(days.past.canaries) == 5
    assert {canary.key for canary in days.past.canaries} <= set(keys)
    assert days.crawl(seen(keys[:60], {"status": "open"})).verdict == "broken"


def test_keys_that_no_database_keeps_are_not_remembered(watch):
    days = Days()
    keys = ["with\0nul", "half \ud800 a pair", "long" * 300, *(f"k{n}" for n in range(9))]
    for _ in range(2):
        judged = days.crawl(seen(keys, {"sta\0tus": "x", "status": "x"}))
        assert judged.verdict == "healthy", judged.reason
    assert {kept.key for kept in days.past.past[0].sample} == {f"k{n}" for n in range(9)}
    assert days.past.fields == {"status": 12}


def test_blindness_and_what_was_missed(watch):
    watch.crawl(case("a"))
    watch.crawl(verdict="blocked")
    events = watch.crawl(case("a"), case("b"))
    assert told(events) == [("new", "b"), ("recovered", "")]
    assert next(event["new"]["missed"] for event in events if event["kind"] == "recovered") == {"new": 1}
    for _ in range(3):
        events = watch.crawl(case("a"), case("b"), verdict="partial")
    assert [(event["kind"], event["tags"]) for event in events] == [("broken", ["partial"])]
