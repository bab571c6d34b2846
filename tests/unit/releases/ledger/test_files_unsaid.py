"""A row of a list that says nothing of files: those known before stay, and are asked for again when the row changes."""

from __future__ import annotations

from releases.ledger.compare import FILES
from releases.model import Record
from releases.models import File, RecordVersion
from tests.unit.releases.ledger.watch import Outcome, Watch, case, pdf, told

SOME = frozenset({"closed", FILES})


def page(*names: str, status: str = "open") -> Record:
    return case(
        "a", *map(pdf, names), fields={"status": status, "closed": None}, absent_means_unknown=SOME, text="page"
    )


def row(status: str = "open") -> Record:
    return case("a", fields={"status": status}, absent_means_unknown=SOME, text="row")


def states() -> dict[str, str]:
    return dict(File.objects.values_list("name", "state"))


def test_files_stay_when_only_the_row_is_read(watch: Watch) -> None:
    watch.crawl(page("a", "b"))
    assert watch.crawl(row()) == []
    assert watch.crawl(row()) == []
    assert watch.plan.files_wanted == []
    assert states() == {"a": "present", "b": "present"}
    assert [len(version.files) for version in RecordVersion.objects.order_by("number")] == [2, 2]


def test_a_changed_row_is_news_of_its_fields_alone_and_has_its_files_asked_again(watch: Watch) -> None:
    watch.crawl(page("a", "b"))
    (event,) = watch.crawl(row("closed"))
    assert (event["kind"], event["new"]) == ("changed", {"status": "closed"})
    assert len(watch.plan.files_wanted) == 2


def test_a_file_that_the_page_drops_later_is_still_noticed(watch: Watch) -> None:
    watch.crawl(page("a", "b"))
    watch.crawl(row())
    assert told(watch.crawl(page("a", "c"))) == [("file_added", "a"), ("file_withdrawn", "a")]
    assert states() == {"a": "present", "b": "withdrawn", "c": "present"}


def test_files_that_are_first_said_are_known_and_not_news(watch: Watch) -> None:
    watch.crawl(row())
    assert watch.crawl(page("a")) == []
    assert states() == {"a": "present"}
    assert len(watch.plan.files_wanted) == 1
    assert told(watch.crawl(page("a", "b"))) == [("file_added", "a")]


def test_a_page_without_files_takes_them_away(watch: Watch) -> None:
    watch.crawl(page("a"))
    assert told(watch.crawl(page())) == [("file_withdrawn", "a")]
    assert told(watch.crawl(page("b"))) == [("file_added", "a")]


def test_a_file_that_is_gone_at_its_source_stays_gone(watch: Watch) -> None:
    watch.crawl(page("a"))
    (wanted,) = watch.plan.files_wanted
    watch.files(Outcome(wanted.file_id, digest="sha256:1"))
    for _ in range(2):
        watch.crawl(page("a"))
        watch.files(Outcome(wanted.file_id, status=404))
    assert states() == {"a": "gone"}
    watch.crawl(row())
    assert states() == {"a": "gone"}
