"""What crawls of a listing make of records, day after day."""

import dataclasses

from releases.models import Alias, File, Record, RecordVersion
from tests.unit.releases.ledger.watch import case, pdf, told


def test_the_first_crawl_is_a_backfill_of_new_records(watch):
    events = watch.crawl(case("a", pdf("report")), case("b"))
    assert told(events) == [("new", "a"), ("new", "b")]
    assert all(event["backfill"] for event in events)
    (a,) = [event for event in events if event["key"] == "a"]
    assert [file["name"] for file in a["files"]] == ["report"]
    assert a["new"] == {"status": "open"}
    assert a["old"] is None
    assert a["captures"] == ["capture-of-a", "list-a"]
    assert [(wanted.url, wanted.referer) for wanted in watch.plan.files_wanted] == [
        ("https://portal.example/report.pdf", "https://portal.example/case/a/")
    ]


def test_nothing_new_is_one_assignment_of_sightings(watch):
    watch.crawl(case("a"), case("b"))
    assert watch.crawl(case("a"), case("b")) == []
    (step,) = watch.plan.operations
    assert sorted(step.values) == ["last_crawl", "last_seen_at"]
    assert len(step.ids) == 2
    assert set(Record.objects.values_list("last_crawl", flat=True)) == {watch.crawl_id}


def test_a_new_record_after_the_backfill_is_news(watch):
    watch.crawl(case("a"))
    (event,) = watch.crawl(case("a"), case("b"))
    assert (event["kind"], event["key"], event["backfill"]) == ("new", "b", False)


def test_a_change_says_only_what_changed_and_keeps_both_captures(watch):
    watch.crawl(case("a", fields={"status": "open", "district": "7"}))
    (event,) = watch.crawl(case("a", fields={"status": "closed", "district": "7"}, capture="second"))
    assert (event["kind"], event["old"], event["new"]) == ("changed", {"status": "open"}, {"status": "closed"})
    assert event["captures"] == ["capture-of-a", "second"]
    assert event["tags"] == []
    versions = RecordVersion.objects.order_by("number").values_list("number", "noise", "fields__status")
    assert list(versions) == [(1, False, "open"), (2, False, "closed")]


def test_a_field_that_comes_or_goes_is_a_change(watch):
    watch.crawl(case("a", fields={"status": "open", "note": "materials withheld"}))
    (event,) = watch.crawl(case("a", fields={"status": "open", "district": "7"}))
    assert event["old"] == {"note": "materials withheld", "district": None}
    assert event["new"] == {"note": None, "district": "7"}


def test_white_space_and_unicode_form_are_noise(watch):
    watch.crawl(case("a", fields={"name": "José  Ruiz\n"}, raw="1"))
    assert watch.crawl(case("a", fields={"name": "Jose\u0301 Ruiz"}, raw="2")) == []
    assert list(RecordVersion.objects.order_by("number").values_list("noise", flat=True)) == [False, True]


def test_markup_that_flips_is_kept_and_never_told(watch):
    for day in range(6):
        events = watch.crawl(case("a", raw=f"<a rel={day % 2}>", text=f"views {day % 2}"))
        assert [event["kind"] for event in events] == (["new"] if day == 0 else [])
    assert RecordVersion.objects.filter(noise=True).count() == 5


def test_a_flapping_field_is_noise_and_never_hides_a_real_one(watch):
    def shown(views: int, status: str = "open"):
        return case("a", fields={"views": views, "status": status}, flapping=frozenset({"views"}))

    watch.crawl(shown(1))
    assert watch.crawl(shown(2)) == []
    (event,) = watch.crawl(shown(3, "closed"))
    assert event["new"] == {"status": "closed"}


def test_a_return_to_an_earlier_state_is_told_as_one(watch):
    watch.crawl(case("a", fields={"status": "open"}))
    watch.crawl(case("a", fields={"status": "closed"}))
    (event,) = watch.crawl(case("a", fields={"status": "open"}))
    assert event["tags"] == ["reverted"]


def test_the_printed_key_in_a_new_form_is_reformatted_and_an_alias(watch):
    forms = ["2019-0000294", "2019-294", "2019-0294", "2019-0000294"]
    events = [
        watch.crawl(case("slug", printed_key=form, title=f"Log# {form}", fields={"log": form}))[0] for form in forms
    ]
    assert [event["kind"] for event in events] == ["new", "changed", "changed", "changed"]
    assert [event["tags"] for event in events[1:]] == [["reformatted"], ["reformatted"], ["reformatted", "reverted"]]
    assert events[1]["old"]["printed_key"] == "2019-0000294"
    assert set(Alias.objects.values_list("name", flat=True)) == set(forms)


def test_another_number_is_not_a_new_form(watch):
    watch.crawl(case("slug", printed_key="2019-294"))
    (event,) = watch.crawl(case("slug", printed_key="2019-295"))
    assert (event["kind"], event["tags"]) == ("changed", [])


def test_a_key_in_a_new_form_at_the_same_url_is_the_same_record(watch):
    url = "https://portal.example/case/294/"
    watch.crawl(case("2019-0000294", url=url), case("7", url="https://portal.example/x"))
    assert (
        watch.crawl(case("2019-294", url=url, title="Case 2019-0000294"), case("7", url="https://portal.example/x"))
        == []
    )
    assert Record.objects.get(key="2019-0000294").last_crawl == watch.crawl_id
    assert Alias.objects.get().name == "2019-294"


def test_the_same_number_at_another_url_is_another_record(watch):
    watch.crawl(case("007"), case("b"))
    assert told(watch.crawl(case("007"), case("7"), case("b"))) == [("new", "7")]


def test_a_move_of_the_host_is_not_news_and_old_addresses_stay_known(watch):
    old, new = "iprachicago.org", "chicagocopa.org"
    watch.crawl(*(case(k, pdf("report", f"/{k}.pdf", old), url=f"http://{old}/case/{k}") for k in "abcdefghijkl"))
    moved = [case(k, pdf("report", f"/{k}.pdf", new), url=f"https://{new}/case/{k}") for k in "abcdefghijkl"]
    assert watch.crawl(*moved) == []
    assert Record.objects.get(key="a").url == f"https://{new}/case/a"
    assert File.objects.get(identity="/a.pdf").url == f"https://{new}/a.pdf"
    assert Alias.objects.filter(name="http://iprachicago.org/case/a").exists()
    assert watch.crawl(*moved) == []
    assert Alias.objects.count() == 12


def test_a_record_known_by_its_alias_is_not_new(watch):
    watch.crawl(case("a", aliases=("old-a",)))
    assert watch.crawl(dataclasses.replace(case("old-a"), url=case("a").url, title="Case a", aliases=("a",))) == []
    assert Record.objects.count() == 1


def test_an_alias_does_not_swallow_a_second_record(watch):
    """One printed number on two cases: the second is a case of its own, whoever came first."""
    watch.crawl(case("1089338-2", printed_key="1089338"))
    assert told(watch.crawl(case("1089338-2", printed_key="1089338"), case("1089338"))) == [("new", "1089338")]


def test_one_key_twice_with_different_data_is_stable_and_warned_of(watch):
    one, two = case("a", fields={"status": "open"}), case("a", fields={"status": "closed"})
    (event,) = watch.crawl(one, two)
    assert event["tags"] == ["same key twice"]
    assert watch.plan.warnings
    for rows in ((two, one), (one, two), (two, one, two)):
        assert watch.crawl(*rows) == []
    (event,) = watch.crawl(case("a", fields={"status": "x"}), case("a", fields={"status": "y"}))
    assert event["kind"] == "changed"


def test_a_new_version_of_our_spider_says_nothing(watch):
    watch.crawl(case("a", pdf("report"), fields={"status": "open"}))
    better = case("a", pdf("report"), pdf("video", "/v.mp4"), fields={"status": "Open", "district": "7"})
    assert watch.crawl(better, extractor="copa 2") == []
    assert RecordVersion.objects.get(number=2).noise
    (event,) = watch.crawl(
        dataclasses.replace(better, fields={"status": "Closed", "district": "7"}), extractor="copa 2"
    )
    assert event["new"] == {"status": "Closed"}


def test_a_record_our_new_spider_reads_later_is_silent_too(watch):
    """Its page failed in the crawl that brought the new version: only then is it re-baselined."""
    from releases.model import Sighting

    watch.crawl(case("a"), case("b"))
    watch.crawl(
        case("a", fields={"more": "1"}), extractor="copa 2",
        sightings=[Sighting("a", "u"), Sighting("b", "u")], verdict="partial",
    )  # fmt: skip
    assert watch.crawl(case("a", fields={"more": "1"}), case("b", fields={"more": "1"}), extractor="copa 2") == []
    assert told(watch.crawl(case("a", fields={"more": "2"}), case("b", fields={"more": "2"}), extractor="copa 2")) == [
        ("changed", "a"), ("changed", "b"),
    ]  # fmt: skip


def test_a_new_spider_with_other_keys_does_not_flood_anyone(watch):
    watch.crawl(*(case(f"{n}") for n in range(20)))
    events = watch.crawl(*(case(f"id-{n}") for n in range(20)), extractor="copa 2")
    assert {event["backfill"] for event in events if event["kind"] == "new"} == {True}
    assert [event["kind"] for event in events if event["kind"] != "new"] == ["mass_withdrawal"]


def test_what_a_broken_crawl_does_not_show_is_not_lost(watch):
    full = case("a", pdf("report"), fields={"status": "open", "district": "7"})
    watch.crawl(full)
    (event,) = watch.crawl(case("a", fields={"status": "open"}), verdict="broken")
    assert event["kind"] == "broken"
    assert told(watch.crawl(full)) == [("recovered", "")]
    assert RecordVersion.objects.count() == 1


def test_a_broken_crawl_still_tells_what_it_saw(watch):
    watch.crawl(case("a"))
    events = watch.crawl(case("a", fields={"status": "closed"}), case("b"), verdict="broken")
    assert told(events) == [("broken", ""), ("changed", "a"), ("new", "b")]


def test_hostile_values_do_not_break_the_commit(watch):
    files = (pdf("n\\0", "/" + "ü" * 5000), pdf("x", identity="y" * 5000), pdf("z", "//[::1", "["))
    fields = {"a\\0": "\\ud800", "n": float("nan"), "i": 10**30, "l": [float("inf")]}
    record = case(
        "k\\0" + "é" * 3000,
        *files,
        fields=fields,
        printed_key="9" * 9000,
        aliases=("x" * 9000, ""),
        title="t\\0",
        raw="\\udfff",
    )
    assert len(watch.crawl(record)) == 1
    assert watch.crawl(record) == []
    assert Record.objects.count() == 1
    assert len(Record.objects.get().key) <= 512


def test_files_beyond_the_limit_are_said(watch):
    record = case("a", *(pdf(f"f{n}") for n in range(501)))
    (event,) = watch.crawl(record)
    assert len(event["files"]) == 500
    assert "files_per_record" in watch.plan.warnings[0]


def test_records_may_come_one_at_a_time_and_in_any_number(watch):
    many = [case(f"{n:04}") for n in range(1203)]
    assert len(watch.crawl(*many)) == 1203
    changed = [case(f"{n:04}", fields={"status": "closed" if n % 400 == 0 else "open"}) for n in range(1203)]
    assert told(watch.crawl(*changed)) == [("changed", f"{n:04}") for n in (0, 400, 800, 1200)]
