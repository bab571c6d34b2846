"""A field that a page's layout never prints is neither lost nor gained; the real COPA lists, step by step."""

from collections import Counter

from config.portal import Expect
from crawler.health import Findings, History, judge
from releases.model import ListingPage, Sighting
from releases.models import RecordVersion
from tests.acceptance import copa_truth
from tests.acceptance.copa_server import CopaServer
from tests.portals.offline import crawl, html
from tests.unit.releases.ledger.watch import case, told

SOME = frozenset({"types", "closed"})


def old(**fields):
    return case("a", fields={"types": ["Force"], "district": "7"} | fields, absent_means_unknown=SOME, raw="old")


def new(**fields):
    return case("a", fields={"district": "7", "closed": None} | fields, absent_means_unknown=SOME, raw="new")


def test_another_layout_is_no_change_in_either_direction(watch):
    watch.crawl(old())
    assert watch.crawl(new()) == []
    assert watch.crawl(new()) == []
    assert watch.crawl(old()) == []
    versions = RecordVersion.objects.order_by("number")
    assert [version.noise for version in versions] == [False, True, True]
    assert versions[1].fields == {"types": ["Force"], "district": "7", "closed": None}
    assert versions[2].fields == {"types": ["Force"], "district": "7", "closed": None}


def test_a_value_first_printed_by_a_new_layout_is_known_and_not_news(watch):
    watch.crawl(old())
    assert watch.crawl(new(closed="2026-01-01")) == []
    assert RecordVersion.objects.get(number=2).fields["closed"] == "2026-01-01"


def test_what_both_layouts_print_is_compared_across_them(watch):
    watch.crawl(old())
    (event,) = watch.crawl(new(district="8"))
    assert (event["old"], event["new"]) == ({"district": "7"}, {"district": "8"})
    (event,) = watch.crawl(old(types=["Taser"], district="8"))
    assert (event["old"], event["new"]) == ({"types": ["Force"]}, {"types": ["Taser"]})


def test_a_dash_that_becomes_a_date_is_news(watch):
    watch.crawl(new())
    (event,) = watch.crawl(new(closed="2026-01-01"))
    assert (event["old"], event["new"]) == ({"closed": None}, {"closed": "2026-01-01"})
    (event,) = watch.crawl(new())
    assert (event["old"], event["new"]) == ({"closed": "2026-01-01"}, {"closed": None})


def test_a_layout_without_a_field_is_healthy_and_a_lost_field_is_not():
    history = History(first=False, backfill=False, sightings=1, records=1, fields={"types": 1, "district": 1})
    verdicts = Counter()
    for record in (new(), new(district="")):
        findings = Findings(listing_pages=[ListingPage("https://portal.example/", 1, 1, last=True)])
        findings.saw(Sighting("a", record.url))
        findings.saw(record)
        verdicts[judge(findings, history, Expect()).verdict] += 1
    assert verdicts == {"healthy": 1, "broken": 1}


if copa_truth.lists():

    def test_the_real_lists_give_the_events_that_the_lists_say(watch):
        """Spider and ledger over all lists, without network; the whole way is tested in tests/acceptance."""
        from config.portal import Portal
        from releases.model import Record
        from spiders.registry import spider_class

        portal = Portal("copa", "C", "A", "P", "http://www.chicagocopa.org/data-cases/case-portal/", "copa")
        lists = copa_truth.lists()
        steps = [(path, 5, events) for path, events in zip(lists, copa_truth.history(lists), strict=True)]
        steps += [(lists[-1], 7, copa_truth.markup_step()), (lists[-1], 5, set())]
        with CopaServer(per_page=100) as server:
            for path, layout, expected in steps:
                server.show(path, layout)

                def fetch(url):
                    path = "/" + url.split("/", 3)[3]
                    scheme, host = server.origin.split("://")
                    status, _, body = server.answer(scheme, host, path)
                    assert status == 200
                    return html(f"{server.origin}{path}", body)

                outcome = crawl(spider_class("copa")(portal), fetch)
                assert outcome.errors == []
                keys = {sighting.key for sighting in outcome.of(Sighting)}
                gone = [key for _, key in {(kind, key) for kind, key, _ in expected if kind == "withdrawn"}]
                events = watch.crawl(*outcome.of(Record), gone=gone)
                found = {
                    (
                        e["kind"],
                        e["key"],
                        frozenset(e["new"] or {}) if e["kind"] in {"changed", "restored"} else frozenset(),
                    )
                    for e in events
                }
                assert found == expected, path.name
                assert len(told(events)) == len(expected)
                assert len(keys) == len(copa_truth.cases(path))
                if path != lists[0]:
                    tagged = {e["key"] for e in events if "reformatted" in e["tags"]}
                    before = lists[max(lists.index(path) - 1, 0)]
                    assert tagged == (copa_truth.reformatted(before, path) if expected else set())
