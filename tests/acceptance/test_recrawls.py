"""What an unchanged portal is asked again, and what it sends: counted by the portal itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.file_site import Document, FileSite, pdf
from tests.acceptance.recrawling import Watch
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture
LARGE = 200_000
"""Bytes of a file that costs more than twice as much as its head."""


@pytest.fixture
def site() -> Iterator[FileSite]:
    with FileSite() as served:
        yield served


@pytest.fixture
def watch(verb: Verb, tmp_path: Path, site: FileSite) -> Watch:
    return Watch(verb, tmp_path, site)


def cases(site: FileSite, count: int) -> list[str]:
    """So many cases with one file each; their paths."""
    for number in range(count):
        site.case(f"c{number:02}", report=Document(pdf(str(number))))
    return [f"/c{number:02}-report.pdf" for number in range(count)]


def test_within_the_budget_everything_is_asked_for_and_nothing_unchanged_is_sent(site: FileSite, watch: Watch) -> None:
    site.case("a", one=Document(pdf("one")), two=Document(pdf("two"), "date"))
    site.case("b", three=Document(pdf("three"), "bare"))
    first = watch.crawl()
    assert first.of("GET") == {"/a-one.pdf": 1, "/a-two.pdf": 1, "/b-three.pdf": 1}
    again = watch.crawl()
    assert again.of("GET") == first.of("GET")
    assert [(one.path, one.status, one.sent) for one in again.asked if one.status != 304] == [
        ("/b-three.pdf", 200, 2000)
    ], "pages and robots.txt are asked for conditionally too"
    assert not again.of("HEAD")
    assert watch.said["recheck"] == {
        "held": 3, "asked_again": 3, "heads": 0, "not_asked": 0, "postponed": 0, "left_by_limits": 0,
        "budget_seconds": 21525, "seconds_for_all": 0,
    }  # fmt: skip
    assert watch.notes == ""
    site.document("/b-three.pdf").body = pdf("3")
    watch.crawl()
    assert watch.kinds == ["file_replaced"]


def test_beyond_the_budget_those_longest_unseen_come_first_and_the_others_are_left_in_peace(
    site: FileSite, watch: Watch
) -> None:
    paths = cases(site, 12)
    watch.crawl()
    watch.days_pass(2)
    watch.write(seconds=0.5)  # five files at a tenth of a second
    seen = watch.checked()
    asked = [set(watch.crawl().of("GET"))]
    assert len(asked[0]) == 5
    assert {path: at for path, at in watch.checked().items() if at == seen[path]}.keys() == set(paths) - asked[0]
    assert (
        "asked for 5 of 12 held files again (budget: 0.000581% of a day); at this pace all of them within 3 days"
        in (watch.notes)
    )
    site.case("new", report=Document(pdf("new")))
    site.words["c11"] = "Something else is said of this case now. "
    for day in range(2):
        watch.days_pass(1)
        more = set(watch.crawl().of("GET"))
        if day == 0:
            assert {"/new-report.pdf", "/c11-report.pdf"} <= more, "new files, and those of changed records, at once"
            assert watch.kinds == ["changed", "changed", "new"], "the list's own page is a record too"
        asked.append(more)
    assert set.union(*asked) == {*paths, "/new-report.pdf"}, "each had its turn"
    assert watch.said["recheck"]["not_asked"] == 8
    assert {"withdrawn", "file_withdrawn"}.isdisjoint(watch.kinds)


def test_what_changes_often_is_asked_for_in_every_crawl(site: FileSite, watch: Watch) -> None:
    cases(site, 8)
    watch.crawl()
    restless = "/c05-report.pdf"
    for day in range(2):
        watch.days_pass(1)
        site.document(restless).body = pdf(f"day {day}")
        watch.crawl()
        assert watch.kinds == ["file_replaced"]
    watch.write(seconds=0.5)
    for day in range(2):
        watch.days_pass(1)
        site.document(restless).body = pdf(f"later {day}")
        assert len(watch.crawl().of("GET")) == 5
        assert watch.kinds == ["file_replaced"]


def test_without_validators_the_head_is_looked_at_and_the_bytes_come_at_the_bound(site: FileSite, watch: Watch) -> None:
    for number in range(6):
        site.case(f"c{number}", film=Document(pdf(str(number), LARGE), "bare"))
    watch.crawl()
    watch.days_pass(3)
    watch.write(seconds=0.65, longest_days=6.0)
    site.document("/c2-film.pdf").body = pdf("longer now", LARGE + 1)
    site.document("/c4-film.pdf").body = pdf("as long as ever", LARGE)
    seen = watch.crawl()
    assert seen.of("HEAD").total() == 6
    assert set(seen.of("GET")) == {"/c2-film.pdf"}, "another length is a change"
    assert watch.kinds == ["file_replaced"]
    assert "5 of these say the same length, which is no proof" in watch.notes
    file = watch.record("/c4/")[0]["files"][0]
    assert "its head is looked at" in file["due_because"]
    watch.days_pass(2.5)
    seen = watch.crawl()
    assert seen.of("GET").total() == 5, "the bound: none may be seven days old at the next crawl"
    assert watch.kinds == ["file_replaced"], "the same length, other bytes"


@pytest.mark.parametrize("head", ["refused", "silent"])
def test_a_host_that_says_nothing_to_head_is_asked_once(site: FileSite, watch: Watch, head: str) -> None:
    for number in range(6):
        site.case(f"c{number}", film=Document(pdf(str(number), LARGE), "bare", head=head))  # type: ignore[arg-type]
    watch.crawl()
    watch.days_pass(3)
    watch.write(seconds=0.65)
    seen = watch.crawl()
    assert seen.of("HEAD").total() == 1
    assert seen.of("HEAD") == seen.of("GET"), "that file is asked for by GET"
    watch.days_pass(1)
    seen = watch.crawl()
    assert seen.of("HEAD").total() == 0, "learnt"
    assert seen.of("GET").total() == 2, "as many as the budget has time for"


def test_a_digest_or_a_date_in_heads_proves_that_nothing_changed(site: FileSite, watch: Watch) -> None:
    site.case("a", film=Document(pdf("a", LARGE), "bare", head="digest"))
    site.case("b", film=Document(pdf("b", LARGE), "bare", head="dated"))
    watch.crawl()
    watch.write(seconds=0.25)
    watch.days_pass(1)
    assert watch.crawl().of("HEAD").total() == 2
    assert watch.said["recheck"]["postponed"] == 1, "nobody knows since when the date is so"
    before = watch.checked()
    watch.days_pass(1)
    watch.write()  # its bytes come, and the date is known from before
    assert watch.crawl().of("GET").total() == 2
    watch.write(seconds=0.25)
    watch.days_pass(1)
    again = watch.crawl()
    assert (again.of("HEAD").total(), again.of("GET").total(), watch.said["recheck"]["postponed"]) == (2, 0, 0)
    assert all(at > before[path] for path, at in watch.checked().items())
    site.document("/a-film.pdf").body = pdf("A", LARGE)
    site.document("/b-film.pdf").changed_at += 60
    watch.days_pass(1)
    assert set(watch.crawl().of("GET")) == {"/a-film.pdf", "/b-film.pdf"}
    assert watch.kinds == ["file_replaced"]


def test_a_host_that_ignores_validators_is_found_out(site: FileSite, watch: Watch) -> None:
    for number in range(4):
        site.case(f"c{number}", film=Document(pdf(str(number), LARGE), "ignoring"))
    watch.crawl()
    watch.days_pass(1)
    assert watch.crawl().of("GET").total() == 4
    watch.days_pass(1)
    watch.write(seconds=0.45)
    seen = watch.crawl()
    assert "ignores validators: unchanged files come whole" in watch.notes
    assert (seen.of("HEAD").total(), seen.of("GET").total()) == (4, 0), "its ETags are no use, its heads are"


def test_a_record_says_when_its_files_are_due_and_why(site: FileSite, watch: Watch) -> None:
    cases(site, 4)
    watch.crawl()
    told, shown = watch.record("/c00/")
    (file,) = told["files"]
    assert file["due_because"] == "every held file of its host fits the budget"
    assert file["checked_at"] < file["due_at"]
    assert "last asked for " in shown
    assert "every held file of its host fits the budget" in shown
    watch.write(seconds=0.1, longest_days=9)
    why = [watch.record(f"/c{number:02}/")[0]["files"][0]["due_because"] for number in range(4)]
    assert why.count("among those likeliest to have changed for what asking costs") == 1
    assert sum(one.startswith("at the latest (recheck.longest_days = 9)") for one in why) == 3
    watch.days_pass(8.5)
    assert "9 days without a look are the longest" in watch.record("/c03/")[1]


def test_a_file_that_is_gone_at_its_source_takes_its_turn_like_the_others(site: FileSite, watch: Watch) -> None:
    cases(site, 4)
    watch.crawl()
    site.document("/c02-report.pdf").gone = True
    for kinds in ([], ["file_withdrawn"]):
        watch.days_pass(3)
        watch.write(seconds=0.1, longest_days=90)
        if not kinds:
            watch.write()
        assert watch.crawl().of("GET")["/c02-report.pdf"] == 1, "the second 404 decides, and is asked for at once"
        assert watch.kinds == kinds
    watch.days_pass(1)
    watch.write(seconds=0.1, longest_days=5)
    (file,) = watch.record("/c02/")[0]["files"]
    assert file["due_because"].startswith("at the latest")
    assert "/c02-report.pdf" not in watch.crawl().of("GET")
