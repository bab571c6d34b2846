"""A portal that is an empty shell, crawled with a browser: records, evidence, news."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.scene import DETAIL, PORTAL, SLUG, Exchange, Scene, in_a_fork
from tests.replicas.server import Reply as Served
from tests.replicas.spa import ASSETS, HOST, ODD, SpaReplica
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture


@pytest.fixture
def replica() -> Iterator[SpaReplica]:
    with SpaReplica() as served:
        yield served


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Watched once, with all that a page does rightly, and the oddest of bodies."""
    hazards = ("api-redirect", "cookies", "dialogs", "digest", "frame", "redirect", "worker")
    with SpaReplica(*hazards) as served:
        for key in list(served.cases)[4:]:
            del served.cases[key]
        scene = Scene(in_a_fork, tmp_path_factory.mktemp("spa"), served, PORTAL + DETAIL)
        scene.crawl()
        asked = len(served.asked)
        yield scene
        assert len(served.asked) == asked, "nobody asked the portal since"


def test_its_records_are_read_and_its_changes_are_told(verb: Verb, tmp_path: Path, replica: SpaReplica):
    del replica.cases["2026-005"]
    scene = Scene(verb, tmp_path, replica, PORTAL + DETAIL)
    said = scene.crawl()
    assert "healthy — 4 records, 4 files" in said.out
    assert scene.events() == []
    one = scene.record("/case/2026-002")
    assert one["title"] == "Complaint 2 about a stop"
    assert one["versions"][-1]["fields"] == {"opened": "2026-03-02", "outcome": "Open"}

    replica.cases["2026-002"]["outcome"] = "Not sustained"
    replica.cases["2026-006"] = {"subject": "Complaint 6 about a search", "opened": "2026-03-06", "outcome": "Open"}
    del replica.cases["2026-004"]
    scene.crawl()
    news = [("changed", "/case/2026-002"), ("new", "/case/2026-006")]
    assert sorted(scene.events()) == news, (
        "what did not change is no news, though its class names are others each time, and its own page, the same shell "
        "with 200, proves no withdrawal"
    )
    scene.crawl()
    assert sorted(scene.events()) == news
    scene.crawl()
    assert scene.events()[2:] == [("withdrawn", "/case/2026-004")], "nor does it hide one for ever"


def test_every_byte_the_browser_got_is_archived_and_nothing_went_around(crawled: Scene):
    replica = crawled.replica
    archived = crawled.archived()
    assert crawled.exchanges() == crawled.served()
    hosts = {one.headers["WARC-Target-URI"].split("/")[2] for one in archived if one.kind == "request"}
    assert hosts == {HOST, ASSETS}, "the browser's own services got nothing, and no service was even asked for"
    paths = [asked.path for asked in replica.asked]
    assert {"/", "/start", "/list", "/api/moved", "/api/cases", "/frame.html", "/dot.gif", "/popup"} <= set(paths)
    assert "/worker.js" not in paths, "service workers are off: they would answer what nobody archived"
    assert paths.count("/app.js") == 1, "what a page may cache is loaded once"
    bodies = [one for one in archived if one.headers.get("WARC-Target-URI") == f"https://{ASSETS}/app.js"]
    assert [one.body for one in bodies if one.kind == "response"] == [
        reply.encoded()[0] for asked, reply in replica.sent if asked.path == "/app.js"
    ]


def test_a_package_of_one_record_replays_alone(verb: Verb, tmp_path: Path, crawled: Scene):
    package, page = tmp_path / "case.wacz", tmp_path / "case.html"
    assert verb("export", SLUG, "/case/2026-002", "-o", package, "--home", crawled.home).code == 0
    said = verb("replay", f"https://{HOST}/case/2026-002", "--warc", package, "--html", page, "--json")
    assert said.code == 0, said.err
    assert json.loads(said.out)["missing"] == {}
    assert '<p id="outcome">Open</p>' in page.read_text("utf-8"), "its script, which an earlier page had loaded, ran"


def test_the_script_gets_what_the_server_sent(crawled: Scene):
    digest = hashlib.sha256(ODD).hexdigest()
    assert any(f'<p id="digest">{digest}</p>'.encode() in one.body for one in crawled.resources("rendered"))
    assert Exchange("GET", f"https://{HOST}/odd.bin", 200, f"sha256:{digest}") in crawled.exchanges()


def test_a_watched_page_made_by_scripts_tells_what_changed_on_it(verb: Verb, tmp_path: Path, replica: SpaReplica):
    watched = PORTAL.partition("[parameters]")[0].replace('spider = "listing"', 'spider = "pages"')
    watched = watched.replace(f'url = "https://{HOST}/"', f'url = "https://{HOST}/case/2026-001"')
    scene = Scene(verb, tmp_path, replica, watched)
    scene.crawl()
    scene.crawl()
    assert scene.events() == []
    replica.cases["2026-001"]["outcome"] = "Exonerated after a second look"
    scene.crawl()
    assert scene.events() == [("changed", "/case/2026-001")]
    assert "Exonerated" in verb("diff", SLUG, "/case/2026-001", "--home", scene.home).out


def test_the_document_and_a_picture_of_it_are_kept_beside_the_exchange(verb: Verb, crawled: Scene):
    documents, pictures = crawled.resources("rendered"), crawled.resources("screenshot")
    assert len(documents) == len(pictures) == 2 + 4
    first = documents[0]
    assert first.kind == "resource"
    assert b"Complaint 3 about a stop" in first.body
    assert first.headers["Recordwatch-Engine"].startswith("Chromium ")
    shells = {one.headers["WARC-Record-ID"]: one for one in crawled.archived() if one.kind in {"response", "revisit"}}
    capture = first.headers["WARC-Target-URI"].rpartition(":")[2]
    shell = shells[f"<urn:uuid:{capture}>"]
    assert shell.headers["WARC-Target-URI"] == f"https://{HOST}/list"
    assert b"Complaint" not in shell.body
    assert pictures[0].headers["WARC-Target-URI"] == f"urn:recordwatch:screenshot:{capture}"
    assert pictures[0].body.startswith(b"\x89PNG\r\n")
    assert verb("verify", "--full", "--home", crawled.home).code == 0
    found = verb("search", '"Complaint 3"', "--home", crawled.home).out
    assert "2026-003" in found, "what the scripts wrote is found"


def test_the_browser_says_who_it_is_and_owns_its_cookies(crawled: Scene):
    asked_for = crawled.replica.asked
    agents = {asked.headers["user-agent"] for asked in asked_for}
    assert len(agents) == 1
    assert agents.pop().startswith("recordwatch/")
    sent = {asked.path: asked.headers.get("cookie", "") for asked in asked_for}
    assert sent["/list"] == "route=a", "once, though browser and door both heard of it"
    assert sent["/api/session"] == "route=a; seen=by-script"
    assert "proxy-authorization" not in {name for asked in asked_for for name in asked.headers}


def test_auto_takes_the_browser_only_for_empty_shells(verb: Verb, tmp_path: Path, replica: SpaReplica):
    scene = Scene(verb, tmp_path, replica, PORTAL.replace("browser = true", 'browser = "auto"'))
    scene.crawl()
    paths = [asked.target for asked in replica.asked]
    assert paths.count("/") == 2, "once plain, once in the browser"
    assert len(scene.resources("rendered")) == 2


def test_auto_leaves_the_browser_alone_where_the_page_speaks_for_itself(
    verb: Verb, tmp_path: Path, replica: SpaReplica
):
    row = "<li data-case><a href='/case/a'>a</a><p>Complaint</p><time>2026-03-01</time></li>"
    replica.reply = lambda asked: Served(f"<!DOCTYPE html><script src=/x.js></script><ul>{row}</ul>")  # type: ignore[method-assign]
    scene = Scene(verb, tmp_path, replica, PORTAL.replace("browser = true", 'browser = "auto"'))
    scene.crawl()
    assert [asked.target for asked in replica.asked] == ["/robots.txt", "/"]
    assert scene.resources("rendered") == []


def test_a_plain_crawl_says_that_a_browser_is_needed(verb: Verb, tmp_path: Path, replica: SpaReplica):
    scene = Scene(verb, tmp_path, replica, PORTAL.replace("browser = true\n", ""))
    said = scene.crawl(code=3)
    assert "broken" in said.out
    assert "empty shell that its scripts fill: browser = true in the portal file" in said.out
    assert not scene.resources("rendered")
    checked = verb("portals", "check", SLUG, "--home", scene.home)
    assert "browser = true" in checked.out


def test_a_check_uses_the_browser_too_also_where_its_cache_has_the_page(
    verb: Verb, tmp_path: Path, replica: SpaReplica
):
    replica.hazards.add("cached")
    scene = Scene(verb, tmp_path, replica, PORTAL + DETAIL)
    checked = verb("portals", "check", SLUG, "--home", scene.home)
    assert checked.code == 0, checked
    assert "RECORDS IT WOULD TAKE: 5, with 5 files" in checked.out
    paths = [asked.target for asked in replica.asked]
    assert paths.count("/api/cases?page=1") == 2, "a check reads the first page twice"
    assert paths.count("/") == 1, "its shell came out of the browser's cache"


def test_an_address_is_enough_to_watch_it(verb: Verb, tmp_path: Path, replica: SpaReplica):
    scene = Scene(verb, tmp_path, replica, PORTAL)
    scene.file.unlink()
    added = verb("portals", "add", replica.start, "--allow-private-network", "--home", scene.home)
    assert added.code == 0, added
    (file,) = (scene.home / "portals").glob("*.toml")
    assert "browser = true" in file.read_text("utf-8")
    said = verb("crawl", file.stem, "--home", scene.home)
    assert said.code == 0, said
    assert len(scene.resources("rendered")) == 1
