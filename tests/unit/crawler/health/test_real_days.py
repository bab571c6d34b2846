"""Days that portals really had, with their numbers: what may be said of them, and what may not."""

from datetime import UTC, datetime

import pytest

from config.portal import Expect
from crawler.health import Findings
from releases.model import ListingPage
from releases.models import Record
from spiders.errors import ChallengePageError, PageError
from tests.unit.crawler.health.days import URL, Days, listing, nothing, seen, url_of

pytestmark = pytest.mark.usefixtures("catalog")


def keys(number: int, form: str = "2019-{:04}") -> list[str]:
    return [form.format(n) for n in range(number)]


def held(key: str) -> None:
    """The ledger's row of a record."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    Record.objects.create(
        id=key,
        portal="portal",
        key=key,
        url=url_of(key),
        state="present",
        version=1,
        first_seen_at=now,
        last_seen_at=now,
    )


def test_access_denied_parsed_as_the_list_is_no_withdrawal_of_1284_reports():
    days = Days()
    days.usual(3, keys(1284))
    denied = Findings(
        answers=[(URL, 200, "Akamai block page")], page_errors=[ChallengePageError(URL, "Akamai block page")]
    )
    judged = days.crawl(denied)
    assert (judged.verdict, judged.complete) == ("blocked", False)
    assert "Akamai" in judged.reason
    assert days.crawl(seen(keys(1284))).verdict == "healthy"


def test_a_block_page_that_nobody_has_described_is_told_by_its_shape():
    days = Days()
    table = (
        b"<html><body><table class='cases'>" + b"<tr class='row'><td class='no'>1</td><td class='date'>x</td></tr>" * 25
    )
    for _ in range(3):
        good = seen(keys(175))
        for _page in good.listing_pages:
            good.shapes.page("listing", table)
        assert days.crawl(good).verdict == "healthy"
    odd = seen(["Terms"], lists=[ListingPage(URL, 1, 1, last=True)])
    odd.shapes.page(
        "listing", b"<html><body><div class='notice'><h2>Dear visitor</h2><ul><li><a href=/terms>Terms</a></ul></div>"
    )
    judged = days.crawl(odd, there=keys(175))
    assert (judged.verdict, judged.complete) == ("broken", False)
    assert "175 in the last healthy crawl" in judged.reason
    assert "built of other parts" in judged.reason


def test_columns_moved_into_html_comments_are_said_at_once_and_not_after_463_days():
    days = Days()
    days.usual(4, keys(120), {"status": "open", "district": "7", "closed": lambda n: "2019-01-02" if n % 30 else ""})
    judged = days.crawl(seen(keys(120), {"status": "open", "district": "", "closed": None}))
    assert (judged.verdict, judged.complete) == ("broken", False)
    assert "no record has “district” any more; all 120 had it" in judged.reason
    assert "0 of 120 records have “closed”, 116 of 120 had it" in judged.reason
    assert "last good capture" in judged.reason
    assert days.crawl(seen(keys(120), {"status": "open"})).verdict == "broken", "and on every day until it is mended"


def test_a_field_that_drops_from_97_to_20_percent_is_broken():
    days = Days()
    days.usual(6, keys(400), {"status": "open", "type": lambda n: "x" if n % 33 else ""})
    judged = days.crawl(seen(keys(400), {"status": "open", "type": lambda n: "x" if n % 5 == 0 else ""}))
    assert judged.verdict == "broken"
    assert "80 of 400 records have “type”, 387 of 400 had it" in judged.reason


def test_40_000_requests_of_which_13_297_are_left_is_an_incident_and_taken_as_it_is_after_three_more():
    days = Days()
    days.usual(2, keys(40_000))
    left = keys(40_000)[-13_297:]
    for _ in range(3):
        judged = days.crawl(seen(left), there=keys(40_000))
        assert (judged.verdict, judged.complete) == ("partial", False)
        assert judged.incident.startswith("the list shows 13,297 records, 40,000 in the last healthy crawl")
        assert "own page is still there" in judged.incident
    judged = days.crawl(seen(left), there=keys(40_000))
    assert (judged.verdict, judged.complete, judged.incident) == ("healthy", True, "")
    assert "4 crawls in a row" in judged.notes[0]
    assert days.crawl(seen(left)).verdict == "healthy"


def test_when_their_own_pages_are_gone_too_it_is_believed_at_once():
    days = Days()
    days.usual(6, keys(4000))
    judged = days.crawl(seen(keys(4000)[-1300:]), gone=keys(4000))
    assert (judged.verdict, judged.complete) == ("healthy", True)
    assert judged.answers["count"].answer == "no"


def test_119_reports_taken_off_in_23_events_are_no_fault():
    days = Days()
    shown = keys(1284)
    days.usual(10, shown)
    for event in range(23):
        taken = shown[event * 37 % 900 :: 211][:5] if event else shown[5:14]
        shown = [key for key in shown if key not in taken]
        judged = days.crawl(seen(shown), gone=taken)
        assert (judged.verdict, judged.complete) == ("healthy", True), judged.reason
        assert days.crawl(seen(shown)).verdict == "healthy"


def test_a_case_taken_down_and_restored_the_next_day_leaves_both_days_healthy():
    days = Days(Expect(canaries=("2019-0294",)))
    days.usual(5, keys(420))
    held("2019-0294")
    without = [key for key in keys(420) if key != "2019-0294"]
    assert days.crawl(seen(without), gone=["2019-0294"]).verdict == "healthy"
    assert days.crawl(seen(keys(420))).verdict == "healthy"


def test_the_last_page_cut_off_for_two_days_proves_nothing():
    days = Days()
    days.usual(12, keys(400))
    for _ in range(2):
        judged = days.crawl(seen(keys(390), lists=listing(keys(390))), there=keys(400))
        assert (judged.verdict, judged.complete, judged.incident) == ("partial", False, ""), "too few for an incident"
        assert "2019-0399" in judged.reason
    assert days.crawl(seen(keys(400))).verdict == "healthy"


def test_a_page_in_the_middle_without_rows_is_partial():
    days = Days()
    days.usual(2, keys(100))
    pages = listing(keys(100))
    pages[2] = ListingPage(pages[2].url, 3, 0, last=False)
    judged = days.crawl(seen(keys(75), lists=pages))
    assert (judged.verdict, judged.complete) == ("partial", False)
    assert "Page 3 of the list shows no rows" in judged.reason
    assert judged.incident == "", "it is known why so few are listed"


def test_a_page_of_the_list_that_fails_explains_what_it_hides_and_a_records_page_does_not():
    days = Days()
    days.usual(3, keys(100))
    failed = seen(keys(50))
    failed.answers.append((f"{URL}?page=3", 502, ""))
    judged = days.crawl(failed, there=keys(100))
    assert (judged.verdict, judged.incident) == ("partial", "")
    failed = seen(keys(50))
    failed.answers[-1] = (url_of(keys(50)[-1]), 502, "")
    judged = days.crawl(failed, there=keys(100))
    assert judged.verdict == "partial"
    assert judged.incident.startswith("the list shows 50 records, 100 in the last healthy crawl")


def test_a_list_that_moves_while_it_is_read_is_partial():
    days = Days()
    days.usual(3, keys(100))
    judged = days.crawl(seen(keys(98), lists=listing(keys(100))))
    assert judged.verdict == "partial"
    assert "2 rows came twice and 2 records fewer" in judged.reason


def test_the_same_body_at_forty_addresses_is_blocked_even_when_a_spider_reads_it():
    days = Days()
    for _ in range(3):
        good = seen(keys(40))
        for key in keys(40):
            good.shapes.answer(url_of(key), f"sha256:{key}")
        days.crawl(good)
    odd = seen(keys(40), {"status": ""})
    for key in keys(40):
        odd.shapes.answer(url_of(key), "sha256:same")
    judged = days.crawl(odd)
    assert (judged.verdict, judged.complete) == ("blocked", False)
    assert "40 different addresses answered with one and the same page" in judged.reason


def test_an_empty_list_where_history_has_records_is_empty_and_proves_nothing_for_three_days():
    days = Days()
    days.usual(5, keys(40))
    for _ in range(3):
        judged = days.crawl(nothing("No results found."))
        assert (judged.verdict, judged.complete) == ("empty", False)
        assert "the last healthy crawl listed 40 records" in judged.incident
        assert "No results found." in judged.reason
    judged = days.crawl(nothing("No results found."))
    assert (judged.verdict, judged.complete) == ("empty", True), "the fourth time it is taken at its word"
    assert days.crawl(nothing("No results found.")).complete, "and from then on"


def test_an_empty_list_whose_records_are_gone_is_believed_and_one_without_words_is_broken():
    days = Days()
    days.usual(5, keys(3))
    assert days.crawl(nothing("No open comment periods."), gone=keys(3)).complete
    other = nothing()
    judged = days.crawl(other)
    assert (judged.verdict, judged.complete) == ("broken", False)


def test_a_layout_error_on_the_list_is_broken_and_names_what_was_expected():
    days = Days()
    days.usual(2, keys(30))
    found = Findings(answers=[(URL, 200, "")], page_errors=[PageError(URL, "table#cases", "1 element", "0 elements")])
    judged = days.crawl(found)
    assert judged.verdict == "broken"
    assert "table#cases" in judged.reason


def test_another_version_of_our_spider_is_not_compared_by_fields_or_keys():
    days = Days()
    days.usual(4, keys(50), {"status": "open", "old": "x"})
    days.extractor = "cases 2"
    judged = days.crawl(seen(keys(50, "id-{}"), {"status": "open"}))
    assert judged.verdict == "healthy", judged.reason
