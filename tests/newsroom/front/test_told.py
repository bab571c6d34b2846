"""What is known against an event by now, and how late it is, beside what it told."""

from __future__ import annotations

from datetime import timedelta

from archive.catalog.models import Restriction
from releases.models import Event, File, FileVersion
from tests.newsroom.inside import Newsroom
from web.front.told import Told, tell


def told(event: Event) -> Told:
    return tell([event])[0]


def test_a_file_names_the_version_that_its_event_is_about(newsroom: Newsroom) -> None:
    event = Event.objects.get(kind="file_replaced", key="lh-2025-0103")
    one = told(event)
    (file,) = one.files
    assert file.address == f"/files/{file.id}?v=2"
    assert file.digest == (event.new or {})["digest"]
    assert one.diff == f"/diff/lake-harbor/lh-2025-0103?from=1&to=2&file={file.id}"
    first = Event.objects.get(kind="new", key="lh-2025-0103")
    assert {other.version for other in told(first).files} == {1}
    assert told(first).diff == ""
    FileVersion.objects.filter(file=file.id).delete()
    assert told(event).files[0].address == f"/files/{file.id}"


def test_what_was_taken_back_is_struck_out_with_the_reason(newsroom: Newsroom) -> None:
    wrong = Event.objects.get(kind="withdrawn")
    assert told(wrong).correction is None
    Event.objects.create(
        id="taken-back", at=wrong.at + timedelta(hours=1), portal=wrong.portal, record=wrong.record, key=wrong.key,
        title=wrong.title, url=wrong.url, kind="retracted", backfill=False,
        old={"event": wrong.id, "kind": "withdrawn", "at": wrong.at.isoformat()},
        new={"reason": "the list was <cut> short"}, files=[], captures=[], crawl="", tags=[],
    )  # fmt: skip
    one = told(wrong)
    assert one.correction is not None
    assert one.reason == "the list was <cut> short"
    page = newsroom.get("/releases?kind=withdrawn").content.decode()
    assert "taken back" in page
    assert "the list was &lt;cut&gt; short" in page
    assert "<del>The portal no longer lists it.</del>" in page


def test_a_file_that_a_rule_waited_for_says_how_late_it_came(newsroom: Newsroom) -> None:
    rules = newsroom.home.portals / "lake-harbor.toml"
    rules.write_text(rules.read_text("utf-8").replace("days = 60\n", 'days = 60\nto_kinds = ["video"]\n'), "utf-8")
    overdue = Event.objects.get(kind="overdue")
    assert told(overdue).late.endswith("days late")
    came = Event.objects.get(kind="file_added", key="lh-2025-0104")
    came.record, came.key, came.at = overdue.record, overdue.key, overdue.at + timedelta(days=3)
    days = (overdue.new or {})["days_late"] + 3
    assert told(came).late == f"{days} days after its last day (Video release (FICTIONAL rule))"
    came.files = [{**came.files[0], "kind": "report"}]
    assert told(came).late == ""  # the rule is about recordings
    came.files = [{**came.files[0], "kind": "video"}]
    came.at = overdue.at - timedelta(days=1)
    assert told(came).late == ""  # it came before it was missed
    came.at = overdue.at + timedelta(days=3)
    rules.unlink()
    assert told(came).late == ""  # nobody knows the rule any more


def test_a_picture_is_shown_only_where_one_is_held_and_its_bytes_are_not_withheld(newsroom: Newsroom) -> None:
    came = Event.objects.get(kind="file_added", key="lh-2025-0104")
    (film,) = told(came).files
    assert film.poster
    assert film.why is None
    row = File.objects.get(id=film.id)
    Restriction.objects.create(
        id="r1", portal=row.portal, kind="bytes", digest=row.digest, why="privacy", by="editor", at=came.at
    )
    (film,) = told(came).files
    assert not film.poster
    assert film.why == "restricted"
