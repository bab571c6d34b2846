"""The eight things people come for. Each test reads as what they do; `Visitor` looks at every page they see."""

from __future__ import annotations

import re
from pathlib import Path

import requests
from playwright.sync_api import expect

from sample.story import WITNESS
from tests.newsroom.journeys.conftest import Scene, Visits
from tests.newsroom.journeys.proof import payloads
from tests.newsroom.journeys.visitor import Visitor


def test_what_is_new_since_yesterday(scene: Scene, visitor: Visitor) -> None:
    visitor.comes_to("/", "first-screen")
    visitor.opens(visitor.link("Since yesterday"), "since-yesterday")
    assert "since=" in visitor.page.url
    releases = visitor.page.locator("ol.releases > li")
    assert releases.count() >= 8
    tasered = releases.filter(has_text="Case LH-2025-0107")
    visitor.press(tasered.locator("summary"))
    expect(tasered.locator(".event").first).to_be_visible()
    visitor.sees("details")
    table = requests.get(visitor.page.url.replace("/releases", "/releases.csv"), timeout=30)
    assert "lh-2025-0107" in table.text
    visitor.opens(tasered.locator("a.step"), "its-record")
    expect(visitor.page.locator("video")).to_be_visible()


def test_every_taser_case_in_district_4_and_its_videos(scene: Scene, visitor: Visitor) -> None:
    visitor.comes_to("/", "first-screen")
    visitor.searches("taser district:04", "found")
    expect(visitor.page.locator("article.hit h3")).to_have_text(["Case LH-2025-0107"])
    expect(visitor.page.locator(".snippet mark").first).to_have_text("taser")
    visitor.opens(visitor.page.locator(".place a").first, "the-page-it-stands-on")
    expect(visitor.page.locator(".sheet .hit").first).to_be_visible()
    visitor.searches("taser district:04 kind:video", "its-videos")  # the report says it, not the video
    expect(visitor.page.locator("article.hit h3")).to_have_text(["Case LH-2025-0107"])
    expect(visitor.page.locator(".snippet mark").first).to_have_text("taser")
    visitor.opens(visitor.page.locator(".place a").first, "the-video")
    player = visitor.page.locator("video")
    player.evaluate("async one => { one.muted = true; await one.play(); }")
    visitor.page.wait_for_function("() => document.querySelector('video').currentTime > 0.2")


def test_what_changed_in_this_policy(scene: Scene, visitor: Visitor) -> None:
    visitor.comes_to("/", "first-screen")
    visitor.searches("use of force kind:policy", "found")
    visitor.opens(visitor.page.locator("article.hit h3 a").first, "the-policy")
    visitor.opens(visitor.link("What changed"), "its-fields")
    compared = visitor.page.locator("#compared")
    expect(compared.locator("del", has_text="must").first).to_be_visible()
    expect(compared.locator("ins", has_text="should").first).to_be_visible()
    expect(compared).to_contain_text("2026-03-12")
    visitor.opens(visitor.link("Files", "nav.tabs"), "its-files")
    visitor.opens(visitor.page.locator("#compared h3 a, .card h3 a").first, "its-document")
    expect(visitor.page.locator("#compared")).to_contain_text("proportional")


def test_tell_me_when_this_case_changes(scene: Scene, visits: Visits) -> None:
    people = {"keys": "ana@example.org", "phone": "luz@example.org"}
    came = {name: visits(name) for name in people}
    for name, address in people.items():
        visitor = came[name]
        visitor.comes_to("/records/lake-harbor/lh-2025-0107", "the-case")
        visitor.opens(visitor.link("Tell me when this changes"), "what-to-tell")
        visitor.writes("Mail address", address)
        visitor.opens(visitor.button("Ask me by mail"), "look-into-your-mail")
        [question] = scene.mails(address, 1)
        link = re.search(r"http://\S+/subscriptions/confirm/\S+", question.get_content())
        assert link, question.get_content()
        visitor.comes_to(link[0], "the-question")
        visitor.opens(visitor.button("Yes, tell me"), "agreed")
    scene.portal.day = 12
    scene.run("crawl", "lake-harbor")
    for name, address in people.items():
        news = scene.mails(address, 2)[1]
        text = news.get_body(("plain",))
        assert text is not None
        assert "LH-2025-0107" in news["Subject"]
        assert "Under review → Closed" in text.get_content()
        # Each in the language of whoever asked: at a desk in English, on a phone in Spanish.
        said = {"keys": "Why you get this:", "phone": "Por qué recibe esto:"}
        assert {one: words in text.get_content() for one, words in said.items()} == {one: one == name for one in said}
        ends = re.search(r"http://\S+/alerts/mute/\S+", text.get_content())
        assert ends, text.get_content()
        visitor = came[name]
        there = re.search(
            rf"{re.escape(scene.newsroom.url)}(/records/lake-harbor/lh-2025-0107)(?=\s)", text.get_content()
        )
        assert there, text.get_content()
        visitor.comes_to(there[1], "what-the-mail-told")
        expect(visitor.page.locator(".timeline ins", has_text="Closed")).to_be_visible()
        visitor.comes_to(ends[0], "how-it-ends")
        visitor.opens(visitor.page.locator("main button").first, "ended")


def test_who_is_late(scene: Scene, visitor: Visitor) -> None:
    visitor.comes_to("/", "first-screen")
    visitor.opens(visitor.page.locator('nav.sections a[href="/deadlines"]'), "who-is-late")
    expect(visitor.page.locator("section[aria-labelledby=who] table")).to_contain_text("lake-harbor")
    visitor.opens(visitor.page.locator('ul.tabs a[href*="overdue"]').first, "overdue")
    late = visitor.page.locator("ul.cases > li").filter(has_text="LH-2026-0004")
    expect(late).to_contain_text("2026-03-05")
    calendar = requests.get(f"{scene.newsroom.url}/deadlines.ics?status=overdue", timeout=30)
    assert "LH-2026-0004" in calendar.text
    visitor.opens(late.locator("a").first, "the-late-case")
    expect(visitor.page.locator("section[aria-labelledby=rules]")).to_be_visible()


def test_prove_it_they_swapped_the_pdf(scene: Scene, visitor: Visitor, tmp_path: Path) -> None:
    visitor.comes_to("/", "first-screen")
    visitor.searches("LH-2025-0103", "found")
    visitor.opens(visitor.page.locator('main a.step[href$="/lh-2025-0103"]').first, "the-case")
    visitor.opens(visitor.link("Compare versions"), "both-versions")
    compared = visitor.page.locator("#compared")
    expect(compared.locator("del", has_text="3").first).to_be_visible()
    expect(compared.locator("ins", has_text="5").first).to_be_visible()
    both = visitor.page.locator("section[aria-labelledby=proof]")
    digests = both.locator("code.digest").all_inner_texts()
    assert len(set(digests)) == 2
    for row in both.locator("tbody tr").all():  # when each was captured, and the witness log's entry
        assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", row.inner_text())
        assert re.search(r"\d+", row.locator("td").last.inner_text())
    for n in (0, 1) if visitor.keys else (1,):
        visitor.opens(both.locator("tbody a").nth(n), f"capture-{n + 1}")
        expect(visitor.page.locator("#proof ~ dl")).to_contain_text(digests[n])
        visitor.opens(visitor.link("Check it now"), f"checked-{n + 1}")
        expect(visitor.page.locator(".card .notice.success")).to_contain_text("✓")
        visitor.page.go_back()
        visitor.page.go_back()
    visitor.opens(visitor.page.locator('main a[href$="/lh-2025-0103"]').first, "the-case-again")
    visitor.opens(visitor.button("All of it as one WACZ"), "package")
    ready = visitor.link("Download")
    expect(ready).to_be_visible(timeout=60_000)
    visitor.sees("package-ready")
    with visitor.page.expect_download() as started:
        visitor.press(ready)
    package = tmp_path / "case.wacz"
    started.value.save_as(package)
    assert {digest.removeprefix("sha256:") for digest in digests} <= payloads(package)


def test_it_was_no_takedown_we_were_blocked(scene: Scene, visitor: Visitor) -> None:
    visitor.comes_to("/records/lake-harbor/lh-2025-0101", "a-case")
    gap = visitor.page.locator(".timeline li.blind")
    expect(gap).to_contain_text(
        visitor.t("In this time we could not see the portal: a gap here is ours, not a takedown.")
    )
    expect(gap).to_contain_text("Akamai")
    visitor.opens(visitor.page.locator('nav.sections a[href="/portals"]'), "portals")
    visitor.opens(visitor.link("Lake Harbor Office of Police Review (FICTIONAL)"), "the-portal")
    blind = visitor.page.locator("section[aria-labelledby=blind]")
    expect(blind.locator(".card")).to_have_count(1)
    refused = visitor.page.locator(".crawls details").filter(has_text="Akamai")
    visitor.press(refused.locator("summary"))
    expect(refused.locator("dl.five")).to_be_visible()
    visitor.sees("the-blocked-crawl")
    # What really was taken down is another kind of event, and it is one.
    visitor.comes_to("/releases?kind=withdrawn", "withdrawn")
    expect(visitor.page.locator("ol.releases > li .title")).to_have_count(1)
    expect(visitor.page.locator("ol.releases")).to_contain_text("LH-2025-0104")


def test_the_botched_redaction(scene: Scene, visits: Visits) -> None:
    reader = visits("phone")
    reader.comes_to("/", "first-screen")
    reader.searches(WITNESS.split()[1][:9] + "*", "the-name-finds-nothing")
    reader.comes_to("/records/lake-harbor/lh-2026-0002", "the-case")
    expect(reader.page.locator("article.hit")).to_have_count(0)
    reader.opens(reader.page.locator('li.file table a[href$="?v=1"]'), "the-first-version")
    expect(reader.page.locator(".notice.restricted").first).to_be_visible()
    address = re.sub(r"\?.*", "", reader.page.url)
    for path in ("/v/1/bytes", "/v/1/pages/1"):
        answer = requests.get(address + path, timeout=30)
        assert answer.status_code in {403, 404}, path
        assert WITNESS.encode() not in answer.content

    editor = visits("keys", forbidden="")
    link = re.search(r"/accounts/link/\S+", scene.run("accounts", "add", "edda", "--role", "editor"))
    assert link
    editor.comes_to(link[0], "a-password-of-her-own")
    for label in ("New password", "The same again"):
        editor.writes(label, "quiet harbour under fog")
    editor.opens(editor.page.locator("main button.main"), "logged-in")
    editor.comes_to("/", "warned")
    expect(editor.page.locator("main .notice").first).to_be_visible()
    editor.opens(editor.page.locator('main a[href="/editing"]').first, "queue")
    editor.opens(editor.page.locator('main a[href^="/editing/held/"]').first, "held")
    assert WITNESS not in editor.page.content()
    editor.opens(editor.button("Show me the words"), "the-words")
    expect(editor.page.locator(".secret")).to_contain_text(WITNESS)
    editor.writes("Reason", "A witness who is in nobody's interest.")
    editor.opens(editor.button("Keep hidden"), "kept")
    assert WITNESS not in editor.page.content()
    editor.reads("Nothing waits for a decision.")
