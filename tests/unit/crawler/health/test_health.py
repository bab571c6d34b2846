"""Five questions and one verdict."""

import pytest

from config.portal import Expect
from crawler.failures import PageFailure
from crawler.health import Findings, History, judge
from releases.model import EmptyMarker, ListingPage, Record, Sighting
from spiders.errors import ChallengePageError, PageError

URL = "https://portal.example/cases/"
PAST = History(first=False, backfill=False, sightings=40, records=40, fields={"status": 40, "district": 12})


def found(count: int = 40, seen: int = 4, *, fields=("status", "district"), **listing) -> Findings:
    """A crawl that saw `count` records on `seen` pages, the last of which says so."""
    findings = Findings()
    for number in range(1, seen + 1):
        page = {"rows": count // seen, "last": number == seen, "pages": seen} | listing
        findings.listing_pages.append(ListingPage(f"{URL}?page={number}", number, **page))
        findings.answers.append((f"{URL}?page={number}", 200, ""))
    for number in range(count):
        findings.saw(Sighting(f"k{number}", f"{URL}{number}/"))
        findings.saw(Record(f"k{number}", "case", f"{URL}{number}/", "t", dict.fromkeys(fields, "x")))
        findings.answers.append((f"{URL}{number}/", 200, ""))
    return findings


def verdict(findings: Findings, history: History = PAST, **expect):
    return judge(findings, history, Expect(**expect))


def test_healthy_answers_all_five():
    judged = verdict(found(), canaries=("k1",))
    assert (judged.verdict, judged.coverage, judged.complete) == ("healthy", "complete", True)
    assert {name: answer.answer for name, answer in judged.answers.items()} == {
        "ended": "yes", "blocked": "no", "fields": "yes", "count": "yes", "canaries": "yes",
    }  # fmt: skip
    assert all(answer.evidence for answer in judged.answers.values())


def test_a_first_crawl_has_nothing_to_compare_with():
    judged = verdict(found(), History())
    assert judged.verdict == "healthy"
    assert judged.answers["count"].answer == judged.answers["fields"].answer == "unknown"


def test_a_block_page_in_place_of_the_list_is_blocked():
    findings = Findings(
        answers=[(URL, 200, "Akamai block page")], page_errors=[ChallengePageError(URL, "Akamai block page")]
    )
    judged = verdict(findings)
    assert (judged.verdict, judged.complete) == ("blocked", False)
    assert "Akamai" in judged.reason
    assert judged.answers["blocked"].answer == "yes"


def test_refusals_half_way_through_the_list_are_blocked():
    findings = found(last=False)
    findings.answers.append((f"{URL}?page=5", 429, "429 Too Many Requests"))
    assert verdict(findings).verdict == "blocked"


def test_a_few_refused_records_beside_a_whole_list_are_partial():
    findings = found()
    findings.answers[-1] = (f"{URL}39/", 403, "403 Forbidden")
    judged = verdict(findings)
    assert (judged.verdict, judged.complete) == ("partial", False)
    assert "403 Forbidden" in judged.reason


def test_many_refused_records_are_blocked():
    findings = found()
    findings.answers = [
        (url, 403, "x") if number > 20 else (url, 200, "") for number, (url, _, _) in enumerate(findings.answers)
    ]
    assert verdict(findings).verdict == "blocked"


def test_a_refusal_that_a_retry_overcame_does_not_count():
    findings = found()
    findings.answers.insert(0, (f"{URL}?page=1", 429, "429 Too Many Requests"))
    assert verdict(findings).verdict == "healthy"


def test_a_page_of_another_layout_is_broken_and_says_what_was_expected():
    findings = found()
    findings.page_errors.append(PageError(f"{URL}3/", "td.status", "1 element", "0 elements"))
    judged = verdict(findings)
    assert judged.verdict == "broken"
    assert "td.status" in judged.reason
    assert "1 element" in judged.reason
    assert "0 elements" in judged.reason


def test_nothing_and_no_word_of_it_is_broken_but_a_word_is_empty():
    findings = Findings(listing_pages=[ListingPage(URL, 1, 0, last=True)], answers=[(URL, 200, "")])
    assert verdict(findings).verdict == "broken"
    findings.empty_markers.append(EmptyMarker(URL, "No results found"))
    judged = verdict(findings, History(first=False, backfill=False, sightings=0))
    assert (judged.verdict, judged.complete) == ("empty", True)
    assert "No results found" in judged.reason


def test_an_answer_with_no_listing_at_all_is_broken():
    assert verdict(Findings(answers=[(URL, 200, "")])).verdict == "broken"


@pytest.mark.parametrize(
    "findings",
    [
        Findings(failures=[PageFailure(URL, "connection refused")]),
        Findings(answers=[(URL, 503, "")]),
        Findings(answers=[("https://portal.example/robots.txt", 200, ""), (URL, 502, "")]),
        Findings(),
    ],
    ids=["refused", "503", "robots only", "nothing"],
)
def test_no_answer_is_down(findings):
    assert verdict(findings).verdict == "down"


def test_one_page_without_an_answer_is_partial():
    findings = found()
    findings.failures.append(PageFailure(f"{URL}39/", "timed out after 3 attempts"))
    judged = verdict(findings)
    assert (judged.verdict, judged.complete) == ("partial", False)
    assert "timed out" in judged.reason


def test_a_record_whose_page_is_gone_is_no_fault_of_the_crawl():
    findings = found()
    findings.answers[-1] = (f"{URL}39/", 404, "")
    assert verdict(findings).verdict == "healthy"


def test_a_field_that_every_record_had_and_none_has_is_broken():
    judged = verdict(found(fields=("district",)))
    assert judged.verdict == "broken"
    assert "status" in judged.reason
    assert verdict(found(fields=("status",))).verdict == "healthy", "not every record had a district"


def test_a_required_field_missing_once_is_broken():
    findings = found()
    findings.saw(Record("odd", "case", "u", "t", {"status": ""}))
    assert verdict(findings, required_fields=("status",)).verdict == "broken"


def test_fewer_than_expected_is_not_healthy():
    judged = verdict(found(8, 1), min_records=30)
    assert judged.verdict == "broken"
    assert "min_records" in judged.reason


def test_a_list_that_halved_is_seen_but_left_to_the_ledger():
    judged = verdict(found(12, 1))
    assert judged.verdict == "healthy"
    assert judged.answers["count"].answer == "no"


def test_fewer_pages_or_records_than_the_portal_says_is_partial():
    assert verdict(_pages(3, 5)).verdict == "partial"
    judged = verdict(found(total=41))
    assert judged.verdict == "partial"
    assert "41 records" in judged.reason


def _pages(seen: int, said: int) -> Findings:
    findings = found(30, seen)
    findings.listing_pages = [
        ListingPage(p.url, p.number, p.rows, last=False, pages=said) for p in findings.listing_pages
    ]
    return findings


def test_pages_that_repeat_are_partial():
    findings = found(10, 1, last=False, pages=None)
    findings.listing_pages += [ListingPage(f"{URL}?page={n}", n, 10, last=False) for n in range(2, 9)]
    judged = verdict(findings, History())
    assert judged.verdict == "partial"
    assert "repeat" in judged.reason


def test_a_key_listed_twice_is_no_repetition():
    findings = found()
    findings.listing_pages[0] = ListingPage(URL, 1, 14, last=False, pages=4)
    assert verdict(findings).verdict == "healthy"


def test_a_missing_canary_is_partial():
    judged = verdict(found(), canaries=("k1", "gone"))
    assert (judged.verdict, judged.complete) == ("partial", False)
    assert "'gone'" in judged.reason


def test_our_own_limit_is_healthy_and_never_complete():
    findings = found(10, 1, last=False, pages=40)
    findings.limited_by = "--max-records = 10"
    judged = verdict(findings, canaries=("gone",), min_records=30)
    assert (judged.verdict, judged.coverage, judged.complete) == ("healthy", "limited", False)


def test_a_platforms_cap_is_healthy_and_capped():
    judged = verdict(found(capped=500, total=540))
    assert (judged.verdict, judged.coverage, judged.complete) == ("healthy", "capped", True)
