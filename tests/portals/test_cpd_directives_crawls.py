"""A department's directives through whole crawls of the real command: revisions, withdrawals, new numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sample.pdf import pdf
from tests.portals.replica_watch import ReplicaWatch
from tests.replicas.cpd_directives import ARRESTS, FORCE, NOTICE, CpdDirectivesReplica
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture
Watched = ReplicaWatch[CpdDirectivesReplica]


@pytest.fixture
def watch(verb: Verb, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Watched]:
    with CpdDirectivesReplica("targets") as replica:
        yield ReplicaWatch(verb, tmp_path, replica, getattr(request, "param", "police-directives"))


def test_a_revision_is_told_with_its_fields_and_lines(watch: Watched) -> None:
    """Links that gain and lose `target` are no news; a title, a date and a line of the text are."""
    assert watch.crawl() == []
    assert watch.crawl() == []
    revised = replace(FORCE, title="Use of Invented Force", issued="16 October 2017", rescinds="1 October 2012 Version",
                      text=("sets forth fictional policy.", "provides fictional guidelines."))  # fmt: skip
    watch.replica.directives[0] = revised
    fields = ["effective_date", "issue_date", "rescinds", "text", "title"]
    # What stands under it has moved with it: its place in the contents says so.
    assert watch.crawl() == [
        ("changed", FORCE.guid, fields), ("changed", watch.replica.directives[1].guid, ["contents"]),
    ]  # fmt: skip
    said = watch.run("diff", "police-directives", "G03-02", "--home", watch.home).out
    assert "states" in said
    assert "sets forth" in said
    assert [version["title"] for version in watch.record("G03-02")["versions"]] == [
        "G03-02 Force Guidelines",
        "G03-02 Use of Invented Force",
    ]


def test_the_next_version_beside_the_one_in_force(watch: Watched) -> None:
    """As in contents of 2021: the same number twice, the coming one with its day in the title of the contents."""
    assert watch.crawl() == []
    coming = replace(FORCE, guid=FORCE.guid.replace("8fff", "9fff"), listed="Force Guidelines - EFFECTIVE 01 APRIL 2099",
                     issued="01 April 2099")  # fmt: skip
    watch.replica.directives.append(coming)
    assert [event[:2] for event in watch.crawl()] == [("new", coming.guid)]
    assert watch.record(coming.guid)["versions"][-1]["fields"]["listed_as"] == coming.listed
    asked = watch.run("record", "police-directives", "G03-02", "--home", watch.home)
    assert asked.code != 0
    assert all(key in asked.err for key in (FORCE.guid, coming.guid))


def test_not_on_the_public_site_then(watch: Watched) -> None:
    """When a directive stood on the public site and when it did not: `record` by its printed number."""
    watch.replica.directives.remove(ARRESTS)
    assert watch.crawl() == []
    missing = watch.run("record", "police-directives", "S06-14-03", "--home", watch.home)
    assert missing.code != 0
    assert "no record has the key or alias 'S06-14-03'" in missing.err
    watch.replica.directives.append(ARRESTS)
    ((kind, key, _),) = watch.crawl()
    assert (kind, key) == ("new", ARRESTS.guid)
    watch.replica.directives.remove(ARRESTS)
    assert watch.crawl() == [("withdrawn", ARRESTS.guid, [])]
    watch.replica.directives.append(ARRESTS)
    assert watch.crawl() == [("restored", ARRESTS.guid, [])]
    story = watch.record("S06-14-03")
    assert [event["kind"] for event in story["events"]] == ["new", "withdrawn", "restored"]


def test_a_deposited_memo_stands_beside_the_public_history(watch: Watched, tmp_path: Path) -> None:
    """What was handed over is on the same timeline, and is never said to have been on the site."""
    watch.crawl()
    memo = tmp_path / "memo.pdf"
    memo.write_bytes(pdf("Invented memo", ["Whom the desk really tells of an arrest."]))
    said = watch.run(
        "deposit", "police-directives", memo, "--about", "S06-14-03", "--title", "Memo on notification", "--kind", "memo",
        "--dated", "2015-03-02", "--how", "handed to our reporter", "--home", watch.home,
    )  # fmt: skip
    assert said.code == 0, said
    told = watch.run("record", "police-directives", "S06-14-03", "--home", watch.home).out
    assert "Memo on notification" in told
    assert "not captured" in told
    watch.replica.directives[2] = replace(ARRESTS, text=("says nothing any more.",), issued="04 March 2015")
    ((kind, key, fields),) = [event for event in watch.crawl() if event[0] == "changed"]
    assert (kind, key) == ("changed", ARRESTS.guid)
    assert {"issue_date", "text", "marked_as_revised"} <= set(fields)
    assert "Memo on notification" in watch.run("record", "police-directives", "S06-14-03", "--home", watch.home).out


def test_forms_are_files_asked_for_only_when_they_changed(watch: Watched) -> None:
    watch.crawl()
    watch.replica.asked.clear()
    assert watch.crawl() == []
    forms = [asked for asked in watch.replica.asked if asked.path.endswith(".pdf")]
    assert forms
    assert all(asked.headers.get("if-none-match") for asked in forms)
    watch.replica.documents["/forms/LHPD-11.377.pdf"] = pdf("Invented form", ["One thing to fill in."])
    assert [event[:2] for event in watch.crawl()] == [("file_replaced", watch.replica.directives[1].guid)]


def test_contents_of_headings_alone_withdraw_nothing(watch: Watched) -> None:
    watch.crawl()
    watch.replica.hazards.add("headings")
    assert [event[0] for event in watch.crawl(code=3)] == ["broken"]
    watch.replica.hazards.discard("headings")
    watch.replica.hazards.add("busy")
    assert [event[0] for event in watch.crawl()] == ["recovered"]
    assert watch.replica.refused


@pytest.mark.parametrize("watch", ["police-directives-numbered"], indirect=True)
def test_numbered_pdfs(watch: Watched) -> None:
    """Numbers that are not there are no news; one that comes, one that is replaced, one that goes."""
    assert watch.crawl() == []
    assert watch.crawl() == []
    taken = [asked for asked in watch.replica.asked if asked.path.startswith("/api/publicDirective/612")]
    assert {asked.path[-4:] for asked in taken} == {"6120", "6121", "6122", "6123"}
    assert all(asked.headers.get("if-none-match") for asked in taken if asked.path[-4:] in {"6120", "6122"})
    # Numbers inside the PDFs are found by search: in a directive, and in the printed index of all of them.
    hits = watch.rows("search", '"S06-14-03"', "--portal", watch.slug)
    assert {hit["key"] for hit in hits} == {"6122", "/forms/LHPD-11.716.pdf"}
    watch.replica.numbered[6123] = pdf("Special Order S99-01 Imaginary", ["ISSUE DATE: 01 May 2025"])
    watch.replica.numbered[6120] = pdf("Special Order S03-14 Invented Cameras", ["ISSUE DATE: 02 May 2025"])
    assert [event[:2] for event in watch.crawl()] == [("file_replaced", "6120"), ("new", "6123")]
    del watch.replica.numbered[6122]
    assert [event[:2] for event in watch.crawl()] == [("withdrawn", "6122")]
    watch.replica.hazards.add("shell")
    assert [event[0] for event in watch.crawl(code=3)] == ["broken"]


def test_a_notice_that_ran_out(watch: Watched) -> None:
    watch.crawl()
    watch.replica.directives.remove(NOTICE)
    assert watch.crawl() == [("withdrawn", NOTICE.guid, [])]
