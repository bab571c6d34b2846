"""The Online Case Portal of 2016: its one JSON answer, its oldest case pages, and its real records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import scrapy
from scrapy.http import Response

from config.portal import Portal, read_portal
from releases.model import EmptyMarker, ListingPage, Note, Record, Sighting
from spiders.sites.copa import CopaSpider
from spiders.sites.ipra import IpraSpider
from tests.acceptance.copa_truth import CAPTURES
from tests.portals.offline import Outcome, converse
from tests.replicas.asking import served
from tests.replicas.ipra import Case, IpraReplica

PORTAL = Path(__file__).resolve().parents[3] / "portals" / "lake-harbor-ipra" / "portal.toml"
SCRAPES = sorted((CAPTURES.parent / "copa-legacy-ipra").glob("*.json"))


@pytest.fixture
def ipra() -> Iterator[IpraReplica]:
    with IpraReplica() as replica:
        yield replica


def read(ipra: IpraReplica, *changes: tuple[str, str]) -> Outcome:
    """What the spider finds, with text of the JSON answer replaced."""

    def answer(request: scrapy.Request) -> Response:
        found = served(ipra, request)
        for old, new in changes if "DynamicSearch" in request.url else ():
            assert old.encode() in found.body, found.body
            found = found.replace(body=found.body.replace(old.encode(), new.encode()))
        return found

    return converse(IpraSpider(read_portal(PORTAL)), answer)


def by_key(outcome: Outcome) -> dict[str, Record]:
    return {record.key: record for record in outcome.of(Record)}


def test_the_same_records_after_the_move(ipra: IpraReplica) -> None:
    before = by_key(read(ipra))
    ipra.hazards.add("moved")
    after = by_key(read(ipra))
    assert before.keys() == after.keys()
    for key, record in before.items():
        assert record.fields == after[key].fields
        assert set(record.aliases) == set(after[key].aliases)
    first, second = before["1070801-2"].files, after["1070801-2"].files
    assert [file.url for file in first][-2:] != [file.url for file in second][-2:]
    paths = [[file.identity or file.url.split("/", 3)[3] for file in files] for files in (first, second)]
    assert paths[0] == paths[1]


def test_copas_own_spider_names_the_same_cases() -> None:
    """The names under which IPRA's and COPA's records find each other."""
    portal = Portal("copa", "C", "A", "P", "https://www.chicagocopa.org/data-cases/case-portal/", "copa")
    with IpraReplica("moved") as ipra:
        page = served(ipra, scrapy.Request("https://www.lakeharbor-ipra.example/case/1070801-2/"))
        ours = by_key(read(ipra))["1070801-2"]
    # COPA's pages of that age print a district as well.
    page = page.replace(body=page.body.replace(b"</th></tr></thead>", b"</th><th>District of Occurrence</th></tr></thead>")
                        .replace(b"</td></tr></tbody>", b"</td><td>04</td></tr></tbody>"))  # fmt: skip
    (theirs,) = [item for item in CopaSpider(portal).case(page, slug="1070801-2") if isinstance(item, Record)]
    assert theirs.key == ours.key
    assert set(theirs.aliases) == set(ours.aliases)
    assert theirs.fields["district"] == ["04"]
    assert "district" in ours.absent_means_unknown - ours.fields.keys()


def test_an_empty_list_says_so_and_a_bare_one_is_an_error(ipra: IpraReplica) -> None:
    ipra.hazards.add("empty")
    assert [marker.words for marker in read(ipra).of(EmptyMarker)] == ["No results found"]
    ipra.hazards = {"bare"}
    outcome = read(ipra)
    assert (len(outcome.errors), outcome.yielded) == (1, [])


def test_a_page_instead_of_json_is_an_error(ipra: IpraReplica) -> None:
    ipra.hazards.add("html")
    outcome = read(ipra)
    assert "HTML or XML" in outcome.errors[0].found
    assert outcome.of(ListingPage) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("caseSearch", "search"), "caseSearch"),
        (('"items"', '"rows"'), "HTML as a text"),
        (("ipra-case-search-data-table", "cases"), "at least 1 case"),
        (("/1070801-2/", "/a/b/"), "/<slug>/ or /case/<slug>/"),
        (('<a href=\\"http://portal.lakeharbor-ipra.example/1070801-2/\\">1070801</a>', "1070801"), "1 link to a case"),
    ],
)
def test_a_changed_answer_is_an_error(ipra: IpraReplica, change: tuple[str, str], words: str) -> None:
    outcome = read(ipra, change)
    assert words in f"{outcome.errors[0].selector} {outcome.errors[0].expected}"
    assert outcome.of(ListingPage) == []


def shown(records: dict[str, dict[str, Any]]) -> list[Case]:
    """Scraped records as the replica shows them."""

    def files(rows: list[dict[str, str]]) -> tuple[tuple[str, str], ...]:
        return tuple((row["url"], row["description"]) for row in rows or [])

    return [
        Case(
            log, row["record_url"].rstrip("/").rpartition("/")[2], row["incident_type"], row["ipra_notification_date"],
            row["incident_date_time"], row["post_date_time"], tuple(row.get("subjects") or ()), tuple(row["notes"]),
            files(row["video"]), files(row["audio"]), files(row["documents"]),
        )
        for log, row in records.items()
    ]  # fmt: skip


@pytest.mark.parametrize("path", SCRAPES, ids=lambda path: path.stem)
def test_every_field_of_the_real_records_is_read(ipra: IpraReplica, path: Path) -> None:
    """What another scraper found in 2016, shown in the portal's markup again and read from it."""
    records = json.loads(path.read_bytes())["records"]
    ipra.state.cases = shown(records)
    outcome = read(ipra)
    assert outcome.errors == []
    found = {record.printed_key: record for record in outcome.of(Record)}
    assert found.keys() == records.keys()
    assert len(outcome.of(Sighting)) == len(records)
    nameless = [log for log, row in records.items() if row.get("subjects") == [""]]
    assert [
        note.words.count(f"/{log}-2/ prints `Subject:` and no name")
        for note, log in zip(outcome.of(Note), nameless, strict=True)
    ] == [1] * len(nameless)
    for log, row in records.items():
        record, media = found[log], [*row["video"], *row["audio"]]
        assert record.fields["involved_civilians"] == [
            name for subject in row.get("subjects") or () for name in split(subject) if name
        ]
        assert len(record.fields["notes"]) == len(row["notes"])  # type: ignore[arg-type]
        assert record.fields["incident_types"] == [row["incident_type"]]
        assert str(record.fields["notification_date"]).replace("-", "") == (
            row["ipra_notification_date"][6:] + row["ipra_notification_date"][:5].replace("-", "")
        )
        assert record.fields["published"] == row["post_date_time"]
        players = {
            file.identity.rpartition("/")[2].rpartition(":")[2] for file in record.files if file.host != "direct"
        }
        assert players == {one["file_id"] for one in media}
        assert {file.url for file in record.files if file.host == "direct"} == {one["url"] for one in row["documents"]}
    assert not [file for record in found.values() for file in record.files if file.host == "embed"]


def split(subject: str) -> list[str]:
    """One paragraph may name several people, with commas."""
    return [name.strip() for name in subject.replace("; ", ", ").split(", ")]
