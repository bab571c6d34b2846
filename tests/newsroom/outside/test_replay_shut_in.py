"""A hostile page, archived by a real crawl and opened in a real browser by an editor who is logged in: it runs, and reaches
nobody.
"""

from __future__ import annotations

import json
import re

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Error, Frame, Page

from tests.newsroom.outside.hostile import LEAVING, WAYS
from tests.newsroom.outside.scene import Scene

_WAY = re.compile("hostile=([a-z-]+)")


def entered(browser: Browser, scene: Scene) -> tuple[BrowserContext, Page]:
    """A browser in which an editor is logged in."""
    context = browser.new_context()
    context.add_cookies([{"name": "recordwatch_session", "value": scene.session, "url": scene.newsroom.endpoint}])
    return context, context.new_page()


def tried(frame: Frame) -> dict[str, str]:
    """What the hostile page could read, when it has tried everything."""
    frame.wait_for_selector("body#ready", timeout=60_000)
    assert frame.locator("#tried > li").all_text_contents() == list(WAYS)
    return dict(json.loads(frame.locator("#got").text_content() or ""))


def framed(page: Page, scene: Scene) -> Frame:
    found = next(frame for frame in page.frames if frame.parent_frame is page.main_frame)
    found.wait_for_selector("#seen")
    assert found.url.startswith(f"{scene.replay}/")
    return found


@pytest.mark.parametrize("given", ["rewritten", "raw"])
def test_it_runs_and_reaches_nobody(browser: Browser, scene: Scene, given: str) -> None:
    """As the component rewrites it; and as it came, with nothing between script and browser but what the gate does."""
    before = scene.knocks()
    context, page = entered(browser, scene)
    start = "/page.html" if given == "rewritten" else "/child.html"
    address = f"{scene.newsroom.endpoint}/replay/{scene.captures[start, 'response']}"
    page.goto(address)
    frame = framed(page, scene)
    if given == "raw":
        raw = frame.url.replace("mp_/", "id_/").replace("/child.html", "/page.html")
        with page.expect_response(raw):
            page.evaluate("raw => { document.querySelector('iframe.replay').src = raw; }", raw)
        frame = framed(page, scene)
        frame.wait_for_selector("#tried", state="attached")
        assert "wombat" not in frame.content()
    got = tried(frame)
    assert frame.evaluate("typeof RTCPeerConnection + typeof navigator.serviceWorker") == "undefinedundefined"
    said = frame.content() + json.dumps(got)
    assert not [word for word in ("a-editor", scene.session, "Log out") if word in said]
    for way in LEAVING:
        try:
            frame.evaluate(f"N = '{scene.newsroom.endpoint}'; ways['{way}']()")
        except Error:
            break  # it has led itself away, within its frame
    assert page.evaluate("document.querySelector('iframe.replay').clientHeight > 0")
    assert page.url == address
    assert len(context.pages) == 1
    cookies = {one["name"]: one["value"] for one in context.cookies()}
    assert cookies.get("recordwatch_session") == scene.session
    assert "hostile" not in cookies
    assert got["rtc"] == "ReferenceError"
    assert got["above"] == ("itself" if given == "rewritten" else "refused")
    assert got["top"] == ("itself" if given == "rewritten" else "refused")
    assert "hostile=1" in got["cookie"], "it has a jar of its own, in memory"
    assert "hostile" in got["storage"]
    assert page.evaluate("Object.keys(localStorage).length") == 0
    page.goto(f"{scene.newsroom.endpoint}/accounts/me")
    assert "a-editor" in page.content(), "the session is what it was"
    context.close()
    assert scene.knocks() == before, "nobody was asked for anything"


def test_a_frame_that_a_script_makes_is_shut_in_as_well(browser: Browser, scene: Scene) -> None:
    """Frames without an address begin without our script: the browser itself holds them to Connection-Allowlist."""
    before = scene.knocks()
    context, page = entered(browser, scene)
    page.goto(f"{scene.newsroom.endpoint}/replay/{scene.captures['/outer.html', 'response']}")
    child = framed(page, scene).child_frames[0]
    assert child.locator("#seen").text_content() == "A page within a page"
    assert child.evaluate("typeof RTCPeerConnection") == "undefined"
    said = ""
    try:
        page.goto(f"{scene.newsroom.endpoint}/replay/{scene.captures['/frames.html', 'response']}", wait_until="commit")
        page.frame_locator("iframe.replay").locator("body#ready").wait_for(state="attached", timeout=30_000)
    except Error as error:
        said = str(error)
    assert not said or "crash" in said, said  # so Chromium ends the process of a frame that asks
    context.close()
    assert scene.knocks() == before


def test_the_gate_opens_to_tickets_alone(browser: Browser, scene: Scene) -> None:
    """Whoever guesses the port gets nothing, nor does a ticket open more than pages in a frame."""
    context, page = entered(browser, scene)
    page.goto(f"{scene.newsroom.endpoint}/replay/{scene.captures['/child.html', 'response']}")
    inner = next(frame.url for frame in page.frames if frame.parent_frame is page.main_frame)
    own, ticket, shelf = re.match(r"(http://[^/]+)/([^/]+)/([^/]+)/", inner).groups()  # type: ignore[union-attr]
    top = page.goto(inner)
    assert top is not None
    assert top.status == 403, "not as a page of its own"
    context.close()
    forged = ticket[:-1] + ("0" if ticket[-1] != "0" else "1")
    asked = {
        inner: 200,
        inner.replace(ticket, forged): 403,
        inner.replace(ticket, "00000000" + ticket[8:]): 403,
        own: 403, f"{own}/": 403, f"{own}/{shelf}/": 403, f"{own}/%00": 403, f"{own}/{'9' * 5000}": 403,
        f"{own}/{ticket}/": 404, f"{own}/{ticket}/{shelf}/": 404, f"{own}/{ticket}/{shelf}/cdx?url=*": 404,
        f"{own}/{ticket}/{shelf}/*/{scene.ill.url}/": 404, f"{own}/{ticket}/collinfo.json": 404,
        f"{own}/{ticket}/live/2026mp_/http://example.org/": 404, f"{own}/{ticket}/static/..%2f..%2fconfig.yaml": 404,
        f"{own}/{ticket}/open/{'0' * 36}": 404, f"{own}/{ticket}/open/%00": 404,
        f"{own}/{ticket}/{shelf}/2026mp_/http://never.example/": 404,
    }  # fmt: skip
    for url, status in asked.items():
        answer = requests.get(url, timeout=30, allow_redirects=False)
        assert answer.status_code == status, url
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Content-Security-Policy"].startswith("sandbox"), url
        assert "allow-same-origin" not in answer.headers["Content-Security-Policy"]
        assert "webrtc=block" in answer.headers["Connection-Allowlist"]
    assert requests.get(inner, headers={"Host": "evil.example"}, timeout=30).status_code == 403
    assert requests.post(inner, data="x", timeout=30).status_code == 405


def test_where_nothing_shuts_it_in_it_does_reach_everybody(browser: Browser, scene: Scene) -> None:
    """What the page tries does work: else the tests above would show nothing. Last, for what it asks by UDP is asked again and
    again.
    """
    context, page = entered(browser, scene)
    page.goto(f"{scene.ill.url}/page.html")
    got = tried(page.main_frame)
    with page.expect_response("**hostile=top"):  # it leads the window away
        page.evaluate(f"N = '{scene.newsroom.endpoint}'; ways.top()")
    context.close()
    at_newsroom = {found[1] for line in scene.newsroom.requests if (found := _WAY.search(line))}
    live = {found[1] for seen in scene.ill.seen if (found := _WAY.search(seen.path))}
    # Not seen at the newsroom: what its own policy forbids to frames, or what needs TLS or a visitor's hand.
    assert set(WAYS) - at_newsroom <= {"frame", "window", "service-worker", "worker", "preconnect", "speculate", "ping"}
    assert {"service-worker", "worker", "fetch"} <= live
    assert {"tcp", "udp"} <= {knock[:3] for knock in scene.trap.knocked}
    assert got["rtc"] in {"gathered", "waits"}
