"""Whole crawls of lists whose pages have no addresses, of pages that ask for a browser, and of challenges."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.capture.browser import renderer
from tests.browser.scene import PORTAL, Scene
from tests.replicas.server import Asked, Reply
from tests.replicas.spa import SpaReplica
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture
AUTO = PORTAL.replace("browser = true", 'browser = "auto"')


@pytest.mark.parametrize(("hazard", "documents"), [("pager", 3), ("more", 1)])
def test_every_row_is_found_and_nothing_is_news_the_second_time(
    verb: Verb, tmp_path: Path, hazard: str, documents: int
):
    with SpaReplica(hazard) as replica:
        for number in range(6, 9):
            one = {"subject": f"Complaint {number}", "opened": f"2026-03-{number:02d}", "outcome": "Open"}
            replica.cases[f"2026-{number:03d}"] = one
        scene = Scene(verb, tmp_path, replica, PORTAL.replace('"a[rel=next]"', '"button"'))
        said = scene.crawl()
        assert "healthy — 8 records" in said.out, said.out
        assert len(scene.resources("rendered")) == documents
        assert scene.record("/case/2026-008")["title"] == "Complaint 8"
        assert scene.exchanges() == scene.served()
        scene.crawl()
        assert scene.events() == []

        replica.lost_page = 3  # from here on the last page does not come
        said = scene.crawl(code=3)
        assert scene.events() == [("broken", "")], "what was not shown was not withdrawn"
        assert "did not come" in said.out or "there was more behind" in said.out


def test_a_page_of_a_record_asks_for_a_browser_that_its_list_does_not_need(verb: Verb, tmp_path: Path):
    class Mixed(SpaReplica):
        def reply(self, asked: Asked) -> Reply:
            if asked.path == "/":
                rows = [f"<li data-case><a href='/case/{key}'>{key}</a><p>Complaint</p></li>" for key in self.cases]
                return Reply(f"<!DOCTYPE html><ul>{''.join(rows[:2])}</ul>")
            return super().reply(asked)

    plain = PORTAL.replace("browser = true\n", "").replace('fields = { opened = "time" }\n', "")
    with Mixed() as replica:
        scene = Scene(
            verb, tmp_path, replica, plain + 'detail = { fields = { outcome = "#outcome" }, browser = true }\n'
        )
        scene.crawl()
        assert scene.record("/case/2026-001")["versions"][-1]["fields"] == {"outcome": "Sustained"}
        assert len(scene.resources("rendered")) == 2
        assert [asked.path for asked in replica.asked if asked.path in {"/", "/case/2026-001"}] == [
            "/",
            "/case/2026-001",
        ]


def test_a_challenge_is_left_to_a_browser_once(verb: Verb, tmp_path: Path):
    with SpaReplica("checks") as replica:
        scene = Scene(verb, tmp_path, replica, AUTO)
        said = scene.crawl()
        assert "healthy — 5 records" in said.out, said.out
        agents = {asked.headers["user-agent"].partition("/")[0] for asked in replica.asked}
        assert agents == {"recordwatch"}, "it is passed as who we are, or not at all"


def test_a_challenge_that_stays_is_a_block(verb: Verb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(renderer, "CHALLENGED", 0.5)
    with SpaReplica("challenge") as replica:
        said = Scene(verb, tmp_path, replica, AUTO).crawl(code=3)
        assert "blocked" in said.out
        assert [asked.path for asked in replica.asked].count("/") == 2, "once plain, once in a browser"
