"""Files: what pages list, and what their sources answer."""

import dataclasses

from releases.models import File, FileVersion
from tests.unit.releases.ledger.watch import Outcome, case, pdf, told


def one(name: str = "report") -> File:
    return File.objects.get(name=name)


def test_a_file_added_to_a_known_record_is_one_event_with_all_of_them(watch):
    watch.crawl(case("a", pdf("report")))
    (event,) = watch.crawl(case("a", pdf("report"), pdf("video", "/v.mp4"), pdf("audio", "/a.mp3")))
    assert (event["kind"], [file["name"] for file in event["files"]]) == ("file_added", ["video", "audio"])
    assert [wanted.url.rpartition("/")[2] for wanted in watch.plan.files_wanted] == ["report.pdf", "v.mp4", "a.mp3"]


def test_a_file_its_page_no_longer_lists_is_withdrawn_and_may_come_back(watch):
    both = case("a", pdf("report"), pdf("video", "/v.mp4"))
    watch.crawl(both)
    (event,) = watch.crawl(case("a", pdf("report")))
    assert (event["kind"], [file["name"] for file in event["files"]]) == ("file_withdrawn", ["video"])
    assert one("video").state == "withdrawn"
    (event,) = watch.crawl(both)
    assert (event["kind"], event["tags"]) == ("file_added", ["restored"])
    assert one("video").state == "present"
    assert File.objects.count() == 2


def test_a_page_that_was_not_read_withdraws_nothing(watch):
    from releases.model import Sighting

    watch.crawl(case("a", pdf("report")))
    assert watch.crawl(sightings=[Sighting("a", "u")]) == []


def test_a_signed_link_that_differs_each_time_is_the_same_file(watch):
    for token in "123":
        signed = pdf("report", f"/report.pdf?X-Amz-Signature={token}", identity="/report.pdf")
        assert len(watch.crawl(case("a", signed))) == (token == "1")
    assert watch.plan.files_wanted[0].url.endswith("Signature=3")
    assert File.objects.count() == 1


def test_the_same_document_under_a_new_address_is_not_news_until_its_bytes_differ(watch):
    watch.crawl(case("a", pdf("report", "/2024/report.pdf")))
    watch.files(Outcome(one().id, digest="sha256:1", capture="c1"))
    assert watch.crawl(case("a", pdf("report", "/2025/report-update.pdf"))) == []
    assert watch.files(Outcome(one().id, digest="sha256:1", capture="c2")) == []
    assert watch.crawl(case("a", pdf("report", "/2026/report.pdf"))) == []
    (event,) = watch.files(Outcome(one().id, digest="sha256:2", capture="c3"))
    assert event["kind"] == "file_replaced"
    assert watch.crawl(case("a", pdf("report", "/2026/report.pdf"))) == []


def test_another_video_at_a_player_is_another_video(watch):
    def player(n: int):
        return dataclasses.replace(pdf("video", f"/video/{n}", "player.vimeo.com", kind="video"), host="vimeo")

    watch.crawl(case("a", player(1)))
    assert told(watch.crawl(case("a", player(2)))) == [("file_added", "a"), ("file_withdrawn", "a")]


def test_two_hosts_that_serve_one_path_are_two_files(watch):
    (event,) = watch.crawl(case("a", pdf("x", "/a.pdf", "one.example"), pdf("y", "/a.pdf", "two.example")))
    assert len(event["files"]) == 2


def test_a_new_name_for_a_file_is_a_change(watch):
    watch.crawl(case("a", pdf("Report", "/r.pdf")))
    (event,) = watch.crawl(case("a", pdf("Final report", "/r.pdf")))
    assert (event["kind"], event["tags"]) == ("changed", ["file renamed"])
    assert (event["old"], event["new"]) == ({"files": ["Report"]}, {"files": ["Final report"]})


def test_first_bytes_are_no_event_and_the_same_again_only_checked(watch):
    watch.crawl(case("a", pdf("report")))
    assert watch.files(Outcome(one().id, digest="sha256:1", size=9000, capture="c1")) == []
    assert (one().version, one().digest) == (1, "sha256:1")
    watch.crawl(case("a", pdf("report")))
    assert watch.files(Outcome(one().id, digest="sha256:1", capture="c2")) == []
    watch.crawl(case("a", pdf("report")))
    assert watch.files(Outcome(one().id, not_modified=True, status=304, capture="c3")) == []
    assert one().checked_at == watch.now
    assert FileVersion.objects.count() == 1


def test_a_pdf_replaced_in_place_with_equal_length_is_told_with_both_digests(watch):
    watch.crawl(case("a", pdf("report")))
    watch.files(Outcome(one().id, digest="sha256:1", capture="c1"))
    watch.crawl(case("a", pdf("report")))
    (event,) = watch.files(Outcome(one().id, digest="sha256:2", capture="c2"))
    assert (event["kind"], event["key"], event["tags"]) == ("file_replaced", "a", [])
    assert event["old"] == {"digest": "sha256:1", "size": 5000, "mime": "application/pdf"}
    assert event["new"] == {"digest": "sha256:2", "size": 5000, "mime": "application/pdf"}
    assert event["captures"] == ["c1", "c2"]
    watch.crawl(case("a", pdf("report")))
    (event,) = watch.files(Outcome(one().id, digest="sha256:1", capture="c3"))
    assert event["tags"] == ["reverted"]
    assert list(FileVersion.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3]


def test_bytes_that_can_hardly_be_the_file_are_kept_and_called_suspicious(watch):
    watch.crawl(case("a", pdf("report")))
    watch.files(Outcome(one().id, digest="sha256:1"))
    odd = [
        Outcome("", digest="sha256:0", size=0),
        Outcome("", digest="sha256:2", size=31),
        Outcome("", digest="sha256:3", mime="text/html"),
    ]
    for outcome in odd:
        watch.crawl(case("a", pdf("report")))
        (event,) = watch.files(dataclasses.replace(outcome, file_id=one().id))
        assert event["tags"] == ["suspicious"]
        assert event["new"]["odd"].startswith("odd: ")
        assert watch.files(dataclasses.replace(outcome, file_id=one().id)) == []
        assert one().outcome.startswith("odd: ")
    (event,) = watch.files(Outcome(one().id, digest="sha256:1"))
    assert (event["tags"], one().outcome) == (["reverted"], "")


def test_a_failure_is_an_outcome_and_no_version(watch):
    watch.crawl(case("a", pdf("report")))
    assert watch.files(Outcome(one().id, error="connection reset after 3 attempts", status=0)) == []
    assert (one().version, one().outcome) == (0, "connection reset after 3 attempts")
    watch.files(Outcome(one().id, status=503))
    assert one().outcome == "its source answered 503"
    watch.files(Outcome(one().id, digest="sha256:1"))
    assert (one().version, one().outcome) == (1, "")


def test_gone_at_its_source_needs_two_crawls_and_may_come_back(watch):
    watch.crawl(case("a", pdf("report")))
    watch.files(Outcome(one().id, digest="sha256:1", capture="c1"))
    watch.crawl(case("a", pdf("report")))
    assert watch.files(Outcome(one().id, status=404, capture="c2")) == []
    watch.crawl(case("a", pdf("report")))
    (event,) = watch.files(Outcome(one().id, status=410, capture="c3"))
    assert (event["kind"], event["tags"], event["captures"]) == ("file_withdrawn", ["gone at source"], ["c1", "c3"])
    assert one().state == "gone"
    assert watch.crawl(case("a", pdf("report"))) == []
    assert watch.files(Outcome(one().id, status=404)) == []
    (event,) = watch.files(Outcome(one().id, not_modified=True, status=304, capture="c4"))
    assert (event["kind"], event["tags"], one().state) == ("file_added", ["restored"], "present")
    assert one().outcome == ""


def test_one_404_in_between_is_forgotten(watch):
    watch.crawl(case("a", pdf("report")))
    watch.files(Outcome(one().id, digest="sha256:1"))
    watch.files(Outcome(one().id, status=404))
    watch.files(Outcome(one().id, digest="sha256:1"))
    assert watch.files(Outcome(one().id, status=404)) == []


def test_a_link_that_never_worked_is_an_outcome_only(watch):
    watch.crawl(case("a", pdf("report")))
    for _ in range(3):
        assert watch.files(Outcome(one().id, status=404)) == []
    assert (one().state, one().outcome) == ("present", "its source answered 404")


def test_outcomes_of_unknown_files_and_doubles_are_harmless(watch):
    watch.crawl(case("a", pdf("report")))
    first = Outcome(one().id, digest="sha256:1")
    assert watch.files(Outcome("nobody", digest="sha256:9"), first, dataclasses.replace(first, digest="sha256:2")) == []
    assert one().digest == "sha256:1"


def test_bytes_that_a_killed_crawl_archived_get_their_version_even_when_unchanged(watch):
    """The next crawl asks conditionally and hears 304: the ledger has no version of them yet."""
    watch.crawl(case("a", pdf("report")))
    watch.files(Outcome(one().id, not_modified=True, status=304, capture="c2", digest="sha256:a"))
    assert (one().version, one().digest) == (1, "sha256:a")


def test_removed_at_its_host_twice_is_told_with_the_hosts_answer_and_a_wall_never_is(watch):
    watch.crawl(case("a", pdf("report")))
    watch.files(Outcome(one().id, digest="sha256:1", capture="c1"))
    for trouble in ("login", "geo", "private", "unreachable"):
        watch.crawl(case("a", pdf("report")))
        said = f"its host says {trouble}"
        assert watch.files(Outcome(one().id, status=404, capture="c2", error=said, trouble=trouble)) == []
        assert (one().state, one().outcome, one().missing_crawls) == ("present", said, 0)
    removed = Outcome(one().id, status=200, capture="c3", error="its host removed it", trouble="removed")
    watch.crawl(case("a", pdf("report")))
    assert watch.files(removed) == []
    watch.crawl(case("a", pdf("report")))
    (event,) = watch.files(removed)
    assert (event["tags"], event["captures"]) == (["removed at host"], ["c1", "c3"])
    assert event["new"] == {"status": 200, "said": "its host removed it"}
