"""The shipped file for a licence-plate readers' page, on real pages as a browser left them, where they are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.portal import read_portal
from releases.model import Record
from spiders.errors import PageError
from spiders.registry import spider_class
from tests.captures import REAL, needs_captures
from tests.portals.offline import crawl, html

ROOT = Path(__file__).resolve().parents[3]
CAPTURES = REAL / "flock-transparency-portal"
PORTAL = read_portal(ROOT / "spiders" / "portals" / "el-cerrito-flock.toml")
DAYS = {
    "2026-03-28": {"vehicles_30_days": "368,340", "hotlist_hits_30_days": "8,289", "searches_30_days": "159"},
    "2026-04-04": {"vehicles_30_days": "369,343", "hotlist_hits_30_days": "25,875", "searches_30_days": "155"},
}


def read(page: bytes) -> tuple[list[Record], list[PageError]]:
    outcome = crawl(spider_class(PORTAL.spider)(PORTAL), lambda url: html(url, page))
    return outcome.of(Record), outcome.errors


@needs_captures
@pytest.mark.parametrize(("day", "counts"), DAYS.items())
def test_what_the_real_pages_say(day: str, counts: dict[str, str]):
    (record,), errors = read((CAPTURES / f"el-cerrito-ca-pd@{day}.html").read_bytes())
    assert not errors
    assert (record.key, record.title, record.kind) == ("El Cerrito CA PD", "El Cerrito CA PD", "dataset")
    fields = dict(record.fields)
    assert {name: fields[name] for name in counts} == counts
    assert fields["updated"].startswith(day)
    assert (fields["cameras"], fields["retention"]) == ("40", "30 days")
    assert fields["detected"] == "License Plates, Vehicles"
    assert fields["hotlists"] == "California SVS, NCMEC Amber Alert"
    assert all(fields[name] for name in PORTAL.parameters["fields"])
    assert len(fields["shared_with"]) > 200
    assert "Berkeley CA PD" in fields["shared_with"]
    assert [file.url.split("/")[5] for file in record.files] == ["18501", "20319", "20320"]
    assert set(record.flapping) == {"updated", *counts}


PAGE = """<body><header><h1>Pine Hollow PD</h1><p>Last Updated: <span title="2026-05-01T10:00:00Z">May 1</span></p></header>
<div id="overview"><h3>Overview</h3><div><p>How it is used.</p></div></div>
<div>{cards}</div><div id="additionalInfo"><a href="/DocumentCenter/View/1/Manual">Manual</a></div></body>"""
CARDS = {"What's Detected": "Plates", "What's Not Detected": "Faces", "Acceptable Use Policy": "Law enforcement only.",
         "Prohibited Uses": "Harassment", "Data retention (in days)": "30 days", "Number of LPR and other cameras": "12",
         "Organizations granted access to Pine Hollow PD data": "Lakeside PD, Oak Creek SO"}  # fmt: skip


def page(cards: dict[str, str]) -> bytes:
    return PAGE.format(
        cards="".join(f"<div><p>{name}</p><div>{said}</div></div>" for name, said in cards.items())
    ).encode()


def test_another_departments_page_is_read_by_its_labels():
    (record,), errors = read(page({name: f"<b>{said}</b>" for name, said in CARDS.items()}))
    assert not errors
    assert record.fields["shared_with"] == ["Lakeside PD", "Oak Creek SO"]
    assert record.fields["cameras"] == "12"
    assert record.fields.get("hotlists") is None


@pytest.mark.parametrize("label", CARDS)
def test_a_label_that_is_gone_is_an_error_that_names_it(label: str):
    _, errors = read(page({name: said for name, said in CARDS.items() if name != label}))
    assert len(errors) == 1
    assert label.partition(" Pine")[0] in errors[0].selector
    assert errors[0].found.startswith("none")
