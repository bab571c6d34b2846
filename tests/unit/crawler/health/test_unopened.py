"""Records that were not opened because the portal says they are unchanged: neither lost nor without fields."""

from __future__ import annotations

from config.portal import Expect
from crawler.baseline import Checks, Figures, History, figures_of
from crawler.findings import Findings
from crawler.health import judge
from releases.model import ListingPage, Record, Sighting

FIELDS = {"date": "2026-01-01", "summary": "words", "closed": "2026-02-02"}
KEYS = [f"case-{n}" for n in range(100)]


def crawl(read: dict[str, dict[str, str]], *, checked: set[str] = frozenset(), unopened: int = 0) -> Findings:  # type: ignore[assignment]
    """A crawl that listed all of KEYS and read these."""
    findings = Findings(listing_pages=[ListingPage("https://p.example/", 1, len(KEYS), last=True)])
    for key in dict.fromkeys([*KEYS, *read]):
        findings.saw(Sighting(key, f"https://p.example/{key}"))
    for key, fields in read.items():
        findings.saw(Record(key, "case", f"https://p.example/{key}", key, fields), checked=key in checked)
    findings.answers.append(("https://p.example/", 200, ""))
    findings.unopened = unopened
    return findings


def past(*crawls: Findings) -> History:
    figures: list[Figures] = []
    for findings in crawls:
        figures.append(figures_of(findings, past_of(figures)))
    return past_of(figures)


def past_of(figures: list[Figures]) -> History:
    if not figures:
        return History()
    last = figures[-1]
    return History(
        first=False,
        backfill=False,
        sightings=last.sightings,
        records=last.records,
        fields=last.fields,
        past=tuple(figures),
    )


WHOLE = crawl(dict.fromkeys(KEYS, FIELDS))


def test_a_crawl_that_opened_nothing_is_healthy_and_whole() -> None:
    judged = judge(crawl({}, unopened=100), past(WHOLE), Expect(required_fields=("date",)))
    assert (judged.verdict, judged.coverage, judged.complete) == ("healthy", "complete", True)
    assert (judged.figures.sightings, judged.figures.records, judged.figures.fields["closed"]) == (100, 100, 100)


def test_new_records_that_lack_what_comes_later_are_no_lost_field() -> None:
    fresh = {f"new-{n}": {"date": "2026-03-01", "summary": "words"} for n in range(5)}
    same = dict.fromkeys(KEYS[:3], FIELDS)
    judged = judge(crawl({**fresh, **same}, checked=set(same), unopened=97), past(WHOLE), Expect())
    assert judged.verdict == "healthy", judged.reason


def test_pages_without_a_field_they_had_are_broken_though_few_of_them_were_opened() -> None:
    same = {key: {"date": "2026-01-01", "summary": "words"} for key in KEYS[:3]}
    judged = judge(crawl(same, checked=set(same), unopened=97), past(WHOLE), Expect())
    assert judged.verdict == "broken"
    assert "“closed”" in judged.reason


def test_a_field_that_most_of_the_sample_lacks_is_lost() -> None:
    keys = [f"case-{n}" for n in range(40)]
    same = {key: FIELDS if n < 4 else {"date": "2026-01-01", "summary": "words"} for n, key in enumerate(keys)}
    judged = judge(crawl(same, checked=set(keys), unopened=60), past(WHOLE), Expect())
    assert judged.verdict == "broken"


def test_a_required_field_is_asked_of_every_record_that_was_read() -> None:
    judged = judge(
        crawl({"new-1": {"date": "2026-03-01"}}, unopened=100), past(WHOLE), Expect(required_fields=("summary",))
    )
    assert judged.verdict == "broken"


def test_crawls_that_opened_little_leave_the_memory_of_fields_as_it_was() -> None:
    history = past(WHOLE, *(crawl({f"new-{n}": {"date": "2026-03-01"}}, unopened=100 + n) for n in range(10)))
    assert (history.records, history.fields["closed"], history.fields["date"]) == (110, 100, 110)
    # A crawl of everything then loses the field: still seen.
    lost = crawl({key: {"date": "2026-01-01", "summary": "words"} for key in KEYS})
    assert judge(lost, history, Expect()).verdict == "broken"


def test_a_list_that_was_cut_is_doubted_as_ever() -> None:
    cut = crawl({}, unopened=10)
    cut.keys = dict(list(cut.keys.items())[:10])
    assert judge(cut, past(WHOLE, WHOLE), Expect(min_records=50)).verdict == "broken"


def test_what_was_found_out_of_the_portals_word_is_kept_and_said() -> None:
    judged = judge(crawl({}, unopened=100), past(WHOLE), Expect())
    lied = judged.checking(Checks(97, 3, 1), "")
    assert lied.figures.checks == Checks(97, 3, 1)
    assert "1 page had changed though the portal says otherwise" in lied.notes[-1]
    assert judged.checking(Checks(0, 100, 0), "not believed").notes[-1] == "not believed"
    assert judged.checking(Checks(100, 0, 0), "").figures == judged.figures
