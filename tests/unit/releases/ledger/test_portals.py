"""Events of a portal itself, watched pages, merging."""

from datetime import timedelta

import pytest

from releases.ledger.merge import MergeRefusedError, plan_merge, plan_unmerge
from releases.ledger.missing import absent
from releases.model import Page
from releases.models import Record, WatchedPage
from tests.unit.releases.ledger.watch import START, case, told


def test_blindness_is_told_once_and_its_end_with_its_length(watch):
    watch.crawl(case("a"))
    (event,) = watch.crawl(verdict="blocked", reason="Akamai refused us")
    assert (event["kind"], event["new"]) == ("blocked", {"verdict": "blocked", "reason": "Akamai refused us"})
    assert event["backfill"] is False
    assert watch.crawl(verdict="blocked") == []
    assert watch.crawl(verdict="partial") == []
    (event,) = watch.crawl(verdict="down", reason="no answer")
    assert (event["kind"], event["tags"]) == ("blocked", ["down"])
    (event,) = watch.crawl(verdict="broken", reason="layout")
    assert event["kind"] == "broken"
    (event,) = watch.crawl(case("a"))
    assert (event["kind"], event["old"]["since"]) == ("recovered", (START + timedelta(days=2)).isoformat())
    assert watch.crawl(case("a")) == []
    (event,) = watch.crawl(verdict="broken")
    assert event["kind"] == "broken"


def test_partial_is_neither(watch):
    watch.crawl(case("a"))
    assert watch.crawl(case("a"), verdict="partial") == []


def test_two_portals_do_not_mix(watch):
    from tests.unit.releases.ledger.watch import Watch

    other = Watch("other")
    watch.crawl(case("a"))
    assert told(other.crawl(case("a"), case("b"))) == [("new", "a"), ("new", "b")]
    watch.crawl(verdict="blocked")
    assert other.crawl(case("b"), gone=["a"])[0]["kind"] == "withdrawn"
    assert Record.objects.get(portal="copa").state == "present"


def test_pages_keep_their_newest_text(watch):
    def page(text: str, capture: str) -> Page:
        return Page("https://portal.example/policy", "Policy", text, capture)

    watch.crawl(pages=[page("one", "c1"), page("again", "c9")])
    assert WatchedPage.objects.get().capture == "c1"
    watch.crawl(pages=[page("one", "c2")])
    assert WatchedPage.objects.get().capture == "c1"
    watch.crawl(pages=[page("two", "c3")])
    assert WatchedPage.objects.get().capture == "c3"


def test_a_merge_is_explicit_kept_and_undone(watch):
    watch.crawl(case("a"), case("b"), case("c"))
    ids = dict(Record.objects.values_list("key", "id"))
    watch.apply(plan_merge(ids["a"], ids["b"], watch.now).operations)
    assert watch.crawl(case("a", fields={"status": "x"}), case("b"), case("c")) == []
    assert watch.crawl(case("b"), case("c"), gone=["a"]) == []
    assert [row.key for row in absent("copa", ["a", "c"])] == []
    assert told(watch.crawl(case("a", fields={"status": "closed"}), case("c"))) == [("changed", "b")]
    with pytest.raises(MergeRefusedError):
        plan_merge(ids["a"], ids["c"], watch.now)
    watch.apply(plan_unmerge(ids["a"], watch.now).operations)
    assert told(watch.crawl(case("a"), case("b"), case("c"))) == [("changed", "b")]
    assert watch.crawl(case("b"), case("c"), gone=["a"])[0]["key"] == "a"
    with pytest.raises(MergeRefusedError):
        plan_unmerge(ids["a"], watch.now)
    with pytest.raises(MergeRefusedError):
        plan_merge(ids["b"], ids["b"], watch.now)
