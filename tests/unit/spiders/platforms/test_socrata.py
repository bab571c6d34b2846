"""Socrata: each way its answers can differ is the typed error that says so."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from config.errors import ConfigError
from config.portal import Portal, read_portal
from releases.model import ListingPage, Record, Sighting
from spiders.platforms.socrata import SocrataSpider
from tests.captures import REAL, needs_captures
from tests.portals.offline import Outcome
from tests.replicas import asking
from tests.replicas.socrata import OFFICERS, SUMMARY, SocrataReplica

PORTALS = Path(__file__).parents[3] / "portals"
CAPTURES = REAL / "socrata-copa"


def portal(slug: str = "socrata-cases", **parameters: Any) -> Portal:
    found = read_portal(PORTALS / slug / "portal.toml")
    return msgspec.structs.replace(found, parameters={**found.parameters, **parameters})


def crawled(replica: SocrataReplica, watched: Portal) -> Outcome:
    return asking.crawled(replica, SocrataSpider(watched))


@pytest.mark.parametrize(
    ("hazard", "words"),
    [
        (
            "short",
            "rows of several keys, up to row 9 (parameters.page_size = 3) for 'the rows', found 1 of one key after row 6",
        ),
        ("unordered", "rows in the order of log_no"),
        ("endless", "'2031-0000001' again, after other keys"),
        ("preparing", "status 202: Dataset is being prepared"),
        ("renamed", "a column 'current_status' for 'parameters.columns.status'"),
    ],
)
def test_answers_that_are_not_as_documented(hazard: str, words: str) -> None:
    with SocrataReplica(hazard) as replica:
        if hazard == "unordered":
            replica.tables[SUMMARY].append(replica.tables[SUMMARY][0])
        outcome = crawled(replica, portal())
    assert words in str(outcome.errors[0])
    if hazard in {"short", "preparing", "renamed"}:
        assert not any(page.last for page in outcome.of(ListingPage))


def test_a_smaller_page_than_asked_for_loses_nothing() -> None:
    with SocrataReplica("capped") as replica:
        outcome = crawled(replica, portal(page_size=5000))
        assert {record.key for record in outcome.of(Record)} == {row["log_no"] for row in replica.tables[SUMMARY]}
    assert [page.rows for page in outcome.of(ListingPage)] == [2, 2, 3]
    assert outcome.errors == []


def test_a_key_twice_with_other_data_is_an_error_and_with_the_same_data_is_none() -> None:
    with SocrataReplica() as replica:
        rows = replica.tables[SUMMARY]
        rows.append(dict(rows[2]))
        same = crawled(replica, portal())
        rows[-1]["finding"] = "Exonerated"
        other = crawled(replica, portal())
        rows[-1] = {**rows[2], "location": {"latitude": "41.6"}}  # type: ignore[dict-item]
        elsewhere = crawled(replica, portal())
    assert same.errors == elsewhere.errors == []
    assert len(same.of(Record)) == 7
    assert "2 rows that differ in finding" in str(other.errors[0])
    assert len(other.of(Record)) == 6
    assert len(other.of(Sighting)) == 7


def test_rows_of_one_key_that_fill_a_page_are_an_error() -> None:
    with SocrataReplica() as replica:
        outcome = crawled(replica, portal("socrata-officers", page_size=2))
    assert "parameters.page_size = 2" in str(outcome.errors[0])


def test_columns_that_should_be_one_and_differ_are_named() -> None:
    with SocrataReplica() as replica:
        replica.tables[OFFICERS][1]["current_status"] = "Reopened"
        outcome = crawled(replica, portal("socrata-officers"))
    assert "differ only in parameters.repeated.columns" in str(outcome.errors[0])
    assert "2 rows that differ in current_status" in str(outcome.errors[0])


def test_a_row_without_a_key_is_an_error_and_the_others_are_read() -> None:
    with SocrataReplica() as replica:
        del replica.tables[SUMMARY][3]["log_no"]
        outcome = crawled(replica, portal())
    assert "log_no (parameters.key, row 1)" in str(outcome.errors[0])
    assert len(outcome.of(Record)) == 6


def test_a_date_in_another_form_is_an_error() -> None:
    with SocrataReplica() as replica:
        replica.tables[SUMMARY][0]["complaint_date"] = "02/11/2031"
        outcome = crawled(replica, portal())
    assert "complaint_date" in str(outcome.errors[0])
    assert "'02/11/2031'" in str(outcome.errors[0])
    assert (len(outcome.of(Sighting)), len(outcome.of(Record))) == (7, 6)


def test_objects_in_cells() -> None:
    """A link is its address; a place stays one field, however it is made up."""
    with SocrataReplica() as replica:
        outcome = crawled(replica, portal(columns=[], files=[]))
    fields = {record.key: record.fields for record in outcome.of(Record)}["2031-0000005"]
    assert fields["report"] == "https://data.portmerrow.example/reports/5.pdf"
    assert fields["location"] == '{"latitude":"41.5","longitude":"-87.25"}'
    assert fields["beat"] is None


def test_an_empty_table_says_so_in_its_count() -> None:
    with SocrataReplica() as replica:
        replica.tables[SUMMARY].clear()
        outcome = crawled(replica, portal())
    assert [marker.words for marker in outcome.yielded if type(marker).__name__ == "EmptyMarker"] == ["count(*) is 0"]


@pytest.mark.parametrize(
    ("body", "gone"), [(b"[]\n", True), (b" [ ]", True), (b'[{"log_no":"1"}]', False), (b"", False)]
)
def test_a_row_that_is_gone(body: bytes, gone: bool) -> None:
    assert SocrataSpider.gone(body) is gone


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"page_size": 1}, "use 2 to 50,000 rows"),
        ({"page_size": 60_000}, "use 2 to 50,000 rows"),
        ({"repeated": {"field": "officers", "columns": []}}, "name the columns"),
        ({"repeated": {"field": "status", "columns": ["rank"]}}, "a name no other field has"),
        ({"repeated": {"field": "beats", "columns": ["beat"]}}, "one of parameters.columns already"),
        ({"dataset": "copa"}, "use the table's id"),
        ({"keys": "log_no"}, "do you mean parameters.key?"),
    ],
)
def test_mistakes_in_the_portal_file(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(words)):
        SocrataSpider(portal(**change))


@pytest.mark.parametrize(
    "url",
    [
        "https://data.portmerrow.example/d/qv7k-3mzt",
        "https://data.portmerrow.example/resource/qv7k-3mzt.json",
        "https://data.portmerrow.example/Public-Safety/Late-Case-File/qv7k-3mzt/about_data",
    ],
)
def test_addresses_that_name_the_table(url: str) -> None:
    spider = SocrataSpider(msgspec.structs.replace(portal(), url=url))
    (asked,) = spider.first()
    assert asked.url == "https://data.portmerrow.example/api/views/qv7k-3mzt.json"


ALWAYS = ("assignment", "case_type", "status", "category", "complaint_date", "beat", "police_shooting",
          "race_of_complainants", "sex_of_complainants", "age_of_complainants")  # fmt: skip
OFFICERS_ARE = (
    "race_of_involved_officers",
    "sex_of_involved_officers",
    "age_of_involved_officers",
    "years_on_force_of_officers",
)
SPLIT = {**dict.fromkeys(ALWAYS, 10), **dict.fromkeys(OFFICERS_ARE, 4)}
FOUND: dict[str, tuple[int, dict[str, int]]] = {
    "copa_scraped_split.json": (10, SPLIT),
    "copa_scraped_split.csv": (10, SPLIT),
    "copa_scraped_demographics.csv": (151, {"beat": 56, **dict.fromkeys(OFFICERS_ARE, 56)}),
    "copa_scraped_logno.csv": (149, {}),
}
"""File → records, and how many have each field of the shipped portal file that the file has a column for."""


@needs_captures
@pytest.mark.parametrize("name", FOUND)
def test_what_is_found_in_real_rows(name: str) -> None:
    """Rows of COPA's summary table of 2019 and 2020, as another project stored them; it wrote a space after each colon."""
    text = (CAPTURES / name).read_text("utf-8")
    rows = msgspec.json.decode(text)["copa"] if name.endswith("json") else list(csv.DictReader(text.splitlines()))
    rows = [{column: value.replace(": ", ":") for column, value in row.items() if value} for row in rows]
    names = list(dict.fromkeys(column for row in rows for column in row))
    shipped = read_portal(Path(__file__).parents[4] / "spiders" / "portals" / "chicago-copa-summary.toml")
    columns = {field: column for field, column in shipped.parameters["columns"].items() if _column(column) in names}
    with SocrataReplica() as replica:
        replica.tables[SUMMARY] = rows
        replica.columns[SUMMARY] = names
        outcome = crawled(replica, portal(files=[], columns=columns or ["log_no"]))
    found = outcome.of(Record)
    records, fields = FOUND[name]
    assert outcome.errors == []
    assert len(found) == records
    assert {field: sum(record.fields[field] not in (None, []) for record in found) for field in columns} == fields
    if "complaint_date" in fields:
        assert found[-1].fields["complaint_date"] == "2019-01-11T15:18:16"
    if "race_of_involved_officers" in fields:
        assert max(len(record.fields["race_of_involved_officers"] or []) for record in found) > 1  # type: ignore[arg-type]


def _column(column: str | dict[str, Any]) -> str:
    return column if isinstance(column, str) else str(column["column"])
