"""What flips back and forth though nobody declared it: told while it may be news, and never hidden for good."""

from releases.models import File, RecordVersion
from tests.unit.releases.ledger.watch import case, pdf, told


def shown(flag: str, status: str = "open"):
    return case("a", fields={"flag": flag, "status": status})


def days(watch, *records):
    """The kinds of event of each day."""
    return [[event["kind"] for event in watch.crawl(record)] for record in records]


def test_a_field_that_keeps_coming_back_is_learnt_and_its_versions_are_kept(watch):
    watch.crawl(shown("x"))
    told_days = days(watch, *(shown("yx"[day % 2]) for day in range(10)))
    assert told_days == [["changed"]] * 3 + [[]] * 7
    noise = list(RecordVersion.objects.order_by("number").values_list("noise", flat=True))
    assert noise == [False] * 4 + [True] * 7


def test_a_value_it_never_had_is_told_however_restless_the_field_is(watch):
    watch.crawl(shown("x"))
    days(watch, *(shown("yx"[day % 2]) for day in range(6)))
    (event,) = watch.crawl(shown("z"))
    assert (event["old"], event["new"]) == ({"flag": "x"}, {"flag": "z"})


def test_another_field_is_told_without_the_flip(watch):
    watch.crawl(shown("x"))
    days(watch, *(shown("yx"[day % 2]) for day in range(6)))
    (event,) = watch.crawl(shown("y", "closed"))
    assert (event["old"], event["new"]) == ({"status": "open"}, {"status": "closed"})


def test_what_flips_leave_behind_is_told_once_it_has_stayed(watch):
    watch.crawl(shown("x"))
    days(watch, *(shown("yx"[day % 2]) for day in range(6)))  # last told: y
    told_days = days(watch, *(shown("x") for _ in range(13)), shown("x"), shown("x"))
    assert [day for day in told_days if day] == [["changed"]]
    assert told_days.index(["changed"]) == 13
    from releases.models import Event

    last = Event.objects.order_by("-at", "-id").first()
    assert (last.old, last.new, last.tags) == ({"flag": "y"}, {"flag": "x"}, ["settled"])


def test_a_counter_beside_it_keeps_nothing_from_settling(watch):
    """Its rows differ in every crawl, and in nothing that is told."""
    from releases.models import Event

    def row(flag: str):
        fields = {"flag": flag, "views": watch.day}
        return case("a", fields=fields, flapping=frozenset({"views"}), raw=str(watch.day))

    watch.crawl(row("x"))
    for day in range(6):
        watch.crawl(row("yx"[day % 2]))
    assert [len(watch.crawl(row("x"))) for _ in range(15)] == [0] * 13 + [1, 0]
    assert Event.objects.order_by("-at", "-id").first().tags == ["settled"]


def test_slow_changes_are_never_flips(watch):
    """A case that is reopened every few weeks is news each time."""
    watch.crawl(shown("x"))
    for turn in range(6):
        watch.day += 20
        assert told(watch.crawl(shown("yx"[turn % 2]))) == [("changed", "a")]


def test_a_link_that_comes_and_goes_is_learnt_too(watch):
    without, both = case("a", pdf("report")), case("a", pdf("report"), pdf("poster"))
    watch.crawl(without)
    told_days = days(watch, *((both, without)[day % 2] for day in range(9)))
    assert told_days == [["file_added"], ["file_withdrawn"], ["file_added"]] + [[]] * 6
    assert File.objects.get(name="poster").state == "present"
    told_days = days(watch, *(without for _ in range(15)))
    assert [day for day in told_days if day] == [["file_withdrawn"]]


def test_a_report_beside_a_restless_link_is_told_alone(watch):
    without, both = case("a", pdf("report")), case("a", pdf("report"), pdf("poster"))
    watch.crawl(without)
    days(watch, *((both, without)[day % 2] for day in range(6)))
    (event,) = watch.crawl(case("a", pdf("report"), pdf("poster"), pdf("appendix")))
    assert [file["name"] for file in event["files"]] == ["appendix"]


def test_withdrawn_and_restored_are_never_flips(watch):
    watch.crawl(shown("x"), case("b"))
    for _ in range(5):
        assert told(watch.crawl(case("b"), gone=["a"])) == [("withdrawn", "a")]
        assert told(watch.crawl(shown("x"), case("b"))) == [("restored", "a")]


def test_a_new_version_of_our_spider_begins_anew(watch):
    watch.crawl(shown("x"))
    days(watch, *(shown("yx"[day % 2]) for day in range(6)))
    watch.crawl(shown("y"), extractor="copa 2")
    assert told(watch.crawl(shown("x"), extractor="copa 2")) == [("changed", "a")]


def test_one_key_twice_beside_a_counter_is_the_row_it_was(watch):
    """The counter makes every row differ from what is held; the row that differs in nothing else speaks."""

    def row(status: str, views: int):
        return case("a", fields={"status": status, "views": views}, flapping=frozenset({"views"}))

    watch.crawl(row("open", 1))
    for day in range(2, 6):
        assert watch.crawl(row("duplicate", day), row("open", day)) == []
    assert watch.plan.warnings
    assert watch.crawl(row("open", 9)) == []
